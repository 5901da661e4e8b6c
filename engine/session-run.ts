import type { Statement } from './binder/statement.ts'
import type { HeldTables } from './catalog/held-tables.ts'
import { LakebookError } from './errors.ts'
import type { DriverTurns } from './execution/driver-turns.ts'
import { ProfileBuilder, type AttemptsSoFar } from './execution/profile-builder.ts'
import { QueryRun } from './execution/query-run.ts'
import type { MemorySnapshot, QueryParameters, QueryProgress } from './lakebook.ts'
import type { LogicalPlan } from './plan/plan.ts'
import type { Attempts } from './session-attempts.ts'
import type { Settings } from './settings.ts'
import { SpillManner } from './spill/spill-manner.ts'
import type { StatementHost } from './statement-run.ts'
import { runStatement } from './statement-runner.ts'
import type { StoredResult } from './stored-result.ts'

export interface SessionRunOptions {
  /** Its number, below 2^29, for whoever cancels it through the shared heap: `cancelRun`. */
  readonly run?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly params?: QueryParameters | undefined
  readonly onProgress?: ((progress: QueryProgress) => void) | undefined
  readonly onMemory?: ((sample: MemorySnapshot) => void) | undefined
}

/** A cell on its way. */
export interface Run {
  readonly number: number
  readonly options: SessionRunOptions
  readonly signal: AbortSignal
  readonly tables: HeldTables
}

/** What the runs of a session share beside its resources. */
interface SharedByRuns {
  readonly attempts: Attempts
  readonly turns: DriverTurns
}

/** Runs a statement, once more alone when memory is short because of others. The caller closes the result. */
export async function runPatiently(
  host: StatementHost,
  shared: SharedByRuns,
  statement: Statement,
  run: Run,
): Promise<StoredResult> {
  const { onProgress } = run.options
  const { settings } = host
  const startedMs = performance.now()
  const onWait = (): void =>
    onProgress?.({ stage: 'Waiting', fraction: 0, rows: 0, elapsedMs: performance.now() - startedMs })
  let waitedMs = 0
  for (let count = 1; ; count++) {
    const waitsFromMs = performance.now()
    const attempt = await shared.attempts.enter(count > 1, run.signal, onWait)
    waitedMs += performance.now() - waitsFromMs
    try {
      const soFar = { startedMs, count, waitedMs }
      return await runOnce({ host, shared, settings, run }, statement, soFar)
    } catch (error) {
      if (count > 1 || !attempt.hadCompany || !isOutOfMemory(error)) throw error
    } finally {
      attempt.leave()
    }
  }
}

/** How a statement runs, however often it is begun. */
interface StatementRun {
  readonly host: StatementHost
  readonly shared: SharedByRuns
  readonly settings: Settings
  readonly run: Run
}

async function runOnce(
  { host, shared: { attempts, turns }, settings, run }: StatementRun,
  statement: Statement,
  soFar: AttemptsSoFar,
): Promise<StoredResult> {
  const { heap, pool } = host.resources.runtime
  const own = new QueryRun(heap, turns, {
    number: run.number,
    signal: run.signal,
    manner: new SpillManner(settings.spillCompression, settings.keepSpills),
    tableOf: run.tables.asBound,
  })
  const { index } = own.cell
  if (attempts.count === 1) pool.startPeriod()
  pool.startPeak(index)
  try {
    const profile = new ProfileBuilder(pool, own, run.options, soFar)
    return await runStatement({ host, settings, profile, run: own }, statement)
  } finally {
    pool.endPeak(index)
    own.close()
  }
}

/** The plans that a statement reads. */
export function plansOfStatement(statement: Statement): readonly LogicalPlan[] {
  switch (statement.kind) {
    case 'query':
    case 'change':
    case 'copy':
      return [statement.plan]
    case 'create_table':
    case 'alter_table':
      return statement.plan === null ? [] : [statement.plan]
    case 'explain':
      return plansOfStatement(statement.statement)
    default:
      return []
  }
}

/** The table whose rows or columns it changes. */
export function changedTable(statement: Statement): string | null {
  if (statement.kind === 'explain') return changedTable(statement.statement)
  return statement.kind === 'change' || statement.kind === 'alter_table' ? statement.table : null
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof LakebookError && error.code === 'out_of_memory'
}
