import { internalError } from '../errors.ts'
import {
  ALLOCATOR_LOCK_ADDRESS,
  FREE_PAGES_ADDRESS,
  PAGE_BITMAP_ADDRESS,
  PAGE_BYTES,
  PAGE_COUNT_ADDRESS,
  RESERVED_PAGES,
} from './control-block.ts'
import { SpinLock } from './spin-lock.ts'

/** Runs of at least this many pages (1 MiB) are taken from the heap's end, shorter ones from its beginning. */
const BIG_RUN_PAGES = 16

/**
 * Hands out runs of contiguous 64 KiB pages. Every thread of a heap makes its own allocator over the same control
 * block and may call it at any time.
 *
 * First fit from two ends: short runs fill the low addresses and long ones the high addresses, so that what lives
 * briefly and what is big do not break up each other's space.
 */
export class PageAllocator {
  private readonly words: Int32Array
  private readonly bitmap: Uint32Array
  private readonly lock: SpinLock
  private readonly pageCount: number

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer)
    this.pageCount = this.words[PAGE_COUNT_ADDRESS >> 2] ?? 0
    this.bitmap = new Uint32Array(memory.buffer, PAGE_BITMAP_ADDRESS, (this.pageCount + 31) >>> 5)
    this.lock = new SpinLock(this.words, ALLOCATOR_LOCK_ADDRESS >> 2)
  }

  get freePages(): number {
    return Atomics.load(this.words, FREE_PAGES_ADDRESS >> 2)
  }

  /** The address of `pages` contiguous pages with unspecified content, or 0 when there is no such run. */
  allocate(pages: number): number {
    if (pages <= 0) throw internalError(`a run of ${pages} pages was asked for`)
    return this.lock.run(() => {
      if (pages > this.freePages) return 0
      const first = pages >= BIG_RUN_PAGES ? this.lastRun(pages) : this.firstRun(pages)
      if (first < 0) return 0
      this.mark(first, pages, true)
      Atomics.sub(this.words, FREE_PAGES_ADDRESS >> 2, pages)
      return first * PAGE_BYTES
    })
  }

  /** Gives back pages that `allocate` gave: the whole run or a part of it. */
  free(pointer: number, pages: number): void {
    const first = pointer / PAGE_BYTES
    if (!Number.isInteger(first) || first < 0 || first + pages > this.pageCount) {
      throw internalError(`pages that are none were freed (${pages} at ${pointer})`)
    }
    this.lock.run(() => {
      for (let page = first; page < first + pages; page++) {
        if (!this.isTaken(page)) throw internalError(`page ${page} was freed twice`)
      }
      this.mark(first, pages, false)
      Atomics.add(this.words, FREE_PAGES_ADDRESS >> 2, pages)
    })
  }

  /** Frees all pages that are in none of the runs (address, pages); says how many. */
  freeAllBut(runs: Iterable<readonly [pointer: number, pages: number]>): number {
    const held = new Uint8Array(this.pageCount)
    held.fill(1, 0, RESERVED_PAGES)
    if (this.pageCount * PAGE_BYTES === 2 ** 32) held[this.pageCount - 1] = 1
    for (const [pointer, pages] of runs) held.fill(1, pointer / PAGE_BYTES, pointer / PAGE_BYTES + pages)
    return this.lock.run(() => {
      let freed = 0
      for (let page = 0; page < this.pageCount; page++) {
        if (held[page] === 1 || !this.isTaken(page)) continue
        this.mark(page, 1, false)
        freed++
      }
      Atomics.add(this.words, FREE_PAGES_ADDRESS >> 2, freed)
      return freed
    })
  }

  /** Pages in the longest free run: what one `allocate` could give now. */
  largestFreeRun(): number {
    return this.lock.run(() => {
      let longest = 0
      let run = 0
      for (let page = 0; page < this.pageCount; page++) {
        run = this.isTaken(page) ? 0 : run + 1
        if (run > longest) longest = run
      }
      return longest
    })
  }

  private firstRun(pages: number): number {
    let run = 0
    for (let page = 0; page < this.pageCount; page++) {
      if ((page & 31) === 0 && this.bitmap[page >>> 5] === 0xffffffff) {
        run = 0
        page += 31
        continue
      }
      run = this.isTaken(page) ? 0 : run + 1
      if (run === pages) return page - pages + 1
    }
    return -1
  }

  private lastRun(pages: number): number {
    let run = 0
    for (let page = this.pageCount - 1; page >= 0; page--) {
      if ((page & 31) === 31 && this.bitmap[page >>> 5] === 0xffffffff) {
        run = 0
        page -= 31
        continue
      }
      run = this.isTaken(page) ? 0 : run + 1
      if (run === pages) return page
    }
    return -1
  }

  private isTaken(page: number): boolean {
    return (((this.bitmap[page >>> 5] ?? 0) >>> (page & 31)) & 1) === 1
  }

  private mark(first: number, pages: number, taken: boolean): void {
    for (let page = first; page < first + pages;) {
      const word = page >>> 5
      const bit = page & 31
      const count = Math.min(32 - bit, first + pages - page)
      const mask = ((count === 32 ? 0xffffffff : (1 << count) - 1) << bit) >>> 0
      const old = this.bitmap[word] ?? 0
      this.bitmap[word] = taken ? old | mask : old & ~mask
      page += count
    }
  }
}
