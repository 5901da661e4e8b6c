import { columnReference } from '../plan/column-ids.ts'
import { freshPlan } from '../plan/plan-tree.ts'
import type { Column, SortKey } from '../plan/plan.ts'
import type { Frame } from './frame.ts'

/** The right frame, with columns of its own where it shares some with the left: a frame can be joined with itself. */
export function apartFrom(left: Frame, right: Frame): Frame {
  const taken = freshPlan(left.plan).columns
  const { plan, columns } = freshPlan(right.plan)
  if (![...columns.keys()].some((id) => taken.has(id))) return right
  const fresh = (column: Column) => columns.get(column.id) ?? column
  const keys = (right.order?.keys ?? []).map((key): SortKey => {
    const column = key.expression.kind === 'column' ? columns.get(key.expression.id) : undefined
    return column === undefined ? key : { ...key, expression: columnReference(column) }
  })
  return {
    plan,
    columns: right.columns.map(fresh),
    order: right.order === null ? null : { ...right.order, keys },
  }
}
