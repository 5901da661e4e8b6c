import type { TextEdit } from './statement-text.ts'
import { closing, isOpening } from './token-cursor.ts'
import type { Token } from './tokens.ts'

const SELECT_ENDS: ReadonlySet<string> = new Set(
  'from where group having window qualify order limit offset union except intersect using'.split(' '),
)
const FROM_ENDS: ReadonlySet<string> = new Set(
  'where group having window qualify order limit offset union except intersect using select on join left right full inner cross natural semi anti asof positional'.split(
    ' ',
  ),
)

const BEGINNINGS: ReadonlySet<string> = new Set(['select', 'from'])

/** `SELECT a: x` becomes `SELECT x AS a`, and `FROM a: t` becomes `FROM t AS a`. */
export function prefixAliases(text: string, tokens: readonly Token[]): readonly TextEdit[] {
  return tokens.flatMap((name, index): readonly TextEdit[] => {
    const colon = tokens[index + 1]
    const isName = name.kind === 'word' || name.kind === 'quoted'
    if (!isName || colon?.kind !== 'symbol' || colon.text !== ':' || tokens[index + 2]?.text === ':')
      return []
    const clause = clauseOf(tokens, index)
    if (clause === null) return []
    const last = itemEnd(tokens, index + 2, clause === 'select' ? SELECT_ENDS : FROM_ENDS)
    if (last === undefined) return []
    return [
      { start: name.start, end: colon.end, text: ' ' },
      { start: last.end, end: last.end, text: ` AS ${text.slice(name.start, name.end)}` },
    ]
  })
}

/** The clause whose item begins at a token; null where none begins. */
function clauseOf(tokens: readonly Token[], index: number): 'select' | 'from' | null {
  let at = index - 1
  if (tokens[at]?.text === 'join') return 'from'
  if (tokens[at]?.text === 'distinct') at -= 1
  const isFirst = isClauseWord(tokens, at, BEGINNINGS)
  if (!isFirst && (tokens[at]?.kind !== 'symbol' || tokens[at]!.text !== ',')) return null
  let depth = 0
  for (; at >= 0; at -= 1) {
    const { kind, text } = tokens[at]!
    if (kind === 'symbol' && ')]}'.includes(text)) depth += 1
    else if (kind === 'symbol' && '([{'.includes(text)) {
      if (depth === 0) return null
      depth -= 1
    } else if (depth === 0 && kind === 'word') {
      if (text === 'lambda') return null
      if (isClauseWord(tokens, at, BEGINNINGS)) return text === 'select' ? 'select' : 'from'
      if (isClauseWord(tokens, at, SELECT_ENDS)) return null
    }
  }
  return null
}

/** Whether one of these clauses begins at a token, and not what follows IS [NOT] DISTINCT or WITHIN. */
function isClauseWord(tokens: readonly Token[], at: number, clauses: ReadonlySet<string>): boolean {
  const token = tokens[at]
  if (token?.kind !== 'word' || !clauses.has(token.text)) return false
  const before = tokens[at - 1]?.text
  if (token.text === 'group') return before !== 'within'
  return token.text !== 'from' || before !== 'distinct' || !['is', 'not'].includes(tokens[at - 2]?.text ?? '')
}

/** The last token of the item that begins at an index. */
function itemEnd(tokens: readonly Token[], from: number, ends: ReadonlySet<string>): Token | undefined {
  let last: Token | undefined
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (token.kind === 'symbol' && [',', ')', ';'].includes(token.text)) break
    if (isClauseWord(tokens, at, ends)) break
    if (isOpening(token)) at = closing(tokens, at)
    last = tokens[at]
  }
  return last
}
