import type { Column } from '../plan/plan.ts'
import type { AggregateSink } from './aggregate-sink.ts'
import type { CallNode, PolarsExpression } from './expression.ts'
import type { Lowered } from './lowered.ts'
import type { Lowering, RowScope, Sequence } from './lowering.ts'
import type { Parameter } from './parameters.ts'

interface MethodBase {
  /** `sum`, `str.contains`, `pl.int_ranges`. */
  readonly name: string
  readonly params: readonly Parameter[]
  /** The output's name where it is not the first operand's. */
  readonly outputName?: string
  /** The operand that gives the output its name, where it is not the first. */
  readonly nameOperand?: number
}

/** Row by row: the value depends on the operands of the same row. Operands come in the order of the parameters. */
export interface ElementMethod extends MethodBase {
  readonly kind: 'element'
  /** Keywords that are no parameters name further expressions. */
  readonly namedOutputs?: boolean
  /** Several columns in one operand are all operands of one call, instead of making one call each. */
  readonly horizontal?: boolean
  /** Another expression in its place, once the columns of its operands are known. */
  readonly unfold?: (call: CallNode) => PolarsExpression
  /** Several expressions in its place, once the columns are known. */
  readonly spread?: (call: CallNode, columns: readonly Column[]) => readonly PolarsExpression[]
  apply(operands: readonly Lowered[], call: CallNode): Lowered
}

/** Many rows to one value: over a group, a window or the whole frame. */
export interface AggregateMethod extends MethodBase {
  readonly kind: 'aggregate'
  aggregate(input: AggregateInput, call: CallNode, sink: AggregateSink): Lowered
}

/** What is aggregated: the receiver over the rows that pass `filter`, in `order` (null: the frame's own). */
export interface AggregateInput extends Sequence {
  /** The operands after the first, row by row. */
  readonly others: readonly Lowered[]
}

/** As many rows as came in, each depending on others: shift, rank, cumulative sums. */
export interface WindowMethod extends MethodBase {
  readonly kind: 'window'
  lower(lowering: Lowering, call: CallNode, scope: RowScope): Lowered
}

/** Rows left out, put in another order, or multiplied. */
export interface SequenceMethod extends MethodBase {
  readonly kind: 'sequence'
  reshape(input: Sequence, call: CallNode, lowering: Lowering, scope: RowScope): Sequence
}

export type ExpressionMethod = ElementMethod | AggregateMethod | WindowMethod | SequenceMethod

/** Written in terms of other expressions; replaced as soon as the call is read. */
export interface MacroMethod {
  readonly kind: 'macro'
  readonly name: string
  readonly params: readonly Parameter[]
  expand(call: Pick<CallNode, 'args' | 'span'>): PolarsExpression
}
