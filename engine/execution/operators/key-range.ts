import { physicalType, physicalWidth, type DataType, type PhysicalType } from '../../arrow/types.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import type { JoinKey, JoinSide } from './join-shape.ts'

const WHOLE: ReadonlySet<PhysicalType> = new Set(['i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32'])
const LEAST_I64 = -(2n ** 63n)
const GREATEST_I64 = 2n ** 63n - 1n

/** The stored rows of a join's side, and one of its keys. */
export interface KeyedRows {
  readonly pages: readonly RowPage[]
  readonly side: JoinSide
  readonly key: JoinKey
}

/** Whether keys of the type are whole numbers of at most 64 bits. */
export function isWholeKey(type: DataType): boolean {
  return WHOLE.has(physicalType(type))
}

/** Where a page's rows lie, for kernels: address, count, bytes of each. */
export function placeOf(page: RowPage, { side }: KeyedRows): readonly [number, number, number] {
  return [page.pointer, page.rows, side.layout.width]
}

/** Where a whole key lies in its row: offset, bytes, whether signed, and where its validity byte is (0: nowhere). */
export function fieldOf({ side, key }: KeyedRows): readonly [number, number, number, number] {
  const field = side.layout.fields.find(({ column }) => column === key.column)!
  const physical = physicalType(key.column.type)
  return [
    field.offset,
    physicalWidth(physical),
    physical.startsWith('i') ? 1 : 0,
    Math.max(0, field.validOffset),
  ]
}

/** The least and the greatest key; the first is greater when all are NULL. Of whole keys. */
export function rangeOf(
  { heap, kernels }: ThreadRuntime,
  owner: PageOwner,
  rows: KeyedRows,
): { readonly min: bigint; readonly max: bigint } {
  const out = owner.tryAllocate(16)
  if (out === 0) return { min: LEAST_I64, max: GREATEST_I64 }
  heap.i64[out >>> 3] = GREATEST_I64
  heap.i64[(out >>> 3) + 1] = LEAST_I64
  for (const page of rows.pages) kernels['filter_range']!(...placeOf(page, rows), ...fieldOf(rows), out)
  const range = { min: heap.i64[out >>> 3]!, max: heap.i64[(out >>> 3) + 1]! }
  owner.free(out, 16)
  return range
}
