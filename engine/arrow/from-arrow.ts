import {
  type Data,
  DataType as ArrowType,
  DateUnit,
  IntervalUnit,
  Precision,
  TimeUnit,
  type Vector,
} from 'apache-arrow'
import { internalError, LakebookError, unsupported } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'
import type { ColumnBatch, ColumnVector, Dictionary } from './column-batch.ts'
import { arrowTypeName, isNanoseconds } from './from-arrow-schema.ts'
import {
  type ArrowVector,
  copyBytes,
  copyVector,
  NestedColumns,
  type NestedKernels,
} from './nested-columns.ts'
import { type DataType, isPacked, itemTypeOf, physicalType, physicalWidth, type Schema } from './types.ts'

/** Static kernels that copying into the heap calls. */
export interface ImportKernels extends NestedKernels {
  align_bitmap(bitmap: number, count: number, shift: number): void
  rebase_offsets(offsets: number, count: number, base: number): void
  fixed_width_offsets(offsets: number, count: number, width: number): void
  convert_int32_to_int64(from: number, to: number, count: number, factor: bigint): void
  convert_int64_times(values: number, count: number, factor: bigint): void
  convert_int64_floor_div(values: number, count: number, divisor: bigint): void
  convert_int128_to_int64(from: number, to: number, count: number): void
  convert_float16_to_float32(from: number, to: number, count: number): void
  narrow_int64_to_int32(values: number, count: number, out: number): void
  nanos_to_intervals(values: number, count: number): void
  short_intervals(values: number, width: number, count: number, out: number): void
  narrow_int256_to_int128(values: number, validity: number, start: number, count: number): number
}

/** Columns side by side: a `RecordBatch` is that. */
interface ArrowColumns {
  readonly numRows: number
  readonly data: { readonly children: readonly Data[] }
}

/** A batch in the heap, all its buffers in the one run at `pointer`; dictionaries apart. */
export interface ImportedBatch {
  readonly batch: ColumnBatch
  readonly pointer: number
  /** As allocated: free the batch with `pages.free(pointer, bytes)`. */
  readonly bytes: number
}

/**
 * Copies Arrow record batches into the heap, column by column, each buffer copied once and converted where it lies.
 * Dictionaries are copied once, however many batches use them, and stay until `close`.
 *
 * `schema` is `schemaFromArrow` of the batches' schema.
 */
export class ArrowImporter {
  private readonly schema: Schema
  private readonly pages: PageSource
  private readonly kernels: ImportKernels
  private readonly nextDictionaryId: () => number
  private readonly dictionaries = new Map<Vector, Dictionary>()
  private readonly dictionaryRuns: { pointer: number; bytes: number }[] = []

  /** `nextDictionaryId` gives ids that no other dictionary of the heap has. */
  constructor(schema: Schema, pages: PageSource, kernels: ImportKernels, nextDictionaryId: () => number) {
    this.schema = schema
    this.pages = pages
    this.kernels = kernels
    this.nextDictionaryId = nextDictionaryId
  }

  /** @throws `out_of_memory`, `unsupported` */
  add(batch: ArrowColumns): ImportedBatch {
    const sources = this.schema.fields.map((field, index) => {
      const data = batch.data.children[index]
      if (data === undefined) throw internalError(`an Arrow batch lacks column ${field.name}`)
      return { source: sourceOf(data), type: field.type, dictionary: this.dictionaryOf(data, field.name) }
    })
    const nested = new NestedColumns(this.pages, this.kernels)
    try {
      return this.write(batch.numRows, sources, nested)
    } finally {
      nested.close()
    }
  }

  private write(
    length: number,
    sources: readonly { source: Source; type: DataType; dictionary: Dictionary | null }[],
    nested: NestedColumns,
  ): ImportedBatch {
    const packed = sources.map(({ source, type }) =>
      isPacked(type) ? nested.packed(this.tree(source, type, nested)) : null,
    )
    const size = new Room(0)
    sources.forEach(({ source, type }, index) => {
      const column = packed[index]
      if (column) size.take(copyBytes(this.pages, column, length))
      else measure(size, source, type)
    })
    const bytes = Math.max(8, size.at)
    const pointer = this.pages.allocate(bytes)
    try {
      const room = new Room(pointer)
      const writer = new VectorWriter(this.pages, this.kernels, room)
      const columns = sources.map(({ source, type, dictionary }, index) => {
        const column = packed[index]
        if (!column) return writer.vector(source, type, dictionary)
        return copyVector(this.pages, column, length, room.take(copyBytes(this.pages, column, length)))
      })
      return { batch: { length, columns }, pointer, bytes }
    } catch (error) {
      this.pages.free(pointer, bytes)
      throw error
    }
  }

  /** A nested column's parts, in pages that `nested` frees. */
  private tree(source: Source, type: DataType, nested: NestedColumns): ArrowVector {
    const { length } = source
    const item = itemTypeOf(type)
    const parts: readonly DataType[] =
      item !== null ? [item] : type.kind === 'struct' ? type.fields.map((field) => field.type) : []
    if (parts.length === 0) {
      const size = new Room(0)
      measure(size, source, type)
      const leaf = this.writerAt(nested.allocate(size.at)).vector(source, type, null)
      return { ...leaf, length, children: [] }
    }
    const writer = this.writerAt(nested.allocate(bitmapBytes(source) + 16 + offsetRoom(source)))
    const { validity, offsets } = writer.shell(source, item !== null)
    const children = parts.map((part, index) => {
      const child = source.children[index]
      if (child === undefined) throw internalError('a nested Arrow array lacks a child')
      return this.tree(sourceOf(child), part, nested)
    })
    return { type, length, validity, values: 0, offsets, children }
  }

  private writerAt(pointer: number): VectorWriter {
    return new VectorWriter(this.pages, this.kernels, new Room(pointer))
  }

  /** Frees the dictionaries. May be called twice. */
  close(): void {
    for (const { pointer, bytes } of this.dictionaryRuns) this.pages.free(pointer, bytes)
    this.dictionaryRuns.length = 0
    this.dictionaries.clear()
  }

  private dictionaryOf(data: Data, column: string): Dictionary | null {
    const type: ArrowType = data.type
    if (!ArrowType.isDictionary(type)) return null
    const values = data.dictionary
    if (values === undefined) throw internalError(`the dictionary of column ${column} is missing`)
    const known = this.dictionaries.get(values)
    if (known !== undefined) return known
    const codeBytes = codeBytesOf(type.indices as ArrowType, column)
    if (values.nullCount > 0)
      throw unsupported(`A dictionary with NULL among its values, in column ${column}`)
    const dictionary = this.copyDictionary(values, codeBytes)
    this.dictionaries.set(values, dictionary)
    return dictionary
  }

  private copyDictionary(vector: Vector, codeBytes: 1 | 2 | 4): Dictionary {
    const { heap } = this.pages
    const parts = vector.data.map((data: Data) => sourceOf(data))
    const offsetBytes = aligned(4 * (vector.length + 1))
    const bytes = offsetBytes + parts.reduce((sum, part) => sum + part.last - part.first, 0)
    const pointer = this.pages.allocate(bytes)
    this.dictionaryRuns.push({ pointer, bytes })
    const values = pointer + offsetBytes
    heap.i32[pointer >>> 2] = 0
    let entries = 0
    let text = 0
    for (const { offsets, first, last, length, values: source } of parts) {
      const target = pointer + 4 * entries
      heap.u8.set(offsets, target)
      if (first !== text) this.kernels.rebase_offsets(target, length + 1, first - text)
      heap.u8.set(source.subarray(first, last), values + text)
      entries += length
      text += last - first
    }
    return { id: this.nextDictionaryId(), codeBytes, length: vector.length, offsets: pointer, values }
  }
}

/** Hands out 8-byte aligned addresses one after the other. */
class Room {
  at: number

  constructor(at: number) {
    this.at = at
  }

  take(bytes: number): number {
    const pointer = this.at
    this.at += aligned(bytes)
    return pointer
  }
}

/** Takes what `VectorWriter.vector` will take, without writing. */
function measure(room: Room, source: Source, type: DataType): void {
  if (source.validity !== null || type.kind === 'null') room.take(bitmapBytes(source))
  if (type.kind === 'null') return
  if (type.kind === 'list') {
    room.take(offsetRoom(source))
    measure(room, itemsOf(source), type.item)
    return
  }
  const physical = physicalType(type)
  if (ArrowType.isDictionary(source.type)) room.take(source.length * source.width)
  else if (physical === 'bool') room.take(bitmapBytes(source))
  else if (physical === 'bytes') {
    room.take(offsetRoom(source))
    room.take(source.last - source.first)
  } else room.take(valueRoom(source, type))
}

class VectorWriter {
  private readonly pages: PageSource
  private readonly kernels: ImportKernels
  private readonly room: Room

  constructor(pages: PageSource, kernels: ImportKernels, room: Room) {
    this.pages = pages
    this.kernels = kernels
    this.room = room
  }

  vector(source: Source, type: DataType, dictionary: Dictionary | null): ColumnVector {
    const { length } = source
    const empty = { type, values: 0, offsets: 0, child: null, dictionary: null }
    if (type.kind === 'null') {
      const nulls = this.room.take(bitmapBytes(source))
      this.pages.heap.u8.fill(0, nulls, nulls + bitmapBytes(source))
      return { ...empty, validity: nulls, values: nulls }
    }
    const validity = source.validity === null ? 0 : this.bitmap(source, source.validity)
    if (type.kind === 'list') {
      const offsets = this.offsets(source, 0)
      const items = itemsOf(source)
      return {
        ...empty,
        validity,
        offsets,
        child: { ...this.vector(items, type.item, null), length: items.length },
      }
    }
    const physical = physicalType(type)
    if (dictionary !== null) {
      return { ...empty, validity, values: this.copy(source, source.length * source.width), dictionary }
    }
    if (physical === 'bool') return { ...empty, validity, values: this.bitmap(source, source.values) }
    if (physical === 'bytes') {
      const offsets = this.offsets(source, source.first)
      const values = this.room.take(source.last - source.first)
      this.pages.heap.u8.set(source.values.subarray(source.first, source.last), values)
      return { ...empty, validity, offsets, values }
    }
    const values = this.copy(source, valueRoom(source, type))
    return { ...empty, validity, values: this.converted(values, validity, length, source.type, type) }
  }

  /** Validity and offsets of a nested array, whose parts are written on their own. */
  shell(source: Source, hasOffsets: boolean): { validity: number; offsets: number } {
    const validity = source.validity === null ? 0 : this.bitmap(source, source.validity)
    return { validity, offsets: hasOffsets ? this.offsets(source, 0) : 0 }
  }

  /** Converts values where they lie; returns where they are then. */
  private converted(
    values: number,
    validity: number,
    rows: number,
    source: ArrowType,
    type: DataType,
  ): number {
    const { kernels } = this
    if (ArrowType.isDecimal(source) && source.bitWidth !== 128)
      this.toDecimal128(values, validity, rows, source.bitWidth)
    if (ArrowType.isFloat(source) && source.precision === Precision.HALF) {
      kernels.convert_float16_to_float32(values, values, rows)
    } else if (ArrowType.isDecimal(source) && source.bitWidth > 64 && physicalType(type) === 'i64') {
      kernels.convert_int128_to_int64(values, values, rows)
    } else if (ArrowType.isDate(source) && source.unit === DateUnit.MILLISECOND) {
      kernels.convert_int64_floor_div(values, rows, 86_400_000n)
      kernels.narrow_int64_to_int32(values, rows, values)
    } else if (isNanoseconds(source)) {
      return values
    } else if (ArrowType.isTime(source) || ArrowType.isTimestamp(source) || ArrowType.isDuration(source)) {
      this.toMicros(values, rows, source.unit, ArrowType.isTime(source) && source.bitWidth === 32)
    } else if (ArrowType.isInterval(source)) {
      if (source.unit === IntervalUnit.MONTH_DAY_NANO) kernels.nanos_to_intervals(values, rows)
      else {
        const width = source.unit === IntervalUnit.YEAR_MONTH ? 4 : 8
        const intervals = values + aligned(rows * width)
        kernels.short_intervals(values, width, rows, intervals)
        return intervals
      }
    }
    return values
  }

  /** Decimals of 32 bits become those of 64, and those of 256 bits 128. */
  private toDecimal128(values: number, validity: number, rows: number, bits: number): void {
    if (bits === 32) this.kernels.convert_int32_to_int64(values, values, rows, 1n)
    if (bits !== 256) return
    if (this.kernels.narrow_int256_to_int128(values, validity, 0, rows) > 0)
      throw new LakebookError('corrupt_file', 'A decimal has more digits than its type says')
  }

  private toMicros(values: number, rows: number, unit: TimeUnit, is32: boolean): void {
    const { kernels } = this
    if (unit === TimeUnit.NANOSECOND) kernels.convert_int64_floor_div(values, rows, 1000n)
    if (unit === TimeUnit.NANOSECOND || unit === TimeUnit.MICROSECOND) return
    const factor = unit === TimeUnit.SECOND ? 1_000_000n : 1000n
    if (is32) kernels.convert_int32_to_int64(values, values, rows, factor)
    else kernels.convert_int64_times(values, rows, factor)
  }

  /** int32 offsets with `base` taken off. */
  private offsets(source: Source, base: number): number {
    const { length, type } = source
    const offsets = this.room.take(offsetRoom(source))
    if (ArrowType.isFixedSizeBinary(type)) {
      this.kernels.fixed_width_offsets(offsets, length, type.byteWidth)
      return offsets
    }
    this.pages.heap.i32[offsets >>> 2] = 0
    this.pages.heap.u8.set(source.offsets, offsets)
    if (isLarge(type)) {
      if (source.last - source.first > MOST_TEXT_BYTES) throw textTooLong()
      this.kernels.narrow_int64_to_int32(offsets, length + 1, offsets)
    }
    if (base !== 0) this.kernels.rebase_offsets(offsets, length + 1, base)
    return offsets
  }

  private bitmap(source: Source, bits: Uint8Array): number {
    const bitmap = this.room.take(bitmapBytes(source))
    const first = source.bitOffset >> 3
    const shift = source.bitOffset & 7
    this.pages.heap.u8.set(bits.subarray(first, first + bitmapBytes(source)), bitmap)
    if (shift !== 0) this.kernels.align_bitmap(bitmap, source.length, shift)
    return bitmap
  }

  private copy(source: Source, room: number): number {
    const pointer = this.room.take(room)
    this.pages.heap.u8.set(source.values.subarray(0, source.length * source.width), pointer)
    return pointer
  }
}

/** An Arrow array as bytes. */
interface Source {
  readonly type: ArrowType
  readonly length: number
  /** Null when no row is NULL. */
  readonly validity: Uint8Array | null
  /** The bit of the bitmaps at which row 0 is. Other buffers begin at row 0. */
  readonly bitOffset: number
  readonly values: Uint8Array
  /** Bytes of one fixed-width value. */
  readonly width: number
  /** length + 1 offsets of 4 or 8 bytes; empty where the type has none. */
  readonly offsets: Uint8Array
  /** What the offsets span. */
  readonly first: number
  readonly last: number
  readonly children: readonly Data[]
}

function sourceOf(data: Data): Source {
  const { length, offset: bitOffset, stride } = data
  const type: ArrowType = data.type
  const offsets = data.valueOffsets as unknown as Int32Array | BigInt64Array | undefined
  const fixedBytes = ArrowType.isFixedSizeBinary(type) ? length * type.byteWidth : 0
  const element: { readonly ArrayType?: { readonly BYTES_PER_ELEMENT: number } } = ArrowType.isDictionary(
    type,
  )
    ? type.indices
    : type
  return {
    type,
    length,
    validity: data.nullCount > 0 ? bytesOf(data.nullBitmap) : null,
    bitOffset,
    values: bytesOf(data.values as ArrayBufferView | undefined),
    width: stride * (element.ArrayType?.BYTES_PER_ELEMENT ?? 0),
    offsets: offsets === undefined ? new Uint8Array(0) : bytesOf(offsets.subarray(0, length + 1)),
    first: Number(offsets?.[0] ?? 0),
    last: offsets === undefined ? fixedBytes : Number(offsets[length] ?? 0),
    children: data.children,
  }
}

function bytesOf(view: ArrayBufferView | undefined): Uint8Array {
  if (view === undefined) return new Uint8Array(0)
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function itemsOf(source: Source): Source {
  const [items] = source.children
  if (items === undefined) throw internalError('an Arrow list has no items')
  return sourceOf(items)
}

/** Bits may begin inside the first byte. */
function bitmapBytes(source: Source): number {
  return Math.ceil((source.length + (source.bitOffset & 7)) / 8)
}

function offsetRoom(source: Source): number {
  return (isLarge(source.type) ? 8 : 4) * (source.length + 1)
}

/** What values take while they are converted. Intervals of 4 and 8 bytes are converted into a place of their own. */
function valueRoom(source: Source, type: DataType): number {
  const { length, width } = source
  const kept = physicalWidth(physicalType(type))
  const isShort = ArrowType.isInterval(source.type) && source.type.unit !== IntervalUnit.MONTH_DAY_NANO
  return isShort ? aligned(length * width) + length * kept : length * Math.max(width, kept)
}

function isLarge(type: ArrowType): boolean {
  return ArrowType.isLargeUtf8(type) || ArrowType.isLargeBinary(type)
}

const MOST_TEXT_BYTES = 2 ** 31 - 1

function codeBytesOf(type: ArrowType, column: string): 1 | 2 | 4 {
  if (ArrowType.isInt(type)) {
    switch (type.bitWidth) {
      case 8:
        return 1
      case 16:
        return 2
      case 32:
        return 4
      case 64:
        break
    }
  }
  throw unsupported(`A dictionary with codes of type ${arrowTypeName(type)}, in column ${column}`)
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

function textTooLong(): LakebookError {
  return new LakebookError('out_of_memory', 'A text column of one batch is longer than 2 GiB', {
    hint: 'Write the data with smaller record batches.',
  })
}
