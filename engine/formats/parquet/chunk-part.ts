import type { ByteSource } from '../byte-source.ts'
import type { ChunkPages } from './chunk-file.ts'
import type { ColumnChunk } from './footer.ts'
import { findPages, longestPage, pagesOfRows, readPages, type PageMap, type PageRange } from './page-map.ts'
import type { SupportedMapping } from './parquet-layout.ts'

/** Where a morsel lies: rows `offset` to `offset + rows` of a row group. */
export interface ParquetLocator {
  readonly file: number
  readonly rowGroup: number
  readonly offset: number
  readonly rows: number
  /** Row groups are cut every so many rows. */
  readonly partRows: number
  /** What all parts of the row group take in the heap, roughly; 0 when there is only one. */
  readonly othersBytes: number
}

export interface ChunkPlace {
  readonly mapping: SupportedMapping
  readonly chunk: ColumnChunk
  /** Rows of the row group. */
  readonly rows: number
  /** File, row group and column, for messages. */
  readonly place: string
}

/** Pages as they lie in the file, and which of their rows are wanted. */
export interface ChunkPart {
  readonly parts: readonly Uint8Array[]
  /** What was read, of which the parts are views: nobody else needs it. */
  readonly read: readonly Uint8Array[]
  readonly pages: ChunkPages
  /** Of a nested column: of each leaf, in the order of `parts`. */
  readonly leaves?: readonly ChunkPages[]
  readonly offset: number
  readonly limit: number
  readonly bytesRead: number
}

/** Chunks of up to this many bytes are read whole where their pages are not known: to find them would cost as much. */
const WHOLE_CHUNK_BYTES = 2 ** 20

/** Found once for each chunk on each thread. */
const pageMaps = new WeakMap<ColumnChunk, PageMap>()

/**
 * Reads the pages that hold the wanted rows of a column chunk: all of them for a whole row group. Rows of lists cannot be
 * told from pages, so their chunks are always read whole.
 */
export async function readChunkPart(
  source: ByteSource,
  { mapping, chunk, rows, place }: ChunkPlace,
  wanted: ParquetLocator,
  signal: AbortSignal,
): Promise<ChunkPart> {
  const range = { offset: wanted.offset, limit: wanted.rows }
  if (mapping.nested !== null) {
    const leaves = await Promise.all(
      (chunk.leaves ?? []).map((leaf) => readWhole(source, leaf, rows, leaf.values, place, signal)),
    )
    const sum = (of: (pages: ChunkPages) => number) =>
      leaves.reduce((total, { pages }) => total + of(pages), 0)
    const parts = leaves.map(({ used }) => used)
    return {
      parts,
      read: parts,
      pages: {
        rows,
        values: sum((pages) => pages.values),
        dictionaryBytes: 0,
        bytes: sum((pages) => pages.bytes),
        longestBytes: sum((pages) => pages.longestBytes),
      },
      leaves: leaves.map(({ pages }) => pages),
      ...range,
      bytesRead: leaves.reduce((total, { bytesRead }) => total + bytesRead, 0),
    }
  }
  const flat = mapping.listLevels.length === 0
  if (!flat || wanted.rows === rows) {
    const whole = await readWhole(source, chunk, rows, flat ? rows : chunk.values, place, signal)
    return {
      parts: [whole.used],
      read: [whole.used],
      pages: whole.pages,
      ...range,
      bytesRead: whole.bytesRead,
    }
  }
  const known = pageMaps.get(chunk)
  if (known === undefined && chunk.bytes <= WHOLE_CHUNK_BYTES) {
    const bytes = await source.read(chunk.start, chunk.bytes + chunk.slackBytes, signal)
    const map = readPages(bytes, chunk.start, rows, place)
    pageMaps.set(chunk, map)
    const pages = pagesOfRows(map, wanted.offset, wanted.rows, place)
    const cut = ({ start, bytes: length }: { readonly start: number; readonly bytes: number }) =>
      bytes.subarray(start - chunk.start, start - chunk.start + length)
    const dictionary = pages.dictionary === null ? new Uint8Array() : cut(pages.dictionary)
    return partOfPages(pages, [dictionary, cut(pages)], [bytes], wanted)
  }
  const map = known ?? (await findPages(source, chunk, rows, place, signal))
  pageMaps.set(chunk, map)
  const pages = pagesOfRows(map, wanted.offset, wanted.rows, place)
  const parts = await Promise.all([
    pages.dictionary === null
      ? new Uint8Array()
      : source.read(pages.dictionary.start, pages.dictionary.bytes, signal),
    source.read(pages.start, pages.bytes, signal),
  ])
  readPages(parts[1], pages.start, pages.rows, place)
  return partOfPages(pages, parts, parts, wanted)
}

function partOfPages(
  { rows, firstRow, longestBytes }: PageRange,
  parts: readonly [dictionary: Uint8Array, pages: Uint8Array],
  read: readonly Uint8Array[],
  wanted: ParquetLocator,
): ChunkPart {
  const [dictionary, body] = parts
  const bytes = dictionary.length + body.length
  return {
    parts,
    read,
    pages: { rows, values: rows, dictionaryBytes: dictionary.length, bytes, longestBytes },
    offset: wanted.offset - firstRow,
    limit: wanted.rows,
    bytesRead: read.reduce((sum, { length }) => sum + length, 0),
  }
}

async function readWhole(
  source: ByteSource,
  chunk: ColumnChunk,
  rows: number,
  values: number,
  place: string,
  signal: AbortSignal,
): Promise<{ readonly used: Uint8Array; readonly pages: ChunkPages; readonly bytesRead: number }> {
  const bytes = await source.read(chunk.start, chunk.bytes + chunk.slackBytes, signal)
  const { dictionary, pages, end } = readPages(bytes, chunk.start, values, place)
  const used = bytes.subarray(0, end - chunk.start)
  const dictionaryBytes = dictionary === null ? 0 : dictionary.start + dictionary.bytes - chunk.start
  const longestBytes = longestPage(pages)
  return {
    used,
    pages: { rows, values, dictionaryBytes, bytes: used.length, longestBytes },
    bytesRead: bytes.length,
  }
}
