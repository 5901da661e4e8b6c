import type { DataType } from '../arrow/types.ts'

const ALWAYS: ReadonlySet<string> = new Set([
  'count',
  'count_star',
  'count_true',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'bit_and',
  'bit_or',
  'bit_xor',
])

/**
 * Whether an aggregate, or an accumulator, gives the same bit for bit in whatever order it is fed. Sums of floating-point
 * numbers are not the same, nor is what depends on the first row.
 */
export function ignoresOrder(name: string, types: readonly DataType[]): boolean {
  if (ALWAYS.has(name)) return true
  return name === 'sum' && types.every(({ kind }) => kind !== 'float32' && kind !== 'float64')
}
