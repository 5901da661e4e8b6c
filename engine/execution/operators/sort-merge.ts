import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { SpillAccount } from '../../spill/spill-account.ts'
import type { SpillWriter } from '../../spill/spill-writer.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import { type SortShape } from '../sinks/sort-sink.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { chunkBytes, RunDecoder, RunReader, RunWriter } from './sorted-run.ts'

/** Entries handed out at a time: one page. */
const OUT_ENTRIES = 4096
const OUT_BYTES = OUT_ENTRIES * SORT_ENTRY.bytes
/** Entries of a run written in one step: some ten milliseconds. */
const STEP_ENTRIES = 32_768
const NO_RUN = 0xffff_ffff

/** What a run takes in a merge beside its rows: these, their entries and texts each begin pages of their own. */
const RUN_OVERHEAD_BYTES = 2.5 * PAGE_BYTES

/** Of what a merge could have, what it takes: whoever takes in its rows needs room, too. */
const MERGE_SHARE = 5 / 8

/** Rows in order, chunk by chunk: those of a chunk are valid until the next one is asked for. */
export interface MergeInput {
  next(): SortedEntries | null
  /** Index of the comparator, once a chunk was read. */
  readonly compareIndex: number
  close(): void
}

/**
 * Merges rows that are sorted in parts into one order. `next` gives entries whose rows stay valid until the next call.
 * The state that the kernel works on is laid out in kernels/assembly/sort.ts.
 */
export class SortedMerge {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #inputs: readonly MergeInput[]
  readonly #shared: { close(): void } | null
  readonly #state: number
  readonly #stateBytes: number
  readonly #out: number
  #compareIndex = -1
  /** The run whose chunk the entries handed out last have used up. */
  #used = NO_RUN

  /** Inputs, and what they share, are closed with it. */
  constructor(
    context: QueryContext,
    owner: PageOwner,
    inputs: readonly MergeInput[],
    shared: { close(): void } | null = null,
  ) {
    this.#context = context
    this.#owner = owner
    this.#inputs = inputs
    this.#shared = shared
    this.#stateBytes = 8 + 12 * inputs.length
    this.#state = owner.allocate(this.#stateBytes)
    this.#out = owner.allocate(OUT_BYTES)
    context.runtime.heap.u32[this.#state >>> 2] = 0
    // Cursors first: the first push compares nothing, later ones compare heads.
    inputs.forEach((_, run) => {
      this.#load(run)
    })
  }

  next(): SortedEntries | null {
    const { runtime } = this.#context
    if (this.#used !== NO_RUN) this.#load(this.#used)
    const written = Number(
      runtime.kernels['merge_next']!(
        this.#state,
        this.#inputs.length,
        this.#out,
        OUT_ENTRIES,
        this.#compareIndex,
      ),
    )
    this.#used = runtime.heap.u32[(this.#state + 4) >>> 2] ?? NO_RUN
    return written === 0 ? null : { pointer: this.#out, count: written }
  }

  close(): void {
    for (const input of this.#inputs) input.close()
    this.#shared?.close()
    this.#owner.free(this.#state, this.#stateBytes)
    this.#owner.free(this.#out, OUT_BYTES)
  }

  #load(run: number): void {
    const input = this.#inputs[run]!
    const chunk = input.next()
    this.#used = NO_RUN
    if (chunk === null) return
    const { heap, kernels } = this.#context.runtime
    if (this.#compareIndex < 0) this.#compareIndex = input.compareIndex
    const cursor = (this.#state + 8 + run * 8) >>> 2
    heap.u32[cursor] = chunk.pointer
    heap.u32[cursor + 1] = chunk.pointer + chunk.count * SORT_ENTRY.bytes
    kernels['merge_push']!(this.#state, this.#inputs.length, run, this.#compareIndex)
  }
}

/** The sorted runs of one sort, merged in as many passes as the memory asks for. */
export class SortedRuns {
  readonly #context: QueryContext
  /** Once there is something to merge: a consumer of its own, because a merge cannot spill. */
  #owner: PageOwner | null = null
  readonly #shape: SortShape
  readonly #name: string
  readonly #operator: number
  readonly #writer: RunWriter
  #runs: SpillWriter[] = []
  #merge: SortedMerge | null = null

  constructor(context: QueryContext, owner: PageOwner, shape: SortShape, operator: number) {
    this.#context = context
    this.#shape = shape
    this.#name = owner.reservation.consumer.name
    this.#operator = operator
    this.#writer = new RunWriter(context, owner, shape, context.profile.accountOf(operator))
  }

  get count(): number {
    return this.#runs.length
  }

  /** Rows in all runs. */
  get rows(): number {
    return this.#runs.flatMap(({ batches }) => batches).reduce((sum, { rows }) => sum + rows, 0)
  }

  /** Writes one run, step by step, for which `account` pays. Returns its bytes. */
  *write({ pointer, count }: SortedEntries, account: SpillAccount): Generator<void, number> {
    const run = this.#writer.begin(account)
    this.#runs.push(run)
    for (let at = 0; at < count; at += STEP_ENTRIES) {
      if (at > 0) yield
      const entries = pointer + at * SORT_ENTRY.bytes
      this.#writer.append(run, { pointer: entries, count: Math.min(STEP_ENTRIES, count - at) })
    }
    run.finish()
    return run.extent.bytes
  }

  /** Merges until one merge can take all that is left. Cancellable. */
  async reduce(): Promise<void> {
    const { profile } = this.#context
    for (let pass = 1; ; pass++) {
      const fanIn = this.#fanIn()
      if (this.#runs.length <= fanIn) {
        profile.merged(this.#operator, this.#name, pass)
        return
      }
      // Neighbours are merged, so that equal keys keep the order of the input.
      const merged: SpillWriter[] = []
      const all = this.#runs
      for (let at = 0; at < all.length; at += fanIn) {
        const group = all.slice(at, at + fanIn)
        if (group.length === 1) merged.push(group[0]!)
        else {
          const target = await this.#mergeInto(group)
          merged.push(target)
          profile.merged(this.#operator, this.#name, pass, target.extent.bytes)
        }
        this.#runs = [...merged, ...all.slice(at + fanIn)]
      }
    }
  }

  /** The next entries in order, valid until the next call; null at the end. */
  next(): SortedEntries | null {
    this.#merge ??= this.#open(this.#runs)
    return this.#merge.next()
  }

  close(): void {
    if (this.#merge === null) for (const run of this.#runs) run.extent.free()
    else this.#merge.close()
    this.#merge = null
    this.#runs = []
    this.#writer.close()
    if (this.#owner !== null) this.#context.release(this.#owner)
  }

  get #merging(): PageOwner {
    this.#owner ??= this.#context.consumer(`Merge #${this.#operator}`, false)
    return this.#owner
  }

  #open(runs: readonly SpillWriter[]): SortedMerge {
    const decoder = new RunDecoder(this.#context, this.#merging, this.#shape, true)
    const readers = runs.map((run) => new RunReader(this.#context, this.#merging, run, decoder))
    return new SortedMerge(this.#context, this.#merging, readers, decoder)
  }

  async #mergeInto(group: readonly SpillWriter[]): Promise<SpillWriter> {
    const target = this.#writer.begin()
    const merge = this.#open(group)
    try {
      for (let entries = merge.next(); entries !== null; entries = merge.next()) {
        this.#writer.append(target, entries)
        await this.#context.breathe()
      }
    } catch (error) {
      target.extent.free()
      throw error
    } finally {
      merge.close()
    }
    target.finish()
    return target
  }

  /** Runs that can be read side by side in the memory that is to be had now. */
  #fanIn(): number {
    let batchBytes = 0
    let mostBytes = 0
    for (const { plainBytes, rows } of this.#runs.flatMap(({ batches }) => batches)) {
      const textBytes = this.#shape.layout.hasArena ? plainBytes : 0
      batchBytes = Math.max(batchBytes, plainBytes)
      mostBytes = Math.max(mostBytes, chunkBytes(this.#shape, rows) + textBytes)
    }
    const each = mostBytes + RUN_OVERHEAD_BYTES
    const { reservation } = this.#merging
    const available = Math.min(
      reservation.mostBytes - reservation.size,
      this.#context.runtime.heap.usableBytes,
    )
    return Math.max(2, Math.floor((available * MERGE_SHARE - batchBytes) / each))
  }
}
