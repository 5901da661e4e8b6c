import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import { noRoomForRow } from '../no-room-for-row.ts'
import { atOnce } from '../in-steps.ts'
import { RowStore } from '../row-store.ts'
import type { Sink } from '../stream.ts'
import type { Comparator, PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import { RADIX_COUNT_BYTES, sortSteps } from '../entry-sort.ts'
import { SORT_ENTRY } from './sort-entry.ts'
import { SORT_EVENT, SORT_STATE, SortSink, type SortIntake, type SortShape } from './sort-sink.ts'

/** Two pages with the room for sorting. */
const LEAST_ENTRIES = 3840
/** A top-N sorts and cuts down when it holds this many times what is wanted. */
const TOP_N_SLACK = 4
/** Fewer rows than these are sorted and spilled at once. */
const LEAST_RELIEVED = 65_536

/** Sorted entries, in the heap until the owner frees or clears them. */
export interface SortedEntries {
  readonly pointer: number
  readonly count: number
}

/**
 * Rows and their entries on one thread. When there is no memory for more, what is held is sorted and handed to
 * `spill` as one run, and the room is used again.
 *
 * With a `limit`, only the first `limit` rows of the order are kept: now and then the entries are sorted and cut off,
 * and the last one's prefix becomes the boundary above which rows are not even taken in.
 */
export class SortSinkRuntime implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #shape: SortShape
  readonly #operator: number
  readonly #limit: number | null
  readonly #spill: ((sorted: SortedEntries) => Generator<void, void>) | null
  readonly #intake: SortIntake
  readonly #store: RowStore
  #compareIndex = -1
  #wordIndex = -1
  #exact = true
  #entries = 0
  #entriesBytes = 0
  #entryCapacity = 0
  #count = 0
  #sequence = 0
  #boundary = 0xffff_ffff_ffff_ffffn
  #state = 0
  /** Rows at the last look between slices, and the most that came between two looks. */
  #lastCount = 0
  #mostComing = 0

  /** `spill` writes a sorted run, step by step; null where there is no spill file. */
  constructor(
    runtime: ThreadRuntime,
    owner: PageOwner,
    shape: SortShape,
    options: {
      readonly operator: number
      readonly limit: number | null
      readonly spill: ((sorted: SortedEntries) => Generator<void, void>) | null
      /** Absent: `input`. Others are in order. */
      readonly intake?: SortIntake
    },
  ) {
    this.#runtime = runtime
    this.#owner = owner
    this.#shape = shape
    this.#operator = options.operator
    this.#limit = options.limit
    this.#spill = options.spill
    this.#intake = options.intake ?? 'input'
    this.#store = new RowStore(runtime.heap, owner, shape.layout)
  }

  get store(): RowStore {
    return this.#store
  }

  /** The entries as they stand: in order when they were read from a sorted run. */
  get entries(): SortedEntries {
    return { pointer: this.#entries, count: this.count }
  }

  get count(): number {
    return this.#state === 0 ? this.#count : (this.#next() - this.#entries) / SORT_ENTRY.bytes
  }

  /** Index of the comparator in the kernels' table; -1 when prefixes decide alone. */
  get compareIndex(): number {
    return this.#compareIndex
  }

  code(): SortSink {
    return new SortSink(this.#shape, this.#operator, this.#intake)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    const { slots, state, exact } = code as SortSink
    this.#store.attach(instance.block + slots)
    this.#state = instance.block + state
    this.#exact = exact
    if (!exact && this.#compareIndex < 0) {
      const { comparators } = this.#runtime
      this.#compareIndex = comparators.add(instance.exports['compare'] as Comparator)
      if (this.#intake === 'input')
        this.#wordIndex = comparators.add(instance.exports['key_word'] as Comparator)
    }
    this.#writeState(this.#count)
  }

  detach(): void {
    this.#count = this.count
    this.#sequence = this.#runtime.heap.u32[(this.#state + SORT_STATE.sequence) >>> 2] ?? 0
    this.#store.detach()
    this.#state = 0
  }

  settle(): void {
    // Rows are copied as they come.
  }

  onEvent(kind: number, argument: number): number {
    if (kind === SORT_EVENT.entriesFull) this.#moreEntries()
    else if (kind === SORT_EVENT.rowStoreFull) this.#moreRows(argument)
    else throw internalError(`unknown event ${kind} of a sort`)
    return 0
  }

  /** Sorts what is held, step by step. */
  *sortSteps(): Generator<void, SortedEntries> {
    const { count } = this
    const capacityBytes = this.#capacity() * SORT_ENTRY.bytes
    yield* sortSteps(this.#runtime, {
      entries: this.#entries,
      count,
      temporary: this.#entries + capacityBytes,
      counts: this.#entries + 2 * capacityBytes,
      compare: this.#compareIndex,
      word: this.#wordIndex,
    })
    const kept = this.#limit === null ? count : Math.min(count, this.#limit)
    return { pointer: this.#entries, count: kept }
  }

  /** Sorts what is held, in one go. */
  sort(): SortedEntries {
    return atOnce(this.sortSteps())
  }

  /** Writes what is held as a run and empties it, step by step. False when nothing is held. */
  *spillSteps(): Generator<void, boolean> {
    if (this.#spill === null || this.count === 0) return false
    const sorted = yield* this.sortSteps()
    yield
    yield* this.#spill(sorted)
    this.#store.clear()
    this.#setCount(0)
    return true
  }

  relieve(): void {
    atOnce(this.spillSteps())
  }

  relief(): Generator<void, boolean> | null {
    if (this.#spill === null || this.#limit !== null) return null
    const { count } = this
    this.#mostComing = Math.max(this.#mostComing, count - this.#lastCount)
    this.#lastCount = count
    if (count < LEAST_RELIEVED || this.#hasRoomFor(2 * this.#mostComing)) return null
    this.#lastCount = 0
    return this.spillSteps()
  }

  /** Frees everything. */
  close(): void {
    this.clear()
    for (const index of [this.#compareIndex, this.#wordIndex]) {
      if (index >= 0) this.#runtime.comparators.remove(index)
    }
    this.#compareIndex = -1
    this.#wordIndex = -1
  }

  /** Frees rows and entries; the sink can be filled again. */
  clear(): void {
    this.#store.clear()
    if (this.#entries !== 0) this.#owner.free(this.#entries, this.#entriesBytes)
    this.#entries = 0
    this.#entriesBytes = 0
    this.#entryCapacity = 0
    this.#count = 0
  }

  #moreRows(arenaBytes: number): void {
    if (this.#store.tryReserve(arenaBytes)) return
    this.relieve()
    if (this.#owner.beyondBound(() => this.#store.tryReserve(arenaBytes))) {
      if (this.#entries === 0) this.#growEntries()
      return
    }
    throw noRoomForRow(this.#owner, Math.max(arenaBytes, this.#shape.layout.width))
  }

  #moreEntries(): void {
    if (this.#limit !== null && this.count >= Math.max(LEAST_ENTRIES, this.#limit * TOP_N_SLACK)) {
      const { count } = this.sort()
      const last = this.#entries + (count - 1) * SORT_ENTRY.bytes
      const prefix = this.#runtime.heap.u64[last >>> 3] ?? 0n
      // An equal prefix that is exact means an equal key, which comes later in the input and so in the order.
      this.#boundary = this.#exact && prefix > 0n ? prefix - 1n : prefix
      this.#setCount(count)
      if (count < this.#capacity()) return
    }
    if (this.#growEntries() || atOnce(this.spillSteps())) return
    throw this.#owner.reservation.refusal(this.#entriesBytes * 2)
  }

  /** Whether so many rows are likely to fit: as long as those held are, on average. */
  #hasRoomFor(rows: number): boolean {
    const { count } = this
    if (count + rows > this.#capacity() && !this.#growEntries()) return false
    const bytes = Math.ceil((this.#store.heldBytes / count) * rows)
    const pointer = this.#owner.tryAllocate(bytes)
    if (pointer !== 0) this.#owner.free(pointer, bytes)
    return pointer !== 0
  }

  /** So many rows are to come, and then no more: makes room for their entries while there are none, if there is memory. */
  expect(rows: number): void {
    if (this.#entries === 0 && rows > 0) this.#makeEntries(rows)
  }

  /** Doubles the room for entries, and with it the room for sorting them. False when there is no memory. */
  #growEntries(): boolean {
    return this.#makeEntries(Math.max(LEAST_ENTRIES, this.#capacity() * 2))
  }

  #makeEntries(capacity: number): boolean {
    // What is in order is not sorted again.
    const bytes =
      this.#intake !== 'input'
        ? capacity * SORT_ENTRY.bytes
        : 2 * capacity * SORT_ENTRY.bytes + RADIX_COUNT_BYTES
    const pointer = this.#owner.tryAllocate(bytes)
    if (pointer === 0) return false
    const count = this.count
    const { u8 } = this.#runtime.heap
    if (this.#entries !== 0) {
      u8.copyWithin(pointer, this.#entries, this.#entries + count * SORT_ENTRY.bytes)
      this.#owner.free(this.#entries, this.#entriesBytes)
    }
    this.#entries = pointer
    this.#entriesBytes = bytes
    this.#entryCapacity = capacity
    this.#setCount(count)
    return true
  }

  #capacity(): number {
    return this.#entryCapacity
  }

  #next(): number {
    return this.#runtime.heap.u32[(this.#state + SORT_STATE.entryNext) >>> 2] ?? 0
  }

  #setCount(count: number): void {
    this.#count = count
    if (this.#state === 0) return
    this.#sequence = this.#runtime.heap.u32[(this.#state + SORT_STATE.sequence) >>> 2] ?? 0
    this.#writeState(count)
  }

  #writeState(count: number): void {
    const { u32, u64 } = this.#runtime.heap
    u32[(this.#state + SORT_STATE.entryNext) >>> 2] = this.#entries + count * SORT_ENTRY.bytes
    u32[(this.#state + SORT_STATE.entryEnd) >>> 2] = this.#entries + this.#entryCapacity * SORT_ENTRY.bytes
    u32[(this.#state + SORT_STATE.sequence) >>> 2] = this.#sequence
    u64[(this.#state + SORT_STATE.boundary) >>> 3] = this.#boundary
  }
}
