import { isFloat, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { castLiteral, rescale, valueBounds } from '../plan/literal-cast.ts'
import type { CallExpression, LiteralValue } from '../plan/plan.ts'
import {
  MICROS_PER_DAY,
  addInterval,
  addIntervals,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  formatTimestamp,
  multiplyInterval,
} from '../plan/temporal-text.ts'
import { polarsFunctions } from './reference-polars.ts'
import { compare, isInterval, keyOf, toFloat, type Value } from './reference-value.ts'

type Implementation = (args: readonly Value[], call: CallExpression) => Value

function checked(value: bigint, type: DataType): bigint {
  const bounds = valueBounds(type)
  if (bounds && (value < bounds[0] || value > bounds[1]))
    throw new LakebookError('overflow', `${value} is out of range`)
  return value
}

function integer(value: Value): bigint {
  if (typeof value !== 'bigint') throw new Error(`expected an integer, got ${String(value)}`)
  return value
}

function number(value: Value): number {
  if (typeof value !== 'number') throw new Error(`expected a float, got ${String(value)}`)
  return value
}

function text(value: Value): string {
  if (typeof value !== 'string') throw new Error(`expected text, got ${String(value)}`)
  return value
}

function list(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new Error(`expected a list, got ${String(value)}`)
  return value as readonly Value[]
}

/** Text as code points, which is how SQL counts characters. */
function points(value: Value): string[] {
  return Array.from(text(value))
}

function float(value: number, type: DataType): number {
  return type.kind === 'float32' ? Math.fround(value) : value
}

function arithmetic(args: readonly Value[], call: CallExpression): Value {
  const [a, b] = args as [Value, Value]
  const { fn, type } = call
  const [left, right] = call.args.map((arg) => arg.type) as [DataType, DataType]
  if (isInterval(a) || isInterval(b)) return withInterval(fn, a, b, left, right)
  if (typeof a === 'number' || typeof b === 'number') {
    const [x, y] = [number(a), number(b)]
    return float(fn === '+' ? x + y : fn === '-' ? x - y : x * y, type)
  }
  const [x, y] = [integer(a), integer(b)]
  // date ± days, date - date, timestamp - timestamp: days and microseconds as they are
  if (left.kind === 'timestamp' && right.kind === 'timestamp') {
    const micros = x - y
    if (type.kind === 'duration') return micros
    return { months: 0, days: Number(micros / MICROS_PER_DAY), micros: micros % MICROS_PER_DAY }
  }
  if (left.kind === 'date' && right.kind === 'time') return x * MICROS_PER_DAY + y
  if (left.kind === 'date' && right.kind === 'duration') {
    const micros = x * MICROS_PER_DAY + (fn === '+' ? y : -y)
    return floorDivide(micros, MICROS_PER_DAY)
  }
  return checked(fn === '+' ? x + y : fn === '-' ? x - y : x * y, type)
}

function withInterval(fn: string, a: Value, b: Value, left: DataType, right: DataType): Value {
  if (fn === '*') {
    const [interval, count] = isInterval(a) ? [a, toFloat(b, right)] : [b, toFloat(a, left)]
    return isInterval(interval) ? multiplyInterval(interval, count) : null
  }
  const sign = fn === '-' ? -1 : 1
  if (isInterval(a) && isInterval(b)) return addIntervals(a, sign === 1 ? b : multiplyInterval(b, -1))
  const [point, pointType, interval] = isInterval(b) ? [a, left, b] : [b, right, a]
  if (!isInterval(interval)) return null
  if (pointType.kind === 'time') {
    const moved = addInterval(integer(point), { ...interval, months: 0, days: 0 }, sign) % MICROS_PER_DAY
    return (moved + MICROS_PER_DAY) % MICROS_PER_DAY
  }
  const micros = integer(point) * (pointType.kind === 'date' ? MICROS_PER_DAY : 1n)
  return addInterval(micros, interval, sign)
}

function quotient([a, b]: readonly Value[], { type }: CallExpression): Value {
  const [x, y] = [number(a!), number(b!)]
  return y === 0 ? null : float(x / y, type)
}

function wholeQuotient([a, b]: readonly Value[], { type }: CallExpression): Value {
  if (typeof a === 'number') return number(b!) === 0 ? null : float(Math.floor(a / number(b!)), type)
  return integer(b!) === 0n ? null : checked(integer(a!) / integer(b!), type)
}

function remainder([a, b]: readonly Value[], { type }: CallExpression): Value {
  if (typeof a === 'number') return number(b!) === 0 ? null : float(a % number(b!), type)
  return integer(b!) === 0n ? null : integer(a!) % integer(b!)
}

/** Floor semantics of Python: the remainder has the divisor's sign. */
function floorDivide(a: bigint, b: bigint): bigint {
  const result = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? result - 1n : result
}

function comparison(test: (order: number) => boolean): Implementation {
  return ([a, b]) => test(compare(a!, b!))
}

function likePattern(pattern: string, escape: string | undefined, flags: string): RegExp {
  let source = ''
  const all = Array.from(pattern)
  for (let i = 0; i < all.length; i += 1) {
    const each = all[i]!
    if (each === escape && i + 1 < all.length) {
      i += 1
      source += quoted(all[i]!)
    } else source += each === '%' ? '.*' : each === '_' ? '.' : quoted(each)
  }
  return new RegExp(`^${source}$`, flags)
}

function quoted(each: string): string {
  return each.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`)
}

function like(flags: string): Implementation {
  return ([value, pattern, escape]) =>
    likePattern(text(pattern!), escape === undefined ? undefined : text(escape), flags).test(text(value!))
}

function substring([value, start, length]: readonly Value[]): Value {
  const all = points(value!)
  let from = Number(integer(start!))
  if (from < 0) from = Math.max(all.length + from + 1, from === 0 ? 0 : all.length + from + 1)
  if (length === undefined) return all.slice(Math.max(0, from - 1)).join('')
  const count = Number(integer(length))
  const [low, high] = count >= 0 ? [from, from + count] : [from + count, from]
  return all.slice(Math.max(0, low - 1), Math.max(0, high - 1)).join('')
}

function trimmer(left: boolean, right: boolean): Implementation {
  return ([value, characters]) => {
    const set = new Set(characters === undefined ? [' '] : points(characters))
    const all = points(value!)
    let [from, to] = [0, all.length]
    while (left && from < to && set.has(all[from]!)) from += 1
    while (right && to > from && set.has(all[to - 1]!)) to -= 1
    return all.slice(from, to).join('')
  }
}

interface Parts {
  readonly days: number
  readonly timeOfDay: bigint
}

function pointParts(value: Value, type: DataType): Parts {
  const micros = integer(value) * (type.kind === 'date' ? MICROS_PER_DAY : 1n)
  const timeOfDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  return { days: Number((micros - timeOfDay) / MICROS_PER_DAY), timeOfDay }
}

/** ISO week and its year. */
function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const weekday = (((days + 3) % 7) + 7) % 7
  const thursday = days - weekday + 3
  const { year } = civilFromDays(thursday)
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 }
}

export function datePart(part: string, value: Value, type: DataType): Value {
  if (isInterval(value)) {
    const parts: Record<string, bigint> = {
      year: BigInt(Math.trunc(value.months / 12)),
      month: BigInt(value.months % 12),
      day: BigInt(value.days),
      hour: value.micros / 3_600_000_000n,
      minute: (value.micros / 60_000_000n) % 60n,
      second: (value.micros / 1_000_000n) % 60n,
    }
    return parts[part] ?? null
  }
  if (type.kind === 'time') return datePart(part, value, { kind: 'timestamp', zone: null })
  const { days, timeOfDay } = pointParts(value, type)
  const { year, month, day } = civilFromDays(days)
  const dayOfWeek = (((days + 4) % 7) + 7) % 7
  switch (part) {
    case 'year':
      return BigInt(year)
    case 'quarter':
      return BigInt(Math.floor((month - 1) / 3) + 1)
    case 'month':
      return BigInt(month)
    case 'day':
      return BigInt(day)
    case 'dow':
      return BigInt(dayOfWeek)
    case 'isodow':
      return BigInt(dayOfWeek === 0 ? 7 : dayOfWeek)
    case 'doy':
      return BigInt(days - daysFromCivil(year, 1, 1) + 1)
    case 'week':
      return BigInt(isoWeek(days).week)
    case 'isoyear':
      return BigInt(isoWeek(days).year)
    case 'hour':
      return timeOfDay / 3_600_000_000n
    case 'minute':
      return (timeOfDay / 60_000_000n) % 60n
    case 'second':
      return (timeOfDay / 1_000_000n) % 60n
    case 'millisecond':
      return (timeOfDay / 1000n) % 60_000n
    case 'microsecond':
      return timeOfDay % 60_000_000n
    case 'decade':
      return BigInt(Math.floor(year / 10))
    case 'century':
      return BigInt(Math.ceil(year / 100))
    case 'epoch':
      return Number(BigInt(days) * MICROS_PER_DAY + timeOfDay) / 1_000_000
    default:
      throw new Error(`date part ${part}`)
  }
}

function dateTrunc(part: string, value: Value, type: DataType, result: DataType): Value {
  const { days, timeOfDay } = pointParts(value, type)
  const { year, month } = civilFromDays(days)
  const weekday = (((days + 3) % 7) + 7) % 7
  const startDays: Record<string, number> = {
    year: daysFromCivil(year, 1, 1),
    quarter: daysFromCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1),
    month: daysFromCivil(year, month, 1),
    week: days - weekday,
    day: days,
  }
  const unit: Record<string, bigint> = {
    hour: 3_600_000_000n,
    minute: 60_000_000n,
    second: 1_000_000n,
    millisecond: 1000n,
    microsecond: 1n,
  }
  const start = startDays[part]
  const step = unit[part]
  const micros =
    start === undefined
      ? BigInt(days) * MICROS_PER_DAY + timeOfDay - (timeOfDay % (step ?? 1n))
      : BigInt(start) * MICROS_PER_DAY
  return result.kind === 'date' ? micros / MICROS_PER_DAY : micros
}

function rounded([value, digits]: readonly Value[], call: CallExpression): Value {
  const source = call.args[0]!.type
  const places = digits === undefined ? 0 : Number(integer(digits))
  if (typeof value === 'number') {
    const factor = 10 ** places
    const scaled = value * factor
    const result = (Math.sign(scaled) * Math.round(Math.abs(scaled))) / factor
    return Number.isFinite(result) ? float(result, call.type) : value
  }
  const scale = source.kind === 'decimal' ? source.scale : 0
  const target = call.type.kind === 'decimal' ? call.type.scale : 0
  if (places >= scale) return rescale(integer(value!), scale, target)
  return rescale(rescale(integer(value!), scale, places), places, target)
}

function towards(direction: (value: number) => number): Implementation {
  return ([value], call) => {
    if (typeof value === 'number') return direction(value)
    const source = call.args[0]!.type
    if (source.kind !== 'decimal') return value!
    const unit = 10n ** BigInt(source.scale)
    const whole = integer(value!) / unit
    const rest = integer(value!) % unit
    const up = direction(0.5) === 1 && rest > 0n
    const down = direction(-0.5) === -1 && rest < 0n
    return whole + (up ? 1n : down ? -1n : 0n)
  }
}

function floats(compute: (...args: number[]) => number): Implementation {
  return (args, call) => compute(...args.map((arg, index) => toFloat(arg, call.args[index]!.type)))
}

function range(inclusive: boolean): Implementation {
  return (args) => {
    const all = args.map(integer)
    const [start, stop] = all.length === 1 ? [0n, all[0]!] : [all[0]!, all[1]!]
    const step = all[2] ?? 1n
    const result: bigint[] = []
    if (step === 0n) throw new LakebookError('invalid_argument', 'The step of a range must not be zero')
    for (
      let at = start;
      step > 0n ? at < stop || (inclusive && at === stop) : at > stop || (inclusive && at === stop);
      at += step
    ) {
      result.push(at)
    }
    return result
  }
}

function regexp(pattern: Value, flags: Value | undefined): RegExp {
  return new RegExp(text(pattern), `u${flags === undefined ? '' : text(flags).replace('g', '')}`)
}

/** Functions that see NULLs. */
const aware: Readonly<Record<string, Implementation>> = {
  is_null: ([a]) => a === null,
  is_not_null: ([a]) => a !== null,
  is_distinct_from: ([a, b]) => keyOf(a!) !== keyOf(b!),
  is_not_distinct_from: ([a, b]) => keyOf(a!) === keyOf(b!),
  and: (args) => (args.includes(false) ? false : args.includes(null) ? null : true),
  or: (args) => (args.includes(true) ? true : args.includes(null) ? null : false),
  in: ([value, ...candidates]) => {
    if (value === null || value === undefined) return null
    if (candidates.some((each) => each !== null && compare(value, each) === 0)) return true
    return candidates.includes(null) ? null : false
  },
  coalesce: (args) => args.find((arg) => arg !== null) ?? null,
  ensure: ([value, condition, message]) => {
    if (condition !== true) throw new LakebookError('invalid_argument', String(message))
    return value!
  },
  nullif: ([a, b]) => (a !== null && b !== null && compare(a!, b!) === 0 ? null : a!),
  if: ([condition, yes, no]) => (condition === true ? yes! : no!),
  greatest: (args) =>
    args
      .filter((arg) => arg !== null)
      .reduce<Value>((best, arg) => (best === null || compare(arg, best) > 0 ? arg : best), null),
  least: (args) =>
    args
      .filter((arg) => arg !== null)
      .reduce<Value>((best, arg) => (best === null || compare(arg, best) < 0 ? arg : best), null),
  list_value: (args) => args,
  concat: (args, call) =>
    args.map((arg, index) => (arg === null ? '' : String(toText(arg, call.args[index]!.type)))).join(''),
  concat_ws: (args) =>
    args[0] === null
      ? null
      : args
          .slice(1)
          .filter((arg) => arg !== null)
          .map(text)
          .join(text(args[0]!)),
}

function toText(value: Value, type: DataType): Value {
  if (type.kind === 'utf8') return value
  return castLiteral(value as LiteralValue, type, { kind: 'utf8' }) ?? String(value)
}

/** Functions for which NULL in is NULL out. */
const strict: Readonly<Record<string, Implementation>> = {
  '+': arithmetic,
  '-': arithmetic,
  '*': arithmetic,
  '/': quotient,
  '//': wholeQuotient,
  '%': remainder,
  floordiv: ([a, b], call) => {
    if (typeof a === 'number') return Math.floor(a / number(b!))
    return integer(b!) === 0n ? null : checked(floorDivide(integer(a!), integer(b!)), call.type)
  },
  pl_mod: ([a, b]) => {
    if (typeof a === 'number') return a - Math.floor(a / number(b!)) * number(b!)
    return integer(b!) === 0n ? null : integer(a!) - floorDivide(integer(a!), integer(b!)) * integer(b!)
  },
  div_float: ([a, b]) => number(a!) / number(b!),
  negate: ([a], call) => {
    if (isInterval(a!)) return multiplyInterval(a, -1)
    return typeof a === 'number' ? -a : checked(-integer(a!), call.type)
  },
  not: ([a]) => a !== true,
  bool_xor: ([a, b]) => a !== b,
  between: ([a, low, high]) => compare(a!, low!) >= 0 && compare(a!, high!) <= 0,
  '=': comparison((order) => order === 0),
  '<>': comparison((order) => order !== 0),
  '<': comparison((order) => order < 0),
  '<=': comparison((order) => order <= 0),
  '>': comparison((order) => order > 0),
  '>=': comparison((order) => order >= 0),
  '&': ([a, b]) => integer(a!) & integer(b!),
  '|': ([a, b]) => integer(a!) | integer(b!),
  '~': ([a]) => ~integer(a!),
  '<<': ([a, b], call) => checked(integer(a!) << integer(b!), call.type),
  '>>': ([a, b]) => integer(a!) >> integer(b!),
  xor: ([a, b]) => integer(a!) ^ integer(b!),
  '||': ([a, b]) => (Array.isArray(a) ? [...list(a), ...list(b!)] : text(a!) + text(b!)),
  like: like('us'),
  ilike: like('ius'),
  regexp_matches: ([value, pattern, flags]) => regexp(pattern!, flags).test(text(value!)),
  regexp_full_match: ([value, pattern]) => new RegExp(`^(?:${text(pattern!)})$`, 'u').test(text(value!)),
  upper: ([a]) => text(a!).toUpperCase(),
  lower: ([a]) => text(a!).toLowerCase(),
  length: ([a]) => BigInt(Array.isArray(a) ? a.length : points(a!).length),
  len: ([a]) => BigInt(Array.isArray(a) ? a.length : points(a!).length),
  substring,
  left: ([a, n]) =>
    points(a!)
      .slice(0, Number(integer(n!)))
      .join(''),
  right: ([a, n]) =>
    points(a!)
      .slice(integer(n!) < 0n ? -Number(integer(n!)) : Math.max(0, points(a!).length - Number(integer(n!))))
      .join(''),
  trim: trimmer(true, true),
  ltrim: trimmer(true, false),
  rtrim: trimmer(false, true),
  replace: ([a, from, to]) => (from === '' ? a! : text(a!).replaceAll(text(from!), () => text(to!))),
  reverse: ([a]) => points(a!).toReversed().join(''),
  repeat: ([a, n]) => text(a!).repeat(Math.max(0, Number(integer(n!)))),
  strpos: ([a, b]) =>
    BigInt(
      points(text(a!).slice(0, Math.max(0, text(a!).indexOf(text(b!))))).length +
        (text(a!).includes(text(b!)) ? 1 : 0),
    ),
  contains: ([a, b]) => text(a!).includes(text(b!)),
  starts_with: ([a, b]) => text(a!).startsWith(text(b!)),
  ends_with: ([a, b]) => text(a!).endsWith(text(b!)),
  lpad: ([a, n, fill]) => pad(points(a!), Number(integer(n!)), points(fill!), true),
  rpad: ([a, n, fill]) => pad(points(a!), Number(integer(n!)), points(fill!), false),
  split_part: ([a, separator, n]) =>
    text(a!)
      .split(text(separator!))
      .slice(integer(n!) > 0n ? Number(integer(n!)) - 1 : Number(integer(n!)))[0] ?? '',
  abs: ([a], call) =>
    typeof a === 'number' ? Math.abs(a) : checked(integer(a!) < 0n ? -integer(a!) : integer(a!), call.type),
  sign: ([a]) =>
    typeof a === 'number' ? BigInt(Math.sign(a)) : compare(a!, 0n) < 0 ? -1n : compare(a!, 0n) > 0 ? 1n : 0n,
  round: rounded,
  ceil: towards(Math.ceil),
  floor: towards(Math.floor),
  trunc: towards(Math.trunc),
  sqrt: floats(Math.sqrt),
  cbrt: floats(Math.cbrt),
  exp: floats(Math.exp),
  ln: floats(Math.log),
  log: floats((...[a, b]) => (b === undefined ? Math.log10(a!) : Math.log(b) / Math.log(a!))),
  log2: floats(Math.log2),
  log10: floats(Math.log10),
  pow: floats(Math.pow),
  sin: floats(Math.sin),
  cos: floats(Math.cos),
  tan: floats(Math.tan),
  pi: () => Math.PI,
  is_nan: ([a]) => Number.isNaN(number(a!)),
  isnan: ([a]) => Number.isNaN(number(a!)),
  date_part: ([part, value], call) =>
    datePart(text(part!).toLowerCase().replace(/s$/, ''), value!, call.args[1]!.type),
  date_trunc: ([part, value], call) =>
    dateTrunc(text(part!).toLowerCase(), value!, call.args[1]!.type, call.type),
  last_day: ([value], call) => {
    const { year, month } = civilFromDays(pointParts(value!, call.args[0]!.type).days)
    return BigInt(daysFromCivil(year, month, daysInMonth(year, month)))
  },
  date_diff: ([part, from, to], call) => dateDiff(text(part!).toLowerCase(), from!, to!, call.args[1]!.type),
  make_date: ([year, month, day]) =>
    BigInt(daysFromCivil(Number(integer(year!)), Number(integer(month!)), Number(integer(day!)))),
  strftime: ([value]) => formatTimestamp(integer(value!)),
  duration_between: ([a, b]) => integer(a!) - integer(b!),
  dt_total_minutes: ([a]) => integer(a!) / 60_000_000n,
  dt_total_seconds: ([a]) => integer(a!) / 1_000_000n,
  dt_total_hours: ([a]) => integer(a!) / 3_600_000_000n,
  dt_total_days: ([a]) => integer(a!) / MICROS_PER_DAY,
  dt_total_milliseconds: ([a]) => integer(a!) / 1000n,
  dt_total_microseconds: ([a]) => integer(a!),
  range: range(false),
  generate_series: range(true),
  int_ranges: range(false),
  list_extract: ([items, index]) =>
    list(items!).at(integer(index!) > 0n ? Number(integer(index!)) - 1 : Number(integer(index!))) ?? null,
  list_get: ([items, index]) => list(items!).at(Number(integer(index!))) ?? null,
  list_contains: ([items, value]) =>
    list(items!).some((item) => item !== null && compare(item, value!) === 0),
}

function dateDiff(part: string, from: Value, to: Value, type: DataType): Value {
  const months = (value: Value) =>
    integer(datePart('year', value, type)) * 12n + integer(datePart('month', value, type)) - 1n
  switch (part) {
    case 'year':
      return integer(datePart('year', to, type)) - integer(datePart('year', from, type))
    case 'month':
      return months(to) - months(from)
    case 'day':
      return BigInt(pointParts(to, type).days - pointParts(from, type).days)
    default: {
      const start = (value: Value) => integer(dateTrunc(part, value, type, { kind: 'timestamp', zone: null }))
      const unit: Record<string, bigint> = {
        hour: 3_600_000_000n,
        minute: 60_000_000n,
        second: 1_000_000n,
        week: 7n * MICROS_PER_DAY,
      }
      return (start(to) - start(from)) / (unit[part] ?? 1n)
    }
  }
}

function pad(all: string[], width: number, fill: string[], left: boolean): string {
  if (all.length >= width) return all.slice(0, Math.max(0, width)).join('')
  const missing = Array.from({ length: width - all.length }, (_, index) => fill[index % fill.length] ?? '')
  return (left ? [...missing, ...all] : [...all, ...missing]).join('')
}

const dateParts = [
  'year',
  'quarter',
  'month',
  'day',
  'week',
  'isodow',
  'isoyear',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
  'decade',
  'century',
  'epoch',
]
const renamedParts: Readonly<Record<string, string>> = {
  dayofweek: 'dow',
  weekday: 'dow',
  dayofyear: 'doy',
  dayofmonth: 'day',
  weekofyear: 'week',
  ordinal_day: 'doy',
}

/** What a scalar function gives for these arguments. A function that this evaluator lacks is an error. */
export function callScalar(call: CallExpression, args: readonly Value[]): Value {
  const seesNulls = aware[call.fn]
  if (seesNulls) return seesNulls(args, call)
  if (args.includes(null)) return null
  const implementation = strict[call.fn] ?? polarsFunctions[call.fn]
  if (implementation) return implementation(args, call)
  const part = dateParts.includes(call.fn) ? call.fn : renamedParts[call.fn]
  if (part) return datePart(part, args[0]!, call.args[0]!.type)
  throw new Error(`the reference evaluator has no ${call.fn}`)
}

/** CAST and TRY_CAST. */
export function castValue(value: Value, from: DataType, to: DataType, isTry: boolean): Value {
  if (value === null) return null
  if (from.kind === 'list' && to.kind === 'list')
    return list(value).map((item) => castValue(item, from.item, to.item, isTry))
  if (from.kind === 'time' && to.kind === 'interval') return { months: 0, days: 0, micros: integer(value) }
  if (from.kind === 'timestamp' && to.kind === 'time') return pointParts(value, from).timeOfDay
  if (from.kind === 'timestamp' && to.kind === 'timestamp') return value
  if (from.kind === 'timestamp' && to.kind === 'date') return BigInt(pointParts(value, from).days)
  if (isFloat(from) && to.kind === 'decimal')
    return checked(BigInt(Math.round(number(value) * 10 ** to.scale)), to)
  if (isFloat(from) && to.kind === 'utf8') return formatFloat(number(value))
  if (to.kind === 'duration' || from.kind === 'duration') return value
  try {
    const result = castLiteral(value as LiteralValue, from, to)
    if (result === undefined)
      throw new Error(`the reference evaluator cannot cast ${from.kind} to ${to.kind}`)
    return result
  } catch (error) {
    if (isTry && error instanceof LakebookError) return null
    throw error
  }
}

function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value)
}
