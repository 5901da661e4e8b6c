import type { QueryContext } from '../query-context.ts'

const LEAST_ROWS = 128 * 1024

/** A run of set bits that stands in for the bitmap of a nullable column without NULLs. */
export class AllValid {
  readonly #context: QueryContext
  #pointer = 0
  #rows = 0

  constructor(context: QueryContext) {
    this.#context = context
  }

  /** The address of at least `rows` set bits. */
  covering(rows: number): number {
    if (rows > this.#rows) {
      this.#rows = Math.max(LEAST_ROWS, rows)
      const bytes = Math.ceil(this.#rows / 8)
      this.#pointer = this.#context.constants.reserve(bytes)
      this.#context.runtime.heap.u8.fill(0xff, this.#pointer, this.#pointer + bytes)
    }
    return this.#pointer
  }
}
