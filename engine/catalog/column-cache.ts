import type { ColumnVector } from '../arrow/column-batch.ts'
import { internalError } from '../errors.ts'
import type { Heap } from '../memory/heap.ts'
import type { SharedReservation } from '../memory/memory-reservation.ts'
import { PageOwner } from '../memory/page-owner.ts'
import type { Evictable, TrackedPool } from '../memory/tracked-pool.ts'
import type { ColumnDiskCache } from './column-disk-cache.ts'
import { ChunkRuns, type SharedPage } from './chunk-runs.ts'
import { readChunk, type ChunkFile, type DiskChunk } from './disk-chunk.ts'

/** A decoded column chunk in the heap: one run that holds all of the vector's buffers. */
interface CachedColumn {
  readonly vector: ColumnVector
  readonly pointer: number
  readonly bytes: number
  pins: number
  /** Its table is gone: it goes with its last pin. */
  forgotten: boolean
  /** Address of its loan's state, 0 when it is not lent. */
  loan: number
}

/** A column chunk that moves from one thread's cache to another's. */
export interface MovedChunk {
  readonly key: string
  readonly vector: ColumnVector
  readonly pointer: number
  readonly bytes: number
  /** The page that it shares with others, which all move at once. */
  readonly shared: SharedPage | null
}

/**
 * States of a loan, an i32 in the heap. A lent chunk may be evicted as long as nobody uses it; who borrows it and who
 * evicts it settle by compare-and-exchange who comes first.
 */
export const LOAN = { idle: 0, used: 1, recalled: 2 } as const

/**
 * Decoded column chunks, least recently used first. It holds nothing that could not be read again, so it gives way to
 * any need of a query: only chunks that a morsel is using now (pinned) stay. What it evicts goes to its second level, a
 * file (`column-disk-cache.ts`), where there is one.
 *
 * A vector is plain data that points into the heap. Whoever pins a chunk may hand its vector to another thread of the
 * same heap, as long as it unpins only after that thread is done.
 */
export class ColumnCache implements Evictable {
  readonly name = 'Column cache'
  readonly heap: Heap
  private readonly pool: TrackedPool
  private readonly owner: PageOwner
  private readonly runs: ChunkRuns
  /** In order of use: a hit is taken out and put in again at the end. */
  private readonly columns = new Map<string, CachedColumn>()
  private readonly unregister: () => void
  /** What was read back from the second level since the start. */
  diskReadBytes = 0
  /** The second level; null where chunks that are evicted are decoded again. */
  readonly disk: ColumnDiskCache | null

  /**
   * @param joined the consumer of another thread's cache, which what is held here is booked on
   * @param disk its chunks are this cache's, too
   */
  constructor(
    heap: Heap,
    pool: TrackedPool,
    joined: SharedReservation | null = null,
    disk: ColumnDiskCache | null = null,
  ) {
    this.heap = heap
    this.pool = pool
    this.disk = disk
    const reservation =
      joined === null
        ? pool.register({ name: this.name, canSpill: false, evictable: true })
        : pool.join(joined)
    this.owner = new PageOwner(heap, reservation)
    this.runs = new ChunkRuns(this.owner)
    const remove = pool.registerEvictable(this)
    this.unregister = () => {
      remove()
      reservation.free()
    }
  }

  get heldBytes(): number {
    return this.owner.heldBytes
  }

  /** What it could hold if everything that can be evicted was. */
  get grantableBytes(): number {
    return this.pool.grantableBytes
  }

  /** Where a chunk's buffers are laid before `put`. @throws `out_of_memory` */
  allocate(bytes: number): number {
    let pointer = this.runs.tryAllocate(bytes)
    while (pointer === 0 && this.evict(bytes) > 0) pointer = this.runs.tryAllocate(bytes)
    return pointer === 0 ? this.runs.allocate(bytes) : pointer
  }

  shrink(pointer: number, fromBytes: number, toBytes: number): void {
    this.runs.shrink(pointer, fromBytes, toBytes)
  }

  /** Gives back a run that was allocated and never put. */
  free(pointer: number, bytes: number): void {
    this.runs.free(pointer, bytes)
  }

  get reservation(): SharedReservation {
    return this.owner.reservation.share()
  }

  /**
   * The chunk, or null. It stays evictable: whoever uses it on another thread first sets the i32 at `loan` from idle to
   * used, and back afterwards. `endLoans` before the i32 goes.
   */
  lend(key: string, loan: number): ColumnVector | null {
    const column = this.columns.get(key)
    if (column === undefined) return null
    this.columns.delete(key)
    this.columns.set(key, column)
    column.loan = loan
    return column.vector
  }

  /** Nobody on another thread uses lent chunks any more. */
  endLoans(): void {
    for (const column of this.columns.values()) column.loan = 0
  }

  /** Keys of the chunks that are in use. */
  pinnedKeys(): readonly string[] {
    return [...this.columns].filter(([, { pins }]) => pins > 0).map(([key]) => key)
  }

  /** Keys of all chunks. */
  keys(): readonly string[] {
    return [...this.columns.keys()]
  }

  /**
   * Lets chunks that are not in use go, for another thread's cache of the same consumer to adopt. Those that share a page
   * with one that stays, stay.
   */
  moveOut(keys: readonly string[]): readonly MovedChunk[] {
    const moving = keys.flatMap((key): readonly MovedChunk[] => {
      const column = this.columns.get(key)
      if (column === undefined || column.pins > 0) return []
      const { vector, pointer, bytes } = column
      return [{ key, vector, pointer, bytes, shared: this.runs.sharedPage(pointer) }]
    })
    const counts = new Map<number, number>()
    for (const { shared } of moving) if (shared) counts.set(shared.page, (counts.get(shared.page) ?? 0) + 1)
    const moved = moving.filter(({ shared }) => shared === null || counts.get(shared.page) === shared.runs)
    for (const { key } of moved) this.columns.delete(key)
    const pages = new Set<number>()
    for (const { pointer, bytes, shared } of moved) {
      if (shared === null || !pages.has(shared.page)) this.runs.disown(pointer, bytes)
      if (shared !== null) pages.add(shared.page)
    }
    // so that the chunks of the next morsel share pages with each other alone
    this.runs.closePage()
    return moved
  }

  /** Takes over what another thread's cache let go. A chunk that is here already is freed. */
  adopt({ key, vector, pointer, bytes, shared }: MovedChunk): void {
    this.runs.adopt(pointer, bytes, shared)
    if (this.columns.has(key)) this.runs.free(pointer, bytes)
    else this.columns.set(key, { vector, pointer, bytes, pins: 0, forgotten: false, loan: 0 })
  }

  /** Frees every chunk that is not in use. */
  clear(): void {
    for (const [key, column] of this.columns) {
      if (column.pins === 0 && this.recall(column)) this.drop(key, column)
    }
  }

  /** Gives up what a thread that died had booked on this consumer. Its pages are gone already. */
  forgetLostBytes(): void {
    const { reservation } = this.owner
    reservation.shrink(reservation.size - this.owner.heldBytes)
  }

  has(key: string): boolean {
    return this.columns.has(key) || this.disk?.has(key) === true
  }

  /** The chunk, pinned once more, back from the disk if it lies there; or null. @throws `out_of_memory` */
  pin(key: string): ColumnVector | null {
    const column = this.columns.get(key)
    if (column === undefined) return this.disk === null ? null : this.pinFromDisk(key, this.disk)
    this.columns.delete(key)
    this.columns.set(key, column)
    column.pins++
    return column.vector
  }

  /** Where a chunk lies that is on the disk and not in the heap, for another thread's `pinChunk`; or null. */
  onDisk(key: string): DiskChunk | null {
    return this.columns.has(key) ? null : (this.disk?.find(key) ?? null)
  }

  /** A chunk of the file, pinned. Null when its bytes are not there any more. @throws `out_of_memory` */
  pinChunk(chunk: DiskChunk, opened: ChunkFile): ColumnVector | null {
    const { key, bytes } = chunk
    const known = this.columns.get(key)
    if (known !== undefined) return this.pin(key)
    const pointer = this.allocate(bytes)
    const vector = readChunk(opened, this.heap, chunk, pointer)
    if (vector === null) {
      this.free(pointer, bytes)
      return null
    }
    this.diskReadBytes += bytes
    return this.put(key, vector, pointer, bytes)
  }

  /**
   * Takes over a run of `bytes` at `pointer`, which holds the vector's buffers, and pins it once. Another loader of the
   * thread may have been quicker: then the run is freed, and that one's vector is the chunk.
   */
  put(key: string, vector: ColumnVector, pointer: number, bytes: number): ColumnVector {
    const known = this.columns.has(key) ? this.pin(key) : null
    if (known === null) this.columns.set(key, { vector, pointer, bytes, pins: 1, forgotten: false, loan: 0 })
    else this.runs.free(pointer, bytes)
    return known ?? vector
  }

  unpin(key: string): void {
    const column = this.columns.get(key)
    if (column === undefined || column.pins === 0)
      throw internalError(`column chunk ${key} is unpinned too often`)
    column.pins--
    if (column.forgotten && column.pins === 0) this.drop(key, column)
  }

  evict(bytes: number): number {
    let freed = 0
    for (const [key, column] of this.columns) {
      if (freed >= bytes) break
      if (column.pins > 0 || !this.recall(column)) continue
      this.disk?.keep(key, column.vector, column.pointer, column.bytes)
      freed += this.drop(key, column)
    }
    return freed
  }

  /** Forgets the chunks whose keys begin with `prefix`: their table is gone. Pinned ones go with their last pin. */
  forget(prefix: string): void {
    this.disk?.forgetAll(prefix)
    for (const [key, column] of this.columns) {
      if (!key.startsWith(prefix)) continue
      if (column.pins === 0) this.drop(key, column)
      else column.forgotten = true
    }
  }

  close(): void {
    this.columns.clear()
    this.owner.freeAll()
    this.unregister()
    this.disk?.close()
  }

  private pinFromDisk(key: string, disk: ColumnDiskCache): ColumnVector | null {
    const chunk = disk.find(key)
    if (chunk === null) return null
    const vector = this.pinChunk(chunk, disk.opened)
    if (vector === null) disk.forget(key)
    return vector
  }

  /** False when another thread uses it. */
  private recall({ loan }: CachedColumn): boolean {
    if (loan === 0) return true
    return Atomics.compareExchange(this.heap.i32, loan >>> 2, LOAN.idle, LOAN.recalled) !== LOAN.used
  }

  private drop(key: string, column: CachedColumn): number {
    this.columns.delete(key)
    return this.runs.free(column.pointer, column.bytes)
  }
}
