import { expect, test } from 'vitest'
import { isOneCell, isWithin, rangeBetween } from './grid-range.ts'

test('a range has its corners in it, whichever was first', () => {
  const range = rangeBetween({ row: 4, column: 0 }, { row: -1, column: 2 })
  expect(range).toEqual({ rows: [-1, 4], columns: [0, 2] })
  expect(isWithin(range, { row: -1, column: 0 })).toBe(true)
  expect(isWithin(range, { row: 4, column: 2 })).toBe(true)
  expect(isWithin(range, { row: 5, column: 1 })).toBe(false)
  expect(isWithin(range, { row: 0, column: 3 })).toBe(false)
  expect(isOneCell(range)).toBe(false)
  expect(isOneCell(rangeBetween({ row: 2, column: 1 }, { row: 2, column: 1 }))).toBe(true)
})
