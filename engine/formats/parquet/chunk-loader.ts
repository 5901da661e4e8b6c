import type { ColumnBatch, ColumnVector } from '../../arrow/column-batch.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import type { DictionaryKernels } from '../../catalog/growing-dictionary.ts'
import type { LoadedMorsel, Morsel, MorselLoader } from '../../catalog/table-provider.ts'
import { internalError, LakebookError } from '../../errors.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'
import { ArrowArray } from './arrow-array.ts'
import { chunkFile } from './chunk-file.ts'
import { readChunkPart, type ChunkPart, type ChunkPlace, type ParquetLocator } from './chunk-part.ts'
import { columnSize, ColumnWriter, type ConversionKernels } from './column-writer.ts'
import { DecoderRefusal, type DecodedColumn } from './decoder.ts'
import type { DecoderSlot } from './decoder-slot.ts'
import { dictionaryHint } from './dictionary-hint.ts'
import { writeDictionaryColumn } from './dictionary-writer.ts'
import { CODECS, corrupt, type ColumnChunk } from './footer.ts'
import {
  supportedMapping,
  type FileLayout,
  type ParquetLayout,
  type SupportedMapping,
} from './parquet-layout.ts'
import type { TableDictionaries } from './table-dictionaries.ts'

/** What reading needs of the thread it runs on. */
export interface ParquetReader {
  readonly cache: ColumnCache
  readonly decoders: DecoderSlot
  readonly kernels: ConversionKernels & DictionaryKernels
  /** Where tables keep their dictionaries. */
  readonly dictionaryPages: PageSource
  /** Row ranges are cut so that a morsel takes about this much of the heap at the most. */
  readonly morselBytes: number
}

/** Compressed bytes that are read before any of them is decoded. */
const READ_AHEAD_BYTES = 4 * 2 ** 20

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

  constructor(
    layout: ParquetLayout,
    sources: readonly ByteSource[],
    columns: readonly number[],
    reader: ParquetReader,
    dictionaries: ScanDictionaries,
  ) {
    this.dictionaries = dictionaries
    this.layout = layout
    this.sources = sources
    this.columns = columns
    this.reader = reader
  }

  async load(morsel: Morsel, signal: AbortSignal): Promise<LoadedMorsel> {
    const locator = morsel.locator as ParquetLocator
    const { cache } = this.reader
    const wanted = this.columns.map((column) => this.wanted(locator, column))
    const pinned: string[] = []
    const vectors = new Map<number, ColumnVector>()
    let bytesRead = 0
    try {
      for (const { key, column } of wanted) {
        const vector = vectors.has(column) ? null : cache.pin(key)
        if (vector === null) continue
        pinned.push(key)
        vectors.set(column, vector)
      }
      const missing = wanted.filter(
        ({ column }, index) => !vectors.has(column) && this.columns.indexOf(column) === index,
      )
      for (const group of readGroups(missing)) {
        throwIfCancelled(signal)
        const source = this.sources[locator.file]
        if (source === undefined) throw internalError(`the table has no file ${locator.file}`)
        const read = await Promise.all(
          group.map(async (want) => ({ want, part: await readChunkPart(source, want, locator, signal) })),
        )
        throwIfCancelled(signal)
        for (const { want, part } of read) {
          bytesRead += part.bytesRead
          // Another loader of this thread may have been quicker while the bytes were read.
          vectors.set(want.column, cache.pin(want.key) ?? this.decode(want, part, locator))
          pinned.push(want.key)
        }
      }
    } catch (error) {
      for (const key of pinned) cache.unpin(key)
      throw error
    }
    const batch: ColumnBatch = {
      length: locator.rows,
      columns: this.columns.map((column) => {
        const vector = vectors.get(column)
        if (vector === undefined) throw internalError(`column ${column} was not loaded`)
        return this.dictionaries.tables?.refresh(column, vector) ?? vector
      }),
    }
    return {
      batch,
      bytesRead,
      release: () => {
        for (const key of pinned.splice(0)) cache.unpin(key)
      },
    }
  }

  lend(morsel: Morsel, loan: number): readonly (ColumnVector | null)[] {
    const locator = morsel.locator as ParquetLocator
    return this.columns.map((column) => {
      const vector = this.reader.cache.lend(this.keyOf(locator, column), loan)
      return vector === null ? null : (this.dictionaries.tables?.refresh(column, vector) ?? vector)
    })
  }

  close(): void {
    // Everything that the loader holds belongs to morsels, which are released one by one.
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

  /** Decodes and caches a part of a chunk, pinned; and the parts beside it, when they are decoded on the way. */
  private decode(want: WantedChunk, part: ChunkPart, locator: ParquetLocator): ColumnVector {
    const hint = this.isCoded(want) ? dictionaryHint(want.mapping.leaf.name) : null
    const file = chunkFile(want.mapping, want.chunk, part.pages, hint)
    const all = locator.keepOthers && part.pages.rows >= 2 * part.limit
    const range = all ? { offset: 0, limit: part.pages.rows } : part
    try {
      return this.reader.decoders.use((decoder) => {
        const decoded = decoder.decode([file.head, ...part.parts, file.tail], range)
        try {
          const array = onlyColumn(decoded, range.limit, want.place)
          const own = this.store(
            want,
            want.key,
            decoded.memory,
            array.slice(part.offset - range.offset, part.limit),
          )
          if (all) this.storeOthers(want, part, locator, decoded.memory, array)
          return own
        } finally {
          decoded.free()
        }
      })
    } catch (error) {
      throw explain(error, want.place)
    }
  }

  /** Keeps the other morsels' parts that are whole in `array`. */
  private storeOthers(
    want: WantedChunk,
    part: ChunkPart,
    locator: ParquetLocator,
    memory: ArrayBuffer,
    array: ArrowArray,
  ): void {
    const { cache } = this.reader
    const firstRow = locator.offset - part.offset
    const { partRows } = locator
    for (let offset = Math.ceil(firstRow / partRows) * partRows; offset < want.rows; offset += partRows) {
      const rows = Math.min(partRows, want.rows - offset)
      if (offset + rows > firstRow + array.length) break
      const key = this.keyOf({ ...locator, offset, rows }, want.column)
      if (cache.has(key)) continue
      try {
        this.store(want, key, memory, array.slice(offset - firstRow, rows))
      } catch (error) {
        // They are read again when their turn comes.
        if (error instanceof LakebookError && error.code === 'out_of_memory') return
        throw error
      }
      cache.unpin(key)
    }
  }

  private isCoded(want: WantedChunk): boolean {
    return this.dictionaries.columns.has(want.column)
  }

  private store(want: WantedChunk, key: string, memory: ArrayBuffer, array: ArrowArray): ColumnVector {
    const { cache, kernels } = this.reader
    if (this.isCoded(want)) {
      const dictionary = this.dictionaries.tables?.of(want.column) ?? null
      const { vector, pointer, bytes } = writeDictionaryColumn(cache, kernels, memory, array, dictionary)
      cache.put(key, vector, pointer, bytes)
      return vector
    }
    const type = this.layout.columns[want.column]?.type ?? want.mapping.type
    const { kept, needed } = columnSize(array, want.mapping.conversion)
    const pointer = cache.allocate(needed)
    try {
      const vector = new ColumnWriter(cache.heap, kernels, memory, pointer).write(
        array,
        type,
        want.mapping.conversion,
      )
      cache.shrink(pointer, needed, kept)
      cache.put(key, vector, pointer, kept)
      return vector
    } catch (error) {
      cache.free(pointer, needed)
      throw error
    }
  }
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

function checkReadable(chunk: ColumnChunk, place: string): void {
  if (chunk.encrypted) {
    throw new LakebookError('encrypted_file', `${place} is encrypted`, {
      hint: 'Lakebook has no keys; select columns that are not encrypted.',
    })
  }
  if (chunk.elsewhere) throw new LakebookError('not_readable', `${place} lies in another file`)
  const codec = CODECS[chunk.codec]
  if (codec === undefined || codec === 'LZO') {
    throw new LakebookError(
      'not_readable',
      `${place} is compressed with ${codec ?? `codec ${chunk.codec}`}`,
      {
        hint: 'Lakebook reads Snappy, Gzip, Brotli, LZ4, Zstandard and uncompressed columns.',
      },
    )
  }
}

/** Neighbouring reads go out together, up to a few MiB. */
function readGroups(chunks: readonly WantedChunk[]): readonly (readonly WantedChunk[])[] {
  const groups: WantedChunk[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const want of chunks) {
    if (bytes + want.chunk.bytes > READ_AHEAD_BYTES) {
      groups.push([])
      bytes = 0
    }
    groups[groups.length - 1]?.push(want)
    bytes += want.chunk.bytes
  }
  return groups
}

/** What the decoder says, with the place. A trap is a damaged chunk as far as anyone can tell. */
function explain(error: unknown, place: string): unknown {
  if (error instanceof LakebookError) return error
  if (
    error instanceof DecoderRefusal &&
    /not supported|unsupported|not implemented|NYI/i.test(error.message)
  ) {
    return new LakebookError('not_readable', `${place} cannot be decoded: ${error.message}`, { cause: error })
  }
  if (error instanceof DecoderRefusal) return corrupt(place, error.message, error)
  if (error instanceof WebAssembly.RuntimeError) return corrupt(place, 'its pages cannot be decoded', error)
  return error
}
