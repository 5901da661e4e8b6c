import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** What stands in a list before the variable of a comprehension. */
export const COMPREHENSION_MARK = '$f'

/** Types that may stand before a text, which the parser knows only as names. */
export const WRITTEN_BEFORE_TEXT: ReadonlySet<string> = new Set([
  'timestamp_s',
  'timestamp_ms',
  'timestamp_us',
  'timestamp_ns',
  'timetz',
  'uuid',
  'blob',
  'hugeint',
])

/**
 * Forms that the parser does not know in forms that it does, of the same length where it can be:
 *
 * - `STRUCT(a INT)`, or `ROW(a INT)`, as a type becomes ` UNION(a INT)`, which the parser reads alike.
 * - `lambda x, y: …` becomes `(x, y)-> …`.
 * - `[… for x in l if …]` becomes `[… ,$f,x = l ,  …]`.
 * - `l[1:-:2]` becomes `l[1:?:2]`.
 * - `CREATE TABLE t (index INT)` becomes `CREATE TABLE t ("index" INT)`.
 * - `2 ** 3` becomes `2 ^  3`, and `1_000` becomes ` 1000`.
 * - `timestamp_ns '…'` becomes `        DATE '…'`, and so do the other types in `WRITTEN_BEFORE_TEXT`.
 */
export function respellings(text: string, tokens: readonly Token[]): readonly TextEdit[] {
  const edits: TextEdit[] = []
  const replace = (start: number, end: number, spelling: string): void => {
    edits.push({ start, end, text: spelling.padStart(end - start) })
  }
  tokens.forEach((token, index) => {
    if (isOpenBound(tokens, index)) replace(token.start, token.end, '?')
    if (isPower(tokens, index)) replace(token.start, tokens[index + 1]!.end, '^')
    if (token.kind === 'number' && GROUPED_DIGITS.test(token.text)) {
      replace(token.start, token.end, token.text.replaceAll('_', ''))
    }
    if (token.kind !== 'word') return
    if (WRITTEN_BEFORE_TEXT.has(token.text) && tokens[index + 1]?.kind === 'string') {
      replace(token.start, token.end, 'DATE')
    }
    if (isColumnName(tokens, index)) replace(token.start, token.end, `"${token.text}"`)
    const isRow =
      token.text === 'row' &&
      ([':', 'as'].includes(tokens[index - 1]?.text ?? '') || beginsItem(tokens, index - 1))
    if ((token.text === 'struct' || isRow) && isStructType(tokens, index))
      replace(token.start, token.end, 'UNION')
    if (token.text === 'lambda') {
      const colon = tokens.findIndex((each, at) => at > index && each.text === ':')
      const parameters = tokens.slice(index + 1, colon)
      if (colon < 0 || !parameters.every(isParameter)) return
      const names = text.slice(token.end, tokens[colon]!.start).trim()
      replace(token.start, tokens[colon]!.end, `(${names})->`)
    }
    // CREATE FUNCTION f(a) AS … and DROP MACRO f
    if (token.text === 'function' && tokens[0]?.text === 'create' && index <= 4)
      replace(token.start, token.end, 'MACRO')
    if (token.text === 'macro' && tokens[0]?.text === 'drop' && index === 1) {
      const last = tokens[2]?.text === 'table' ? tokens[2] : token
      edits.push({ start: token.start, end: last.end, text: 'FUNCTION' })
    }
    if (token.text === 'for') respellComprehension(tokens, index, replace)
  })
  return edits
}

/** Digits with single underscores between them. */
const GROUPED_DIGITS = /^(?=.*_)\d+(_\d+)*(\.(\d+(_\d+)*)?)?(e\d+)?$/i

function isPower(tokens: readonly Token[], index: number): boolean {
  const [before, first, second] = [tokens[index - 1], tokens[index], tokens[index + 1]]
  const isBehindOperand =
    before !== undefined && (before.kind !== 'symbol' || before.text === ')' || before.text === ']')
  return (
    isBehindOperand &&
    isStar(first) &&
    isStar(second) &&
    second.start === first.end &&
    !isStar(tokens[index + 2])
  )
}

function isStar(token: Token | undefined): token is Token {
  return token?.kind === 'symbol' && token.text === '*'
}

/** A dash that stands for the end of a list, between colons. */
function isOpenBound(tokens: readonly Token[], index: number): boolean {
  const [before, dash, after] = tokens.slice(Math.max(0, index - 1), index + 2)
  return dash?.text === '-' && dash.kind === 'symbol' && before?.text === ':' && after?.text === ':'
}

function isParameter(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted' || token.text === ','
}

/** A name and then a type, not an expression. */
/** Whether a word stands behind the parenthesis or comma that an item of a list begins with. */
function beginsItem(tokens: readonly Token[], index: number): boolean {
  const [before, token] = [tokens[index - 1], tokens[index]]
  const isName = token?.kind === 'word' || token?.kind === 'quoted'
  return isName && before?.kind === 'symbol' && (before.text === '(' || before.text === ',')
}

/** `CREATE TABLE t (index INTEGER)`: what the parser takes for an index is a column. */
function isColumnName(tokens: readonly Token[], index: number): boolean {
  const { text } = tokens[index]!
  if (tokens[0]?.text !== 'create' || (text !== 'index' && text !== 'key')) return false
  return beginsItem(tokens, index) && tokens[index + 1]?.kind === 'word'
}

function isStructType(tokens: readonly Token[], index: number): boolean {
  const [open, name, type] = tokens.slice(index + 1)
  if (open?.text !== '(' || (name?.kind !== 'word' && name?.kind !== 'quoted')) return false
  return (type?.kind === 'word' && type.text !== 'as') || type?.kind === 'quoted'
}

function respellComprehension(
  tokens: readonly Token[],
  index: number,
  replace: (start: number, end: number, spelling: string) => void,
): void {
  const at = tokens.findIndex((token, place) => place > index && token.text === 'in')
  const names = tokens.slice(index + 1, at)
  if (at < 0 || names.length === 0 || !names.every(isParameter) || depthBefore(tokens, index) === 0) return
  replace(tokens[index]!.start, names[0]!.start, `,${COMPREHENSION_MARK},`)
  replace(tokens[at]!.start, tokens[at]!.end, '= ')
  let depth = 0
  for (const token of tokens.slice(at + 1)) {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++
    if (token.kind === 'symbol' && ')]}'.includes(token.text) && depth-- === 0) return
    if (depth === 0 && token.kind === 'word' && token.text === 'if') {
      replace(token.start, token.end, ', ')
      return
    }
  }
}

/** How many brackets `[` are open before a token. */
function depthBefore(tokens: readonly Token[], index: number): number {
  return tokens
    .slice(0, index)
    .reduce(
      (depth, { kind, text }) =>
        kind === 'symbol' ? depth + (text === '[' ? 1 : text === ']' ? -1 : 0) : depth,
      0,
    )
}
