import { isNumeric, typeName, types, type DataType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import { resolveAggregate } from '../functions/aggregate-signatures.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { AggregateCall, Column, Expression, LogicalPlan } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

const outputs: readonly (readonly [string, DataType])[] = [
  ['column_name', types.utf8],
  ['column_type', types.utf8],
  ['min', types.utf8],
  ['max', types.utf8],
  ['unique', types.int64],
  ['avg', types.float64],
  ['std', types.float64],
  ['count', types.int64],
  ['null_percentage', types.float64],
]

/** One row for each column of a query: its type, range, distinct values, mean, deviation, rows and NULLs. */
export function summarize(read: () => LogicalPlan): LogicalPlan {
  const width = outputColumns(read()).length
  const inputs = Array.from({ length: width }, (_, index) => summarizeColumn(read(), index))
  return { kind: 'union', inputs, columns: outputs.map(([name, type]) => newColumn(name, type, true)) }
}

function summarizeColumn(input: LogicalPlan, index: number): LogicalPlan {
  const column = outputColumns(input)[index]
  if (!column) throw internalError('SUMMARIZE lost a column')
  const value = columnReference(column)
  const isComparable = column.type.kind !== 'list' && column.type.kind !== 'null'
  const calls: AggregateCall[] = []
  const call = (fn: string, args: readonly Expression[], distinct = false): Expression => {
    const resolved = resolveAggregate(
      fn,
      args.map((arg) => arg.type),
    )
    const output: Column = newColumn(fn, resolved.type, resolved.nullable)
    const cast = args.map((arg, position) => castTo(arg, resolved.argTypes[position] ?? arg.type))
    calls.push({ fn: resolved.fn, args: cast, distinct, filter: null, orderBy: [], output })
    return columnReference(output)
  }
  const rows = call('count_star', [])
  const present = call('count', [value])
  const figures = [
    literal(column.name, types.utf8),
    literal(typeName(column.type), types.utf8),
    isComparable ? call('min', [value]) : literal(null, types.utf8),
    isComparable ? call('max', [value]) : literal(null, types.utf8),
    isComparable ? call('count', [value], true) : literal(null, types.int64),
    isNumeric(column.type) ? call('avg', [value]) : literal(null, types.float64),
    isNumeric(column.type) ? call('stddev_samp', [value]) : literal(null, types.float64),
    rows,
    percentage(rows, present),
  ]
  const items = figures.map((figure, position) => {
    const [name, type] = outputs[position]!
    const expression = castTo(figure, type)
    return { output: newColumn(name, type, true), expression }
  })
  return { kind: 'project', input: { kind: 'aggregate', input, groups: [], aggregates: calls }, items }
}

/** 100 × (rows - present) / rows. */
function percentage(rows: Expression, present: Expression): Expression {
  const missing = scalarCall('-', [rows, present], undefined)
  const hundredfold = scalarCall(
    '*',
    [castTo(missing, types.float64), literal(100, types.float64)],
    undefined,
  )
  return scalarCall('/', [hundredfold, castTo(rows, types.float64)], undefined)
}
