import type { Cell } from '../arrow-cells.ts'

/** Null when both have equal rows in the same order (numbers to 9 digits), else where they differ first. */
export function differenceOfRows(actual: readonly Cell[][], expected: readonly unknown[][]): string | null {
  if (actual.length !== expected.length) return `${actual.length} rows instead of ${expected.length}`
  for (const [row, cells] of actual.entries()) {
    const wanted = expected[row]!
    if (cells.length !== wanted.length) return `${cells.length} columns instead of ${wanted.length}`
    for (const [column, cell] of cells.entries()) {
      if (!sameValue(cell, wanted[column])) {
        return `row ${row + 1}, column ${column + 1}: ${String(cell)} instead of ${JSON.stringify(wanted[column])}`
      }
    }
  }
  return null
}

export function sameValue(actual: Cell, expected: unknown): boolean {
  if (actual === null || expected === null) return actual === expected
  const [a, b] = [String(actual), String(expected)]
  if (a === b) return true
  if (a === '' || b === '') return false
  const [x, y] = [Number(a), Number(b)]
  if (Number.isNaN(x) || Number.isNaN(y)) return a.toLowerCase() === b.toLowerCase()
  return x === y || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y))
}
