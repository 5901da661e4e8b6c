import { LakebookError } from '../errors.ts'
import type { Identifier, SqlExpression, SqlStatement } from './ast.ts'
import { qualifiedName } from './qualified-name.ts'
import type { SourceMap } from './source-map.ts'
import { TokenCursor } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** With what stands before an expression, which is SELECT. */
type ParseExpression = (start: number, end: number, before?: string) => SqlExpression

const LEAST = -(2n ** 63n)
const GREATEST = 2n ** 63n - 1n

/** CREATE SEQUENCE, CREATE TYPE, SET VARIABLE and RESET VARIABLE; null for any other statement. */
export function parseSessionStatement(
  source: SourceMap,
  tokens: readonly Token[],
  parse: ParseExpression,
): SqlStatement | null {
  const cursor = new TokenCursor(source, tokens)
  if (cursor.take('set', 'variable')) {
    const name = cursor.name('the name of a variable')
    if (!cursor.take('=') && !cursor.take('to')) throw cursor.error('expected =')
    const { from, to } = cursor.range(cursor.end)
    return { kind: 'set_variable', name, value: parse(from, to) }
  }
  if (cursor.take('reset', 'variable')) {
    const name = cursor.name('the name of a variable')
    if (!cursor.isDone) throw cursor.error('expected the end of the statement')
    return { kind: 'reset_variable', name }
  }
  if (!cursor.take('create')) return null
  const orReplace = cursor.take('or', 'replace')
  const temporary = cursor.take('temp') || cursor.take('temporary')
  if (cursor.take('type')) return parseType(cursor, parse, orReplace)
  return cursor.take('sequence') ? parseSequence(source, cursor, { orReplace, temporary }) : null
}

/** `name AS type`, `name AS ENUM ('a', 'b')` and `name AS ENUM (SELECT …)`. */
function parseType(cursor: TokenCursor, parse: ParseExpression, orReplace: boolean): SqlStatement {
  const ifNotExists = cursor.take('if', 'not', 'exists')
  const name = cursor.name('the name of a type')
  cursor.expect('as')
  const isQuery =
    cursor.take('enum') && ['select', 'with', 'from', 'values'].includes(cursor.peek(1)?.text ?? '')
  if (cursor.peek(-1)?.text === 'enum' && !isQuery) cursor.index -= 1
  const { from, to } = cursor.range(cursor.end)
  const parsed = isQuery ? parse(from, to) : parse(from, to, 'SELECT NULL::')
  const form = { kind: 'create_type', name, orReplace, ifNotExists } as const
  if (parsed.kind === 'scalar_query') return { ...form, definition: { values: parsed.query } }
  if (parsed.kind === 'cast') return { ...form, definition: parsed.type }
  throw cursor.error('expected a type')
}

function parseSequence(
  source: SourceMap,
  cursor: TokenCursor,
  form: { readonly orReplace: boolean; readonly temporary: boolean },
): SqlStatement {
  const ifNotExists = cursor.take('if', 'not', 'exists')
  const name = sequenceName(cursor)
  let [start, increment, least, greatest]: (bigint | null)[] = [null, null, null, null]
  let cycles = false
  while (!cursor.isDone) {
    if (cursor.take('start')) {
      cursor.take('with')
      start = whole(source, cursor)
    } else if (cursor.take('increment')) {
      cursor.take('by')
      increment = whole(source, cursor)
    } else if (cursor.take('minvalue')) least = whole(source, cursor)
    else if (cursor.take('maxvalue')) greatest = whole(source, cursor)
    else if (cursor.take('cycle')) cycles = true
    else if (cursor.take('no', 'cycle')) cycles = false
    else if (cursor.take('no', 'minvalue')) least = null
    else if (cursor.take('no', 'maxvalue')) greatest = null
    else throw cursor.error('expected START, INCREMENT, MINVALUE, MAXVALUE or CYCLE')
  }
  const step = increment ?? 1n
  const bounds = {
    least: least ?? (step > 0n ? 1n : LEAST),
    greatest: greatest ?? (step > 0n ? GREATEST : -1n),
  }
  const first = start ?? (step > 0n ? bounds.least : bounds.greatest)
  const wrong = problemOf(first, step, bounds)
  if (wrong !== null)
    throw new LakebookError('invalid_argument', `The sequence ${name.name}: ${wrong}`, { span: name.span })
  return {
    kind: 'create_sequence',
    ...form,
    ifNotExists,
    name,
    start: first,
    increment: step,
    ...bounds,
    cycles,
  }
}

function problemOf(
  start: bigint,
  increment: bigint,
  { least, greatest }: { readonly least: bigint; readonly greatest: bigint },
): string | null {
  if (increment === 0n) return 'INCREMENT is 0, and has to be another number'
  if (least >= greatest) return `MINVALUE (${least}) is not below MAXVALUE (${greatest})`
  if (start < least) return `START (${start}) is below MINVALUE (${least})`
  if (start > greatest) return `START (${start}) is above MAXVALUE (${greatest})`
  return null
}

function sequenceName(cursor: TokenCursor): Identifier {
  const parts = [cursor.name('the name of a sequence')]
  while (cursor.take('.')) parts.push(cursor.name('the name of a sequence'))
  return { name: qualifiedName(parts), span: parts.at(-1)!.span }
}

function whole(source: SourceMap, cursor: TokenCursor): bigint {
  const isNegative = cursor.take('-')
  const token = cursor.peek()
  const digits = token?.kind === 'number' ? token.text.replaceAll('_', '') : ''
  if (token === undefined || !/^\d+$/.test(digits)) throw cursor.error('expected a whole number')
  cursor.next()
  const value = isNegative ? -BigInt(digits) : BigInt(digits)
  if (value >= LEAST && value <= GREATEST) return value
  throw new LakebookError('invalid_argument', `${value} is not a BIGINT`, {
    span: source.span(token.start, token.end),
  })
}
