import type { HeapRange } from '../arrow/batch-buffers.ts'
import type { ColumnBatch, ColumnVector, Dictionary } from '../arrow/column-batch.ts'
import type { IpcRegion } from '../arrow/ipc-message.ts'
import { itemTypeOf, type DataType, physicalType, storedItemType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'
import { spillDamaged } from '../storage/spill-faults.ts'
import { bodyChecksum } from './body-checksum.ts'
import { decompressFrame } from './lz4-frame.ts'
import type { SpillKernels } from './spill-space.ts'
import type { SpilledBody, SpilledDictionary, SpilledStream } from './spilled-stream.ts'

/** A batch back in the heap: all its buffers lie in the one run at `pointer`. */
export interface LoadedBatch {
  readonly batch: ColumnBatch
  readonly pointer: number
  /** As allocated: free the batch with `pages.free(pointer, bytes)`. */
  readonly bytes: number
}

/**
 * Reads batches of a spilled stream back, any of them, in any order; on the thread that wrote them. What was written
 * is verified: damage ends in `spill_damaged`, never in a wrong answer.
 *
 * Dictionaries are loaded when first needed and stay until `close`; those in `live` (by id) are used as they are.
 */
export class SpillReader {
  private readonly stream: SpilledStream
  private readonly kernels: SpillKernels
  private readonly pages: PageSource
  private readonly live: ReadonlyMap<number, Dictionary>
  private readonly loaded = new Map<SpilledDictionary, Dictionary>()
  private readonly runs: HeapRange[] = []

  constructor(
    stream: SpilledStream,
    kernels: SpillKernels,
    pages: PageSource,
    live: ReadonlyMap<number, Dictionary> = new Map(),
  ) {
    this.stream = stream
    this.kernels = kernels
    this.pages = pages
    this.live = live
  }

  get batchCount(): number {
    return this.stream.batches.length
  }

  rowsOf(index: number): number {
    return this.entry(index).rows
  }

  /** Bytes that batch `index` takes in the heap, dictionaries not counted. */
  bytesOf(index: number): number {
    return Math.max(8, this.entry(index).plainBytes)
  }

  /** @throws `out_of_memory`, `spill_damaged` */
  read(index: number, pages: PageSource = this.pages): LoadedBatch {
    const entry = this.entry(index)
    const bytes = this.bytesOf(index)
    const startedMs = performance.now()
    const dictionaries = entry.dictionary.map((which, column) =>
      which < 0 ? null : this.dictionary(this.stream.dictionaries[column]![which]!),
    )
    const pointer = pages.allocate(bytes)
    try {
      this.load(entry, pointer, `batch ${index}`)
    } catch (error) {
      pages.free(pointer, bytes)
      throw error
    }
    this.stream.extent.account.readMs += performance.now() - startedMs
    const cursor = new RegionCursor(this.pages, entry.regions, pointer)
    const columns = this.stream.schema.fields.map(({ type }, column) =>
      cursor.column(type, entry.rows, dictionaries[column] ?? null),
    )
    return { batch: { length: entry.rows, columns }, pointer, bytes }
  }

  /** Frees the dictionaries. Batches that were read are their readers'. May be called twice. */
  close(): void {
    for (const { pointer, bytes } of this.runs) this.pages.free(pointer, bytes)
    this.runs.length = 0
    this.loaded.clear()
  }

  private entry(index: number) {
    const entry = this.stream.batches[index]
    if (entry === undefined)
      throw internalError(`batch ${index} of ${this.batchCount} spilled ones is asked for`)
    return entry
  }

  private load(body: SpilledBody, pointer: number, what: string): void {
    if (body.packed === null) {
      this.stream.extent.read(body.at, this.pages.heap.u8.subarray(pointer, pointer + body.bytes))
    } else {
      this.stream.extent.endView()
      for (const [index, packed] of body.packed.entries()) {
        const { offset, length } = body.regions[index]!
        if (length > 0) this.unpack(body, packed, pointer + offset, length, what)
      }
    }
    const checksum = bodyChecksum(this.kernels, rangesOf(body.regions, pointer))
    if (checksum !== body.checksum) throw spillDamaged(`the checksum of ${what} does not match`)
  }

  /** Takes a compressed buffer apart, into `bytes` bytes at `pointer`. */
  private unpack(body: SpilledBody, packed: IpcRegion, pointer: number, bytes: number, what: string): void {
    const { extent } = this.stream
    const { heap } = this.pages
    const start = body.at + packed.offset
    const limit = body.at + body.bytes
    const plain = Number(heap.view.getBigInt64(extent.view(start, 8, limit), true))
    const from = start + 8
    if (plain === -1 && packed.length === 8 + bytes) {
      extent.read(from, heap.u8.subarray(pointer, pointer + bytes))
      return
    }
    if (plain !== bytes)
      throw spillDamaged(`a buffer of ${what} says that it has ${plain} bytes, not ${bytes}`)
    const frame = (at: number, count: number): number => extent.view(from + at, count, limit)
    decompressFrame(heap, this.kernels, frame, packed.length - 8, pointer, bytes, what)
  }

  private dictionary(spilled: SpilledDictionary): Dictionary {
    const length = spilled.pieces.reduce((sum, piece) => sum + piece.length, 0)
    const live = this.live.get(spilled.id)
    if (live !== undefined && live.length >= length) return live
    const known = this.loaded.get(spilled)
    // One that has grown since stays where it is: batches that were read point there.
    if (known !== undefined && known.length >= length) return known
    const fresh = this.loadDictionary(spilled, length)
    this.loaded.set(spilled, fresh)
    return fresh
  }

  /** Pieces are read into a run of their own one by one, and appended to offsets and values that count from 0. */
  private loadDictionary(spilled: SpilledDictionary, length: number): Dictionary {
    const column = this.stream.dictionaries.findIndex((dictionaries) => dictionaries.includes(spilled))
    const codeBytes = this.stream.codeBytes[column] ?? 0
    if (codeBytes === 0) throw internalError('a dictionary belongs to no encoded column')
    const { heap } = this.pages
    const textBytes = spilled.pieces.reduce((sum, piece) => sum + piece.regions[2]!.length, 0)
    const offsetBytes = Math.ceil((length + 1) / 2) * 8
    const bytes = offsetBytes + textBytes
    const pointer = this.pages.allocate(bytes)
    const values = pointer + offsetBytes
    let entries = 0
    let text = 0
    for (const piece of spilled.pieces) {
      const room = Math.max(8, piece.bytes)
      const scratch = this.pages.allocate(room)
      try {
        this.load(piece, scratch, 'a dictionary')
        const [, offsets, data] = rangesOf(piece.regions, scratch)
        const target = pointer + 4 * entries
        heap.u8.copyWithin(target, offsets!.pointer, offsets!.pointer + offsets!.bytes)
        if (text > 0) this.kernels.rebase_offsets(target, piece.length + 1, -text)
        heap.u8.copyWithin(values + text, data!.pointer, data!.pointer + data!.bytes)
        entries += piece.length
        text += data!.bytes
      } catch (error) {
        this.pages.free(pointer, bytes)
        throw error
      } finally {
        this.pages.free(scratch, room)
      }
    }
    this.runs.push({ pointer, bytes })
    return { id: spilled.id, codeBytes, length, offsets: pointer, values }
  }
}

/** Walks the buffers of a batch in the order in which `batchBuffers` lists them. */
class RegionCursor {
  private readonly pages: PageSource
  private readonly regions: readonly IpcRegion[]
  private readonly base: number
  private next = 0

  constructor(pages: PageSource, regions: readonly IpcRegion[], base: number) {
    this.pages = pages
    this.regions = regions
    this.base = base
  }

  column(type: DataType, rows: number, dictionary: Dictionary | null): ColumnVector {
    const validity = this.take(true)
    if (dictionary !== null) {
      return { type, validity, values: this.take(), offsets: 0, child: null, dictionary }
    }
    const physical = physicalType(type)
    const offsets = physical === 'bytes' || physical === 'list' ? this.take() : 0
    const item = itemTypeOf(type)
    if (item === null) {
      return { type, validity, values: this.take(), offsets, child: null, dictionary: null }
    }
    const length = this.pages.heap.i32[(offsets >>> 2) + rows] ?? 0
    const child = { ...this.column(storedItemType(item), length, null), length }
    return { type, validity, values: 0, offsets, child, dictionary: null }
  }

  private take(zeroIfEmpty = false): number {
    const region = this.regions[this.next++]
    if (region === undefined) throw internalError('a spilled batch has fewer buffers than its schema')
    return zeroIfEmpty && region.length === 0 ? 0 : this.base + region.offset
  }
}

function rangesOf(regions: readonly IpcRegion[], base: number): HeapRange[] {
  return regions.map(({ offset, length }) => ({ pointer: base + offset, bytes: length }))
}
