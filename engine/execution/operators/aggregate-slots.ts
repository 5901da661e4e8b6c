import { physicalType, physicalWidth } from '../../arrow/types.ts'
import type { Column } from '../../plan/plan.ts'
import type { RowLayout } from '../row-layout.ts'

/**
 * A row whose every field, validity too, begins at a multiple of 8 bytes, so that each part of it can be a field of a
 * pipeline's block that is kept in a local. Read as any other row.
 */
export function layoutSlots(columns: readonly Column[]): RowLayout {
  let at = 0
  const take = (bytes: number): number => {
    const offset = at
    at += (bytes + 7) & ~7
    return offset
  }
  const fields = columns.map((column) => ({
    column,
    offset: take(physicalWidth(physicalType(column.type))),
    validOffset: column.nullable ? take(1) : -1,
  }))
  return {
    headerBytes: 0,
    fields,
    width: Math.max(8, at),
    hasArena: columns.some(({ type }) => ['bytes', 'list'].includes(physicalType(type))),
  }
}
