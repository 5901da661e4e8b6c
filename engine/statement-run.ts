import { types } from './arrow/types.ts'
import type { Catalog } from './catalog/catalog.ts'
import { LakebookError } from './errors.ts'
import type { BatchCollection } from './execution/batch-collection.ts'
import { collect } from './execution/collect.ts'
import { openPlan } from './execution/executor.ts'
import type { ProfileBuilder } from './execution/profile-builder.ts'
import { QueryContext } from './execution/query-context.ts'
import type { QueryRun } from './execution/query-run.ts'
import { newColumn } from './plan/column-ids.ts'
import { outputColumns } from './plan/output.ts'
import type { LiteralValue, LogicalPlan } from './plan/plan.ts'
import type { PlanCache } from './plan-cache.ts'
import type { Resources } from './resources.ts'
import type { SessionNames } from './session-names.ts'
import type { Settings } from './settings.ts'
import type { OpenOutput } from './storage/file-output.ts'
import { StoredResult } from './stored-result.ts'

/** What statements read and change. */
export interface StatementHost {
  readonly resources: Resources
  readonly catalog: Catalog
  readonly plans: PlanCache
  readonly names: SessionNames
  settings: Settings
  readonly initialSettings: Settings
  /** Where COPY … TO writes; null where it may not. */
  readonly openOutput: OpenOutput | null
}

/** One statement under way. */
export interface Run {
  readonly host: StatementHost
  /** As they were when it began. */
  readonly settings: Settings
  readonly profile: ProfileBuilder
  readonly run: QueryRun
}

export function optimized(run: Run, plan: LogicalPlan): LogicalPlan {
  const { plan: best, rules } = run.host.plans.optimized(plan, run.settings.disabledRules)
  run.profile.rules = rules
  run.profile.planningMs = run.profile.elapsedMs
  return best
}

/** Runs a plan and keeps its rows. */
export async function collectPlan(
  run: Run,
  plan: LogicalPlan,
  consumer: string,
  heapBytes?: number,
): Promise<BatchCollection> {
  const { host, profile } = run
  const { threads, targetPartitions } = run.settings
  const { spill } = host.resources.runtime
  // What EXPLAIN ANALYZE, SHOW and the like say takes no part in it.
  const keeps = spill !== null && plan.kind !== 'values'
  if (keeps) spill.dropKept()
  const context = new QueryContext(host.resources.runtime, { threads, targetPartitions }, profile, run.run)
  try {
    return await collect(context, outputColumns(plan), () => openPlan(context, plan), {
      label: 'Result',
      consumer,
      heapBytes,
    })
  } catch (error) {
    throw targetPartitions === null ? error : aboutPartitions(error)
  } finally {
    context.close()
    if (keeps) spill.show(run.run.manner.endKeeping())
  }
}

/** Who runs short of memory in partitions may have enough without them. */
function aboutPartitions(error: unknown): unknown {
  if (!(error instanceof LakebookError) || error.code !== 'out_of_memory') return error
  const { code, message, span } = error
  const hint = 'Lower target_partitions, or RESET it: each partition has a part of the memory only.'
  return new LakebookError(code, message, {
    span,
    hint: error.hint === undefined ? hint : `${hint} ${error.hint}`,
    cause: error,
  })
}

export function resultOf(run: Run, collection: BatchCollection, message: string | null): StoredResult {
  const { pages, exportKernels } = run.host.resources
  return new StoredResult(collection, run.profile.build(collection.rowCount), message, pages, exportKernels)
}

/** A result of texts and numbers that are known already. */
export async function rows(
  run: Run,
  names: readonly string[],
  values: readonly (readonly LiteralValue[])[],
  message: string | null = null,
): Promise<StoredResult> {
  const columns = names.map((name, index) => {
    const sample = values.find((row) => row[index] !== null)?.[index]
    const type =
      typeof sample === 'bigint' ? types.int64 : typeof sample === 'number' ? types.float64 : types.utf8
    return newColumn(name, type, true)
  })
  return resultOf(run, await collectPlan(run, { kind: 'values', columns, rows: values }, 'Result'), message)
}

export function done(run: Run, message: string): Promise<StoredResult> {
  return rows(run, ['status'], [[message]], message)
}

/** Whether the name is taken and IF NOT EXISTS says that this is fine. @throws when it is taken and it is not fine */
export function exists(
  run: Run,
  statement: { readonly name: string; readonly orReplace: boolean; readonly ifNotExists: boolean },
): boolean {
  const known = run.host.catalog.find(statement.name, false)
  if (known === null || statement.orReplace) return false
  if (statement.ifNotExists) return true
  throw new LakebookError('invalid_argument', `There is a ${known.kind} ${known.name} already`, {
    hint: 'Write CREATE OR REPLACE, or choose another name.',
  })
}
