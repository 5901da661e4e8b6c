import type { DataType } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import { compare, keyOf, toFloat, type Value } from './reference-value.ts'

/** The argument values of the rows of one group, in order: `rows[i]` has one value for each argument. */
export type Arguments = readonly (readonly Value[])[]

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sum of squared distances from the mean. */
function spread(values: readonly number[]): number {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
}

function quantile(sorted: readonly Value[], fraction: number, type: DataType): Value {
  const position = fraction * (sorted.length - 1)
  const low = sorted[Math.floor(position)]!
  const high = sorted[Math.ceil(position)]!
  const rest = position - Math.floor(position)
  if (typeof low === 'number') return low + (Number(high) - low) * rest
  const exact = Number(low) + (Number(high) - Number(low)) * rest
  return type.kind === 'decimal' || type.kind === 'timestamp' ? BigInt(Math.round(exact)) : exact
}

function extreme(rows: Arguments, by: number, sign: 1 | -1): Value {
  let best: readonly Value[] | null = null
  for (const row of rows) {
    if (row[by] === null || row[0] === null) continue
    if (best === null || compare(row[by]!, best[by]!) * sign > 0) best = row
  }
  return best?.[0] ?? null
}

/** An aggregate over the rows of one group. DISTINCT, FILTER and ORDER BY were applied before. */
export function aggregateRows(fn: string, rows: Arguments, argTypes: readonly DataType[]): Value {
  const type: DataType = argTypes[0] ?? { kind: 'null' }
  const values = rows.map((row) => row[0] ?? null)
  const present = values.filter((value) => value !== null)
  const numbers = () => present.map((value) => toFloat(value, type))
  const enough = present.length > 0
  switch (fn) {
    case 'count_star':
      return BigInt(rows.length)
    case 'count':
      return BigInt(present.length)
    case 'count_if':
      return BigInt(present.filter((value) => value === true).length)
    case 'approx_count_distinct':
      return BigInt(new Set(present.map(keyOf)).size)
    case 'sum':
      if (!enough) return null
      if (typeof present[0] === 'bigint')
        return present.reduce<bigint>((sum, value) => sum + (value as bigint), 0n)
      return numbers().reduce((sum, value) => sum + value, 0)
    case 'avg': {
      if (!enough) return null
      if (typeof present[0] !== 'bigint') return mean(numbers())
      const sum = present.reduce<bigint>((total, value) => total + (value as bigint), 0n)
      return toFloat(sum, type) / present.length
    }
    case 'product':
      return enough ? numbers().reduce((product, value) => product * value, 1) : null
    case 'min':
      return extreme(rows, 0, -1)
    case 'max':
      return extreme(rows, 0, 1)
    case 'arg_min':
      return extreme(rows, 1, -1)
    case 'arg_max':
      return extreme(rows, 1, 1)
    case 'first':
      return values[0] ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'any_value':
      return present[0] ?? null
    case 'bool_and':
      return enough ? present.every((value) => value === true) : null
    case 'bool_or':
      return enough ? present.includes(true) : null
    case 'bit_and':
      return enough ? present.reduce<bigint>((all, value) => all & (value as bigint), -1n) : null
    case 'bit_or':
      return enough ? present.reduce<bigint>((all, value) => all | (value as bigint), 0n) : null
    case 'bit_xor':
      return enough ? present.reduce<bigint>((all, value) => all ^ (value as bigint), 0n) : null
    case 'var_pop':
      return enough ? spread(numbers()) / present.length : null
    case 'var_samp':
      return present.length > 1 ? spread(numbers()) / (present.length - 1) : null
    case 'stddev_pop':
      return enough ? Math.sqrt(spread(numbers()) / present.length) : null
    case 'stddev_samp':
      return present.length > 1 ? Math.sqrt(spread(numbers()) / (present.length - 1)) : null
    case 'covar_pop':
    case 'covar_samp':
    case 'corr':
      return covariance(fn, rows)
    case 'median':
      return enough ? quantile(present.toSorted(compare), 0.5, type) : null
    case 'quantile_cont':
      return enough ? quantile(present.toSorted(compare), Number(rows[0]![1]), type) : null
    case 'quantile_disc': {
      const sorted = present.toSorted(compare)
      return sorted[Math.max(0, Math.ceil(Number(rows[0]?.[1]) * sorted.length) - 1)] ?? null
    }
    case 'mode':
      return mode(present)
    case 'string_agg':
      return enough ? present.join(String(rows[0]![1])) : null
    case 'array_agg':
      return rows.length > 0 ? values : null
    default:
      throw new Error(`the reference evaluator has no aggregate ${fn}`)
  }
}

function covariance(fn: 'covar_pop' | 'covar_samp' | 'corr', rows: Arguments): Value {
  const pairs = rows
    .filter((row) => row[0] !== null && row[1] !== null)
    .map((row) => [Number(row[0]), Number(row[1])] as const)
  if (pairs.length === 0) return null
  const ys = pairs.map(([y]) => y)
  const xs = pairs.map(([, x]) => x)
  const [yMean, xMean] = [mean(ys), mean(xs)]
  const sum = pairs.reduce((total, [y, x]) => total + (y - yMean) * (x - xMean), 0)
  switch (fn) {
    case 'covar_pop':
      return sum / pairs.length
    case 'covar_samp':
      return pairs.length > 1 ? sum / (pairs.length - 1) : null
    case 'corr':
      return sum / Math.sqrt(spread(ys) * spread(xs))
    default:
      return unreachable(fn)
  }
}

function mode(present: readonly Value[]): Value {
  const counts = new Map<string, { count: number; value: Value }>()
  for (const value of present) {
    const known = counts.get(keyOf(value))
    if (known) known.count += 1
    else counts.set(keyOf(value), { count: 1, value })
  }
  let best: { count: number; value: Value } = { count: 0, value: null }
  for (const each of counts.values()) if (each.count > best.count) best = each
  return best.value
}
