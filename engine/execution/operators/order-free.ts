import type { AggregateShape, StateShape } from './aggregate-shape.ts'

const ALWAYS = new Set([
  'count',
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
 * The states are the same bit for bit in whatever order rows and parts are fed: threads take rows in an order of their
 * own. Sums of floating-point numbers are not, nor is what depends on the first row.
 */
export function isOrderFree(shape: AggregateShape): boolean {
  return shape.states.every(isFree)
}

function isFree({ accumulator, input }: StateShape): boolean {
  if (ALWAYS.has(accumulator.name)) return true
  return (
    accumulator.name === 'sum' && input.types.every(({ kind }) => kind !== 'float32' && kind !== 'float64')
  )
}
