import type { Local } from '../codegen/assembler.ts'
import { itemPhysical, itemTypeOf } from '../arrow/types.ts'
import { itemWidth } from '../codegen/list-loop.ts'
import type { Value } from '../codegen/value.ts'
import type { Heap } from '../memory/heap.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import type { PipelineCompiler } from './pipeline-compiler.ts'
import { emitStoreField, pointsAway, type RowLayout } from './row-layout.ts'

const LEAST_PAGE_BYTES = 64 * 1024
const MOST_PAGE_BYTES = 1024 * 1024

export interface RowPage {
  readonly pointer: number
  readonly bytes: number
  rows: number
}

/**
 * Rows of one layout in pages of the heap, and the arena that their strings and lists lie in. Code appends through
 * four u32 fields of its block (`ROW_STORE_SLOTS`) and asks for room when a page is full; rows never move, so pointers
 * to them stay valid until `clear`.
 */
export class RowStore {
  readonly layout: RowLayout
  readonly #heap: Heap
  readonly #owner: PageOwner
  #pages: RowPage[] = []
  #arena: { pointer: number; bytes: number }[] = []
  #block = 0
  #saved: readonly number[] = [0, 0, 0, 0]
  #heldBytes = 0

  constructor(heap: Heap, owner: PageOwner, layout: RowLayout) {
    this.#heap = heap
    this.#owner = owner
    this.layout = layout
  }

  /** Bytes of pages held. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * Connects the store to the slots at `address` (the pipeline's block plus the slots' offset), so that code goes on
   * filling where it was left.
   */
  attach(address: number): void {
    this.#block = address
    this.#writeSlots(this.#saved)
  }

  /** Ends the connection: the pipeline's block is about to be freed. */
  detach(): void {
    this.pages()
    this.#saved = [...this.#heap.u32.subarray(this.#block >>> 2, (this.#block >>> 2) + 4)]
    this.#block = 0
  }

  /** Makes room for one more row and `arenaBytes` behind it. False when there is no memory: the store is unchanged. */
  tryReserve(arenaBytes: number): boolean {
    const slot = this.#block >>> 2
    const { u32 } = this.#heap
    if (u32[slot] === u32[slot + 1] && !this.#addRowPage()) return false
    const next = u32[slot + 2] ?? 0
    const end = u32[slot + 3] ?? 0
    return next + arenaBytes <= end || this.#addArenaPage(arenaBytes)
  }

  /** The pages with their numbers of rows. */
  pages(): readonly RowPage[] {
    const last = this.#pages.at(-1)
    if (last !== undefined && this.#block !== 0) {
      const next = this.#heap.u32[this.#block >>> 2] ?? 0
      last.rows = (next - last.pointer) / this.layout.width
    }
    return this.#pages
  }

  rowCount(): number {
    return this.pages().reduce((sum, page) => sum + page.rows, 0)
  }

  /** Frees everything; the store can be filled again. */
  clear(): void {
    for (const { pointer, bytes } of this.#pages) this.#owner.free(pointer, bytes)
    for (const { pointer, bytes } of this.#arena) this.#owner.free(pointer, bytes)
    this.#pages = []
    this.#arena = []
    this.#heldBytes = 0
    this.#saved = [0, 0, 0, 0]
    if (this.#block !== 0) this.#writeSlots(this.#saved)
  }

  /** Drops the rows, but keeps a page of each kind: whoever emptied it can go on filling, whatever others take. */
  empty(): void {
    const [row, ...rows] = this.#pages
    const [arena, ...arenas] = this.#arena
    for (const { pointer, bytes } of [...rows, ...arenas]) this.#owner.free(pointer, bytes)
    this.#pages = row === undefined ? [] : [row]
    this.#arena = arena === undefined ? [] : [arena]
    this.#heldBytes = (row?.bytes ?? 0) + (arena?.bytes ?? 0)
    if (row !== undefined) row.rows = 0
    this.#saved = [
      ...this.#rowSlots(row),
      ...(arena === undefined ? [0, 0] : [arena.pointer, arena.pointer + arena.bytes]),
    ]
    if (this.#block !== 0) this.#writeSlots(this.#saved)
  }

  /** Frees arena pages that none of these addresses is in, but never the one that is being filled. */
  dropArenaPages(used: readonly number[]): void {
    const last = this.#arena.at(-1)
    this.#arena = this.#arena.filter((page) => {
      const { pointer, bytes } = page
      if (page === last || used.some((address) => address >= pointer && address < pointer + bytes))
        return true
      this.#owner.free(pointer, bytes)
      this.#heldBytes -= bytes
      return false
    })
  }

  /** Gives back the end of the last arena page, behind what is held in it. Nothing is appended any more. */
  trimArena(held: readonly { readonly pointer: number; readonly bytes: number }[]): void {
    const last = this.#arena.at(-1)
    if (last === undefined) return
    const { pointer, bytes } = last
    const inLast = held.filter((run) => run.pointer >= pointer && run.pointer < pointer + bytes)
    const used = Math.max(1, ...inLast.map((run) => run.pointer + run.bytes - pointer))
    const kept = Math.ceil(used / LEAST_PAGE_BYTES) * LEAST_PAGE_BYTES
    if (kept >= bytes) return
    this.#owner.shrink(pointer, bytes, kept)
    last.bytes = kept
    this.#heldBytes -= bytes - kept
    this.#saved = [this.#saved[0]!, this.#saved[1]!, pointer + kept, pointer + kept]
  }

  /**
   * Moves arena pages to where the heap finds room for them now, so that what was free on both sides of one becomes one
   * piece. `moved` says where the bytes from `from` on went; nothing may go on pointing there.
   */
  moveArenaPages(moved: (from: number, bytes: number, to: number) => void): void {
    const { u8, u32 } = this.#heap
    if (this.#block !== 0) this.#saved = [...u32.subarray(this.#block >>> 2, (this.#block >>> 2) + 4)]
    this.#arena = this.#arena.map((page, index) => {
      const { pointer, bytes } = page
      const target = this.#owner.tryAllocate(bytes)
      if (target === 0) return page
      u8.copyWithin(target, pointer, pointer + bytes)
      moved(pointer, bytes, target)
      if (index === this.#arena.length - 1) {
        const [row = 0, rowEnd = 0, next = 0] = this.#saved
        this.#saved = [row, rowEnd, next - pointer + target, target + bytes]
      }
      this.#owner.free(pointer, bytes)
      return { pointer: target, bytes }
    })
    if (this.#block !== 0) this.#writeSlots(this.#saved)
  }

  #addRowPage(): boolean {
    const page = this.#allocate(this.layout.width)
    if (page === null) return false
    const full = this.#pages.at(-1)
    if (full !== undefined) full.rows = Math.floor(full.bytes / this.layout.width)
    this.#pages.push({ ...page, rows: 0 })
    this.#heldBytes += page.bytes
    this.#heap.u32.set(this.#rowSlots(page), this.#block >>> 2)
    return true
  }

  /** Where the next row of an empty page goes, and where the last one ends. */
  #rowSlots(page: { readonly pointer: number; readonly bytes: number } | undefined): [number, number] {
    if (page === undefined) return [0, 0]
    const capacity = Math.floor(page.bytes / this.layout.width)
    return [page.pointer, page.pointer + capacity * this.layout.width]
  }

  #addArenaPage(arenaBytes: number): boolean {
    const page = this.#allocate(arenaBytes)
    if (page === null) return false
    const { pointer, bytes } = page
    this.#arena.push({ pointer, bytes })
    this.#heldBytes += bytes
    const slot = this.#block >>> 2
    this.#heap.u32[slot + 2] = pointer
    this.#heap.u32[slot + 3] = pointer + bytes
    return true
  }

  /** A page of at least `leastBytes`: of the usual size, or a small one when memory is nearly used up. */
  #allocate(leastBytes: number): { readonly pointer: number; readonly bytes: number } | null {
    for (const size of [this.#pageBytes(), LEAST_PAGE_BYTES]) {
      const bytes = Math.max(size, leastBytes)
      const pointer = this.#owner.tryAllocate(bytes)
      if (pointer !== 0) return { pointer, bytes }
    }
    return null
  }

  /** Pages grow with the store, so that small results stay small and large ones have few pages. */
  #pageBytes(): number {
    const eighth = 2 ** Math.floor(Math.log2(Math.max(1, this.#heldBytes / 8)))
    return Math.min(MOST_PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, eighth))
  }

  #writeSlots(values: readonly number[]): void {
    values.forEach((value, index) => {
      this.#heap.u32[(this.#block >>> 2) + index] = value
    })
  }
}

/** Block fields of a row store, u32 each: next row, end of the row page, next arena byte, end of the arena page. */
export const ROW_STORE_SLOTS = { rowNext: 0, rowEnd: 4, arenaNext: 8, arenaEnd: 12, bytes: 16 } as const

/** The slots as locals of the pipeline function. Made in `prepare`. */
export interface RowStoreLocals {
  readonly slots: number
  readonly rowNext: Local
  readonly rowEnd: Local
  readonly arenaNext: Local
  readonly arenaEnd: Local
}

export function prepareRowStore(compiler: PipelineCompiler): RowStoreLocals {
  const slots = compiler.state(ROW_STORE_SLOTS.bytes)
  return {
    slots,
    rowNext: compiler.stateLocal(slots + ROW_STORE_SLOTS.rowNext, 'i32'),
    rowEnd: compiler.stateLocal(slots + ROW_STORE_SLOTS.rowEnd, 'i32'),
    arenaNext: compiler.stateLocal(slots + ROW_STORE_SLOTS.arenaNext, 'i32'),
    arenaEnd: compiler.stateLocal(slots + ROW_STORE_SLOTS.arenaEnd, 'i32'),
  }
}

/**
 * Emits: make sure that one row and the values' strings fit, calling the runtime (`event`, `kind`, arena bytes) when
 * they do not. The runtime may have emptied the store meanwhile; nothing of the row was written yet.
 */
export function emitReserve(
  compiler: PipelineCompiler,
  store: RowStoreLocals,
  layout: RowLayout,
  values: readonly Value[],
  kind: number,
): void {
  const { f } = compiler
  const needed = emitArenaNeed(compiler, layout, values)
  f.get(store.rowNext)
  f.get(store.rowEnd)
  f.op('i32.eq')
  if (layout.hasArena) {
    emitArenaIsShort(compiler, store, needed)
    f.op('i32.or')
  }
  f.if(() => {
    compiler.event(kind, needed)
    f.op('drop')
  })
}

/** Emits how many arena bytes a row of these values takes at most. */
export function emitArenaNeed(
  compiler: PipelineCompiler,
  layout: RowLayout,
  values: readonly Value[],
): Local {
  const { f } = compiler
  const needed = f.local('i32')
  f.i32(0)
  f.set(needed)
  layout.fields.forEach((field, index) => {
    if (!pointsAway(field.column)) return
    emitArenaBytes(compiler, values[index]!)
    f.get(needed)
    f.op('i32.add')
    f.set(needed)
  })
  return needed
}

/** Pushes 1 when fewer than `needed` bytes are left of the arena page. */
export function emitArenaIsShort({ f }: PipelineCompiler, store: RowStoreLocals, needed: Local): void {
  f.get(store.arenaEnd)
  f.get(store.arenaNext)
  f.op('i32.sub')
  f.get(needed)
  f.op('i32.lt_u')
}

/** Emits: take the reserved row, store the values (copying what they point to into the arena). Returns its pointer. */
export function emitAppend(
  compiler: PipelineCompiler,
  store: RowStoreLocals,
  layout: RowLayout,
  values: readonly Value[],
): Local {
  return emitRow(compiler, store, layout, values, (value) => emitCopyToArena(compiler, store, value))
}

function emitRow(
  compiler: PipelineCompiler,
  store: RowStoreLocals,
  layout: RowLayout,
  values: readonly Value[],
  own: (value: Value) => Value,
): Local {
  const { f } = compiler
  const row = f.local('i32')
  f.get(store.rowNext)
  f.tee(row)
  f.i32(layout.width)
  f.op('i32.add')
  f.set(store.rowNext)
  layout.fields.forEach((field, index) => {
    const value = values[index]!
    f.scope(() => emitStoreField(f, row, field, pointsAway(field.column) ? own(value) : value))
  })
  return row
}

/** Emits: take a row that there is room for and store the values as they are: what they point to stays where it is. */
export function emitAppendBorrowed(
  compiler: PipelineCompiler,
  store: RowStoreLocals,
  layout: RowLayout,
  values: readonly Value[],
): Local {
  return emitRow(compiler, store, layout, values, (value) => value)
}

/** Pushes the arena bytes that a string or list needs: 0 for a NULL. */
function emitArenaBytes(compiler: PipelineCompiler, value: Value): void {
  const { f } = compiler
  if (value.physical === 'list' && value.valid !== null) {
    const list = { ...value, valid: null }
    f.get(value.valid)
    f.if(
      () => {
        emitArenaBytes(compiler, list)
      },
      () => f.i32(0),
      'i32',
    )
    return
  }
  emitPayloadBytes(compiler, value)
  if (value.physical === 'list') {
    // Room for alignment to 8 bytes.
    f.i32(8)
    f.op('i32.add')
    if (hasTexts(value)) {
      f.get(value.locals[0]!)
      f.get(value.locals[1]!)
      f.call(compiler.kernel('list_text_bytes', { params: ['i32', 'i32'], results: ['i64'] }))
      f.op('i32.wrap_i64')
      f.op('i32.add')
    }
  }
  if (value.valid !== null) {
    f.i32(0)
    f.get(value.valid)
    f.op('select')
  }
}

function hasTexts({ type }: Value): boolean {
  const item = itemTypeOf(type)
  return item !== null && itemPhysical(item) === 'bytes'
}

/** Pushes the bytes that a string or list points to, without the texts in a list. */
function emitPayloadBytes(compiler: PipelineCompiler, value: Value): void {
  const { f } = compiler
  f.get(value.locals[1]!)
  if (value.physical === 'list') {
    f.i32(itemWidth(value.type) + 1)
    f.op('i32.mul')
  }
}

/** Emits a copy of what the value points to, in the scratch area of the block that is pushed. */
export function emitCopyToScratch(compiler: PipelineCompiler, value: Value, pushBlock: () => void): Value {
  const { f } = compiler
  emitArenaBytes(compiler, value)
  const bytes = f.keep('i32')
  pushBlock()
  f.get(bytes)
  f.call(compiler.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
  return emitCopyToArena(compiler, { arenaNext: f.keep('i32') }, value)
}

function emitCopyToArena(
  compiler: PipelineCompiler,
  store: Pick<RowStoreLocals, 'arenaNext'>,
  value: Value,
): Value {
  const { f } = compiler
  const pointer = f.local('i32')
  const copy = (): void => {
    if (value.physical === 'list') {
      f.get(store.arenaNext)
      f.i32(7)
      f.op('i32.add')
      f.i32(-8)
      f.op('i32.and')
      f.set(store.arenaNext)
    }
    const bytes = f.local('i32')
    emitPayloadBytes(compiler, value)
    f.set(bytes)
    f.get(store.arenaNext)
    f.tee(pointer)
    f.get(value.locals[0]!)
    f.get(bytes)
    f.call(compiler.kernel('copy_bytes', { params: ['i32', 'i32', 'i32'], results: [] }))
    f.get(pointer)
    f.get(bytes)
    f.op('i32.add')
    f.set(store.arenaNext)
    if (hasTexts(value)) {
      f.get(pointer)
      f.get(value.locals[1]!)
      f.get(store.arenaNext)
      f.call(compiler.kernel('list_own_texts', { params: ['i32', 'i32', 'i32'], results: ['i32'] }))
      f.set(store.arenaNext)
    }
  }
  if (value.valid === null) {
    copy()
  } else {
    f.i32(0)
    f.set(pointer)
    f.get(value.valid)
    f.if(copy)
  }
  return { ...value, locals: [pointer, value.locals[1]!] }
}
