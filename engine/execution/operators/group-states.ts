import type { PageOwner } from '../../memory/page-owner.ts'
import type { RowLayout } from '../row-layout.ts'
import { RowStore } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'

/** The states of one group on one thread, and what they point to. Code keeps them in its block while connected. */
export class GroupStates {
  protected readonly runtime: ThreadRuntime
  protected readonly owner: PageOwner
  readonly #width: number
  readonly #store: RowStore
  readonly #row: number
  #states = 0

  constructor(runtime: ThreadRuntime, owner: PageOwner, layout: RowLayout) {
    this.runtime = runtime
    this.owner = owner
    this.#width = layout.width
    this.#store = new RowStore(runtime.heap, owner, layout)
    this.#row = owner.allocate(layout.width)
    // Validity is stored as a byte and held in a local of four: the rest must be zero.
    runtime.heap.u8.fill(0, this.#row, this.#row + layout.width)
  }

  /** Address of the states while no pipeline has them. */
  get row(): number {
    return this.#row
  }

  /** `storeSlots` and `row`: where the block has them. */
  connect(block: number, at: { readonly storeSlots: number; readonly row: number }): void {
    this.#store.attach(block + at.storeSlots)
    this.#states = block + at.row
    this.#copy(this.#row, this.#states)
  }

  detach(): void {
    this.#copy(this.#states, this.#row)
    this.#store.detach()
    this.#states = 0
  }

  settle(): void {
    // States own what they point to.
  }

  onEvent(_kind: number, arenaBytes: number): number {
    if (!this.#store.tryReserve(arenaBytes)) throw this.owner.reservation.refusal(arenaBytes)
    return 0
  }

  #copy(from: number, to: number): void {
    this.runtime.heap.u8.copyWithin(to, from, from + this.#width)
  }
}
