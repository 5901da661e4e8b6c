import type { FileFunction, OptionValue } from '../catalog/file-request.ts'
import { internalError, LakebookError, unsupported } from '../errors.ts'
import { frameOfFile, scanTable, withCellTypes, type PolarsCatalog } from './catalog-tables.ts'
import { limited } from './frame-rows.ts'
import type { Frame } from './frame.ts'
import { columnNode } from './expression.ts'
import { optional, required, type BoundArguments, type Parameter } from './parameters.ts'
import { selectFrame } from './select.ts'
import { describeValue } from './values.ts'

/** Arguments of pl.read_csv, and what the engine's own reader calls them. */
const CSV_OPTIONS: Readonly<Record<string, string>> = {
  separator: 'delim',
  has_header: 'header',
  skip_rows: 'skip',
  quote_char: 'quote',
  null_values: 'nullstr',
  ignore_errors: 'ignore_errors',
  comment_prefix: 'comment',
}

const shared: readonly Parameter[] = [
  required('source', 'any'),
  optional('columns', 'any'),
  optional('n_rows', 'int'),
]

export const readParameters: Readonly<Record<FileFunction, readonly Parameter[]>> = {
  csv: [...shared, ...Object.keys(CSV_OPTIONS).map((name) => optional(name, 'any'))],
  json: shared,
  ndjson: shared,
  parquet: shared,
  arrow: shared,
}

/**
 * What pl.read_csv, pl.scan_parquet and their like read: a registered file by its name, or files by name, pattern or
 * address that are opened for it. Files whose names are tables already are those tables, unless options say how to read.
 */
export function readFiles(reader: FileFunction, args: BoundArguments, catalog: PolarsCatalog): Frame {
  const patterns = args.strings('source')
  const options = reader === 'csv' ? csvOptions(args) : []
  const rows = limitedRows(filesOf(reader, patterns, options, args, catalog), args)
  const columns = args.strings('columns')
  if (columns.length === 0) return rows
  return selectFrame(
    rows,
    columns.map((name) => columnNode(name, args.span)),
    args.span,
  )
}

type Options = readonly { readonly name: string; readonly value: OptionValue }[]

function filesOf(
  reader: FileFunction,
  patterns: readonly string[],
  options: Options,
  args: BoundArguments,
  catalog: PolarsCatalog,
): Frame {
  const [only = '', ...others] = patterns
  if (options.length === 0 && others.length === 0) {
    try {
      return frameOfFile(catalog, only, args.span)
    } catch (error) {
      const isUnknown = error instanceof LakebookError && error.code === 'unknown_table'
      if (!isUnknown || catalog.files === undefined || !/[*?]|:\/\//.test(only)) throw error
    }
  }
  const found = catalog.files?.({ reader, view: 'rows', patterns, options, types: [] })
  if (found === undefined) throw unsupported(`Reading a file by \`${args.method}\` here`, args.span)
  if (found.kind !== 'table') throw internalError(`${args.method} was answered with rows`)
  return withCellTypes(scanTable(found.name, found.provider))
}

function limitedRows(frame: Frame, args: BoundArguments): Frame {
  return args.has('n_rows') ? limited(frame, args.int('n_rows', 0), 0) : frame
}

function csvOptions(args: BoundArguments): Options {
  return Object.entries(CSV_OPTIONS).flatMap(([argument, name]) => {
    const value = args.value(argument)
    if (value === undefined || (value.kind === 'scalar' && value.value === null)) return []
    return [{ name, value: optionOf(argument, value, args) }]
  })
}

function optionOf(
  argument: string,
  value: NonNullable<ReturnType<BoundArguments['value']>>,
  args: BoundArguments,
): OptionValue {
  if (value.kind === 'list') return value.items.map((item) => optionOf(argument, item, args))
  if (value.kind !== 'scalar')
    throw unsupported(`${describeValue(value)} as \`${argument}\` of \`${args.method}\``, args.span)
  return typeof value.value === 'bigint' ? Number(value.value) : value.value
}
