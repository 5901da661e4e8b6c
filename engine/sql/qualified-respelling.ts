import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** What stands in a name between the table and the column, where the parser takes a plain name only. */
export const QUALIFIER_MARK = '\u0001'

const SIDES: Readonly<Record<string, string>> = { both: 'trim', leading: 'ltrim', trailing: 'rtrim' }

/**
 * Forms of PostgreSQL's and DuckDB's that the parser does not know in forms that it does:
 *
 * - `trim(LEADING FROM s)` becomes `ltrim(s)`.
 * - `* EXCEPT (t.a)` becomes one with a name that has a mark in it.
 * - `j ? 'a'`, `j ?| l` and `j ?& l` become `j OPERATOR(jsonb_exists) 'a'` and so on.
 */
export function qualifiedRespellings(tokens: readonly Token[]): readonly TextEdit[] {
  return tokens.flatMap((token, index): readonly TextEdit[] => {
    if (token.kind === 'symbol') return token.text === '?' ? questionOperator(tokens, index) : []
    if (token.kind !== 'word') return []
    if (token.text === 'trim') return plainTrim(tokens, index)
    if (token.text === 'except' || token.text === 'exclude') return markedNames(tokens, index)
    return []
  })
}

function plainTrim(tokens: readonly Token[], index: number): readonly TextEdit[] {
  const [open, second, third] = tokens.slice(index + 1)
  if (open?.text !== '(' || second?.kind !== 'word') return []
  const side = second.text === 'from' ? 'trim' : third?.text === 'from' ? SIDES[second.text] : undefined
  if (side === undefined) return []
  const from = second.text === 'from' ? second : third!
  return [
    { start: tokens[index]!.start, end: tokens[index]!.end, text: side },
    { start: second.start, end: from.end, text: ' ' },
  ]
}

function markedNames(tokens: readonly Token[], index: number): readonly TextEdit[] {
  if (tokens[index - 1]?.text !== '*' || tokens[index + 1]?.text !== '(') return []
  const edits: TextEdit[] = []
  for (let at = index + 2; at < tokens.length && tokens[at]!.text !== ')'; at += 1) {
    const [table, dot, column] = tokens.slice(at, at + 3)
    if (dot?.text !== '.' || !isName(table) || !isName(column)) continue
    const name = `${table.text}${QUALIFIER_MARK}${column.text}`.replaceAll('"', '""')
    edits.push({ start: table.start, end: column.end, text: `"${name}"` })
    at += 2
  }
  return edits
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted'
}

const QUESTIONS: Readonly<Record<string, string>> = { '|': 'jsonb_exists_any', '&': 'jsonb_exists_all' }

/** A question mark is a parameter where it is no operator: that stands behind an operand. */
function questionOperator(tokens: readonly Token[], index: number): readonly TextEdit[] {
  const mark = tokens[index]!
  const [next, following] = tokens.slice(index + 1)
  const before = tokens[index - 1]
  const isBehindOperand =
    before !== undefined && (before.kind !== 'symbol' || before.text === ')' || before.text === ']')
  if (!isBehindOperand || next === undefined) return []
  const isJoined =
    next.start === mark.end && QUESTIONS[next.text] !== undefined && following?.text !== next.text
  if (isJoined) return [{ start: mark.start, end: next.end, text: ` OPERATOR(${QUESTIONS[next.text]}) ` }]
  return next.kind === 'string'
    ? [{ start: mark.start, end: mark.end, text: ' OPERATOR(jsonb_exists) ' }]
    : []
}
