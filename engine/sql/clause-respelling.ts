import { endsOperand } from './operator-respelling.ts'
import type { TextEdit } from './statement-text.ts'
import { closing } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** The function around the limit of a query that is a share of its rows. */
export const PERCENT_MARK = 'limit: percent'

/** What may follow the limit of a query. */
const AFTER_LIMIT: ReadonlySet<string> = new Set(') ; offset with on returning'.split(' '))

/**
 * Clauses that the parser knows in longer words only:
 *
 * - `FILTER (x > 1)` becomes `FILTER (WHERE x > 1)`.
 * - `x ISNULL` becomes `x IS NULL`, and `x NOTNULL` becomes `x IS NOT NULL`.
 * - `LIMIT 10%` and `LIMIT 10 PERCENT` become `LIMIT "limit: percent"(10)`.
 * - `CREATE TABLE t AS q WITH NO DATA` becomes `CREATE TABLE t AS SELECT * FROM (q) LIMIT 0`.
 */
export function clauseRespellings(tokens: readonly Token[]): readonly TextEdit[] {
  return [...tokens.flatMap((token, index) => respelled(tokens, token, index)), ...withData(tokens)]
}

function respelled(tokens: readonly Token[], token: Token, index: number): readonly TextEdit[] {
  if (token.kind !== 'word') return []
  const [before, next, following] = [tokens[index - 1], tokens[index + 1], tokens[index + 2]]
  switch (token.text) {
    case 'filter': {
      const isClause = before?.text === ')' && next?.text === '(' && following?.text !== 'where'
      return isClause && !isTableName(tokens, index)
        ? [{ start: next.end, end: next.end, text: 'WHERE ' }]
        : []
    }
    case 'isnull':
    case 'notnull': {
      const isOperator = endsOperand(before) && next?.text !== '('
      const text = token.text === 'isnull' ? ' IS NULL ' : ' IS NOT NULL '
      return isOperator ? [{ start: token.start, end: token.end, text }] : []
    }
    case 'limit':
      return percentLimit(tokens, index + 1)
    default:
      return []
  }
}

/** Whether `filter(a, b)` names what FROM or JOIN reads, and its columns. */
function isTableName(tokens: readonly Token[], index: number): boolean {
  const columns = tokens.slice(index + 2, closing(tokens, index + 1))
  if (!columns.every(({ kind, text }) => kind === 'word' || kind === 'quoted' || text === ',')) return false
  const open = tokens.findLastIndex(
    (_, at) => at < index && tokens[at]!.text === '(' && closing(tokens, at) === index - 1,
  )
  return [open - 1, open - 2].some((at) => ['from', 'join'].includes(tokens[at]?.text ?? ''))
}

function percentLimit(tokens: readonly Token[], first: number): readonly TextEdit[] {
  const start = tokens[first]
  if (start === undefined) return []
  const number = start.text === '-' ? first + 1 : first
  const last = start.text === '(' ? closing(tokens, first) : number
  const sign = tokens[last + 1]
  const after = tokens[last + 2]
  const isPercent = sign?.kind === 'word' ? sign.text === 'percent' : sign?.text === '%'
  const isLast = after === undefined || (after.kind !== 'quoted' && AFTER_LIMIT.has(after.text))
  if (sign === undefined || !isPercent || !isLast) return []
  return [
    { start: start.start, end: start.start, text: `"${PERCENT_MARK}"(` },
    { start: sign.start, end: sign.end, text: ')' },
  ]
}

function withData(tokens: readonly Token[]): readonly TextEdit[] {
  if (tokens[0]?.text !== 'create' || tokens.at(-1)?.text !== 'data') return []
  const isEmpty = tokens.at(-2)?.text === 'no'
  const clause = tokens.at(isEmpty ? -3 : -2)
  const as = tokens.find(({ kind, text }) => kind === 'word' && text === 'as')
  if (clause?.text !== 'with' || as === undefined) return []
  const end = tokens.at(-1)!.end
  if (!isEmpty) return [{ start: clause.start, end, text: ' ' }]
  return [
    { start: as.end, end: as.end, text: ' SELECT * FROM (' },
    { start: clause.start, end, text: ') LIMIT 0' },
  ]
}
