import type { ColumnBatch } from '../arrow/column-batch.ts'
import type { Schema } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { PageOwner, PageSource } from '../memory/page-owner.ts'
import type { Evictable, TrackedPool } from '../memory/tracked-pool.ts'
import { SpillAccount } from '../spill/spill-account.ts'
import { SpillReader } from '../spill/spill-reader.ts'
import type { SpillSpace } from '../spill/spill-space.ts'
import { SpillWriter } from '../spill/spill-writer.ts'
import { ReadRoom } from './read-room.ts'
import type { BatchReceiver, OwnedBatch, SharedReceiver } from './sinks/column-sink-runtime.ts'

interface Entry {
  readonly ordinal: number
  readonly rows: number
  readonly bytes: number
  /** Null when it is in the spill file only. */
  owned: OwnedBatch | null
  /** Null when it is in the heap only. */
  written: Written | null
  borrowers: number
}

interface Written {
  readonly stream: SpillWriter
  readonly index: number
}

/** What one round of spilling writes at least, where there is that much. */
const SPILL_BYTES = 1024 * 1024
/** Batches that are read back stay in the heap as long as this part of it is free. */
const ROOM_PART = 1 / 4

/**
 * Batches in order: a result, a session table, a WITH table. It gives way to anyone: when some consumer, of whatever
 * query, is refused memory, batches that nobody has borrowed are written to the spill file, oldest first, and read back
 * one at a time. Of several collections the one that was read least recently gives way first.
 */
export class BatchCollection implements BatchReceiver, Evictable {
  readonly mostBytes = Number.POSITIVE_INFINITY
  readonly #pool: TrackedPool
  readonly #owner: PageOwner
  readonly #schema: Schema
  readonly #space: SpillSpace | null
  readonly #account: SpillAccount
  #onSpill: (bytes: number) => void
  #entries: Entry[] = []
  /** Of the morsel whose batches are being added. */
  #ordinal = 0
  /** Entries before it are in order. */
  #arranged = 0
  /** No entry before it is in the heap. */
  #firstHeld = 0
  #stream: SpillWriter | null = null
  /** A stream is read as long as some batch is in it, also when it takes no more. */
  readonly #readers = new Map<SpillWriter, SpillReader>()
  #isWriting = false
  #rows = 0
  #bytes = 0
  #largestBytes = 0
  #leaveQueue: () => void
  #holders = 1

  /** `owner` is a consumer that can spill and is evictable. `space` is null where there is no spill file. */
  constructor(
    pool: TrackedPool,
    owner: PageOwner,
    schema: Schema,
    space: SpillSpace | null,
    onSpill: (bytes: number) => void = () => undefined,
    account = new SpillAccount(),
  ) {
    this.#pool = pool
    this.#owner = owner
    this.#schema = schema
    this.#space = space
    this.#onSpill = onSpill
    this.#account = account
    this.#leaveQueue = pool.registerEvictable(this)
  }

  get name(): string {
    return this.#owner.reservation.consumer.name
  }

  get schema(): Schema {
    return this.#schema
  }

  get rowCount(): number {
    return this.#rows
  }

  get batchCount(): number {
    return this.#entries.length
  }

  /** Bytes of all batches, in the heap or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of the largest batch. */
  get largestBytes(): number {
    return this.#largestBytes
  }

  rowsOf(index: number): number {
    return this.#entries[index]?.rows ?? 0
  }

  /** The query that made the rows is over: it hears of no more spills. */
  complete(): void {
    this.#owner.mostBytes = Number.POSITIVE_INFINITY
    this.#onSpill = () => undefined
  }

  allocate(bytes: number): number {
    for (;;) {
      const pointer = this.#owner.tryAllocate(bytes)
      if (pointer !== 0) return pointer
      if (this.evict(bytes) === 0) return this.#owner.allocate(bytes)
    }
  }

  add(owned: OwnedBatch): void {
    this.#put(this.#ordinal, owned)
  }

  get shared(): SharedReceiver {
    const owner = this.#owner
    return {
      reservation: owner.reservation.share(),
      mostBytes: owner.mostBytes,
      place: (ordinal) => {
        this.#ordinal = ordinal
      },
      adopt: (batches) => {
        for (const { ordinal, owned } of batches) {
          owner.adopt(owned.pointer, owned.bytes)
          this.#put(ordinal, owned)
        }
      },
      makeRoom: (bytes) => this.evict(bytes) > 0,
      arrange: () => {
        this.#arrange()
      },
    }
  }

  /** Writes batches, oldest first, and frees them. What cannot be written stays. @throws `out_of_disk` */
  evict(bytes: number): number {
    if (this.#space === null || this.#isWriting) return 0
    const chosen = this.#oldestHeld(Math.max(bytes, SPILL_BYTES))
    if (chosen.length === 0) return 0
    this.#isWriting = true
    try {
      this.#write(chosen)
    } finally {
      this.#isWriting = false
    }
    let freed = 0
    for (const entry of chosen) {
      const { pointer, bytes: size } = entry.owned!
      this.#owner.free(pointer, size)
      entry.owned = null
      freed += size
    }
    return freed
  }

  /**
   * Batch `index`, read from the spill file when it is there, into a run of `pages`. It stays until `release`: batches
   * that are lent are not evicted.
   */
  borrow(
    index: number,
    pages: PageSource = this.#owner,
  ): { readonly batch: ColumnBatch; readonly release: () => void } {
    const entry = this.#entries[index]
    if (entry === undefined) throw internalError(`there is no batch ${index} of ${this.#entries.length}`)
    this.#moveToEndOfQueue()
    if (entry.owned === null && this.#hasRoomFor(entry.bytes)) this.#bringBack(index, entry)
    if (entry.owned !== null) {
      entry.borrowers++
      return {
        batch: entry.owned.batch,
        release: () => {
          entry.borrowers--
        },
      }
    }
    const { batch, pointer, bytes } = this.#read(entry, pages)
    return {
      batch,
      release: () => {
        pages.free(pointer, bytes)
      },
    }
  }

  /** Room for one batch of at most `bytes`, so that reading goes on whatever others take meanwhile. */
  openRoom(bytes: number): ReadRoom {
    return new ReadRoom(this.#owner, this.#space === null ? 0 : bytes)
  }

  /** One more who must close it before it is gone. */
  hold(): void {
    this.#holders++
  }

  close(): void {
    this.#holders--
    if (this.#holders > 0) return
    this.#leaveQueue()
    for (const { owned } of this.#entries) {
      if (owned !== null) this.#owner.free(owned.pointer, owned.bytes)
    }
    this.#entries.length = 0
    for (const [stream, reader] of this.#readers) {
      reader.close()
      stream.extent.free()
    }
    if (this.#readers.size > 0) this.#space?.trim()
    this.#readers.clear()
    this.#owner.reservation.free()
  }

  #arrange(): void {
    const added = this.#entries.slice(this.#arranged).sort((a, b) => a.ordinal - b.ordinal)
    this.#entries = [...this.#entries.slice(0, this.#arranged), ...added]
    this.#firstHeld = Math.min(this.#firstHeld, this.#arranged)
    this.#arranged = this.#entries.length
    this.#ordinal = 0
  }

  #put(ordinal: number, owned: OwnedBatch): void {
    const { bytes } = owned
    this.#entries.push({ ordinal, rows: owned.batch.length, bytes, owned, written: null, borrowers: 0 })
    this.#rows += owned.batch.length
    this.#bytes += bytes
    this.#largestBytes = Math.max(this.#largestBytes, bytes)
  }

  #oldestHeld(bytes: number): readonly Entry[] {
    const chosen: Entry[] = []
    let found = 0
    let isFirst = true
    for (let index = this.#firstHeld; index < this.#entries.length && found < bytes; index++) {
      const entry = this.#entries[index]!
      if (entry.owned === null) continue
      if (entry.borrowers === 0) {
        chosen.push(entry)
        found += entry.owned.bytes
      } else if (isFirst) {
        this.#firstHeld = index
        isFirst = false
      }
    }
    return chosen
  }

  /** All of them are in the file afterwards, or it throws and none counts as written. */
  #write(entries: readonly Entry[]): void {
    const fresh = entries.filter(({ written }) => written === null)
    if (fresh.length === 0) return
    const stream = (this.#stream ??= this.#openStream())
    try {
      const indices = fresh.map(({ owned }) => stream.write(owned!.batch))
      this.#space!.flush()
      fresh.forEach((entry, place) => {
        entry.written = { stream, index: indices[place]! }
      })
    } catch (error) {
      // Nobody knows where it stands: later batches go into another stream.
      stream.extent.abandon()
      this.#stream = null
      throw error
    }
    const bytes = fresh.reduce((sum, entry) => sum + entry.bytes, 0)
    this.#owner.reservation.recordSpill(bytes)
    this.#onSpill(bytes)
  }

  #openStream(): SpillWriter {
    const stream = new SpillWriter(this.#space!, this.#schema, this.#account)
    this.#readers.set(stream, new SpillReader(stream, this.#space!.kernels, this.#owner))
    return stream
  }

  #read({ written }: Entry, pages: PageSource): OwnedBatch {
    const reader = written === null ? undefined : this.#readers.get(written.stream)
    if (reader === undefined) throw internalError('a batch is neither in the heap nor in the spill file')
    return reader.read(written!.index, pages)
  }

  /** There is so much room that a batch may stay when it was read back. */
  #hasRoomFor(bytes: number): boolean {
    const { availableBytes, limitBytes } = this.#pool
    return availableBytes - bytes > limitBytes * ROOM_PART
  }

  #bringBack(index: number, entry: Entry): void {
    entry.owned = this.#read(entry, this.#owner)
    this.#firstHeld = Math.min(this.#firstHeld, index)
  }

  #moveToEndOfQueue(): void {
    this.#leaveQueue()
    this.#leaveQueue = this.#pool.registerEvictable(this)
  }
}
