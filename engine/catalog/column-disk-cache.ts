import type { ColumnVector } from '../arrow/column-batch.ts'
import { LakebookError } from '../errors.ts'
import { ExtentAllocator, type Segment } from '../spill/extent-allocator.ts'
import type { Heap } from '../memory/heap.ts'
import { chunkChecksum, type ChunkFile, type DiskChunk } from './disk-chunk.ts'

interface Kept {
  readonly chunk: DiskChunk
  readonly segment: Segment
  /** The run that last wrote or read it. */
  usedInRun: number
}

/**
 * Decoded column chunks that the heap had no room for, in a file of their own: the second level of the column cache.
 * Reading a chunk back costs about as much as copying it, decoding it again ten times that, so a query that runs again
 * in a small heap takes about as long as in a large one.
 *
 * It is a cache and no spill: nothing depends on what is in it. A chunk whose bytes do not come back as they went is
 * decoded again; a disk that is full takes no more; and all of it gives way when a query needs the room to spill.
 *
 * A chunk is written once, when it first leaves the heap. When the file is as long as it may be, chunks make room that
 * neither this run nor the one before used; otherwise the new one is left out. So a table that does not fit the file is
 * kept in part, instead of each scan pushing out what the next one begins with.
 */
export class ColumnDiskCache {
  readonly opened: ChunkFile
  readonly #heap: Heap
  /** In order of use. */
  readonly #chunks = new Map<string, Kept>()
  readonly #allocator = new ExtentAllocator()
  #mostBytes: number
  #run = 0
  #enabled = true

  /** @param mostBytes of the file */
  constructor(heap: Heap, opened: ChunkFile, mostBytes: number) {
    this.#heap = heap
    this.opened = opened
    this.#mostBytes = mostBytes
  }

  /** Bytes of the chunks that are kept. */
  get heldBytes(): number {
    return this.#allocator.liveBytes
  }

  /** Takes chunks from now on, or lets all go and takes none. */
  enable(enabled: boolean): void {
    this.#enabled = enabled
    if (!enabled) this.forgetAll('')
  }

  startRun(): void {
    this.#run++
  }

  /** The chunk, for whoever reads it: `readChunk`. */
  find(key: string): DiskChunk | null {
    const kept = this.#chunks.get(key)
    if (kept === undefined) return null
    kept.usedInRun = this.#run
    this.#chunks.delete(key)
    this.#chunks.set(key, kept)
    return kept.chunk
  }

  has(key: string): boolean {
    return this.#chunks.has(key)
  }

  /** Writes a chunk that lies in the heap, unless it is here. Says whether it is here now. Takes no memory. */
  keep(key: string, vector: ColumnVector, pointer: number, bytes: number): boolean {
    if (this.#chunks.has(key)) return true
    if (!this.#enabled || !this.#makeRoom(bytes)) return false
    const segment = this.#allocator.allocate(bytes)
    const { file, kernels } = this.opened
    try {
      file.write(segment.at, this.#heap.u8.subarray(pointer, pointer + bytes))
    } catch (error) {
      this.#allocator.release(segment)
      // A disk that is full is asked for no more than it has taken, one that fails for nothing.
      this.#mostBytes = error instanceof LakebookError ? this.heldBytes : 0
      return false
    }
    const checksum = chunkChecksum(kernels, pointer, bytes)
    const chunk: DiskChunk = { key, at: segment.at, bytes, checksum, vector, pointer }
    this.#chunks.set(key, { chunk, segment, usedInRun: this.#run })
    return true
  }

  forget(key: string): void {
    const kept = this.#chunks.get(key)
    if (kept === undefined) return
    this.#chunks.delete(key)
    this.#allocator.release(kept.segment)
  }

  /** Forgets the chunks whose keys begin with `prefix`. */
  forgetAll(prefix: string): void {
    for (const key of this.#chunks.keys()) if (key.startsWith(prefix)) this.forget(key)
    if (this.#chunks.size === 0) this.#truncate()
  }

  /** Gives the disk everything back, because queries need it more. Says whether that was anything. */
  giveWay(): boolean {
    const held = this.heldBytes
    if (held === 0) return false
    this.forgetAll('')
    this.#mostBytes = Math.floor(held / 2)
    return true
  }

  close(): void {
    this.#chunks.clear()
    this.opened.file.close()
  }

  #makeRoom(bytes: number): boolean {
    for (const [key, { usedInRun }] of this.#chunks) {
      if (this.heldBytes + bytes <= this.#mostBytes) break
      if (usedInRun >= this.#run - 1) return false
      this.forget(key)
    }
    return this.heldBytes + bytes <= this.#mostBytes
  }

  #truncate(): void {
    try {
      this.opened.file.truncate(0)
    } catch {
      // The file goes with its session.
    }
  }
}
