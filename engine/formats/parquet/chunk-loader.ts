import type { ColumnBatch, ColumnVector, Dictionary } from '../../arrow/column-batch.ts'
import type { NestedKernels } from '../../arrow/nested-columns.ts'
import { isNested, isPacked } from '../../arrow/types.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import type { DiskChunk } from '../../catalog/disk-chunk.ts'
import type { DictionaryKernels } from '../../catalog/growing-dictionary.ts'
import type { LoadedMorsel, Morsel, MorselLoader } from '../../catalog/table-provider.ts'
import { internalError, LakebookError } from '../../errors.ts'
import { formatBytes } from '../../memory/format-bytes.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import { SpillAccount } from '../../spill/spill-account.ts'
import type { SpillSpace } from '../../spill/spill-space.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'
import { ArrowArray } from './arrow-array.ts'
import { checkReadable, explain, isShortage, singleRow } from './chunk-errors.ts'
import { chunkFile } from './chunk-file.ts'
import { ChunkSpool, type SpooledPart } from './chunk-spool.ts'
import { readChunkPart, type ChunkPart, type ChunkPlace, type ParquetLocator } from './chunk-part.ts'
import { writeNestedColumn } from './nested-writer.ts'
import { columnSize, ColumnWriter, type ConversionKernels } from './column-writer.ts'
import type { DecodedColumn } from './decoder.ts'
import type { DecoderSlot } from './decoder-slot.ts'
import { dictionaryHint } from './dictionary-hint.ts'
import { writeDictionaryColumn, type WrittenColumn } from './dictionary-writer.ts'
import { corrupt } from './footer.ts'
import {
  estimatedRowBytes,
  supportedMapping,
  type FileLayout,
  type ParquetLayout,
  type SupportedMapping,
} from './parquet-layout.ts'
import { CODED_ROW_BYTES, type TableDictionaries } from './table-dictionaries.ts'

/** What reading needs of the thread it runs on. */
export interface ParquetReader {
  readonly cache: ColumnCache
  readonly decoders: DecoderSlot
  readonly kernels: ConversionKernels & DictionaryKernels & NestedKernels
  /** Where tables keep their dictionaries. */
  readonly dictionaryPages: PageSource
  /** Row ranges are cut so that a morsel takes about this much of the heap at the most. */
  readonly morselBytes: number
  /** Where decoded parts wait that the heap has no room for; null: they are decoded again. */
  readonly spill: SpillSpace | null
}

/** What the texts of one column may take, of what a morsel should. */
const MOST_MORSELS = 2

/** Compressed bytes that are read before any of them is decoded, where the decoder's share is as large. */
const READ_AHEAD_BYTES = 4 * 2 ** 20

/** What the decoder builds grows by doubling. */
const GROWTH = 2

/** Which columns come as codes, and into what; without `tables` each chunk has a dictionary of its own. */
export interface ScanDictionaries {
  readonly columns: ReadonlySet<number>
  readonly tables: TableDictionaries | null
}

interface WantedChunk extends ChunkPlace {
  readonly key: string
  readonly column: number
  readonly mapping: SupportedMapping
}

/** Loads morsels of a Parquet table: each column from the cache, or read, decoded and put there. */
export class ParquetLoader implements MorselLoader {
  private readonly layout: ParquetLayout
  private readonly sources: readonly ByteSource[]
  private readonly columns: readonly number[]
  private readonly reader: ParquetReader
  private readonly dictionaries: ScanDictionaries
  private readonly spool: ChunkSpool | null
  /** Ends the hold on the thread's decoder: one for all of a scan, since one that is dropped keeps its memory for a while. */
  private letGo: (() => void) | null = null

  constructor(
    layout: ParquetLayout,
    sources: readonly ByteSource[],
    columns: readonly number[],
    reader: ParquetReader,
    dictionaries: ScanDictionaries,
    account = new SpillAccount(),
  ) {
    this.dictionaries = dictionaries
    this.spool = reader.spill === null ? null : new ChunkSpool(reader.spill, reader.cache, account)
    this.layout = layout
    this.sources = sources
    this.columns = columns
    this.reader = reader
  }

  async load(morsel: Morsel, signal: AbortSignal): Promise<LoadedMorsel> {
    const locator = morsel.locator as ParquetLocator
    const { cache, decoders } = this.reader
    const wanted = this.columns.map((column) => this.wanted(locator, column))
    const pinned: string[] = []
    const spooled: SpooledPart[] = []
    const release = (): void => {
      for (const key of pinned.splice(0)) cache.unpin(key)
      for (const { pointer, bytes } of spooled.splice(0)) cache.free(pointer, bytes)
    }
    const vectors = new Map<number, ColumnVector>()
    let bytesRead = 0
    this.letGo ??= decoders.hold()
    const before = cache.diskReadBytes
    let diskCacheReadBytes = 0
    try {
      for (const { key, column } of wanted) {
        if (vectors.has(column)) continue
        const vector = cache.pin(key)
        if (vector !== null) {
          pinned.push(key)
          vectors.set(column, vector)
          continue
        }
        const part = this.spool?.take(key) ?? null
        if (part === null) continue
        spooled.push(part)
        vectors.set(column, part.vector)
      }
      diskCacheReadBytes = cache.diskReadBytes - before
      const missing = wanted.filter(
        ({ column }, index) => !vectors.has(column) && this.columns.indexOf(column) === index,
      )
      const aheadBytes = Math.min(READ_AHEAD_BYTES, decoders.shareBytes)
      for (const group of readGroups(missing, aheadBytes)) {
        throwIfCancelled(signal)
        const source = this.sources[locator.file]
        if (source === undefined) throw internalError(`the table has no file ${locator.file}`)
        const read = await Promise.all(
          group.map(async (want) => ({ want, part: await readChunkPart(source, want, locator, signal) })),
        )
        try {
          throwIfCancelled(signal)
          for (const { want, part } of read) {
            bytesRead += part.bytesRead
            // Another loader of this thread may have been quicker while the bytes were read.
            vectors.set(want.column, cache.pin(want.key) ?? this.decode(want, part, locator))
            pinned.push(want.key)
          }
        } finally {
          // Also where there was no room for what is in them, and the scan asks for fewer rows.
          for (const { part } of read) for (const bytes of part.read) source.giveBack?.(bytes)
        }
      }
    } catch (error) {
      release()
      throw locator.rows === 1 && isShortage(error) ? singleRow(error, this.layout, locator) : error
    }
    const batch: ColumnBatch = {
      length: locator.rows,
      columns: this.columns.map((column) => {
        const vector = vectors.get(column)
        if (vector === undefined) throw internalError(`column ${column} was not loaded`)
        return this.dictionaries.tables?.refresh(column, vector) ?? vector
      }),
    }
    return { batch, bytesRead, diskCacheReadBytes, release }
  }

  lend(morsel: Morsel, loan: number): readonly (ColumnVector | null)[] {
    const locator = morsel.locator as ParquetLocator
    return this.columns.map((column) => {
      const vector = this.reader.cache.lend(this.keyOf(locator, column), loan)
      return vector === null ? null : (this.dictionaries.tables?.refresh(column, vector) ?? vector)
    })
  }

  onDisk(morsel: Morsel): readonly (DiskChunk | null)[] {
    const locator = morsel.locator as ParquetLocator
    return this.columns.map((column) => {
      const chunk = this.reader.cache.onDisk(this.keyOf(locator, column))
      if (chunk === null) return null
      return { ...chunk, vector: this.dictionaries.tables?.refresh(column, chunk.vector) ?? chunk.vector }
    })
  }

  close(): void {
    this.letGo?.()
    this.letGo = null
    this.spool?.close()
  }

  private wanted(locator: ParquetLocator, column: number): WantedChunk {
    const file = this.layout.files[locator.file]
    const group = file?.rowGroups[locator.rowGroup]
    if (file === undefined || group === undefined) throw internalError('a morsel of another table')
    const mapping = supportedMapping(this.layout, file, column)
    const chunk = group.chunks[column]
    if (chunk === undefined || chunk === null) throw internalError(`column ${column} has no chunk`)
    const place = placeOf(this.layout, file, locator.rowGroup, column)
    checkReadable(chunk, place)
    const key = this.keyOf(locator, column)
    return { key, column, mapping, chunk, rows: group.rows, place }
  }

  private keyOf({ file, rowGroup, offset, rows }: ParquetLocator, column: number): string {
    return `${this.layout.id}/${file}/${rowGroup}/${column}/${offset}+${rows}`
  }

  /** Decodes and caches a part of a chunk, pinned; and keeps the parts beside it that are decoded on the way. */
  private decode(want: WantedChunk, part: ChunkPart, locator: ParquetLocator): ColumnVector {
    const hint = this.isCoded(want) ? dictionaryHint(want.mapping.leaf.name) : null
    const file = chunkFile(want.mapping, want.chunk, part, hint)
    const others = this.othersGo(locator, part)
    const range = this.decodedRange(want, part, locator, others)
    try {
      return this.reader.decoders.use((decoder) => {
        const decoded = decoder.decode([file.head, ...part.parts, file.tail], range)
        try {
          const array = onlyColumn(decoded, range.limit, want.place)
          const { memory } = decoded
          const own = this.store(want, memory, array.slice(part.offset - range.offset, part.limit))
          const vector = this.reader.cache.put(want.key, own.vector, own.pointer, own.bytes)
          const firstRow = locator.offset - part.offset + range.offset
          if (others === 'heap') this.cacheOthers(want, locator, memory, array, firstRow)
          if (others === 'spool') this.spoolOthers(want, locator, memory, array, firstRow, vector)
          return vector
        } finally {
          decoded.free()
        }
      })
    } catch (error) {
      throw explain(error, want.place)
    }
  }

  /** Where the other parts go that are in the same pages. */
  private othersGo({ othersBytes }: ParquetLocator, part: ChunkPart): 'heap' | 'spool' | 'nowhere' {
    if (othersBytes === 0 || part.pages.rows - part.limit < part.limit) return 'nowhere'
    const { cache } = this.reader
    const canWait = this.spool !== null
    const room = canWait ? cache.grantableBytes : cache.heap.usableBytes
    if (2 * othersBytes <= room) return 'heap'
    return canWait ? 'spool' : 'nowhere'
  }

  /**
   * Which rows of the pages are decoded in one go: as many as the decoder has room for beside the file and its longest
   * page, both of which it holds.
   */
  private decodedRange(
    want: WantedChunk,
    { pages, offset, limit }: ChunkPart,
    { partRows }: ParquetLocator,
    others: 'heap' | 'spool' | 'nowhere',
  ): { readonly offset: number; readonly limit: number } {
    if (others === 'nowhere') return { offset, limit }
    const { mapping, chunk, rows } = want
    const rowBytes = this.isCoded(want) ? CODED_ROW_BYTES : estimatedRowBytes(mapping, chunk, rows)
    const pageBytes = (chunk.uncompressedBytes * pages.longestBytes) / Math.max(1, chunk.bytes)
    const roomBytes = this.reader.decoders.mostBytes - pages.bytes - pageBytes
    const mostRows = Math.max(limit, Math.floor(roomBytes / (GROWTH * rowBytes)))
    if (others === 'heap' && pages.rows <= mostRows) return { offset: 0, limit: pages.rows }
    const left = pages.rows - offset
    return { offset, limit: left <= mostRows ? left : mostRows - ((mostRows - limit) % partRows) }
  }

  /** Keeps the other morsels' parts that are whole in `array`, which begins at `firstRow` of the row group. */
  private cacheOthers(
    want: WantedChunk,
    locator: ParquetLocator,
    memory: ArrayBuffer,
    array: ArrowArray,
    firstRow: number,
  ): void {
    const { cache } = this.reader
    for (const { key, from, rows } of this.wholeParts(want, locator, array, firstRow)) {
      try {
        const { vector, pointer, bytes } = this.store(want, memory, array.slice(from, rows))
        cache.put(key, vector, pointer, bytes)
      } catch (error) {
        // They are read again when their turn comes.
        if (isShortage(error)) return
        throw error
      }
      cache.unpin(key)
    }
  }

  private spoolOthers(
    want: WantedChunk,
    locator: ParquetLocator,
    memory: ArrayBuffer,
    array: ArrowArray,
    firstRow: number,
    { dictionary }: ColumnVector,
  ): void {
    const { spool } = this
    // Codes into a dictionary of the part's own would take that dictionary along with each part.
    if (spool === null || (dictionary !== null && !this.isOfTable(want.column, dictionary))) return
    const parts = this.wholeParts(want, locator, array, firstRow)
    if (parts.length === 0) return
    const { cache } = this.reader
    try {
      spool.add(this.layout.columns[want.column]?.name ?? '', (add) => {
        for (const { key, from, rows } of parts) {
          const { vector, pointer, bytes } = this.store(want, memory, array.slice(from, rows))
          try {
            if (vector.dictionary?.id !== dictionary?.id) continue
            if (cache.disk?.keep(key, vector, pointer, bytes) !== true) add(key, vector, rows)
          } finally {
            cache.free(pointer, bytes)
          }
        }
      })
    } catch (error) {
      // They are read again when their turn comes.
      if (!isShortage(error)) throw error
    }
  }

  private isOfTable(column: number, { id }: Dictionary): boolean {
    return this.dictionaries.tables?.of(column).id === id
  }

  private wholeParts(
    want: WantedChunk,
    locator: ParquetLocator,
    array: ArrowArray,
    firstRow: number,
  ): readonly { readonly key: string; readonly from: number; readonly rows: number }[] {
    const { partRows } = locator
    const parts: { key: string; from: number; rows: number }[] = []
    for (let offset = Math.ceil(firstRow / partRows) * partRows; offset < want.rows; offset += partRows) {
      const rows = Math.min(partRows, want.rows - offset)
      if (offset + rows > firstRow + array.length) break
      const key = this.keyOf({ ...locator, offset, rows }, want.column)
      if (!this.reader.cache.has(key) && this.spool?.has(key) !== true) {
        parts.push({ key, from: offset - firstRow, rows })
      }
    }
    return parts
  }

  private isCoded(want: WantedChunk): boolean {
    return this.dictionaries.columns.has(want.column)
  }

  /** Lays an array into the heap, in a run of the cache that is not yet put. */
  private store(want: WantedChunk, memory: ArrayBuffer, array: ArrowArray): WrittenColumn {
    const { cache, kernels } = this.reader
    // Queries were compiled for a column without NULLs, as its statistics have it.
    if (array.nullCount !== 0 && want.chunk.statistics?.nullCount === 0 && !isNested(want.mapping.type)) {
      throw corrupt(want.place, 'it has NULLs, and its statistics say that it has none')
    }
    if (this.isCoded(want)) {
      const dictionary = this.dictionaries.tables?.of(want.column) ?? null
      return writeDictionaryColumn(cache, kernels, memory, array, dictionary)
    }
    const type = this.layout.columns[want.column]?.type ?? want.mapping.type
    if (isPacked(type)) {
      return writeNestedColumn(cache, kernels, memory, array, type, want.mapping.conversion)
    }
    const { kept, needed } = columnSize(array, want.mapping.conversion)
    checkShare(want, array.length, needed, MOST_MORSELS * this.reader.morselBytes)
    const pointer = cache.allocate(needed)
    try {
      const writer = new ColumnWriter(cache.heap, kernels, memory, pointer)
      const vector = writer.write(array, type, want.mapping.conversion)
      cache.shrink(pointer, needed, kept)
      return { vector, pointer, bytes: kept }
    } catch (error) {
      cache.free(pointer, needed)
      throw error
    }
  }
}

/**
 * Texts may be far longer than the file says, where they come from a dictionary. They are refused before they take the
 * heap that whoever they are for needs too; the scan then asks for fewer rows.
 */
function checkShare({ mapping, place }: WantedChunk, rows: number, bytes: number, mostBytes: number): void {
  if (rows < 2 || bytes <= mostBytes || mapping.conversion.kind !== 'bytes') return
  throw new LakebookError(
    'out_of_memory',
    `${place}: ${rows.toLocaleString('en')} values take ${formatBytes(bytes)}, more than the ${formatBytes(mostBytes)} that one column may have of the heap`,
    { hint: 'Raise the budget with SET memory_limit.' },
  )
}

/** The decoder's one array of one batch. Errors: `corrupt_file` when it has not the rows it should. */
function onlyColumn(decoded: DecodedColumn, rows: number, place: string): ArrowArray {
  const batches = decoded.arrays.map((address) => new ArrowArray(decoded.memory, address))
  const [batch] = batches
  if (batch === undefined || batches.length > 1 || batch.length !== rows || batch.childCount !== 1) {
    const found = batches.reduce((sum, array) => sum + array.length, 0)
    throw corrupt(place, `${found} rows came out where there should be ${rows}`)
  }
  return batch.child(0)
}

function placeOf(layout: ParquetLayout, file: FileLayout, rowGroup: number, column: number): string {
  return `${file.name}, row group ${rowGroup}, column ${layout.columns[column]?.name ?? column}`
}

/** Neighbouring reads go out together, up to `mostBytes`. */
function readGroups(chunks: readonly WantedChunk[], mostBytes: number): readonly (readonly WantedChunk[])[] {
  const groups: WantedChunk[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const want of chunks) {
    if (bytes + want.chunk.bytes > mostBytes) {
      groups.push([])
      bytes = 0
    }
    groups[groups.length - 1]?.push(want)
    bytes += want.chunk.bytes
  }
  return groups
}
