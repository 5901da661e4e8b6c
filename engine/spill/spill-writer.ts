import { arrowSchema, type CodeBytes } from '../arrow/arrow-schema.ts'
import { batchBuffers, type BatchBuffers, type HeapRange, utf8Buffers } from '../arrow/batch-buffers.ts'
import type { ColumnBatch, Dictionary } from '../arrow/column-batch.ts'
import {
  dictionaryMessage,
  endOfStream,
  recordBatchMessage,
  schemaMessage,
  type IpcRegion,
} from '../arrow/ipc-message.ts'
import type { Schema } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import { bodyChecksum } from './body-checksum.ts'
import { compressBlocks, FRAME_END, FRAME_HEADER } from './lz4-frame.ts'
import type { SpillAccount } from './spill-account.ts'
import type { SpillExtent } from './spill-extent.ts'
import type { SpillSpace } from './spill-space.ts'
import type {
  SpilledBatch,
  SpilledBody,
  SpilledDictionary,
  SpilledDictionaryPiece,
  SpilledStream,
} from './spilled-stream.ts'

/** The key of a batch's XXH64 in its message's custom metadata, as 16 hexadecimal digits. */
const CHECKSUM_METADATA = 'lakebook:xxh64'

const PADDING = new Uint8Array(8)

interface GrowingDictionary extends SpilledDictionary {
  readonly pieces: SpilledDictionaryPiece[]
  length: number
}

/**
 * Writes batches of the heap into one extent as an Arrow IPC stream:
 *
 * ```
 *  schema │ dictionaries of batch 0 │ batch 0 │ dictionaries that grew │ batch 1 │ … │ end of stream
 * ```
 *
 * The schema is that of `arrowSchema(…, 'heap')`: buffers go into the file bit for bit as they lie in the heap, each
 * copied once at most, or compressed as Arrow's body compression says (LZ4 frames). Batches can be read back as soon as
 * they are written (`SpillReader`); `finish` makes the stream complete. When a write throws, free the extent.
 */
export class SpillWriter implements SpilledStream {
  readonly schema: Schema
  readonly extent: SpillExtent
  readonly batches: SpilledBatch[] = []
  readonly dictionaries: GrowingDictionary[][]
  private readonly space: SpillSpace
  private encodings: readonly CodeBytes[] | null = null
  private rows = 0
  private finished = false

  /** `account`: whose the cost is. */
  constructor(space: SpillSpace, schema: Schema, account?: SpillAccount) {
    this.space = space
    this.schema = schema
    this.extent = space.createExtent(account)
    this.dictionaries = schema.fields.map(() => [])
  }

  get rowCount(): number {
    return this.rows
  }

  get codeBytes(): readonly CodeBytes[] {
    return this.encodings ?? this.schema.fields.map(() => 0)
  }

  /**
   * Appends a batch and returns its index. The batch stays the caller's; it may be freed at once.
   *
   * @throws `out_of_disk`
   */
  write(batch: ColumnBatch): number {
    if (this.finished) throw internalError('a spill is written to after its end')
    const startedMs = performance.now()
    this.writeSchemaFor(batch)
    const dictionary = batch.columns.map(({ dictionary }, column) =>
      dictionary === null ? -1 : this.writeDictionary(column, dictionary),
    )
    const buffers = batchBuffers(this.space.pages.heap, this.space.kernels, batch)
    const checksum = bodyChecksum(this.space.kernels, buffers.parts)
    const metadata = new Map([[CHECKSUM_METADATA, checksum.toString(16).padStart(16, '0')]])
    const { manner } = this.extent.account
    const packs = manner.compression === 'lz4' && this.space.workspace !== 0 && buffers.bodyBytes > 0
    const body = packs
      ? this.writePacked(buffers, metadata, checksum)
      : this.writePlain(buffers, metadata, checksum)
    this.batches.push({ ...body, rows: batch.length, dictionary })
    this.rows += batch.length
    this.extent.account.writeMs += performance.now() - startedMs
    return this.batches.length - 1
  }

  /** Ends the stream. @throws `out_of_disk` */
  finish(): SpilledStream {
    if (this.finished) return this
    this.writeSchemaFor(null)
    this.extent.append(endOfStream())
    this.extent.finish(this.rows)
    this.finished = true
    return this
  }

  private writeSchemaFor(batch: ColumnBatch | null): void {
    const found = this.schema.fields.map(
      (_, index): CodeBytes => batch?.columns[index]?.dictionary?.codeBytes ?? 0,
    )
    if (this.encodings === null) {
      this.encodings = found
      this.extent.append(schemaMessage(arrowSchema(this.schema.fields, 'heap', found)))
      return
    }
    if (batch === null) return
    const changed = found.findIndex((codeBytes, index) => codeBytes !== this.encodings?.[index])
    const field = this.schema.fields[changed]
    if (field !== undefined) throw internalError(`column ${field.name} changes its encoding within one spill`)
  }

  /** Writes what the file lacks of a dictionary; returns which of the column's dictionaries it is. */
  private writeDictionary(column: number, dictionary: Dictionary): number {
    const known = this.dictionaries[column]!
    const current = known[known.length - 1]
    if (current?.id === dictionary.id) {
      if (dictionary.length > current.length) this.writePiece(column, current, dictionary)
    } else {
      const added: GrowingDictionary = { id: dictionary.id, pieces: [], length: 0 }
      known.push(added)
      this.writePiece(column, added, dictionary)
    }
    return known.length - 1
  }

  private writePiece(column: number, known: GrowingDictionary, dictionary: Dictionary): void {
    const { heap } = this.space.pages
    const length = dictionary.length - known.length
    const offsets = { pointer: dictionary.offsets + 4 * known.length, bytes: 4 * (length + 1) }
    const start = heap.i32[offsets.pointer >>> 2] ?? 0
    const end = heap.i32[(offsets.pointer >>> 2) + length] ?? 0
    const values = { pointer: dictionary.values + start, bytes: end - start }
    if (start === 0) {
      this.writeDictionaryMessage(column, known, offsets, values, length)
    } else {
      this.withRebased(offsets, start, (rebased) => {
        this.writeDictionaryMessage(column, known, rebased, values, length)
      })
    }
    known.length = dictionary.length
  }

  private writeDictionaryMessage(
    column: number,
    known: GrowingDictionary,
    offsets: HeapRange,
    values: HeapRange,
    length: number,
  ): void {
    const buffers = utf8Buffers(offsets, values, length)
    this.extent.append(dictionaryMessage(buffers, column, known.length > 0))
    const body = this.writeBody(buffers, bodyChecksum(this.space.kernels, buffers.parts))
    known.pieces.push({ ...body, length })
  }

  /** A delta is a dictionary of its own in the stream: its offsets count from its own first byte. */
  private withRebased(offsets: HeapRange, start: number, use: (rebased: HeapRange) => void): void {
    const { pages, kernels } = this.space
    const pointer = pages.allocate(offsets.bytes)
    try {
      pages.heap.u8.copyWithin(pointer, offsets.pointer, offsets.pointer + offsets.bytes)
      kernels.rebase_offsets(pointer, offsets.bytes / 4, start)
      use({ pointer, bytes: offsets.bytes })
    } finally {
      pages.free(pointer, offsets.bytes)
    }
  }

  private writePlain(
    buffers: BatchBuffers,
    metadata: ReadonlyMap<string, string>,
    checksum: bigint,
  ): SpilledBody {
    this.extent.append(recordBatchMessage(buffers, metadata, 'none'))
    return this.writeBody(buffers, checksum)
  }

  /**
   * The message comes before the body and says how long each compressed buffer is: one of the same length is written
   * first and written over when that is known.
   */
  private writePacked(
    buffers: BatchBuffers,
    metadata: ReadonlyMap<string, string>,
    checksum: bigint,
  ): SpilledBody {
    const { extent } = this
    const messageAt = extent.bytes
    extent.append(recordBatchMessage(buffers, metadata, 'lz4'))
    const at = extent.bytes
    const packed = buffers.parts.map((part): IpcRegion => {
      const offset = extent.bytes - at
      if (part.bytes > 0) this.writePackedBuffer(part)
      const length = extent.bytes - at - offset
      if (length % 8 !== 0) extent.append(PADDING.subarray(length % 8))
      return { offset, length }
    })
    const bytes = extent.bytes - at
    extent.overwrite(
      messageAt,
      recordBatchMessage({ ...buffers, regions: packed, bodyBytes: bytes }, metadata, 'lz4'),
    )
    extent.account.plainBytes += buffers.bodyBytes
    return { at, bytes, plainBytes: buffers.bodyBytes, regions: buffers.regions, packed, checksum }
  }

  /** An i64 of the length before compression, then an LZ4 frame; -1, then the bytes as they are, where that is shorter. */
  private writePackedBuffer({ pointer, bytes }: HeapRange): void {
    const { kernels, pages, workspace } = this.space
    let begun = false
    const isPacked = compressBlocks(pages.heap, kernels, workspace, pointer, bytes, (block) => {
      if (!begun) {
        this.extent.append(lengthPrefix(bytes))
        this.extent.append(FRAME_HEADER)
      }
      begun = true
      this.extent.append(block)
    })
    if (isPacked) {
      this.extent.append(FRAME_END)
    } else {
      this.extent.append(lengthPrefix(-1))
      this.extent.append(pages.heap.u8.subarray(pointer, pointer + bytes))
    }
  }

  private writeBody(buffers: BatchBuffers, checksum: bigint): SpilledBody {
    const at = this.extent.bytes
    this.extent.account.plainBytes += buffers.bodyBytes
    const { u8 } = this.space.pages.heap
    for (const { pointer, bytes } of buffers.parts) {
      if (bytes > 0) this.extent.append(u8.subarray(pointer, pointer + bytes))
      if (bytes % 8 !== 0) this.extent.append(PADDING.subarray(bytes % 8))
    }
    const { bodyBytes, regions } = buffers
    return { at, bytes: bodyBytes, plainBytes: bodyBytes, regions, packed: null, checksum }
  }
}

function lengthPrefix(bytes: number): Uint8Array {
  const prefix = new Uint8Array(8)
  new DataView(prefix.buffer).setBigInt64(0, BigInt(bytes), true)
  return prefix
}
