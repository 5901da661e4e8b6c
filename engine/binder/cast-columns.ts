import type { DataType } from '../arrow/types.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { castTo } from './coerce.ts'

/** The plan with its columns cast, as they are where the types are right. */
export function castColumns(plan: LogicalPlan, wanted: readonly DataType[]): LogicalPlan {
  const columns = outputColumns(plan)
  const items = columns.map((column, index) => {
    const expression = castTo(columnReference(column), wanted[index]!)
    if (expression.kind === 'column' && expression.type === column.type) return { output: column, expression }
    return { output: newColumn(column.name, expression.type, expression.nullable), expression }
  })
  return items.every((item, index) => item.output === columns[index])
    ? plan
    : { kind: 'project', input: plan, items }
}
