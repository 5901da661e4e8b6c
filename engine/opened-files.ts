import { types, type Field } from './arrow/types.ts'
import type { Catalog } from './catalog/catalog.ts'
import {
  FilesNotOpen,
  type FileRequest,
  type LiteralRows,
  type RequestedTable,
} from './catalog/file-request.ts'
import type { FileTable } from './catalog/file-table.ts'
import { LakebookError, unsupported } from './errors.ts'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { openArrowFiles } from './formats/arrow/arrow-table.ts'
import type { ByteSource } from './formats/byte-source.ts'
import { readCsvOptions, readTableOptions, type TableOptions } from './formats/csv/read-csv-options.ts'
import { CSV_DEFAULTS } from './formats/csv/csv-options.ts'
import { openCsv, sniffedTypeName } from './formats/csv/open-csv.ts'
import { detectFormat, type FileFormat } from './formats/detect-format.ts'
import { withoutGzip } from './formats/gzip-source.ts'
import type { ReadWatch } from './formats/read-watch.ts'
import { JSON_DEFAULTS, openJson } from './formats/json/open-json.ts'
import { parquetInside } from './formats/parquet/parquet-inside.ts'
import { ParquetTable } from './formats/parquet/parquet-table.ts'
import { RecordsTable } from './formats/records/records-table.ts'
import { RejectsTable } from './formats/records/rejects-table.ts'
import type { Resources } from './resources.ts'

/** Opens files as they are when they are added: bad records are left out and counted. */
export async function openFiles(
  sources: readonly ByteSource[],
  resources: Resources,
  watch: ReadWatch = {},
): Promise<FileTable> {
  const [first] = sources
  if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
  const format = await detectFormat(first, watch.signal)
  const table: TableOptions = { ...readTableOptions(EMPTY, []), bad: 'reject' }
  return openAs(format, sources, EMPTY, table, resources, watch)
}

const EMPTY: FileRequest = { reader: null, view: 'rows', patterns: [], options: [], types: [] }

interface Opened {
  readonly table: RequestedTable
  readonly close: () => void
}

/** Tables that file functions read, from when they are opened until the files of the catalog change. */
export class OpenedFiles {
  readonly #catalog: Catalog
  readonly #resources: Resources
  readonly #known = new Map<string, Opened>()
  #version = 0

  constructor(catalog: Catalog, resources: Resources) {
    this.#catalog = catalog
    this.#resources = resources
  }

  /** @throws FilesNotOpen when `open` must be called first */
  find(request: FileRequest): RequestedTable {
    if (this.#version !== this.#catalog.filesVersion) throw new FilesNotOpen(request)
    const known = this.#known.get(JSON.stringify(request))
    if (known === undefined) throw new FilesNotOpen(request)
    return known.table
  }

  /** Opens what was asked for. It is to be asked for again: the files may have changed meanwhile. */
  async open(request: FileRequest, signal: AbortSignal): Promise<void> {
    const version = this.#catalog.filesVersion
    if (this.#version !== version) this.close()
    this.#version = version
    const entries = request.patterns.flatMap((pattern) => this.#catalog.files(pattern))
    const sources = entries.flatMap(({ provider }) => provider.sources)
    const name = entries.length === 1 ? entries[0]!.name : request.patterns.join(', ')
    const opened = await this.#answer(name, request, sources, signal)
    const key = JSON.stringify(request)
    // Another run may have been quicker, or have seen other files.
    if (this.#version !== version || this.#known.has(key)) opened.close()
    else this.#known.set(key, opened)
  }

  close(): void {
    for (const { close } of this.#known.values()) close()
    this.#known.clear()
  }

  async #answer(
    name: string,
    request: FileRequest,
    sources: readonly ByteSource[],
    signal: AbortSignal,
  ): Promise<Opened> {
    const { reader, view } = request
    if (view === 'sniffed') return literal(name, await sniffed(request, sources, this.#resources, signal))
    if (view !== 'rows') return literal(name, await parquetInside(view, sources, signal))
    const format = reader ?? (await detectFormat(sources[0]!, signal))
    const table =
      reader === null
        ? { ...readTableOptions(request, []), bad: 'reject' as const }
        : format === 'csv'
          ? readCsvOptions(request).table
          : readTableOptions(request, OPTIONS[format])
    const provider = await openAs(format, sources, request, table, this.#resources, {
      signal,
      tell: eventLoopTurn,
    })
    if (table.rejectsTable !== null && provider instanceof RecordsTable) {
      this.#catalog.put({ kind: 'table', name: table.rejectsTable, provider: new RejectsTable(provider) })
    }
    return {
      table: { kind: 'table', name, provider },
      close: () => {
        this.#catalog.leases.close(provider)
      },
    }
  }
}

const JSON_OPTIONS = [
  'format',
  'columns',
  'maximum_object_size',
  'sample_size',
  'maximum_sample_files',
  'maximum_depth',
  'records',
  'convert_strings_to_integers',
  'compression',
]
const OPTIONS: Readonly<Record<Exclude<FileFormat, 'csv'>, readonly string[]>> = {
  json: JSON_OPTIONS,
  ndjson: JSON_OPTIONS,
  parquet: ['binary_as_string', 'file_row_number', 'compression'],
  arrow: [],
}

async function openAs(
  format: FileFormat,
  sources: readonly ByteSource[],
  request: FileRequest,
  given: TableOptions,
  resources: Resources,
  watch: ReadWatch,
): Promise<FileTable> {
  const { signal } = watch
  const { recordReader, reader } = resources
  switch (format) {
    case 'parquet':
      refuseUnionOptions(given, 'Parquet')
      return ParquetTable.open(sources, reader, signal)
    case 'arrow':
      refuseUnionOptions(given, 'Arrow')
      return openArrowFiles(sources, resources.arrowReader, signal)
    case 'csv': {
      const options = request.reader === null ? { csv: CSV_DEFAULTS, table: given } : readCsvOptions(request)
      const plain = await Promise.all(sources.map((source) => withoutGzip(source, watch)))
      const files = []
      for (const source of plain) files.push(await openCsv(source, options.csv, recordReader, signal))
      return RecordsTable.open(files, { format: 'csv', ...options.table }, recordReader, watch)
    }
    case 'json':
    case 'ndjson': {
      const options = jsonOptions(format, request)
      const plain = await Promise.all(sources.map((source) => withoutGzip(source, watch)))
      const files = []
      for (const source of plain) files.push(await openJson(source, options, recordReader, signal))
      return RecordsTable.open(files, { format: 'json', ...given, unionByName: true }, recordReader, watch)
    }
  }
}

/** Columns that only text files can be given. */
function refuseUnionOptions({ unionByName, fileNameColumn }: TableOptions, format: string): void {
  if (unionByName) throw unsupported(`union_by_name for ${format} files`)
  if (fileNameColumn !== null) throw unsupported(`A column with the name of the file, for ${format} files`)
}

function jsonOptions(format: 'json' | 'ndjson', request: FileRequest): typeof JSON_DEFAULTS {
  const option = (name: string): unknown => request.options.find((each) => each.name === name)?.value
  const layout = option('format')
  const sample = option('sample_size')
  const { columns } = readCsvOptions({
    ...request,
    options: request.options.filter(({ name }) => name === 'columns'),
  }).csv
  return {
    layout:
      format === 'ndjson' || layout === 'newline_delimited' || layout === 'nd'
        ? 'lines'
        : layout === 'array' || layout === 'unstructured'
          ? 'free'
          : null,
    sampleRows: typeof sample === 'number' ? (sample < 0 ? 2 ** 31 : sample) : JSON_DEFAULTS.sampleRows,
    columns,
  }
}

function literal(name: string, rows: LiteralRows): Opened {
  return { table: { kind: 'rows', name, ...rows }, close: () => undefined }
}

/** What `sniff_csv` says of each file. */
async function sniffed(
  request: FileRequest,
  sources: readonly ByteSource[],
  resources: Resources,
  signal: AbortSignal,
): Promise<LiteralRows> {
  const { csv } = readCsvOptions(request)
  const rows = []
  for (const source of sources) {
    const found = await openCsv(await withoutGzip(source, { signal }), csv, resources.recordReader, signal)
    const mark = (code: number | null): string => (code === null ? '' : String.fromCharCode(code))
    const { format, names, readings } = found
    const columns = names.map((name, index) => `${name}: ${sniffedTypeName(readings[index]!)}`)
    rows.push([
      mark(format.delimiter),
      mark(format.quote),
      mark(format.escape),
      BigInt(found.skippedLines),
      found.header,
      columns.join(', '),
      found.dateFormat,
      found.timestampFormat,
    ])
  }
  return { fields: SNIFFED, rows }
}

const SNIFFED: readonly Field[] = [
  { name: 'Delimiter', type: types.utf8, nullable: false },
  { name: 'Quote', type: types.utf8, nullable: false },
  { name: 'Escape', type: types.utf8, nullable: false },
  { name: 'SkipRows', type: types.int64, nullable: false },
  { name: 'HasHeader', type: types.bool, nullable: false },
  { name: 'Columns', type: types.utf8, nullable: false },
  { name: 'DateFormat', type: types.utf8, nullable: true },
  { name: 'TimestampFormat', type: types.utf8, nullable: true },
]
