import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { PageOwner, PageSource } from '../../memory/page-owner.ts'
import { SpillReader } from '../../spill/spill-reader.ts'
import { SpillWriter } from '../../spill/spill-writer.ts'
import type { Column } from '../../plan/plan.ts'
import type { QueryContext } from '../query-context.ts'
import { PARTITIONS } from './row-partitions.ts'

interface BatchRef {
  readonly reader: SpillReader
  readonly index: number
}

/**
 * Where batches are read, one at a time. It is taken before they are, since whoever takes their rows in may use up all
 * the rest.
 */
export class BatchBuffer {
  readonly #owner: PageOwner
  #pointer = 0
  #bytes = 0

  constructor(owner: PageOwner) {
    this.#owner = owner
  }

  /** From now on it has room for so many bytes; what was in it is gone. @throws `out_of_memory` */
  fit(bytes: number): void {
    if (bytes <= this.#bytes) return
    this.close()
    this.#pointer = this.#owner.beyondBound(() => this.#owner.allocate(bytes))
    this.#bytes = bytes
  }

  /** For a reader: every batch lies here. */
  get pages(): PageSource {
    return {
      heap: this.#owner.heap,
      allocate: () => this.#pointer,
      free() {
        // The buffer is kept.
      },
    }
  }

  /** Frees the memory. May be called twice. */
  close(): void {
    if (this.#bytes > 0) this.#owner.free(this.#pointer, this.#bytes)
    this.#bytes = 0
  }
}

/** Batches in the spill file, and a buffer that has room for each of them. */
export class SpilledBatches {
  readonly #refs: readonly BatchRef[]
  readonly #buffer: BatchBuffer

  constructor(refs: readonly BatchRef[], buffer: BatchBuffer) {
    this.#refs = refs
    this.#buffer = buffer
    buffer.fit(Math.max(0, ...refs.map(({ reader, index }) => reader.bytesOf(index))))
  }

  get count(): number {
    return this.#refs.length
  }

  rowsOf(index: number): number {
    const { reader, index: batch } = this.#refs[index]!
    return reader.rowsOf(batch)
  }

  /** What the batch takes in the heap. */
  bytesOf(index: number): number {
    const { reader, index: batch } = this.#refs[index]!
    return reader.bytesOf(batch)
  }

  /** Reads a batch, which is valid until `use` is done. */
  async use<Result>(index: number, use: (batch: ColumnBatch) => Promise<Result>): Promise<Result> {
    const { reader, index: batch } = this.#refs[index]!
    return use(reader.read(batch, this.#buffer.pages).batch)
  }
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
  readonly #partition: number | undefined
  readonly #runs: PartitionedRun[] = []
  readonly #rows = new Array<number>(PARTITIONS).fill(0)
  #open: { readonly writer: SpillWriter; readonly batches: number[] } | null = null

  /** `partition`: whose spills these are, if they are not the operator's own. */
  constructor(
    context: QueryContext,
    owner: PageOwner,
    columns: readonly Column[],
    operator: number,
    partition?: number,
  ) {
    this.#context = context
    this.#owner = owner
    this.#columns = columns
    this.#operator = operator
    this.#partition = partition
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
      writer: new SpillWriter(
        this.#context.runtime.spill!,
        { fields: this.#columns },
        this.#context.profile.accountOf(this.#operator, this.#partition),
      ),
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
    this.#context.profile.spilled(this.#operator, reservation.consumer.name, bytes, this.#partition)
  }

  /** For `SpilledTogether`. */
  refs(partition: number, owner: PageOwner): readonly BatchRef[] {
    return this.#runs.flatMap(({ writer, firstBatch }) => {
      const reader = new SpillReader(writer, this.#context.runtime.spill!.kernels, owner)
      const first = firstBatch[partition]!
      return Array.from({ length: firstBatch[partition + 1]! - first }, (_, nth) => ({
        reader,
        index: first + nth,
      }))
    })
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

/** What several have spilled, partition by partition, read in memory of `owner`. */
export class SpilledTogether {
  readonly #all: readonly SpilledPartitions[]
  readonly #owner: PageOwner

  constructor(all: readonly SpilledPartitions[], owner: PageOwner) {
    this.#all = all
    this.#owner = owner
  }

  get isEmpty(): boolean {
    return this.#all.every(({ isEmpty }) => isEmpty)
  }

  /** Rows of all partitions. */
  get rowCount(): number {
    return this.#all.reduce((sum, { rowCount }) => sum + rowCount, 0)
  }

  rowsOf(partition: number): number {
    return this.#all.reduce((sum, each) => sum + each.rowsOf(partition), 0)
  }

  /** The partition's batches, to be read one at a time into this buffer. @throws `out_of_memory` */
  open(partition: number, buffer: BatchBuffer): SpilledBatches {
    const refs = this.#all.flatMap((each) => each.refs(partition, this.#owner))
    return new SpilledBatches(refs, buffer)
  }

  /** Reads a partition batch by batch. Stops early when `use` says true. */
  async read(partition: number, use: (batch: ColumnBatch) => Promise<boolean>): Promise<boolean> {
    const buffer = new BatchBuffer(this.#owner)
    try {
      const batches = this.open(partition, buffer)
      for (let index = 0; index < batches.count; index++) {
        if (await batches.use(index, use)) return true
      }
      return false
    } finally {
      buffer.close()
    }
  }

  /** Gives the file space back. */
  close(): void {
    for (const each of this.#all) each.close()
  }
}
