import { INFINITE_MICROS } from '../arrow/infinite-time.ts'
import type { SeriesRequest } from '../catalog/series-request.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import type { Expression, IntervalValue, LiteralValue } from '../plan/plan.ts'
import { MICROS_PER_DAY } from '../plan/temporal-text.ts'

/** More rows than this are not planned as morsels. */
const MOST_ROWS = 2n ** 33n

/**
 * The rows that a call of `range` or `generate_series` stands for, if its arguments are constants and its items lie
 * equally far from each other; null otherwise, and for what fails at run time.
 */
export function seriesOf(call: Expression): SeriesRequest | null {
  if (call.kind !== 'call' || call.type.kind !== 'list') return null
  const values = call.args.map(constant)
  const [first, second, third] = values
  if (typeof first !== 'bigint') return null
  const start = values.length === 1 ? 0n : first
  const stop = values.length === 1 ? first : second
  const step = values.length < 3 ? 1n : stepOf(third)
  if (typeof stop !== 'bigint' || step === null || step === 0n) return null
  if (call.type.item.kind === 'timestamp' && [start, stop].some(isInfinite)) return null
  const distance = step > 0n ? stop - start : start - stop
  const width = step > 0n ? step : -step
  const last = call.fn === 'generate_series' ? distance : distance - 1n
  const rows = last < 0n ? 0n : last / width + 1n
  if (rows > MOST_ROWS) return null
  return { name: call.fn, type: call.type.item, start, step, rows: Number(rows) }
}

function isInfinite(micros: bigint): boolean {
  return micros === INFINITE_MICROS || micros === -INFINITE_MICROS
}

function constant(arg: Expression): LiteralValue | undefined {
  const folded = foldExpression(arg)
  return folded.kind === 'literal' ? folded.value : undefined
}

/** In the items' own unit. Null for months, which are of no one length, and for steps of two directions. */
function stepOf(value: LiteralValue | undefined): bigint | null {
  if (typeof value === 'bigint') return value
  if (!isInterval(value)) return null
  const { months, days, micros } = value
  const isMixed = (days > 0 && micros < 0n) || (days < 0 && micros > 0n)
  return months !== 0 || isMixed ? null : BigInt(days) * MICROS_PER_DAY + micros
}

function isInterval(value: LiteralValue | undefined): value is IntervalValue {
  return typeof value === 'object' && value !== null && 'months' in value
}
