import { types, typeName, type DataType } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { ByteSource } from '../byte-source.ts'
import type { DelimitedFormat, FieldReading } from '../records/record-format.ts'
import { describeColumns, type OpenedRecords, type RecordsEnvironment } from '../records/records-table.ts'
import { TextArea } from '../records/text-area.ts'
import type { CsvOptions } from './csv-options.ts'
import { formatOf, sniffDialect, type Dialect } from './sniff-dialect.ts'
import { fits, sniffType } from './sniff-types.ts'

const SAMPLE_BYTES = 2 * 2 ** 20
const DIALECT_BYTES = 2 ** 18

/** What was found out about a CSV file. */
export interface SniffedCsv extends OpenedRecords {
  readonly format: DelimitedFormat
  readonly header: boolean
  /** Lines before the header, or before the data. */
  readonly skippedLines: number
  readonly dateFormat: string | null
  readonly timestampFormat: string | null
}

/**
 * Reads the beginning of a CSV file, and finds its dialect, its header and the types of its columns, but for what
 * `options` say. Errors: `corrupt_file` for text that is not UTF-8; `invalid_argument` for options that do not go
 * together.
 */
export async function openCsv(
  source: ByteSource,
  options: CsvOptions,
  reader: RecordsEnvironment,
  signal?: AbortSignal,
): Promise<SniffedCsv> {
  const most = Math.min(SAMPLE_BYTES, Math.max(DIALECT_BYTES, Math.floor(reader.morselBytes)))
  const bytes = Math.min(source.length, most)
  const read = await source.read(0, bytes, signal)
  const bom = byteOrderMark(read, source.name)
  const skipped = skipLines(read.subarray(bom), options.skip)
  const sample = read.subarray(bom + skipped)
  const whole = bytes === source.length
  const dialect = dialectOf(reader, sample, whole, options)
  return sniffed(source, { sample, whole, offset: bom + skipped }, dialect, options, reader)
}

/** Bytes of a UTF-8 mark. UTF-16 is not read. */
function byteOrderMark(bytes: Uint8Array, name: string): number {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 3
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new LakebookError('corrupt_file', `${name} is UTF-16, not UTF-8`, {
      hint: 'Save the file as UTF-8.',
    })
  }
  return 0
}

function skipLines(bytes: Uint8Array, lines: number): number {
  let at = 0
  for (let line = 0; line < lines && at < bytes.length; line++) {
    const end = bytes.indexOf(10, at)
    at = end < 0 ? bytes.length : end + 1
  }
  return at
}

function dialectOf(
  reader: RecordsEnvironment,
  sample: Uint8Array,
  whole: boolean,
  options: CsvOptions,
): Dialect {
  const { columns, delimiter, quote, escape } = options
  if (columns !== null && delimiter !== null) {
    const mark = quote ?? '"'
    const characters = { delimiter, quote: mark, escape: escape ?? mark }
    return { format: formatOf(options, characters, columns.length), notes: 0 }
  }
  const part = sample.subarray(0, DIALECT_BYTES)
  const dialect = sniffDialect(reader, part, whole && part.length === sample.length, options)
  if (columns === null) return dialect
  return { ...dialect, format: { ...dialect.format, columns: columns.length } }
}

function sniffed(
  source: ByteSource,
  {
    sample,
    whole,
    offset,
  }: { readonly sample: Uint8Array; readonly whole: boolean; readonly offset: number },
  { format, notes }: Dialect,
  options: CsvOptions,
  reader: RecordsEnvironment,
): SniffedCsv {
  const noteBytes = skipRecords(reader, format, sample, notes)
  const body = sample.subarray(noteBytes.bytes)
  const area = new TextArea(reader, format, body)
  try {
    area.split({ last: whole, line: 1, most: options.sampleRows + 1, wanted: null, keep: 'fields' })
    const fields = Array.from({ length: format.columns }, (_, field) => field)
    const readings = fields.map((field) => readingOf(area, field, options, 1))
    const header = options.header ?? hasHeader(area, readings, options)
    // without a header the first record counts, too
    const all = header ? readings : fields.map((field) => readingOf(area, field, options, 0))
    const names = columnNames(area, format.columns, header, options)
    const typed = all.map((reading, field) => givenType(names[field]!, field, options) ?? reading)
    checkTypeNames(names, options, source.name)
    const skippedLines = options.skip + noteBytes.lines
    const headerBytes = header ? skipRecords(reader, format, body, 1) : { bytes: 0, lines: 0 }
    const format_ = { ...format, columns: names.length }
    const result = {
      source,
      format: format_,
      names,
      readings: typed,
      begin: {
        offset: offset + noteBytes.bytes + headerBytes.bytes,
        line: 1 + skippedLines + headerBytes.lines,
      },
      header,
      skippedLines,
      dateFormat: typed.find(({ type }) => type.kind === 'date')?.format ?? null,
      timestampFormat: typed.find(({ type }) => type.kind === 'timestamp')?.format ?? null,
    }
    return { ...result, report: reportOf(result) }
  } finally {
    area.close()
  }
}

/** Bytes and lines of the first records, whatever number of columns they have. */
function skipRecords(
  reader: RecordsEnvironment,
  format: DelimitedFormat,
  sample: Uint8Array,
  records: number,
): { readonly bytes: number; readonly lines: number } {
  if (records === 0) return { bytes: 0, lines: 0 }
  const area = new TextArea(reader, format, sample)
  try {
    const { bytes, line } = area.skip(records)
    return { bytes, lines: line - 1 }
  } finally {
    area.close()
  }
}

function readingOf(area: TextArea, field: number, options: CsvOptions, from: number): FieldReading {
  if (options.allText || options.columns !== null) return { type: types.utf8, format: null }
  return sniffType(area, field, options, from)
}

/** The first record is a header when it does not have the types of the others, or when all is text. */
function hasHeader(area: TextArea, readings: readonly FieldReading[], options: CsvOptions): boolean {
  if (area.records === 0) return false
  const texts = readings.map((_, field) => area.text(field, 0))
  const isTyped = ({ type }: FieldReading): boolean => type.kind !== 'utf8' && type.kind !== 'null'
  if (options.columns !== null && options.delimiter !== null) {
    return options.columns.every(({ name }, field) => texts[field]?.toLowerCase() === name.toLowerCase())
  }
  if (area.records === 1) {
    const own = readings.map((_, field) => sniffType(area, field, options, 0))
    return own.every((reading) => !isTyped(reading)) && texts.every((text) => text !== null)
  }
  if (readings.some((reading, field) => isTyped(reading) && !fits(area, field, reading, 0, 1))) return true
  return readings.every((reading) => !isTyped(reading)) && texts.every((text) => text !== null)
}

function columnNames(
  area: TextArea,
  columns: number,
  header: boolean,
  options: CsvOptions,
): readonly string[] {
  if (options.columns !== null) return options.columns.map(({ name }) => name)
  const digits = String(Math.max(0, columns - 1)).length
  const taken = new Map<string, number>()
  const names: string[] = []
  for (let field = 0; field < columns; field++) {
    const given = options.names?.[field]
    const text = header && area.records > 0 ? (area.text(field, 0)?.trim() ?? '') : ''
    const plain = header ? `column${field}` : `column${String(field).padStart(digits, '0')}`
    let name = given ?? (text === '' ? plain : text)
    if (options.normalizeNames && given === undefined) name = normalized(name)
    const key = name.toLowerCase()
    const times = taken.get(key) ?? 0
    taken.set(key, times + 1)
    names.push(times === 0 ? name : `${name}_${times}`)
  }
  return names
}

function normalized(name: string): string {
  const plain = name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .trim()
    .replace(/\s/g, '_')
    .replace(/[^A-Za-z0-9_]/g, '')
    .toLowerCase()
  return /^[0-9]/.test(plain) ? `_${plain}` : plain
}

function givenType(name: string, field: number, options: CsvOptions): FieldReading | null {
  const type = typeOf(name, field, options)
  if (type === undefined) return null
  const { dateFormat, timestampFormat } = options
  if (type.kind === 'date') return { type, format: dateFormat }
  if (type.kind === 'timestamp') return { type, format: timestampFormat }
  return { type, format: null }
}

function typeOf(name: string, field: number, { columns, types: given }: CsvOptions): DataType | undefined {
  if (columns !== null) return columns[field]?.type
  if (given === null) return undefined
  if (Array.isArray(given)) return (given as readonly DataType[])[field]
  for (const [column, type] of given as ReadonlyMap<string, DataType>) {
    if (column.toLowerCase() === name.toLowerCase()) return type
  }
  return undefined
}

function checkTypeNames(names: readonly string[], { types: given }: CsvOptions, file: string): void {
  if (given === null || Array.isArray(given)) return
  for (const column of (given as ReadonlyMap<string, DataType>).keys()) {
    if (names.some((name) => name.toLowerCase() === column.toLowerCase())) continue
    throw new LakebookError('invalid_argument', `types names a column "${column}", which ${file} has not`, {
      hint: `Its columns are ${names.slice(0, 20).join(', ')}.`,
    })
  }
}

function reportOf(found: Omit<SniffedCsv, 'report'>): readonly string[] {
  const { format, header, skippedLines, names, readings, dateFormat, timestampFormat } = found
  const mark = (code: number | null): string =>
    code === null ? 'none' : code === 9 ? 'tab' : code === 39 ? `"'"` : `'${String.fromCharCode(code)}'`
  const parts = [
    `delimiter ${mark(format.delimiter)}`,
    `quote ${mark(format.quote)}`,
    ...(format.escape === format.quote ? [] : [`escape ${mark(format.escape)}`]),
    header ? 'a header' : 'no header',
    ...(skippedLines > 0 ? [`${skippedLines} lines skipped`] : []),
    ...(dateFormat === null ? [] : [`dates as ${dateFormat}`]),
    ...(timestampFormat === null ? [] : [`times as ${timestampFormat}`]),
  ]
  return [`Guessed: ${parts.join(', ')}; columns ${describeColumns(names, readings)}.`]
}

/** The SQL type of a field, texts where nothing was seen. */
export function sniffedTypeName({ type }: FieldReading): string {
  return typeName(type.kind === 'null' ? types.utf8 : type)
}
