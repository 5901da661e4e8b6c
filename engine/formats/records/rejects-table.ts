import type { ColumnVector } from '../../arrow/column-batch.ts'
import { types, type Schema } from '../../arrow/types.ts'
import { columnStep } from '../../catalog/column-step.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
} from '../../catalog/table-provider.ts'
import { internalError } from '../../errors.ts'
import { PADDING_BYTES } from './field-kernels.ts'
import { REASONS } from './record-format.ts'
import type { RecordFile } from './records-layout.ts'
import type { RecordsTable } from './records-table.ts'
import { TextArea, type RecordReader, type SplitRequest } from './text-area.ts'

interface RejectsLocator {
  readonly file: number
  readonly chunk: number
}

const SCHEMA: Schema = {
  fields: [
    { name: 'file', type: types.utf8, nullable: false },
    { name: 'line', type: types.int64, nullable: false },
    { name: 'column_idx', type: types.int32, nullable: false },
    { name: 'column_name', type: types.utf8, nullable: false },
    { name: 'reason', type: types.utf8, nullable: false },
    { name: 'text', type: types.utf8, nullable: false },
  ],
}

/**
 * The records of a table's files that were left out: where each is, why, and its text. They are read again when they
 * are asked for; nothing of them is kept.
 */
export class RejectsTable implements TableProvider {
  readonly format: string
  readonly schema = SCHEMA
  readonly statistics: TableStatistics
  readonly bytes = 0
  readonly remote = null
  readonly rejectsOf: RecordsTable
  private readonly table: RecordsTable

  constructor(table: RecordsTable) {
    this.table = table
    this.rejectsOf = table
    this.format = `${table.format} rejects`
    this.statistics = { rowCount: table.rejectCount, columns: SCHEMA.fields.map(() => null) }
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const morsels: Morsel[] = []
    for (const [file, { chunks }] of this.table.layout.files.entries()) {
      for (const [chunk, { rejects }] of chunks.entries()) {
        const locator: RejectsLocator = { file, chunk }
        if (rejects > 0) morsels.push({ ordinal: morsels.length, rows: rejects, locator })
      }
    }
    const used = new Set(request.columns).size
    return Promise.resolve({
      morsels,
      pruning: [
        columnStep(SCHEMA.fields.length, used, this.statistics.rowCount, { bytesIn: 0, bytesKept: 0 }),
      ],
    })
  }

  openLoader(columns: readonly number[]): MorselLoader {
    return {
      load: (morsel, signal) => this.load(morsel, columns, signal),
      close: () => undefined,
    }
  }

  /** It holds nothing. */
  close(): void {
    // the files belong to the table
  }

  private async load(morsel: Morsel, columns: readonly number[], signal: AbortSignal): Promise<LoadedMorsel> {
    const { file: index, chunk: number } = morsel.locator as RejectsLocator
    const { layout, sources, reader } = this.table
    const file = layout.files[index]
    const chunk = file?.chunks[number]
    if (file === undefined || chunk === undefined) throw internalError('a morsel of another table')
    const source = sources[index]!
    const text = await source.read(chunk.offset, chunk.bytes, signal)
    const area = new TextArea(reader, file.format, text)
    const runs: { readonly pointer: number; readonly bytes: number }[] = []
    const release = (): void => {
      for (const { pointer, bytes } of runs.splice(0)) reader.cache.free(pointer, bytes)
    }
    try {
      const request: SplitRequest = { last: chunk.last, line: chunk.line, wanted: null, keep: 'places' }
      area.split(request)
      for (const [field, reading] of file.readings.entries()) area.check(field, reading)
      const { pointer, count } = area.rejects(request, chunk.rejects)
      const vectors = new RejectColumns(reader, file, pointer, count, text.length, runs).all()
      return {
        batch: { length: count, columns: columns.map((column) => vectors[column]!) },
        bytesRead: text.length,
        release,
      }
    } catch (error) {
      release()
      throw error
    } finally {
      area.close()
      source.giveBack?.(text)
    }
  }
}

/** The columns of some rejects, in runs of their own. */
class RejectColumns {
  private readonly reader: RecordReader
  private readonly file: RecordFile
  private readonly rejects: number
  private readonly count: number
  private readonly textBytes: number
  private readonly runs: { readonly pointer: number; readonly bytes: number }[]

  constructor(
    reader: RecordReader,
    file: RecordFile,
    rejects: number,
    count: number,
    textBytes: number,
    runs: { readonly pointer: number; readonly bytes: number }[],
  ) {
    this.reader = reader
    this.file = file
    this.rejects = rejects
    this.count = count
    this.textBytes = textBytes
    this.runs = runs
  }

  all(): readonly ColumnVector[] {
    const { count } = this
    const lines = this.take(8 * count)
    const columns = this.take(4 * count)
    const reasons = this.take(count)
    const offsets = this.take(4 * (count + 1))
    const values = this.take(this.textBytes + PADDING_BYTES)
    const { names } = this.file
    this.reader.kernels.reject_columns(
      this.rejects,
      count,
      names.length + 1,
      lines,
      columns,
      reasons,
      offsets,
      values,
    )
    const reasonTexts = ['', ...Object.values(REASONS)]
    return [
      this.decoded(this.zeros(), 1, [this.file.name]),
      { type: types.int64, validity: 0, values: lines, offsets: 0, child: null, dictionary: null },
      { type: types.int32, validity: 0, values: columns, offsets: 0, child: null, dictionary: null },
      this.decoded(columns, 4, ['', ...names, '']),
      this.decoded(reasons, 1, reasonTexts),
      { type: types.utf8, validity: 0, values, offsets, child: null, dictionary: null },
    ]
  }

  private zeros(): number {
    const pointer = this.take(this.count)
    this.reader.cache.heap.u8.fill(0, pointer, pointer + this.count)
    return pointer
  }

  /** Codes as texts. */
  private decoded(codes: number, codeBytes: number, texts: readonly string[]): ColumnVector {
    const { heap } = this.reader.cache
    const { kernels } = this.reader
    const encoded = texts.map((each) => new TextEncoder().encode(each))
    const entries = this.take(4 * (texts.length + 1))
    const data = this.take(encoded.reduce((sum, bytes) => sum + bytes.length, 1))
    let end = 0
    heap.u32[entries >>> 2] = 0
    for (const [index, bytes] of encoded.entries()) {
      heap.u8.set(bytes, data + end)
      end += bytes.length
      heap.u32[(entries >>> 2) + index + 1] = end
    }
    const offsets = this.take(4 * (this.count + 1))
    const bytes = Number(kernels.decoded_offsets(codes, codeBytes, 0, 0, this.count, entries, 0, offsets))
    const values = this.take(bytes + 1)
    kernels.decode_dictionary(codes, codeBytes, 0, 0, this.count, entries, data, values)
    return { type: types.utf8, validity: 0, values, offsets, child: null, dictionary: null }
  }

  private take(bytes: number): number {
    const pointer = this.reader.cache.allocate(Math.max(8, bytes))
    this.runs.push({ pointer, bytes: Math.max(8, bytes) })
    return pointer
  }
}
