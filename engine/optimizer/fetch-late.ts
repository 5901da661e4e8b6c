import { physicalType, types } from '../arrow/types.ts'
import { columnReference, freshColumnId, newColumn } from '../plan/column-ids.ts'
import { isVolatile, substitute } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { columnsOf, mapInputs } from '../plan/plan-tree.ts'
import type { Column, ColumnId, Expression, Join, Limit, LogicalPlan, Scan, Sort } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'

/** Of a table with fewer rows all columns are soon read. */
const LEAST_ROWS = 20_000
/** One row in so many may be wanted at the most. */
const LEAST_ROWS_PER_WANTED = 16
/** A top-N of fewer rows sorts little, so that only what is not read counts. */
const LEAST_SORTED = 20_000
/** So many rows of a file are read at a time, about. */
const ROWS_OF_A_PART = 131_072

/**
 * `SELECT * … ORDER BY a LIMIT n OFFSET m` over a scan: sorts only the keys and the rows' numbers in the table, and then
 * reads the other columns of the n rows, by a join with the table on the row number:
 *
 *     Sort by position
 *       Join on row number = row number
 *         Scan [other columns, row number]   keep the row numbers that the other side has
 *         RowNumber position
 *           Limit n offset m
 *             TopN by a
 *               Scan [a, row number] filter …
 *
 * The hash table's keys, which the scan learns, leave out all parts of the table that hold none of the rows.
 */
export function fetchLate(plan: LogicalPlan): LogicalPlan {
  if (plan.kind === 'limit' && plan.limit !== null && plan.input.kind === 'sort') {
    const late = lateColumns(plan, plan.input)
    if (late !== null) return late
  }
  return mapInputs(plan, fetchLate)
}

/** A projection over a scan, as expressions over the scan's columns. */
interface Computed {
  readonly scan: Scan
  readonly values: ReadonlyMap<ColumnId, Expression>
}

function lateColumns(limit: Limit, sort: Sort): LogicalPlan | null {
  const computed = overScan(sort.input)
  if (computed === null || sort.limit === null) return null
  const { scan, values } = computed
  const { numbersRows, statistics } = scan.provider
  if (numbersRows === undefined || scan.rowNumber !== undefined) return null
  const { rowCount } = statistics
  if (rowCount < LEAST_ROWS || limit.limit! * LEAST_ROWS_PER_WANTED > rowCount) return null
  const leavesOutParts = numbersRows === 'disk' && limit.limit! * ROWS_OF_A_PART < rowCount
  if (sort.limit < LEAST_SORTED && !leavesOutParts) return null
  const keys = sort.keys.map((key) => ({ ...key, expression: substitute(key.expression, values) }))
  const outputs = outputColumns(sort)
  const items = outputs.map((output) => ({ output, expression: values.get(output.id)! }))
  if ([...keys, ...items].some(({ expression }) => isVolatile(expression))) return null
  const sorted = readBy(keys.map(({ expression }) => expression))
  const read = readBy(items.map(({ expression }) => expression))
  const later = scan.columns.filter(({ id }) => read.has(id) && !sorted.has(id))
  if (!isWorthFetching(later)) return null

  const number = newColumn('row number', types.int64, false)
  const filtered = readBy(scan.filters)
  const early = scan.columns.filter(({ id }) => sorted.has(id))
  const keyScan: Scan = {
    ...scan,
    columns: scan.columns.filter(({ id }) => sorted.has(id) || filtered.has(id)),
    rowNumber: number,
  }
  const position = newColumn('position', types.int64, false)
  const wanted: LogicalPlan = {
    kind: 'row_number',
    input: { ...limit, input: { ...sort, keys, input: keepColumns(keyScan, [...early, number]) } },
    output: position,
  }
  // A filter may have read them too, so here they have ids of their own.
  const fetched = new Map(later.map((column) => [column.id, { ...column, id: freshColumnId() }]))
  const fetchedNumber = newColumn('row number', types.int64, false)
  const join: Join = {
    kind: 'join',
    type: 'inner',
    left: { ...scan, columns: [...fetched.values()], filters: [], rowNumber: fetchedNumber },
    right: wanted,
    keys: [{ left: columnReference(fetchedNumber), right: columnReference(number), nullSafe: false }],
    residual: null,
    mark: null,
    buildSide: 'right',
  }
  const key = { expression: columnReference(position), descending: false, nullsFirst: false }
  const references = new Map([...fetched].map(([id, column]) => [id, columnReference(column)]))
  return {
    kind: 'project',
    input: { kind: 'sort', input: join, keys: [key], limit: null },
    items: items.map((item) => ({ ...item, expression: substitute(item.expression, references) })),
  }
}

/** Null where there is more to it. */
function overScan(plan: LogicalPlan): Computed | null {
  if (plan.kind === 'scan') {
    const values = plan.columns.map((column) => [column.id, columnReference(column)] as const)
    return { scan: plan, values: new Map(values) }
  }
  if (plan.kind !== 'project') return null
  const below = overScan(plan.input)
  if (below === null) return null
  const values = plan.items.map(
    ({ output, expression }) => [output.id, substitute(expression, below.values)] as const,
  )
  return { scan: below.scan, values: new Map(values) }
}

function readBy(expressions: readonly Expression[]): ReadonlySet<ColumnId> {
  return new Set(expressions.flatMap((expression) => [...columnsOf(expression)]))
}

/** Several columns, or one whose values have no fixed width. */
function isWorthFetching(columns: readonly Column[]): boolean {
  if (columns.length > 1) return true
  return columns.some(({ type }) => physicalType(type) === 'bytes' || physicalType(type) === 'list')
}
