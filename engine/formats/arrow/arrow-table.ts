import { RecordBatchReader, type RecordBatch, type Schema as ArrowSchema, type Vector } from 'apache-arrow'
import { ArrowImporter, type ImportKernels } from '../../arrow/from-arrow.ts'
import { schemaFromArrow } from '../../arrow/from-arrow-schema.ts'
import type { ColumnVector } from '../../arrow/column-batch.ts'
import type { DecodeKernels } from '../../arrow/to-arrow.ts'
import { PlainData, type PlainDataKernels } from '../../arrow/plain-data.ts'
import { sameType, typeName, type Schema } from '../../arrow/types.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import { columnStep } from '../../catalog/column-step.ts'
import { nextDictionaryId } from '../../catalog/dictionary-ids.ts'
import type { FileTable } from '../../catalog/file-table.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableStatistics,
} from '../../catalog/table-provider.ts'
import { internalError, LakebookError } from '../../errors.ts'
import type { FileFingerprint } from '../../lakebook.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'
import { hashOfEnds } from '../hash-of-ends.ts'
import { registerBodyCodecs } from './body-codecs.ts'
import { readMessages, refusedType, type ArrowBatchPlace, type ArrowMessages } from './arrow-messages.ts'

export interface ArrowReader {
  readonly cache: ColumnCache
  readonly kernels: ImportKernels & DecodeKernels & PlainDataKernels
}

interface ArrowFile {
  readonly source: ByteSource
  readonly messages: ArrowMessages
  readonly schema: Schema
}

/** Some rows of a record batch. */
interface ArrowLocator {
  readonly file: number
  readonly batch: number
  readonly from: number
  readonly rows: number
}

const MORSEL_ROWS = 131_072
const LEAST_MORSEL_ROWS = 2048
const MOST_TEXT_BYTES = 2n ** 31n - 1n

let tableCount = 0

/** Opens Arrow IPC files or streams of the same columns. Errors: those of `readMessages`; `schema_mismatch`. */
export async function openArrowFiles(
  sources: readonly ByteSource[],
  reader: ArrowReader,
  signal?: AbortSignal,
): Promise<ArrowTable> {
  registerBodyCodecs()
  const files = await Promise.all(
    sources.map(async (source): Promise<ArrowFile> => {
      const messages = await readMessages(source, signal)
      return { source, messages, schema: schemaFromArrow(decodedSchema(source, messages)) }
    }),
  )
  const [first, ...others] = files
  if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
  for (const file of others) checkSameSchema(first, file)
  return new ArrowTable(files, reader)
}

/** Arrow record batches as a table: their buffers are copied into the heap as they are. */
export class ArrowTable implements FileTable {
  readonly format = 'arrow'
  readonly schema: Schema
  readonly statistics: TableStatistics
  readonly bytes: number
  /** Dictionaries live in the heap of the thread that read them. */
  readonly remote = null
  readonly notices: readonly string[]
  readonly #id = `arrow ${++tableCount}`
  readonly #files: readonly ArrowFile[]
  readonly #reader: ArrowReader
  /** By column: all batches of a file share one dictionary. */
  readonly #importers = new Map<string, ArrowImporter>()
  readonly #dictionaries = new Map<string, Vector>()

  constructor(files: readonly ArrowFile[], reader: ArrowReader) {
    this.#files = files
    this.#reader = reader
    const fields = files[0]!.schema.fields.map((field, column) => ({
      ...field,
      nullable: files.some(({ schema }) => schema.fields[column]!.nullable),
    }))
    this.schema = { fields }
    this.bytes = files.reduce((sum, { source }) => sum + source.length, 0)
    this.notices = files.flatMap(({ source }) => source.notice ?? [])
    this.statistics = {
      rowCount: files.reduce((sum, file) => sum + rowsOf(file), 0),
      columns: fields.map(() => null),
    }
  }

  get sources(): readonly ByteSource[] {
    return this.#files.map(({ source }) => source)
  }

  get fileNames(): readonly string[] {
    return this.#files.map(({ source }) => source.name)
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const morsels: Morsel[] = []
    for (const [file, { messages }] of this.#files.entries()) {
      for (const [batch, { rows }] of messages.batches.entries()) {
        for (let from = 0; from < rows; from += MORSEL_ROWS) {
          const locator: ArrowLocator = { file, batch, from, rows: Math.min(MORSEL_ROWS, rows - from) }
          morsels.push({ ordinal: morsels.length, rows: locator.rows, locator })
        }
      }
    }
    const fields = this.schema.fields.length
    const used = new Set(request.columns).size
    const { rowCount } = this.statistics
    return Promise.resolve({
      morsels,
      // batches are read whole, or not at all
      pruning: [
        columnStep(fields, used, rowCount, { bytesIn: this.bytes, bytesKept: used === 0 ? 0 : this.bytes }),
      ],
    })
  }

  halves(morsel: Morsel): readonly [Morsel, Morsel] | null {
    const locator = morsel.locator as ArrowLocator
    const first = Math.ceil(locator.rows / 16) * 8
    if (first < LEAST_MORSEL_ROWS || first >= locator.rows) return null
    const cut = (from: number, rows: number): Morsel => ({
      ordinal: morsel.ordinal,
      rows,
      locator: { ...locator, from, rows } satisfies ArrowLocator,
    })
    return [cut(locator.from, first), cut(locator.from + first, locator.rows - first)]
  }

  openLoader(columns: readonly number[]): MorselLoader {
    /** The batch that was read last, of which other morsels may be parts. */
    let last: { readonly place: ArrowBatchPlace; readonly batch: RecordBatch } | null = null
    return {
      load: async (morsel, signal) => {
        const locator = morsel.locator as ArrowLocator
        return this.#load(locator, columns, async () => {
          const file = this.#files[locator.file]!
          const place = file.messages.batches[locator.batch]!
          if (last?.place !== place) last = { place, batch: await readBatch(file, place, signal) }
          return { batch: last.batch, bytes: place.bytes }
        })
      },
      close: () => {
        last = null
      },
    }
  }

  fingerprints(): Promise<readonly FileFingerprint[]> {
    return Promise.all(
      this.#files.map(async (file) => ({
        name: file.source.name,
        bytes: file.source.length,
        rows: rowsOf(file),
        hash: await hashOfEnds(file.source),
      })),
    )
  }

  close(): void {
    this.#reader.cache.forget(`${this.#id}/`)
    for (const importer of this.#importers.values()) importer.close()
    this.#importers.clear()
    this.#dictionaries.clear()
  }

  async #load(
    locator: ArrowLocator,
    columns: readonly number[],
    read: () => Promise<{ readonly batch: RecordBatch; readonly bytes: number }>,
  ): Promise<LoadedMorsel> {
    const { cache } = this.#reader
    const pinned: string[] = []
    const vectors = new Map<number, ColumnVector>()
    const release = (): void => {
      for (const key of pinned.splice(0)) cache.unpin(key)
    }
    const pin = (column: number): boolean => {
      if (vectors.has(column)) return true
      const key = `${this.#id}/${locator.file}/${locator.batch}/${column}/${locator.from}+${locator.rows}`
      const vector = cache.pin(key)
      if (vector === null) return false
      pinned.push(key)
      vectors.set(column, vector)
      return true
    }
    let bytesRead = 0
    const before = cache.diskReadBytes
    let diskCacheReadBytes = 0
    try {
      const missing = [...new Set(columns)].filter((column) => !pin(column))
      diskCacheReadBytes = cache.diskReadBytes - before
      if (missing.length > 0) {
        const { batch, bytes } = await read()
        bytesRead = bytes
        for (const column of missing) {
          if (pin(column)) continue
          const key = `${this.#id}/${locator.file}/${locator.batch}/${column}/${locator.from}+${locator.rows}`
          const { vector, pointer, bytes: held } = this.#import(locator, batch, column)
          vectors.set(column, cache.put(key, vector, pointer, held))
          pinned.push(key)
        }
      }
    } catch (error) {
      release()
      throw error
    }
    return {
      batch: { length: locator.rows, columns: columns.map((column) => vectors.get(column)!) },
      bytesRead,
      diskCacheReadBytes,
      release,
    }
  }

  #import(
    { file, from, rows }: ArrowLocator,
    batch: RecordBatch,
    column: number,
  ): { readonly vector: ColumnVector; readonly pointer: number; readonly bytes: number } {
    const name = `${file}/${column}`
    const whole = batch.selectAt([column])
    const part = from === 0 && rows === batch.numRows ? whole : whole.slice(from, from + rows)
    const [given] = part.data.children
    if (given === undefined) throw internalError(`an Arrow batch lacks column ${column}`)
    const known = this.#dictionaries.get(name)
    if (given.dictionary !== undefined && known !== undefined) given.dictionary = known
    const data = new PlainData(pagesOf(this.#reader.cache), this.#reader.kernels).of(given)
    // each message is decoded by itself, but all speak of one dictionary
    if (data.dictionary !== undefined) this.#dictionaries.set(name, data.dictionary)
    let importer = this.#importers.get(name)
    if (importer === undefined) {
      const field = this.#files[file]!.schema.fields[column]!
      importer = new ArrowImporter(
        { fields: [field] },
        pagesOf(this.#reader.cache),
        this.#reader.kernels,
        nextDictionaryId,
      )
      this.#importers.set(name, importer)
    }
    const { batch: imported, pointer, bytes } = importer.add({ numRows: rows, data: { children: [data] } })
    const vector = imported.columns[0]!
    if (vector.dictionary === null) return { vector, pointer, bytes }
    const { cache } = this.#reader
    try {
      return decoded(this.#reader, vector, rows)
    } finally {
      cache.free(pointer, bytes)
    }
  }
}

/** Codes as texts: files and batches may each have a dictionary of their own. */
function decoded(
  { cache, kernels }: ArrowReader,
  vector: ColumnVector,
  rows: number,
): { readonly vector: ColumnVector; readonly pointer: number; readonly bytes: number } {
  const { validity, values, type, dictionary } = vector
  if (dictionary === null) throw internalError('an Arrow column has no dictionary')
  const { codeBytes, offsets: entries, values: entryValues } = dictionary
  const validityBytes = Math.ceil(rows / 64) * 8
  const headBytes = validityBytes + Math.ceil((rows + 1) / 2) * 8
  const head = cache.allocate(headBytes)
  let pointer = 0
  let bytes = 0
  try {
    if (validity === 0) cache.heap.u8.fill(0xff, head, head + validityBytes)
    else cache.heap.u8.copyWithin(head, validity, validity + Math.ceil(rows / 8))
    const offsets = head + validityBytes
    const textBytes = kernels.decoded_offsets(values, codeBytes, validity, 0, rows, entries, 0, offsets)
    if (textBytes > MOST_TEXT_BYTES)
      throw new LakebookError('out_of_memory', 'A text column is longer than 2 GiB')
    bytes = headBytes + Math.max(8, Number(textBytes))
    pointer = cache.allocate(bytes)
    cache.heap.u8.copyWithin(pointer, head, head + headBytes)
  } finally {
    cache.free(head, headBytes)
  }
  const text = pointer + headBytes
  kernels.decode_dictionary(values, codeBytes, validity, 0, rows, entries, entryValues, text)
  const plain: ColumnVector = {
    type,
    validity: validity === 0 ? 0 : pointer,
    values: text,
    offsets: pointer + validityBytes,
    child: null,
    dictionary: null,
  }
  return { vector: plain, pointer, bytes }
}

function pagesOf(cache: ColumnCache): PageSource {
  return {
    heap: cache.heap,
    allocate: (bytes) => cache.allocate(bytes),
    free: (pointer, bytes) => {
      cache.free(pointer, bytes)
    },
  }
}

function decodedSchema(source: ByteSource, { schema }: ArrowMessages): ArrowSchema {
  try {
    return RecordBatchReader.from(schema).open().schema
  } catch (cause) {
    throw (
      refusedType(source, cause) ??
      new LakebookError('corrupt_file', `${source.name} is damaged: its schema cannot be decoded`, { cause })
    )
  }
}

function rowsOf({ messages }: ArrowFile): number {
  return messages.batches.reduce((sum, { rows }) => sum + rows, 0)
}

/** One record batch, as a stream of its own: schema, dictionaries, batch. */
async function readBatch(
  { source, messages }: ArrowFile,
  place: ArrowBatchPlace,
  signal: AbortSignal,
): Promise<RecordBatch> {
  const parts = [messages.schema]
  for (const { offset, bytes } of [...messages.dictionaries, place]) {
    throwIfCancelled(signal)
    parts.push(await source.read(offset, bytes, signal))
  }
  const stream = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    stream.set(part, at)
    at += part.length
    if (part !== messages.schema) source.giveBack?.(part)
  }
  try {
    const next: IteratorResult<RecordBatch> = RecordBatchReader.from(stream).next()
    if (next.done !== true) return next.value
  } catch (cause) {
    if (cause instanceof LakebookError && cause.code !== 'corrupt_file') throw cause
    throw new LakebookError(
      'corrupt_file',
      `${source.name}: the record batch at byte ${place.offset} is damaged`,
      {
        cause,
      },
    )
  }
  throw new LakebookError(
    'corrupt_file',
    `${source.name}: the record batch at byte ${place.offset} is missing`,
  )
}

function checkSameSchema(first: ArrowFile, file: ArrowFile): void {
  const { fields } = file.schema
  for (const [index, { name, type }] of first.schema.fields.entries()) {
    const own = fields[index]
    if (own?.name === name && sameType(own.type, type)) continue
    const found = own === undefined ? 'nothing' : `${own.name} ${typeName(own.type)}`
    throw new LakebookError(
      'schema_mismatch',
      `${file.source.name} has ${found} where ${first.source.name} has the column ${name} ${typeName(type)}`,
    )
  }
  if (fields.length > first.schema.fields.length) {
    throw new LakebookError(
      'schema_mismatch',
      `${file.source.name} has a column "${fields[first.schema.fields.length]!.name}", which ${first.source.name} has not`,
    )
  }
}
