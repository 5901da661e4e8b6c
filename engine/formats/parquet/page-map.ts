import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import type { ByteSource } from '../byte-source.ts'
import { crc32 } from './crc32.ts'
import { corrupt, type ColumnChunk } from './footer.ts'

/** A page of a column chunk, header included. `start` counts from the file's beginning. */
interface Page {
  readonly start: number
  readonly bytes: number
  readonly values: number
}

/** Where the pages of a flat column chunk lie: one value a row, so that rows can be counted in values. */
export interface PageMap {
  readonly dictionary: Page | null
  readonly pages: readonly (Page & { readonly firstRow: number })[]
  /** Where the last page ends. */
  readonly end: number
}

/** Pages that hold a range of rows, to be read and decoded alone. */
export interface PageRange {
  readonly dictionary: Page | null
  readonly start: number
  readonly bytes: number
  readonly firstRow: number
  readonly rows: number
  /** Of the longest page. */
  readonly longestBytes: number
}

interface PageHeader {
  readonly kind: 'data' | 'dictionary' | 'other'
  readonly headerBytes: number
  readonly bodyBytes: number
  readonly values: number
  readonly crc: number | null
}

const HEADER_WINDOW_BYTES = 2 ** 14

/**
 * Walks over the pages in `bytes`, which begin at `start` in the file, until they have `values` values. Checks that they
 * do, that every page lies within the bytes, and the pages' CRC-32 where a writer left one. Errors: `corrupt_file`.
 */
export function readPages(bytes: Uint8Array, start: number, values: number, place: string): PageMap {
  const map = new PageMapBuilder(values, place)
  let at = 0
  while (at < bytes.length && !map.complete) {
    const header = readHeader(bytes, at, place)
    const body = at + header.headerBytes
    const next = body + header.bodyBytes
    if (next > bytes.length) throw corrupt(place, 'a page is longer than the column chunk')
    if (header.crc !== null && crc32(bytes.subarray(body, next)) !== header.crc) {
      throw corrupt(place, `the checksum of the page at byte ${start + at} does not match`)
    }
    map.add(header, start + at)
    at = next
  }
  return map.finish(start + at)
}

/** Finds the pages of a flat chunk of `rows` rows without reading them. */
export async function findPages(
  source: ByteSource,
  chunk: ColumnChunk,
  rows: number,
  place: string,
  signal: AbortSignal,
): Promise<PageMap> {
  const end = chunk.start + chunk.bytes + chunk.slackBytes
  if (chunk.offsetIndex !== null)
    return readOffsetIndex(source, chunk, chunk.offsetIndex, rows, place, signal)
  const map = new PageMapBuilder(rows, place)
  let at = chunk.start
  while (at < end && !map.complete) {
    const window = await source.read(at, Math.min(HEADER_WINDOW_BYTES, end - at), signal)
    const header = readHeader(window, 0, place)
    map.add(header, at)
    at += header.headerBytes + header.bodyBytes
    if (at > end) throw corrupt(place, 'a page is longer than the column chunk')
  }
  return map.finish(at)
}

class PageMapBuilder {
  private dictionary: Page | null = null
  private readonly pages: (Page & { readonly firstRow: number })[] = []
  private readonly wanted: number
  private readonly place: string
  private found = 0

  constructor(values: number, place: string) {
    this.wanted = values
    this.place = place
  }

  get complete(): boolean {
    return this.found >= this.wanted
  }

  add(header: PageHeader, start: number): void {
    const page: Page = { start, bytes: header.headerBytes + header.bodyBytes, values: header.values }
    if (header.kind === 'dictionary') this.dictionary = page
    if (header.kind !== 'data') return
    this.pages.push({ ...page, firstRow: this.found })
    this.found += header.values
  }

  finish(end: number): PageMap {
    if (this.found !== this.wanted) {
      throw corrupt(this.place, `its pages have ${this.found} values where there should be ${this.wanted}`)
    }
    return { dictionary: this.dictionary, pages: this.pages, end }
  }
}

/** A Thrift OffsetIndex: 1 list of locations, each 1 offset, 2 bytes with header, 3 first row. */
export async function readOffsetIndex(
  source: ByteSource,
  chunk: ColumnChunk,
  index: { readonly start: number; readonly bytes: number },
  rows: number,
  place: string,
  signal: AbortSignal,
): Promise<PageMap> {
  const bytes = await source.read(index.start, index.bytes, signal)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const damaged = (cause?: unknown) => corrupt(place, 'its offset index makes no sense', cause)
  let locations: readonly { start: number; bytes: number; firstRow: number }[]
  try {
    const list: unknown = deserializeTCompactProtocol({ view, offset: 0 })['field_1']
    if (!Array.isArray(list)) throw damaged()
    locations = list.map((entry: Readonly<Record<string, unknown>>) => ({
      start: Number(entry['field_1']),
      bytes: Number(entry['field_2']),
      firstRow: Number(entry['field_3']),
    }))
  } catch (cause) {
    throw damaged(cause)
  }
  const end = chunk.start + chunk.bytes
  const pages = locations.map((page, i) => ({
    ...page,
    values: (locations[i + 1]?.firstRow ?? rows) - page.firstRow,
  }))
  const first = pages[0]
  const sound =
    first?.firstRow === 0 &&
    pages.every(
      (page) =>
        page.values >= 0 && page.bytes > 0 && page.start >= chunk.start && page.start + page.bytes <= end,
    )
  if (!sound) throw damaged()
  const dictionaryBytes = first.start - chunk.start
  const dictionary = dictionaryBytes > 0 ? { start: chunk.start, bytes: dictionaryBytes, values: 0 } : null
  return { dictionary, pages, end }
}

/** The pages that hold `rows` rows from `offset` on. */
export function pagesOfRows(map: PageMap, offset: number, rows: number, place: string): PageRange {
  const wanted = map.pages.filter(
    ({ firstRow, values }) => firstRow + values > offset && firstRow < offset + rows,
  )
  const first = wanted[0]
  const last = wanted[wanted.length - 1]
  if (first === undefined || last === undefined) throw corrupt(place, `it has no rows at ${offset}`)
  return {
    dictionary: map.dictionary,
    start: first.start,
    bytes: last.start + last.bytes - first.start,
    firstRow: first.firstRow,
    rows: last.firstRow + last.values - first.firstRow,
    longestBytes: longestPage(wanted),
  }
}

export function longestPage(pages: readonly { readonly bytes: number }[]): number {
  return pages.reduce((most, { bytes }) => Math.max(most, bytes), 0)
}

/**
 * A Thrift PageHeader: 1 type (0 data, 2 dictionary, 3 data v2), 2 uncompressed and 3 compressed size, 4 CRC, and a
 * struct by type (5, 7, 8) whose field 1 counts values.
 */
function readHeader(bytes: Uint8Array, at: number, place: string): PageHeader {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at }
  let header: Readonly<Record<string, unknown>>
  try {
    header = deserializeTCompactProtocol(reader)
  } catch (cause) {
    throw corrupt(place, `it has no page header at byte ${at} of its pages`, cause)
  }
  const type = header['field_1']
  const kind = type === 0 || type === 3 ? 'data' : type === 2 ? 'dictionary' : 'other'
  const detail = header[type === 0 ? 'field_5' : type === 3 ? 'field_8' : 'field_7']
  const values = kind === 'other' ? 0 : fieldCount(detail, 'field_1')
  const bodyBytes = fieldCount(header, 'field_3')
  if (values === null || bodyBytes === null) throw corrupt(place, 'a page header makes no sense')
  const crc = header['field_4']
  return {
    kind,
    headerBytes: reader.offset - at,
    bodyBytes,
    values,
    crc: typeof crc === 'number' ? crc >>> 0 : null,
  }
}

function fieldCount(struct: unknown, field: string): number | null {
  if (typeof struct !== 'object' || struct === null) return null
  const value = (struct as Readonly<Record<string, unknown>>)[field]
  return typeof value === 'number' && value >= 0 ? value : null
}
