import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** Words that an operand does not end with. */
const BEFORE_OPERAND: ReadonlySet<string> = new Set(
  'select distinct all from join where and or not on by as when then else case having qualify in like ilike between limit offset values using'.split(
    ' ',
  ),
)

/**
 * Operators of DuckDB's that the parser does not know, in the form that any operator may have:
 *
 * - `a <-> b` becomes `a OPERATOR(distance) b`.
 * - `a GLOB b` and `a ~~~ b` become `a OPERATOR(glob) b`.
 * - `a # b` becomes `a OPERATOR(xor) b`.
 * - `@(a)` becomes `abs(a)`, and `current_user()` becomes `"current_user"()`.
 * - `5!` becomes `5 OPERATOR(factorial) 0`, of which the 0 is not looked at.
 * - `a LIKE b ESCAPE c` becomes `a LIKE b ESCAPE '!'`; `sql/convert/expression.ts` finds the name in the text.
 */
export function operatorRespellings(tokens: readonly Token[]): readonly TextEdit[] {
  return tokens.flatMap((token, index): readonly TextEdit[] => {
    const next = tokens[index + 1]
    const following = tokens[index + 2]
    if (token.kind === 'symbol') {
      if (token.text === '~' && isJoined(token, next, '~') && isJoined(next, following, '~'))
        return [{ start: token.start, end: following!.end, text: ' OPERATOR(glob) ' }]
      const isXor =
        token.text === '#' && endsOperand(tokens[index - 1]) && !isJoined(token, next, '>', '-', '#')
      if (isXor) return [{ start: token.start, end: token.end, text: ' OPERATOR(xor) ' }]
      if (token.text === '@' && next?.text === '(' && !endsOperand(tokens[index - 1]))
        return [{ start: token.start, end: token.end, text: ' abs' }]
      if (token.text === '<' && isJoined(token, next, '-') && isJoined(next, following, '>'))
        return [{ start: token.start, end: following!.end, text: ' OPERATOR(distance) ' }]
      const isFactorial =
        token.text === '!' && endsOperand(tokens[index - 1]) && !isJoined(token, next, '=', '~')
      return isFactorial ? [{ start: token.start, end: token.end, text: ' OPERATOR(factorial) 0 ' }] : []
    }
    if (token.kind !== 'word') return []
    if (/^current_(catalog|user|role|schema)$|^session_user$/.test(token.text) && next?.text === '(')
      return [{ start: token.start, end: token.end, text: `"${token.text}"` }]
    if (token.text === 'glob' && endsOperand(tokens[index - 1]) && next && startsOperand(next))
      return [{ start: token.start, end: token.end, text: ' OPERATOR(glob) ' }]
    return token.text === 'escape' ? escapeName(tokens, index) : []
  })
}

function isJoined(token: Token | undefined, next: Token | undefined, ...symbols: readonly string[]): boolean {
  return next?.kind === 'symbol' && symbols.includes(next.text) && next.start === token?.end
}

/** Whether an operator may follow. */
export function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'symbol') return token.text === ')' || token.text === ']'
  return token.kind !== 'word' || !BEFORE_OPERAND.has(token.text)
}

function startsOperand({ kind, text }: Token): boolean {
  return kind !== 'symbol' || text === '(' || text === '['
}

/** The name, perhaps with a table's before it, behind ESCAPE. */
function escapeName(tokens: readonly Token[], index: number): readonly TextEdit[] {
  const isName = (token: Token | undefined): boolean => token?.kind === 'word' || token?.kind === 'quoted'
  const first = tokens[index + 1]
  if (!isName(first) || first?.text === 'null' || !endsOperand(tokens[index - 1])) return []
  const isQualified = tokens[index + 2]?.text === '.' && isName(tokens[index + 3])
  const last = isQualified ? tokens[index + 3]! : first!
  return [{ start: first!.start, end: last.end, text: "'!'" }]
}
