import { isFloat, type DataType } from '../arrow/types.ts'
import { formatBytes } from '../memory/format-bytes.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { inputs } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { Frame } from './frame.ts'

/** Methods that turn columns into objects, one by one: what to write instead. */
const BANNED: Readonly<Record<string, string>> = {
  to_dicts: 'The cell’s result is shown as it is; to pick rows use filter, head or slice.',
  to_dict: 'The cell’s result is shown as it is; to pick columns use select.',
  to_pandas: 'Keep working with expressions; the result can be exported as Parquet, Arrow or CSV.',
  to_numpy: 'Keep working with expressions over whole columns.',
  to_list: 'Keep working with expressions over whole columns.',
  iter_rows: 'Write the calculation over whole columns: with_columns, filter, group_by(...).agg(...).',
  iter_columns: 'Name several columns at once: pl.col("a", "b") or pl.all().',
  iter_slices: 'Use slice(offset, length).',
  rows: 'Use filter, head or slice to pick rows.',
  row: 'Use slice(offset, 1) or filter to pick a row.',
  rows_by_key: 'Use filter or group_by(...).agg(...).',
  apply: 'Write the function as an expression, e.g. pl.when(...).then(...).otherwise(...).',
  map_elements: 'Write the function as an expression, e.g. pl.when(...).then(...).otherwise(...).',
  map_rows: 'Write the function as expressions in with_columns.',
  map_groups: 'Use group_by(...).agg(...) or .over(...).',
  rolling_map: 'Use rolling_mean, rolling_sum, rolling_quantile and their like, or .rolling(...).',
  map_batches: 'Write the function as an expression.',
}

export function isBanned(method: string): boolean {
  return Object.hasOwn(BANNED, method)
}

export function bannedNames(): readonly string[] {
  return Object.keys(BANNED)
}

/** The refusal of a method that would make an object for every value, with what that would have cost. */
export function bannedMethod(
  method: string,
  frame: Frame | null,
  span: SourceSpan | undefined,
): LakebookError {
  return new LakebookError(
    'forbidden',
    `\`${method}\` would turn columns into objects: ${objectCost(frame)}`,
    { span, hint: BANNED[method] },
  )
}

/** The refusal of a loop over a frame. */
export function bannedLoop(frame: Frame, span: SourceSpan | undefined): LakebookError {
  return new LakebookError(
    'forbidden',
    `Looping over a frame would turn columns into objects: ${objectCost(frame)}`,
    {
      span,
      hint: 'Write the calculation over whole columns: with_columns, filter, group_by(...).agg(...) or .over(...).',
    },
  )
}

/** Bytes of one boxed value: a header, and a slot that points to it. */
const OBJECT_BYTES = 16
const SLOT_BYTES = 8
const TEXT_BYTES = 24

function objectBytes(type: DataType): number {
  switch (type.kind) {
    case 'bool':
    case 'null':
      return SLOT_BYTES
    case 'utf8':
    case 'binary':
      return SLOT_BYTES + OBJECT_BYTES + TEXT_BYTES
    case 'timestamp':
    case 'date':
    case 'time':
    case 'duration':
    case 'interval':
      return SLOT_BYTES + 2 * OBJECT_BYTES
    default:
      return SLOT_BYTES + OBJECT_BYTES
  }
}

function arrowBytes(type: DataType): number {
  switch (type.kind) {
    case 'null':
      return 0
    case 'bool':
      return 1 / 8
    case 'utf8':
    case 'binary':
      return 4 + TEXT_BYTES / 2
    case 'decimal':
      return type.precision <= 18 ? 8 : 16
    case 'list':
      return 4 + 4 * arrowBytes(type.item)
    case 'interval':
      return 16
    case 'date':
      return 4
    default:
      return isFloat(type) && type.kind === 'float32' ? 4 : Number(/\d+$/.exec(type.kind)?.[0] ?? 64) / 8
  }
}

function objectCost(frame: Frame | null): string {
  if (frame === null) return 'one for every row'
  const columns = frame.columns
  const rows = estimatedRows(frame.plan)
  const perRow = OBJECT_BYTES + columns.reduce((sum, column) => sum + objectBytes(column.type), 0)
  const arrowPerRow = columns.reduce((sum, column) => sum + arrowBytes(column.type), 0)
  const width = columns.length === 1 ? '1 column' : `${columns.length} columns`
  if (rows === null) {
    return `one for every row and value of ${width}, about ${Math.round(perRow)} bytes a row where Arrow takes ${Math.round(arrowPerRow)}`
  }
  const count = (rows * columns.length).toLocaleString('en-US')
  const objects = formatBytes(rows * perRow)
  return `${rows.toLocaleString('en-US')} rows × ${width} = ${count} objects, about ${objects} where Arrow takes ${formatBytes(Math.ceil(rows * arrowPerRow))}`
}

/** At most as many rows as the plan yields, from the tables' statistics; null where joins or lists may multiply them. */
function estimatedRows(plan: LogicalPlan): number | null {
  switch (plan.kind) {
    case 'scan':
      return plan.provider.statistics.rowCount
    case 'values':
      return plan.rows.length
    case 'limit': {
      const rows = estimatedRows(plan.input)
      return plan.limit === null ? rows : Math.min(plan.limit, rows ?? plan.limit)
    }
    case 'union': {
      const counts = plan.inputs.map(estimatedRows)
      return counts.includes(null) ? null : counts.reduce((sum: number, rows) => sum + (rows ?? 0), 0)
    }
    case 'aggregate':
      return plan.groups.length === 0 ? 1 : estimatedRows(plan.input)
    case 'join':
    case 'unnest':
      return null
    default: {
      const [input] = inputs(plan)
      return input === undefined ? null : estimatedRows(input)
    }
  }
}
