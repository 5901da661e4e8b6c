import type { SqlExpression, SqlSample, TableExpression } from './ast.ts'
import {
  PivotParser,
  pivotWords,
  unpivotWords,
  type ParseFragment,
  type PivotClause,
} from './pivot-clause.ts'
import { readInsertMarks, type InsertMarks } from './insert-clause.ts'
import { parseSample } from './sample-clause.ts'
import type { SourceMap } from './source-map.ts'
import type { TextEdit } from './statement-text.ts'
import { closing } from './token-cursor.ts'
import type { Token } from './tokens.ts'
import { readUsing } from './using-clause.ts'

/**
 * Clauses that the general parser lacks or knows in part: PIVOT, UNPIVOT, TABLESAMPLE, USING SAMPLE. In the text that it
 * reads stands something short with a number, which says the place in these lists.
 */
export interface OwnClauses {
  /** `PIVOT t ON …` as a query, and `(DESCRIBE t)`: `SELECT $own0`. */
  readonly tables: readonly TableExpression[]
  /** `t PIVOT (…)`: `t PIVOT (own0() FOR x IN (1))`. */
  readonly pivots: readonly PivotClause[]
  /** `TABLESAMPLE …`: `TABLESAMPLE (0 ROWS)`. */
  readonly tableSamples: readonly SqlSample[]
  /** USING SAMPLE, by where the SELECT begins. */
  readonly samples: ReadonlyMap<number, SqlSample>
  /** Null for a statement that is no INSERT. */
  readonly insert: InsertMarks | null
  /** The expression behind USING of ALTER … TYPE. */
  readonly using: SqlExpression | null
  readonly edits: readonly TextEdit[]
  /** Those of the statement that stay in it. */
  readonly tokens: readonly Token[]
}

export const OWN_MARK = /^\$?own(\d+)$/

export function readOwnClauses(
  source: SourceMap,
  tokens: readonly Token[],
  parse: ParseFragment,
): OwnClauses {
  const tables: TableExpression[] = []
  const pivots: PivotClause[] = []
  const tableSamples: SqlSample[] = []
  const samples = new Map<number, SqlSample>()
  const edits: TextEdit[] = []
  const kept: Token[] = []
  const parser = new PivotParser(source, tokens, parse)
  const replace = (from: number, until: number, text: string): void => {
    edits.push({ start: tokens[from]!.start, end: tokens[until - 1]!.end, text })
  }
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    const isPivot = token.kind === 'word' && (pivotWords.has(token.text) || unpivotWords.has(token.text))
    if (isPivot && isClause(tokens, at)) {
      const { clause, until } = parser.clause(at)
      replace(at, until, ` PIVOT (own${pivots.length}() FOR x IN (1)) `)
      pivots.push(clause)
      at = until - 1
    } else if (isPivot && beginsQuery(tokens, at)) {
      const until = statementEnd(tokens, at)
      replace(at, until, `SELECT $own${tables.length} `)
      kept.push({ ...token, text: 'select' })
      tables.push(parser.statement(at, until))
      at = until - 1
    } else if (isInnerStatement(tokens, at)) {
      const until = closing(tokens, at - 1)
      const [from, to] = [token.start, tokens[until - 1]!.end]
      replace(at, until, `SELECT $own${tables.length} `)
      kept.push({ ...token, text: 'select' })
      tables.push({ kind: 'statement', statement: parse('', from, to), span: source.span(from, to) })
      at = until - 1
    } else if (token.kind === 'word' && token.text === 'tablesample') {
      const { sample, until } = parseSample(source, tokens, at + 1)
      replace(at, until, ` TABLESAMPLE (${tableSamples.length} ROWS) `)
      tableSamples.push(sample)
      at = until - 1
    } else if (isUsingSample(tokens, at)) {
      const { sample, until } = parseSample(source, tokens, at + 2)
      replace(at, until, ' ')
      samples.set(selectBefore(tokens, at), sample)
      at = until - 1
    } else kept.push(token)
  }
  const insert = readInsertMarks(kept, parse)
  const using = readUsing(source, kept, parse)
  return {
    tables,
    pivots,
    tableSamples,
    samples,
    insert,
    using: using?.expression ?? null,
    edits: [...edits, ...(insert?.edits ?? []), ...(using?.edits ?? [])],
    tokens: kept,
  }
}

/** `PIVOT (… FOR …)`, also with INCLUDE or EXCLUDE NULLS. */
function isClause(tokens: readonly Token[], at: number): boolean {
  const modified =
    ['include', 'exclude'].includes(tokens[at + 1]?.text ?? '') && tokens[at + 2]?.text === 'nulls'
  const open = modified ? at + 3 : at + 1
  if (tokens[open]?.text !== '(') return false
  let depth = 0
  for (let index = open; index <= closing(tokens, open); index += 1) {
    const { kind, text } = tokens[index]!
    if (kind === 'symbol' && '([{'.includes(text)) depth += 1
    if (kind === 'symbol' && ')]}'.includes(text)) depth -= 1
    if (depth === 1 && kind === 'word' && text === 'for') return true
  }
  return false
}

const beforeQuery = new Set([
  '(',
  ')',
  'as',
  'explain',
  'analyze',
  'describe',
  'summarize',
  'union',
  'all',
  'except',
  'intersect',
])

/** Whether a PIVOT statement begins here: an ON follows outside of parentheses. */
function beginsQuery(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]
  if (before && !beforeQuery.has(before.text)) return false
  return tokens.slice(at, statementEnd(tokens, at)).some(({ text }) => text === 'on' || text === 'using')
}

/** Up to what is of the query around it: ORDER BY, LIMIT, a set operation, a closing parenthesis. */
function statementEnd(tokens: readonly Token[], from: number): number {
  for (let at = from + 1; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at]!
    if (kind === 'symbol' && '([{'.includes(text)) at = closing(tokens, at)
    else if (kind === 'symbol' && text === ')') return at
    else if (kind === 'word' && ['order', 'limit', 'offset', 'union', 'except', 'intersect'].includes(text))
      return at
  }
  return tokens.length
}

const innerStatements = new Set(['describe', 'desc', 'summarize', 'show'])

/** `FROM (DESCRIBE …)`. */
function isInnerStatement(tokens: readonly Token[], at: number): boolean {
  const word = tokens[at]
  const next = tokens[at + 1]
  if (word?.kind !== 'word' || !innerStatements.has(word.text) || tokens[at - 1]?.text !== '(') return false
  return (
    ['from', 'join', ',', 'as'].includes(tokens[at - 2]?.text ?? '') &&
    next !== undefined &&
    next.kind !== 'symbol'
  )
}

function isUsingSample(tokens: readonly Token[], at: number): boolean {
  const [using, sample, first, second] = tokens.slice(at, at + 4)
  if (using?.kind !== 'word' || using.text !== 'using' || sample?.text !== 'sample') return false
  return first?.kind === 'number' || first?.text === '(' || second?.text === '('
}

/** The offset of the SELECT, or the FROM, of the query that a token is part of. */
function selectBefore(tokens: readonly Token[], at: number): number {
  let depth = 0
  let found = tokens[0]!
  for (let index = at - 1; index >= 0; index -= 1) {
    const token = tokens[index]!
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth += 1
    else if (token.kind === 'symbol' && '([{'.includes(token.text)) {
      if (depth === 0) break
      depth -= 1
    } else if (depth === 0 && token.kind === 'word') {
      if (token.text === 'select') return token.start
      if (token.text === 'from') found = token
    }
  }
  return found.start
}
