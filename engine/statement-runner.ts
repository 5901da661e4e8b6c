import { types } from './arrow/types.ts'
import type { Statement } from './binder/statement.ts'
import { closeEntry, type Catalog } from './catalog/catalog.ts'
import { copyOptions, writeCopy } from './copy-to.ts'
import { LakebookError, unreachable, unsupported } from './errors.ts'
import type { BatchCollection } from './execution/batch-collection.ts'
import { collect } from './execution/collect.ts'
import { CollectionTable } from './execution/collection-table.ts'
import { openPlan } from './execution/executor.ts'
import type { ProfileBuilder } from './execution/profile-builder.ts'
import { QueryContext } from './execution/query-context.ts'
import type { OperatorProfile } from './lakebook.ts'
import { newColumn } from './plan/column-ids.ts'
import { explainPlan } from './plan/explain.ts'
import { outputColumns } from './plan/output.ts'
import type { LiteralValue, LogicalPlan } from './plan/plan.ts'
import type { PlanCache } from './plan-cache.ts'
import type { Resources } from './resources.ts'
import { settingText, withoutSetting, withSetting, type Settings } from './settings.ts'
import type { OpenOutput } from './storage/file-output.ts'
import { StoredResult } from './stored-result.ts'

/** What statements read and change. */
export interface StatementHost {
  readonly resources: Resources
  readonly catalog: Catalog
  readonly plans: PlanCache
  settings: Settings
  readonly initialSettings: Settings
  /** Where COPY … TO writes; null where it may not. */
  readonly openOutput: OpenOutput | null
}

/** One statement under way. */
interface Run {
  readonly host: StatementHost
  readonly profile: ProfileBuilder
  readonly signal: AbortSignal
}

/** Binds and carries out one statement. The caller closes the result. */
export async function runStatement(
  host: StatementHost,
  bind: () => Statement,
  profile: ProfileBuilder,
  signal: AbortSignal,
): Promise<StoredResult> {
  const statement = bind()
  return carryOut({ host, profile, signal }, statement)
}

async function carryOut(run: Run, statement: Statement): Promise<StoredResult> {
  switch (statement.kind) {
    case 'query':
      return resultOf(run, await collectPlan(run, optimized(run, statement.plan), 'Result'), null)
    case 'explain':
      return explain(run, statement)
    case 'create_table':
      return createTable(run, statement)
    case 'create_view':
      return createView(run, statement)
    case 'insert':
      return insert(run, statement)
    case 'drop':
      return drop(run, statement)
    case 'set':
      return set(run, statement)
    case 'reset':
      return reset(run, statement)
    case 'show_setting':
      return rows(run, [statement.name], [[settingText(run.host.settings, statement.name, statement.span)]])
    case 'copy':
      return copy(run, statement)
    default:
      return unreachable(statement)
  }
}

function optimized(run: Run, plan: LogicalPlan): LogicalPlan {
  const { plan: best, rules } = run.host.plans.optimized(plan, run.host.settings.disabledRules)
  run.profile.rules = rules
  run.profile.planningMs = run.profile.elapsedMs
  return best
}

/** Runs a plan and keeps its rows. */
async function collectPlan(
  run: Run,
  plan: LogicalPlan,
  consumer: string,
  heapBytes?: number,
): Promise<BatchCollection> {
  const { host, profile, signal } = run
  const { targetPartitions, spillCompression, keepSpills } = host.settings
  const { spill } = host.resources.runtime
  // What EXPLAIN ANALYZE, SHOW and the like say takes no part in it.
  const keeps = spill !== null && plan.kind !== 'values'
  if (keeps) {
    spill.dropKept()
    spill.keepsStreams = keepSpills
  }
  const context = new QueryContext(
    host.resources.runtime,
    { targetPartitions, spillCompression },
    profile,
    signal,
  )
  try {
    return await collect(context, outputColumns(plan), () => openPlan(context, plan), {
      label: 'Result',
      consumer,
      heapBytes,
    })
  } finally {
    context.close()
    if (keeps) spill.keepsStreams = false
  }
}

function resultOf(run: Run, collection: BatchCollection, message: string | null): StoredResult {
  const { pages, exportKernels } = run.host.resources
  return new StoredResult(collection, run.profile.build(collection.rowCount), message, pages, exportKernels)
}

/** A result of texts and numbers that are known already. */
async function rows(
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

function done(run: Run, message: string): Promise<StoredResult> {
  return rows(run, ['status'], [[message]], message)
}

/** EXPLAIN gives the optimised plan, a line a row. EXPLAIN ANALYZE runs it and gives a row for each operator. */
async function explain(run: Run, statement: Statement & { kind: 'explain' }): Promise<StoredResult> {
  const inner = statement.statement
  if (!statement.analyze) {
    const plan = planOf(inner)
    const text = explainPlan(optimized(run, plan))
    return rows(
      run,
      ['plan'],
      text.split('\n').map((line) => [line]),
      text,
    )
  }
  const result = await carryOut(run, inner)
  const { operators } = result.profile
  result.close()
  return rows(run, ANALYZE_COLUMNS, operatorRows(operators), analyzeText(operators))
}

const ANALYZE_COLUMNS = [
  'operator',
  'detail',
  'rows_in',
  'rows_out',
  'elapsed_ms',
  'peak_bytes',
  'spilled_bytes',
  'spill_count',
  'spill_written_bytes',
  'spill_read_bytes',
  'merge_passes',
  'compression_ratio',
  'spill_ms',
]

interface OperatorLine {
  readonly label: string
  readonly operator: OperatorProfile
}

/** From the result down to the sources, labels indented by depth. */
function operatorLines(operators: readonly OperatorProfile[]): OperatorLine[] {
  const lines: OperatorLine[] = []
  const visit = (id: number, depth: number): void => {
    const operator = operators[id]
    if (operator === undefined) return
    lines.push({ label: `${'  '.repeat(depth)}${operator.name}`, operator })
    for (const input of operator.inputs) visit(input, depth + 1)
  }
  const used = new Set(operators.flatMap((operator) => operator.inputs))
  for (const { id } of operators) if (!used.has(id)) visit(id, 0)
  return lines
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

function operatorRows(operators: readonly OperatorProfile[]): LiteralValue[][] {
  return operatorLines(operators).map(({ label, operator }) => [
    label,
    operator.detail,
    BigInt(operator.rowsIn),
    BigInt(operator.rowsOut),
    rounded(operator.elapsedMs),
    BigInt(operator.peakBytes),
    BigInt(operator.spilledBytes),
    BigInt(operator.spillCount),
    BigInt(operator.spillWrittenBytes),
    BigInt(operator.spillReadBytes),
    BigInt(operator.mergePasses),
    operator.compressionRatio === null ? null : rounded(operator.compressionRatio),
    rounded(operator.spillMs),
  ])
}

function analyzeText(operators: readonly OperatorProfile[]): string {
  return operatorLines(operators)
    .map(({ label, operator }) => {
      const elapsed = `${rounded(operator.elapsedMs)} ms`
      return `${label} ${operator.detail} (${operator.rowsOut} rows, ${elapsed}${spillText(operator)})`
    })
    .join('\n')
}

function spillText(operator: OperatorProfile): string {
  if (operator.spillCount === 0) return ''
  const { spilledBytes, spillCount, spillWrittenBytes, spillReadBytes, mergePasses, compressionRatio } =
    operator
  const parts = [
    `${spilledBytes} bytes spilled in ${spillCount} spills`,
    `${spillWrittenBytes} written and ${spillReadBytes} read in ${rounded(operator.spillMs)} ms`,
    ...(mergePasses === 0 ? [] : [`${mergePasses} merge passes`]),
    ...(compressionRatio === null ? [] : [`compressed ${compressionRatio.toFixed(2)} times`]),
  ]
  return `, ${parts.join(', ')}`
}

function planOf(statement: Statement): LogicalPlan {
  if (statement.kind === 'query' || statement.kind === 'insert' || statement.kind === 'copy')
    return statement.plan
  if (statement.kind === 'create_table' && statement.plan !== null) return statement.plan
  throw unsupported(`EXPLAIN of a statement without a query`)
}

async function createTable(run: Run, statement: Statement & { kind: 'create_table' }): Promise<StoredResult> {
  const { name, fields } = statement
  if (exists(run, statement)) return done(run, `Table ${name} exists already`)
  const columns = fields.map((field) => newColumn(field.name, field.type, field.nullable))
  const plan: LogicalPlan = statement.plan ?? { kind: 'values', columns, rows: [] }
  const collection = await collectPlan(run, optimized(run, plan), `Table ${name}`)
  put(run, { kind: 'table', name, provider: new CollectionTable(collection) })
  return done(run, `Created table ${name} (${collection.rowCount.toLocaleString('en')} rows)`)
}

function createView(run: Run, statement: Statement & { kind: 'create_view' }): Promise<StoredResult> {
  const { name, text, columns } = statement
  if (exists(run, statement)) return done(run, `View ${name} exists already`)
  put(run, { kind: 'view', name, text, columns, language: 'sql' })
  return done(run, `Created view ${name}`)
}

/** Whether the name is taken and IF NOT EXISTS says that this is fine. @throws when it is taken and it is not fine */
function exists(
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

function put(run: Run, entry: Parameters<Catalog['put']>[0]): void {
  const replaced = run.host.catalog.put(entry)
  if (replaced !== null) closeEntry(replaced)
}

/** The rows are complete before the first is added: a table may be inserted into itself, and a failure adds none. */
async function insert(run: Run, statement: Statement & { kind: 'insert' }): Promise<StoredResult> {
  const entry = run.host.catalog.table(statement.table, false)
  if (entry.kind !== 'table' || !(entry.provider instanceof CollectionTable)) {
    throw new LakebookError(
      'invalid_argument',
      `${statement.table} is not a table that rows can be put into`,
      {
        hint: 'CREATE TABLE … AS SELECT * FROM it makes one that can.',
      },
    )
  }
  const added = await collectPlan(run, optimized(run, statement.plan), `Table ${entry.name}`)
  const { rowCount } = added
  entry.provider.append(added)
  await putTogether(run, entry.name, entry.provider)
  run.host.plans.forget()
  return done(run, `Inserted ${rowCount.toLocaleString('en')} rows into ${entry.name}`)
}

/** Many small inserts become one collection, which has one consumer and full pages. */
async function putTogether(run: Run, name: string, table: CollectionTable): Promise<void> {
  const tail = table.smallTail()
  if (tail.length === 0) return
  const columns = table.schema.fields.map((field, source) => ({
    ...newColumn(field.name, field.type, field.nullable),
    source,
  }))
  const provider = new CollectionTable(...tail)
  const plan: LogicalPlan = { kind: 'scan', table: name, provider, columns, filters: [], predicates: [] }
  table.replaceTail(tail.length, await collectPlan(run, plan, `Table ${name}`))
}

/** Of the heap, what rows on their way to a file may take; the others wait in the spill file. */
const COPY_PART = 8

async function copy(run: Run, statement: Statement & { kind: 'copy' }): Promise<StoredResult> {
  const { resources, openOutput } = run.host
  const options = copyOptions(statement)
  const heapBytes = resources.runtime.heap.usableBytes / COPY_PART
  const kept = async (plan: LogicalPlan): Promise<StoredResult> =>
    resultOf(run, await collectPlan(run, optimized(run, plan), 'Rows to copy', heapBytes), null)
  const { plan } = statement
  const columns = outputColumns(plan)
  const { file, rowCount } = await writeCopy(
    statement,
    options,
    {
      names: columns.map(({ name }) => name),
      rows: () => kept(plan),
      lines: (make) => kept(make(plan, columns)),
      resources,
      signal: run.signal,
    },
    openOutput,
  )
  const { collection, profile } = await rows(run, ['Count'], [[BigInt(rowCount)]])
  const message = `Wrote ${rowCount.toLocaleString('en')} rows to ${file.name}`
  return new StoredResult(collection, profile, message, resources.pages, resources.exportKernels, file)
}

function drop(run: Run, statement: Statement & { kind: 'drop' }): Promise<StoredResult> {
  const { catalog } = run.host
  const found = statement.names.map((name) =>
    statement.ifExists ? catalog.find(name, false) : catalog.table(name, false),
  )
  const dropped: string[] = []
  for (const entry of found) {
    if (entry === null) continue
    const isView = entry.kind === 'view'
    if (isView !== (statement.object === 'view')) {
      throw new LakebookError(
        'invalid_argument',
        `${entry.name} is a ${entry.kind}, not a ${statement.object}`,
        {
          hint: `Write DROP ${isView ? 'VIEW' : 'TABLE'} ${entry.name}.`,
        },
      )
    }
    catalog.remove(entry.name)
    closeEntry(entry)
    dropped.push(entry.name)
  }
  return done(run, dropped.length === 0 ? 'Nothing to drop' : `Dropped ${dropped.join(', ')}`)
}

function set(run: Run, statement: Statement & { kind: 'set' }): Promise<StoredResult> {
  const { name, value, span } = statement
  const { heapBudgetBytes } = run.host.resources.options
  // what a text means depends on settings
  run.host.plans.forget()
  run.host.settings = withSetting(run.host.settings, name, value, heapBudgetBytes, span)
  applyMemory(run.host)
  return done(run, `${name} = ${settingText(run.host.settings, name)}`)
}

function reset(run: Run, statement: Statement & { kind: 'reset' }): Promise<StoredResult> {
  const { name, span } = statement
  run.host.plans.forget()
  run.host.settings = withoutSetting(run.host.settings, run.host.initialSettings, name, span)
  applyMemory(run.host)
  return done(run, name === null ? 'All settings are as at the start' : `${name} is as at the start`)
}

function applyMemory(host: StatementHost): void {
  const { pool, heap } = host.resources.runtime
  const { memoryPool, memoryLimitBytes, diskCache } = host.settings
  host.resources.cache.disk?.enable(diskCache)
  pool.configure(memoryPool === 'custom' ? null : memoryPool, Math.min(memoryLimitBytes, heap.usableBytes))
}
