import { LakebookError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import type { SortedStream } from './sort-stream.ts'
import { SpilledWindow } from './spilled-window.ts'
import type { WindowShape } from './window-code.ts'
import { GatheredRows } from './window-gather.ts'
import { blockShift } from './window-partition.ts'
import { commonReach, multipleOf, needsPeers, type Reach } from './window-reach.ts'

/** The functions of `emitWindowFunctions`. */
export interface WindowCode {
  /** Fills in results: see `emitWindowFunctions`. */
  fill(entries: number, count: number, part: FilledPart): void
  /** The first entry behind the partition of entry `from`. */
  partitionEnd(entries: number, from: number, count: number): number
  /** How many of the rows come before the last partition. */
  boundary(entries: number, count: number): number
  /** What the last run of `fill` carries on, if the next rows continue the partition. */
  carried(): readonly bigint[]
  /** How many of the rows come before the last group of peers. */
  peers(entries: number, count: number): number
  /** See `emitSlides`; only where some frame does. */
  slides(entries: number, count: number, repeated: number, limit: number): SlidingFrames
  close(): void
}

export interface SlidingFrames {
  readonly until: number
  readonly from: number
  readonly widest: number
}

export interface FilledPart {
  readonly repeated: number
  readonly until: number
  readonly before: number
  /** All rows of the first partition, where they are known to be more than these. */
  readonly total?: number
}

export type EmitEntries = (entries: SortedEntries) => Promise<boolean>

export interface WindowRun {
  readonly context: QueryContext
  readonly shape: WindowShape
  readonly code: WindowCode
  readonly operator: number
}

/** Bytes of rows that are gathered before partitions are handed on. */
const GATHERED_BYTES = 4 * 1024 * 1024
/** Of the heap: what is gathered of one partition at the most, while there is room. */
const PARTITION_SHARE = 4
/** A part is to have as many rows as are kept around it, and this part of them where there is no room for more. */
const LEAST_PART = 1 / 8

/**
 * Gathers rows of the merge and hands them on by whole partitions. A partition that outgrows the room is handed on in
 * parts, if every call can go on in the middle of one (`Reach`): parts end with a group of peers where peers matter, the
 * rows that a call looks back at are repeated at the head of the next part, and those that it looks ahead at wait for it.
 * Otherwise, and when these rows or a group of peers outgrow the room, what is left of the partition goes to the spill
 * file (`SpilledWindow`).
 */
export async function feedPartitions(run: WindowRun, sorted: SortedStream, emit: EmitEntries): Promise<void> {
  const { context, shape, operator } = run
  const owner = context.consumer(`Window #${operator}`, false)
  const rows = new GatheredRows(context, owner, shape.sort)
  const spilled = new SpilledWindow(context, owner, shape, operator)
  const close = (): void => {
    rows.close()
    spilled.close()
  }
  context.onClose(close)
  const feed = new PartitionFeed(run, sorted.rows, { owner, rows, spilled, emit })
  let stopped = false
  for (let entries = sorted.next(); entries !== null && !stopped; entries = sorted.next()) {
    await context.breathe()
    stopped = await feed.take(entries)
  }
  if (!stopped) await feed.end()
  close()
  context.release(owner)
}

/** The rows before `until` are filled in, and those before `keptFrom` let go. */
interface Part {
  readonly until: number
  readonly keptFrom: number
  readonly isLong: boolean
  readonly isEnough: boolean
}

interface FeedParts {
  readonly owner: PageOwner
  readonly rows: GatheredRows
  readonly spilled: SpilledWindow
  readonly emit: EmitEntries
}

/** Takes partitions from the gathered rows. Its methods say whether no more rows are wanted. */
class PartitionFeed {
  readonly #run: WindowRun
  readonly #owner: PageOwner
  readonly #rows: GatheredRows
  readonly #spilled: SpilledWindow
  readonly #emit: EmitEntries
  readonly #mostBytes: number
  /** Null: a partition is handed on as a whole. */
  readonly #reach: Reach | null
  readonly #needsPeers: boolean
  /** Rows at the head that were handed on before, and rows of their partition before those. */
  #repeated = 0
  #before = 0
  /** What the calls carry on behind the rows before. */
  #carried: readonly bigint[] = []
  /** The partition of the first row is in the spill file up to there; these are the rows of its blocks. */
  #blockRows: number | null = null
  /** So many rows are known to be of that partition. */
  #known = 0
  /** Rows of the one partition that there is; 0: there may be several, or none. */
  readonly #total: number

  constructor(run: WindowRun, allRows: number, { owner, rows, spilled, emit }: FeedParts) {
    this.#run = run
    this.#owner = owner
    this.#rows = rows
    this.#spilled = spilled
    this.#emit = emit
    this.#total = run.shape.partitionFields.length === 0 ? allRows : 0
    this.#mostBytes = Math.min(GATHERED_BYTES, run.context.runtime.heap.usableBytes / 16)
    const calls = run.shape.calls.map(({ call }) => call)
    this.#reach = commonReach(calls, this.#total > 0)
    this.#needsPeers = calls.some(needsPeers)
  }

  /** Gathers these rows, and hands on what can be when enough were gathered. */
  async take(entries: SortedEntries): Promise<boolean> {
    for (let rest = entries; ;) {
      const taken = this.#rows.add(rest)
      if (taken === rest.count) break
      rest = { pointer: rest.pointer + taken * SORT_ENTRY.bytes, count: rest.count - taken }
      const { count } = this.#rows.entries
      if (count > 0 && (await this.#handOn(false))) return true
      if (this.#rows.entries.count === count) throw this.#rows.refusal()
    }
    return this.#rows.heldBytes >= this.#mostBytes && this.#handOn(true)
  }

  /** `mayWait`: while there is room, no part of a partition needs to go. */
  async #handOn(mayWait: boolean): Promise<boolean> {
    if (this.#blockRows !== null) return this.#goOnSpilling(this.#blockRows)
    const { pointer, count } = this.#rows.entries
    const whole = this.#run.code.boundary(pointer, count)
    if (whole > 0) {
      if (!this.#fill(whole)) return this.#beginSpilling(1)
      if (await this.#emitFilled(whole)) return true
      this.#rows.keepFrom(whole)
      this.#repeated = 0
      this.#before = 0
      return false
    }
    const part = this.#nextPart(pointer, count)
    if (part?.isLong === true) return this.#handOnPart(part)
    if (mayWait && this.#hasRoom()) return false
    return part?.isEnough === true ? this.#handOnPart(part) : this.#beginSpilling(count)
  }

  /** The partition of the first row goes to the spill file, to which so many rows are known to belong. */
  async #beginSpilling(known: number): Promise<boolean> {
    const { heap } = this.#run.context.runtime
    const { rowBytes } = this.#rows
    const begun = { repeated: this.#repeated, before: this.#before, carried: this.#carried }
    this.#blockRows = this.#spilled.begin(blockShift(heap.usableBytes, rowBytes), begun).blockRows
    this.#repeated = 0
    this.#before = 0
    this.#known = known
    return this.#goOnSpilling(this.#blockRows)
  }

  /** Hands on all rows that are left. */
  async end(): Promise<boolean> {
    const { pointer, count } = this.#rows.entries
    if (this.#blockRows === null) {
      if (count <= this.#repeated) return false
      if (this.#fill(count)) return this.#emitFilled(count)
      return (await this.#beginSpilling(1)) || this.end()
    }
    const end = this.#run.code.partitionEnd(pointer, Math.max(1, this.#known) - 1, count)
    if (await this.#endSpilled(end)) return true
    return this.end()
  }

  /**
   * Fills in the rows before `until`, of which those up to `count` are looked at. False when there is no memory for what
   * the calls need beside them.
   */
  #fill(until: number, count = until): boolean {
    try {
      const part = { repeated: this.#repeated, until, before: this.#before, total: this.#total }
      this.#run.code.fill(this.#rows.entries.pointer, count, part)
      this.#carried = this.#run.code.carried()
      return true
    } catch (error) {
      if (error instanceof LakebookError && error.code === 'out_of_memory') return false
      throw error
    }
  }

  /** Hands on the first `count` rows, which are filled in. */
  async #emitFilled(count: number): Promise<boolean> {
    const { pointer } = this.#rows.entries
    const fresh = { pointer: pointer + this.#repeated * SORT_ENTRY.bytes, count: count - this.#repeated }
    return fresh.count > 0 && this.#emit(fresh)
  }

  /** What can be handed on of the first row's partition, which all rows belong to; null: no call can go on behind it. */
  #nextPart(pointer: number, count: number): Part | null {
    if (this.#reach === null) return null
    const { code } = this.#run
    const { before, after, slides } = this.#reach
    // the last row stays: whether the next one is of its partition is still to be seen
    const most = count - Math.max(1, after)
    if (most <= this.#repeated) return null
    const ended = slides ? code.slides(pointer, count, this.#repeated, most).until : most
    const until = this.#needsPeers ? code.peers(pointer, ended + 1) : ended
    if (until <= this.#repeated) return null
    const frames = slides ? code.slides(pointer, count, this.#repeated, until) : null
    const begin = Math.min(Math.max(0, until - before), frames?.from ?? until)
    const multiple = Math.max(this.#reach.multiple, multipleOf(frames?.widest ?? 1))
    const behind = this.#before + begin
    const keptFrom = behind - (behind % multiple) - this.#before
    if (keptFrom <= 0) return null
    const fresh = until - this.#repeated
    const around = frames === null ? before + after : count - begin
    const wanted = around + multiple - 1
    return { until, keptFrom, isLong: fresh >= wanted, isEnough: fresh >= wanted * LEAST_PART }
  }

  async #handOnPart({ until, keptFrom }: Part): Promise<boolean> {
    const { count } = this.#rows.entries
    if (!this.#fill(until, count)) return this.#beginSpilling(count)
    if (await this.#emitFilled(until)) return true
    this.#rows.keepFrom(keptFrom)
    this.#before += keptFrom
    this.#repeated = until - keptFrom
    return false
  }

  /** Whether the partition may grow in the heap. */
  #hasRoom(): boolean {
    const { heldBytes } = this.#rows
    if (heldBytes > this.#run.context.runtime.heap.usableBytes / PARTITION_SHARE) return false
    const pointer = this.#owner.tryAllocate(heldBytes)
    if (pointer !== 0) this.#owner.free(pointer, heldBytes)
    return pointer !== 0
  }

  /** Writes whole blocks of the partition, and hands it on if it ends here. */
  async #goOnSpilling(blockRows: number): Promise<boolean> {
    const { pointer, count } = this.#rows.entries
    const end = this.#run.code.partitionEnd(pointer, Math.max(1, this.#known) - 1, count)
    if (end < count) return this.#endSpilled(end)
    // The last row stays: whether the next one is of its partition is still to be seen.
    const written = Math.floor((count - 1) / blockRows) * blockRows
    if (written > 0) {
      await this.#spilled.append({ pointer, count: written })
      this.#rows.keepFrom(written)
    }
    this.#known = count - written
    return false
  }

  /** The first `count` rows are the last ones of the partition. */
  async #endSpilled(count: number): Promise<boolean> {
    await this.#spilled.append({ pointer: this.#rows.entries.pointer, count })
    this.#rows.keepFrom(count)
    this.#blockRows = null
    return this.#spilled.run(this.#emit)
  }
}
