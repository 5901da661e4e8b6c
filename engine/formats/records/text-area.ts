import type { ColumnVector } from '../../arrow/column-batch.ts'
import { physicalType, physicalWidth, type DataType } from '../../arrow/types.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import { internalError, unsupported } from '../../errors.ts'
import { typeName } from '../../arrow/types.ts'
import {
  COLUMN,
  FLAG,
  NO_SLOT,
  PADDING_BYTES,
  REJECT_BYTES,
  SPLIT,
  STATE_BYTES,
  type FieldKernels,
} from './field-kernels.ts'
import { typeCode, type FieldReading, type RecordFormat } from './record-format.ts'

/** What reading text needs of the thread it runs on. */
export interface RecordReader {
  readonly cache: ColumnCache
  readonly kernels: FieldKernels
}

export interface SplitRequest {
  /** The text ends the file. */
  readonly last: boolean
  /** Line number of the first byte. */
  readonly line: number
  /** Records to stop after. */
  readonly most?: number
  /** Which fields are kept, by their index in the record. */
  readonly wanted: readonly number[] | null
  /** Keeps the fields, and for `places` where each record begins. */
  readonly keep: 'nothing' | 'fields' | 'places'
}

export interface SplitOutcome {
  readonly records: number
  readonly rejected: number
  /** Bytes of the text that are dealt with. */
  readonly bytes: number
  /** Line number of the byte after them. */
  readonly line: number
}

interface Run {
  readonly pointer: number
  readonly bytes: number
}

const encoder = new TextEncoder()
const SCRATCH_BYTES = 65_536
const ALL = 0xffffffff

/**
 * A stretch of text in the heap, and what the kernels make of it: fields, then vectors. All of it is freed by `close`;
 * vectors belong to whoever asked for them.
 *
 * A record is at least two bytes long (of one column: one), so `capacity` is known before anything is read.
 */
export class TextArea {
  readonly #reader: RecordReader
  readonly #format: RecordFormat
  readonly #runs: Run[] = []
  readonly #text: number
  readonly #textBytes: number
  readonly #split: number
  readonly #column: number
  readonly #nulls: number
  readonly #keys: number
  readonly #isAscii: boolean
  #fields = 0
  #slots: readonly number[] = []
  #places = 0
  #status = 0
  #capacity = 0
  #records = 0
  #outcome: SplitOutcome = { records: 0, rejected: 0, bytes: 0, line: 0 }

  /** Copies the text into the heap. @throws `out_of_memory` */
  constructor(reader: RecordReader, format: RecordFormat, text: Uint8Array) {
    this.#reader = reader
    this.#format = format
    this.#textBytes = text.length
    const { heap } = reader.cache
    const words = format.kind === 'delimited' ? format.nulls : format.keys
    const encoded = words.map((word) => encoder.encode(word))
    const wordBytes = encoded.reduce((sum, bytes) => sum + 8 + bytes.length, 0)
    const scratch = format.kind === 'json' ? SCRATCH_BYTES : 0
    const head = 2 * STATE_BYTES + aligned(wordBytes) + scratch + 16
    const pointer = this.#take(head + text.length + PADDING_BYTES)
    this.#split = pointer
    this.#column = pointer + STATE_BYTES
    const pairs = pointer + 2 * STATE_BYTES
    let at = pairs + 8 * encoded.length
    for (const [index, bytes] of encoded.entries()) {
      heap.u32[(pairs >>> 2) + 2 * index] = at
      heap.u32[(pairs >>> 2) + 2 * index + 1] = bytes.length
      heap.u8.set(bytes, at)
      at += bytes.length
    }
    this.#nulls = format.kind === 'delimited' ? pairs : 0
    this.#keys = format.kind === 'json' ? pairs : 0
    this.#text = pointer + head
    heap.u8.set(text, this.#text)
    heap.u8.fill(0, this.#text + text.length, this.#text + text.length + PADDING_BYTES)
    heap.u32.fill(0, pointer >>> 2, (pointer + 2 * STATE_BYTES) >>> 2)
    this.#setWord(SPLIT.scratch, this.#text - scratch - 16)
    this.#isAscii = reader.kernels.text_is_ascii(this.#text, this.#text + text.length) !== 0
  }

  get records(): number {
    return this.#records
  }

  /** Cuts the text into records. */
  split(request: SplitRequest): SplitOutcome {
    const most = request.most ?? ALL
    let outcome = this.#run({ ...request, keep: 'nothing' }, most)
    if (request.keep !== 'nothing') {
      // room for one more, so that what comes after the last record is looked at, too
      this.#makeRoom(request, Math.min(most, outcome.records + 1))
      outcome = this.#run(request, this.#capacity)
    }
    this.#records = outcome.records
    this.#outcome = outcome
    return outcome
  }

  /**
   * The number of fields of each of the first `most` records, whatever number they should have; 2^31 more when the last
   * is empty, 0 where quotes are wrong.
   */
  fieldCounts(most: number, last: boolean): Uint32Array {
    const room = this.#take(4 * most)
    const { u32 } = this.#reader.cache.heap
    this.#setWord(SPLIT.counts, room)
    this.#run({ last, line: 1, wanted: null, keep: 'nothing' }, most)
    this.#setWord(SPLIT.counts, 0)
    const records = this.#word(SPLIT.records)
    return u32.slice(room >>> 2, (room >>> 2) + records)
  }

  /** Goes past the first records, whatever number of fields they have. */
  skip(records: number): SplitOutcome {
    const room = this.#take(4 * records)
    this.#setWord(SPLIT.counts, room)
    const outcome = this.#run({ last: true, line: 1, wanted: null, keep: 'nothing' }, records)
    this.#setWord(SPLIT.counts, 0)
    return outcome
  }

  /** A key that is not among the format's: after a split of JSON. */
  unknownKey(): string | null {
    const pointer = this.#word(SPLIT.unknownKey)
    if (pointer === 0) return null
    const bytes = this.#word(SPLIT.unknownBytes)
    return new TextDecoder().decode(this.#reader.cache.heap.u8.slice(pointer, pointer + bytes))
  }

  kinds(field: number): number {
    return this.#reader.kernels.json_kinds(this.#fieldsOf(field), this.#records)
  }

  /** Checks the values of a field against a type, from record `from` on. The number of NULLs and of values that fail. */
  check(
    field: number,
    reading: FieldReading,
    options: { readonly plain?: boolean; readonly from?: number; readonly records?: number } = {},
  ): { readonly nulls: number; readonly failures: number; readonly failed: number } {
    const from = options.from ?? 0
    const records = options.records ?? this.#records - from
    this.#setColumn(field, reading, from, records, options.plain ?? false)
    this.#setColumnWord(
      COLUMN.status,
      this.#status === 0 || options.plain === true ? 0 : this.#status + 4 * from,
    )
    this.#convert(reading.type)
    return {
      nulls: this.#columnWord(COLUMN.nullRows),
      failures: this.#columnWord(COLUMN.failures),
      failed: this.#columnWord(COLUMN.failed),
    }
  }

  /** Takes out the records that `check` found bad. How many are left. */
  dropBad(): number {
    const { kernels } = this.#reader
    const count = Math.max(1, this.#slots.length)
    const kept = kernels.fields_compact(this.#fields, count, this.#capacity, this.#records, this.#status)
    this.#records = kept
    return kept
  }

  /** A vector of `records` values of a field, in a run of the cache that is put there by the caller. @throws `out_of_memory` */
  vector(
    field: number,
    reading: FieldReading,
    from: number,
    records: number,
  ): {
    readonly vector: ColumnVector
    readonly pointer: number
    readonly bytes: number
    readonly failures: number
  } {
    const { cache, kernels } = this.#reader
    const { type } = reading
    const code = codeOf(type)
    const fields = this.#fieldsOf(field) + 8 * from
    const validityBytes = aligned(Math.ceil(records / 8))
    const textBytes = code === null ? Number(kernels.fields_bytes(fields, records)) + 2 * records + 16 : 0
    const valueBytes =
      code === null
        ? aligned(4 * (records + 1)) + textBytes
        : type.kind === 'bool'
          ? validityBytes
          : widthOf(type) * records
    const needed = Math.max(8, validityBytes + aligned(valueBytes))
    const pointer = cache.allocate(needed)
    try {
      const values = pointer + validityBytes
      const data = code === null ? values + aligned(4 * (records + 1)) : values
      this.#setColumn(field, reading, from, records, false)
      this.#setColumnWord(COLUMN.values, data)
      this.#setColumnWord(COLUMN.validity, pointer)
      this.#setColumnWord(COLUMN.offsets, code === null ? values : 0)
      this.#setColumnWord(COLUMN.status, 0)
      this.#convert(type)
      const kept =
        code === null ? Math.max(8, data - pointer + aligned(this.#columnWord(COLUMN.bytes))) : needed
      cache.shrink(pointer, needed, kept)
      const vector: ColumnVector = {
        type,
        validity: this.#columnWord(COLUMN.nullRows) === 0 ? 0 : pointer,
        values: data,
        offsets: code === null ? values : 0,
        child: null,
        dictionary: null,
      }
      return { vector, pointer, bytes: kept, failures: this.#columnWord(COLUMN.failures) }
    } catch (error) {
      cache.free(pointer, needed)
      throw error
    }
  }

  /** The text of a field, for messages and headers; null when it is NULL. Escapes are undone. */
  text(field: number, record: number): string | null {
    const reading: FieldReading = { type: { kind: 'utf8' }, format: null }
    const { vector, pointer, bytes, failures } = this.vector(field, reading, record, 1)
    const { heap } = this.#reader.cache
    const end = heap.u32[(vector.offsets >>> 2) + 1] ?? 0
    const text = vector.validity === 0 ? heap.u8.slice(vector.values, vector.values + end) : null
    this.#reader.cache.free(pointer, bytes)
    if (failures > 0) return ''
    return text === null ? null : new TextDecoder().decode(text)
  }

  /** Record and line of a bad value, for an error: the field as it is written. */
  place(record: number): { readonly line: number } {
    return { line: this.#reader.cache.heap.u32[(this.#places >>> 2) + 2 * record + 1] ?? 0 }
  }

  /**
   * The rejects of the last split and of the checks after it, `most` at the most, as 24-byte entries whose texts lie in
   * this area. What `dropBad` took out is there no more.
   */
  rejects(request: SplitRequest, most: number): { readonly pointer: number; readonly count: number } {
    const pointer = this.#take(REJECT_BYTES * Math.max(1, most))
    const records = this.#outcome.records
    this.#setWord(SPLIT.rejects, pointer)
    this.#setWord(SPLIT.room, most)
    this.#run(request, request.most ?? (request.keep === 'nothing' ? ALL : this.#capacity))
    this.#setWord(SPLIT.rejects, 0)
    this.#setWord(SPLIT.room, 0)
    let count = Math.min(most, this.#word(SPLIT.rejected))
    if (this.#status !== 0) {
      const { kernels } = this.#reader
      const end = this.#text + this.#outcome.bytes
      count = Math.min(
        most,
        kernels.fields_reject(this.#places, this.#status, records, end, pointer, count, most),
      )
    }
    return { pointer, count }
  }

  close(): void {
    for (const { pointer, bytes } of this.#runs.splice(0)) this.#reader.cache.free(pointer, bytes)
  }

  #makeRoom({ wanted, keep }: SplitRequest, records: number): void {
    const columns = this.#format.kind === 'delimited' ? this.#format.columns : this.#format.keys.length
    const slots = wanted ?? Array.from({ length: columns }, (_, index) => index)
    const { heap } = this.#reader.cache
    this.#slots = slots
    this.#capacity = Math.max(1, records)
    const slotBytes = aligned(4 * columns)
    const fieldBytes = 8 * this.#capacity * Math.max(1, slots.length)
    const placeBytes = keep === 'places' ? 8 * (this.#capacity + 1) : 0
    const statusBytes = keep === 'places' ? aligned(4 * this.#capacity) : 0
    const pointer = this.#take(slotBytes + fieldBytes + placeBytes + statusBytes)
    heap.u32.fill(NO_SLOT, pointer >>> 2, (pointer + slotBytes) >>> 2)
    for (const [slot, field] of slots.entries()) heap.u32[(pointer >>> 2) + field] = slot
    this.#setWord(SPLIT.slots, pointer)
    this.#fields = pointer + slotBytes
    this.#places = keep === 'places' ? this.#fields + fieldBytes : 0
    this.#status = keep === 'places' ? this.#places + placeBytes : 0
    if (this.#status !== 0) heap.u32.fill(0, this.#status >>> 2, (this.#status + statusBytes) >>> 2)
  }

  #run(request: SplitRequest, capacity: number): SplitOutcome {
    const format = this.#format
    const keep = request.keep !== 'nothing'
    this.#setWord(SPLIT.text, this.#text)
    this.#setWord(SPLIT.end, this.#text + this.#textBytes)
    this.#setWord(SPLIT.last, request.last ? 1 : 0)
    this.#setWord(SPLIT.capacity, capacity)
    this.#setWord(SPLIT.line, request.line)
    this.#setWord(SPLIT.fields, keep ? this.#fields : 0)
    this.#setWord(SPLIT.places, keep ? this.#places : 0)
    if (format.kind === 'delimited') {
      this.#setWord(SPLIT.delimiter, format.delimiter)
      this.#setWord(SPLIT.quote, format.quote ?? 256)
      this.#setWord(SPLIT.escape, format.escape ?? 256)
      this.#setWord(SPLIT.comment, format.comment ?? 256)
      this.#setWord(SPLIT.columns, format.columns)
      this.#setWord(SPLIT.padding, format.padding ? 1 : 0)
      this.#reader.kernels.delimited_split(this.#split)
    } else {
      this.#setWord(SPLIT.keys, this.#keys)
      this.#setWord(SPLIT.free, format.layout === 'free' ? 1 : 0)
      this.#setWord(SPLIT.columns, format.keys.length)
      this.#reader.kernels.json_split(this.#split)
    }
    return {
      records: this.#word(SPLIT.records),
      rejected: this.#word(SPLIT.rejected),
      bytes: this.#word(SPLIT.next) - this.#text,
      line: this.#word(SPLIT.line),
    }
  }

  #convert(type: DataType): void {
    const { kernels } = this.#reader
    if (codeOf(type) === null) kernels.fields_to_texts(this.#column)
    else kernels.fields_to_values(this.#column)
  }

  #setColumn(field: number, reading: FieldReading, from: number, records: number, plain: boolean): void {
    const format = this.#format
    const { type } = reading
    const delimited = format.kind === 'delimited'
    let flags = this.#isAscii ? FLAG.ascii : 0
    if (plain || reading.plain === true) flags |= FLAG.plain
    if (!delimited) flags |= FLAG.json
    if (reading.raw === true) flags |= FLAG.raw
    if (delimited && !format.quotedNulls) flags |= FLAG.quotedValues
    const dateFormat = reading.format === null ? null : this.#constant(reading.format)
    const words: readonly (readonly [number, number])[] = [
      [COLUMN.type, codeOf(type) ?? 0],
      [COLUMN.fields, this.#fieldsOf(field) + 8 * from],
      [COLUMN.records, records],
      [COLUMN.values, 0],
      [COLUMN.validity, 0],
      [COLUMN.offsets, 0],
      [COLUMN.format, dateFormat?.pointer ?? 0],
      [COLUMN.formatBytes, dateFormat?.bytes ?? 0],
      [COLUMN.nulls, this.#nulls],
      [COLUMN.nullCount, delimited ? format.nulls.length : 0],
      [COLUMN.column, field],
      [COLUMN.flags, flags],
      [COLUMN.escape, delimited ? (format.escape ?? 256) : 92],
      [COLUMN.precision, type.kind === 'decimal' ? type.precision : 0],
      [COLUMN.scale, type.kind === 'decimal' ? type.scale : 0],
    ]
    for (const [word, value] of words) this.#setColumnWord(word, value)
  }

  readonly #constants = new Map<string, Run>()

  #constant(text: string): Run {
    const known = this.#constants.get(text)
    if (known !== undefined) return known
    const bytes = encoder.encode(text)
    const pointer = this.#take(bytes.length + PADDING_BYTES)
    this.#reader.cache.heap.u8.set(bytes, pointer)
    const run = { pointer, bytes: bytes.length }
    this.#constants.set(text, run)
    return run
  }

  #fieldsOf(field: number): number {
    const slot = this.#slots.indexOf(field)
    if (slot < 0) throw internalError(`field ${field} was not kept`)
    return this.#fields + slot * 8 * this.#capacity
  }

  #take(bytes: number): number {
    const pointer = this.#reader.cache.allocate(bytes)
    this.#runs.push({ pointer, bytes })
    return pointer
  }

  #word(index: number): number {
    return this.#reader.cache.heap.u32[(this.#split >>> 2) + index] ?? 0
  }

  #setWord(index: number, value: number): void {
    this.#reader.cache.heap.u32[(this.#split >>> 2) + index] = value
  }

  #columnWord(index: number): number {
    return this.#reader.cache.heap.u32[(this.#column >>> 2) + index] ?? 0
  }

  #setColumnWord(index: number, value: number): void {
    this.#reader.cache.heap.u32[(this.#column >>> 2) + index] = value
  }
}

function codeOf(type: DataType): number | null {
  const code = typeCode(type)
  if (code === undefined) throw unsupported(`Reading ${typeName(type)} from text`)
  return code
}

function widthOf(type: DataType): number {
  return physicalWidth(physicalType(type))
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
