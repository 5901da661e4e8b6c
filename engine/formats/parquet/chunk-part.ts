import type { ByteSource } from '../byte-source.ts'
import type { ChunkPages } from './chunk-file.ts'
import type { ColumnChunk } from './footer.ts'
import { findPages, longestPage, pagesOfRows, readPages, type PageMap } from './page-map.ts'
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
  readonly pages: ChunkPages
  /** Of a nested column: of each leaf, in the order of `parts`. */
  readonly leaves?: readonly ChunkPages[]
  readonly offset: number
  readonly limit: number
  readonly bytesRead: number
}

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
    return {
      parts: leaves.map(({ used }) => used),
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
    return { parts: [whole.used], pages: whole.pages, ...range, bytesRead: whole.bytesRead }
  }
  const map = pageMaps.get(chunk) ?? (await findPages(source, chunk, rows, place, signal))
  pageMaps.set(chunk, map)
  const pages = pagesOfRows(map, wanted.offset, wanted.rows, place)
  const [dictionary, body] = await Promise.all([
    pages.dictionary === null
      ? new Uint8Array()
      : source.read(pages.dictionary.start, pages.dictionary.bytes, signal),
    source.read(pages.start, pages.bytes, signal),
  ])
  readPages(body, pages.start, pages.rows, place)
  const bytes = dictionary.length + body.length
  return {
    parts: [dictionary, body],
    pages: {
      rows: pages.rows,
      values: pages.rows,
      dictionaryBytes: dictionary.length,
      bytes,
      longestBytes: pages.longestBytes,
    },
    offset: wanted.offset - pages.firstRow,
    limit: wanted.rows,
    bytesRead: bytes,
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
