import { types } from '../arrow/types.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Column, Expression, LogicalPlan, SortKey, WindowFrame } from '../plan/plan.ts'

export const wholePartition: WindowFrame = {
  unit: 'rows',
  start: { kind: 'unbounded_preceding' },
  end: { kind: 'unbounded_following' },
  exclude: 'none',
}

/** The rows with their numbers, from 1, in each partition. */
export function numberRows(
  input: LogicalPlan,
  partitionBy: readonly Expression[] = [],
  orderBy: readonly SortKey[] = [],
): { readonly plan: LogicalPlan; readonly column: Column } {
  const column = newColumn('row_number', types.int64, false)
  const call = {
    fn: 'row_number',
    args: [],
    frame: wholePartition,
    filter: null,
    ignoreNulls: false,
    output: column,
  }
  return { plan: { kind: 'window', input, partitionBy, orderBy, calls: [call] }, column }
}
