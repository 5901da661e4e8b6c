import { LOAN } from '../../catalog/column-cache.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  TableProvider,
} from '../../catalog/table-provider.ts'
import type { PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { PartSource, RunRange, SharedSource } from '../stream.ts'
import type { SourceSpec } from '../team/team-messages.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import type { Column } from '../../plan/plan.ts'
import type { Local } from '../../codegen/assembler.ts'
import { LakebookError } from '../../errors.ts'
import { bindBatch, bindFirstRow, ColumnSource, type SourceColumn } from './column-source.ts'
import { AllValid } from './all-valid.ts'

/** Reads the morsels of a table, one at a time, and counts what it reads. */
export class ScanPart implements PartSource {
  readonly #context: QueryContext
  readonly #provider: TableProvider
  readonly #plan: ScanPlan
  readonly #columns: readonly SourceColumn[]
  readonly #indices: readonly number[]
  readonly #rowNumber: Column | null
  readonly #operator: number
  readonly #allValid: AllValid
  /** Of each morsel, an i32. */
  #loans = 0

  constructor(
    context: QueryContext,
    scan: {
      readonly provider: TableProvider
      readonly columns: readonly (SourceColumn & { readonly index: number })[]
      readonly rowNumber: Column | null
    },
    plan: ScanPlan,
    operator: number,
  ) {
    this.#context = context
    this.#provider = scan.provider
    this.#plan = plan
    this.#columns = scan.columns
    this.#indices = scan.columns.map(({ index }) => index)
    this.#rowNumber = scan.rowNumber
    this.#operator = operator
    this.#allValid = new AllValid(context)
  }

  code(): SourceCode {
    return new CountedColumnSource(this.#columns, this.#rowNumber, this.#operator)
  }

  async feed(instance: PipelineInstance, code: SourceCode, run: RunRange): Promise<void> {
    let index = 0
    const next = (): number | null => (index < this.#plan.morsels.length ? index++ : null)
    await this.#feedSome(instance, code, run, next, null)
  }

  share(): SharedSource | null {
    const { morsels } = this.#plan
    const { remote, remoteIsCopy } = this.#provider
    if (remote === null || remote === undefined || remoteIsCopy === true) return null
    const loader = this.#provider.openLoader(this.#indices)
    return {
      morsels,
      table: this.#provider,
      remote,
      spec: (code, table) => this.#spec(code as CountedColumnSource, table, loader),
      feedSome: (instance, code, run, next, refused) => this.#feedSome(instance, code, run, next, refused),
      close: () => {
        loader.close()
      },
    }
  }

  #spec({ slots }: CountedColumnSource, table: number, loader: MorselLoader): SourceSpec {
    const { morsels } = this.#plan
    const { constants, runtime } = this.#context
    if (this.#loans === 0) this.#loans = constants.reserve(morsels.length * 4)
    const loans = this.#loans
    runtime.heap.i32.fill(LOAN.idle, loans >>> 2, (loans >>> 2) + morsels.length)
    const lent = morsels.map((morsel, index) => loader.lend?.(morsel, loans + index * 4) ?? [])
    const onDisk = morsels.map((morsel) => loader.onDisk?.(morsel) ?? [])
    const mostRows = morsels.reduce((most, { rows }) => Math.max(most, rows), 0)
    const allValid = this.#allValid.covering(mostRows)
    const numbersRows = this.#rowNumber !== null
    return { table, columns: this.#indices, numbersRows, slots, morsels, lent, onDisk, loans, allValid }
  }

  async #feedSome(
    instance: PipelineInstance,
    code: SourceCode,
    run: RunRange,
    next: () => number | null,
    refused: ((index: number) => boolean) | null,
  ): Promise<void> {
    const source = code as CountedColumnSource
    const { profile } = this.#context
    const account = profile.accountOf(this.#operator)
    const loader = this.#provider.openLoader(this.#indices, account)
    try {
      for (let index = next(); index !== null; index = next()) {
        const whole = this.#plan.morsels[index]!
        const waiting = [whole]
        for (let morsel = waiting.pop(); morsel !== undefined; morsel = waiting.pop()) {
          this.#context.checkCancelled()
          const written = account.bytesWritten
          const loaded = await this.#load(loader, morsel, refused === null ? waiting : null)
          const spooled = account.bytesWritten - written
          if (spooled > 0) profile.spilled(this.#operator, 'Scan', spooled)
          if (loaded === null) {
            if (refused !== null && !refused(index)) return
            continue
          }
          if (await this.#runMorsel(instance, source, { morsel, loaded }, run)) return
          await this.#context.breathe()
        }
      }
    } finally {
      loader.close()
    }
  }

  async #runMorsel(
    instance: PipelineInstance,
    { slots }: CountedColumnSource,
    { morsel, loaded }: { readonly morsel: Morsel; readonly loaded: LoadedMorsel },
    run: RunRange,
  ): Promise<boolean> {
    const { profile, runtime } = this.#context
    const { batch, bytesRead, diskCacheReadBytes = 0 } = loaded
    try {
      profile.bytesRead += bytesRead
      profile.diskCacheReadBytes += diskCacheReadBytes
      bindBatch(runtime.heap, instance.block, slots, batch, this.#allValid.covering(batch.length))
      if (this.#rowNumber !== null)
        bindFirstRow(runtime.heap, instance.block, slots, this.#columns.length, morsel.firstRow)
      const stopped = await run(0, batch.length)
      profile.rowsRead(batch.length)
      return stopped
    } finally {
      loaded.release()
    }
  }

  /** Null when there was no memory for the morsel: its halves wait in its place, where they may. */
  async #load(loader: MorselLoader, morsel: Morsel, waiting: Morsel[] | null): Promise<LoadedMorsel | null> {
    try {
      return await loader.load(morsel, this.#context.signal)
    } catch (error) {
      if (waiting === null && isOutOfMemory(error)) return null
      const halves = isOutOfMemory(error) ? (this.#provider.halves?.(morsel) ?? null) : null
      if (halves === null) throw error
      waiting!.push(halves[1], halves[0])
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

  constructor(columns: readonly SourceColumn[], rowNumber: Column | null, operator: number) {
    super(columns, rowNumber)
    this.#operator = operator
  }

  override emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    super.emit(compiler, index, () => {
      compiler.count(this.#operator)
      next()
    })
  }
}
