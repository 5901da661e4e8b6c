import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import type { RowPage } from '../row-store.ts'
import { AllValid } from '../sources/all-valid.ts'
import { bindBatch, ColumnSource } from '../sources/column-source.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import type { PartSource, SharedSink, Sink, Stream } from '../stream.ts'
import type { SinkPart, SinkSpec } from '../team/team-messages.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { boundByShare } from './memory-share.ts'
import { HashAggregateSink } from './hash-aggregate-sink.ts'
import { HashAggregateTable } from './hash-aggregate-table.ts'
import { LongestStates } from './longest-states.ts'
import { isOrderFree } from './order-free.ts'
import { PartMerge } from './part-merge.ts'
import { PARTITIONS } from './row-partitions.ts'
import { SpilledPartitions } from './spilled-partitions.ts'
import { spillInto } from './table-spill.ts'

/** What merging may take beside the groups themselves. */
const MERGE_SLACK_BYTES = 2 ** 20

/** Takes pages of finished groups; true when no more are wanted. Pages are gone afterwards. */
type TakePages = (pages: readonly RowPage[]) => Promise<boolean>

/**
 * Groups in the heap while they fit. Else all groups go to the spill file by partitions of the hash; then partition
 * after partition is read back, its states merged in a table of its own, and handed on. A partition that does not fit
 * is cut again by further bits.
 */
export class GroupedRows {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #shape: AggregateShape
  readonly #operator: number
  readonly #allValid: AllValid
  readonly #partitions: SpilledPartitions
  readonly #table: HashAggregateTable
  readonly #open = new Set<{ close(): void }>()
  readonly #longest: LongestStates

  constructor(context: QueryContext, owner: PageOwner, shape: AggregateShape, operator: number) {
    this.#context = context
    this.#owner = owner
    this.#shape = shape
    this.#operator = operator
    this.#allValid = new AllValid(context)
    boundByShare(context, owner)
    this.#longest = new LongestStates(context.runtime, shape)
    this.#partitions = this.#newPartitions()
    this.#table = this.#newTable('update', 0, this.#partitions)
    context.onClose(() => {
      this.close()
    })
  }

  /** Groups that are in the heap; null when they were spilled. */
  get groupCount(): number | null {
    return this.#partitions.isEmpty ? this.#table.groupCount : null
  }

  /** Bytes that no group's states exceed, of those that gather values. 0 while all groups are in the heap. */
  get longestStates(): number {
    return this.#longest.bytes
  }

  /** Groups the stream's rows. */
  async run(input: Stream): Promise<void> {
    const { profile } = this.#context
    const sink = isOrderFree(this.#shape) ? this.#sharedSink() : this.#table
    await runStream(this.#context, input, sink, this.#operator)
    profile.observeBytes(this.#operator, this.#owner.heldBytes)
    if (this.#partitions.isEmpty) {
      this.#owner.reservation.settle()
      return
    }
    this.#table.relieve()
    this.#table.close()
  }

  /** Hands all groups on. */
  async read(take: TakePages): Promise<void> {
    if (this.#partitions.isEmpty) await take(this.#table.pages())
    else await this.#merge(this.#partitions, 1, take)
  }

  close(): void {
    for (const open of this.#open) open.close()
    this.#open.clear()
  }

  /** The table, with members of the team beside it whose groups it takes in. */
  #sharedSink(): Sink {
    const table = this.#table
    const merge = new PartMerge(this.#context.runtime, this.#owner, this.#shape)
    const shared: SharedSink = {
      spec: (code) => this.#spec(code as HashAggregateSink),
      prepare: () => {
        merge.prepare(new HashAggregateSink(this.#shape, 'merge'))
      },
      absorb: (part) => this.#absorb(part, merge),
      finish: () => {
        merge.close()
      },
    }
    return {
      shared,
      code: () => table.code(),
      attach: (instance: PipelineInstance, code: SinkCode) => table.attach(instance, code),
      onEvent: (kind, argument) => table.onEvent(kind, argument),
      settle: () => table.settle(),
      detach: () => table.detach(),
    }
  }

  #spec({ storeSlots, directorySlots }: HashAggregateSink): SinkSpec {
    const { layout } = this.#shape
    const { mostBytes, reservation } = this.#owner
    return {
      kind: 'groups',
      storeSlots,
      directorySlots,
      layout,
      reservation: reservation.share(),
      mostBytes,
    }
  }

  /** Merges a member's groups while all fit into the heap; else they go to the spill file as they are. */
  #absorb(part: SinkPart, merge: PartMerge): boolean {
    if (part.kind !== 'groups') throw internalError('a part of another sink was handed over')
    const { mostBytes, reservation } = this.#owner
    const available = Math.min(this.#context.runtime.pool.availableBytes, mostBytes - reservation.size)
    const fits = part.heldBytes + MERGE_SLACK_BYTES <= available
    const inHeap = this.#partitions.isEmpty && !part.relief && fits
    if (!inHeap && this.#table.write(part)) return true
    if (part.relief) return false
    merge.run(this.#table, part.pages)
    return true
  }

  /** Merges what was spilled, partition by partition. True when no more groups are wanted. */
  async #merge(spilled: SpilledPartitions, level: number, take: TakePages): Promise<boolean> {
    this.#context.profile.merged(this.#operator, this.#owner.reservation.consumer.name, level)
    const deeper = this.#newPartitions()
    const table = this.#newTable('merge', level, deeper)
    let stopped = false
    const source: PartSource = {
      code: () =>
        new ColumnSource(this.#shape.spilledColumns.map((column) => ({ column, dictionary: false }))),
      feed: async (instance, code, run) => {
        const { heap } = this.#context.runtime
        const { slots } = code as ColumnSource
        for (let partition = 0; partition < PARTITIONS && !stopped; partition++) {
          if (spilled.rowsOf(partition) === 0) continue
          await spilled.read(partition, (batch) => {
            bindBatch(heap, instance.block, slots, batch, this.#allValid.covering(batch.length))
            return run(0, batch.length)
          })
          stopped = await this.#takePartition(table, deeper, level, take)
        }
      },
    }
    await runStream(this.#context, this.#streamOf(source), table, this.#operator)
    table.close()
    deeper.close()
    this.#open.delete(table)
    this.#open.delete(deeper)
    return stopped
  }

  async #takePartition(
    table: HashAggregateTable,
    deeper: SpilledPartitions,
    level: number,
    take: TakePages,
  ): Promise<boolean> {
    this.#context.profile.observeBytes(this.#operator, this.#owner.heldBytes)
    if (deeper.isEmpty) {
      const stopped = await take(table.pages())
      table.clear()
      return stopped
    }
    table.relieve()
    table.close()
    const stopped = await this.#merge(deeper, level + 1, take)
    deeper.close()
    table.begin()
    return stopped
  }

  #streamOf(source: PartSource): Stream {
    return {
      columns: this.#shape.spilledColumns,
      parts: [{ source, steps: [] }],
      operator: this.#operator,
      expectedRows: null,
      close() {
        // Partitions are closed by their owner.
      },
    }
  }

  #newPartitions(): SpilledPartitions {
    const partitions = new SpilledPartitions(
      this.#context,
      this.#owner,
      this.#shape.spilledColumns,
      this.#operator,
    )
    this.#open.add(partitions)
    return partitions
  }

  #newTable(mode: 'update' | 'merge', level: number, partitions: SpilledPartitions): HashAggregateTable {
    const all = spillInto(this.#context, partitions)
    const spill = mode === 'update' && all !== null ? this.#longest.observed(all) : all
    const table = new HashAggregateTable(this.#context.runtime, this.#owner, this.#shape, {
      mode,
      level,
      spill,
    })
    this.#open.add(table)
    return table
  }
}
