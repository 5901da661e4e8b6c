import type { DataType } from '../../arrow/types.ts'
import type { FileRequest, OptionValue } from '../../catalog/file-request.ts'
import { nearestName } from '../../catalog/nearest-name.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { CSV_DEFAULTS, type CsvOptions } from './csv-options.ts'

/** How `read_csv` treats a file as a whole. */
export interface TableOptions {
  readonly bad: 'reject' | 'error'
  readonly unionByName: boolean
  readonly fileNameColumn: string | null
  /** Name of a table for the records that are left out. */
  readonly rejectsTable: string | null
}

export const TABLE_DEFAULTS: TableOptions = {
  bad: 'error',
  unionByName: false,
  fileNameColumn: null,
  rejectsTable: null,
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Options that say how text is read faster or which of DuckDB's readers is used: they change no answer here. */
const WITHOUT_EFFECT = [
  'auto_detect',
  'parallel',
  'buffer_size',
  'max_line_size',
  'maximum_line_size',
  'files_to_sniff',
  'new_line',
  'rejects_limit',
  'rejects_scan',
  'strict_mode',
  'auto_type_candidates',
  'preserve_insertion_order',
]

/** What `read_csv(…, name = value)` says. Errors: `invalid_argument` with the nearest name, `unsupported`. */
export function readCsvOptions(request: FileRequest): { csv: CsvOptions; table: TableOptions } {
  const csv: Mutable<CsvOptions> = { ...CSV_DEFAULTS }
  const table: Mutable<TableOptions> = { ...TABLE_DEFAULTS }
  const types = new Map(request.types)
  for (const { name, value } of request.options) {
    const setter = SETTERS[name] ?? TABLE_SETTERS[name]
    if (setter === undefined) {
      if (WITHOUT_EFFECT.includes(name)) continue
      throw unknownOption(name)
    }
    SETTERS[name]?.(csv, value, name, types)
    TABLE_SETTERS[name]?.(table, value, name)
  }
  return { csv, table }
}

type Setter = (
  csv: Mutable<CsvOptions>,
  value: OptionValue,
  name: string,
  types: ReadonlyMap<string, DataType>,
) => void

const SETTERS: Readonly<Record<string, Setter>> = {
  delim: (csv, value, name) => (csv.delimiter = character(value, name, false)),
  delimiter: (csv, value, name) => (csv.delimiter = character(value, name, false)),
  sep: (csv, value, name) => (csv.delimiter = character(value, name, false)),
  quote: (csv, value, name) => (csv.quote = character(value, name, true)),
  escape: (csv, value, name) => (csv.escape = character(value, name, true)),
  comment: (csv, value, name) => (csv.comment = character(value, name, true)),
  header: (csv, value, name) => (csv.header = truth(value, name)),
  skip: (csv, value, name) => (csv.skip = whole(value, name)),
  sample_size: (csv, value, name) => {
    const rows = whole(value, name)
    csv.sampleRows = rows < 0 ? 2 ** 31 : rows
  },
  all_varchar: (csv, value, name) => (csv.allText = truth(value, name)),
  null_padding: (csv, value, name) => (csv.padding = truth(value, name)),
  normalize_names: (csv, value, name) => (csv.normalizeNames = truth(value, name)),
  allow_quoted_nulls: (csv, value, name) => (csv.quotedNulls = truth(value, name)),
  nullstr: (csv, value, name) => (csv.nulls = texts(value, name)),
  null: (csv, value, name) => (csv.nulls = texts(value, name)),
  names: (csv, value, name) => (csv.names = texts(value, name)),
  column_names: (csv, value, name) => (csv.names = texts(value, name)),
  dateformat: (csv, value, name) => (csv.dateFormat = formatText(value, name)),
  date_format: (csv, value, name) => (csv.dateFormat = formatText(value, name)),
  timestampformat: (csv, value, name) => (csv.timestampFormat = formatText(value, name)),
  timestamp_format: (csv, value, name) => (csv.timestampFormat = formatText(value, name)),
  columns: (csv, value, name, types) => {
    csv.columns = fieldsOf(value, name).map(([column, type]) => ({
      name: column,
      type: typeNamed(type, name, types),
    }))
  },
  types: (csv, value, name, types) => (csv.types = typesOf(value, name, types)),
  dtypes: (csv, value, name, types) => (csv.types = typesOf(value, name, types)),
  column_types: (csv, value, name, types) => (csv.types = typesOf(value, name, types)),
  decimal_separator: (_, value, name) => only(value, name, ['.']),
  encoding: (_, value, name) => only(value, name, ['utf-8', 'utf8']),
  compression: (_, value, name) => only(value, name, ['none', 'auto', 'gzip', 'auto_detect', 'uncompressed']),
  hive_partitioning: (_, value, name) => only(value, name, [false]),
  force_not_null: (_, value, name) => only(value, name, []),
}

type TableSetter = (table: Mutable<TableOptions>, value: OptionValue, name: string) => void

const TABLE_SETTERS: Readonly<Record<string, TableSetter>> = {
  ignore_errors: (table, value, name) => {
    if (truth(value, name)) table.bad = 'reject'
  },
  store_rejects: (table, value, name) => {
    if (!truth(value, name)) return
    table.bad = 'reject'
    table.rejectsTable ??= 'reject_errors'
  },
  rejects_table: (table, value, name) => {
    table.bad = 'reject'
    table.rejectsTable = text(value, name)
  },
  union_by_name: (table, value, name) => (table.unionByName = truth(value, name)),
  filename: (table, value, name) => {
    table.fileNameColumn =
      typeof value === 'string' && !isTruthWord(value) ? value : truth(value, name) ? 'filename' : null
  },
}

/** The options that every file function has; `allowed` are those of the function itself. */
export function readTableOptions(request: FileRequest, allowed: readonly string[]): TableOptions {
  const table: Mutable<TableOptions> = { ...TABLE_DEFAULTS }
  for (const { name, value } of request.options) {
    const setter = TABLE_SETTERS[name]
    if (setter !== undefined) setter(table, value, name)
    else if (name === 'hive_partitioning') only(value, name, [false])
    else if (!allowed.includes(name) && !WITHOUT_EFFECT.includes(name)) throw unknownOption(name)
  }
  return table
}

function unknownOption(name: string): LakebookError {
  const known = [...Object.keys(SETTERS), ...Object.keys(TABLE_SETTERS), ...WITHOUT_EFFECT]
  const nearest = nearestName(name, known)
  return new LakebookError('invalid_argument', `There is no option ${name}`, {
    hint: nearest === null ? undefined : `Did you mean ${nearest}?`,
  })
}

function wrong(name: string, what: string): LakebookError {
  return new LakebookError('invalid_argument', `The option ${name} takes ${what}`)
}

function isTruthWord(value: string): boolean {
  return /^(true|false|t|f|0|1)$/i.test(value)
}

function truth(value: OptionValue, name: string): boolean {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value === 'string' && isTruthWord(value)) return /^(true|t|1)$/i.test(value)
  throw wrong(name, 'true or false')
}

function whole(value: OptionValue, name: string): number {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number)) return number
  throw wrong(name, 'a whole number')
}

function text(value: OptionValue, name: string): string {
  if (typeof value === 'string') return value
  throw wrong(name, 'a text')
}

function texts(value: OptionValue, name: string): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as readonly OptionValue[]).map((each) => text(each, name))
  throw wrong(name, 'a text or a list of texts')
}

function formatText(value: OptionValue, name: string): string | null {
  const format = text(value, name)
  return format === '' || format === 'auto' ? null : format
}

function character(value: OptionValue, name: string, mayBeEmpty: boolean): string {
  const given = text(value, name).replace(/^\\t$/, '\t')
  if (given === '' && mayBeEmpty) return ''
  if (given.length === 1 && given.charCodeAt(0) < 128) return given
  if (given.length > 1) throw unsupported(`${name} of more than one character`)
  throw wrong(name, 'one character of ASCII')
}

function fieldsOf(value: OptionValue, name: string): readonly (readonly [string, OptionValue])[] {
  if (value !== null && typeof value === 'object' && 'fields' in value) return value.fields
  throw wrong(name, "names and types, as {'a': 'INTEGER'}")
}

function typeNamed(value: OptionValue, name: string, types: ReadonlyMap<string, DataType>): DataType {
  const type = typeof value === 'string' ? types.get(value) : undefined
  if (type === undefined) throw wrong(name, "names and types, as {'a': 'INTEGER'}")
  return type
}

function typesOf(
  value: OptionValue,
  name: string,
  types: ReadonlyMap<string, DataType>,
): ReadonlyMap<string, DataType> | readonly DataType[] {
  if (Array.isArray(value)) {
    return (value as readonly OptionValue[]).map((each) => typeNamed(each, name, types))
  }
  return new Map(fieldsOf(value, name).map(([column, type]) => [column, typeNamed(type, name, types)]))
}

function only(value: OptionValue, name: string, allowed: readonly OptionValue[]): void {
  const given = typeof value === 'string' ? value.toLowerCase() : value
  if (!allowed.includes(given)) throw unsupported(`${name} = ${JSON.stringify(value)}`)
}
