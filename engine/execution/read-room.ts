import type { Heap } from '../memory/heap.ts'
import type { PageOwner, PageSource } from '../memory/page-owner.ts'

/**
 * A run of pages that batches are read back into, one at a time. It is taken while there is memory and kept, so that a
 * reader goes on when everybody else has taken what is left. What does not fit is taken from the owner.
 */
export class ReadRoom implements PageSource {
  readonly heap: Heap
  readonly #owner: PageOwner
  readonly #bytes: number
  #pointer: number
  #isTaken = false

  /** `bytes` 0: there is none. */
  constructor(owner: PageOwner, bytes: number) {
    this.heap = owner.heap
    this.#owner = owner
    this.#bytes = bytes
    this.#pointer = bytes === 0 ? 0 : owner.tryAllocate(bytes)
  }

  allocate(bytes: number): number {
    if (this.#pointer === 0 || this.#isTaken || bytes > this.#bytes) return this.#owner.allocate(bytes)
    this.#isTaken = true
    return this.#pointer
  }

  free(pointer: number, bytes: number): void {
    if (pointer === this.#pointer) this.#isTaken = false
    else this.#owner.free(pointer, bytes)
  }

  /** Nothing that lies in it is read any more. May be called twice. */
  close(): void {
    if (this.#pointer !== 0) this.#owner.free(this.#pointer, this.#bytes)
    this.#pointer = 0
  }
}
