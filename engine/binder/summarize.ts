import { isNumeric, structOf, typeName, types, type DataType } from '../arrow/types.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { AggregateCall, Column, Expression, LogicalPlan } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'
import { makeAggregate } from './make-aggregate.ts'
import { structField, structPack } from './nested.ts'
import { scalarCall } from './scalar-call.ts'

const outputs: readonly (readonly [string, DataType])[] = [
  ['column_name', types.utf8],
  ['column_type', types.utf8],
  ['min', types.utf8],
  ['max', types.utf8],
  ['approx_unique', types.int64],
  ['avg', types.utf8],
  ['std', types.utf8],
  ['q25', types.utf8],
  ['q50', types.utf8],
  ['q75', types.utf8],
  ['count', types.int64],
  ['null_percentage', { kind: 'decimal', precision: 9, scale: 2 }],
]

/** So many columns are gone through one by one, each with the heap to itself; more of them in so many groups. */
const MOST_PASSES = 64

/**
 * One row for each column of a query: its type, range, about how many distinct values, mean, deviation, quartiles, rows
 * and NULLs. What is of the column's own type comes as text.
 */
export function summarize(read: () => LogicalPlan): LogicalPlan {
  const width = outputColumns(read()).length
  const size = Math.max(1, Math.ceil(width / MOST_PASSES))
  const inputs: LogicalPlan[] = []
  for (let from = 0; from < width; from += size) inputs.push(summarizeColumns(read(), from, from + size))
  return { kind: 'union', inputs, columns: outputs.map(([name, type]) => newColumn(name, type, true)) }
}

/** The columns from one to another, in one pass. */
function summarizeColumns(input: LogicalPlan, from: number, to: number): LogicalPlan {
  const calls: AggregateCall[] = []
  const rows = outputColumns(input)
    .slice(from, to)
    .map((column) => figuresOf(column, calls))
  const aggregate: LogicalPlan = { kind: 'aggregate', input, groups: [], aggregates: calls }
  const [only] = rows
  if (rows.length === 1) return { kind: 'project', input: aggregate, items: named(only!) }
  const names = outputs.map(([name]) => name)
  const list = scalarCall(
    'list_value',
    rows.map((row) => structPack(names, row, undefined)),
    undefined,
  )
  const row = newColumn('row', structOf(outputs.map(([name, type]) => ({ name, type }))), true)
  const items = [{ output: row, expression: list }]
  const fields = names.map((name) => structField(columnReference(row), name, undefined))
  return {
    kind: 'project',
    input: { kind: 'unnest', input: aggregate, items, keepEmpty: false },
    items: named(fields),
  }
}

function named(figures: readonly Expression[]) {
  return figures.map((expression, index) => {
    const [name, type] = outputs[index]!
    return { output: newColumn(name, type, true), expression }
  })
}

/** What is said of one column; the aggregates that it needs are added to the others. */
function figuresOf(column: Column, calls: AggregateCall[]): readonly Expression[] {
  const value = columnReference(column)
  const call = (name: string, args: readonly Expression[]): Expression =>
    makeAggregate(
      name,
      args,
      ({ fn, args: cast, type, nullable }, { orderBy = [], where = null } = {}) => {
        const output: Column = newColumn(fn, type, nullable)
        calls.push({ fn, args: cast, distinct: false, filter: where, orderBy, output })
        return columnReference(output)
      },
      undefined,
    )
  const nothing = literal(null, types.utf8)
  const isNumber = isNumeric(column.type)
  const hasRange = column.type.kind !== 'list' && column.type.kind !== 'null'
  const hasMean = isNumber || ['date', 'timestamp', 'time'].includes(column.type.kind)
  const quantile = (part: number): Expression =>
    hasMean ? call('approx_quantile', [value, literal(part, types.float64)]) : nothing
  const rows = call('count_star', [])
  const present = call('count', [value])
  const figures = [
    literal(column.name, types.utf8),
    literal(typeName(column.type), types.utf8),
    hasRange ? call('min', [value]) : nothing,
    hasRange ? call('max', [value]) : nothing,
    column.type.kind === 'null' ? literal(0n, types.int64) : call('approx_count_distinct', [value]),
    hasMean ? call('avg', [value]) : nothing,
    isNumber ? call('stddev_samp', [value]) : nothing,
    quantile(0.25),
    quantile(0.5),
    quantile(0.75),
    rows,
    percentage(rows, present),
  ]
  return figures.map((figure, index) => castTo(figure, outputs[index]![1]))
}

/** 100 × (rows - present) / rows; NULL without rows. */
function percentage(rows: Expression, present: Expression): Expression {
  const missing = scalarCall('-', [rows, present], undefined)
  const hundredfold = scalarCall(
    '*',
    [castTo(missing, types.float64), literal(100, types.float64)],
    undefined,
  )
  return scalarCall('/', [hundredfold, castTo(rows, types.float64)], undefined)
}
