import { PAGE_BYTES } from './memory/control-block.ts'
import type { PageOwner } from './memory/page-owner.ts'

/** What CREATE SEQUENCE says. */
export interface SequenceDefinition {
  readonly name: string
  readonly start: bigint
  readonly increment: bigint
  readonly least: bigint
  readonly greatest: bigint
  readonly cycles: boolean
  readonly temporary: boolean
}

export interface Sequence extends SequenceDefinition {
  /** Where its state lies in the heap: `kernels/assembly/sequence.ts` says how. */
  readonly address: number
  /** Null before the first `nextval`. */
  last(): bigint | null
}

const STATE_BYTES = 64
const LAST = 32
const FLAGS = 40
const CYCLES = 1
const CALLED = 2

/**
 * The sequences of a session. Their state lies in the heap, where compiled queries take numbers from it row by row; the
 * first one takes a page for it. As in DuckDB no rollback takes numbers back.
 */
export class Sequences {
  readonly #pages: PageOwner
  readonly #byName = new Map<string, Sequence>()
  #free: number[] = []

  constructor(pages: PageOwner) {
    this.#pages = pages
  }

  find(name: string): Sequence | null {
    return this.#byName.get(name.toLowerCase()) ?? null
  }

  list(): readonly Sequence[] {
    return [...this.#byName.values()]
  }

  /** In place of one of the same name. @throws `out_of_memory` */
  put(definition: SequenceDefinition): void {
    const key = definition.name.toLowerCase()
    const address = this.#byName.get(key)?.address ?? this.#place()
    const view = this.#view(address)
    const { start, increment, least, greatest, cycles } = definition
    const words = [start, increment, least, greatest, 0n]
    words.forEach((word, index) => {
      view.setBigInt64(index * 8, word, true)
    })
    view.setUint32(FLAGS, cycles ? CYCLES : 0, true)
    const last = (): bigint | null => {
      const state = this.#view(address)
      return (state.getUint32(FLAGS, true) & CALLED) === 0 ? null : state.getBigInt64(LAST, true)
    }
    this.#byName.set(key, { ...definition, address, last })
  }

  /** Whether there was one. */
  remove(name: string): boolean {
    const sequence = this.find(name)
    if (sequence === null) return false
    this.#byName.delete(name.toLowerCase())
    this.#free.push(sequence.address)
    return true
  }

  #view(address: number): DataView {
    return new DataView(this.#pages.heap.memory.buffer, address, STATE_BYTES)
  }

  #place(): number {
    if (this.#free.length === 0) {
      const page = this.#pages.allocate(PAGE_BYTES)
      this.#free = Array.from({ length: PAGE_BYTES / STATE_BYTES }, (_, index) => page + index * STATE_BYTES)
    }
    return this.#free.shift()!
  }
}
