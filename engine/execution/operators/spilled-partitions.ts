import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { SpillReader, type LoadedBatch } from '../../spill/spill-reader.ts'
import { SpillWriter } from '../../spill/spill-writer.ts'
import type { Column } from '../../plan/plan.ts'
import type { QueryContext } from '../query-context.ts'
import { PARTITIONS } from './row-partitions.ts'

/** One batch in the spill file; what `read` gives is to be freed through the owner. */
export interface SpilledBatchRef {
  readonly rows: number
  /** What it takes in the heap. */
  readonly bytes: number
  read(): LoadedBatch
}

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

  /** Rows of all partitions. */
  get rowCount(): number {
    return this.#rows.reduce((sum, rows) => sum + rows, 0)
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
    let total = 0
    const firstBatch = [0, ...batches.map((count) => (total += count))]
    this.#runs.push({ writer, firstBatch })
    this.#open = null
    const { bytes } = writer.extent
    const { reservation } = this.#owner
    reservation.recordSpill(bytes)
    this.#context.profile.spilled(this.#operator, reservation.consumer.name, bytes)
  }

  /** The partition's batches, to be read one by one. */
  batchesOf(partition: number): readonly SpilledBatchRef[] {
    return this.#runs.flatMap(({ writer, firstBatch }) => {
      const reader = new SpillReader(writer, this.#context.runtime.spill!.kernels, this.#owner)
      const count = firstBatch[partition + 1]! - firstBatch[partition]!
      return Array.from({ length: count }, (_, nth): SpilledBatchRef => {
        const index = (firstBatch[partition] ?? 0) + nth
        return { rows: reader.rowsOf(index), bytes: reader.bytesOf(index), read: () => reader.read(index) }
      })
    })
  }

  /** Reads a partition batch by batch; each is freed when `use` is done. Stops early when `use` says true. */
  async read(partition: number, use: (batch: ColumnBatch) => Promise<boolean>): Promise<boolean> {
    for (const ref of this.batchesOf(partition)) {
      if (await this.readBatch(ref, use)) return true
    }
    return false
  }

  async readBatch(ref: SpilledBatchRef, use: (batch: ColumnBatch) => Promise<boolean>): Promise<boolean> {
    const { batch, pointer, bytes } = ref.read()
    try {
      return await use(batch)
    } finally {
      this.#owner.free(pointer, bytes)
    }
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
