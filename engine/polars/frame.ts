import { types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, ColumnId, Expression, LogicalPlan, Project, SortKey } from '../plan/plan.ts'
import { unknownColumn } from './unknown-name.ts'

/**
 * A frame: visible columns over a plan, and the rows' order.
 *
 * Windows, joins and aggregates yield rows in any order, and most of what follows does not care. So the order is kept
 * beside the plan as sort keys over its columns (visible or not) and becomes a Sort only where it is observed: at the
 * end of a cell, under a limit, in a concatenation. `order` null: the plan yields the rows in the frame's order.
 */
export interface Frame {
  readonly plan: LogicalPlan
  readonly columns: readonly Column[]
  readonly order: FrameOrder | null
}

export interface FrameOrder {
  /** Every key is a column of the plan. */
  readonly keys: readonly SortKey[]
  /** No two rows are equal in all keys, so that the order is the same whenever it is used. */
  readonly total: boolean
}

export interface NamedExpression {
  readonly name: string
  readonly expression: Expression
}

export function frameOfPlan(plan: LogicalPlan): Frame {
  return { plan, columns: outputColumns(plan), order: null }
}

/** Columns without rows, for expressions that are only typed. */
export function frameOfColumns(columns: readonly Column[]): Frame {
  return { plan: { kind: 'values', columns, rows: [] }, columns, order: null }
}

/** Whether it is one value, whatever the data are: what an aggregate makes of a column. */
export function isOneValue({ plan, columns }: Frame): boolean {
  return columns.length === 1 && hasOneRow(plan)
}

function hasOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'project':
    case 'row_number':
    case 'window':
      return hasOneRow(plan.input)
    case 'shared':
      return hasOneRow(plan.rows.plan)
    case 'aggregate':
      return plan.groups.length === 0
    case 'values':
      return plan.rows.length === 1
    default:
      return false
  }
}

export function findColumn(frame: Frame, name: string, span: SourceSpan | undefined): Column {
  const column = frame.columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw unknownColumn(name, frame.columns, span)
  return column
}

export function ascending(expression: Expression): SortKey {
  return { expression, descending: false, nullsFirst: true }
}

/** Project items for these columns; one that only passes a column through keeps its id. */
function projectItem({ name, expression }: NamedExpression): Project['items'][number] {
  if (expression.kind === 'column' && expression.name === name) {
    const { id, type, nullable } = expression
    return { output: { id, name, type, nullable }, expression }
  }
  return { output: newColumn(name, expression.type, expression.nullable), expression }
}

function keyColumns(order: FrameOrder | null): Column[] {
  return (order?.keys ?? []).flatMap(({ expression }) => {
    if (expression.kind !== 'column') return []
    const { id, name, type, nullable } = expression
    return [{ id, name, type, nullable }]
  })
}

/** A frame of exactly these columns, in the same order of rows. */
export function projectFrame(frame: Frame, outputs: readonly NamedExpression[]): Frame {
  const seen = new Set<ColumnId>()
  const items = outputs.map((output) => {
    const item = projectItem(output)
    if (!seen.has(item.output.id)) {
      seen.add(item.output.id)
      return item
    }
    return { ...item, output: newColumn(output.name, item.output.type, item.output.nullable) }
  })
  const hidden = keyColumns(frame.order).filter((column) => {
    if (seen.has(column.id)) return false
    seen.add(column.id)
    return true
  })
  const plan: LogicalPlan = {
    kind: 'project',
    input: frame.plan,
    items: [...items, ...hidden.map((output) => ({ output, expression: columnReference(output) }))],
  }
  return { plan, columns: items.map((item) => item.output), order: frame.order }
}

/** The same frame with an order that tells any two rows apart. */
export function withTotalOrder(frame: Frame): Frame & { readonly order: FrameOrder } {
  if (frame.order?.total === true) return { ...frame, order: frame.order }
  const ordinal = newColumn('row order', types.int64, false)
  const plan: LogicalPlan = { kind: 'row_number', input: frame.plan, output: ordinal }
  const keys = [...(frame.order?.keys ?? []), ascending(columnReference(ordinal))]
  return { plan, columns: frame.columns, order: { keys, total: true } }
}

/** The same frame with one int64 column that grows along its order. */
export function withOrdinal(frame: Frame): { readonly frame: Frame; readonly ordinal: Column } {
  const [key, ...others] = frame.order?.keys ?? []
  if (
    frame.order?.total === true &&
    others.length === 0 &&
    key?.expression.kind === 'column' &&
    !key.descending
  ) {
    const { id, name, type, nullable } = key.expression
    if (type.kind === 'int64' && !nullable) return { frame, ordinal: { id, name, type, nullable } }
  }
  const sorted = inOrder(frame)
  const ordinal = newColumn('row order', types.int64, false)
  const plan: LogicalPlan = { kind: 'row_number', input: sorted.plan, output: ordinal }
  const order = { keys: [ascending(columnReference(ordinal))], total: true }
  return { frame: { plan, columns: frame.columns, order }, ordinal }
}

/** The same frame over a plan that yields the rows in order. */
export function inOrder(frame: Frame): Frame {
  if (frame.order === null) return frame
  const plan: LogicalPlan = { kind: 'sort', input: frame.plan, keys: frame.order.keys, limit: null }
  return { plan, columns: frame.columns, order: null }
}

/** The plan of the frame's visible columns, in its order. */
export function finishedPlan(frame: Frame): LogicalPlan {
  return onlyVisible(inOrder(frame))
}

function onlyVisible(frame: Frame): LogicalPlan {
  const yielded = outputColumns(frame.plan)
  if (
    yielded.length === frame.columns.length &&
    yielded.every((column, i) => column.id === frame.columns[i]?.id)
  ) {
    return frame.plan
  }
  const items = frame.columns.map((output) => ({ output, expression: columnReference(output) }))
  return { kind: 'project', input: frame.plan, items }
}

const unordered = new WeakMap<LogicalPlan, LogicalPlan>()

/** The same rows without the sorts that only served an order nobody looks at. Shared plans stay shared. */
export function withoutOrder(plan: LogicalPlan): LogicalPlan {
  const known = unordered.get(plan)
  if (known !== undefined) return known
  const result = dropSorts(plan)
  unordered.set(plan, result)
  return result
}

function dropSorts(plan: LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'sort':
      return plan.limit === null ? withoutOrder(plan.input) : plan
    case 'filter':
    case 'project':
    case 'unnest': {
      const input = withoutOrder(plan.input)
      return input === plan.input ? plan : { ...plan, input }
    }
    case 'union': {
      const inputs = plan.inputs.map(withoutOrder)
      return inputs.every((input, i) => input === plan.inputs[i]) ? plan : { ...plan, inputs }
    }
    default:
      return plan
  }
}

/**
 * A frame that an earlier cell finished, with its last sort taken off again, so that it is only done where the order
 * is observed.
 */
export function reopenedFrame(plan: LogicalPlan): Frame {
  const columns = outputColumns(plan)
  const sort = plan.kind === 'sort' ? plan : plan.kind === 'project' ? plan.input : null
  if (sort?.kind !== 'sort' || sort.limit !== null) return { plan, columns, order: null }
  if (plan.kind === 'project' && plan.items.some((item) => !passesThrough(item)))
    return { plan, columns, order: null }
  if (sort.keys.some((key) => key.expression.kind !== 'column')) return { plan, columns, order: null }
  return { plan: sort.input, columns, order: { keys: sort.keys, total: false } }
}

function passesThrough({ output, expression }: Project['items'][number]): boolean {
  return expression.kind === 'column' && expression.id === output.id
}
