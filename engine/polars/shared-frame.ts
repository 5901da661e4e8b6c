import { readShared, sharedRows } from '../binder/common-tables.ts'
import { columnReference } from '../plan/column-ids.ts'
import { inputs, outputColumns } from '../plan/output.ts'
import type { Column, ColumnId, LogicalPlan } from '../plan/plan.ts'
import { withTotalOrder, type Frame } from './frame.ts'

/**
 * The same frame, computed once however often its name is read. The optimiser puts the plan where it is read when that
 * is in one place only, or when reading it again costs nothing.
 */
export function sharedFrame(name: string, frame: Frame): Frame {
  if (isRead(frame.plan)) return frame
  // rows that are kept have no order of their own
  const { plan, columns, order } = withTotalOrder(frame)
  const shared = readShared(sharedRows(name, plan, null))
  const places = outputColumns(plan)
  const fresh = new Map<ColumnId, Column>(
    outputColumns(shared).map((column, i): [ColumnId, Column] => [places[i]!.id, column]),
  )
  const read = (column: Column) => fresh.get(column.id) ?? column
  return {
    plan: shared,
    columns: columns.map((column) => ({ ...read(column), name: column.name })),
    order: {
      ...order,
      keys: order.keys.map((key) => {
        const column = key.expression.kind === 'column' ? fresh.get(key.expression.id) : undefined
        return column === undefined ? key : { ...key, expression: columnReference(column) }
      }),
    },
  }
}

/** Rows that are read and computed one by one, as often as wanted. */
function isRead(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'shared':
      return true
    case 'filter':
    case 'project':
      return inputs(plan).every(isRead)
    default:
      return false
  }
}
