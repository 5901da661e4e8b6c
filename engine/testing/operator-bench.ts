import { DriverTurns } from '../execution/driver-turns.ts'
import { ModuleCache } from '../execution/module-cache.ts'
import type { Local } from '../codegen/assembler.ts'
import { declareValue, type Value } from '../codegen/value.ts'
import type { PipelineCompiler, SourceCode } from '../execution/pipeline-compiler.ts'
import { runStream } from '../execution/pipeline-run.ts'
import { ProfileBuilder } from '../execution/profile-builder.ts'
import { QueryContext } from '../execution/query-context.ts'
import { QueryRun } from '../execution/query-run.ts'
import { ColumnSinkRuntime, type BatchReceiver } from '../execution/sinks/column-sink-runtime.ts'
import type { PartSource, Stream } from '../execution/stream.ts'
import { ComparatorTable, ScratchAreas, type ThreadRuntime } from '../execution/thread-runtime.ts'
import { NEVER_CANCELLED_ADDRESS } from '../memory/run-cells.ts'
import type { BuiltInPolicy } from '../memory/tracked-pool.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Column, LiteralValue, Values } from '../plan/plan.ts'
import { SpillSpace, type SpillKernels } from '../spill/spill-space.ts'
import { types } from '../arrow/types.ts'
import { expectNothingHeld } from './expect-nothing-held.ts'
import { heapCells, type HeapCell } from './heap-cells.ts'
import { MemorySpillFile } from './memory-spill-file.ts'
import { openHeap } from './open-heap.ts'

export interface OperatorBenchOptions {
  readonly budgetBytes?: number
  readonly policy?: BuiltInPolicy
  readonly spill?: boolean
}

/** Runs single operators over a heap of their own, for tests. */
export class OperatorBench {
  readonly runtime: ThreadRuntime
  readonly file: MemorySpillFile

  private constructor(runtime: ThreadRuntime, file: MemorySpillFile) {
    this.runtime = runtime
    this.file = file
  }

  static async open(options: OperatorBenchOptions = {}): Promise<OperatorBench> {
    const { heap, pool, kernels, pagesOf } = await openHeap<ThreadRuntime['kernels'] & SpillKernels>(options)
    const file = new MemorySpillFile()
    const spill =
      options.spill === false
        ? null
        : new SpillSpace(file, pagesOf('Spill staging', false), kernels, (delta) => {
            pool.addSpillFileBytes(delta)
          })
    const comparators = new ComparatorTable(new WebAssembly.Table({ initial: 1, element: 'anyfunc' }))
    const modules = new ModuleCache(heap.budgetBytes)
    const scratch = new ScratchAreas()
    const cancelFlag = NEVER_CANCELLED_ADDRESS
    return new OperatorBench({ heap, pool, kernels, comparators, modules, cancelFlag, spill, scratch }, file)
  }

  /** Opens a plan over streams of the test's own, runs it into `use`, and checks that nothing is left behind. */
  async run<Result>(
    use: (context: QueryContext) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly spilledBytes: number; readonly spillCount: number }> {
    const { pool } = this.runtime
    const before = pool.reservedBytes
    const signal = new AbortController().signal
    const run = new QueryRun(this.runtime.heap, new DriverTurns(), { number: 1, signal })
    const profile = new ProfileBuilder(pool, run, {})
    const context = new QueryContext(this.runtime, { threads: 1, targetPartitions: null }, profile, run)
    try {
      const result = await use(context)
      const { spilledBytes, spillCount } = profile.build(0)
      return { result, spilledBytes, spillCount }
    } finally {
      context.close()
      run.close()
      if (pool.reservedBytes !== before) {
        const holders = pool.snapshot().consumers.filter((consumer) => consumer.reservedBytes > 0)
        throw new Error(`still reserved: ${holders.map((h) => `${h.name} ${h.reservedBytes}`).join(', ')}`)
      }
      if ((this.runtime.spill?.liveBytes ?? 0) !== 0) throw new Error('spill extents are live')
    }
  }

  /** Frees the bench; throws when something is still held. */
  close(): void {
    this.runtime.spill?.close()
    expectNothingHeld(this.runtime.heap, this.runtime.pool)
  }
}

/** All rows of a stream as cells, row by row. */
export async function collectRows(context: QueryContext, stream: Stream): Promise<HeapCell[][]> {
  const { heap } = context.runtime
  const owner = context.consumer('Result', false)
  const rows: HeapCell[][] = []
  const receiver: BatchReceiver = {
    mostBytes: Number.POSITIVE_INFINITY,
    allocate: (bytes) => owner.allocate(bytes),
    add: ({ batch, pointer, bytes }) => {
      const columns = batch.columns.map((vector) => heapCells(heap, vector, batch.length))
      for (let row = 0; row < batch.length; row++) rows.push(columns.map((cells) => cells[row]!))
      owner.free(pointer, bytes)
    },
  }
  const sink = new ColumnSinkRuntime(context.runtime, owner, stream.columns, receiver, 0)
  await runStream(context, stream, sink, 0)
  sink.finish()
  context.release(owner)
  return rows
}

/** Rows whose values are computed from their number, so that inputs of any length take no memory. */
export interface GeneratedColumn {
  readonly column: Column
  /** Pushes the value (of an int64 column) of row `index`, an i64. */
  readonly emit: (compiler: PipelineCompiler, index: Local) => void
}

const CHUNK_ROWS = 1 << 20

/** A stream of generated int64 columns. */
export function generatedStream(rows: number, columns: readonly GeneratedColumn[]): Stream {
  const source: PartSource = {
    code: () => new GeneratedSource(columns),
    async feed(_instance, _code, run) {
      for (let begin = 0; begin < rows; begin += CHUNK_ROWS) {
        if (await run(begin, Math.min(rows, begin + CHUNK_ROWS))) return
      }
    },
  }
  return {
    columns: columns.map(({ column }) => column),
    parts: [{ source, steps: [] }],
    operator: 0,
    expectedRows: rows,
    close() {},
  }
}

class GeneratedSource implements SourceCode {
  readonly #columns: readonly GeneratedColumn[]

  constructor(columns: readonly GeneratedColumn[]) {
    this.#columns = columns
  }

  emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    for (const { column, emit } of this.#columns) {
      compiler.define(column.id, (): Value => {
        const value = declareValue(compiler.f, column.type, false)
        compiler.f.get(index)
        compiler.f.op('i64.extend_i32_u')
        const wide = compiler.f.keep('i64')
        emit(compiler, wide)
        compiler.f.set(value.locals[0]!)
        return value
      })
    }
    next()
  }
}

/** A plan node of literal rows. */
export function valuesPlan(columns: readonly Column[], rows: readonly (readonly LiteralValue[])[]): Values {
  return { kind: 'values', columns, rows }
}

export function int64Column(name: string): Column {
  return newColumn(name, types.int64, false)
}
