import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  TableProvider,
} from '../../catalog/table-provider.ts'
import type { PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { PartSource, RunRange } from '../stream.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import type { Local } from '../../codegen/assembler.ts'
import { LakebookError } from '../../errors.ts'
import { bindBatch, ColumnSource, type SourceColumn } from './column-source.ts'
import { AllValid } from './all-valid.ts'

/** Reads the morsels of a table, one at a time, and counts what it reads. */
export class ScanPart implements PartSource {
  readonly #context: QueryContext
  readonly #provider: TableProvider
  readonly #plan: ScanPlan
  readonly #columns: readonly SourceColumn[]
  readonly #indices: readonly number[]
  readonly #operator: number
  readonly #allValid: AllValid

  constructor(
    context: QueryContext,
    scan: {
      readonly provider: TableProvider
      readonly columns: readonly (SourceColumn & { readonly index: number })[]
    },
    plan: ScanPlan,
    operator: number,
  ) {
    this.#context = context
    this.#provider = scan.provider
    this.#plan = plan
    this.#columns = scan.columns
    this.#indices = scan.columns.map(({ index }) => index)
    this.#operator = operator
    this.#allValid = new AllValid(context)
  }

  code(): SourceCode {
    return new CountedColumnSource(this.#columns, this.#operator)
  }

  async feed(instance: PipelineInstance, code: SourceCode, run: RunRange): Promise<void> {
    const { profile, runtime } = this.#context
    const source = code as CountedColumnSource
    const loader: MorselLoader = this.#provider.openLoader(this.#indices)
    try {
      const waiting = [...this.#plan.morsels].reverse()
      for (let morsel = waiting.pop(); morsel !== undefined; morsel = waiting.pop()) {
        this.#context.checkCancelled()
        const loaded = await this.#load(loader, morsel, waiting)
        if (loaded === null) continue
        let stopped = false
        try {
          profile.bytesRead += loaded.bytesRead
          bindBatch(
            runtime.heap,
            instance.block,
            source.slots,
            loaded.batch,
            this.#allValid.covering(loaded.batch.length),
          )
          stopped = await run(0, loaded.batch.length)
          profile.rowsRead(loaded.batch.length)
        } finally {
          loaded.release()
        }
        if (stopped) break
        await this.#context.breathe()
      }
    } finally {
      loader.close()
    }
  }

  /** Null when there was no memory for the morsel: its halves wait in its place. */
  async #load(loader: MorselLoader, morsel: Morsel, waiting: Morsel[]): Promise<LoadedMorsel | null> {
    try {
      return await loader.load(morsel, this.#context.signal)
    } catch (error) {
      const halves = isOutOfMemory(error) ? (this.#provider.halves?.(morsel) ?? null) : null
      if (halves === null) throw error
      waiting.push(halves[1], halves[0])
      return null
    }
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof LakebookError && error.code === 'out_of_memory'
}

/** A column source that counts the rows it reads for the scan's profile. */
class CountedColumnSource extends ColumnSource {
  readonly #operator: number

  constructor(columns: readonly SourceColumn[], operator: number) {
    super(columns)
    this.#operator = operator
  }

  override emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    super.emit(compiler, index, () => {
      compiler.count(this.#operator)
      next()
    })
  }
}
