import { types, type DataType } from '../arrow/types.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { castColumns } from './cast-columns.ts'

/** A column of nothing but NULL is an INTEGER in the end. */
export function withoutNullTypes(plan: LogicalPlan): LogicalPlan {
  const replace = (type: DataType): DataType => {
    if (type.kind === 'null') return types.int32
    return type.kind === 'list' ? { ...type, item: replace(type.item) } : type
  }
  return castColumns(
    plan,
    outputColumns(plan).map(({ type }) => replace(type)),
  )
}
