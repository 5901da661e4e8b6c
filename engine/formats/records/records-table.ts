import { sameType, typeName, types, type DataType, type Field, type Schema } from '../../arrow/types.ts'
import { columnStep } from '../../catalog/column-step.ts'
import type {
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableStatistics,
} from '../../catalog/table-provider.ts'
import type { FileTable } from '../../catalog/file-table.ts'
import { LakebookError } from '../../errors.ts'
import type { FileFingerprint } from '../../lakebook.ts'
import type { ByteSource, ByteSourceHandle } from '../byte-source.ts'
import { hashOfEnds } from '../hash-of-ends.ts'
import type { ReadWatch } from '../read-watch.ts'
import type { FieldReading, RecordFormat } from './record-format.ts'
import { RecordsLoader } from './records-loader.ts'
import type { ColumnOrigin, RecordsLayout, RecordsLocator } from './records-layout.ts'
import { surveyFile } from './survey.ts'
import type { RecordReader } from './text-area.ts'

/** A file whose format is known. */
export interface OpenedRecords {
  readonly source: ByteSource
  readonly format: RecordFormat
  readonly names: readonly string[]
  /** A type of `null` is that of a field of which no value was seen. */
  readonly readings: readonly FieldReading[]
  /** Where the first record begins. */
  readonly begin: { readonly offset: number; readonly line: number }
  /** What was guessed, for the person. */
  readonly report: readonly string[]
}

export interface RecordsOptions {
  readonly format: 'csv' | 'json'
  readonly bad: 'reject' | 'error'
  /** Columns of several files go by name, and may be missing. */
  readonly unionByName: boolean
  /** Name of a column with the name of the file. */
  readonly fileNameColumn: string | null
}

export interface RecordsEnvironment extends RecordReader {
  /** What a morsel may take of the heap. */
  readonly morselBytes: number
}

const MOST_CHUNK_BYTES = 4 * 2 ** 20
const LEAST_CHUNK_BYTES = 2 ** 18
const LEAST_MORSEL_ROWS = 1024

let tableCount = 0

/** One or several text files of the same columns, as a table. Text is read and parsed when a query asks for it. */
export class RecordsTable implements FileTable {
  readonly format: string
  readonly schema: Schema
  readonly statistics: TableStatistics
  readonly bytes: number
  readonly layout: RecordsLayout
  /** What the person should know: what was guessed, and how many records were left out. */
  readonly notices: readonly string[]
  readonly sources: readonly ByteSource[]
  readonly reader: RecordsEnvironment

  private constructor(
    layout: RecordsLayout,
    sources: readonly ByteSource[],
    reader: RecordsEnvironment,
    format: string,
    notices: readonly string[],
  ) {
    this.format = format
    this.layout = layout
    this.sources = sources
    this.reader = reader
    this.notices = notices
    this.schema = { fields: layout.fields }
    this.bytes = sources.reduce((sum, source) => sum + source.length, 0)
    const rowCount = layout.files.reduce(
      (sum, file) => sum + file.chunks.reduce((rows, chunk) => rows + chunk.records, 0),
      0,
    )
    this.statistics = { rowCount, columns: layout.fields.map(() => null) }
  }

  /** Goes through the files once. Errors: those of `surveyFile`; `schema_mismatch` naming file and column. */
  static async open(
    opened: readonly OpenedRecords[],
    options: RecordsOptions,
    reader: RecordsEnvironment,
    { signal, tell }: ReadWatch = {},
  ): Promise<RecordsTable> {
    const before = plannedLayout(opened, options)
    const sources = opened.map(({ source }) => source)
    const bytes = sources.reduce((sum, source) => sum + source.length, 0)
    const { heap } = reader.cache
    const chunkBytes = Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, reader.morselBytes / 6))
    const survey = {
      chunkBytes: Math.floor(chunkBytes),
      mostChunkBytes: Math.max(chunkBytes, Math.floor(reader.morselBytes)),
      keep: bytes < heap.usableBytes / 4,
    }
    const files = []
    let doneBytes = 0
    let doneRows = 0
    try {
      for (const [index, file] of before.files.entries()) {
        const { source, begin } = opened[index]!
        const watch: ReadWatch = {
          signal,
          tell: async (stage, fraction, rows) =>
            tell?.(stage, (doneBytes + fraction * source.length) / bytes, doneRows + rows),
        }
        const chunks = await surveyFile(reader, before, index, source, begin, survey, watch)
        files.push({ ...file, chunks })
        doneBytes += source.length
        doneRows += chunks.reduce((rows, { records }) => rows + records, 0)
      }
    } catch (error) {
      reader.cache.forget(`${before.id}/`)
      throw error
    }
    const layout = { ...before, files }
    return new RecordsTable(layout, sources, reader, options.format, noticesOf(opened, layout))
  }

  get remote(): RecordsRemote | null {
    const isOpen = this.layout.files.every((file) => file.handle !== null)
    return isOpen ? { kind: 'records', layout: this.layout } : null
  }

  get remoteIsCopy(): boolean {
    return this.layout.files.some((file) => file.handle?.kind === 'bytes')
  }

  get fileNames(): readonly string[] {
    return this.layout.files.map(({ name }) => name)
  }

  /** Records that were left out. */
  get rejectCount(): number {
    return this.layout.files.reduce(
      (sum, file) => sum + file.chunks.reduce((count, chunk) => count + chunk.rejects, 0),
      0,
    )
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const morsels: Morsel[] = []
    for (const [file, { chunks }] of this.layout.files.entries()) {
      for (const [chunk, { records }] of chunks.entries()) {
        if (records === 0) continue
        const locator: RecordsLocator = { file, chunk, from: 0, records }
        morsels.push({ ordinal: morsels.length, rows: records, locator })
      }
    }
    const fields = this.layout.fields.length
    const used = new Set(request.columns).size
    const { rowCount } = this.statistics
    return Promise.resolve({
      morsels,
      // text is read whole, or not at all
      pruning: [
        columnStep(fields, used, rowCount, { bytesIn: this.bytes, bytesKept: used === 0 ? 0 : this.bytes }),
      ],
    })
  }

  halves(morsel: Morsel): readonly [Morsel, Morsel] | null {
    const locator = morsel.locator as RecordsLocator
    const first = Math.ceil(locator.records / 2)
    if (first < LEAST_MORSEL_ROWS) return null
    const cut = (from: number, records: number): Morsel => ({
      ordinal: morsel.ordinal,
      rows: records,
      locator: { ...locator, from, records } satisfies RecordsLocator,
    })
    return [cut(locator.from, first), cut(locator.from + first, locator.records - first)]
  }

  openLoader(columns: readonly number[]): MorselLoader {
    return new RecordsLoader(this.layout, this.sources, columns, this.reader)
  }

  /** What makes these files recognisable elsewhere: SHA-256 of both ends and length. */
  fingerprints(): Promise<readonly FileFingerprint[]> {
    return Promise.all(
      this.sources.map(async (source, index) => {
        const rows = this.layout.files[index]!.chunks.reduce((sum, chunk) => sum + chunk.records, 0)
        return { name: source.name, bytes: source.length, rows, hash: await hashOfEnds(source) }
      }),
    )
  }

  /** Gives back what of this table is cached. No scan may be running. */
  close(): void {
    this.reader.cache.forget(`${this.layout.id}/`)
  }
}

/** A table of text files as another thread sees it. */
export interface RecordsRemote {
  readonly kind: 'records'
  readonly layout: RecordsLayout
}

/** The same loader on another thread. */
export function openRemoteRecordsLoader(
  { layout }: RecordsRemote,
  columns: readonly number[],
  reader: RecordReader,
  openHandle: (handle: ByteSourceHandle) => ByteSource,
): MorselLoader {
  const sources = layout.files.flatMap((file) => (file.handle === null ? [] : [openHandle(file.handle)]))
  return new RecordsLoader(layout, sources, columns, reader)
}

/** The table's columns, and where each file has them. */
function plannedLayout(opened: readonly OpenedRecords[], options: RecordsOptions): RecordsLayout {
  const [first] = opened
  if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
  const names = [...first.names]
  if (options.unionByName) {
    for (const { names: more } of opened) {
      for (const name of more) if (!names.some((known) => sameName(known, name))) names.push(name)
    }
  } else {
    for (const file of opened) checkSameColumns(first, file)
  }
  const origins = opened.map((file) =>
    names.map((name): ColumnOrigin => {
      const field = file.names.findIndex((own) => sameName(own, name))
      return field < 0 ? { kind: 'missing' } : { kind: 'field', field }
    }),
  )
  const otherwise = first.format.kind === 'json' ? types.json : types.utf8
  const fields = names.map((name, column): Field => {
    const type = opened.reduce<DataType>((known, file, index) => {
      const origin = origins[index]![column]!
      return origin.kind === 'field' ? widened(known, file.readings[origin.field]!.type, otherwise) : known
    }, types.null)
    return { name, type: type.kind === 'null' ? types.utf8 : type, nullable: true }
  })
  const { fileNameColumn } = options
  const all =
    fileNameColumn === null
      ? fields
      : [...fields, { name: fileNameColumn, type: types.utf8, nullable: false }]
  return {
    id: `records ${++tableCount}`,
    fields: all,
    bad: options.bad,
    files: opened.map(({ source, format, names: own, readings }, index) => ({
      name: source.name,
      handle: source.handle,
      format,
      names: own,
      readings: readings.map((reading, field) => {
        const column = origins[index]!.findIndex(
          (origin) => origin.kind === 'field' && origin.field === field,
        )
        const { type } = fields[column]!
        if (sameType(type, reading.type)) return reading
        return { type, format: null, raw: type.kind === 'json' }
      }),
      columns: fileNameColumn === null ? origins[index]! : [...origins[index]!, { kind: 'filename' }],
      chunks: [],
    })),
  }
}

/** What holds the values of both: numbers widen; all else that differs is text, or JSON where it comes from JSON. */
function widened(a: DataType, b: DataType, otherwise: DataType): DataType {
  if (a.kind === 'null' || sameType(a, b)) return b
  if (b.kind === 'null') return a
  const numbers = ['int64', 'uint64', 'float64']
  if (numbers.includes(a.kind) && numbers.includes(b.kind)) return types.float64
  return otherwise
}

function checkSameColumns(first: OpenedRecords, file: OpenedRecords): void {
  if (file.format.kind === 'json') return
  const hint = 'Read them with union_by_name = true to have NULL where a file lacks a column.'
  const missing = first.names.find((name) => !file.names.some((own) => sameName(own, name)))
  if (missing !== undefined) {
    throw new LakebookError(
      'schema_mismatch',
      `${file.source.name} has no column "${missing}", which ${first.source.name} has`,
      { hint },
    )
  }
  const extra = file.names.find((name) => !first.names.some((own) => sameName(own, name)))
  if (extra !== undefined) {
    throw new LakebookError(
      'schema_mismatch',
      `${file.source.name} has a column "${extra}", which ${first.source.name} has not`,
      { hint },
    )
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function noticesOf(opened: readonly OpenedRecords[], layout: RecordsLayout): readonly string[] {
  const notices = opened.flatMap(({ source, report }) => [
    ...(source.notice === null ? [] : [source.notice]),
    ...report.map((line) => (opened.length > 1 ? `${source.name}: ${line}` : line)),
  ])
  for (const { name, chunks } of layout.files) {
    const rejects = chunks.reduce((sum, chunk) => sum + chunk.rejects, 0)
    if (rejects === 0) continue
    const what = rejects === 1 ? '1 record' : `${rejects.toLocaleString('en')} records`
    notices.push(`${name}: ${what} left out that cannot be read.`)
  }
  return notices
}

/** As DESCRIBE has it, for the report of what was guessed. */
export function describeColumns(names: readonly string[], readings: readonly FieldReading[]): string {
  return names.map((name, index) => `${name} ${typeName(readings[index]?.type ?? types.utf8)}`).join(', ')
}
