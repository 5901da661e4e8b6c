import type { Field } from '../../engine/arrow/types.ts'
import { dataTypeName, isNumberType } from '../notebook/data-type-name.ts'
import type { CachedRow } from './page-cache.ts'
import { valueText } from './read-value.ts'

const CHARACTER_PX = 7.6
const PADDING_PX = 26
const SORT_MARK_PX = 16
const SAMPLE_ROWS = 60

export const MIN_COLUMN_PX = 48
const MAX_FIRST_PX = 300

/** A first width for every column: as wide as its head and the values of the first rows need. */
export function columnWidths(fields: readonly Field[], rowAt: (row: number) => CachedRow | null): number[] {
  return fields.map((field, column) => {
    let characters = Math.max(
      field.name.length + SORT_MARK_PX / CHARACTER_PX,
      dataTypeName(field.type).length * 0.9,
    )
    for (let row = 0; row < SAMPLE_ROWS; row++) {
      const found = rowAt(row)
      const vector = found?.page.getChildAt(column)
      if (!found || !vector) break
      characters = Math.max(characters, valueText(vector, found.index, field.type)?.length ?? 4)
    }
    return Math.round(Math.max(64, Math.min(characters * CHARACTER_PX + PADDING_PX, MAX_FIRST_PX)))
  })
}

/** The columns between `left` and `right` pixels, both ends included, and where the first one starts. */
export function visibleColumns(widths: readonly number[], left: number, right: number) {
  let start = 0
  let first = 0
  while (first < widths.length - 1 && start + widths[first]! <= left) start += widths[first++]!
  let last = first
  let end = start + (widths[first] ?? 0)
  while (last < widths.length - 1 && end < right) end += widths[++last]!
  return { first, last, startPx: start }
}

export function alignment(field: Field): 'right' | 'left' {
  return isNumberType(field.type) ? 'right' : 'left'
}
