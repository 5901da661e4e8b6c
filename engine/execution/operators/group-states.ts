import { physicalType } from '../../arrow/types.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { noRoomForRow } from '../no-room-for-row.ts'
import { pointsAway, type RowLayout } from '../row-layout.ts'
import { RowStore } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'

/** The states of one group on one thread, and what they point to. Code keeps them in its block while connected. */
export class GroupStates {
  protected readonly runtime: ThreadRuntime
  protected readonly owner: PageOwner
  readonly #width: number
  /** Where states have the addresses of what they point to. */
  readonly #pointers: readonly number[]
  /** And behind each address how many bytes lie there. */
  readonly #pointsToBytes: boolean
  readonly #store: RowStore
  readonly #row: number
  #states = 0

  constructor(runtime: ThreadRuntime, owner: PageOwner, layout: RowLayout) {
    this.runtime = runtime
    this.owner = owner
    this.#width = layout.width
    const pointing = layout.fields.filter(({ column }) => pointsAway(column))
    this.#pointers = pointing.map(({ offset }) => offset)
    this.#pointsToBytes = pointing.every(({ column }) => physicalType(column.type) === 'bytes')
    this.#store = new RowStore(runtime.heap, owner, layout)
    this.#row = owner.allocate(layout.width)
    // Validity is stored as a byte and held in a local of four: the rest must be zero.
    runtime.heap.u8.fill(0, this.#row, this.#row + layout.width)
  }

  /** Address of the states while no pipeline has them. */
  get row(): number {
    return this.#row
  }

  /** `storeSlots` and `row`: where the block has them. False when there is no room for what states point to. */
  connect(block: number, at: { readonly storeSlots: number; readonly row: number }): boolean {
    this.#store.attach(block + at.storeSlots)
    this.#states = block + at.row
    this.#copy(this.#row, this.#states)
    return this.#pointers.length === 0 || this.#store.tryReserve(1)
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
    // states that grow leave behind what they were copied from
    this.#store.dropArenaPages(this.#pointers.map((offset) => this.#addressAt(offset)))
    if (this.#store.tryReserve(arenaBytes)) return 0
    this.#store.moveArenaPages(this.#follow(this.#states))
    if (!this.#store.tryReserve(arenaBytes)) throw noRoomForRow(this.owner, arenaBytes)
    return 0
  }

  /**
   * No rows come any more: gives back what states have left behind, and the room that they have to grow, and leaves what
   * is free in one piece.
   */
  trim(): void {
    const { u32 } = this.runtime.heap
    const held = this.#pointers.map((offset) => {
      const at = (this.#row + offset) >>> 2
      return { pointer: u32[at] ?? 0, bytes: u32[at + 1] ?? 0 }
    })
    this.#store.dropArenaPages(held.map(({ pointer }) => pointer))
    if (!this.#pointsToBytes) return
    this.#store.trimArena(held)
    // long runs fill the heap from its end: the first move makes room there for the second
    for (let move = 0; move < 2; move++) this.#store.moveArenaPages(this.#follow(this.#row))
  }

  /** Lets the states at `states` point to where the bytes went. */
  #follow(states: number): (from: number, bytes: number, to: number) => void {
    const { u32 } = this.runtime.heap
    return (from, bytes, to) => {
      for (const offset of this.#pointers) {
        const at = (states + offset) >>> 2
        const address = u32[at]!
        if (address >= from && address < from + bytes) u32[at] = address - from + to
      }
    }
  }

  #addressAt(offset: number): number {
    return this.runtime.heap.u32[(this.#states + offset) >>> 2] ?? 0
  }

  #copy(from: number, to: number): void {
    this.runtime.heap.u8.copyWithin(to, from, from + this.#width)
  }
}
