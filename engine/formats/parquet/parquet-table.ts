import type { Schema } from '../../arrow/types.ts'
import type {
  ColumnStatistics,
  Morsel,
  MorselLoader,
  PruningStep,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
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
import { pruneByKeys, pruneUnits, type PruningUnit } from './pruning.ts'
import { CODED_ROW_BYTES, dictionaryColumns, TableDictionaries } from './table-dictionaries.ts'
import { chunkBounds, distinctWithin, mergeBounds, plannerValue, type ChunkBounds } from './statistics.ts'

/** Row groups of up to this many rows are one morsel; larger ones are cut evenly. */
const MORSEL_ROWS = 131_072
const LEAST_MORSEL_ROWS = 2_048
const UNKNOWN: ChunkBounds = { min: null, max: null, exact: false, nullCount: null }

interface RowGroupUnit extends PruningUnit {
  readonly file: number
  readonly rowGroup: number
}

interface FileUnit extends PruningUnit {
  readonly rowGroups: readonly RowGroupUnit[]
}

let tableCount = 0

/** One or several Parquet files of the same columns, as a table. */
export class ParquetTable implements TableProvider {
  readonly format = 'parquet'
  readonly schema: Schema
  readonly statistics: TableStatistics
  readonly bytes: number
  private readonly files: readonly OpenedFile[]
  private readonly layout: ParquetLayout
  private readonly reader: ParquetReader
  private readonly units: readonly FileUnit[]
  private readonly dictionaries: ScanDictionaries & { readonly tables: TableDictionaries }

  private constructor(files: readonly OpenedFile[], reader: ParquetReader) {
    this.files = files
    this.reader = reader
    const fields = tableFields(files)
    this.schema = { fields }
    this.layout = {
      id: `parquet ${++tableCount}`,
      columns: fields,
      files: files.map((file) => fileLayout(file, fields)),
    }
    this.bytes = files.reduce((sum, file) => sum + file.source.length, 0)
    this.units = this.layout.files.map((file, index) =>
      fileUnit(file, index, files[index]?.footer.hasColumnOrders ?? false),
    )
    this.statistics = tableStatistics(this.schema, this.units)
    this.dictionaries = {
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
    return new ParquetTable(files, reader)
  }

  /** One table of the files of several, in this order, whose footers are known already. Errors: `schema_mismatch`. */
  static of(tables: readonly ParquetTable[]): ParquetTable {
    const [first] = tables
    if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
    return new ParquetTable(
      tables.flatMap((table) => table.files),
      first.reader,
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

  planScan(request: ScanRequest): Promise<ScanPlan> {
    for (const file of this.layout.files) {
      for (const column of request.columns) supportedMapping(this.layout, file, column)
    }
    const columns = this.schema.fields
    const files = pruneUnits('file', this.units, request.predicates, columns)
    const rowGroups = pruneUnits(
      'row group',
      files.kept.flatMap((file) => file.rowGroups),
      request.predicates,
      columns,
    )
    const wanted = request.keys?.length ? pruneByKeys(rowGroups.kept, request.keys, columns) : null
    const kept = wanted?.kept ?? rowGroups.kept
    const morsels: Morsel[] = []
    for (const unit of kept) {
      for (const locator of this.cut(unit, request.columns)) {
        morsels.push({ ordinal: morsels.length, rows: locator.rows, locator })
      }
    }
    return Promise.resolve({
      morsels,
      pruning: [
        files.step,
        rowGroups.step,
        ...(wanted === null ? [] : [wanted.step]),
        this.columnStep(kept, request.columns),
      ],
    })
  }

  halves(morsel: Morsel): readonly [Morsel, Morsel] | null {
    const locator = morsel.locator as ParquetLocator
    const first = Math.ceil(locator.rows / 2)
    if (first < LEAST_MORSEL_ROWS) return null
    const cut = (offset: number, rows: number): Morsel => ({
      ordinal: morsel.ordinal,
      rows,
      locator: { ...locator, offset: locator.offset + offset, rows } satisfies ParquetLocator,
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
    const unused = this.schema.fields.length - used.size
    const rows = rowGroups.reduce((sum, unit) => sum + unit.rows, 0)
    let bytesKept = 0
    for (const unit of rowGroups) {
      const chunks = this.layout.files[unit.file]?.rowGroups[unit.rowGroup]?.chunks
      for (const column of used) bytesKept += chunks?.[column]?.bytes ?? 0
    }
    return {
      layer: 'column',
      unitsIn: this.schema.fields.length,
      unitsKept: used.size,
      rowsIn: rows,
      rowsKept: rows,
      bytesIn: rowGroups.reduce((sum, unit) => sum + unit.bytes, 0),
      bytesKept,
      removed: unused > 0 ? [{ predicate: '', reason: 'not used by the query', units: unused }] : [],
      kept: used.size > 0 ? [{ reason: 'used by the query', units: used.size }] : [],
    }
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

function fileUnit(file: FileLayout, index: number, hasColumnOrders: boolean): FileUnit {
  const rowGroups = file.rowGroups.map<RowGroupUnit>((group, rowGroup) => {
    const bounds = file.mappings.map((mapping, column) => {
      const chunk = group.chunks[column]
      return mapping.kind === 'supported' && chunk ? chunkBounds(mapping, chunk, hasColumnOrders) : UNKNOWN
    })
    return {
      file: index,
      rowGroup,
      rows: group.rows,
      bytes: group.bytes,
      bounds: (column) => bounds[column] ?? UNKNOWN,
    }
  })
  const merged = file.mappings.map((_, column) => mergedBounds(rowGroups, column))
  return {
    rowGroups,
    rows: rowGroups.reduce((sum, group) => sum + group.rows, 0),
    bytes: rowGroups.reduce((sum, group) => sum + group.bytes, 0),
    bounds: (column) => merged[column] ?? UNKNOWN,
  }
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
