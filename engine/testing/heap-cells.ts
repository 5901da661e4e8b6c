import type { ColumnVector } from '../arrow/column-batch.ts'
import { physicalType } from '../arrow/types.ts'
import type { TableProvider } from '../catalog/table-provider.ts'
import type { Heap } from '../memory/heap.ts'

/** As stored: decimals unscaled, dates as days, times and timestamps as microseconds; bytes as hex; lists as arrays; intervals as [months, days, microseconds]. */
export type HeapCell = null | boolean | number | bigint | string | readonly HeapCell[]

/** Reads `length` values of a vector one by one, for tests. */
export function heapCells(heap: Heap, vector: ColumnVector, length: number): HeapCell[] {
  return Array.from({ length }, (_, row) => heapCell(heap, vector, row))
}

function bit(heap: Heap, bitmap: number, row: number): boolean {
  return ((heap.u8[bitmap + (row >> 3)]! >> (row & 7)) & 1) === 1
}

function heapCell(heap: Heap, vector: ColumnVector, row: number): HeapCell {
  const { type, validity, values, offsets, dictionary, child } = vector
  const { view } = heap
  if (validity !== 0 && !bit(heap, validity, row)) return null
  if (dictionary !== null) {
    const at = values + row * dictionary.codeBytes
    const code =
      dictionary.codeBytes === 1
        ? view.getUint8(at)
        : dictionary.codeBytes === 2
          ? view.getUint16(at, true)
          : view.getUint32(at, true)
    return bytesCell(heap, dictionary.offsets, dictionary.values, code, true)
  }
  switch (physicalType(type)) {
    case 'bool':
      return bit(heap, values, row)
    case 'i8':
      return view.getInt8(values + row)
    case 'u8':
      return view.getUint8(values + row)
    case 'i16':
      return view.getInt16(values + 2 * row, true)
    case 'u16':
      return view.getUint16(values + 2 * row, true)
    case 'i32':
      return view.getInt32(values + 4 * row, true)
    case 'u32':
      return view.getUint32(values + 4 * row, true)
    case 'i64':
      return view.getBigInt64(values + 8 * row, true)
    case 'u64':
      return view.getBigUint64(values + 8 * row, true)
    case 'f32':
      return view.getFloat32(values + 4 * row, true)
    case 'f64':
      return view.getFloat64(values + 8 * row, true)
    case 'i128':
      return (
        (view.getBigInt64(values + 16 * row + 8, true) << 64n) | view.getBigUint64(values + 16 * row, true)
      )
    case 'bytes':
      return bytesCell(heap, offsets, values, row, type.kind === 'utf8')
    case 'list': {
      const first = view.getInt32(offsets + 4 * row, true)
      const last = view.getInt32(offsets + 4 * (row + 1), true)
      return Array.from({ length: last - first }, (_, i) => heapCell(heap, child!, first + i))
    }
    case 'interval':
      return [
        view.getInt32(values + 16 * row, true),
        view.getInt32(values + 16 * row + 4, true),
        view.getBigInt64(values + 16 * row + 8, true),
      ]
  }
}

function bytesCell(heap: Heap, offsets: number, values: number, row: number, text: boolean): string {
  const first = heap.view.getInt32(offsets + 4 * row, true)
  const last = heap.view.getInt32(offsets + 4 * (row + 1), true)
  const bytes = heap.u8.slice(values + first, values + last)
  if (text) return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Scans whole columns of a table into cells, by column name, morsel after morsel. */
export async function scanCells(
  heap: Heap,
  table: TableProvider,
  columns: readonly number[] = table.schema.fields.map((_, index) => index),
): Promise<Record<string, HeapCell[]>> {
  const result: Record<string, HeapCell[]> = {}
  for (const column of columns) result[table.schema.fields[column]!.name] = []
  const loader = table.openLoader(columns)
  const { morsels } = await table.planScan({ columns, predicates: [] })
  for (const morsel of morsels) {
    const loaded = await loader.load(morsel, new AbortController().signal)
    for (const [index, column] of columns.entries()) {
      const cells = result[table.schema.fields[column]!.name]!
      for (const cell of heapCells(heap, loaded.batch.columns[index]!, loaded.batch.length)) cells.push(cell)
    }
    loaded.release()
  }
  loader.close()
  return result
}
