import type { DataType } from '../arrow/types.ts'
import type { Column, ColumnExpression, ColumnId } from './plan.ts'

let lastId = 0

/** An id that no other column of this engine has, so that plans of different statements can be put together. */
export function freshColumnId(): ColumnId {
  lastId += 1
  return lastId
}

/** A new column, for the one plan node that makes it. */
export function newColumn(name: string, type: DataType, nullable: boolean): Column {
  return { id: freshColumnId(), name, type, nullable }
}

/** The expression that reads a column. */
export function columnReference(column: Column): ColumnExpression {
  return { kind: 'column', id: column.id, name: column.name, type: column.type, nullable: column.nullable }
}
