import { physicalType, type Schema } from '../../arrow/types.ts'
import { columnStep } from '../../catalog/column-step.ts'
import type {
  ColumnPredicate,
  ColumnStatistics,
  DecidedRows,
  Morsel,
  MorselLoader,
  PruningStep,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
  WantedFact,
} from '../../catalog/table-provider.ts'
import { LakebookError } from '../../errors.ts'
import type { SpillAccount } from '../../spill/spill-account.ts'
import type { FileFingerprint } from '../../lakebook.ts'
import type { ByteSource, ByteSourceHandle } from '../byte-source.ts'
import { ParquetLoader, type ParquetReader, type ScanDictionaries } from './chunk-loader.ts'
import type { ParquetLocator } from './chunk-part.ts'
import { readFooter } from './footer.ts'
import {
  estimatedRowBytes,
  fileLayout,
  supportedMapping,
  tableFields,
  type FileLayout,
  type OpenedFile,
  type ParquetLayout,
} from './parquet-layout.ts'
import { narrowed, type RowRange } from './page-pruning.ts'
import { pruneByBloom, prunePages, type PlacedUnit, type PrunedFiles } from './scan-pruning.ts'
import { isCertain, isFactKnown } from './certainty.ts'
import { pruneBy, pruneByKeys, pruneUnits, type PruningUnit } from './pruning.ts'
import { CODED_ROW_BYTES, dictionaryColumns, TableDictionaries } from './table-dictionaries.ts'
import { chunkBounds, distinctWithin, mergeBounds, plannerValue, type ChunkBounds } from './statistics.ts'

/** Row groups of up to this many rows are one morsel; larger ones are cut evenly. */
const MORSEL_ROWS = 131_072
const LEAST_MORSEL_ROWS = 2_048
/** Of more columns than these even short rows are long. */
const MANY_COLUMNS = 64
const UNKNOWN: ChunkBounds = { min: null, max: null, exact: false, nullCount: null }

interface RowGroupUnit extends PlacedUnit {
  /** The number of its first row in the table. */
  readonly firstRow: number
}

interface FileUnit extends PruningUnit {
  readonly rowGroups: readonly RowGroupUnit[]
}

let tableCount = 0

/** One or several Parquet files of the same columns, as a table. */
export class ParquetTable implements TableProvider {
  readonly format = 'parquet'
  readonly numbersRows = 'disk'
  readonly schema: Schema
  readonly statistics: TableStatistics
  readonly bytes: number
  private readonly files: readonly OpenedFile[]
  private readonly layout: ParquetLayout
  private readonly reader: ParquetReader
  private readonly units: readonly FileUnit[]
  private readonly dictionaries: ScanDictionaries & { readonly tables: TableDictionaries }

  /** Of a part of a table: row groups that statistics decided and that are left out here. */
  private readonly decided: PruningStep | null

  private constructor(
    files: readonly OpenedFile[],
    reader: ParquetReader,
    part: {
      readonly of: ParquetTable
      readonly units: readonly FileUnit[]
      readonly decided: PruningStep
    } | null,
  ) {
    this.files = files
    this.reader = reader
    this.decided = part?.decided ?? null
    const fields = part?.of.schema.fields ?? tableFields(files)
    this.schema = { fields }
    this.layout = part?.of.layout ?? {
      id: `parquet ${++tableCount}`,
      columns: fields,
      files: files.map((file) => fileLayout(file, fields)),
    }
    this.bytes = files.reduce((sum, file) => sum + file.source.length, 0)
    this.units = part?.units ?? fileUnits(this.layout, files)
    this.statistics = tableStatistics(this.schema, this.units)
    this.dictionaries = part?.of.dictionaries ?? {
      columns: dictionaryColumns(this.layout),
      tables: new TableDictionaries(reader.dictionaryPages, reader.kernels),
    }
  }

  /** Reads the footers. Errors: those of `readFooter`, and `schema_mismatch` naming file and column. */
  static async open(
    sources: readonly ByteSource[],
    reader: ParquetReader,
    signal?: AbortSignal,
  ): Promise<ParquetTable> {
    const files = await Promise.all(
      sources.map(async (source) => ({ source, footer: await readFooter(source, signal) })),
    )
    return new ParquetTable(files, reader, null)
  }

  /** One table of the files of several, in this order, whose footers are known already. Errors: `schema_mismatch`. */
  static of(tables: readonly ParquetTable[]): ParquetTable {
    const [first] = tables
    if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
    return new ParquetTable(
      tables.flatMap((table) => table.files),
      first.reader,
      null,
    )
  }

  get remote(): ParquetRemote | null {
    return this.layout.files.every((file) => file.handle !== null)
      ? { kind: 'parquet', layout: this.layout, dictionaryColumns: this.dictionaries.columns }
      : null
  }

  get remoteIsCopy(): boolean {
    return this.layout.files.some((file) => file.handle?.kind === 'bytes')
  }

  /** What the person should know about how the files are read. */
  get notices(): readonly string[] {
    return this.files.flatMap(({ source }) => source.notice ?? [])
  }

  get sources(): readonly ByteSource[] {
    return this.files.map(({ source }) => source)
  }

  get fileNames(): readonly string[] {
    return this.files.map(({ source }) => source.name)
  }

  isDictionary(column: number): boolean {
    return this.dictionaries.columns.has(column)
  }

  async planScan(request: ScanRequest): Promise<ScanPlan> {
    for (const file of this.layout.files) {
      for (const column of request.columns) supportedMapping(this.layout, file, column)
    }
    const columns = this.schema.fields
    const { predicates, keys = [] } = request
    const files = pruneUnits('file', this.units, predicates, columns)
    const all = files.kept.flatMap((file) => file.rowGroups)
    const rowGroups = pruneUnits('row group', all, predicates, columns)
    const wanted = keys.length > 0 ? pruneByKeys(rowGroups.kept, keys, columns) : null
    const hashed = await pruneByBloom(this.pruned, wanted?.kept ?? rowGroups.kept, predicates)
    const kept = hashed?.kept ?? wanted?.kept ?? rowGroups.kept
    const pages = await prunePages(this.pruned, kept, request)
    const morsels: Morsel[] = []
    for (const unit of kept) {
      for (const locator of this.cut(unit, request.columns)) {
        for (const { from, to } of partsOf(locator, pages?.ranges.get(unit))) {
          const part: ParquetLocator = { ...locator, offset: from, rows: to - from }
          const firstRow = unit.firstRow + from
          morsels.push({ ordinal: morsels.length, rows: part.rows, firstRow, locator: part })
        }
      }
    }
    const rowsIn = kept.reduce((sum, { rows }) => sum + rows, 0)
    const rowsKept = morsels.reduce((sum, { rows }) => sum + rows, 0)
    return {
      morsels,
      pruning: [
        this.decided,
        files.step,
        rowGroups.step,
        wanted?.step,
        hashed?.step,
        // Pages are counted for each column asked for, and rows once.
        pages && { ...pages.step, rowsIn, rowsKept },
        this.columnStep(kept, request.columns),
      ].flatMap((step) => step ?? []),
    }
  }

  decide(predicates: readonly ColumnPredicate[], facts: readonly WantedFact[]): DecidedRows | null {
    const columns = this.schema.fields
    const possible = this.units.map((file) => pruneUnits('', file.rowGroups, predicates, columns).kept)
    const isKnown = (unit: RowGroupUnit): boolean =>
      predicates.every((predicate) => isCertain(unit, predicate, columns[predicate.column]!.type)) &&
      facts.every(({ column, fact }) => isFactKnown(unit, column, fact))
    const decided = possible.flat().filter(isKnown)
    if (decided.length === 0) return null
    const gone = new Set(decided)
    const left = possible.map((units) =>
      filePart(
        units.filter((unit) => !gone.has(unit)),
        columns.length,
      ),
    )
    const rest = left.filter(({ rowGroups }) => rowGroups.length > 0)
    const { step } = pruneBy('statistics', possible.flat(), (unit) => [
      gone.has(unit)
        ? { keep: false, text: 'whole row groups', because: 'statistics know all that is asked' }
        : { keep: true, text: '', because: 'statistics leave it open' },
    ])
    return {
      rows: decided.reduce((sum, { rows }) => sum + rows, 0),
      facts: (column) => {
        const { min, max, nullCount } = mergedBounds(decided, column)
        return { min, max, nullCount: nullCount ?? 0 }
      },
      rest:
        rest.length === 0
          ? null
          : new ParquetTable(this.files, this.reader, { of: this, units: rest, decided: step }),
    }
  }

  halves(morsel: Morsel): readonly [Morsel, Morsel] | null {
    const locator = morsel.locator as ParquetLocator
    const first = Math.ceil(locator.rows / 2)
    if (locator.rows < 2 || (first < LEAST_MORSEL_ROWS && !this.hasLongRows)) return null
    const cut = (offset: number, rows: number): Morsel => ({
      ordinal: morsel.ordinal,
      rows,
      firstRow: morsel.firstRow! + offset,
      locator: { ...locator, offset: locator.offset + offset, rows, othersBytes: 0 } satisfies ParquetLocator,
    })
    return [cut(0, first), cut(first, locator.rows - first)]
  }

  openLoader(columns: readonly number[], account?: SpillAccount): MorselLoader {
    return new ParquetLoader(
      this.layout,
      this.files.map((file) => file.source),
      columns,
      this.reader,
      this.dictionaries,
      account,
    )
  }

  /** What makes these files recognisable elsewhere: SHA-256 of footer and length. */
  fingerprints(): Promise<readonly FileFingerprint[]> {
    return Promise.all(
      this.files.map(async ({ source, footer }) => {
        const seen = new Uint8Array(footer.tail.length + 8)
        seen.set(footer.tail)
        new DataView(seen.buffer).setBigUint64(footer.tail.length, BigInt(source.length), true)
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', seen))
        const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
        return { name: source.name, bytes: source.length, rows: footer.rows, hash }
      }),
    )
  }

  /** Gives back what of this table is cached, and its dictionaries. No scan may be running. */
  close(): void {
    this.reader.cache.forget(`${this.layout.id}/`)
    this.dictionaries.tables.free()
  }

  /** Few rows may outgrow the heap, so that morsels are cut down to single ones. */
  private get hasLongRows(): boolean {
    const { fields } = this.schema
    return (
      fields.length > MANY_COLUMNS ||
      fields.some(({ type }) => ['bytes', 'list'].includes(physicalType(type)))
    )
  }

  private get pruned(): PrunedFiles {
    return {
      layout: this.layout,
      sources: this.sources,
      hasColumnOrders: (file) => this.files[file]?.footer.hasColumnOrders ?? false,
    }
  }

  /** Even parts of a row group that fit `MORSEL_ROWS` and the reader's `morselBytes`. */
  private cut(unit: RowGroupUnit, columns: readonly number[]): readonly ParquetLocator[] {
    if (unit.rows === 0) return []
    const file = this.layout.files[unit.file]
    const group = file?.rowGroups[unit.rowGroup]
    let rowBytes = 0
    let widest = 1
    for (const column of columns) {
      const mapping = file?.mappings[column]
      const chunk = group?.chunks[column]
      if (mapping?.kind !== 'supported' || !chunk) continue
      const bytes = this.isDictionary(column) ? CODED_ROW_BYTES : estimatedRowBytes(mapping, chunk, unit.rows)
      rowBytes += bytes
      widest = Math.max(widest, bytes)
    }
    const inHeap = this.reader.morselBytes / Math.max(1, rowBytes)
    const inDecoder = this.reader.decoders.shareBytes / (2 * widest)
    const fitting = Math.max(LEAST_MORSEL_ROWS, Math.min(inHeap, inDecoder))
    // Parts are halves of halves, so that queries over other columns find the same parts cached.
    let parts = Math.ceil(unit.rows / MORSEL_ROWS)
    while (unit.rows / parts > fitting) parts *= 2
    const partRows = Math.ceil(unit.rows / parts)
    const othersBytes = parts === 1 ? 0 : rowBytes * unit.rows
    const locators: ParquetLocator[] = []
    for (let offset = 0; offset < unit.rows; offset += partRows) {
      locators.push({
        file: unit.file,
        rowGroup: unit.rowGroup,
        offset,
        rows: Math.min(partRows, unit.rows - offset),
        partRows,
        othersBytes,
      })
    }
    return locators
  }

  private columnStep(rowGroups: readonly RowGroupUnit[], columns: readonly number[]): PruningStep {
    const used = new Set(columns)
    const rows = rowGroups.reduce((sum, unit) => sum + unit.rows, 0)
    let bytesKept = 0
    for (const unit of rowGroups) {
      const chunks = this.layout.files[unit.file]?.rowGroups[unit.rowGroup]?.chunks
      for (const column of used) bytesKept += chunks?.[column]?.bytes ?? 0
    }
    const bytesIn = rowGroups.reduce((sum, unit) => sum + unit.bytes, 0)
    return columnStep(this.schema.fields.length, used.size, rows, { bytesIn, bytesKept })
  }
}

/** A Parquet table as another thread sees it. */
export interface ParquetRemote {
  readonly kind: 'parquet'
  readonly layout: ParquetLayout
  readonly dictionaryColumns: ReadonlySet<number>
}

/** The same loader on another thread. */
export function openRemoteParquetLoader(
  { layout, dictionaryColumns: coded }: ParquetRemote,
  columns: readonly number[],
  reader: ParquetReader,
  openHandle: (handle: ByteSourceHandle) => ByteSource,
): MorselLoader {
  const sources = layout.files.flatMap((file) => (file.handle === null ? [] : [openHandle(file.handle)]))
  return new ParquetLoader(layout, sources, columns, reader, { columns: coded, tables: null })
}

/** What is left of a file. */
function filePart(rowGroups: readonly RowGroupUnit[], columns: number): FileUnit {
  const merged = Array.from({ length: columns }, (_, column) => mergedBounds(rowGroups, column))
  return {
    rowGroups,
    rows: rowGroups.reduce((sum, group) => sum + group.rows, 0),
    bytes: rowGroups.reduce((sum, group) => sum + group.bytes, 0),
    bounds: (column) => merged[column] ?? UNKNOWN,
  }
}

function fileUnits({ files }: ParquetLayout, opened: readonly OpenedFile[]): readonly FileUnit[] {
  let firstRow = 0
  return files.map((file, index) => {
    const unit = fileUnit(file, index, opened[index]?.footer.hasColumnOrders ?? false, firstRow)
    firstRow += unit.rows
    return unit
  })
}

function fileUnit(file: FileLayout, index: number, hasColumnOrders: boolean, first: number): FileUnit {
  let firstRow = first
  const rowGroups = file.rowGroups.map<RowGroupUnit>((group, rowGroup) => {
    const begin = firstRow
    firstRow += group.rows
    const bounds = file.mappings.map((mapping, column) => {
      const chunk = group.chunks[column]
      return mapping.kind === 'supported' && chunk ? chunkBounds(mapping, chunk, hasColumnOrders) : UNKNOWN
    })
    return {
      file: index,
      rowGroup,
      firstRow: begin,
      rows: group.rows,
      bytes: group.bytes,
      bounds: (column) => bounds[column] ?? UNKNOWN,
    }
  })
  return filePart(rowGroups, file.mappings.length)
}

/** A part of a row group, or what pages leave of it. */
function partsOf(
  { offset, rows }: ParquetLocator,
  ranges: readonly RowRange[] | undefined,
): readonly RowRange[] {
  const whole = { from: offset, to: offset + rows }
  return ranges === undefined ? [whole] : narrowed(whole, ranges, LEAST_MORSEL_ROWS)
}

function mergedBounds(units: readonly PruningUnit[], column: number): ChunkBounds {
  return mergeBounds(units.map((unit) => ({ bounds: unit.bounds(column), rows: unit.rows })))
}

function tableStatistics(schema: Schema, files: readonly FileUnit[]): TableStatistics {
  const rowCount = files.reduce((sum, file) => sum + file.rows, 0)
  const columns = schema.fields.map<ColumnStatistics>((field, column) => {
    const bounds = mergedBounds(files, column)
    return {
      min: plannerValue(field.type, bounds.min),
      max: plannerValue(field.type, bounds.max),
      nullCount: bounds.nullCount,
      distinctEstimate: distinctWithin(field.type, bounds, rowCount),
    }
  })
  return { rowCount, columns }
}
