import { ignoresOrder } from '../../functions/order-free.ts'
import type { AggregateShape } from './aggregate-shape.ts'

/**
 * The states are the same bit for bit in whatever order rows and parts are fed: threads take rows in an order of their
 * own.
 */
export function isOrderFree(shape: AggregateShape): boolean {
  return shape.states.every(({ accumulator, input }) => ignoresOrder(accumulator.name, input.types))
}
