import type { ColumnVector } from '../../arrow/column-batch.ts'
import type { DataType } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import type { Heap } from '../../memory/heap.ts'
import type { ArrowArray } from './arrow-array.ts'
import type { Conversion } from './column-types.ts'

/** The kernels that conversions call, over the heap's memory. */
export interface ConversionKernels {
  convert_int32_to_int64(src: number, dst: number, n: number, factor: bigint): void
  convert_int64_times(values: number, n: number, factor: bigint): void
  convert_int64_floor_div(values: number, n: number, divisor: bigint): void
  convert_int128_to_int64(src: number, dst: number, n: number): void
  convert_int96_to_micros(src: number, dst: number, n: number): void
  convert_parquet_intervals(src: number, dst: number, n: number): void
  convert_float16_to_float32(src: number, dst: number, n: number): void
  format_uuids(src: number, dst: number, n: number): void
  fixed_width_offsets(dst: number, n: number, width: number): void
  rebase_offsets(offsets: number, n: number, base: number): void
  align_bitmap(bitmap: number, n: number, shift: number): void
}

const UUID_TEXT_BYTES = 36

/** Bytes of the buffers that `writeColumn` lays out for an array; `needed` while it converts, `kept` afterwards. */
export interface ColumnSize {
  readonly kept: number
  readonly needed: number
}

/** @param array the decoder's Arrow array */
export function columnSize(array: ArrowArray, conversion: Conversion): ColumnSize {
  const n = array.length
  const validity = array.nullCount === 0 || array.buffer(0) === 0 ? 0 : aligned((n + 7) >> 3)
  const plus = (bytes: number, scratch = 0): ColumnSize => ({
    kept: validity + bytes,
    needed: validity + bytes + scratch,
  })
  switch (conversion.kind) {
    case 'copy':
      return plus(aligned(n * conversion.width))
    case 'widen':
    case 'times':
    case 'divided':
      return plus(aligned(n * 8))
    case 'half':
      return plus(aligned(n * 4))
    case 'bitmap':
    case 'null':
      return plus(aligned((n + 7) >> 3) + 8)
    case 'int96':
      return plus(n * 8, aligned(n * 12) - n * 8)
    case 'interval':
      return plus(n * 16)
    case 'decimal128':
      return conversion.narrow ? plus(n * 8, n * 8) : plus(n * 16)
    case 'bytes':
      return plus(aligned(4 * (n + 1)) + aligned(dataRange(array).bytes))
    case 'fixed_bytes':
      return plus(aligned(4 * (n + 1)) + aligned(n * conversion.width))
    case 'uuid':
      return plus(aligned(4 * (n + 1)) + aligned(n * UUID_TEXT_BYTES), n * 16)
    case 'list': {
      const item = columnSize(listItems(array), conversion.item)
      const own = plus(aligned(4 * (n + 1)))
      return { kept: own.kept + item.kept, needed: own.kept + item.needed }
    }
    case 'struct':
      throw internalError('a struct is written part by part')
  }
}

/** Bytes of what `ColumnWriter.shell` writes. */
export function shellBytes({ length }: ArrowArray): number {
  return aligned((length + 7) >> 3) + 8 + aligned(4 * (length + 1))
}

/**
 * Copies an Arrow array out of a decoder's memory into the heap, at `at`, in the layout of `ColumnVector`. Each buffer
 * is copied once and converted where it lies.
 */
export class ColumnWriter {
  private readonly heap: Heap
  private readonly kernels: ConversionKernels
  private readonly source: Uint8Array
  private at: number

  constructor(heap: Heap, kernels: ConversionKernels, memory: ArrayBuffer, at: number) {
    this.heap = heap
    this.kernels = kernels
    this.source = new Uint8Array(memory)
    this.at = at
  }

  write(array: ArrowArray, type: DataType, conversion: Conversion): ColumnVector {
    const n = array.length
    if (conversion.kind === 'null') return this.nulls(type, n)
    const validity = array.nullCount === 0 ? 0 : this.bitmap(array.buffer(0), array.offset, n)
    const plain = (values: number): ColumnVector => ({
      type,
      validity,
      values,
      offsets: 0,
      child: null,
      dictionary: null,
    })
    switch (conversion.kind) {
      case 'bitmap':
        return plain(this.bitmap(array.buffer(1), array.offset, n))
      case 'copy':
        return plain(this.fixed(array, conversion.width, n * conversion.width))
      case 'widen': {
        const values = this.fixed(array, 4, n * 8)
        this.kernels.convert_int32_to_int64(values, values, n, 1n)
        return plain(values)
      }
      case 'times': {
        const values = this.fixed(array, conversion.from32 ? 4 : 8, n * 8)
        const factor = BigInt(conversion.factor)
        if (conversion.from32) this.kernels.convert_int32_to_int64(values, values, n, factor)
        else this.kernels.convert_int64_times(values, n, factor)
        return plain(values)
      }
      case 'divided': {
        const values = this.fixed(array, 8, n * 8)
        this.kernels.convert_int64_floor_div(values, n, BigInt(conversion.factor))
        return plain(values)
      }
      case 'half': {
        const values = this.fixed(array, 2, n * 4)
        this.kernels.convert_float16_to_float32(values, values, n)
        return plain(values)
      }
      case 'int96': {
        const values = this.fixed(array, 12, n * 8)
        this.kernels.convert_int96_to_micros(values, values, n)
        return plain(values)
      }
      case 'interval': {
        const values = this.fixed(array, 12, n * 16)
        this.kernels.convert_parquet_intervals(values, values, n)
        return plain(values)
      }
      case 'decimal128': {
        const values = this.fixed(array, 16, n * (conversion.narrow ? 8 : 16))
        if (conversion.narrow) this.kernels.convert_int128_to_int64(values, values, n)
        return plain(values)
      }
      case 'bytes':
        return { ...plain(0), ...this.bytes(array) }
      case 'fixed_bytes': {
        const offsets = this.take(4 * (n + 1))
        this.kernels.fixed_width_offsets(offsets, n, conversion.width)
        return { ...plain(this.fixed(array, conversion.width, n * conversion.width)), offsets }
      }
      case 'uuid': {
        const offsets = this.take(4 * (n + 1))
        this.kernels.fixed_width_offsets(offsets, n, UUID_TEXT_BYTES)
        const values = this.take(n * UUID_TEXT_BYTES)
        this.kernels.format_uuids(this.fixed(array, 16, n * 16), values, n)
        return { ...plain(values), offsets }
      }
      case 'list': {
        const offsets = this.offsets(array)
        if (type.kind !== 'list') throw internalError('a list is written into a column that is none')
        const items = listItems(array)
        const child = { ...this.write(items, type.item, conversion.item), length: items.length }
        return { ...plain(0), offsets, child }
      }
      case 'struct':
        throw internalError('a struct is written part by part')
    }
  }

  /** Validity and offsets of a nested array, whose parts are written on their own. */
  shell(array: ArrowArray, hasOffsets: boolean): { validity: number; offsets: number } {
    const validity = array.nullCount === 0 ? 0 : this.bitmap(array.buffer(0), array.offset, array.length)
    return { validity, offsets: hasOffsets ? this.offsets(array) : 0 }
  }

  private nulls(type: DataType, n: number): ColumnVector {
    const validity = this.take((n + 7) >> 3)
    this.heap.u8.fill(0, validity, validity + ((n + 7) >> 3))
    return { type, validity, values: validity, offsets: 0, child: null, dictionary: null }
  }

  /** Copies `width` bytes a value; `room` bytes are set aside. */
  private fixed(array: ArrowArray, width: number, room: number): number {
    const n = array.length
    const from = array.buffer(1) + array.offset * width
    const values = this.take(room)
    this.heap.u8.set(this.source.subarray(from, from + n * width), values)
    return values
  }

  private bytes(array: ArrowArray): { readonly offsets: number; readonly values: number } {
    const offsets = this.offsets(array)
    const { start, bytes } = dataRange(array)
    const values = this.take(bytes)
    this.heap.u8.set(this.source.subarray(start, start + bytes), values)
    return { offsets, values }
  }

  private offsets(array: ArrowArray): number {
    const n = array.length
    const offsets = this.take(4 * (n + 1))
    const from = array.buffer(1) + 4 * array.offset
    if (array.buffer(1) === 0) {
      this.heap.u8.fill(0, offsets, offsets + 4)
      return offsets
    }
    this.heap.u8.set(this.source.subarray(from, from + 4 * (n + 1)), offsets)
    const base = array.int32(from)
    if (base !== 0) this.kernels.rebase_offsets(offsets, n + 1, base)
    return offsets
  }

  private bitmap(from: number, offset: number, n: number): number {
    if (from === 0) return 0
    const first = from + (offset >> 3)
    const shift = offset & 7
    const bytes = (n + shift + 7) >> 3
    const bitmap = this.take(bytes)
    this.heap.u8.set(this.source.subarray(first, first + bytes), bitmap)
    if (shift > 0) this.kernels.align_bitmap(bitmap, n, shift)
    return bitmap
  }

  private take(bytes: number): number {
    const at = this.at
    this.at += aligned(bytes)
    return at
  }
}

/** The items of just these lists. */
export function listItems(array: ArrowArray): ArrowArray {
  const items = array.child(0)
  const offsets = array.buffer(1)
  if (offsets === 0) return items.slice(0, 0)
  const first = array.int32(offsets + 4 * array.offset)
  const last = array.int32(offsets + 4 * (array.offset + array.length))
  return items.slice(first, last - first)
}

/** Where the bytes of a utf8 or binary array lie. */
function dataRange(array: ArrowArray): { readonly start: number; readonly bytes: number } {
  const offsets = array.buffer(1)
  if (offsets === 0) return { start: 0, bytes: 0 }
  const first = array.int32(offsets + 4 * array.offset)
  const last = array.int32(offsets + 4 * (array.offset + array.length))
  return { start: array.buffer(2) + first, bytes: last - first }
}

function aligned(bytes: number): number {
  return (bytes + 7) & ~7
}
