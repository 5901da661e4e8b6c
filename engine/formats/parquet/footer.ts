import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { LakebookError } from '../../errors.ts'
import type { ByteSource } from '../byte-source.ts'

/** Parquet's own names; the numbers are those of the format's Thrift definition. */
export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const
export type ParquetPhysicalType = (typeof PHYSICAL_TYPES)[number]

export const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const

const CONVERTED_TYPES = [
  'UTF8',
  'MAP',
  'MAP_KEY_VALUE',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME_MILLIS',
  'TIME_MICROS',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'UINT_8',
  'UINT_16',
  'UINT_32',
  'UINT_64',
  'INT_8',
  'INT_16',
  'INT_32',
  'INT_64',
  'JSON',
  'BSON',
  'INTERVAL',
] as const

/** What a logical type annotation says, in the form that both it and the older converted type can be read into. */
export type Annotation =
  | { readonly kind: 'string' | 'enum' | 'json' | 'bson' | 'uuid' | 'float16' | 'date' | 'interval' | 'null' }
  | { readonly kind: 'list' | 'map' | 'variant' | 'geometry' | 'geography' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'integer'; readonly bits: number; readonly signed: boolean }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: 'ms' | 'us' | 'ns'; readonly utc: boolean }
  | { readonly kind: 'unknown'; readonly id: number }

export interface SchemaElement {
  readonly name: string
  readonly physical: ParquetPhysicalType | null
  readonly typeLength: number
  readonly repetition: 'required' | 'optional' | 'repeated'
  readonly children: readonly SchemaElement[]
  readonly annotation: Annotation | null
}

/** Bounds as the file holds them: bytes in the column's PLAIN encoding. */
export interface RawStatistics {
  readonly min: Uint8Array | null
  readonly max: Uint8Array | null
  /** `min` and `max` came from the deprecated fields, which compare as signed whatever the type. */
  readonly deprecated: boolean
  readonly minExact: boolean
  readonly maxExact: boolean
  readonly nullCount: number | null
  readonly distinctCount: number | null
}

export interface ColumnChunk {
  readonly path: readonly string[]
  readonly physical: ParquetPhysicalType
  readonly encodings: readonly number[]
  readonly codec: number
  readonly values: number
  /** Where the chunk's pages lie in the file: the dictionary page, if any, comes first. */
  readonly start: number
  readonly bytes: number
  /** Some old writers leave a header out of `bytes`: so much more may belong to the chunk. */
  readonly slackBytes: number
  readonly uncompressedBytes: number
  readonly hasDictionary: boolean
  /** Where the offset index lies in the file: the places of the pages. */
  readonly offsetIndex: { readonly start: number; readonly bytes: number } | null
  /** Where the column index lies: bounds of the pages. */
  readonly columnIndex: { readonly start: number; readonly bytes: number } | null
  /** Where the Bloom filter lies; `bytes` is 0 where its writer does not say. */
  readonly bloomFilter: { readonly start: number; readonly bytes: number } | null
  readonly statistics: RawStatistics | null
  readonly encrypted: boolean
  readonly elsewhere: boolean
  /** Of a nested column: the chunks of its leaves, which this one sums up. */
  readonly leaves?: readonly ColumnChunk[]
}

export interface RowGroup {
  readonly rows: number
  readonly columns: readonly ColumnChunk[]
}

export interface ParquetFooter {
  readonly rows: number
  readonly schema: SchemaElement
  readonly rowGroups: readonly RowGroup[]
  readonly createdBy: string
  /** Leaf columns whose bounds are ordered as their type says; without this only the deprecated rules hold. */
  readonly hasColumnOrders: boolean
  /** Footer bytes and the 8 bytes after them, for fingerprints. */
  readonly tail: Uint8Array
}

const MAGIC = 0x31524150
const ENCRYPTED_MAGIC = 0x45524150
const FIRST_READ_BYTES = 1 << 16
const MAX_DEPTH = 64
/** Of a row group; writers count them in 32 bits. */
const MOST_ROWS = 2 ** 31 - 1
const MOST_SLACK_BYTES = 100

type Thrift = Readonly<Record<string, unknown>>

/**
 * Reads and checks a file's footer. Errors: `not_readable` for what is no Parquet file, `corrupt_file` for a footer
 * that does not hold together, `encrypted_file`.
 */
export async function readFooter(source: ByteSource, signal?: AbortSignal): Promise<ParquetFooter> {
  const name = source.name
  if (source.length === 0) throw new LakebookError('not_readable', `${name} is empty`)
  if (source.length < 12) throw notParquet(name)
  let tailBytes = Math.min(source.length, FIRST_READ_BYTES)
  let tail = await source.read(source.length - tailBytes, tailBytes, signal)
  const magic = view(tail).getUint32(tail.length - 4, true)
  if (magic === ENCRYPTED_MAGIC) {
    throw new LakebookError('encrypted_file', `${name} is encrypted: its footer cannot be read`, {
      hint: 'Lakebook has no keys; write the file again without encryption.',
    })
  }
  if (magic !== MAGIC) throw await explainMissingMagic(source, signal)
  const footerBytes = view(tail).getUint32(tail.length - 8, true)
  if (footerBytes === 0 || footerBytes > source.length - 12) {
    throw corruptFile(name, `its footer claims ${footerBytes.toLocaleString('en')} bytes`)
  }
  if (footerBytes + 8 > tail.length) {
    tailBytes = footerBytes + 8
    tail = await source.read(source.length - tailBytes, tailBytes, signal)
  }
  const footer = tail.slice(tail.length - footerBytes - 8)
  try {
    return parseFooter(source, footer)
  } catch (error) {
    if (error instanceof LakebookError) throw error
    throw corruptFile(name, `its footer cannot be parsed`, error)
  }
}

async function explainMissingMagic(source: ByteSource, signal?: AbortSignal): Promise<LakebookError> {
  const head = await source.read(0, 4, signal)
  if (view(head).getUint32(0, true) !== MAGIC) return notParquet(source.name)
  return corruptFile(source.name, 'it begins as a Parquet file but has no footer, so it was cut short')
}

function notParquet(name: string): LakebookError {
  return new LakebookError('not_readable', `${name} is not a Parquet file`, {
    hint: 'Parquet files begin and end with the bytes PAR1. CSV, JSON and Arrow files are read too, by their names.',
  })
}

/** A part of a file is damaged. */
export function corrupt(place: string, what: string, cause?: unknown): LakebookError {
  return damaged(place, what, 'Get the file again, or read other columns or row groups of it.', cause)
}

/** Nothing of the file can be read. */
function corruptFile(name: string, what: string, cause?: unknown): LakebookError {
  return damaged(name, what, 'Get the file again.', cause)
}

function damaged(place: string, what: string, hint: string, cause: unknown): LakebookError {
  return new LakebookError('corrupt_file', `${place} is damaged: ${what}`, { hint, cause })
}

function parseFooter(source: ByteSource, tail: Uint8Array): ParquetFooter {
  const name = source.name
  const metadata = deserializeTCompactProtocol({
    view: view(tail.subarray(0, tail.length - 8)),
    offset: 0,
  }) as Thrift
  const elements = structs(metadata['field_2'])
  const [schema, next] = parseSchema(name, elements, 0, 0)
  if (next !== elements.length) throw corruptFile(name, 'its schema has stray columns')
  const leaves = leafColumns(schema)
  const createdBy = text(metadata['field_6'])
  const rowGroups = structs(metadata['field_4']).map((group, index) =>
    parseRowGroup(source, group, index, leaves, createdBy),
  )
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0)
  return {
    rows,
    schema,
    rowGroups,
    createdBy,
    hasColumnOrders: Array.isArray(metadata['field_7']),
    tail,
  }
}

function parseSchema(
  name: string,
  elements: readonly Thrift[],
  index: number,
  depth: number,
): [SchemaElement, number] {
  const element = elements[index]
  if (element === undefined || depth > MAX_DEPTH) throw corruptFile(name, 'its schema breaks off')
  const childCount = element['field_5'] === undefined ? 0 : count(element['field_5'])
  const children: SchemaElement[] = []
  let next = index + 1
  for (let i = 0; i < childCount; i++) {
    const [child, after] = parseSchema(name, elements, next, depth + 1)
    children.push(child)
    next = after
  }
  const type = element['field_1']
  const physical = type === undefined || childCount > 0 ? null : (PHYSICAL_TYPES[Number(type)] ?? null)
  if (physical === null && childCount === 0 && depth > 0 && type !== undefined) {
    throw corruptFile(name, `column ${text(element['field_4'])} has an unknown type`)
  }
  return [
    {
      name: text(element['field_4']),
      physical,
      typeLength: element['field_2'] === undefined ? 0 : count(element['field_2']),
      repetition:
        (['required', 'optional', 'repeated'] as const)[Number(element['field_3'] ?? 0)] ?? 'required',
      children,
      annotation: annotation(element),
    },
    next,
  ]
}

function annotation(element: Thrift): Annotation | null {
  const logical = element['field_10']
  return logical === undefined ? convertedAnnotation(element) : logicalAnnotation(struct(logical))
}

function logicalAnnotation(logical: Thrift): Annotation | null {
  const key = Object.keys(logical)[0]
  if (key === undefined) return null
  const id = Number(key.slice('field_'.length))
  const body = logical[key] as Thrift
  const plain = {
    1: 'string',
    2: 'map',
    3: 'list',
    4: 'enum',
    6: 'date',
    11: 'null',
    12: 'json',
    13: 'bson',
    14: 'uuid',
    15: 'float16',
    16: 'variant',
    17: 'geometry',
    18: 'geography',
  } as const
  if (id in plain) return { kind: plain[id as keyof typeof plain] }
  if (id === 5)
    return { kind: 'decimal', scale: count(body['field_1'] ?? 0), precision: count(body['field_2']) }
  if (id === 7 || id === 8) {
    const unit = struct(body['field_2'])
    return {
      kind: id === 7 ? 'time' : 'timestamp',
      unit: 'field_1' in unit ? 'ms' : 'field_2' in unit ? 'us' : 'ns',
      utc: body['field_1'] === true,
    }
  }
  if (id === 10) return { kind: 'integer', bits: count(body['field_1']), signed: body['field_2'] !== false }
  return { kind: 'unknown', id }
}

function convertedAnnotation(element: Thrift): Annotation | null {
  const converted = element['field_6']
  if (converted === undefined) return null
  const type = CONVERTED_TYPES[Number(converted)]
  switch (type) {
    case undefined:
      return { kind: 'unknown', id: Number(converted) }
    case 'UTF8':
      return { kind: 'string' }
    case 'MAP':
    case 'MAP_KEY_VALUE':
      return { kind: 'map' }
    case 'LIST':
      return { kind: 'list' }
    case 'ENUM':
      return { kind: 'enum' }
    case 'DECIMAL':
      return { kind: 'decimal', scale: count(element['field_7'] ?? 0), precision: count(element['field_8']) }
    case 'DATE':
      return { kind: 'date' }
    case 'TIME_MILLIS':
      return { kind: 'time', unit: 'ms', utc: true }
    case 'TIME_MICROS':
      return { kind: 'time', unit: 'us', utc: true }
    case 'TIMESTAMP_MILLIS':
      return { kind: 'timestamp', unit: 'ms', utc: false }
    case 'TIMESTAMP_MICROS':
      return { kind: 'timestamp', unit: 'us', utc: false }
    case 'JSON':
      return { kind: 'json' }
    case 'BSON':
      return { kind: 'bson' }
    case 'INTERVAL':
      return { kind: 'interval' }
    default: {
      const [sign, bits] = type.split('_')
      return { kind: 'integer', bits: Number(bits), signed: sign === 'INT' }
    }
  }
}

interface Leaf {
  readonly path: readonly string[]
  readonly element: SchemaElement
}

/** The primitive columns below an element, in the order in which row groups list their chunks. */
export function leafColumns(root: SchemaElement, path: readonly string[] = []): readonly Leaf[] {
  return root.children.flatMap((child) => {
    const childPath = [...path, child.name]
    return child.children.length === 0 ? [{ path: childPath, element: child }] : leafColumns(child, childPath)
  })
}

function parseRowGroup(
  source: ByteSource,
  group: Thrift,
  index: number,
  leaves: readonly Leaf[],
  createdBy: string,
): RowGroup {
  const chunks = structs(group['field_1'])
  const place = `${source.name}, row group ${index}`
  if (chunks.length !== leaves.length) {
    throw corruptFile(place, `it has ${chunks.length} columns, the schema has ${leaves.length}`)
  }
  const rows = count(group['field_3'])
  if (rows > MOST_ROWS) throw corruptFile(place, `it claims ${rows.toLocaleString('en')} rows`)
  return {
    rows,
    columns: leaves.map((leaf, i) => parseChunk(source, place, chunks[i] ?? {}, leaf, createdBy)),
  }
}

function parseChunk(
  source: ByteSource,
  place: string,
  chunk: Thrift,
  leaf: Leaf,
  createdBy: string,
): ColumnChunk {
  const here = `${place}, column ${leaf.path.join('.')}`
  const encrypted = chunk['field_8'] !== undefined
  const none = {
    path: leaf.path,
    physical: leaf.element.physical ?? 'BYTE_ARRAY',
    encrypted,
    elsewhere: false,
  } as const
  if (chunk['field_3'] === undefined) {
    if (!encrypted) throw corruptFile(here, 'its metadata is missing')
    return {
      ...none,
      encodings: [],
      codec: 0,
      values: 0,
      start: 0,
      bytes: 0,
      slackBytes: 0,
      uncompressedBytes: 0,
      hasDictionary: false,
      offsetIndex: null,
      columnIndex: null,
      bloomFilter: null,
      statistics: null,
    }
  }
  const metadata = struct(chunk['field_3'])
  if (PHYSICAL_TYPES[Number(metadata['field_1'])] !== leaf.element.physical) {
    throw corruptFile(here, 'its type is not the one in the schema')
  }
  const dataPageOffset = count(metadata['field_9'])
  const dictionaryOffset = metadata['field_11'] === undefined ? 0 : count(metadata['field_11'])
  const hasDictionary = dictionaryOffset > 0 && dictionaryOffset < dataPageOffset
  const start = hasDictionary ? dictionaryOffset : dataPageOffset
  const bytes = count(metadata['field_7'])
  const elsewhere = chunk['field_1'] !== undefined
  const encodings = list(metadata['field_2']).map(Number)
  if (!elsewhere && (start < 4 || start + bytes > source.length || dataPageOffset > start + bytes)) {
    throw corruptFile(here, `its bytes ${start} to ${start + bytes} are outside the file of ${source.length}`)
  }
  return {
    ...none,
    elsewhere,
    encodings,
    codec: Number(metadata['field_4']),
    values: count(metadata['field_5']),
    start,
    bytes,
    slackBytes: forgetsHeaders(createdBy, encodings)
      ? Math.max(0, Math.min(MOST_SLACK_BYTES, source.length - start - bytes))
      : 0,
    uncompressedBytes: count(metadata['field_6']),
    hasDictionary,
    offsetIndex: placeOf(source, chunk['field_4'], chunk['field_5']),
    columnIndex: placeOf(source, chunk['field_6'], chunk['field_7']),
    bloomFilter: placeOf(source, metadata['field_14'], metadata['field_15'] ?? 0),
    statistics: metadata['field_12'] === undefined ? null : parseStatistics(struct(metadata['field_12'])),
  }
}

/** Writers whose `total_compressed_size` leaves the dictionary page's header out (PARQUET-816), or that list nothing. */
function forgetsHeaders(createdBy: string, encodings: readonly number[]): boolean {
  return encodings.length === 0 || /^parquet-cpp version 1\.[0-2]\./.test(createdBy)
}

function placeOf(source: ByteSource, offset: unknown, length: unknown): ColumnChunk['offsetIndex'] {
  if (offset === undefined || length === undefined) return null
  const start = count(offset)
  const bytes = count(length)
  return start + bytes <= source.length ? { start, bytes } : null
}

function parseStatistics(statistics: Thrift): RawStatistics {
  const max = bytesOrNull(statistics['field_5'])
  const min = bytesOrNull(statistics['field_6'])
  const deprecated = max === null && min === null
  return {
    min: deprecated ? bytesOrNull(statistics['field_2']) : min,
    max: deprecated ? bytesOrNull(statistics['field_1']) : max,
    deprecated,
    maxExact: statistics['field_7'] !== false,
    minExact: statistics['field_8'] !== false,
    nullCount: statistics['field_3'] === undefined ? null : count(statistics['field_3']),
    distinctCount: statistics['field_4'] === undefined ? null : count(statistics['field_4']),
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function count(value: unknown): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`not a count: ${String(value)}`)
  return number
}

function text(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : ''
}

function bytesOrNull(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array ? value : null
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing')
  return value
}

function struct(value: unknown): Thrift {
  if (typeof value !== 'object' || value === null) throw new TypeError('a struct is missing')
  return value as Thrift
}

function structs(value: unknown): readonly Thrift[] {
  return list(value).map(struct)
}
