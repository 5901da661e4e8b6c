import { Binary, type Data, DataType as ArrowType, Field, List, makeData, Utf8, Vector } from 'apache-arrow'
import { LakebookError } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'

/** Static kernels that make plain columns of the newer layouts of Arrow. */
export interface PlainDataKernels {
  view_offsets(
    views: number,
    validity: number,
    start: number,
    count: number,
    buffers: number,
    bufferCount: number,
    out: number,
  ): bigint
  copy_views(
    views: number,
    validity: number,
    start: number,
    count: number,
    buffers: number,
    out: number,
  ): void
  fixed_width_offsets(offsets: number, count: number, width: number): void
  narrow_int64_to_int32(values: number, count: number, out: number): void
}

const VIEW_BYTES = 16
/** What `view_offsets` gives for a view that points outside its buffers. */
const OUTSIDE = 2n ** 64n - 1n
const MOST_BYTES = 2n ** 31n - 1n

/**
 * The same column with offsets and bytes in the place of views, and with int32 offsets in all lists: what `ArrowImporter`
 * reads. Columns that are so already are given back as they are.
 *
 * @throws `corrupt_file` where a view points outside its buffers
 */
export class PlainData {
  readonly #pages: PageSource
  readonly #kernels: PlainDataKernels

  constructor(pages: PageSource, kernels: PlainDataKernels) {
    this.#pages = pages
    this.#kernels = kernels
  }

  of(data: Data): Data {
    const type: ArrowType = data.type
    if (ArrowType.isUtf8View(type) || ArrowType.isBinaryView(type)) return this.#fromViews(data)
    if (ArrowType.isDictionary(type)) {
      const { dictionary } = data
      if (dictionary === undefined || ArrowType.isUtf8(dictionary.type as ArrowType)) return data
      data.dictionary = new Vector(dictionary.data.map((part: Data) => this.#plainText(part)))
      return data
    }
    if (data.children.length === 0) return data
    const children = data.children.map((child: Data) => this.of(child))
    if (ArrowType.isFixedSizeList(type))
      return this.#list(data, children[0]!, this.#evenOffsets(data, type.listSize))
    if (ArrowType.isLargeList(type)) return this.#list(data, children[0]!, this.#narrowOffsets(data))
    if (children.every((child, i) => child === data.children[i])) return data
    return data.clone(type, data.offset, data.length, data.nullCount, undefined, children)
  }

  /** Values of a dictionary with int32 offsets. */
  #plainText(data: Data): Data {
    if (!ArrowType.isLargeUtf8(data.type)) return this.of(data)
    const { length, offset, nullCount, nullBitmap } = data
    const text = data.values as Uint8Array
    const valueOffsets = this.#narrowOffsets(data)
    return makeData({ type: new Utf8(), length, offset, nullCount, nullBitmap, valueOffsets, data: text })
  }

  #list(data: Data, child: Data, valueOffsets: Int32Array): Data {
    const type = new List(new Field('item', child.type, true))
    const { length, offset, nullCount, nullBitmap } = data
    return makeData({ type, length, offset, nullCount, nullBitmap, valueOffsets, child })
  }

  #evenOffsets(data: Data, size: number): Int32Array {
    const bytes = 4 * (data.length + 1)
    return this.#within(bytes, (pointer) => {
      this.#kernels.fixed_width_offsets(pointer, data.length, size)
      return new Int32Array(this.#copy(pointer, bytes))
    })
  }

  #narrowOffsets(data: Data): Int32Array {
    const offsets = data.valueOffsets as unknown as BigInt64Array
    const wide = new Uint8Array(offsets.buffer, offsets.byteOffset, 8 * (data.length + 1))
    if ((offsets[data.length] ?? 0n) > MOST_BYTES)
      throw new LakebookError('out_of_memory', 'The lists of one Arrow batch hold more than 2^31 items')
    return this.#within(wide.length, (pointer) => {
      this.#pages.heap.u8.set(wide, pointer)
      this.#kernels.narrow_int64_to_int32(pointer, data.length + 1, pointer)
      return new Int32Array(this.#copy(pointer, 4 * (data.length + 1)))
    })
  }

  #fromViews(data: Data): Data {
    const { length, offset, nullBitmap } = data
    const isText = ArrowType.isUtf8View(data.type)
    const views = data.values as Uint8Array
    const buffers: readonly Uint8Array[] = data.variadicBuffers
    const bits = data.nullCount > 0 ? nullBitmap.subarray(offset >> 3) : null
    const room = [VIEW_BYTES * length, bits?.length ?? 0, 8 * buffers.length, 4 * (length + 1)].map(aligned)
    const head = room.reduce((sum, bytes) => sum + bytes, 0)
    const bytes = head + buffers.reduce((sum, buffer) => sum + aligned(buffer.length), 0)
    return this.#within(bytes, (pointer) => {
      const { heap } = this.#pages
      const [atViews, atBits, table, offsets] = places(pointer, room)
      heap.u8.set(views.subarray(0, VIEW_BYTES * length), atViews)
      if (bits !== null) heap.u8.set(bits, atBits)
      let at = pointer + head
      for (const [i, buffer] of buffers.entries()) {
        heap.u8.set(buffer, at)
        heap.view.setUint32(table! + 8 * i, at, true)
        heap.view.setUint32(table! + 8 * i + 4, buffer.length, true)
        at += aligned(buffer.length)
      }
      const validity = bits === null ? 0 : atBits!
      const start = offset & 7
      const total = BigInt.asUintN(
        64,
        this.#kernels.view_offsets(atViews!, validity, start, length, table!, buffers.length, offsets!),
      )
      if (total === OUTSIDE)
        throw new LakebookError('corrupt_file', 'An Arrow view points outside its buffers')
      if (total > MOST_BYTES)
        throw new LakebookError('out_of_memory', 'A text column of one batch is longer than 2 GiB')
      const text = this.#within(Math.max(8, Number(total)), (out) => {
        this.#kernels.copy_views(atViews!, validity, start, length, table!, out)
        return new Uint8Array(this.#copy(out, Number(total)))
      })
      const valueOffsets = new Int32Array(this.#copy(offsets!, 4 * (length + 1)))
      const shared = { length, offset, nullCount: data.nullCount, nullBitmap, valueOffsets, data: text }
      return isText ? makeData({ type: new Utf8(), ...shared }) : makeData({ type: new Binary(), ...shared })
    })
  }

  #within<T>(bytes: number, work: (pointer: number) => T): T {
    const pointer = this.#pages.allocate(Math.max(8, bytes))
    try {
      return work(pointer)
    } finally {
      this.#pages.free(pointer, Math.max(8, bytes))
    }
  }

  #copy(pointer: number, bytes: number): ArrayBuffer {
    const copy = new Uint8Array(bytes)
    copy.set(this.#pages.heap.u8.subarray(pointer, pointer + bytes))
    return copy.buffer
  }
}

function places(pointer: number, room: readonly number[]): number[] {
  let at = pointer
  return room.map((bytes) => {
    const place = at
    at += bytes
    return place
  })
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
