import type { PageOwner } from '../memory/page-owner.ts'

const RUN_BYTES = 65536

/** Literals and lookup tables of a query's compiled code: absolute addresses, alive until the query ends. */
export class ConstantArea {
  readonly #owner: PageOwner
  readonly #placed = new Map<string, number>()
  #next = 0
  #end = 0

  constructor(owner: PageOwner) {
    this.#owner = owner
  }

  /** The 8-byte aligned address of a copy of `bytes`; equal short literals share one. */
  place(bytes: Uint8Array): number {
    const key = bytes.length <= 64 ? bytes.join() : null
    const known = key === null ? undefined : this.#placed.get(key)
    if (known !== undefined) return known
    const pointer = this.reserve(bytes.length)
    this.#owner.heap.u8.set(bytes, pointer)
    if (key !== null) this.#placed.set(key, pointer)
    return pointer
  }

  /** Space with unspecified content. */
  reserve(bytes: number): number {
    const size = Math.max(8, (bytes + 7) & ~7)
    if (this.#next + size > this.#end) {
      const run = Math.max(RUN_BYTES, size)
      this.#next = this.#owner.allocate(run)
      this.#end = this.#next + run
    }
    const pointer = this.#next
    this.#next += size
    return pointer
  }
}
