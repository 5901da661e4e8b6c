import type { ColumnBatch, ColumnVector } from '../../arrow/column-batch.ts'
import { physicalType, physicalWidth } from '../../arrow/types.ts'
import type { DiskChunk } from '../../catalog/disk-chunk.ts'
import type { LoadedMorsel, Morsel, MorselLoader } from '../../catalog/table-provider.ts'
import { internalError } from '../../errors.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'
import { badRecordError, firstBadRecord } from './bad-record.ts'
import { PADDING_BYTES } from './field-kernels.ts'
import { columnType, type RecordsLayout, type RecordsLocator } from './records-layout.ts'
import { TextArea, type RecordReader, type SplitRequest } from './text-area.ts'

/** Loads morsels of a table of text files: each column from the cache, or read, parsed and put there. */
export class RecordsLoader implements MorselLoader {
  readonly #layout: RecordsLayout
  readonly #sources: readonly ByteSource[]
  readonly #columns: readonly number[]
  readonly #reader: RecordReader

  constructor(
    layout: RecordsLayout,
    sources: readonly ByteSource[],
    columns: readonly number[],
    reader: RecordReader,
  ) {
    this.#layout = layout
    this.#sources = sources
    this.#columns = columns
    this.#reader = reader
  }

  async load(morsel: Morsel, signal: AbortSignal): Promise<LoadedMorsel> {
    const locator = morsel.locator as RecordsLocator
    const { cache } = this.#reader
    const pinned: string[] = []
    const vectors = new Map<number, ColumnVector>()
    const release = (): void => {
      for (const key of pinned.splice(0)) cache.unpin(key)
    }
    const pin = (column: number): boolean => {
      const key = keyOf(this.#layout, locator, column)
      const vector = vectors.has(column) ? null : cache.pin(key)
      if (vector === null) return vectors.has(column)
      pinned.push(key)
      vectors.set(column, vector)
      return true
    }
    let bytesRead = 0
    const before = cache.diskReadBytes
    let diskCacheReadBytes = 0
    try {
      const missing = [...new Set(this.#columns)].filter((column) => !pin(column))
      diskCacheReadBytes = cache.diskReadBytes - before
      if (missing.length > 0) {
        const { chunk, source } = this.#place(locator)
        const text = await source.read(chunk.offset, chunk.bytes, signal)
        try {
          throwIfCancelled(signal)
          bytesRead = text.length
          // Another loader of this thread may have been quicker while the bytes were read.
          const wanted = missing.filter((column) => !pin(column))
          for (const [column, vector] of this.#parse(locator, text, wanted)) {
            pinned.push(keyOf(this.#layout, locator, column))
            vectors.set(column, vector)
          }
        } finally {
          source.giveBack?.(text)
        }
      }
    } catch (error) {
      release()
      throw error
    }
    const batch: ColumnBatch = {
      length: morsel.rows,
      columns: this.#columns.map((column) => vectors.get(column)!),
    }
    return { batch, bytesRead, diskCacheReadBytes, release }
  }

  lend(morsel: Morsel, loan: number): readonly (ColumnVector | null)[] {
    const locator = morsel.locator as RecordsLocator
    return this.#columns.map((column) => this.#reader.cache.lend(keyOf(this.#layout, locator, column), loan))
  }

  onDisk(morsel: Morsel): readonly (DiskChunk | null)[] {
    const locator = morsel.locator as RecordsLocator
    return this.#columns.map((column) => this.#reader.cache.onDisk(keyOf(this.#layout, locator, column)))
  }

  close(): void {
    // Everything that the loader holds belongs to morsels, which are released one by one.
  }

  #place({ file, chunk }: RecordsLocator): {
    readonly chunk: RecordsLayout['files'][number]['chunks'][number]
    readonly source: ByteSource
    readonly file: RecordsLayout['files'][number]
  } {
    const found = this.#layout.files[file]
    const place = found?.chunks[chunk]
    const source = this.#sources[file]
    if (found === undefined || place === undefined || source === undefined) {
      throw internalError('a morsel of another table')
    }
    return { chunk: place, source, file: found }
  }

  /** Parses and caches columns of a morsel, pinned. */
  #parse(
    locator: RecordsLocator,
    text: Uint8Array,
    columns: readonly number[],
  ): readonly (readonly [number, ColumnVector])[] {
    const { chunk, file } = this.#place(locator)
    const area = new TextArea(this.#reader, file.format, text)
    try {
      const wanted = columns.flatMap((column) => {
        const origin = file.columns[column]
        return origin?.kind === 'field' ? [origin.field] : []
      })
      const fields = chunk.rejects > 0 ? file.readings.map((_, field) => field) : [...new Set(wanted)]
      const request: SplitRequest = {
        last: chunk.last,
        line: chunk.line,
        wanted: fields,
        keep: chunk.rejects > 0 || this.#layout.bad === 'error' ? 'places' : 'fields',
      }
      const { rejected } = area.split(request)
      if (rejected > 0 && this.#layout.bad === 'error') {
        throw badRecordError(file, firstBadRecord(this.#reader, area, request))
      }
      if (chunk.rejects > 0) {
        for (const field of fields) area.check(field, file.readings[field]!)
        area.dropBad()
      }
      const { records } = locator
      if (area.records < locator.from + records) throw changed(file.name)
      const made: { key: string; column: number; result: ReturnType<typeof vectorOf> }[] = []
      const { cache } = this.#reader
      try {
        for (const column of columns) {
          const result = vectorOf(this.#reader, this.#layout, locator, area, column)
          made.push({ key: keyOf(this.#layout, locator, column), column, result })
          if (result.failures > 0) this.#refuse(area, locator, request, column)
        }
      } catch (error) {
        for (const { result } of made) cache.free(result.pointer, result.bytes)
        throw error
      }
      return made.map(({ key, column, result }) => {
        return [column, cache.put(key, result.vector, result.pointer, result.bytes)]
      })
    } finally {
      area.close()
    }
  }

  #refuse(area: TextArea, locator: RecordsLocator, request: SplitRequest, column: number): never {
    const { file } = this.#place(locator)
    const origin = file.columns[column]
    if (this.#layout.bad !== 'error' || origin?.kind !== 'field') throw changed(file.name)
    area.check(origin.field, file.readings[origin.field]!)
    throw badRecordError(file, firstBadRecord(this.#reader, area, request))
  }
}

/** A column of a morsel, in a run of the cache that nothing knows of yet. */
export function vectorOf(
  reader: RecordReader,
  layout: RecordsLayout,
  locator: RecordsLocator,
  area: TextArea,
  column: number,
): {
  readonly vector: ColumnVector
  readonly pointer: number
  readonly bytes: number
  readonly failures: number
} {
  const file = layout.files[locator.file]
  const origin = file?.columns[column]
  if (file === undefined || origin === undefined) throw internalError(`column ${column} has no origin`)
  switch (origin.kind) {
    case 'field':
      return area.vector(origin.field, file.readings[origin.field]!, locator.from, locator.records)
    case 'missing':
      return missingColumn(reader, layout, locator, column)
    case 'filename':
      return nameColumn(reader, file.name, locator.records)
  }
}

export function keyOf(
  { id }: RecordsLayout,
  { file, chunk, from, records }: RecordsLocator,
  column: number,
): string {
  return `${id}/${file}/${chunk}/${column}/${from}+${records}`
}

/** NULL in every row. */
function missingColumn(
  reader: RecordReader,
  layout: RecordsLayout,
  { records }: RecordsLocator,
  column: number,
): ReturnType<typeof vectorOf> {
  const type = columnType(layout, column)
  const physical = physicalType(type)
  const width = physical === 'bytes' ? 4 : physicalWidth(physical)
  const validityBytes = Math.ceil(records / 64) * 8
  const bytes = validityBytes + Math.max(8, width * (records + 1))
  const { cache } = reader
  const pointer = cache.allocate(bytes)
  cache.heap.u8.fill(0, pointer, pointer + bytes)
  const data = pointer + validityBytes
  const vector = { type, validity: pointer, values: data, offsets: physical === 'bytes' ? data : 0 }
  return { vector: { ...vector, child: null, dictionary: null }, pointer, bytes, failures: 0 }
}

function nameColumn(reader: RecordReader, name: string, records: number): ReturnType<typeof vectorOf> {
  const { cache, kernels } = reader
  const text = new TextEncoder().encode(name)
  const offsetBytes = Math.ceil((records + 1) / 2) * 8
  const bytes = offsetBytes + text.length * records + 2 * PADDING_BYTES + text.length
  const pointer = cache.allocate(bytes)
  const values = pointer + offsetBytes
  const source = values + text.length * records + PADDING_BYTES
  cache.heap.u8.set(text, source)
  kernels.repeat_text(source, text.length, records, pointer, values)
  const vector: ColumnVector = {
    type: { kind: 'utf8' },
    validity: 0,
    values,
    offsets: pointer,
    child: null,
    dictionary: null,
  }
  return { vector, pointer, bytes, failures: 0 }
}

function changed(name: string): Error {
  return internalError(`${name} is not what it was when it was added`)
}
