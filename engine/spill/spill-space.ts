import { internalError, LakebookError } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'
import type { SpillFile } from '../storage/spill-file.ts'
import { spillDamaged } from '../storage/spill-faults.ts'
import { ExtentAllocator, type Segment, UNIT_BYTES } from './extent-allocator.ts'
import { WORKSPACE_BYTES, type Lz4Kernels } from './lz4-frame.ts'
import { SpillAccount } from './spill-account.ts'
import { SpillExtent } from './spill-extent.ts'

const STAGING_BYTES = 2 ** 20

/** At the smallest heaps staging takes no more than this part. */
const LEAST_SHARE_OF_HEAP = 16

/** Static kernels that spilling calls, over the heap's memory. */
export interface SpillKernels extends Lz4Kernels {
  xxh64(pointer: number, bytes: number, seed: bigint): bigint
  count_ones(bitmap: number, bits: number): number
  rebase_offsets(offsets: number, count: number, base: number): void
}

/**
 * One thread's spill file, cut into extents. Small writes are gathered in a staging area of the heap, so that the file
 * is written in chunks of about 1 MiB; what is that long already goes to the file straight from where it lies. The
 * staging area is shared by all extents: a stream that is written in one go gets full chunks, streams that take turns
 * get one chunk a turn.
 */
export class SpillSpace {
  readonly kernels: SpillKernels
  readonly pages: PageSource
  private readonly file: SpillFile
  private readonly onLiveBytes: (delta: number) => void
  private readonly allocator = new ExtentAllocator()
  private readonly extents = new Set<SpillExtent>()
  private readonly staging: { readonly pointer: number; readonly bytes: number }
  private staged = 0
  private stagedFor: SpillExtent | null = null
  private stagedAt = 0
  /** What the staging area holds while nothing is staged: bytes of an extent that were read. */
  private viewed: { readonly extent: SpillExtent; readonly at: number; readonly bytes: number } | null = null
  private compressing: number | null = null
  private compressors = 0
  private readonly streams: SpillExtent[] = []
  private closed = false
  /** Makes room on a disk that is full, and says whether it did. */
  onFull: () => boolean = () => false

  /**
   * @param pages where the staging area is taken from, until `close`: 1 MiB, less in small heaps
   * @param onLiveBytes hears how many bytes of the file became live or free, e.g. `pool.addSpillFileBytes`
   */
  constructor(
    file: SpillFile,
    pages: PageSource,
    kernels: SpillKernels,
    onLiveBytes: (delta: number) => void,
  ) {
    this.file = file
    this.pages = pages
    this.kernels = kernels
    this.onLiveBytes = onLiveBytes
    const share = Math.floor(pages.heap.usableBytes / LEAST_SHARE_OF_HEAP / UNIT_BYTES) * UNIT_BYTES
    const bytes = Math.min(STAGING_BYTES, share)
    this.staging = { pointer: pages.allocate(bytes), bytes }
  }

  /**
   * Holds what compression works in for as long as somebody needs it. Returns what ends that.
   *
   * @throws `out_of_memory`
   */
  holdWorkspace(): () => void {
    this.compressing ??= this.pages.allocate(WORKSPACE_BYTES)
    this.compressors++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.compressors--
      if (this.compressors === 0) this.freeWorkspace()
    }
  }

  private freeWorkspace(): void {
    if (this.compressing !== null) this.pages.free(this.compressing, WORKSPACE_BYTES)
    this.compressing = null
  }

  /** Streams that the last query kept, oldest first. */
  get kept(): readonly SpillExtent[] {
    return this.streams
  }

  /** Shows what a query kept, in place of what another did. */
  show(kept: readonly SpillExtent[]): void {
    this.dropKept()
    this.streams.push(...kept)
  }

  /** Gives back what was kept. */
  dropKept(): void {
    for (const extent of this.streams.splice(0)) extent.release()
  }

  /** Where compression works; 0 while nobody holds it. */
  get workspace(): number {
    return this.compressing ?? 0
  }

  /** `account`: who pays for it. */
  createExtent(account = new SpillAccount()): SpillExtent {
    const extent = new SpillExtent(this, account)
    this.extents.add(extent)
    return extent
  }

  /** No extent is open, nor any that was not written to yet. */
  get isEmpty(): boolean {
    return this.extents.size === 0
  }

  /** Bytes of live extents. */
  get liveBytes(): number {
    return this.allocator.liveBytes
  }

  /** Gives the disk back what lies behind the last live extent. */
  trim(): void {
    this.file.truncate(this.allocator.fileBytes)
  }

  /** Frees every extent, whoever holds it, and gives the disk all its space back. */
  reset(): void {
    this.stagedFor = null
    this.staged = 0
    this.streams.length = 0
    for (const extent of [...this.extents]) extent.release()
    this.file.truncate(0)
  }

  /** Frees everything and closes the file. May be called twice. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.reset()
    this.pages.free(this.staging.pointer, this.staging.bytes)
    this.freeWorkspace()
    this.file.close()
  }

  /** For extents: appends at `extent.bytes`. */
  append(extent: SpillExtent, view: Uint8Array): void {
    this.endView()
    if (this.stagedFor !== extent) {
      this.flush()
      this.stagedFor = extent
      this.stagedAt = extent.bytes
    }
    if (view.length >= this.staging.bytes) {
      this.flush()
      extent.writeThrough(extent.bytes, view)
      return
    }
    if (this.staged === 0) this.stagedAt = extent.bytes
    const { u8 } = this.pages.heap
    let rest = view
    while (rest.length > 0) {
      const part = rest.subarray(0, this.staging.bytes - this.staged)
      u8.set(part, this.staging.pointer + this.staged)
      this.staged += part.length
      rest = rest.subarray(part.length)
      if (this.staged === this.staging.bytes) this.flush()
    }
  }

  /** For extents: writes over what was appended. */
  overwrite(extent: SpillExtent, at: number, view: Uint8Array): void {
    this.viewed = null
    const isStaged = this.stagedFor === extent && this.staged > 0
    const inFile = Math.min(view.length, isStaged ? Math.max(0, this.stagedAt - at) : view.length)
    if (inFile > 0) extent.writeThrough(at, view.subarray(0, inFile))
    if (inFile < view.length) {
      this.pages.heap.u8.set(view.subarray(inFile), this.staging.pointer + at + inFile - this.stagedAt)
    }
  }

  /** For extents: bytes that were written, in the staging area. */
  view(extent: SpillExtent, at: number, count: number, limit: number): number {
    const { pointer } = this.staging
    const { viewed } = this
    if (viewed?.extent === extent && at >= viewed.at && at + count <= viewed.at + viewed.bytes) {
      return pointer + at - viewed.at
    }
    const bytes = Math.max(count, Math.min(this.staging.bytes, limit - at))
    if (bytes > this.staging.bytes)
      throw internalError(`${bytes} bytes of a spill are looked at in one piece`)
    this.viewed = null
    this.flush()
    extent.read(at, this.pages.heap.u8.subarray(pointer, pointer + bytes))
    this.viewed = { extent, at, bytes }
    return pointer
  }

  endView(): void {
    this.viewed = null
  }

  /** Writes what is staged. */
  flush(): void {
    const { stagedFor, staged, stagedAt } = this
    if (stagedFor === null || staged === 0) return
    const { pointer } = this.staging
    // When this throws, what is staged stays: it is somebody's only copy.
    stagedFor.writeThrough(stagedAt, this.pages.heap.u8.subarray(pointer, pointer + staged))
    this.staged = 0
    this.stagedAt = stagedAt + staged
  }

  /** For extents: writes what is staged of it. */
  flushOf(extent: SpillExtent): void {
    if (this.stagedFor === extent) this.flush()
  }

  /** For extents: what is staged of it goes. */
  dropStagedOf(extent: SpillExtent): void {
    if (this.stagedFor !== extent) return
    this.stagedFor = null
    this.staged = 0
  }

  forget(extent: SpillExtent): void {
    if (this.viewed?.extent === extent) this.viewed = null
    this.extents.delete(extent)
    this.dropStagedOf(extent)
  }

  reserve(bytes: number, after: number): Segment {
    const segment = this.allocator.allocate(bytes, after)
    this.onLiveBytes(segment.bytes)
    return segment
  }

  release(segment: Segment): void {
    this.allocator.release(segment)
    this.onLiveBytes(-segment.bytes)
  }

  wholeUnits(bytes: number): number {
    return Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES
  }

  writeFile(at: number, from: Uint8Array): void {
    this.attempt('it could not be written', () => {
      try {
        this.file.write(at, from)
      } catch (error) {
        const isFull = error instanceof LakebookError && error.code === 'out_of_disk'
        if (!isFull || !this.onFull()) throw error
        this.file.write(at, from)
      }
    })
  }

  readFile(at: number, into: Uint8Array): void {
    this.attempt('it could not be read', () => this.file.read(at, into))
  }

  private attempt(what: string, action: () => void): void {
    try {
      action()
    } catch (cause) {
      if (cause instanceof LakebookError) throw cause
      throw spillDamaged(`${what} (${cause instanceof Error ? cause.message : String(cause)})`, cause)
    }
  }
}
