import { CollectionTable } from './execution/collection-table.ts'
import { newColumn } from './plan/column-ids.ts'
import type { Column, LogicalPlan } from './plan/plan.ts'
import type { StoredResult } from './stored-result.ts'

/** A plan over the rows of a result. */
export function derivedPlan(
  result: StoredResult,
  plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
): LogicalPlan {
  const provider = new CollectionTable(result.collection)
  const columns = result.schema.fields.map(({ name, type, nullable }, source) => ({
    ...newColumn(name, type, nullable),
    source,
  }))
  const input: LogicalPlan = {
    kind: 'scan',
    table: 'result',
    provider,
    columns,
    filters: [],
    predicates: [],
  }
  return plan(input, columns)
}
