import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { SpillReader } from '../../spill/spill-reader.ts'
import { SpillWriter } from '../../spill/spill-writer.ts'
import type { Column } from '../../plan/plan.ts'
import type { QueryContext } from '../query-context.ts'
import { PARTITIONS } from './row-partitions.ts'

interface PartitionedRun {
  readonly writer: SpillWriter
  /** Batches of partition p: `firstBatch[p]` up to `firstBatch[p + 1]`. */
  readonly firstBatch: number[]
}

/**
 * Rows in the spill file, by partition. Every spill writes one Arrow IPC stream with the partitions one after the
 * other, so that writing is sequential; a partition is read from all of them.
 */
export class SpilledPartitions {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #columns: readonly Column[]
  readonly #operator: number
  readonly #runs: PartitionedRun[] = []
  readonly #rows = new Array<number>(PARTITIONS).fill(0)
  #open: { readonly writer: SpillWriter; readonly batches: number[] } | null = null

  constructor(context: QueryContext, owner: PageOwner, columns: readonly Column[], operator: number) {
    this.#context = context
    this.#owner = owner
    this.#columns = columns
    this.#operator = operator
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0
  }

  rowsOf(partition: number): number {
    return this.#rows[partition] ?? 0
  }

  /** Appends to the run that is being written; partitions come in ascending order until `finishRun`. */
  receive(partition: number, batch: ColumnBatch): void {
    this.#open ??= {
      writer: new SpillWriter(this.#context.runtime.spill!, { fields: this.#columns }),
      batches: new Array<number>(PARTITIONS).fill(0),
    }
    this.#open.writer.write(batch)
    this.#open.batches[partition] = (this.#open.batches[partition] ?? 0) + 1
    this.#rows[partition] = this.rowsOf(partition) + batch.length
  }

  finishRun(): void {
    if (this.#open === null) return
    const { writer, batches } = this.#open
    writer.finish()
    const firstBatch = [0]
    for (const count of batches) firstBatch.push(firstBatch.at(-1)! + count)
    this.#runs.push({ writer, firstBatch })
    this.#open = null
    const { bytes } = writer.extent
    const { reservation } = this.#owner
    reservation.recordSpill(bytes)
    this.#context.profile.spilled(this.#operator, reservation.consumer.name, bytes)
  }

  /** Reads a partition batch by batch; each is freed when `use` is done. Stops early when `use` says true. */
  async read(partition: number, use: (batch: ColumnBatch) => Promise<boolean>): Promise<boolean> {
    for (const { writer, firstBatch } of this.#runs) {
      const reader = new SpillReader(writer, this.#context.runtime.spill!.kernels, this.#owner)
      try {
        for (let index = firstBatch[partition]!; index < firstBatch[partition + 1]!; index++) {
          const { batch, pointer, bytes } = reader.read(index)
          try {
            if (await use(batch)) return true
          } finally {
            this.#owner.free(pointer, bytes)
          }
        }
      } finally {
        reader.close()
      }
    }
    return false
  }

  /** Gives the file space back. */
  close(): void {
    for (const { writer } of this.#runs) writer.extent.free()
    this.#open?.writer.extent.free()
    this.#runs.length = 0
    this.#open = null
    this.#rows.fill(0)
  }
}
