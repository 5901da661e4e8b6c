import type { SourceSpan } from '../errors.ts'
import type { Expression, SortKey } from '../plan/plan.ts'

export interface AggregateOptions {
  readonly distinct?: boolean
  readonly filter?: Expression | null
  /** Null: the order of the rows does not matter. */
  readonly orderBy?: readonly SortKey[] | null
  readonly span?: SourceSpan | undefined
}

/** Where aggregates go: into an Aggregate node, or into a Window node when their value is wanted on every row. */
export interface AggregateSink {
  /** The column that holds the aggregate. */
  emit(fn: string, args: readonly Expression[], options?: AggregateOptions): Expression
  /** The value, null or not, of the first (last) row that passes the filter, in this order (null: the frame's own). */
  edge(
    end: 'first' | 'last',
    value: Expression,
    filter: Expression | null,
    order: readonly SortKey[] | null,
  ): Expression
  /** The frame's own order, for aggregates that depend on it. */
  order(): readonly SortKey[]
  /** The number of rows of each group or window that pass the filter, as int64. */
  rowCount(filter: Expression | null): Expression
  /** The number of different values that are not null, as int64. */
  distinctCount(value: Expression, filter: Expression | null): Expression
}
