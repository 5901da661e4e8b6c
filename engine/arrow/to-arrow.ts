import {
  Data,
  type Dictionary as ArrowDictionary,
  makeData,
  Null,
  RecordBatch,
  type Schema as ArrowSchema,
  Struct,
  Table,
  DataType,
  Utf8,
  Vector,
} from 'apache-arrow'
import type { Buffers } from 'apache-arrow/data'
import { internalError, LakebookError } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'
import { arrowSchema, type CodeBytes } from './arrow-schema.ts'
import type { ColumnBatch, ColumnVector, Dictionary } from './column-batch.ts'
import { NestedColumns, type NestedKernels } from './nested-columns.ts'
import { itemTypeOf, physicalType, physicalWidth, type DataType as OurType, type Schema } from './types.ts'

/** Static kernels that put the values of a dictionary in the place of their codes. */
export interface DecodeKernels {
  decoded_offsets(
    codes: number,
    codeBytes: number,
    validity: number,
    start: number,
    count: number,
    dictionary: number,
    base: number,
    out: number,
  ): bigint
  decode_dictionary(
    codes: number,
    codeBytes: number,
    validity: number,
    start: number,
    count: number,
    dictionary: number,
    text: number,
    out: number,
  ): void
}

/** Static kernels that copying out of the heap calls. */
export interface ExportKernels extends NestedKernels, DecodeKernels {
  count_ones(bitmap: number, bits: number): number
  slice_bitmap(bitmap: number, start: number, bits: number, out: number): void
  rebase_offsets(offsets: number, count: number, base: number): void
  widen_int64_to_int128(values: number, count: number, out: number): void
  timetz_texts(
    values: number,
    start: number,
    count: number,
    ends: number,
    text: number,
    before: number,
  ): number
  intervals_to_nanos(values: number, validity: number, start: number, count: number, out: number): number
}

export interface ExportOptions {
  /** `keep` asks that a column is dictionary-encoded in all batches or in none. Default `decode`: plain Utf8. */
  readonly dictionaries?: 'decode' | 'keep'
}

/** What kernels write before it is copied out: one page, whatever the size of the batch. */
const SCRATCH_BYTES = 65536

/**
 * Copies batches out of the heap into an apache-arrow Table of the interchange form: column by column, each buffer
 * copied once. Takes one page of the heap until `close`.
 */
export class ArrowTableBuilder {
  private readonly schema: Schema
  private readonly pages: PageSource
  private readonly kernels: ExportKernels
  private readonly keepsDictionaries: boolean
  private readonly batches: RecordBatch[] = []
  private readonly dictionaries = new Map<string, Vector<Utf8>>()
  private arrow: ArrowSchema | null = null
  private scratch: number

  constructor(schema: Schema, pages: PageSource, kernels: ExportKernels, options: ExportOptions = {}) {
    this.schema = schema
    this.pages = pages
    this.kernels = kernels
    this.keepsDictionaries = options.dictionaries === 'keep'
    this.scratch = pages.allocate(SCRATCH_BYTES)
  }

  /** Copies `count` rows from row `from` on. The batch may be freed afterwards. */
  add(batch: ColumnBatch, from = 0, count = batch.length - from): void {
    const schema = (this.arrow ??= this.schemaLike(batch))
    const children = batch.columns.map((column, index) => {
      const type = schema.fields[index]?.type as DataType | undefined
      if (type === undefined) throw internalError(`a batch has more columns than its schema`)
      return this.column(column, column.type, type, from, count)
    })
    const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children })
    const record = new RecordBatch(schema, data)
    // Its constructor makes columns of the same name one field of the schema.
    Object.defineProperty(record, 'schema', { value: schema })
    this.batches.push(record)
  }

  /** The table of all batches; an empty one of the right schema when there were none. Closes the builder. */
  finish(): Table {
    this.close()
    return new Table(this.arrow ?? arrowSchema(this.schema.fields, 'interchange', []), this.batches)
  }

  /** Gives the heap's page back. May be called twice. */
  close(): void {
    if (this.scratch === 0) return
    this.pages.free(this.scratch, SCRATCH_BYTES)
    this.scratch = 0
  }

  private schemaLike(batch: ColumnBatch): ArrowSchema {
    const codeBytes = batch.columns.map((column): CodeBytes =>
      this.keepsDictionaries ? (column.dictionary?.codeBytes ?? 0) : 0,
    )
    return arrowSchema(this.schema.fields, 'interchange', codeBytes)
  }

  /** `ours` is the logical type, which `column.type` is not of lists that are packed. */
  private column(column: ColumnVector, ours: OurType, type: DataType, from: number, count: number): Data {
    if (column.type.kind === 'null') return makeData({ type: new Null(), length: count })
    const nullBitmap = column.validity === 0 ? null : this.bitmap(column.validity, from, count)
    const nullCount = column.validity === 0 ? 0 : count - this.ones(column.validity, from, count)
    const common = { length: count, nullCount, nullBitmap }
    if (column.dictionary !== null) {
      if (DataType.isDictionary(type)) return this.encoded(column, column.dictionary, type, from, common)
      return this.decoded(column, column.dictionary, type, from, common)
    }
    if (DataType.isDictionary(type)) throw internalError('a column is not dictionary-encoded in every batch')
    const item = itemTypeOf(ours)
    if (item !== null) {
      if (column.child === null) {
        return this.withNested((nested) => {
          const { validity } = column
          const lists = nested.unpacked(column, ours, from, count)
          const data = this.column(lists, ours, type, 0, count)
          if (validity === 0) return data
          return dataOf({
            ...common,
            type,
            valueOffsets: data.valueOffsets as Int32Array,
            children: data.children,
          })
        })
      }
      const { offsets, first, last } = this.offsets(column.offsets, from, count)
      const itemType = type.children[0]?.type as DataType
      const child = this.column(column.child, item, itemType, first, last - first)
      return dataOf({ ...common, type, valueOffsets: offsets, children: [child] })
    }
    if (ours.kind === 'struct') {
      const children = ours.fields.map((field, index) =>
        this.withNested((nested) => {
          const part = nested.field(column, ours, index, from, count)
          return this.column(part, field.type, type.children[index]?.type as DataType, 0, count)
        }),
      )
      return dataOf({ ...common, type, children })
    }
    if (column.offsets !== 0) {
      const { offsets, first, last } = this.offsets(column.offsets, from, count)
      const data = this.pages.heap.u8.slice(column.values + first, column.values + last)
      return dataOf({ ...common, type, valueOffsets: offsets, data })
    }
    if (ours.kind === 'timetz') return dataOf({ ...common, type, ...this.timetzTexts(column, from, count) })
    return dataOf({ ...common, type, data: this.values(column, type, from, count) })
  }

  /** Arrow has no time with an offset: it travels as text. */
  private timetzTexts(column: ColumnVector, from: number, count: number) {
    const valueOffsets = new Int32Array(count + 1)
    const texts: Uint8Array[] = []
    const { heap } = this.pages
    const rowsAtOnce = Math.floor(SCRATCH_BYTES / (4 + MOST_TIMETZ_BYTES))
    let bytes = 0
    for (let row = 0; row < count; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, count - row)
      const text = this.scratch + rows * 4
      const added = this.kernels.timetz_texts(column.values, from + row, rows, this.scratch, text, bytes)
      valueOffsets.set(heap.i32.subarray(this.scratch >>> 2, (this.scratch >>> 2) + rows), row + 1)
      texts.push(heap.u8.slice(text, text + added))
      bytes += added
    }
    return { valueOffsets, data: joined(texts, bytes) }
  }

  private withNested(make: (nested: NestedColumns) => Data): Data {
    const nested = new NestedColumns(this.pages, this.kernels)
    try {
      return make(nested)
    } finally {
      nested.close()
    }
  }

  private values(column: ColumnVector, type: DataType, from: number, count: number): ArrayBufferView {
    const physical = physicalType(column.type)
    if (physical === 'bool') return this.bitmap(column.values, from, count)
    if (physical === 'interval') return this.intervals(column, from, count)
    if (column.type.kind === 'decimal' && physical === 'i64') {
      return this.throughScratch(type, count, 16, 16, (row, rows, out) => {
        this.kernels.widen_int64_to_int128(column.values + (from + row) * 8, rows, out)
      })
    }
    const width = physicalWidth(physical)
    const start = column.values + from * width
    return typed(type, this.pages.heap.u8.slice(start, start + count * width))
  }

  private intervals(column: ColumnVector, from: number, count: number): ArrayBufferView {
    let tooLong = 0
    const values = this.throughScratch(null, count, 16, 16, (row, rows, out) => {
      tooLong += this.kernels.intervals_to_nanos(column.values, column.validity, from + row, rows, out)
    })
    if (tooLong > 0) {
      throw new LakebookError(
        'overflow',
        'An INTERVAL of more than 292 years in microseconds does not fit Arrow',
        {
          hint: 'Arrow holds the part of an interval below one day in nanoseconds; use days and months for long ones.',
        },
      )
    }
    return new Int32Array(values.buffer)
  }

  private encoded(
    column: ColumnVector,
    dictionary: Dictionary,
    type: ArrowDictionary,
    from: number,
    common: { length: number; nullCount: number; nullBitmap: Uint8Array | null },
  ): Data {
    const start = column.values + from * dictionary.codeBytes
    const codes = this.pages.heap.u8.slice(start, start + common.length * dictionary.codeBytes)
    const data = typed(type.indices as DataType, codes)
    return dataOf({ ...common, type, data, dictionary: this.dictionaryVector(dictionary) })
  }

  private decoded(
    column: ColumnVector,
    dictionary: Dictionary,
    type: DataType,
    from: number,
    common: { length: number; nullCount: number; nullBitmap: Uint8Array | null },
  ): Data {
    const { values, validity } = column
    const { codeBytes, offsets: entries, values: text } = dictionary
    const { heap } = this.pages
    const valueOffsets = new Int32Array(common.length + 1)
    const texts: Uint8Array[] = []
    let bytes = 0
    const rowsAtOnce = SCRATCH_BYTES / 4 - 1
    for (let row = 0; row < common.length; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, common.length - row)
      const start = from + row
      const { scratch, kernels } = this
      const added = Number(
        kernels.decoded_offsets(values, codeBytes, validity, start, rows, entries, bytes, scratch),
      )
      valueOffsets.set(heap.i32.subarray(scratch >>> 2, (scratch >>> 2) + rows + 1), row)
      if (added === 0) continue
      const out = this.pages.allocate(added)
      kernels.decode_dictionary(values, codeBytes, validity, start, rows, entries, text, out)
      texts.push(heap.u8.slice(out, out + added))
      this.pages.free(out, added)
      bytes += added
      if (bytes > MOST_TEXT_BYTES) throw textTooLong()
    }
    return dataOf({ ...common, type, valueOffsets, data: joined(texts, bytes) })
  }

  /** A dictionary is copied out once, however many batches use it. */
  private dictionaryVector({ id, length, offsets, values }: Dictionary): Vector<Utf8> {
    const key = `${id}:${length}`
    const known = this.dictionaries.get(key)
    if (known !== undefined) return known
    const range = this.offsets(offsets, 0, length)
    const data = this.pages.heap.u8.slice(values + range.first, values + range.last)
    const vector = new Vector<Utf8>([
      makeData({ type: new Utf8(), length, nullCount: 0, valueOffsets: range.offsets, data }),
    ])
    this.dictionaries.set(key, vector)
    return vector
  }

  /** Offsets of `count` rows that count from 0, and the range of what they point at. */
  private offsets(pointer: number, from: number, count: number) {
    const { i32 } = this.pages.heap
    const start = (pointer >>> 2) + from
    const first = i32[start] ?? 0
    const last = i32[start + count] ?? 0
    if (first === 0) return { offsets: i32.slice(start, start + count + 1), first, last }
    const rebased = this.throughScratch(null, count + 1, 4, 4, (row, rows, out) => {
      i32.copyWithin(out >>> 2, start + row, start + row + rows)
      this.kernels.rebase_offsets(out, rows, first)
    })
    return { offsets: new Int32Array(rebased.buffer), first, last }
  }

  private bitmap(pointer: number, from: number, count: number): Uint8Array<ArrayBuffer> {
    const { u8 } = this.pages.heap
    if ((from & 7) === 0) return u8.slice(pointer + from / 8, pointer + from / 8 + Math.ceil(count / 8))
    const bitmap = new Uint8Array(Math.ceil(count / 8))
    for (let row = 0; row < count; row += SCRATCH_BYTES * 8) {
      const rows = Math.min(SCRATCH_BYTES * 8, count - row)
      this.kernels.slice_bitmap(pointer, from + row, rows, this.scratch)
      bitmap.set(u8.subarray(this.scratch, this.scratch + Math.ceil(rows / 8)), row / 8)
    }
    return bitmap
  }

  private ones(bitmap: number, from: number, count: number): number {
    return this.kernels.count_ones(bitmap, from + count) - this.kernels.count_ones(bitmap, from)
  }

  /** Lets `write` fill the scratch page chunk by chunk, `width` bytes a row, and copies each chunk out. */
  private throughScratch(
    type: DataType | null,
    count: number,
    width: number,
    alignment: number,
    write: (row: number, rows: number, out: number) => void,
  ): ArrayBufferView<ArrayBuffer> {
    const bytes = new Uint8Array(Math.ceil((count * width) / alignment) * alignment)
    const rowsAtOnce = SCRATCH_BYTES / width
    for (let row = 0; row < count; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, count - row)
      write(row, rows, this.scratch)
      bytes.set(this.pages.heap.u8.subarray(this.scratch, this.scratch + rows * width), row * width)
    }
    return type === null ? bytes : typed(type, bytes)
  }
}

const MOST_TEXT_BYTES = 2 ** 31 - 1
/** Of a time with an offset, and what writing it may touch. */
const MOST_TIMETZ_BYTES = 64

function textTooLong(): LakebookError {
  return new LakebookError('out_of_memory', 'A text column of one batch is longer than 2 GiB', {
    hint: 'Select fewer rows at a time.',
  })
}

/** A view of the element type that apache-arrow expects for a type's values. */
function typed(type: DataType, bytes: Uint8Array<ArrayBuffer>): ArrayBufferView<ArrayBuffer> {
  const { ArrayType } = type as {
    readonly ArrayType: new (buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>
  }
  return new ArrayType(bytes.buffer)
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const all = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function dataOf(props: {
  readonly type: DataType
  readonly length: number
  readonly nullCount: number
  readonly nullBitmap: Uint8Array | null
  readonly data?: ArrayBufferView
  readonly valueOffsets?: Int32Array
  readonly children?: readonly Data[]
  readonly dictionary?: Vector
}): Data {
  const { type, length, nullCount, nullBitmap, data, valueOffsets, children, dictionary } = props
  const buffers = [valueOffsets, data, nullBitmap ?? undefined] as Partial<Buffers<DataType>>
  return new Data(type, 0, length, nullCount, buffers, [...(children ?? [])], dictionary)
}
