import type { ColumnBatch } from '../../arrow/column-batch.ts'
import { physicalType } from '../../arrow/types.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { SpillAccount } from '../../spill/spill-account.ts'
import { SpillReader, type LoadedBatch } from '../../spill/spill-reader.ts'
import { SpillWriter } from '../../spill/spill-writer.ts'
import { bindBatch, ColumnSource } from '../sources/column-source.ts'
import { compileModule } from '../module-cache.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { RowEncoder } from '../row-encoder.ts'
import { RowSource } from '../sources/row-source.ts'
import { AllValid } from '../sources/all-valid.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import { sortedLayout, type SortShape, type SortSink } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { PipelineInstance } from '../thread-runtime.ts'

/** What the rows of a batch take at the most when they are read back, where they are wide. */
const MOST_CHUNK_BYTES = 2 ** 20

/** Writes sorted rows as runs: one Arrow IPC stream in the spill file each. */
export class RunWriter {
  readonly #context: QueryContext
  readonly #shape: SortShape
  readonly #encoder: RowEncoder
  readonly #account: SpillAccount
  readonly #mostRows: number

  constructor(context: QueryContext, owner: PageOwner, shape: SortShape, account: SpillAccount) {
    this.#context = context
    this.#shape = shape
    this.#account = account
    this.#mostRows = Math.max(1, Math.floor(MOST_CHUNK_BYTES / chunkBytes(shape, 1)))
    const source = new RowSource(sortedLayout(shape), {
      stride: SORT_ENTRY.bytes,
      pointerOffset: SORT_ENTRY.row,
    })
    this.#encoder = new RowEncoder(context.runtime, owner, source, context.spillPlace())
  }

  /** `account` pays for the run, if it is not that of all. */
  begin(account = this.#account): SpillWriter {
    const { spill } = this.#context.runtime
    const fields = sortedLayout(this.#shape).fields.map(({ column }) => column)
    return new SpillWriter(spill!, { fields }, account)
  }

  append(run: SpillWriter, { pointer, count }: SortedEntries): void {
    for (let at = 0; at < count; at += this.#mostRows) {
      const rows = Math.min(this.#mostRows, count - at)
      this.#encoder.encode(pointer + at * SORT_ENTRY.bytes, rows, (batch) => {
        run.write(batch)
      })
    }
  }

  close(): void {
    this.#encoder.close()
  }
}

/** What so many rows take when they were read back, without what they point to: results that are wanted of them, too. */
export function chunkBytes({ layout }: SortShape, rows: number): number {
  return rows * (layout.width + SORT_ENTRY.bytes)
}

interface DecodePipeline {
  readonly instance: PipelineInstance
  readonly source: ColumnSource
  readonly code: SortSink
}

/** Decodes spilled batches into rows and entries, through one pipeline for all runs of a merge. */
export class RunDecoder {
  readonly #context: QueryContext
  readonly #shape: SortShape
  readonly #owner: PageOwner
  readonly #allValid: AllValid
  /** Rows point to the texts of the batch that they were decoded from: it must outlive them. */
  readonly borrows: boolean
  #current: SortSinkRuntime | null = null
  #pipeline: DecodePipeline | null = null

  /** `mayBorrow`: batches are kept for as long as their rows. */
  constructor(context: QueryContext, owner: PageOwner, shape: SortShape, mayBorrow = false) {
    this.#context = context
    this.#shape = shape
    this.#owner = owner
    const { fields, hasArena } = sortedLayout(shape)
    const hasLists = fields.some(({ column }) => physicalType(column.type) === 'list')
    this.borrows = mayBorrow && hasArena && !hasLists
    this.#allValid = new AllValid(context)
  }

  /** A place for one chunk's rows. */
  openChunk(): SortSinkRuntime {
    return new SortSinkRuntime(this.#context.runtime, this.#owner, this.#shape, {
      operator: 0,
      limit: null,
      spill: null,
      intake: this.borrows ? 'borrowed' : 'sorted',
    })
  }

  /** Fills the chunk, which must be empty, with a batch's rows, in order. */
  decode(batch: ColumnBatch, chunk: SortSinkRuntime): SortedEntries {
    this.#pipeline ??= this.#compile(chunk)
    const { instance, source, code } = this.#pipeline
    bindBatch(
      this.#context.runtime.heap,
      instance.block,
      source.slots,
      batch,
      this.#allValid.covering(batch.length),
    )
    this.#current = chunk
    chunk.expect(batch.length)
    chunk.attach(instance, code)
    try {
      instance.run(0, batch.length)
    } finally {
      instance.resetScratch()
      chunk.detach()
    }
    return chunk.entries
  }

  close(): void {
    this.#pipeline?.instance.close()
    this.#pipeline = null
  }

  #compile(chunk: SortSinkRuntime): DecodePipeline {
    const { runtime, constants } = this.#context
    const columns = sortedLayout(this.#shape).fields.map(({ column }) => ({ column, dictionary: false }))
    const source = new ColumnSource(columns)
    const code = chunk.code()
    const compiler = new PipelineCompiler({ shared: runtime.heap.shared, constants })
    const program = compiler.compile(source, [], code)
    const module = compileModule(program.bytes)
    const instance = new PipelineInstance(runtime, program, module, this.#owner, (kind, argument) =>
      this.#current!.onEvent(kind, argument),
    )
    return { instance, source, code }
  }
}

/** Reads one run chunk by chunk. */
export class RunReader {
  readonly #run: SpillWriter
  readonly #reader: SpillReader
  readonly #decoder: RunDecoder
  readonly #owner: PageOwner
  readonly #chunk: SortSinkRuntime
  /** What the rows of the chunk point into. */
  #loaded: LoadedBatch | null = null
  #next = 0

  constructor(context: QueryContext, owner: PageOwner, run: SpillWriter, decoder: RunDecoder) {
    this.#run = run
    this.#reader = new SpillReader(run, context.runtime.spill!.kernels, owner)
    this.#decoder = decoder
    this.#owner = owner
    this.#chunk = decoder.openChunk()
  }

  /**
   * Replaces the chunk by the next one; null at the end. Rows of the chunk before are gone. After `out_of_memory` the same
   * chunk can be asked for again.
   */
  next(): SortedEntries | null {
    this.#chunk.clear()
    this.#freeBatch()
    if (this.#next === this.#reader.batchCount) return null
    this.#loaded = this.#reader.read(this.#next)
    try {
      const entries = this.#decoder.decode(this.#loaded.batch, this.#chunk)
      this.#next++
      return entries
    } finally {
      if (!this.#decoder.borrows) this.#freeBatch()
    }
  }

  #freeBatch(): void {
    if (this.#loaded !== null) this.#owner.free(this.#loaded.pointer, this.#loaded.bytes)
    this.#loaded = null
  }

  /** Index of the comparator, once a chunk was read. */
  get compareIndex(): number {
    return this.#chunk.compareIndex
  }

  close(): void {
    this.#chunk.close()
    this.#freeBatch()
    this.#reader.close()
    this.#run.extent.free()
  }
}
