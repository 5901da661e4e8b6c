import type { Heap } from '../../memory/heap.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'

const LEAST_ENTRIES = 16384
/** Up to here a directory grows fourfold. */
const FOURFOLD_UP_TO = 262_144

/**
 * An array of u32 pointers to rows, 0 for none: the way from a hash to a row, and then a power of two long, or from a key
 * that stands for itself (`DirectKeys`).
 */
export class RowDirectory {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  #address = 0
  #entries = 0

  constructor(runtime: ThreadRuntime, owner: PageOwner) {
    this.#runtime = runtime
    this.#owner = owner
  }

  get address(): number {
    return this.#address
  }

  get entries(): number {
    return this.#entries
  }

  /** Makes an empty one of at least `entries`; false when there is no memory, and then nothing has changed. */
  tryAllocate(entries: number): boolean {
    return this.#tryReplace(Math.max(LEAST_ENTRIES, 2 ** Math.ceil(Math.log2(Math.max(1, entries)))))
  }

  /** Makes sure of an entry for each of so many keys; false when there is no memory, and then nothing has changed. */
  tryCover(keys: number): boolean {
    return keys <= this.#entries || this.#tryReplace(keys)
  }

  /** A larger one with the rows of these pages; false when there is no memory, and then nothing has changed. */
  tryGrow(pages: readonly RowPage[], width: number): boolean {
    const fourfold = this.#entries <= FOURFOLD_UP_TO && this.tryAllocate(this.#entries * 4)
    if (!fourfold && !this.tryAllocate(this.#entries * 2)) return false
    this.enter(pages, width)
    return true
  }

  /** Gives every row an entry of its own: the first free one from its hash on. */
  enter(pages: readonly RowPage[], width: number): void {
    const enterRows = this.#runtime.kernels['table_enter_rows']!
    for (const { pointer, rows } of pages) enterRows(pointer, rows, width, this.#address, this.#entries - 1)
  }

  /** Chains the rows of each entry in their order, or all rows in one chain. See the kernel for `loose`. */
  chain(pages: readonly RowPage[], width: number, loose: number, inOne: boolean): void {
    this.clear()
    const chainRows = this.#runtime.kernels['table_chain_rows']!
    const mask = inOne ? 0 : this.#entries - 1
    for (const { pointer, rows } of pages.toReversed()) {
      chainRows(pointer, rows, width, this.#address, mask, loose)
    }
  }

  /**
   * Chains the rows of each key in their order, at the entry `key - base`. `field` is where the key lies in a row: see
   * `fieldOf`.
   */
  chainByKey(
    pages: readonly RowPage[],
    width: number,
    field: readonly [offset: number, bytes: number, signed: number],
    base: bigint,
    loose: number,
  ): void {
    this.clear()
    const chainKeys = this.#runtime.kernels['table_chain_keys']!
    for (const { pointer, rows } of pages.toReversed()) {
      chainKeys(pointer, rows, width, ...field, base, this.#address, loose)
    }
  }

  clear(): void {
    this.#heap.u8.fill(0, this.#address, this.#address + this.#entries * 4)
  }

  free(): void {
    if (this.#address !== 0) this.#owner.free(this.#address, this.#entries * 4)
    this.#address = 0
    this.#entries = 0
  }

  #tryReplace(size: number): boolean {
    const address = this.#owner.tryAllocate(size * 4)
    if (address === 0) return false
    this.free()
    this.#address = address
    this.#entries = size
    this.clear()
    return true
  }

  get #heap(): Heap {
    return this.#runtime.heap
  }
}
