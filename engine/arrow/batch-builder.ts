import { unsupported } from '../errors.ts'
import type { ColumnVector } from './column-batch.ts'
import { physicalType, physicalWidth, type DataType, type Schema } from './types.ts'

export interface BatchLayout {
  /** Bytes of the whole run. */
  readonly bytes: number
  /** Pointers count from `base`; every nullable column has a bitmap. */
  readonly columns: readonly ColumnVector[]
}

/**
 * Where the buffers of a batch lie in one run of memory that starts at `base`: column after column, each buffer
 * 8-byte aligned, in Arrow's order (validity, offsets, values). `dataBytes[i]` is the size of a string column's text.
 * Called with base 0 for the size, then with the address that was allocated.
 */
export function layoutBatch(
  schema: Schema,
  rows: number,
  dataBytes: readonly number[],
  base = 0,
): BatchLayout {
  let at = base
  const take = (bytes: number): number => {
    const pointer = at
    // Pointers may lie beyond 2 GiB, where `& ~7` would turn negative.
    at += Math.ceil(bytes / 8) * 8
    return pointer
  }
  const columns = schema.fields.map(({ type, nullable }, index): ColumnVector => {
    const validity = nullable ? take(Math.ceil(rows / 8)) : 0
    const offsets = hasOffsets(type) ? take(4 * (rows + 1)) : 0
    const values = take(valueBytes(type, rows, dataBytes[index] ?? 0))
    return { type, validity, values, offsets, child: null, dictionary: null }
  })
  return { bytes: Math.max(8, at - base), columns }
}

function hasOffsets(type: DataType): boolean {
  return type.kind === 'utf8' || type.kind === 'binary'
}

function valueBytes(type: DataType, rows: number, dataBytes: number): number {
  const physical = physicalType(type)
  switch (physical) {
    case 'bytes':
      return dataBytes
    case 'bool':
      return Math.ceil(rows / 8)
    case 'list':
      throw unsupported('A list column in a result')
    default:
      return rows * physicalWidth(physical)
  }
}
