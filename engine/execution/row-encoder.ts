import type { ColumnBatch } from '../arrow/column-batch.ts'
import { LakebookError } from '../errors.ts'
import { formatBytes } from '../memory/format-bytes.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import { ConstantArea } from './constant-area.ts'
import { compileModule } from './module-cache.ts'
import { PipelineCompiler, type PipelineProgram } from './pipeline-compiler.ts'
import type { RowPageSource } from './sources/row-page-source.ts'
import type { RowSource } from './sources/row-source.ts'
import type { ColumnSink } from './sinks/column-sink.ts'
import { ColumnSinkRuntime, type BatchReceiver, type OwnedBatch } from './sinks/column-sink-runtime.ts'
import { PipelineInstance, type Place, type ThreadRuntime } from './thread-runtime.ts'

/**
 * Turns materialised rows back into Arrow batches, synchronously and in memory set aside beforehand, because it runs
 * when there is none left: block and scratch area, then staging, then the one batch that is being written. The texts of
 * a row that is longer than that are written from where they lie.
 */
export class RowEncoder {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #source: RowSource | RowPageSource
  readonly #place: Place
  #compiled: {
    readonly program: PipelineProgram
    readonly module: WebAssembly.Module
    readonly code: ColumnSink
  } | null = null

  constructor(runtime: ThreadRuntime, owner: PageOwner, source: RowSource | RowPageSource, place: Place) {
    this.#runtime = runtime
    this.#owner = owner
    this.#source = source
    this.#place = place
  }

  /**
   * Hands the rows behind entries 0 to `count` (of a page source: the first `count` rows of the page) to `receive`,
   * batch by batch. A batch is valid during the call only.
   */
  encode(entries: number, count: number, receive: (batch: ColumnBatch) => void): void {
    const { pointer, bytes } = this.#place
    const blockBytes = Math.min(BLOCK_BYTES, bytes >>> 2)
    const stagingBytes = Math.floor(((bytes - blockBytes) * 2) / 5) & ~7
    const sink = this.#sink(
      { pointer: pointer + blockBytes, bytes: stagingBytes },
      { pointer: pointer + blockBytes + stagingBytes, bytes: bytes - blockBytes - stagingBytes },
      receive,
    )
    this.#compiled ??= this.#compile(sink.code())
    const { program, module, code } = this.#compiled
    // The place is shared: what was there is not there any more.
    const instance = new PipelineInstance(this.#runtime, program, module, this.#owner, () => sink.onEvent(), {
      pointer,
      bytes: blockBytes,
    })
    try {
      sink.attach(instance, code)
      this.#runtime.heap.u32[(instance.block + this.#source.base) >>> 2] = entries
      instance.run(0, count)
      sink.flush()
    } finally {
      instance.close()
    }
  }

  /** Forgets the compiled code. */
  close(): void {
    this.#compiled = null
  }

  #sink(staging: Place, batches: Place, receive: (batch: ColumnBatch) => void): ColumnSinkRuntime {
    const receiver: BatchReceiver = {
      mostBytes: batches.bytes,
      borrows: true,
      allocate: (needed) => {
        if (needed > batches.bytes) throw rowTooWide(needed, batches.bytes)
        return batches.pointer
      },
      add: (owned: OwnedBatch) => {
        receive(owned.batch)
      },
    }
    const columns = this.#source.layout.fields.map((field) => field.column)
    return new ColumnSinkRuntime(this.#runtime, this.#owner, columns, receiver, 0, staging)
  }

  #compile(code: ColumnSink) {
    const { heap } = this.#runtime
    const compiler = new PipelineCompiler({ shared: heap.shared, constants: new ConstantArea(this.#owner) })
    const program = compiler.compile(this.#source, [], code)
    return { program, module: compileModule(program.bytes), code }
  }
}

const BLOCK_BYTES = 32768

function rowTooWide(needed: number, available: number): LakebookError {
  return new LakebookError(
    'budget_too_small',
    `A row of ${formatBytes(needed)} does not fit the ${formatBytes(available)} that spilling may use at this budget`,
    { hint: 'Raise the heap budget, or leave wide columns out of the query.' },
  )
}
