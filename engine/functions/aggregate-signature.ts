import type { DataType } from '../arrow/types.ts'
import type { Resolution } from './aggregate-types.ts'

export interface AggregateSignature {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Inclusive bounds of the number of arguments. */
  readonly arity: readonly [number, number]
  /** The binder writes it with other aggregates: `binder/derived-aggregate.ts`. */
  readonly derived?: true
  /** One line for the page of functions and for completion. */
  readonly summary: string
  /** What follows SELECT in a query that shows it. */
  readonly example: string
  /** False: never NULL, not even over no rows. */
  readonly nullable?: false
  resolve(args: readonly DataType[]): Resolution
}
