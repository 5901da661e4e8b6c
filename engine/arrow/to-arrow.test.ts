import { DataType, IntervalUnit, tableFromIPC, tableToIPC, TimeUnit, type Table } from 'apache-arrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { PageOwner } from '../memory/page-owner.ts'
import { cellsOf } from '../testing/arrow-cells.ts'
import { heapBatch, heapDictionary, TestArena } from '../testing/heap-batch.ts'
import type { HeapCell } from '../testing/heap-cells.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { everyType, sampleCells } from '../testing/sample-batch.ts'
import { ArrowTableBuilder, type ExportKernels } from './to-arrow.ts'
import { decimal, listOf, types, type Schema } from './types.ts'

let engine: OpenHeap<ExportKernels>
let arena: TestArena
let pages: PageOwner

beforeEach(async () => {
  engine = await openHeap<ExportKernels>()
  arena = new TestArena(engine.heap, engine.pagesOf('test data').allocate(32 * 2 ** 20))
  pages = engine.pagesOf('result', false)
})

function tableOf(schema: Schema, ...parts: Parameters<ArrowTableBuilder['add']>[]): Table {
  const builder = new ArrowTableBuilder(schema, pages, engine.kernels)
  try {
    for (const part of parts) builder.add(...part)
    return builder.finish()
  } finally {
    builder.close()
    expect(pages.heldBytes).toBe(0)
  }
}

/** What `cellsOf` should show for heap cells. */
function shown(type: Schema['fields'][number]['type'], cell: HeapCell): unknown {
  if (cell === null) return null
  switch (type.kind) {
    case 'decimal': {
      const unscaled = cell as bigint
      const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(type.scale + 1, '0')
      const sign = unscaled < 0n ? '-' : ''
      return `${sign}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`
    }
    default:
      return cell
  }
}

describe('a table of every type', () => {
  const plain = everyType.fields
    .map(({ type, name }, index) => ({ type, name, index }))
    .filter(({ type }) =>
      ['null', 'bool', 'int', 'uint', 'float', 'decimal', 'utf8'].some(
        (kind) => type.kind !== 'interval' && type.kind.startsWith(kind),
      ),
    )

  it('has the values of the heap, batch after batch', () => {
    const parts = [1000, 0, 77].map((rows, seed) => ({ rows, cells: sampleCells(rows, seed) }))
    const table = tableOf(
      everyType,
      ...parts.map(({ cells }) => [heapBatch(arena, everyType, cells)] as [never]),
    )
    expect(table.numRows).toBe(1077)
    const rows = cellsOf(table)
    for (const { type, name, index } of plain) {
      const expected = parts.flatMap(({ cells }) => cells[index]!.map((cell) => shown(type, cell)))
      expect(
        rows.map((row) => row[index]),
        name,
      ).toEqual(expected)
    }
  })

  it.each([
    [0, 1000],
    [8, 100],
    [3, 1],
    [13, 900],
    [999, 1],
    [1000, 0],
  ])('can be cut: from row %i, %i rows', (from, count) => {
    const cells = sampleCells(1000, 5)
    const whole = cellsOf(tableOf(everyType, [heapBatch(arena, everyType, cells)]))
    const part = tableOf(everyType, [heapBatch(arena, everyType, cells), from, count])
    expect(cellsOf(part)).toEqual(whole.slice(from, from + count))
    for (const [index, field] of everyType.fields.entries()) {
      const nulls = cells[index]!.slice(from, from + count).filter((cell) => cell === null).length
      if (field.type.kind !== 'null') expect(part.getChildAt(index)?.nullCount, field.name).toBe(nulls)
    }
    expect(cellsOf(tableFromIPC(tableToIPC(part)))).toEqual(whole.slice(from, from + count))
  })

  it('has the interchange types', () => {
    const { schema } = tableOf(everyType)
    const typeOf = (name: string) => schema.fields.find((field) => field.name === name)?.type as DataType
    expect(typeOf('decimal(15,2)')).toMatchObject({ precision: 15, scale: 2, bitWidth: 128 })
    expect(typeOf('timestamptz')).toMatchObject({ unit: TimeUnit.MICROSECOND, timezone: 'Asia/Taipei' })
    expect(typeOf('timestamp')).toMatchObject({ unit: TimeUnit.MICROSECOND, timezone: null })
    expect(typeOf('interval')).toMatchObject({ unit: IntervalUnit.MONTH_DAY_NANO })
    expect(DataType.isNull(typeOf('null'))).toBe(true)
    expect(schema.fields.every((field) => field.metadata.size === 0)).toBe(true)
  })
})

describe('known values', () => {
  const one = (type: Schema['fields'][number]['type'], cells: HeapCell[], from?: number, count?: number) => {
    const schema: Schema = { fields: [{ name: 'x', type, nullable: true }] }
    return cellsOf(tableOf(schema, [heapBatch(arena, schema, [cells]), from, count])).map((row) => row[0])
  }

  it('of decimals, dates, times, intervals and lists', () => {
    expect(one(decimal(4, 2), [-123n, null, 5n])).toEqual(['-1.23', null, '0.05'])
    expect(one(decimal(38, 0), [-(10n ** 37n), 10n ** 37n])).toEqual([
      `-1${'0'.repeat(37)}`,
      `1${'0'.repeat(37)}`,
    ])
    expect(one(types.date, [0, -1, 20_000])).toEqual(['1970-01-01', '1969-12-31', '2024-10-04'])
    expect(one(types.time, [3_723_000_004n])).toEqual(['01:02:03.000004'])
    expect(one(types.timestamp, [-1n])).toEqual(['1969-12-31 23:59:59.999999'])
    expect(one(types.interval, [[14, -3, 3_600_000_000n]])).toEqual(['1 year 2 months -3 days 01:00:00'])
    expect(one(listOf(types.int32), [[1, null], null, [], [2]], 1, 3)).toEqual([null, '[]', '[2]'])
  })

  it('an interval too long for nanoseconds is refused', () => {
    const long = [0, 0, 9_223_372_036_854_776n]
    expect(() => one(types.interval, [long])).toThrow(expect.objectContaining({ code: 'overflow' }))
    expect(one(types.interval, [[0, 0, -9_223_372_036_854_775n]])).toHaveLength(1)
  })
})

describe('dictionaries', () => {
  const schema: Schema = { fields: [{ name: 'country', type: types.utf8, nullable: true }] }
  const texts = Array.from({ length: 100_000 }, (_, row) => (row % 11 === 0 ? null : `c${row % 200}`))

  it('are decoded into plain text by default, also where batches differ', () => {
    const dictionary = heapDictionary(
      arena,
      1,
      1,
      Array.from({ length: 200 }, (_, index) => `c${index}`),
    )
    const encoded = heapBatch(arena, schema, [texts], [dictionary])
    const table = tableOf(
      schema,
      [encoded],
      [heapBatch(arena, schema, [['plain', null]])],
      [encoded, 50_001, 9],
    )
    expect(DataType.isUtf8(table.schema.fields[0]?.type)).toBe(true)
    expect(cellsOf(table).map((row) => row[0])).toEqual([
      ...texts,
      'plain',
      null,
      ...texts.slice(50_001, 50_010),
    ])
  })

  it('are kept on request, and copied out once', () => {
    const dictionary = heapDictionary(arena, 1, 2, ['a', 'b', 'c'])
    const builder = new ArrowTableBuilder(schema, pages, engine.kernels, { dictionaries: 'keep' })
    builder.add(heapBatch(arena, schema, [['a', null, 'c']], [dictionary]))
    builder.add(heapBatch(arena, schema, [['b']], [dictionary]))
    expect(() => builder.add(heapBatch(arena, schema, [['b']]))).toThrow(
      /not dictionary-encoded in every batch/,
    )
    const table = builder.finish()
    expect(DataType.isDictionary(table.schema.fields[0]?.type)).toBe(true)
    expect(cellsOf(table).map((row) => row[0])).toEqual(['a', null, 'c', 'b'])
    const [first, second] = table.getChildAt(0)?.data ?? []
    expect(first?.dictionary).toBe(second?.dictionary)
    expect(cellsOf(tableFromIPC(tableToIPC(table))).map((row) => row[0])).toEqual(['a', null, 'c', 'b'])
  })
})

it('of rows without columns keeps their number', () => {
  const table = tableOf({ fields: [] }, [{ length: 5, columns: [] }])
  expect([table.numRows, table.numCols]).toEqual([5, 0])
})

it('works over a shared heap', async () => {
  const shared = await openHeap<ExportKernels>({ shared: true })
  const owner = new PageOwner(shared.heap, shared.pool.register({ name: 'x', canSpill: false }))
  const cells = sampleCells(100)
  const builder = new ArrowTableBuilder(everyType, owner, shared.kernels)
  builder.add(heapBatch(new TestArena(shared.heap, owner.allocate(2 ** 20)), everyType, cells), 3, 90)
  const table = builder.finish()
  expect(table.getChild('int32')?.get(0)).toBe(cells[4]![3])
  expect(table.getChild('int32')?.data[0]?.values.buffer).toBeInstanceOf(ArrayBuffer)
})
