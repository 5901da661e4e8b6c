import { LakebookError, unsupported, type SourceSpan } from './errors.ts'
import type { NullOrder } from './sql/ast.ts'
import type { SqlDialect } from './sql/ast.ts'
import type { BuiltInPolicy } from './memory/tracked-pool.ts'
import type { SpillCompression } from './spill/spill-manner.ts'
import { ruleNames } from './optimizer/rules.ts'

/** What SET changes. A statement sees the settings as they were when it began. */
export interface Settings {
  /** Bytes that consumers may hold together; never more than the heap. */
  readonly memoryLimitBytes: number
  readonly memoryPool: BuiltInPolicy | 'custom'
  /** Threads that compute, the driver's own among them. */
  readonly threads: number
  /** Partitions that operators which hold data deal their input to; null: none, each works on all of it. */
  readonly targetPartitions: number | null
  readonly spillCompression: SpillCompression
  /** Decoded columns that leave the heap are kept on the disk. */
  readonly diskCache: boolean
  /** What a query spills stays readable until the next one. */
  readonly keepSpills: boolean
  /** `/` between whole numbers gives a whole number, as in SQLite and PostgreSQL. */
  readonly integerDivision: boolean
  readonly nullOrder: NullOrder
  /**
   * Whose meaning SQL has where DuckDB and PostgreSQL contradict each other; see `binder/postgres-dialect.ts`. Choosing
   * one sets `integerDivision` and `nullOrder` as that engine has them.
   */
  readonly sqlDialect: SqlDialect
  readonly disabledRules: ReadonlySet<string>
}

type Value = string | number | boolean

export const settingNames = [
  'memory_limit',
  'memory_pool',
  'threads',
  'target_partitions',
  'spill_compression',
  'disk_cache',
  'integer_division',
  'default_null_order',
  'sql_dialect',
  'keep_spills',
] as const

/**
 * The settings after `SET name = value`.
 *
 * @throws `invalid_argument` for a name or value that does not exist
 */
export function withSetting(
  settings: Settings,
  name: string,
  value: Value,
  budgetBytes: number,
  span?: SourceSpan,
): Settings {
  switch (name.toLowerCase()) {
    case 'memory_limit':
      return { ...settings, memoryLimitBytes: memoryLimit(value, budgetBytes, span) }
    case 'memory_pool':
      return { ...settings, memoryPool: oneOf(name, value, ['greedy', 'fair', 'unbounded'], span) }
    case 'threads':
      return { ...settings, threads: wholeNumber(name, value, 1, 256, span) }
    case 'target_partitions':
      return { ...settings, targetPartitions: wholeNumber(name, value, 1, 256, span) }
    case 'spill_compression':
      return { ...settings, spillCompression: oneOf(name, value, ['none', 'lz4'], span) }
    case 'disk_cache':
      return { ...settings, diskCache: truthValue(name, value, span) }
    case 'keep_spills':
      return { ...settings, keepSpills: oneOf(name, String(value), ['true', 'false'], span) === 'true' }
    case 'integer_division':
      return { ...settings, integerDivision: truthValue(name, value, span) }
    case 'default_null_order':
      return { ...settings, nullOrder: nullOrder(name, value, span) }
    case 'sql_dialect':
      return { ...settings, ...dialectSettings(oneOf(name, value, ['duckdb', 'postgres'], span)) }
    case 'max_memory':
      return withSetting(settings, 'memory_limit', value, budgetBytes, span)
    case 'worker_threads':
      return withSetting(settings, 'threads', value, budgetBytes, span)
    case 'null_order':
      return withSetting(settings, 'default_null_order', value, budgetBytes, span)
    default:
      if (isAsItIs(name, value, span)) return settings
      return withRule(settings, name, value, span)
  }
}

/** DuckDB's settings that this engine has only one way of, with the values that ask for it. */
const ONLY_WAY: Readonly<Record<string, readonly string[]>> = {
  // rows are kept in their order, which is as good for whoever does not mind
  preserve_insertion_order: ['true', 'false'],
  enable_progress_bar: ['true', 'false'],
  timezone: ['utc', 'etc/utc', 'gmt'],
  calendar: ['gregorian'],
  schema: ['main'],
  search_path: ['main'],
  default_order: ['asc', 'ascending'],
  default_collation: ['', 'binary', 'c'],
  // a division by zero is NULL
  ieee_floating_point_ops: ['false'],
  scalar_subquery_error_on_multiple_rows: ['true'],
  old_implicit_casting: ['false'],
}

/** Whether a setting asks for what is so anyway. Errors: `unsupported` for any other value of such a setting. */
function isAsItIs(name: string, value: Value, span: SourceSpan | undefined): boolean {
  const key = name.toLowerCase()
  const values = Object.hasOwn(ONLY_WAY, key) ? ONLY_WAY[key] : undefined
  if (!values) return false
  if (values.includes(String(value).toLowerCase())) return true
  throw unsupported(
    `SET ${name} = '${value}'`,
    span,
    `It can be ${values.map((each) => `'${each}'`).join(' or ')}.`,
  )
}

/** The settings after RESET: one of them, or all when `name` is null, as they were at the start. */
export function withoutSetting(
  settings: Settings,
  initial: Settings,
  name: string | null,
  span?: SourceSpan,
): Settings {
  switch (name?.toLowerCase()) {
    case undefined:
      return initial
    case 'memory_limit':
      return { ...settings, memoryLimitBytes: initial.memoryLimitBytes }
    case 'memory_pool':
      return { ...settings, memoryPool: initial.memoryPool }
    case 'threads':
      return { ...settings, threads: initial.threads }
    case 'target_partitions':
      return { ...settings, targetPartitions: initial.targetPartitions }
    case 'spill_compression':
      return { ...settings, spillCompression: initial.spillCompression }
    case 'disk_cache':
      return { ...settings, diskCache: initial.diskCache }
    case 'keep_spills':
      return { ...settings, keepSpills: initial.keepSpills }
    case 'integer_division':
      return { ...settings, integerDivision: initial.integerDivision }
    case 'default_null_order':
    case 'null_order':
      return { ...settings, nullOrder: initial.nullOrder }
    case 'sql_dialect':
      return { ...settings, ...dialectSettings(initial.sqlDialect) }
    default:
      if (Object.hasOwn(ONLY_WAY, name!.toLowerCase())) return settings
      return withRule(settings, name!, 'true', span)
  }
}

function withRule(settings: Settings, name: string, value: Value, span: SourceSpan | undefined): Settings {
  const rule = /^optimizer\.(.+)$/i.exec(name)?.[1]?.toLowerCase()
  if (rule === undefined) {
    throw new LakebookError('invalid_argument', `There is no setting ${name}`, {
      span,
      hint: `There are: ${settingNames.join(', ')} and optimizer.RULE.`,
    })
  }
  if (!ruleNames.includes(rule)) {
    throw new LakebookError('invalid_argument', `There is no optimiser rule ${rule}`, {
      span,
      hint: `There are: ${ruleNames.join(', ')}.`,
    })
  }
  const disabledRules = new Set(settings.disabledRules)
  if (oneOf(name, String(value), ['true', 'false'], span) === 'false') disabledRules.add(rule)
  else disabledRules.delete(rule)
  return { ...settings, disabledRules }
}

/** The value of a setting, for SHOW. */
export function settingText(settings: Settings, name: string, span?: SourceSpan): string {
  switch (name.toLowerCase()) {
    case 'memory_limit':
    case 'max_memory':
      return `${settings.memoryLimitBytes} bytes`
    case 'memory_pool':
      return settings.memoryPool
    case 'threads':
    case 'worker_threads':
      return String(settings.threads)
    case 'target_partitions':
      return settings.targetPartitions === null ? 'none' : String(settings.targetPartitions)
    case 'spill_compression':
      return settings.spillCompression
    case 'disk_cache':
      return String(settings.diskCache)
    case 'keep_spills':
      return String(settings.keepSpills)
    case 'integer_division':
      return String(settings.integerDivision)
    case 'default_null_order':
    case 'null_order':
      return settings.nullOrder
    case 'sql_dialect':
      return settings.sqlDialect
    default: {
      const only = Object.hasOwn(ONLY_WAY, name.toLowerCase()) ? ONLY_WAY[name.toLowerCase()] : undefined
      if (only) return only[0]!
      const rule = /^optimizer\.(.+)$/i.exec(name)?.[1]?.toLowerCase()
      if (rule !== undefined && ruleNames.includes(rule)) return String(!settings.disabledRules.has(rule))
      throw new LakebookError('invalid_argument', `There is no setting ${name}`, {
        span,
        hint: `There are: ${settingNames.join(', ')} and optimizer.RULE.`,
      })
    }
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** A size such as '64MB' or '1.5 GiB', in bytes. */
function memoryLimit(value: Value, budgetBytes: number, span: SourceSpan | undefined): number {
  const match = /^\s*([\d.]+)\s*([a-z]*)\s*$/i.exec(String(value))
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?']
  const bytes = match === null || unit === undefined ? NaN : Math.floor(Number(match[1]) * unit)
  if (!Number.isFinite(bytes)) {
    throw new LakebookError('invalid_argument', `'${value}' is not a size`, {
      span,
      hint: "Write a number and a unit, e.g. '64MB' or '1GiB'.",
    })
  }
  if (bytes < LEAST_LIMIT_BYTES) {
    throw new LakebookError('budget_too_small', `A memory limit of ${bytes} bytes is too small`, {
      span,
      hint: 'The least that would do is 16 MB.',
    })
  }
  if (bytes > budgetBytes) {
    throw new LakebookError(
      'invalid_argument',
      `A memory limit of ${bytes} bytes is more than the heap's budget of ${budgetBytes} bytes`,
      { span, hint: 'The heap was sized when the engine was opened: open it with a larger budget.' },
    )
  }
  return bytes
}

const LEAST_LIMIT_BYTES = 16_000_000

function oneOf<const Choice extends string>(
  name: string,
  value: Value,
  choices: readonly Choice[],
  span: SourceSpan | undefined,
): Choice {
  const found = choices.find((choice) => choice === String(value).toLowerCase())
  if (found !== undefined) return found
  throw new LakebookError('invalid_argument', `${name} cannot be '${value}'`, {
    span,
    hint: `It can be ${choices.map((choice) => `'${choice}'`).join(' or ')}.`,
  })
}

const NULL_ORDERS = {
  nulls_last: 'nulls_last',
  nulls_first: 'nulls_first',
  nulls_first_on_asc_last_on_desc: 'nulls_first_on_asc_last_on_desc',
  nulls_last_on_asc_first_on_desc: 'nulls_last_on_asc_first_on_desc',
  first: 'nulls_first',
  last: 'nulls_last',
  'nulls first': 'nulls_first',
  'nulls last': 'nulls_last',
  sqlite: 'nulls_first_on_asc_last_on_desc',
  postgres: 'nulls_last_on_asc_first_on_desc',
} as const satisfies Record<string, NullOrder>

function dialectSettings(sqlDialect: SqlDialect) {
  const isPostgres = sqlDialect === 'postgres'
  const nullOrder: NullOrder = isPostgres ? 'nulls_last_on_asc_first_on_desc' : 'nulls_last'
  return { sqlDialect, integerDivision: isPostgres, nullOrder }
}

function nullOrder(name: string, value: Value, span: SourceSpan | undefined): NullOrder {
  const names = Object.keys(NULL_ORDERS) as (keyof typeof NULL_ORDERS)[]
  return NULL_ORDERS[oneOf(name, value, names, span)]
}

function truthValue(name: string, value: Value, span: SourceSpan | undefined): boolean {
  return ['true', 'on', '1'].includes(
    oneOf(name, String(value), ['true', 'false', 'on', 'off', '1', '0'], span),
  )
}

function wholeNumber(
  name: string,
  value: Value,
  least: number,
  most: number,
  span: SourceSpan | undefined,
): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new LakebookError('invalid_argument', `${name} cannot be '${value}'`, {
    span,
    hint: `It can be a whole number from ${least} to ${most}.`,
  })
}
