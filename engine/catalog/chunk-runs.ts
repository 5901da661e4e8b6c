import { PAGE_BYTES } from '../memory/control-block.ts'
import type { PageOwner } from '../memory/page-owner.ts'

/** What is longer has pages of its own. */
const SMALL_BYTES = 16 * 2 ** 10

/** Runs in a shared page begin at multiples of this. */
const ALIGNMENT_BYTES = 64

/**
 * Where the column cache lays its chunks. Those of a table with thousands of columns are short, so short runs share
 * pages: they are laid one behind the other, and a page goes back when the last run in it is freed.
 */
export class ChunkRuns {
  readonly #owner: PageOwner
  /** How many runs lie in each shared page, by its address. */
  readonly #shared = new Map<number, number>()
  /** Where the next short run goes, in the page that is being filled; 0 where there is none. */
  #next = 0
  #end = 0

  constructor(owner: PageOwner) {
    this.#owner = owner
  }

  /** The address, or 0 when there is no room. */
  tryAllocate(bytes: number): number {
    if (bytes > SMALL_BYTES) return this.#owner.tryAllocate(bytes)
    return this.#place(bytes) || this.#begin(this.#owner.tryAllocate(PAGE_BYTES), bytes)
  }

  /** @throws `out_of_memory` */
  allocate(bytes: number): number {
    if (bytes > SMALL_BYTES) return this.#owner.allocate(bytes)
    return this.#place(bytes) || this.#begin(this.#owner.allocate(PAGE_BYTES), bytes)
  }

  /** Gives the end of a run back, as far as anybody else can use it. */
  shrink(pointer: number, fromBytes: number, toBytes: number): void {
    if (!this.#shared.has(pageOf(pointer))) this.#owner.shrink(pointer, fromBytes, toBytes)
    else if (pointer + aligned(fromBytes) === this.#next) this.#next = pointer + aligned(toBytes)
  }

  /** Says how many bytes the heap has more for it. */
  free(pointer: number, bytes: number): number {
    const page = pageOf(pointer)
    const runs = this.#shared.get(page)
    if (runs === undefined) {
      this.#owner.free(pointer, bytes)
      return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES
    }
    if (runs > 1) {
      this.#shared.set(page, runs - 1)
      return 0
    }
    this.#shared.delete(page)
    if (page + PAGE_BYTES === this.#end) this.closePage()
    this.#owner.free(page, PAGE_BYTES)
    return PAGE_BYTES
  }

  /** No more runs go into the page that is being filled. */
  closePage(): void {
    this.#next = 0
    this.#end = 0
  }

  /** The page of a run that shares one, and how many share it; null for one with pages of its own. */
  sharedPage(pointer: number): SharedPage | null {
    const page = pageOf(pointer)
    const runs = this.#shared.get(page)
    return runs === undefined ? null : { page, runs }
  }

  /** Lets a run with pages of its own, or a shared page with all its runs, go to another thread's `adopt`. */
  disown(pointer: number, bytes: number): void {
    const page = pageOf(pointer)
    if (!this.#shared.delete(page)) {
      this.#owner.disown(pointer, bytes)
      return
    }
    if (page + PAGE_BYTES === this.#end) this.closePage()
    this.#owner.disown(page, PAGE_BYTES)
  }

  /** Takes a run over. The first one of a shared page brings all of its runs. */
  adopt(pointer: number, bytes: number, shared: SharedPage | null): void {
    if (shared === null) this.#owner.adopt(pointer, bytes)
    else if (!this.#shared.has(shared.page)) {
      this.#owner.adopt(shared.page, PAGE_BYTES)
      this.#shared.set(shared.page, shared.runs)
    }
  }

  #begin(page: number, bytes: number): number {
    if (page === 0) return 0
    this.#next = page
    this.#end = page + PAGE_BYTES
    this.#shared.set(page, 0)
    return this.#place(bytes)
  }

  #place(bytes: number): number {
    const pointer = this.#next
    if (pointer === 0 || pointer + aligned(bytes) > this.#end) return 0
    const page = this.#end - PAGE_BYTES
    this.#next += aligned(bytes)
    this.#shared.set(page, (this.#shared.get(page) ?? 0) + 1)
    return pointer
  }
}

/** A page that short runs share. */
export interface SharedPage {
  readonly page: number
  readonly runs: number
}

function pageOf(pointer: number): number {
  return pointer - (pointer % PAGE_BYTES)
}

/** Also an empty run has an address of its own. */
function aligned(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / ALIGNMENT_BYTES)) * ALIGNMENT_BYTES
}
