import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import {
  heldByPartitions,
  openPartitions,
  releasePartition,
  settlePartitions,
  type Partition,
} from '../partition.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { DealtSink } from '../slice-deal.ts'
import type { SharedSink, Sink, Stream } from '../stream.ts'
import type { SinkPart, SinkSpec } from '../team/team-messages.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { HashAggregateSink } from './hash-aggregate-sink.ts'
import type { HashAggregateTable } from './hash-aggregate-table.ts'
import { isOrderFree } from './order-free.ts'
import { PartMerge } from './part-merge.ts'
import { SpilledTogether, type SpilledPartitions } from './spilled-partitions.ts'

/** What merging may take beside the groups themselves. */
const MERGE_SLACK_BYTES = 2 ** 20

/** Groups in the heap, and those that had to leave it. */
export interface GroupState {
  readonly table: HashAggregateTable
  readonly spilled: SpilledPartitions
}

/** Makes the state of a partition, or of the operator where there are none. */
type NewState = (partition: Partition | null) => GroupState

/**
 * Takes in the rows that are to be grouped. All threads fill states of their own: tables of the operator's one consumer,
 * or the partitions. What threads and partitions gathered is merged into the operator's own state while nothing has been
 * spilled and all fits into the heap; else everything goes to the spill file.
 *
 * Where a result depends on the order of rows, one thread does all the work on one state.
 */
export class GroupIntake {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #shape: AggregateShape
  readonly #operator: number
  readonly #whole: GroupState
  readonly #partitions: readonly Partition[]
  /** Those that rows are dealt to: of each partition, or the operator's. */
  readonly #states: readonly GroupState[]
  readonly #merge: PartMerge
  /** Where all groups are, if they are not in the heap. */
  readonly spilled: SpilledTogether

  constructor(
    context: QueryContext,
    owner: PageOwner,
    shape: AggregateShape,
    operator: number,
    newState: NewState,
    reader: PageOwner,
  ) {
    this.#context = context
    this.#owner = owner
    this.#shape = shape
    this.#operator = operator
    this.#whole = newState(null)
    this.#partitions = isOrderFree(shape) ? openPartitions(context, owner, operator) : []
    this.#states = this.#partitions.length === 0 ? [this.#whole] : this.#partitions.map(newState)
    this.#merge = new PartMerge(context.runtime, owner, shape)
    const all = new Set([this.#whole, ...this.#states].map(({ spilled }) => spilled))
    this.spilled = new SpilledTogether([...all], reader)
  }

  /** All groups, where none were spilled. */
  get table(): HashAggregateTable {
    return this.#whole.table
  }

  async run(input: Stream): Promise<void> {
    const { profile } = this.#context
    const dealt = new DealtSink(this.#states.map(({ table }) => table))
    const sink = isOrderFree(this.#shape) ? this.#shared(dealt) : dealt
    try {
      if (this.#partitions.length > 0) this.#prepare()
      await runStream(this.#context, input, sink, this.#operator)
      const startedMs = performance.now()
      if (this.#partitions.length > 0) await this.#bringTogether()
      profile.addTime(this.#operator, performance.now() - startedMs)
    } finally {
      this.#merge.close()
    }
    profile.observeBytes(this.#operator, this.#owner.heldBytes)
    if (this.spilled.isEmpty) {
      this.#owner.reservation.settle()
      return
    }
    this.table.relieve()
    this.table.close()
  }

  /** Merges the partitions, or writes what is left of them, and ends them. */
  async #bringTogether(): Promise<void> {
    settlePartitions(this.#context, this.#partitions, this.#operator)
    for (const partition of this.#partitions) {
      const { table } = this.#states[partition.index]!
      if (table.groupCount > 0) {
        const { content } = table
        if (this.#fits(content.heldBytes)) {
          for (const page of content.pages) {
            this.#merge.run(this.table, [page])
            await this.#context.breathe()
          }
        } else if (!table.write(content)) {
          throw partition.owner.reservation.refusal(content.heldBytes)
        }
      }
      table.close()
      releasePartition(this.#context, partition, this.#operator)
    }
  }

  /** What members fill side by side with the driver. */
  #shared(dealt: DealtSink): Sink {
    const shared: SharedSink = {
      ...(this.#partitions.length > 0 && { mostThreads: this.#partitions.length }),
      spec: (code, threads) => this.#spec(code as HashAggregateSink, threads, dealt),
      alone: () => {
        dealt.deal.dealToAll()
      },
      prepare: () => {
        this.#prepare()
      },
      absorb: (part) => this.#absorb(part),
    }
    return Object.assign(dealt, { shared })
  }

  #spec({ storeSlots, directorySlots }: HashAggregateSink, threads: number, dealt: DealtSink): SinkSpec {
    const { layout } = this.#shape
    const owners = this.#partitions.length === 0 ? [this.#owner] : this.#partitions.map(({ owner }) => owner)
    const { mostBytes, common } = owners[0]!
    const indices = owners.map((_, index) => index)
    const shares = Array.from({ length: threads }, (_, thread) =>
      this.#partitions.length === 0 ? indices : indices.filter((index) => index % threads === thread),
    )
    dealt.deal.dealTo(shares[0]!)
    return {
      kind: 'groups',
      storeSlots,
      directorySlots,
      layout,
      reservations: owners.map(({ reservation }) => reservation.share()),
      mostBytes,
      common: common && common.bounds,
      shares,
    }
  }

  #prepare(): void {
    this.#merge.prepare(new HashAggregateSink(this.#shape, 'merge'))
    // It needs no more until there is something to merge.
    if (this.#partitions.length > 0) this.#owner.reservation.settle()
  }

  /** Takes over a member's groups; see the class. */
  #absorb(part: SinkPart): boolean {
    if (part.kind !== 'groups') throw internalError('a part of another sink was handed over')
    if (!part.relief) settlePartitions(this.#context, this.#partitions, this.#operator)
    else this.#context.profile.observeBytes(this.#operator, heldByPartitions(this.#partitions))
    const inHeap = !part.relief && this.#fits(part.heldBytes)
    if (!inHeap && this.#states[part.partition]!.table.write(part)) return true
    if (part.relief) return false
    this.#merge.run(this.table, part.pages)
    return true
  }

  /** Nothing was spilled, and there is room for groups that take so much. */
  #fits(heldBytes: number): boolean {
    const { mostBytes, reservation } = this.#owner
    const available = Math.min(this.#context.runtime.pool.availableBytes, mostBytes - reservation.size)
    return this.spilled.isEmpty && heldBytes + MERGE_SLACK_BYTES <= available
  }
}
