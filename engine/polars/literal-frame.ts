import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { LiteralValue } from '../plan/plan.ts'
import { columnNode } from './expression.ts'
import { frameOfPlan, type Frame } from './frame.ts'
import type { BoundArguments } from './parameters.ts'
import { callExpressionMethod } from './method-registry.ts'
import { withColumns } from './select.ts'
import { supertype } from './supertype.ts'
import { describeValue, type Value } from './values.ts'

interface Constant {
  readonly value: LiteralValue
  readonly type: DataType
}

/** One row without columns, for expressions that need no frame. */
export function oneRow(): Frame {
  return { plan: { kind: 'values', columns: [], rows: [[]] }, columns: [], order: null }
}

/** pl.DataFrame({"a": [1, 2]}) or pl.DataFrame([{"a": 1}, {"a": 2}]): a frame written out in the cell. */
export function literalFrame(args: BoundArguments): Frame {
  const { span } = args
  const data = args.value('data')
  const columns = new Map<string, readonly Constant[]>()
  if (data?.kind === 'dict') {
    for (const [name, items] of data.entries) columns.set(nameOf(name, span), constantsOf(items, span))
  } else if (data?.kind === 'list') {
    for (const [name, items] of columnsOfRows(data.items, span)) columns.set(name, items)
  } else if (data !== undefined) {
    throw args.invalid('data', 'a dict of columns, or a list of dicts')
  }
  const dtypes = schemaOf(args)
  for (const name of dtypes.keys()) if (data === undefined) columns.set(name, [])
  const height = Math.max(0, ...[...columns.values()].map((items) => items.length))
  const outputs = [...columns].map(([name, items]) => {
    if (items.length !== height && items.length !== 1) {
      throw new LakebookError(
        'invalid_argument',
        `"${name}" has ${items.length} values where another column has ${height}`,
        { span },
      )
    }
    const type = columnType(name, items, span)
    const cells = Array.from({ length: height }, (_, i) => stored(items[items.length === 1 ? 0 : i]!, type))
    return { column: newColumn(name, type, cells.includes(null)), cells }
  })
  const frame = frameOfPlan({
    kind: 'values',
    columns: outputs.map((output) => output.column),
    rows: Array.from({ length: height }, (_, i) => outputs.map((output) => output.cells[i]!)),
  })
  const casts = [...dtypes].flatMap(([name, dtype]) =>
    dtype === null
      ? []
      : [callExpressionMethod(columnNode(name), 'cast', { args: [dtype], keywords: [], span }, span)],
  )
  return casts.length === 0 ? frame : withColumns(frame, casts, span)
}

function nameOf(value: Value, span: SourceSpan | undefined): string {
  if (value.kind === 'scalar' && typeof value.value === 'string') return value.value
  throw new LakebookError('type', `A column's name is a text, not ${describeValue(value)}`, { span })
}

function constantsOf(value: Value, span: SourceSpan | undefined): readonly Constant[] {
  return value.kind === 'list' ? value.items.map((item) => constantOf(item, span)) : [constantOf(value, span)]
}

function constantOf(value: Value, span: SourceSpan | undefined): Constant {
  if (value.kind === 'scalar') {
    const { value: given } = value
    switch (typeof given) {
      case 'bigint':
        return { value: given, type: types.int64 }
      case 'number':
        return { value: given, type: types.float64 }
      case 'string':
        return { value: given, type: types.utf8 }
      case 'boolean':
        return { value: given, type: types.bool }
      default:
        return { value: null, type: types.null }
    }
  }
  if (value.kind === 'expression' && value.expression.kind === 'literal' && value.expression.type !== null)
    return { value: value.expression.value, type: value.expression.type }
  throw new LakebookError('unsupported', `${describeValue(value)} in a frame that is written out`, {
    span,
    hint: 'Numbers, texts, True and False, None, dates and times can be written out.',
  })
}

function columnsOfRows(rows: readonly Value[], span: SourceSpan | undefined): Map<string, Constant[]> {
  const columns = new Map<string, Constant[]>()
  rows.forEach((row, i) => {
    if (row.kind !== 'dict')
      throw new LakebookError('type', `A row is a dict, not ${describeValue(row)}`, { span })
    for (const [key, value] of row.entries) {
      const name = nameOf(key, span)
      const column =
        columns.get(name) ?? Array.from({ length: i }, (): Constant => ({ value: null, type: types.null }))
      columns.set(name, [...column, constantOf(value, span)])
    }
    for (const [name, column] of columns)
      if (column.length <= i) columns.set(name, [...column, { value: null, type: types.null }])
  })
  return columns
}

/** `schema={"a": pl.Int64}`, `schema=["a"]`, `schema_overrides={...}`. */
function schemaOf(args: BoundArguments): Map<string, Value | null> {
  const dtypes = new Map<string, Value | null>()
  for (const name of ['schema', 'schema_overrides']) {
    const given = args.value(name)
    if (given?.kind === 'dict')
      for (const [key, dtype] of given.entries) dtypes.set(nameOf(key, args.span), dtype)
    else if (given?.kind === 'list') for (const key of given.items) dtypes.set(nameOf(key, args.span), null)
    else if (given !== undefined) throw args.invalid(name, 'a dict of names and types')
  }
  return dtypes
}

function columnType(name: string, items: readonly Constant[], span: SourceSpan | undefined): DataType {
  return items.reduce<DataType>((type, item) => {
    const met = supertype(type, item.type)
    if (met !== null) return met
    throw new LakebookError(
      'type',
      `"${name}" has values of different types: ${typeName(type)} and ${typeName(item.type)}`,
      { span },
    )
  }, types.null)
}

/** The constant as a column of the type has it. */
function stored({ value, type }: Constant, wanted: DataType): LiteralValue {
  if (value === null) return null
  const isNumber = typeof value === 'bigint' || typeof value === 'boolean'
  if (wanted.kind === 'float64' && isNumber) return Number(value)
  if (wanted.kind === 'int64' && typeof value === 'boolean') return BigInt(value)
  if (wanted.kind === 'timestamp' && type.kind === 'date') return (value as bigint) * 86_400_000_000n
  return value
}
