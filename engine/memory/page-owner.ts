import { internalError } from '../errors.ts'
import type { CommonBound } from './common-bound.ts'
import { PAGE_BYTES } from './control-block.ts'
import type { Heap } from './heap.ts'
import type { MemoryReservation } from './memory-reservation.ts'

/**
 * Another thread may be quicker to take what was evicted, so that it is tried again; not for ever, since a pool of the
 * embedder may refuse whatever was evicted.
 */
const MOST_EVICTIONS = 4

/** Something that page runs can be taken from: what operators and readers ask for when they only need space. */
export interface PageSource {
  readonly heap: Heap
  /** Address of at least `bytes` bytes, page-aligned, with unspecified content. @throws `out_of_memory` */
  allocate(bytes: number): number
  /** `bytes` as given to `allocate`. */
  free(pointer: number, bytes: number): void
}

/**
 * Pages of one consumer, always reserved before they are taken. Sizes are rounded up to 64 KiB, so small buffers are
 * better laid out side by side in one run (`arrow/batch-builder.ts`).
 *
 * When the pool or the heap refuses, caches are evicted and the request is tried again. A request that stays
 * refused throws `out_of_memory` from `allocate`, which spilling operators catch, and returns 0 from `tryAllocate`.
 */
export class PageOwner implements PageSource {
  readonly heap: Heap
  readonly reservation: MemoryReservation
  /** What it may hold at most; a request beyond that is refused like one that the pool refuses. */
  mostBytes = Number.POSITIVE_INFINITY
  /** What it and others may hold together, in the same manner. */
  common: CommonBound | null = null
  /** What is asked for now is needed to go on: neither these two nor a fair share refuse it. */
  private isNeeded = false
  /** Pages of each run by its address. */
  readonly runs = new Map<number, number>()

  constructor(heap: Heap, reservation: MemoryReservation) {
    this.heap = heap
    this.reservation = reservation
  }

  /** Bytes of the pages that this owner holds. */
  get heldBytes(): number {
    let pages = 0
    for (const run of this.runs.values()) pages += run
    return pages * PAGE_BYTES
  }

  allocate(bytes: number): number {
    const pointer = this.tryAllocate(bytes)
    if (pointer === 0) throw this.reservation.refusal(pagesFor(bytes) * PAGE_BYTES, this.longestRunBytes())
    return pointer
  }

  tryAllocate(bytes: number): number {
    const pages = pagesFor(bytes)
    const size = pages * PAGE_BYTES
    if (!this.isNeeded && !this.isWithinBounds(size)) return 0
    if (!this.reserve(size)) return 0
    let pointer = this.heap.pages.allocate(pages)
    // What is evicted may lie scattered, so that several rounds are needed for one run.
    while (pointer === 0 && this.reservation.pool.evict(size) > 0) pointer = this.heap.pages.allocate(pages)
    if (pointer === 0) {
      this.reservation.shrink(size)
      return 0
    }
    this.keep(pointer, pages)
    return pointer
  }

  /**
   * As if there were no `mostBytes`, no `common` and no fair share: for what nothing can go on without, such as the only
   * row of a table.
   */
  beyondBound<Result>(action: () => Result): Result {
    this.isNeeded = true
    try {
      return action()
    } finally {
      this.isNeeded = false
    }
  }

  /** Takes over a run that an owner of the same consumer on another thread let go with `disown`. */
  adopt(pointer: number, bytes: number): void {
    this.keep(pointer, pagesFor(bytes))
  }

  /** Lets a run go without freeing it: its pages stay reserved for whoever adopts it. */
  disown(pointer: number, bytes: number): void {
    this.forget(pointer, pagesFor(bytes), 'hands over')
  }

  free(pointer: number, bytes: number): void {
    const pages = pagesFor(bytes)
    this.forget(pointer, pages, 'frees')
    this.release(pointer, pages)
  }

  /** Gives the end of a run back, e.g. when a buffer turned out smaller than allowed for. `toBytes` is kept. */
  shrink(pointer: number, fromBytes: number, toBytes: number): void {
    const pages = pagesFor(fromBytes)
    const kept = pagesFor(toBytes)
    if (this.runs.get(pointer) !== pages || kept > pages) {
      throw internalError(
        `${this.reservation.consumer.name} shrinks a run at ${pointer} that it does not hold`,
      )
    }
    if (kept === pages) return
    this.runs.set(pointer, kept)
    this.release(pointer + kept * PAGE_BYTES, pages - kept)
  }

  freeAll(): void {
    for (const [pointer, pages] of this.runs) this.release(pointer, pages)
    this.runs.clear()
    this.heap.owners.delete(this)
  }

  private keep(pointer: number, pages: number): void {
    if (this.runs.size === 0) this.heap.owners.add(this)
    this.runs.set(pointer, pages)
  }

  private forget(pointer: number, pages: number, verb: string): void {
    if (this.runs.get(pointer) !== pages) {
      throw internalError(
        `${this.reservation.consumer.name} ${verb} ${pages} pages at ${pointer} that it does not hold`,
      )
    }
    this.runs.delete(pointer)
    if (this.runs.size === 0) this.heap.owners.delete(this)
  }

  private longestRunBytes(): number {
    return this.heap.pages.largestFreeRun() * PAGE_BYTES
  }

  private isWithinBounds(size: number): boolean {
    if (this.reservation.size + size > this.mostBytes) return false
    return this.common?.allows(this.reservation, size) !== false
  }

  private reserve(size: number): boolean {
    for (let round = 0; round <= MOST_EVICTIONS; round++) {
      const missing = this.reservation.missingFor(size, this.isNeeded)
      if (missing === 0) return true
      if (missing === Number.POSITIVE_INFINITY || this.reservation.pool.evict(missing) === 0) return false
    }
    return false
  }

  private release(pointer: number, pages: number): void {
    this.heap.pages.free(pointer, pages)
    this.reservation.shrink(pages * PAGE_BYTES)
  }
}

/** Whole pages for `bytes`, at least one. */
export function pagesFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PAGE_BYTES))
}
