import { internalError } from '../../errors.ts'
import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { noRoomForRow } from '../no-room-for-row.ts'
import type { RowLayout } from '../row-layout.ts'
import { RowStore, type RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import { DIRECTORY_SLOTS, GROUP_EVENT } from './hash-aggregate-sink.ts'
import { RowDirectory } from './row-directory.ts'

/** Rows of groups, and a directory over them, as a table shows them to whoever takes them. */
export interface TableContent {
  readonly pages: readonly RowPage[]
  /** Address of a u32 for each row at the least, which may be written to: the directory is emptied afterwards. */
  readonly directory: number
  readonly heldBytes: number
}

/** Where a table's groups go when there is no memory for more. False when they must stay. */
export type Relief = (content: TableContent) => boolean

/**
 * The groups of one thread: rows and a directory over them. When there is no memory for more, all are given to
 * `relief` and the table begins anew.
 */
export class GroupTable {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #width: number
  readonly #relief: Relief
  readonly #store: RowStore
  readonly #directory: RowDirectory
  /** Address of the block's `DIRECTORY_SLOTS` while connected. */
  #slots = 0
  #left = 0

  constructor(runtime: ThreadRuntime, owner: PageOwner, layout: RowLayout, relief: Relief) {
    this.#runtime = runtime
    this.#owner = owner
    this.#width = layout.width
    this.#relief = relief
    this.#store = new RowStore(runtime.heap, owner, layout)
    this.#directory = new RowDirectory(runtime, owner)
  }

  get groupCount(): number {
    return this.#store.rowCount()
  }

  /** The groups' rows, page by page. */
  pages(): readonly RowPage[] {
    return this.#store.pages()
  }

  get content(): TableContent {
    const heldBytes = this.#store.heldBytes + this.#directory.entries * 4
    return { pages: this.pages(), directory: this.#directory.address, heldBytes }
  }

  /**
   * `storeSlots` and `directorySlots`: where the block has them. The first pages are taken while there is room, since
   * other threads fill the heap before this one meets a row: false when there is none.
   */
  connect(block: number, at: { readonly storeSlots: number; readonly directorySlots: number }): boolean {
    this.#store.attach(block + at.storeSlots)
    this.#slots = block + at.directorySlots
    this.begin()
    return this.#store.tryReserve(this.#store.layout.hasArena ? 1 : 0)
  }

  detach(): void {
    this.#left = this.#readLeft()
    this.#store.detach()
    this.#slots = 0
  }

  settle(): void {
    // Groups and states own what they point to.
  }

  onEvent(kind: number, argument: number): number {
    this.#left = this.#readLeft()
    if (kind === GROUP_EVENT.newGroup) this.#makeRoom(argument)
    else if (kind === GROUP_EVENT.arena) this.#reserve(argument)
    else throw internalError(`unknown event ${kind} of an aggregate`)
    this.#writeSlots()
    return 0
  }

  /** Gives all groups away and empties the table. */
  relieve(): void {
    if (this.groupCount === 0 || !this.#relief(this.content)) return
    this.#store.empty()
    this.#forgetGroups()
  }

  /** Empties the table, keeping the directory. */
  clear(): void {
    this.#store.clear()
    this.#forgetGroups()
  }

  /** Makes sure that there is a directory. @throws `out_of_memory` */
  begin(): void {
    if (this.#directory.entries === 0) {
      if (!this.#directory.tryAllocate(1)) throw this.#owner.reservation.refusal(PAGE_BYTES)
      this.#left = this.#directory.entries >>> 1
    }
    this.#writeSlots()
  }

  /** Frees everything. `begin` makes it usable again. */
  close(): void {
    this.#store.clear()
    this.#directory.free()
  }

  #forgetGroups(): void {
    this.#directory.clear()
    this.#left = this.#directory.entries >>> 1
    this.#writeSlots()
  }

  #makeRoom(arenaBytes: number): void {
    if (this.#left === 0 && !this.#growDirectory()) {
      this.relieve()
      if (this.groupCount > 0) throw this.#owner.reservation.refusal(this.#directory.entries * 8)
    }
    this.#reserve(arenaBytes)
  }

  #growDirectory(): boolean {
    const { entries } = this.#directory
    const grown = this.#directory.tryGrow(this.pages(), this.#width)
    // Without memory for a larger one the directory may become fuller, where rows still fit.
    const most = grown ? this.#directory.entries >>> 1 : (entries >>> 1) + (entries >>> 2)
    this.#left = Math.max(0, most - this.groupCount)
    return this.#left > 0
  }

  #reserve(arenaBytes: number): void {
    if (this.#store.tryReserve(arenaBytes)) return
    this.relieve()
    if (this.#owner.beyondBound(() => this.#store.tryReserve(arenaBytes))) return
    throw noRoomForRow(this.#owner, Math.max(arenaBytes, this.#width))
  }

  #readLeft(): number {
    return this.#runtime.heap.u32[(this.#slots + DIRECTORY_SLOTS.left) >>> 2] ?? 0
  }

  #writeSlots(): void {
    if (this.#slots === 0) return
    const { u32 } = this.#runtime.heap
    u32[(this.#slots + DIRECTORY_SLOTS.address) >>> 2] = this.#directory.address
    u32[(this.#slots + DIRECTORY_SLOTS.mask) >>> 2] = this.#directory.entries - 1
    u32[(this.#slots + DIRECTORY_SLOTS.left) >>> 2] = this.#left
  }
}
