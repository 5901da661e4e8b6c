import { isNested, listOf, structOf, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { LiteralValue } from '../plan/plan.ts'
import { columnNode } from './expression.ts'
import { frameOfPlan, projectFrame, type Frame } from './frame.ts'
import { castTo } from './lowered.ts'
import type { BoundArguments } from './parameters.ts'
import { callExpressionMethod } from './method-registry.ts'
import { withColumns } from './select.ts'
import { describeValue, textKey, type Value } from './values.ts'
import { commonType, constantOf, NULL_CONSTANT, type Constant } from './written-constant.ts'

/** One row without columns, for expressions that need no frame. */
export function oneRow(): Frame {
  return { plan: { kind: 'values', columns: [], rows: [[]] }, columns: [], order: null }
}

/**
 * A frame written out in the cell: pl.DataFrame({"a": [1, 2]}), pl.DataFrame([{"a": 1}, {"a": 2}]), or lists of columns or
 * of rows.
 */
export function literalFrame(args: BoundArguments): Frame {
  const { span } = args
  const dtypes = schemaOf(args)
  const columns = columnsOf(args, dtypes)
  const height = Math.max(0, ...[...columns.values()].map((items) => items.length))
  const outputs = [...columns].map(([name, items]) => {
    if (items.length !== height && items.length !== 1) {
      throw new LakebookError(
        'invalid_argument',
        `"${name}" has ${items.length} values where another column has ${height}`,
        { span },
      )
    }
    const type = partsTyped(commonType(items, `"${name}"`, span))
    const cells = Array.from({ length: height }, (_, i) => stored(items[items.length === 1 ? 0 : i]!, type))
    return { column: newColumn(name, isNested(type) ? types.utf8 : type, cells.includes(null)), type, cells }
  })
  const written = frameOfPlan({
    kind: 'values',
    columns: outputs.map((output) => output.column),
    rows: Array.from({ length: height }, (_, i) => outputs.map((output) => output.cells[i]!)),
  })
  const frame = outputs.some(({ type }) => isNested(type))
    ? projectFrame(
        written,
        outputs.map(({ column, type }) => {
          const text = columnReference(column)
          return {
            name: column.name,
            expression: isNested(type) ? castTo(castTo(text, types.json), type) : text,
          }
        }),
      )
    : written
  const casts = [...dtypes].flatMap(([name, dtype]) =>
    dtype === null
      ? []
      : [callExpressionMethod(columnNode(name), 'cast', { args: [dtype], keywords: [], span }, span)],
  )
  return casts.length === 0 ? frame : withColumns(frame, casts, span)
}

/** The type of a column, whose items and fields are of a type also where none of them is known: of whole numbers. */
function partsTyped(type: DataType): DataType {
  const typed = (part: DataType) => (part.kind === 'null' ? types.int64 : partsTyped(part))
  switch (type.kind) {
    case 'list':
      return listOf(typed(type.item))
    case 'struct':
      return structOf(type.fields.map((field) => ({ ...field, type: typed(field.type) })))
    default:
      return type
  }
}

type Columns = ReadonlyMap<string, readonly Constant[]>

/** The columns of `data`. */
function columnsOf(args: BoundArguments, dtypes: Schema): Columns {
  const { span } = args
  const data = args.value('data')
  if (data === undefined) return withoutRows(dtypes)
  if (data.kind === 'dict')
    return new Map(data.entries.map(([name, items]) => [textKey(name, span), constantsOf(items, span)]))
  if (data.kind !== 'list') throw args.invalid('data', 'a dict of columns, or a list of rows')
  const [first] = data.items
  if (first === undefined) return withoutRows(dtypes)
  if (first.kind === 'dict') return columnsOfRows(data.items, span)
  const names = [...schemaOf(args, ['schema']).keys()]
  const columns =
    first.kind === 'list' ? listsOf(data.items, first.items.length, names.length, args) : [data.items]
  if (names.length > 0 && names.length !== columns.length)
    throw args.invalid('schema', `as many names as there are columns (${columns.length})`)
  return new Map(
    columns.map((items, i) => [names[i] ?? `column_${i}`, items.map((item) => constantOf(item, span))]),
  )
}

function withoutRows(dtypes: Schema): Columns {
  return new Map([...dtypes.keys()].map((name) => [name, []]))
}

/** Lists of equal length as columns; they are rows where `orient` says so, or the number of names. */
function listsOf(
  lists: readonly Value[],
  length: number,
  names: number,
  args: BoundArguments,
): readonly (readonly Value[])[] {
  const isOfRows = names === length && names !== lists.length
  const items = lists.map((list) => {
    if (list.kind === 'list' && list.items.length === length) return list.items
    throw args.invalid('data', 'lists of equal length')
  })
  if (args.choice('orient', ['row', 'col'], isOfRows ? 'row' : 'col') === 'col') return items
  return Array.from({ length }, (_, i) => items.map((row) => row[i]!))
}

function constantsOf(value: Value, span: SourceSpan | undefined): readonly Constant[] {
  return value.kind === 'list' ? value.items.map((item) => constantOf(item, span)) : [constantOf(value, span)]
}

function columnsOfRows(rows: readonly Value[], span: SourceSpan | undefined): Columns {
  const columns = new Map<string, Constant[]>()
  rows.forEach((row, i) => {
    if (row.kind !== 'dict')
      throw new LakebookError('type', `A row is a dict, not ${describeValue(row)}`, { span })
    for (const [key, value] of row.entries) {
      const name = textKey(key, span)
      let column = columns.get(name)
      if (column === undefined) columns.set(name, (column = new Array<Constant>(i).fill(NULL_CONSTANT)))
      column.push(constantOf(value, span))
    }
    for (const column of columns.values()) if (column.length <= i) column.push(NULL_CONSTANT)
  })
  return columns
}

type Schema = ReadonlyMap<string, Value | null>

/** `schema={"a": pl.Int64}`, `schema=["a"]`, `schema_overrides={...}`. */
function schemaOf(args: BoundArguments, params = ['schema', 'schema_overrides']): Schema {
  const dtypes = new Map<string, Value | null>()
  for (const name of params) {
    const given = args.value(name)
    if (given?.kind === 'dict')
      for (const [key, dtype] of given.entries) dtypes.set(textKey(key, args.span), dtype)
    else if (given?.kind === 'list') for (const key of given.items) dtypes.set(textKey(key, args.span), null)
    else if (given !== undefined) throw args.invalid(name, 'a dict of names and types')
  }
  return dtypes
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
