import type { PageOwner } from '../../memory/page-owner.ts'
import { openPartitions, releasePartition, settlePartitions, type Partition } from '../partition.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import type { RowPage } from '../row-store.ts'
import { DealtSink } from '../slice-deal.ts'
import type { Stream } from '../stream.ts'
import type { DirectKeys } from './direct-keys.ts'
import type { BuildFacts } from './join-probe.ts'
import { chainRows, JoinRows } from './join-rows.ts'
import type { JoinSide } from './join-shape.ts'
import { RowDirectory } from './row-directory.ts'
import { SpilledPartitions, SpilledTogether } from './spilled-partitions.ts'
import { spillInto } from './table-spill.ts'

/**
 * The stored side of a join: in the heap, or in the spill file by partitions of the hash. Where rows are dealt to
 * partitions of the operator, one directory over all of them is made at the end.
 */
export class JoinBuild {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #side: JoinSide
  readonly #operator: number
  readonly #partitions: readonly Partition[]
  readonly #parts: readonly JoinRows[]
  /** Over the rows of all partitions. */
  readonly #directory: RowDirectory
  /** Where all rows are, if they are not in the heap. */
  readonly spilled: SpilledTogether
  #closed = false

  constructor(context: QueryContext, owner: PageOwner, side: JoinSide, operator: number) {
    this.#context = context
    this.#owner = owner
    this.#side = side
    this.#operator = operator
    this.#directory = new RowDirectory(context.runtime, owner)
    // Without keys all rows are one chain, in the order in which they come.
    this.#partitions = side.keys.length === 0 ? [] : openPartitions(context, owner, operator)
    const parts =
      this.#partitions.length === 0
        ? [this.#newPart(owner)]
        : this.#partitions.map((partition) => this.#newPart(partition.owner, partition.index))
    this.#parts = parts.map(({ rows }) => rows)
    this.spilled = new SpilledTogether(
      parts.map(({ spilled }) => spilled),
      owner,
    )
    context.onClose(() => {
      this.close()
    })
  }

  /** Stores the stream's rows. */
  async run(input: Stream): Promise<BuildFacts> {
    await runStream(this.#context, input, new DealtSink(this.#parts), this.#operator)
    this.#context.profile.observeBytes(this.#operator, this.#owner.heldBytes)
    settlePartitions(this.#context, this.#partitions, this.#operator)
    const count = (of: (part: JoinRows) => number): number =>
      this.#parts.reduce((sum, part) => sum + of(part), 0)
    const dropped = count(({ droppedRows }) => droppedRows)
    const facts = { isEmpty: count(({ totalRows }) => totalRows) + dropped === 0, hasNullKey: dropped > 0 }
    if (this.spilled.isEmpty && this.#makeDirectory()) {
      return facts
    }
    for (const part of this.#parts) part.spillAll()
    if (this.spilled.isEmpty) throw this.#owner.reservation.refusal(this.rowCount * 4)
    for (const part of this.#parts) part.close()
    this.#endPartitions()
    return facts
  }

  /** Rows in the heap. */
  get rowCount(): number {
    return this.#parts.reduce((sum, { rowCount }) => sum + rowCount, 0)
  }

  pages(): readonly RowPage[] {
    return this.#parts.flatMap((part) => part.pages())
  }

  /** See `chainRows`. */
  chain(cell: number): DirectKeys | null {
    if (this.#partitions.length === 0) return this.#parts[0]!.chain(cell, true)
    const { runtime } = this.#context
    const chains = { runtime, owner: this.#owner, directory: this.#directory, side: this.#side }
    return chainRows(chains, this.pages(), cell, true)
  }

  /** Frees everything. May be called twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const part of this.#parts) part.close()
    this.#directory.free()
    this.spilled.close()
    this.#endPartitions()
  }

  /** False when there is no memory for one directory over all partitions. */
  #makeDirectory(): boolean {
    if (this.#partitions.length === 0) return true
    const { rowCount } = this
    if (!this.#directory.tryAllocate(rowCount * 2) && !this.#directory.tryAllocate(rowCount)) return false
    for (const part of this.#parts) part.dropDirectory()
    return true
  }

  #endPartitions(): void {
    for (const partition of this.#partitions) releasePartition(this.#context, partition, this.#operator)
  }

  #newPart(owner: PageOwner, partition?: number): { rows: JoinRows; spilled: SpilledPartitions } {
    const { stored } = this.#side
    const spilled = new SpilledPartitions(this.#context, owner, stored, this.#operator, partition)
    const rows = new JoinRows(this.#context.runtime, owner, this.#side, {
      from: 'computed',
      level: 0,
      spill: spillInto(this.#context, spilled),
    })
    return { rows, spilled }
  }
}
