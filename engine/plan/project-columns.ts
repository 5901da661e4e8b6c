import { columnReference } from './column-ids.ts'
import { outputColumns } from './output.ts'
import type { Column, Expression, LogicalPlan, Project } from './plan.ts'

/** One row without columns: what SELECT without FROM reads. */
export function oneRow(): LogicalPlan {
  return { kind: 'values', columns: [], rows: [[]] }
}

/** An item that passes a column through. */
export function passThrough(column: Column): Project['items'][number] {
  return { output: column, expression: columnReference(column) }
}

/** Only these of the plan's columns, in this order. */
export function keepColumns(input: LogicalPlan, columns: readonly Column[]): LogicalPlan {
  return { kind: 'project', input, items: columns.map(passThrough) }
}

/** Each row once. */
export function distinctRows(input: LogicalPlan): LogicalPlan {
  return { kind: 'aggregate', input, groups: outputColumns(input).map(passThrough), aggregates: [] }
}

/** Rows for which all of these hold. */
export function filterBy(input: LogicalPlan, predicate: Expression | null): LogicalPlan {
  return predicate ? { kind: 'filter', input, predicate } : input
}
