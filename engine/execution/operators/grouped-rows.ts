import type { PageOwner } from '../../memory/page-owner.ts'
import type { Partition } from '../partition.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { RowEncoder } from '../row-encoder.ts'
import type { RowPage } from '../row-store.ts'
import { AllValid } from '../sources/all-valid.ts'
import { bindBatch, ColumnSource } from '../sources/column-source.ts'
import { RowSource } from '../sources/row-source.ts'
import type { PartSource, Stream } from '../stream.ts'
import { spilledLayout, type AggregateShape } from './aggregate-shape.ts'
import { GroupIntake, type GroupState } from './group-intake.ts'
import { boundByShare } from './memory-share.ts'
import { HashAggregateTable } from './hash-aggregate-table.ts'
import { LongestStates } from './longest-states.ts'
import { PARTITIONS } from './row-partitions.ts'
import { SpilledPartitions, SpilledTogether } from './spilled-partitions.ts'
import { spillInto } from './table-spill.ts'

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
  readonly #intake: GroupIntake
  /** Others that run at the same time have partitions, so that a fair share is small. */
  readonly #isAmongPartitions: boolean
  /** Has the memory that reading takes: without it nothing can go on, so it is no part of a small share. */
  readonly #reader: PageOwner
  readonly #open = new Set<{ close(): void }>()
  readonly #longest: LongestStates
  #encoder: RowEncoder | null = null

  constructor(context: QueryContext, owner: PageOwner, shape: AggregateShape, operator: number) {
    this.#context = context
    this.#owner = owner
    this.#shape = shape
    this.#operator = operator
    this.#allValid = new AllValid(context)
    boundByShare(context, owner)
    this.#longest = new LongestStates(context.runtime, shape)
    const newState = (partition: Partition | null): GroupState => this.#newState('update', 0, partition)
    this.#isAmongPartitions = context.settings.targetPartitions !== null
    this.#reader = this.#isAmongPartitions ? context.consumer(`Merge #${operator}`, false) : owner
    this.#intake = new GroupIntake(context, owner, shape, operator, newState, this.#reader)
    context.onClose(() => {
      this.close()
    })
  }

  /** Groups that are in the heap; null when they were spilled. */
  get groupCount(): number | null {
    const { spilled, table } = this.#intake
    return spilled.isEmpty ? table.groupCount : null
  }

  /** Bytes that no group's states exceed, of those that gather values. 0 while all groups are in the heap. */
  get longestStates(): number {
    return this.#longest.bytes
  }

  /** Groups the stream's rows. */
  run(input: Stream): Promise<void> {
    return this.#intake.run(input)
  }

  /** Hands all groups on. */
  async read(take: TakePages): Promise<void> {
    const { spilled, table } = this.#intake
    if (spilled.isEmpty) await take(table.pages())
    else await this.#merge(spilled, 1, take)
  }

  close(): void {
    for (const open of this.#open) open.close()
    this.#open.clear()
  }

  /** Merges what was spilled, partition by partition. True when no more groups are wanted. */
  async #merge(spilled: SpilledTogether, level: number, take: TakePages): Promise<boolean> {
    this.#context.profile.merged(this.#operator, this.#owner.reservation.consumer.name, level)
    const { table, spilled: deeper } = this.#newState('merge', level, null)
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
      if (this.#isAmongPartitions) {
        // A large directory would use up the share.
        table.close()
        table.begin()
      } else {
        table.clear()
      }
      return stopped
    }
    table.relieve()
    table.close()
    const stopped = await this.#merge(new SpilledTogether([deeper], this.#reader), level + 1, take)
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

  #newState(mode: 'update' | 'merge', level: number, partition: Partition | null): GroupState {
    const { runtime } = this.#context
    const owner = partition?.owner ?? this.#owner
    const { spilledColumns } = this.#shape
    const spilled = new SpilledPartitions(
      this.#context,
      owner,
      spilledColumns,
      this.#operator,
      partition?.index,
    )
    const all = spillInto(this.#context, spilled)
    const spill = mode === 'update' && all !== null ? this.#longest.observed(all) : all
    const encoder = (): RowEncoder => this.#encodes()
    const table = new HashAggregateTable(runtime, owner, this.#shape, { mode, level, spill, encoder })
    this.#open.add(spilled)
    this.#open.add(table)
    return { table, spilled }
  }

  #encodes(): RowEncoder {
    if (this.#encoder !== null) return this.#encoder
    const source = new RowSource(spilledLayout(this.#shape), { stride: 4, pointerOffset: 0 })
    this.#encoder = new RowEncoder(this.#context.runtime, this.#owner, source, this.#context.spillPlace())
    return this.#encoder
  }
}
