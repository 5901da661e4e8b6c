import { types, type DataType } from './arrow/types.ts'
import { internalError } from './errors.ts'
import { resolveScalar } from './functions/scalar-registry.ts'
import { columnReference, newColumn } from './plan/column-ids.ts'
import type { Column, Expression, LogicalPlan } from './plan/plan.ts'

/** Plans that turn each row into its line of a text file: one column of texts. */

export interface CsvLineOptions {
  readonly delimiter: string
  /** What NULL is written as; a text that reads the same is quoted. */
  readonly nullText: string
}

const NEEDS_QUOTES: ReadonlySet<DataType['kind']> = new Set(['list', 'struct', 'map', 'json', 'binary'])

/** A line of CSV for each row. */
export function csvLines(
  input: LogicalPlan,
  columns: readonly Column[],
  options: CsvLineOptions,
): LogicalPlan {
  const parts = columns.flatMap((column, index) => {
    const separator = text(index === columns.length - 1 ? '\n' : options.delimiter)
    return [csvField(column, options), separator]
  })
  return linesOf(input, parts)
}

/** The names of the columns, as the first line. */
export function csvHeader(names: readonly string[], { delimiter }: CsvLineOptions): string {
  const special = [delimiter, '"', '\r', '\n']
  const quoted = names.map((name) =>
    special.some((each) => name.includes(each)) ? `"${name.replaceAll('"', '""')}"` : name,
  )
  return `${quoted.join(delimiter)}\n`
}

/** An object of JSON for each row, with the keys of its columns; after it a line break, or for an array a comma before. */
export function jsonLines(
  input: LogicalPlan,
  columns: readonly Column[],
  { array }: { readonly array: boolean },
): LogicalPlan {
  const parts = columns.flatMap((column, index) => {
    const key = `${index === 0 ? `${array ? ',\n' : ''}{` : ','}${JSON.stringify(column.name)}:`
    return [text(key), jsonValue(column)]
  })
  return linesOf(input, [...parts, text(array ? '}' : '}\n')])
}

function jsonValue(column: Column): Expression {
  const value = jsonText(columnReference(column))
  return value.nullable ? call('coalesce', value, text('null')) : value
}

function jsonText(value: Expression): Expression {
  switch (value.type.kind) {
    case 'bool':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'decimal':
    case 'json':
      return asText(value)
    case 'float32':
    case 'float64':
      // JSON has neither NaN nor infinities
      return {
        kind: 'case',
        branches: [{ when: call('isfinite', value), then: asText(value) }],
        otherwise: text('null'),
        type: types.utf8,
        nullable: value.nullable,
      }
    case 'list':
    case 'struct':
    case 'map':
      return asText(castTo(value, types.json))
    default:
      return call('json_quote', value.type.kind === 'utf8' ? value : asText(value))
  }
}

function asText(value: Expression): Expression {
  return castTo(value, types.utf8)
}

function castTo(arg: Expression, type: DataType): Expression {
  return { kind: 'cast', arg, type, nullable: arg.nullable, try: false }
}

function linesOf(input: LogicalPlan, parts: readonly Expression[]): LogicalPlan {
  const expression = joined(parts)
  return { kind: 'project', input, items: [{ output: newColumn('line', types.utf8, false), expression }] }
}

/** The parts one after the other: halves of halves, so that no row has so many columns that the expression is too deep. */
function joined(parts: readonly Expression[]): Expression {
  if (parts.length === 1) return parts[0]!
  const middle = parts.length >>> 1
  return call('||', joined(parts.slice(0, middle)), joined(parts.slice(middle)))
}

/** NULL is an empty field; an empty text is `""`, so that the two stay apart. */
function csvField(column: Column, options: CsvLineOptions): Expression {
  const reference = columnReference(column)
  const isText = column.type.kind === 'utf8'
  const value: Expression = isText ? reference : asText(reference)
  const mayNeedQuotes = isText || NEEDS_QUOTES.has(column.type.kind) || options.delimiter !== ','
  const plain = mayNeedQuotes ? quotedWhereNeeded(value, options) : value
  if (!column.nullable) return plain
  return call('coalesce', plain, text(options.nullText))
}

function quotedWhereNeeded(value: Expression, { delimiter, nullText }: CsvLineOptions): Expression {
  const conditions = ['"', delimiter, '\n', '\r'].map((special) => call('contains', value, text(special)))
  const needed = [...conditions, call('=', value, text(nullText))].reduce((any, condition) =>
    call('or', any, condition),
  )
  const doubled = call('replace', value, text('"'), text('""'))
  return {
    kind: 'case',
    branches: [{ when: needed, then: call('||', call('||', text('"'), doubled), text('"')) }],
    otherwise: value,
    type: types.utf8,
    nullable: value.nullable,
  }
}

function call(name: string, ...args: readonly Expression[]): Expression {
  const resolved = resolveScalar(
    name,
    args.map((argument) => argument.type),
  )
  if (resolved === undefined) throw internalError(`an export needs the function ${name}`)
  const nullable = resolved.nullability(args.map((argument) => argument.nullable))
  return { kind: 'call', fn: resolved.name, args, type: resolved.type, nullable }
}

function text(value: string): Expression {
  return { kind: 'literal', value, type: types.utf8, nullable: false }
}
