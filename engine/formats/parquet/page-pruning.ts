import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { LakebookError } from '../../errors.ts'
import type { ByteSource } from '../byte-source.ts'
import type { ColumnChunk } from './footer.ts'
import { readOffsetIndex } from './page-map.ts'
import type { SupportedMapping } from './parquet-layout.ts'
import type { PruningUnit } from './pruning.ts'
import { chunkBounds, type ChunkBounds } from './statistics.ts'

/** A page of one column, as its index tells of it. */
export interface IndexedPage extends PruningUnit {
  readonly column: number
  readonly firstRow: number
}

interface IndexedChunk {
  readonly mapping: SupportedMapping
  readonly chunk: ColumnChunk
  readonly column: number
  /** Rows of the row group. */
  readonly rows: number
  readonly hasColumnOrders: boolean
  readonly place: string
}

/** Read once for each chunk. */
const known = new WeakMap<ColumnChunk, Promise<readonly IndexedPage[]>>()

/**
 * Bounds of the pages of a column; empty where the file has no index, or none that makes sense, or pages cannot be told
 * by rows: then nothing is known, and what is damaged shows when it is read.
 */
export function indexedPages(
  source: ByteSource,
  chunk: IndexedChunk,
  signal: AbortSignal,
): Promise<readonly IndexedPage[]> {
  let reading = known.get(chunk.chunk)
  if (reading === undefined) {
    reading = readIndexes(source, chunk, signal).catch((error: unknown) => {
      if (error instanceof LakebookError && error.code === 'corrupt_file') return []
      throw error
    })
    known.set(chunk.chunk, reading)
    // What could not be fetched is asked for again.
    reading.catch(() => known.delete(chunk.chunk))
  }
  return reading
}

async function readIndexes(
  source: ByteSource,
  { mapping, chunk, column, rows, hasColumnOrders, place }: IndexedChunk,
  signal: AbortSignal,
): Promise<readonly IndexedPage[]> {
  const { columnIndex, offsetIndex } = chunk
  const isFlat = mapping.nested === null && mapping.listLevels.length === 0
  if (columnIndex === null || offsetIndex === null || !isFlat) return []
  const bytes = await source.read(columnIndex.start, columnIndex.bytes, signal)
  const index = columnIndexOf(bytes)
  if (index === null) return []
  const { pages } = await readOffsetIndex(source, chunk, offsetIndex, rows, place, signal)
  if (index.length !== pages.length) return []
  return pages.map((page, number): IndexedPage => {
    const { isNull, min, max, nullCount } = index[number]!
    const bounds: ChunkBounds = isNull
      ? { min: null, max: null, exact: false, nullCount: page.values }
      : chunkBounds(
          mapping,
          {
            ...chunk,
            values: page.values,
            statistics: {
              min,
              max,
              deprecated: false,
              minExact: false,
              maxExact: false,
              nullCount,
              distinctCount: null,
            },
          },
          hasColumnOrders,
        )
    return { column, firstRow: page.firstRow, rows: page.values, bytes: page.bytes, bounds: () => bounds }
  })
}

interface IndexEntry {
  readonly isNull: boolean
  readonly min: Uint8Array
  readonly max: Uint8Array
  readonly nullCount: number | null
}

/** A Thrift ColumnIndex: lists of 1 whether a page has only NULLs, 2 least and 3 greatest values, 5 counts of NULLs. */
function columnIndexOf(bytes: Uint8Array): readonly IndexEntry[] | null {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const index = deserializeTCompactProtocol({ view, offset: 0 }) as Readonly<Record<string, unknown>>
    const [nulls, mins, maxs, counts] = ['field_1', 'field_2', 'field_3', 'field_5'].map(
      (field) => index[field],
    )
    if (!Array.isArray(nulls) || !Array.isArray(mins) || !Array.isArray(maxs)) return null
    return nulls.map((isNull: unknown, page): IndexEntry => {
      const min: unknown = mins[page]
      const max: unknown = maxs[page]
      if (!(min instanceof Uint8Array) || !(max instanceof Uint8Array))
        throw new TypeError('a bound is missing')
      const nullCount = Array.isArray(counts) ? Number(counts[page]) : Number.NaN
      return {
        isNull: isNull === true,
        min,
        max,
        nullCount: Number.isSafeInteger(nullCount) ? nullCount : null,
      }
    })
  } catch {
    return null
  }
}

/** Rows from `from` to before `to`. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/** The rows of pages that follow each other, neighbours together. */
export function rangesOf(pages: readonly IndexedPage[]): readonly RowRange[] {
  const ranges: RowRange[] = []
  for (const { firstRow, rows } of pages) {
    const last = ranges[ranges.length - 1]
    if (last?.to === firstRow) ranges[ranges.length - 1] = { from: last.from, to: firstRow + rows }
    else ranges.push({ from: firstRow, to: firstRow + rows })
  }
  return ranges
}

/** The rows in both. */
export function intersect(a: readonly RowRange[], b: readonly RowRange[]): readonly RowRange[] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const range = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }
      return range.from < range.to ? [range] : []
    }),
  )
}

/** What remains of `whole` when it is halved, as long as one half has no row of the ranges. */
export function narrowed(
  whole: RowRange,
  ranges: readonly RowRange[],
  leastRows: number,
): readonly RowRange[] {
  const isWanted = ({ from, to }: RowRange): boolean =>
    ranges.some((range) => range.from < to && range.to > from)
  if (!isWanted(whole)) return []
  const half = Math.ceil((whole.to - whole.from) / 2)
  if (half < leastRows) return [whole]
  const first = narrowed({ from: whole.from, to: whole.from + half }, ranges, leastRows)
  const second = narrowed({ from: whole.from + half, to: whole.to }, ranges, leastRows)
  const rows = [...first, ...second].reduce((sum, { from, to }) => sum + to - from, 0)
  return rows === whole.to - whole.from ? [whole] : [...first, ...second]
}
