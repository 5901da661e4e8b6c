import type { DataType } from '../arrow/types.ts'
import { compareText } from '../optimizer/fold-expression.ts'
import type { CallExpression, IntervalValue, LiteralValue } from '../plan/plan.ts'
import { MICROS_PER_DAY } from '../plan/temporal-text.ts'

/** A value of the reference evaluator: a literal's form, and lists as arrays. */
export type Value = LiteralValue | readonly Value[]

export type Row = readonly Value[]

/** A function of the reference evaluator: what it gives for the arguments of a call. */
export type Implementation = (args: readonly Value[], call: CallExpression) => Value

export function isInterval(value: Value): value is IntervalValue {
  return typeof value === 'object' && value !== null && 'months' in value
}

/** An interval as microseconds, a month having 30 days, as comparisons count it. */
function intervalMicros(value: IntervalValue): bigint {
  return (BigInt(value.months) * 30n + BigInt(value.days)) * MICROS_PER_DAY + value.micros
}

/** Three-way comparison of two values that are not NULL, of one type. NaN is greatest and equals itself; -0 = 0. */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (isInterval(a) && isInterval(b)) return compare(intervalMicros(a), intervalMicros(b))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      const [x, y] = [a[i] as Value, b[i] as Value]
      const order = x === null || y === null ? Number(x === null) - Number(y === null) : compare(x, y)
      if (order !== 0) return order
    }
    return a.length - b.length
  }
  throw new Error(`cannot compare ${typeof a} with ${typeof b}`)
}

/** Text that is the same for values that GROUP BY takes for equal; NULL has one of its own. */
export function keyOf(value: Value): string {
  if (value === null) return 'n'
  if (typeof value === 'string') return `s${value.length}:${value}`
  if (typeof value === 'number') return `f${value === 0 ? 0 : value}`
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('hex')}`
  if (isInterval(value)) return `i${intervalMicros(value)}`
  if (typeof value === 'object') return `[${value.map(keyOf).join(',')}]`
  return `${typeof value}${value}`
}

export function keyOfRow(row: Row): string {
  return row.map(keyOf).join('|')
}

/** For sums and the like: a decimal's or an integer's exact value as a float. */
export function toFloat(value: Value, type: DataType): number {
  if (typeof value === 'bigint')
    return type.kind === 'decimal' ? Number(value) / 10 ** type.scale : Number(value)
  return Number(value)
}

export function integer(value: Value | undefined): bigint {
  if (typeof value !== 'bigint') throw new Error(`expected an integer, got ${String(value)}`)
  return value
}

export function number(value: Value | undefined): number {
  if (typeof value !== 'number') throw new Error(`expected a float, got ${String(value)}`)
  return value
}

export function text(value: Value | undefined): string {
  if (typeof value !== 'string') throw new Error(`expected text, got ${String(value)}`)
  return value
}

export function list(value: Value | undefined): readonly Value[] {
  if (!Array.isArray(value)) throw new Error(`expected a list, got ${String(value)}`)
  return value as readonly Value[]
}
