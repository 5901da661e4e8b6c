import { types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { daysFromCivil } from '../plan/temporal-text.ts'
import { isTruthy, iterate, textOf } from './constant-values.ts'
import { literalNode } from './expression.ts'
import type { GivenArguments } from './parameters.ts'
import { MICROS } from './time-length.ts'
import { describeValue, dictOf, scalar, type Value } from './values.ts'

/** Functions of Python that a cell may call: all of them are worked out when the cell is read. */
export const PYTHON_FUNCTIONS = [
  'float',
  'int',
  'str',
  'bool',
  'len',
  'range',
  'list',
  'tuple',
  'dict',
  'zip',
  'enumerate',
  'sorted',
  'abs',
  'min',
  'max',
  'sum',
  'round',
  'datetime',
  'date',
  'time',
  'timedelta',
] as const

type PythonFunction = (typeof PYTHON_FUNCTIONS)[number]

/** `name(...)` of Python. Throws `invalid_argument` for what it cannot read. */
export function callPython(name: string, given: GivenArguments): Value {
  switch (name) {
    case 'datetime.datetime':
    case 'datetime.date':
    case 'datetime.time':
    case 'datetime.timedelta':
      return callPython(name.slice('datetime.'.length), given)
    case 'datetime.strptime':
    case 'datetime.now':
    case 'datetime.today':
      throw unsupported(`\`${name}\``, given.span, 'Write the date out: datetime(2024, 1, 31).')
    default:
  }
  const fn = PYTHON_FUNCTIONS.find((known) => known === name)
  if (fn === undefined) throw unsupported(`The function \`${name}\``, given.span)
  return call(fn, given)
}

function call(name: PythonFunction, given: GivenArguments): Value {
  const { args, span } = given
  const [first] = args
  switch (name) {
    case 'datetime':
      return point(given, types.timestamp)
    case 'date':
      return point(given, types.date)
    case 'time':
      return clockTime(given)
    case 'timedelta':
      return duration(given)
    case 'dict': {
      const entries = first === undefined ? [] : first.kind === 'dict' ? first.entries : pairs(first, span)
      const named = given.keywords.map((keyword) => [scalar(keyword.name), keyword.value] as const)
      return dictOf([...entries, ...named])
    }
    case 'list':
    case 'tuple':
      return { kind: 'list', items: first === undefined ? [] : iterate(first, span) }
    case 'zip': {
      const lists = args.map((arg) => iterate(arg, span))
      const count = Math.min(...lists.map((items) => items.length))
      return list(Array.from({ length: count }, (_, i) => list(lists.map((items) => items[i]!))))
    }
    case 'enumerate': {
      const start = args[1] ?? given.keywords.find((keyword) => keyword.name === 'start')?.value
      const from = start === undefined ? 0n : whole(start, name, span)
      return list(
        iterate(oneArgument(given, name), span).map((item, i) => list([scalar(from + BigInt(i)), item])),
      )
    }
    case 'range':
      return range(
        args.map((arg) => whole(arg, name, span)),
        span,
      )
    case 'len': {
      const value = oneArgument(given, name)
      if (value.kind === 'frame') {
        throw unsupported('`len` of a frame', span, 'Use frame.height, or frame.select(pl.len()).')
      }
      return scalar(BigInt(iterate(value, span).length))
    }
    case 'bool':
      return scalar(isTruthy(oneArgument(given, name), span))
    case 'str':
      return scalar(textOf(oneArgument(given, name), span))
    case 'int':
    case 'float':
      return number(oneArgument(given, name), name, span)
    case 'abs':
    case 'round':
    case 'sum':
    case 'min':
    case 'max':
    case 'sorted':
      return ofNumbers(name, given)
  }
}

function list(items: readonly Value[]): Value {
  return { kind: 'list', items }
}

function pairs(value: Value, span: SourceSpan | undefined): (readonly [Value, Value])[] {
  return iterate(value, span).map((pair) => {
    const [key, item] = iterate(pair, span)
    if (key === undefined || item === undefined) throw unreadable('dict', span)
    return [key, item]
  })
}

function unreadable(name: string, span: SourceSpan | undefined): LakebookError {
  return new LakebookError('invalid_argument', `\`${name}\` cannot read its argument`, { span })
}

function oneArgument(given: GivenArguments, name: string): Value {
  const [first] = given.args
  if (first === undefined) throw unreadable(name, given.span)
  return first
}

function whole(value: Value, name: string, span: SourceSpan | undefined): bigint {
  if (value.kind === 'scalar' && typeof value.value === 'bigint') return value.value
  throw new LakebookError(
    'invalid_argument',
    `\`${name}\` takes whole numbers, not ${describeValue(value)}`,
    {
      span,
    },
  )
}

/** More items than anybody writes out; the list is made when the cell is read. */
const MOST_ITEMS = 10_000

function range(bounds: readonly bigint[], span: SourceSpan | undefined): Value {
  const [start, stop, step] = [
    bounds.length > 1 ? bounds[0]! : 0n,
    bounds.length > 1 ? bounds[1]! : (bounds[0] ?? 0n),
    bounds[2] ?? 1n,
  ]
  if (step === 0n) throw unreadable('range', span)
  const count = (stop - start + step - (step > 0n ? 1n : -1n)) / step
  if (count > BigInt(MOST_ITEMS)) throw unsupported(`A range of ${count} items`, span, 'Use pl.int_range.')
  return list(Array.from({ length: Math.max(0, Number(count)) }, (_, i) => scalar(start + BigInt(i) * step)))
}

function number(value: Value, name: 'int' | 'float', span: SourceSpan | undefined): Value {
  if (value.kind !== 'scalar' || value.value === null) throw unreadable(name, span)
  const given = value.value
  if (typeof given === 'string') {
    const text = given.trim().replaceAll('_', '')
    if (name === 'int' && /^[+-]?\d+$/.test(text)) return scalar(BigInt(text))
    const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)
    if (name === 'float' && isNumber) return scalar(Number(text))
    const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text)
    if (name === 'int' || special === null) throw unreadable(name, span)
    if (special[2]!.toLowerCase() === 'nan') return scalar(NaN)
    return scalar(special[1] === '-' ? -Infinity : Infinity)
  }
  if (name === 'float') return scalar(Number(given))
  if (typeof given === 'bigint') return scalar(given)
  if (!Number.isFinite(Number(given))) throw unreadable(name, span)
  return scalar(BigInt(Math.trunc(Number(given))))
}

function ofNumbers(name: 'abs' | 'round' | 'sum' | 'min' | 'max' | 'sorted', given: GivenArguments): Value {
  const { args, span } = given
  if (args.some((arg) => arg.kind === 'expression')) {
    throw unsupported(
      `Python's \`${name}\` of an expression`,
      span,
      name === 'sorted' ? 'Use .sort().' : `Use the method .${name}(), or pl.${name}_horizontal(...).`,
    )
  }
  const items = args.length === 1 && args[0]!.kind !== 'scalar' ? iterate(args[0]!, span) : args
  const values = items.map((item) => {
    if (item.kind !== 'scalar' || item.value === null) throw unreadable(name, span)
    return item.value
  })
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  switch (name) {
    case 'sorted':
      return list(sorted.map((value) => scalar(value)))
    case 'min':
    case 'max': {
      const found = sorted.at(name === 'min' ? 0 : -1)
      if (found === undefined) throw unreadable(name, span)
      return scalar(found)
    }
    case 'sum':
      return scalar(
        values.every((value) => typeof value === 'bigint')
          ? values.reduce((total: bigint, value) => total + value, 0n)
          : values.reduce((total: number, value) => total + Number(value), 0),
      )
    case 'abs': {
      const [value] = values
      return scalar(typeof value === 'bigint' ? (value < 0n ? -value : value) : Math.abs(Number(value)))
    }
    case 'round': {
      const [value, digits] = values
      if (typeof value === 'bigint') return scalar(value)
      const rounded = Number(Number(value).toFixed(Number(digits ?? 0)))
      return scalar(digits === undefined ? BigInt(rounded) : rounded)
    }
  }
}

const POINT_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond']

function parts(given: GivenArguments, names: readonly string[], name: string): Map<string, bigint> {
  const found = new Map<string, bigint>()
  given.args.forEach((arg, i) => {
    const part = names[i]
    if (part === undefined) throw unsupported(`So many arguments of \`${name}\``, given.span)
    found.set(part, whole(arg, name, given.span))
  })
  for (const { name: part, value, span } of given.keywords) {
    if (!names.includes(part)) {
      throw unsupported(`The argument \`${part}\` of \`${name}\``, span, `It takes ${names.join(', ')}.`)
    }
    found.set(part, whole(value, name, span))
  }
  return found
}

function microsOfDay(found: ReadonlyMap<string, bigint>): bigint {
  const part = (name: string) => found.get(name) ?? 0n
  return (
    part('hour') * MICROS.hours +
    part('minute') * MICROS.minutes +
    part('second') * MICROS.seconds +
    part('microsecond')
  )
}

/** datetime(2024, 1, 31, 12, 30) and date(2024, 1, 31). */
function point(given: GivenArguments, type: DataType): Value {
  const isDate = type.kind === 'date'
  const name = isDate ? 'date' : 'datetime'
  const found = parts(given, isDate ? POINT_PARTS.slice(0, 3) : POINT_PARTS, name)
  const [year, month, day] = POINT_PARTS.slice(0, 3).map((part) => Number(found.get(part) ?? NaN))
  const days = daysFromCivil(year!, month!, day!)
  const check = new Date(Date.UTC(2000, 0, 1))
  check.setUTCFullYear(year!, month! - 1, day)
  if (Number.isNaN(days) || check.getUTCMonth() + 1 !== month || check.getUTCDate() !== day)
    throw unreadable(name, given.span)
  const micros = microsOfDay(found)
  if (micros < 0n || micros >= MICROS.days) throw unreadable(name, given.span)
  const value = isDate ? BigInt(days) : BigInt(days) * MICROS.days + micros
  return { kind: 'expression', expression: literalNode(value, given.span, type) }
}

function clockTime(given: GivenArguments): Value {
  const micros = microsOfDay(parts(given, POINT_PARTS.slice(3), 'time'))
  if (micros < 0n || micros >= MICROS.days) throw unreadable('time', given.span)
  return { kind: 'expression', expression: literalNode(micros, given.span, types.time) }
}

const DURATION_PARTS = [
  'days',
  'seconds',
  'microseconds',
  'milliseconds',
  'minutes',
  'hours',
  'weeks',
] as const

/** timedelta(hours=1, minutes=30); parts may be fractions. */
function duration(given: GivenArguments): Value {
  const named = [
    ...given.args.map((value, i) => ({ name: DURATION_PARTS[i] ?? '', value })),
    ...given.keywords,
  ]
  const micros = named.reduce((total, { name, value }) => {
    const unit = DURATION_PARTS.find((part) => part === name)
    if (unit === undefined) {
      throw unsupported(
        `The argument \`${name}\` of \`timedelta\``,
        given.span,
        `It takes ${DURATION_PARTS.join(', ')}.`,
      )
    }
    const each = unit === 'weeks' ? 7n * MICROS.days : MICROS[unit]
    if (value.kind === 'scalar' && typeof value.value === 'bigint') return total + value.value * each
    if (value.kind === 'scalar' && typeof value.value === 'number')
      return total + BigInt(Math.round(value.value * Number(each)))
    throw unreadable('timedelta', given.span)
  }, 0n)
  return { kind: 'expression', expression: literalNode(micros, given.span, types.duration) }
}
