import { types } from '../../arrow/types.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Column } from '../../plan/plan.ts'
import { inSteps } from '../in-steps.ts'
import { openPartitions, releasePartition, settlePartitions, type Partition } from '../partition.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { DealtSink } from '../slice-deal.ts'
import type { SortShape } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { numberRows } from '../steps/row-number.ts'
import type { Stream } from '../stream.ts'
import { boundByShare } from './memory-share.ts'
import { SortedMerge, SortedRuns, type MergeInput } from './sort-merge.ts'

/** Of what could be granted when a sort begins: the longer the runs, the fewer there are to merge. */
const SORT_SHARE = 3 / 4

/** Rows in order: entries that stay valid until the next call, null at the end. */
export interface SortedStream {
  readonly rows: number
  next(): SortedEntries | null
  /** All entries at once, when they are in the heap in one piece. */
  readonly inHeap: SortedEntries | null
  /** Gives back the memory that `inHeap` takes: the rows are read from the spill file instead. Null: they cannot be. */
  readonly toFile: (() => Promise<SortedStream>) | null
  close(): void
}

/**
 * For `sortShape`, where rows are sorted in partitions: it is to number rows as they come, so that those with equal keys
 * are in the same order whatever they were dealt to.
 */
export function arrivalColumn({ settings }: QueryContext): Column | null {
  return settings.targetPartitions === null ? null : newColumn('arrival', types.int64, false)
}

interface SortOptions {
  readonly operator: number
  readonly limit: number | null
}

/** Runs a stream into a sort. `Sort #operator` is the consumer. */
export async function sortStream(
  context: QueryContext,
  input: Stream,
  shape: SortShape,
  options: SortOptions,
): Promise<SortedStream> {
  const arrival = shape.arrival?.number ?? null
  context.profile.stage('Sort')
  const rows = new SortedRows(context, shape, options)
  context.onClose(() => {
    rows.close()
  })
  const numbered = arrival === null ? input : numberRows(context, input, arrival, 0n)
  await runStream(context, numbered, rows.sink(), options.operator)
  return rows.inOrder()
}

/** What sorts: the rows of a partition, or all of them. */
interface SortPart {
  readonly sink: SortSinkRuntime
  readonly partition: Partition | null
}

/** Rows that are sorted in the heap, in one part or in partitions, and runs of those that had to leave it. */
class SortedRows {
  readonly #context: QueryContext
  readonly #shape: SortShape
  readonly #operator: number
  readonly #limit: number | null
  readonly #owner: PageOwner
  readonly #partitions: readonly Partition[]
  /** Null where there is no spill file. */
  readonly #runs: SortedRuns | null
  #parts: readonly SortPart[]

  constructor(context: QueryContext, shape: SortShape, { operator, limit }: SortOptions) {
    this.#context = context
    this.#shape = shape
    this.#operator = operator
    this.#limit = limit
    this.#owner = context.consumer(`Sort #${operator}`, true)
    boundByShare(context, this.#owner, SORT_SHARE)
    this.#runs = context.runtime.spill === null ? null : new SortedRuns(context, this.#owner, shape, operator)
    this.#partitions = shape.arrival === null ? [] : openPartitions(context, this.#owner, operator)
    this.#parts =
      this.#partitions.length === 0
        ? [this.#newPart(this.#owner, null)]
        : this.#partitions.map((partition) => this.#newPart(partition.owner, partition))
  }

  sink(): DealtSink {
    return new DealtSink(this.#parts.map(({ sink }) => sink))
  }

  /** All rows have come. */
  async inOrder(): Promise<SortedStream> {
    const { profile } = this.#context
    profile.observeBytes(this.#operator, this.#heldBytes)
    settlePartitions(this.#context, this.#partitions, this.#operator)
    const startedMs = performance.now()
    try {
      if (this.#runs !== null && this.#runs.count > 0) return await this.#fromFile(this.#runs)
      const filled = this.#parts.filter(({ sink }) => sink.count > 0)
      for (const part of this.#parts) if (!filled.includes(part)) this.#end(part)
      this.#parts = filled
      const inputs: HeapInput[] = []
      for (const { sink } of filled) {
        inputs.push(new HeapInput(await inSteps(this.#context, sink.sortSteps()), sink))
      }
      this.#owner.reservation.settle()
      return inputs.length > 1 ? this.#merged(inputs) : this.#single(inputs[0]?.next() ?? NOTHING)
    } finally {
      profile.addTime(this.#operator, performance.now() - startedMs)
    }
  }

  close(): void {
    for (const { sink } of this.#parts) sink.close()
    this.#runs?.close()
  }

  #newPart(owner: PageOwner, partition: Partition | null): SortPart {
    const { profile, runtime } = this.#context
    const operator = this.#operator
    const runs = this.#runs
    const { reservation } = owner
    const observe = (): void => profile.observeBytes(operator, this.#heldBytes)
    const spill = function* (sorted: SortedEntries): Generator<void, void> {
      observe()
      const bytes = yield* runs!.write(sorted, profile.accountOf(operator, partition?.index))
      reservation.recordSpill(bytes)
      profile.spilled(operator, reservation.consumer.name, bytes, partition?.index)
    }
    const sink = new SortSinkRuntime(runtime, owner, this.#shape, {
      operator,
      limit: this.#limit,
      spill: runs === null ? null : spill,
    })
    return { sink, partition }
  }

  get #heldBytes(): number {
    return this.#partitions.reduce((sum, { owner }) => sum + owner.heldBytes, this.#owner.heldBytes)
  }

  #end({ sink, partition }: SortPart): void {
    sink.close()
    if (partition !== null) releasePartition(this.#context, partition, this.#operator)
  }

  #closeAll(): void {
    this.close()
    for (const part of this.#parts) this.#end(part)
    this.#parts = []
    this.#context.release(this.#owner)
  }

  /** Nothing was spilled, and all entries lie side by side. */
  #single(sorted: SortedEntries): SortedStream {
    const runs = this.#runs
    let taken = sorted.count === 0
    return {
      rows: sorted.count,
      inHeap: sorted,
      toFile: runs === null ? null : () => this.#fromFile(runs),
      next() {
        if (taken) return null
        taken = true
        return sorted
      },
      close: () => {
        this.#closeAll()
      },
    }
  }

  /** Nothing was spilled: partitions are merged as they lie in the heap. */
  #merged(inputs: readonly HeapInput[]): SortedStream {
    const merging = this.#context.consumer(`Merge #${this.#operator}`, false)
    const merge = new SortedMerge(this.#context, merging, inputs)
    return {
      rows: this.#wanted(inputs.reduce((sum, { rows }) => sum + rows, 0)),
      inHeap: null,
      toFile: null,
      next: this.#limited(() => merge.next()),
      close: () => {
        merge.close()
        this.#context.release(merging)
        this.#closeAll()
      },
    }
  }

  /** Writes what is still in the heap, and merges the runs. */
  async #fromFile(runs: SortedRuns): Promise<SortedStream> {
    const { profile } = this.#context
    for (const part of this.#parts) {
      await inSteps(this.#context, part.sink.spillSteps())
      this.#end(part)
    }
    this.#parts = []
    this.#owner.mostBytes = Number.POSITIVE_INFINITY
    profile.stage(`Merge ${runs.count} runs`)
    await runs.reduce()
    return {
      rows: this.#wanted(runs.rows),
      inHeap: null,
      toFile: null,
      next: this.#limited(() => runs.next()),
      close: () => {
        this.#closeAll()
      },
    }
  }

  #wanted(rows: number): number {
    return Math.min(rows, this.#limit ?? rows)
  }

  /** No more rows than the limit. */
  #limited(next: () => SortedEntries | null): () => SortedEntries | null {
    let left = this.#limit ?? Number.POSITIVE_INFINITY
    return () => {
      const entries = left <= 0 ? null : next()
      if (entries === null) return null
      const count = Math.min(entries.count, left)
      left -= count
      return { pointer: entries.pointer, count }
    }
  }
}

const NOTHING: SortedEntries = { pointer: 0, count: 0 }

/** Sorted rows that are in the heap, as one chunk. */
class HeapInput implements MergeInput {
  readonly compareIndex: number
  readonly rows: number
  #sorted: SortedEntries | null

  constructor(sorted: SortedEntries, { compareIndex }: SortSinkRuntime) {
    this.#sorted = sorted
    this.rows = sorted.count
    this.compareIndex = compareIndex
  }

  next(): SortedEntries | null {
    const sorted = this.#sorted
    this.#sorted = null
    return sorted
  }

  close(): void {
    // The rows are their sink's.
  }
}
