import type { Heap } from '../../memory/heap.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'

const LEAST_ENTRIES = 16384
/** Up to here a directory grows fourfold. */
const FOURFOLD_UP_TO = 262_144

/** An array of u32 pointers to rows, a power of two long, 0 for none: the way from a hash to a row. */
export class RowDirectory {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #enterKernel: 'table_enter_rows' | 'table_chain_rows'
  #address = 0
  #entries = 0

  /** `how`: every row has an entry of its own, or rows of one entry are chained. */
  constructor(runtime: ThreadRuntime, owner: PageOwner, how: 'probed' | 'chained') {
    this.#runtime = runtime
    this.#owner = owner
    this.#enterKernel = how === 'probed' ? 'table_enter_rows' : 'table_chain_rows'
  }

  get address(): number {
    return this.#address
  }

  get entries(): number {
    return this.#entries
  }

  /** Makes an empty one of at least `entries`; false when there is no memory, and then nothing has changed. */
  tryAllocate(entries: number): boolean {
    const size = Math.max(LEAST_ENTRIES, 2 ** Math.ceil(Math.log2(Math.max(1, entries))))
    const address = this.#owner.tryAllocate(size * 4)
    if (address === 0) return false
    this.free()
    this.#address = address
    this.#entries = size
    this.clear()
    return true
  }

  /** A larger one with the rows of these pages; false when there is no memory, and then nothing has changed. */
  tryGrow(pages: readonly RowPage[], width: number): boolean {
    const fourfold = this.#entries <= FOURFOLD_UP_TO && this.tryAllocate(this.#entries * 4)
    if (!fourfold && !this.tryAllocate(this.#entries * 2)) return false
    this.enter(pages, width)
    return true
  }

  enter(pages: readonly RowPage[], width: number): void {
    const kernel = this.#runtime.kernels[this.#enterKernel]!
    for (const { pointer, rows } of pages) kernel(pointer, rows, width, this.#address, this.#entries - 1)
  }

  clear(): void {
    this.#heap.u8.fill(0, this.#address, this.#address + this.#entries * 4)
  }

  free(): void {
    if (this.#address !== 0) this.#owner.free(this.#address, this.#entries * 4)
    this.#address = 0
    this.#entries = 0
  }

  get #heap(): Heap {
    return this.#runtime.heap
  }
}
