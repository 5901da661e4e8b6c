import type { ColumnBatch, ColumnVector, Dictionary } from '../arrow/column-batch.ts'
import { physicalType, physicalWidth, type DataType, type Schema } from '../arrow/types.ts'
import type { Heap } from '../memory/heap.ts'
import type { HeapCell } from './heap-cells.ts'

/** Somewhere to put test data: hands out 8-byte aligned addresses one after the other. */
export class TestArena {
  readonly heap: Heap
  private at: number

  constructor(heap: Heap, pointer: number) {
    this.heap = heap
    this.at = pointer
  }

  take(bytes: number): number {
    const pointer = this.at
    this.at += Math.ceil(Math.max(1, bytes) / 8) * 8
    return pointer
  }
}

/** Writes cells (in the form of `heapCells`) into the heap, column after column; the opposite of `heapCells`. */
export function heapBatch(
  arena: TestArena,
  schema: Schema,
  columns: readonly (readonly HeapCell[])[],
  dictionaries: readonly (Dictionary | null)[] = [],
): ColumnBatch {
  return {
    length: columns[0]?.length ?? 0,
    columns: schema.fields.map((field, index) =>
      heapVector(arena, field.type, columns[index] ?? [], dictionaries[index] ?? null),
    ),
  }
}

/** A dictionary of texts; codes are their indices. */
export function heapDictionary(
  arena: TestArena,
  id: number,
  codeBytes: 1 | 2 | 4,
  texts: readonly string[],
): Dictionary {
  const { offsets, values } = writeBytes(
    arena,
    texts.map((text) => new TextEncoder().encode(text)),
  )
  return { id, codeBytes, length: texts.length, offsets, values }
}

function heapVector(
  arena: TestArena,
  type: DataType,
  cells: readonly HeapCell[],
  dictionary: Dictionary | null,
): ColumnVector {
  const { heap } = arena
  const { view } = heap
  const hasNull = cells.includes(null)
  const validity = hasNull
    ? writeBitmap(
        arena,
        cells.map((cell) => cell !== null),
      )
    : 0
  const vector = { type, validity, values: 0, offsets: 0, child: null, dictionary }
  if (dictionary !== null) {
    const values = arena.take(cells.length * dictionary.codeBytes)
    const texts = dictionaryTexts(heap, dictionary)
    cells.forEach((cell, row) => {
      const code = cell === null ? 255 : texts.indexOf(String(cell))
      const at = values + row * dictionary.codeBytes
      if (dictionary.codeBytes === 1) view.setUint8(at, code)
      else if (dictionary.codeBytes === 2) view.setUint16(at, code, true)
      else view.setUint32(at, code, true)
    })
    return { ...vector, values }
  }
  const physical = physicalType(type)
  if (physical === 'bool') {
    return {
      ...vector,
      values: writeBitmap(
        arena,
        cells.map((cell) => cell === true),
      ),
    }
  }
  if (physical === 'bytes') {
    const encode = (cell: HeapCell) =>
      cell === null
        ? new Uint8Array(0)
        : type.kind === 'utf8'
          ? new TextEncoder().encode(String(cell))
          : Uint8Array.from(Buffer.from(String(cell), 'hex'))
    return { ...vector, ...writeBytes(arena, cells.map(encode)) }
  }
  if (type.kind === 'list') {
    const lists = cells.map((cell) => (cell ?? []) as readonly HeapCell[])
    const offsets = writeOffsets(
      arena,
      lists.map((list) => list.length),
    )
    const items = lists.flat()
    return {
      ...vector,
      offsets,
      child: { ...heapVector(arena, type.item, items, null), length: items.length },
    }
  }
  const width = physicalWidth(physical)
  const values = arena.take(cells.length * width)
  cells.forEach((cell, row) => {
    const at = values + row * width
    switch (physical) {
      case 'i8':
      case 'u8':
        return view.setUint8(at, Number(cell))
      case 'i16':
      case 'u16':
        return view.setUint16(at, Number(cell), true)
      case 'i32':
      case 'u32':
        return view.setUint32(at, Number(cell), true)
      case 'i64':
      case 'u64':
        return view.setBigInt64(at, bigintOf(cell), true)
      case 'f32':
        return view.setFloat32(at, Number(cell), true)
      case 'f64':
        return view.setFloat64(at, Number(cell), true)
      case 'i128':
        view.setBigInt64(at, bigintOf(cell), true)
        return view.setBigInt64(at + 8, bigintOf(cell) >> 64n, true)
      case 'interval': {
        const [months, days, micros] = (cell ?? [0, 0, 0n]) as readonly [number, number, bigint]
        view.setInt32(at, months, true)
        view.setInt32(at + 4, days, true)
        return view.setBigInt64(at + 8, micros, true)
      }
      case 'list':
        throw new Error('lists are written above')
    }
  })
  return { ...vector, values }
}

function dictionaryTexts(heap: Heap, dictionary: Dictionary): string[] {
  return Array.from({ length: dictionary.length }, (_, index) => {
    const from = heap.i32[(dictionary.offsets >>> 2) + index]!
    const to = heap.i32[(dictionary.offsets >>> 2) + index + 1]!
    return new TextDecoder().decode(heap.u8.slice(dictionary.values + from, dictionary.values + to))
  })
}

function writeBitmap(arena: TestArena, bits: readonly boolean[]): number {
  const bitmap = arena.take(Math.ceil(bits.length / 8))
  // Bits after the last are unspecified: set them, so that nobody relies on zeros.
  arena.heap.u8.fill(0xff, bitmap, bitmap + Math.ceil(bits.length / 8))
  bits.forEach((bit, row) => {
    if (!bit) arena.heap.u8[bitmap + (row >> 3)]! &= ~(1 << (row & 7))
  })
  return bitmap
}

function writeOffsets(arena: TestArena, lengths: readonly number[]): number {
  const offsets = arena.take(4 * (lengths.length + 1))
  let at = 0
  arena.heap.i32[offsets >>> 2] = 0
  lengths.forEach((length, index) => {
    at += length
    arena.heap.i32[(offsets >>> 2) + index + 1] = at
  })
  return offsets
}

function writeBytes(arena: TestArena, items: readonly Uint8Array[]): { offsets: number; values: number } {
  const offsets = writeOffsets(
    arena,
    items.map((item) => item.length),
  )
  const values = arena.take(items.reduce((sum, item) => sum + item.length, 0))
  let at = values
  for (const item of items) {
    arena.heap.u8.set(item, at)
    at += item.length
  }
  return { offsets, values }
}

function bigintOf(cell: HeapCell): bigint {
  return typeof cell === 'bigint' ? cell : 0n
}
