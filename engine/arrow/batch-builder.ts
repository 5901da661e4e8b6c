import type { ColumnVector } from './column-batch.ts'
import {
  itemTypeOf,
  physicalType,
  physicalWidth,
  storedItemType,
  type DataType,
  type Schema,
} from './types.ts'

export interface BatchLayout {
  /** Bytes of the whole run. */
  readonly bytes: number
  /** Pointers count from `base`; every nullable column has a bitmap. */
  readonly columns: readonly ColumnVector[]
}

/** What a column holds beside its rows; 0 where its type has none such. */
export interface ColumnSize {
  /** Bytes of the texts: the column's own, or those in its lists. */
  readonly dataBytes: number
  /** Items of the lists. */
  readonly items: number
}

/**
 * Where the buffers of a batch lie in one run of memory that starts at `base`: column after column, each buffer
 * 8-byte aligned, in Arrow's order (validity, offsets, values; a list's items after the list). Called with base 0 for
 * the size, then with the address that was allocated.
 */
export function layoutBatch(
  schema: Schema,
  rows: number,
  sizes: readonly ColumnSize[],
  base = 0,
): BatchLayout {
  let at = base
  const take = (bytes: number): number => {
    const pointer = at
    // Pointers may lie beyond 2 GiB, where `& ~7` would turn negative.
    at += Math.ceil(bytes / 8) * 8
    return pointer
  }
  const place = (type: DataType, nullable: boolean, length: number, size: ColumnSize): ColumnVector => {
    const validity = nullable ? take(Math.ceil(length / 8)) : 0
    const offsets = hasOffsets(type) ? take(4 * (length + 1)) : 0
    const item = itemTypeOf(type)
    if (item !== null) {
      const child = { ...place(storedItemType(item), true, size.items, size), length: size.items }
      return { type, validity, values: 0, offsets, child, dictionary: null }
    }
    const values = take(valueBytes(type, length, size.dataBytes))
    return { type, validity, values, offsets, child: null, dictionary: null }
  }
  const columns = schema.fields.map(({ type, nullable }, index) => place(type, nullable, rows, sizes[index]!))
  return { bytes: Math.max(8, at - base), columns }
}

function hasOffsets(type: DataType): boolean {
  const physical = physicalType(type)
  return physical === 'bytes' || physical === 'list'
}

function valueBytes(type: DataType, length: number, dataBytes: number): number {
  const physical = physicalType(type)
  switch (physical) {
    case 'bytes':
      return dataBytes
    case 'bool':
      return Math.ceil(length / 8)
    default:
      return length * physicalWidth(physical)
  }
}
