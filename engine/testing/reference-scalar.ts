import { isFloat, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { castLiteral, rescale, valueBounds } from '../plan/literal-cast.ts'
import type { CallExpression, LiteralValue } from '../plan/plan.ts'
import { MICROS_PER_DAY, addInterval, addIntervals, multiplyInterval } from '../plan/temporal-text.ts'
import { polarsFunctions } from './reference-polars.ts'
import { pointParts, temporalFunctions } from './reference-temporal.ts'
import { points, textFunctions } from './reference-text.ts'
import {
  compare,
  integer,
  isInterval,
  keyOf,
  list,
  number,
  text,
  toFloat,
  type Implementation,
  type Value,
} from './reference-value.ts'

function checked(value: bigint, type: DataType): bigint {
  const bounds = valueBounds(type)
  if (bounds && (value < bounds[0] || value > bounds[1]))
    throw new LakebookError('overflow', `${value} is out of range`)
  return value
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
  const [x, y] = [number(a), number(b)]
  return y === 0 ? null : float(x / y, type)
}

function wholeQuotient([a, b]: readonly Value[], { type }: CallExpression): Value {
  if (typeof a === 'number') return number(b) === 0 ? null : float(Math.floor(a / number(b)), type)
  return integer(b) === 0n ? null : checked(integer(a) / integer(b), type)
}

function remainder([a, b]: readonly Value[], { type }: CallExpression): Value {
  if (typeof a === 'number') return number(b) === 0 ? null : float(a % number(b), type)
  return integer(b) === 0n ? null : integer(a) % integer(b)
}

/** Floor semantics of Python: the remainder has the divisor's sign. */
function floorDivide(a: bigint, b: bigint): bigint {
  const result = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? result - 1n : result
}

function comparison(test: (order: number) => boolean): Implementation {
  return ([a, b]) => test(compare(a!, b!))
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
  if (places >= scale) return rescale(integer(value), scale, target)
  return rescale(rescale(integer(value), scale, places), places, target)
}

function towards(direction: (value: number) => number): Implementation {
  return ([value], call) => {
    if (typeof value === 'number') return direction(value)
    const source = call.args[0]!.type
    if (source.kind !== 'decimal') return value!
    const unit = 10n ** BigInt(source.scale)
    const whole = integer(value) / unit
    const rest = integer(value) % unit
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
          .join(text(args[0])),
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
    if (typeof a === 'number') return Math.floor(a / number(b))
    return integer(b) === 0n ? null : checked(floorDivide(integer(a), integer(b)), call.type)
  },
  pl_mod: ([a, b]) => {
    if (typeof a === 'number') return a - Math.floor(a / number(b)) * number(b)
    return integer(b) === 0n ? null : integer(a) - floorDivide(integer(a), integer(b)) * integer(b)
  },
  div_float: ([a, b]) => number(a) / number(b),
  negate: ([a], call) => {
    if (isInterval(a!)) return multiplyInterval(a, -1)
    return typeof a === 'number' ? -a : checked(-integer(a), call.type)
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
  '&': ([a, b]) => integer(a) & integer(b),
  '|': ([a, b]) => integer(a) | integer(b),
  '~': ([a]) => ~integer(a),
  '<<': ([a, b], call) => checked(integer(a) << integer(b), call.type),
  '>>': ([a, b]) => integer(a) >> integer(b),
  xor: ([a, b]) => integer(a) ^ integer(b),
  '||': ([a, b]) => (Array.isArray(a) ? [...list(a), ...list(b)] : text(a) + text(b)),
  abs: ([a], call) =>
    typeof a === 'number' ? Math.abs(a) : checked(integer(a) < 0n ? -integer(a) : integer(a), call.type),
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
  is_nan: ([a]) => Number.isNaN(number(a)),
  isnan: ([a]) => Number.isNaN(number(a)),
  length: ([a]) => BigInt(Array.isArray(a) ? a.length : points(a!).length),
  len: ([a]) => BigInt(Array.isArray(a) ? a.length : points(a!).length),
  range: range(false),
  generate_series: range(true),
  int_ranges: range(false),
  list_extract: ([items, index]) =>
    list(items).at(integer(index) > 0n ? Number(integer(index)) - 1 : Number(integer(index))) ?? null,
  list_get: ([items, index]) => list(items).at(Number(integer(index))) ?? null,
  list_contains: ([items, value]) => list(items).some((item) => item !== null && compare(item, value!) === 0),
}

/** What a scalar function gives for these arguments. A function that this evaluator lacks is an error. */
export function callScalar(call: CallExpression, args: readonly Value[]): Value {
  const seesNulls = aware[call.fn]
  if (seesNulls) return seesNulls(args, call)
  if (args.includes(null)) return null
  const implementation =
    strict[call.fn] ?? textFunctions[call.fn] ?? temporalFunctions[call.fn] ?? polarsFunctions[call.fn]
  if (implementation) return implementation(args, call)
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
