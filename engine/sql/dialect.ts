import { readFrameExclusions, type FrameExclusions } from './frame-exclusion.ts'
import type { OwnClauses } from './own-clauses.ts'
import { mergeRespellings } from './merge-respelling.ts'
import { generatedRespellings } from './generated-respelling.ts'
import { clauseRespellings } from './clause-respelling.ts'
import { operatorRespellings } from './operator-respelling.ts'
import { prefixAliases } from './prefix-alias.ts'
import { qualifiedRespellings } from './qualified-respelling.ts'
import { respellings } from './respelling.ts'
import { readStarMarks, type StarMarks } from './star-marks.ts'
import type { SqlDialect } from './ast.ts'
import type { Token } from './tokens.ts'
import type { TextEdit } from './statement-text.ts'

/** DuckDB's grammar that the general parser lacks, taken out of the text and kept beside it. */
export interface Dialect {
  readonly name: SqlDialect
  readonly edits: readonly TextEdit[]
  readonly exclusions: FrameExclusions
  /** Whether a WITH table is to be MATERIALIZED, by the offset of its name. */
  readonly materialized: ReadonlyMap<number, boolean>
  /** Offsets of the words ASOF and POSITIONAL before JOIN, and of the parenthesis that closes around each. */
  readonly joins: readonly JoinMark[]
  readonly stars: StarMarks
  readonly clauses: OwnClauses
}

interface JoinMark {
  readonly at: number
  readonly end: number
  readonly kind: 'asof' | 'positional'
}

/** What a statement says in DuckDB's words alone, as edits that turn it into what the parser reads. */
export function readDialect(name: SqlDialect, text: string, clauses: OwnClauses): Dialect {
  const { tokens } = clauses
  const { edits: blanks, exclusions } = readFrameExclusions(tokens)
  const stars = readStarMarks(tokens)
  const respelled = [
    ...respellings(text, tokens),
    ...mergeRespellings(tokens),
    ...qualifiedRespellings(tokens),
    ...operatorRespellings(tokens),
    ...clauseRespellings(tokens),
    ...prefixAliases(text, tokens),
    ...generatedRespellings(tokens),
  ]
  const edits: TextEdit[] = [...blanks, ...respelled, ...clauses.edits, ...stars.edits]
  const materialized = new Map<number, boolean>()
  const joins: JoinMark[] = []
  const matches = matchParentheses(tokens)
  tokens.forEach((token, index) => {
    if (token.kind !== 'word') return
    switch (token.text) {
      case 'from':
        if (isFirstFrom(tokens, index) && !hasSelect(tokens, index, matches))
          edits.push({ start: token.start, end: token.start, text: 'SELECT * ' })
        return
      case 'as':
        readMaterialized(tokens, index, matches, edits, materialized)
        return
      case 'asof':
      case 'positional': {
        const next = tokens[index + 1]
        const after = tokens[index + 2]?.text
        const isJoin =
          next?.text === 'join' ||
          (joinWords.has(next?.text ?? '') && (after === 'join' || after === 'outer'))
        if (!isJoin) return
        joins.push({ at: token.start, end: closingAfter(tokens, index), kind: token.text })
        edits.push(blank(token))
        return
      }
      default:
    }
  })
  return { name, edits, materialized, joins, exclusions, stars, clauses }
}

const joinWords = new Set(['left', 'inner', 'right', 'full'])

function blank(first: Token, last: Token = first): TextEdit {
  return { start: first.start, end: last.end, text: ' ' }
}

/** Where the parenthesis closes that is open at a token; infinity where none is. */
function closingAfter(tokens: readonly Token[], index: number): number {
  let depth = 0
  for (const token of tokens.slice(index)) {
    if (token.kind !== 'symbol') continue
    if (token.text === '(') depth++
    if (token.text === ')' && --depth < 0) return token.start
  }
  return Infinity
}

/** The index of the other parenthesis, for each that has one. */
function matchParentheses(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const open: number[] = []
  const matches = new Map<number, number>()
  tokens.forEach((token, index) => {
    if (token.kind !== 'symbol') return
    if (token.text === '(') open.push(index)
    if (token.text !== ')') return
    const start = open.pop()
    if (start === undefined) return
    matches.set(start, index)
    matches.set(index, start)
  })
  return matches
}

const setWords = new Set(['union', 'except', 'intersect'])
const beforeQuery = new Set(['explain', 'analyze', 'describe', 'summarize', 'as'])
const setQuantifiers = new Set(['all', 'distinct', 'by', 'name'])

/** Whether a query begins with this FROM: nothing selects before it. */
function isFirstFrom(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]
  if (before?.text === '(' && tokens[index - 2]?.text === 'trim') return false
  if (before === undefined || before.text === '(') return true
  let word = index - 1
  while (setQuantifiers.has(tokens[word]?.text ?? '')) word -= 1
  if (setWords.has(tokens[word]?.text ?? '') || beforeQuery.has(before.text)) return true
  if (before.text !== ')') return false
  // after the tables of WITH
  let depth = 0
  for (let at = index - 1; at >= 0; at -= 1) {
    const { text } = tokens[at]!
    if (text === ')') depth += 1
    else if (text === '(') {
      depth -= 1
      if (depth < 0) return false
    } else if (depth > 0) continue
    else if (text === 'with') return true
    else if (text === 'select' || setWords.has(text) || text === 'delete' || text === 'update') return false
  }
  return false
}

/** Whether the query that begins with this FROM has a SELECT of its own. */
function hasSelect(tokens: readonly Token[], index: number, matches: ReadonlyMap<number, number>): boolean {
  for (let at = index + 1; at < tokens.length; at += 1) {
    const { text, kind } = tokens[at]!
    if (text === '(' && kind === 'symbol') {
      at = matches.get(at) ?? at
      continue
    }
    if (text === ')' && kind === 'symbol') return false
    if (kind !== 'word') continue
    if (text === 'select') return true
    if (setWords.has(text)) return false
  }
  return false
}

/** `name [(columns)] AS [NOT] MATERIALIZED (`. */
function readMaterialized(
  tokens: readonly Token[],
  index: number,
  matches: ReadonlyMap<number, number>,
  edits: TextEdit[],
  materialized: Map<number, boolean>,
): void {
  const isNegated = tokens[index + 1]?.text === 'not'
  const word = tokens[index + (isNegated ? 2 : 1)]
  const open = tokens[index + (isNegated ? 3 : 2)]
  if (word?.text !== 'materialized' || open?.text !== '(') return
  const before = tokens[index - 1]
  const name = before?.text === ')' ? tokens[(matches.get(index - 1) ?? 0) - 1] : before
  if (name === undefined) return
  materialized.set(name.start, !isNegated)
  edits.push(blank(tokens[index + 1]!, word))
}
