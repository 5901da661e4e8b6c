import type { Statement } from './binder/statement.ts'
import { copyOptions, writeCopy } from './copy-to.ts'
import { LakebookError, unreachable, unsupported } from './errors.ts'
import type { OperatorProfile, PartitionProfile, SpillProfile } from './lakebook.ts'
import { explainPlan } from './plan/explain.ts'
import { outputColumns } from './plan/output.ts'
import type { LiteralValue, LogicalPlan } from './plan/plan.ts'
import { settingText, withoutSetting, withSetting } from './settings.ts'
import { changeNames } from './statement-names.ts'
import { alterTable, changeTable, createTable } from './statement-changes.ts'
import {
  collectPlan,
  done,
  exists,
  optimized,
  resultOf,
  rows,
  type Run,
  type StatementHost,
} from './statement-run.ts'
import { StoredResult } from './stored-result.ts'

/** Carries out one statement. The caller closes the result. */
export async function runStatement(run: Run, statement: Statement): Promise<StoredResult> {
  switch (statement.kind) {
    case 'query':
      return resultOf(run, await collectPlan(run, optimized(run, statement.plan), 'Result'), null)
    case 'explain':
      return explain(run, statement)
    case 'create_table':
      return createTable(run, statement)
    case 'create_view':
      return createView(run, statement)
    case 'alter_table':
      return alterTable(run, statement)
    case 'change':
      return changeTable(run, statement)
    case 'transaction':
      return transaction(run, statement.action)
    case 'prepare':
    case 'deallocate':
    case 'create_macro':
    case 'drop_macro':
    case 'create_schema':
    case 'drop_schema':
    case 'create_sequence':
    case 'drop_sequence':
    case 'set_variable':
    case 'reset_variable':
    case 'create_type':
    case 'drop_type':
      return changeNames(run, statement)
    case 'nothing':
      return done(run, statement.message)
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
  const result = await runStatement(run, inner)
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

/** An operator, or one of its partitions. */
type OperatorLine = { readonly label: string } & (
  | { readonly operator: OperatorProfile; readonly spills: SpillProfile }
  | { readonly operator: null; readonly spills: PartitionProfile }
)

/** From the result down to the sources, labels indented by depth; an operator's partitions follow it. */
function operatorLines(operators: readonly OperatorProfile[]): OperatorLine[] {
  const lines: OperatorLine[] = []
  const visit = (id: number, depth: number): void => {
    const operator = operators[id]
    if (operator === undefined) return
    lines.push({ label: `${'  '.repeat(depth)}${operator.name}`, operator, spills: operator })
    for (const spills of operator.partitions) {
      lines.push({ label: `${'  '.repeat(depth + 1)}${spills.consumer}`, operator: null, spills })
    }
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
  return operatorLines(operators).map(({ label, operator, spills }) => [
    label,
    operator === null ? 'partition' : operator.detail,
    operator && BigInt(operator.rowsIn),
    operator && BigInt(operator.rowsOut),
    operator && rounded(operator.elapsedMs),
    BigInt(spills.peakBytes),
    BigInt(spills.spilledBytes),
    BigInt(spills.spillCount),
    BigInt(spills.spillWrittenBytes),
    BigInt(spills.spillReadBytes),
    BigInt(spills.mergePasses),
    spills.compressionRatio === null ? null : rounded(spills.compressionRatio),
    rounded(spills.spillMs),
  ])
}

function analyzeText(operators: readonly OperatorProfile[]): string {
  return operatorLines(operators)
    .map(({ label, operator, spills }) => {
      if (operator === null) return `${label} (at most ${spills.peakBytes} bytes${spillText(spills)})`
      const elapsed = `${rounded(operator.elapsedMs)} ms`
      return `${label} ${operator.detail} (${operator.rowsOut} rows, ${elapsed}${spillText(spills)})`
    })
    .join('\n')
}

function spillText(spills: SpillProfile): string {
  if (spills.spillCount === 0) return ''
  const { spilledBytes, spillCount, spillWrittenBytes, spillReadBytes, mergePasses, compressionRatio } =
    spills
  const parts = [
    `${spilledBytes} bytes spilled in ${spillCount} spills`,
    `${spillWrittenBytes} written and ${spillReadBytes} read in ${rounded(spills.spillMs)} ms`,
    ...(mergePasses === 0 ? [] : [`${mergePasses} merge passes`]),
    ...(compressionRatio === null ? [] : [`compressed ${compressionRatio.toFixed(2)} times`]),
  ]
  return `, ${parts.join(', ')}`
}

function planOf(statement: Statement): LogicalPlan {
  if (statement.kind === 'query' || statement.kind === 'change' || statement.kind === 'copy')
    return statement.plan
  if (statement.kind === 'create_table' && statement.plan !== null) return statement.plan
  throw unsupported(`EXPLAIN of a statement without a query`)
}

function createView(run: Run, statement: Statement & { kind: 'create_view' }): Promise<StoredResult> {
  const { name, text, manner, columns } = statement
  if (exists(run, statement)) return done(run, `View ${name} exists already`)
  run.host.catalog.replace({ kind: 'view', name, text, manner, columns, language: 'sql' })
  return done(run, `Created view ${name}`)
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
      read: (action) => Promise.resolve(action()),
      signal: run.run.signal,
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
    refuseReferred(run, entry.name, statement.names)
    catalog.remove(entry.name)
    catalog.discard(entry)
    dropped.push(entry.name)
  }
  return done(run, dropped.length === 0 ? 'Nothing to drop' : `Dropped ${dropped.join(', ')}`)
}

/** A table that a foreign key refers to stays, unless the table of that key goes too. */
function refuseReferred(run: Run, name: string, dropped: readonly string[]): void {
  const folded = new Set(dropped.map((each) => each.toLowerCase()))
  for (const entry of run.host.catalog.list()) {
    if (entry.kind !== 'table' || folded.has(entry.name.toLowerCase())) continue
    const refers = entry.definition?.foreignKeys.some((key) => key.table.toLowerCase() === name.toLowerCase())
    if (refers !== true) continue
    throw new LakebookError('invalid_argument', `${entry.name} has a foreign key to ${name}`, {
      hint: `Drop ${entry.name} first.`,
    })
  }
}

function transaction(run: Run, action: 'begin' | 'commit' | 'rollback'): Promise<StoredResult> {
  const { catalog, plans } = run.host
  catalog[action]()
  plans.forget()
  return done(run, { begin: 'Transaction begun', commit: 'Committed', rollback: 'Rolled back' }[action])
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
