import {
  Binary,
  DateMillisecond,
  Dictionary as ArrowDictionary,
  DurationNanosecond,
  DurationSecond,
  FixedSizeBinary,
  Float16,
  Int16,
  Int32,
  Int64,
  IntervalDayTime,
  IntervalYearMonth,
  LargeUtf8,
  makeData,
  type RecordBatch,
  Schema as ArrowSchema,
  Field as ArrowField,
  Table,
  tableFromIPC,
  tableToIPC,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Utf8,
  DenseUnion,
  Vector,
  vectorFromArray,
  type DataType as ArrowType,
} from 'apache-arrow'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PageOwner } from '../memory/page-owner.ts'
import { heapBatch, heapDictionary, TestArena } from '../testing/heap-batch.ts'
import { heapCells, type HeapCell } from '../testing/heap-cells.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { everyType, sampleCells } from '../testing/sample-batch.ts'
import { arrowSchema } from './arrow-schema.ts'
import { schemaFromArrow } from './from-arrow-schema.ts'
import { ArrowImporter, type ImportKernels } from './from-arrow.ts'
import { ArrowTableBuilder, type ExportKernels } from './to-arrow.ts'
import { types, type Schema } from './types.ts'

let engine: OpenHeap<ImportKernels & ExportKernels>
let arena: TestArena
let pages: PageOwner

beforeEach(async () => {
  engine = await openHeap<ImportKernels & ExportKernels>()
  arena = new TestArena(engine.heap, engine.pagesOf('test data').allocate(16 * 2 ** 20))
  pages = engine.pagesOf('import')
})

/** Brings a table into the heap and reads it there, column by column. */
function imported(table: Table): HeapCell[][] {
  const schema = schemaFromArrow(table.schema)
  const importer = new ArrowImporter(schema, pages, engine.kernels, () => 1)
  const columns: HeapCell[][] = schema.fields.map(() => [])
  for (const arrowBatch of table.batches) {
    const { batch, pointer, bytes } = importer.add(arrowBatch)
    for (const [index, column] of batch.columns.entries()) {
      columns[index]!.push(...heapCells(engine.heap, column, batch.length))
    }
    pages.free(pointer, bytes)
  }
  importer.close()
  expect(pages.heldBytes).toBe(0)
  return columns
}

function exported(
  schema: Schema,
  batches: Parameters<ArrowTableBuilder['add']>[0][],
  dictionaries: 'keep' | 'decode',
) {
  const builder = new ArrowTableBuilder(schema, pages, engine.kernels, { dictionaries })
  for (const batch of batches) builder.add(batch)
  return builder.finish()
}

function columnOf(type: ArrowType, values: unknown[]): HeapCell[] {
  return imported(new Table({ x: vectorFromArray(values, type) }))[0]!
}

/** A column over given buffers, of types for which apache-arrow builds none from values. */
function columnOver(props: {
  type: ArrowType
  length: number
  data: unknown
  nullBitmap?: Uint8Array
}): HeapCell[] {
  const data = makeData(props as unknown as Parameters<typeof makeData>[0])
  return imported(new Table({ x: new Vector([data]) }))[0]!
}

describe('round trips', () => {
  it.each(['directly', 'through IPC'])('give back every type, %s', (how) => {
    const parts = [1000, 0, 13].map((rows, seed) => sampleCells(rows, seed))
    const table = exported(
      everyType,
      parts.map((cells) => heapBatch(arena, everyType, cells)),
      'decode',
    )
    const back = how === 'directly' ? table : tableFromIPC(tableToIPC(table))
    expect(schemaFromArrow(back.schema)).toEqual(everyType)
    const columns = imported(back)
    for (const [index, field] of everyType.fields.entries()) {
      expect(columns[index], field.name).toEqual(parts.flatMap((cells) => cells[index]!))
    }
  })

  it('give back slices that begin anywhere', () => {
    const cells = sampleCells(1000, 9)
    const table = exported(everyType, [heapBatch(arena, everyType, cells)], 'decode').slice(13, 900)
    const columns = imported(table)
    for (const [index, field] of everyType.fields.entries()) {
      expect(columns[index], field.name).toEqual(cells[index]!.slice(13, 900))
    }
  })

  it('know spilled schemas by their metadata', () => {
    expect(schemaFromArrow(arrowSchema(everyType.fields, 'heap', []))).toEqual(everyType)
  })

  it('keep dictionaries, one copy for all batches', () => {
    const schema: Schema = { fields: [{ name: 'x', type: types.utf8, nullable: true }] }
    const dictionary = heapDictionary(arena, 3, 2, ['a', 'bb', 'ccc'])
    const parts = [
      ['ccc', null, 'a', 'bb', 'ccc'],
      ['bb', 'a', 'ccc'],
    ]
    const table = exported(
      schema,
      parts.map((part) => heapBatch(arena, schema, [part], [dictionary])),
      'keep',
    )
    expect(imported(table)[0]).toEqual(parts.flat())
    const importer = new ArrowImporter(schemaFromArrow(table.schema), pages, engine.kernels, () => 77)
    const batches = tableFromIPC(tableToIPC(table)).batches.map((batch) => importer.add(batch).batch)
    expect(batches[0]?.columns[0]?.dictionary).toMatchObject({ id: 77, codeBytes: 2, length: 3 })
    expect(batches.flatMap((batch) => heapCells(engine.heap, batch.columns[0]!, batch.length))).toEqual(
      parts.flat(),
    )
  })
})

describe('types that others write', () => {
  const days = (n: number) => new Date(n * 86_400_000)

  it('become ours', () => {
    expect(
      columnOver({ type: new Float16(), length: 3, data: Uint16Array.of(0x3c00, 0xc100, 0x7bff) }),
    ).toEqual([1, -2.5, 65504])
    expect(columnOf(new DateMillisecond(), [days(-1), days(20_000), null])).toEqual([-1, 20_000, null])
    expect(columnOf(new TimeSecond(), [1, 86_399])).toEqual([1_000_000n, 86_399_000_000n])
    expect(columnOf(new TimeMillisecond(), [1])).toEqual([1000n])
    expect(columnOf(new TimeNanosecond(), [1_999n])).toEqual([1n])
    expect(columnOver({ type: new TimestampSecond(), length: 1, data: BigInt64Array.of(-5n) })).toEqual([
      -5_000_000n,
    ])
    expect(
      columnOver({ type: new TimestampMillisecond('UTC'), length: 1, data: BigInt64Array.of(7n) }),
    ).toEqual([7000n])
    expect(
      columnOver({ type: new TimestampNanosecond(), length: 2, data: BigInt64Array.of(-1n, 1001n) }),
    ).toEqual([-1n, 1001n])
    expect(
      columnOver({ type: new TimestampNanosecond('UTC'), length: 2, data: BigInt64Array.of(-1n, 1001n) }),
    ).toEqual([-1n, 1n])
    expect(columnOf(new DurationSecond(), [3n])).toEqual([3_000_000n])
    expect(columnOf(new DurationNanosecond(), [3000n])).toEqual([3n])
    expect(columnOver({ type: new IntervalYearMonth(), length: 2, data: Int32Array.of(14, -1) })).toEqual([
      [14, 0, 0n],
      [-1, 0, 0n],
    ])
    expect(
      columnOver({ type: new IntervalDayTime(), length: 2, data: Int32Array.of(2, 1500, -3, 0) }),
    ).toEqual([
      [0, 2, 1_500_000n],
      [0, -3, 0n],
    ])
    expect(columnOf(new LargeUtf8(), ['é', null, '', 'abc'])).toEqual(['é', null, '', 'abc'])
    expect(columnOf(new Binary(), [Uint8Array.of(1, 255), null])).toEqual(['01ff', null])
    expect(columnOf(new FixedSizeBinary(2), [Uint8Array.of(1, 2), Uint8Array.of(3, 4)])).toEqual([
      '0102',
      '0304',
    ])
  })

  it('dictionaries with codes of other widths', () => {
    expect(columnOf(new ArrowDictionary(new Utf8(), new Int32()), ['x', 'y', null, 'x'])).toEqual([
      'x',
      'y',
      null,
      'x',
    ])
    expect(columnOf(new ArrowDictionary(new Utf8(), new Int16()), ['x'])).toEqual(['x'])
  })

  it.each([
    ['Union', new DenseUnion([0], [new ArrowField('a', new Int32(), true)])],
    ['dictionary of Int', new ArrowDictionary(new Int64(), new Int32())],
  ])('or are refused by name and column: %s', (what, type) => {
    const schema = new ArrowSchema([new ArrowField('odd one', type)])
    expect(() => schemaFromArrow(schema)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(new RegExp(`${what}.*odd one`)),
      }),
    )
  })
})

it('gives its pages back when there are too few', () => {
  const rows = 4_000_000
  const table = new Table({
    a: vectorFromArray(new Float64Array(rows)),
    b: vectorFromArray(new Float64Array(rows)),
  })
  const importer = new ArrowImporter(schemaFromArrow(table.schema), pages, engine.kernels, () => 1)
  expect(() => importer.add(table.batches[0] as RecordBatch)).toThrow(
    expect.objectContaining({ code: 'out_of_memory' }),
  )
  expect(pages.heldBytes).toBe(0)
})
