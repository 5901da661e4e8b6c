import type { GridPlace } from './grid-keys.ts'

/** Cells of a grid, all ends included. The head is row −1. */
export interface GridRange {
  readonly rows: readonly [first: number, last: number]
  readonly columns: readonly [first: number, last: number]
}

export function rangeBetween(a: GridPlace, b: GridPlace): GridRange {
  return {
    rows: [Math.min(a.row, b.row), Math.max(a.row, b.row)],
    columns: [Math.min(a.column, b.column), Math.max(a.column, b.column)],
  }
}

export function isOneCell({ rows, columns }: GridRange): boolean {
  return rows[0] === rows[1] && columns[0] === columns[1]
}

export function isWithin({ rows, columns }: GridRange, { row, column }: GridPlace): boolean {
  return row >= rows[0] && row <= rows[1] && column >= columns[0] && column <= columns[1]
}
