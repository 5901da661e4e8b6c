import { DuckDBInstance } from '@duckdb/node-api'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { typeName } from '../../arrow/types.ts'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { scanCells, type HeapCell } from '../../testing/heap-cells.ts'
import { openParquetEngine, type ParquetEngine } from '../../testing/parquet-engine.ts'
import { PathSource } from '../path-source.node.ts'
import { ParquetTable } from './parquet-table.ts'

const folder = new URL('../../../../shared/data/tpch/sf0.01/', import.meta.url).pathname
const duckdb = await (await DuckDBInstance.create()).connect()

/** DuckDB's values in the form of heap cells. */
async function duckdbColumns(path: string): Promise<Record<string, HeapCell[]>> {
  const reader = await duckdb.runAndReadAll(`SELECT * FROM '${path}'`)
  const columns = reader.getColumns()
  return Object.fromEntries(
    reader.columnNames().map((name, index) => [name, columns[index]!.map((value) => plain(value))]),
  )
}

function plain(value: unknown): HeapCell {
  if (value === null || typeof value !== 'object') return value as HeapCell
  if ('days' in value) return value.days as number
  if ('micros' in value) return value.micros as bigint
  if ('value' in value) return value.value as bigint
  throw new Error(`a DuckDB value of a new kind: ${JSON.stringify(value)}`)
}

describe.skipIf(!existsSync(folder))('TPC-H as Parquet (needs ../shared)', () => {
  let engine: ParquetEngine
  beforeAll(async () => {
    engine = await openParquetEngine()
  })
  afterAll(() => {
    expect(engine.reader.cache.heldBytes).toBe(0)
    expectNothingHeld(engine.heap, engine.pool)
  })

  test.each(['customer', 'lineitem', 'nation', 'orders', 'part', 'partsupp', 'region', 'supplier'])(
    '%s has the values that DuckDB reads',
    async (name) => {
      const path = `${folder}${name}.parquet`
      const table = await ParquetTable.open([await PathSource.open(path)], engine.reader)
      const ours = await scanCells(engine.heap, table)
      table.close()
      const theirs = await duckdbColumns(path)
      expect(Object.keys(ours)).toEqual(Object.keys(theirs))
      for (const [column, cells] of Object.entries(theirs)) {
        expect(ours[column]!.length).toBe(cells.length)
        const different = cells.findIndex((cell, row) => cell !== ours[column]![row])
        expect([column, different, ours[column]![different], cells[different]]).toEqual([
          column,
          -1,
          undefined,
          undefined,
        ])
      }
    },
  )

  test('types and statistics come from the footer', async () => {
    const table = await ParquetTable.open([await PathSource.open(`${folder}lineitem.parquet`)], engine.reader)
    expect(table.schema.fields.map((field) => `${field.name} ${typeName(field.type)}`)).toEqual([
      'l_orderkey BIGINT',
      'l_partkey BIGINT',
      'l_suppkey BIGINT',
      'l_linenumber INTEGER',
      'l_quantity DECIMAL(15,2)',
      'l_extendedprice DECIMAL(15,2)',
      'l_discount DECIMAL(15,2)',
      'l_tax DECIMAL(15,2)',
      'l_returnflag VARCHAR',
      'l_linestatus VARCHAR',
      'l_shipdate DATE',
      'l_commitdate DATE',
      'l_receiptdate DATE',
      'l_shipinstruct VARCHAR',
      'l_shipmode VARCHAR',
      'l_comment VARCHAR',
    ])
    expect(table.statistics.rowCount).toBe(60175)
    expect(table.statistics.columns[4]).toEqual({
      min: 100n,
      max: 5000n,
      nullCount: 0,
      distinctEstimate: 4901,
    })
    expect(table.statistics.columns[8]).toMatchObject({ min: 'A', max: 'R' })
  })

  test('small morsels have the same values in the same order', async () => {
    const small = await openParquetEngine({ budgetBytes: 16 * 2 ** 20, decoderShareBytes: 2 ** 20 })
    const path = `${folder}lineitem.parquet`
    const table = await ParquetTable.open([await PathSource.open(path)], small.reader)
    const { morsels } = await table.planScan({
      columns: table.schema.fields.map((_, i) => i),
      predicates: [],
    })
    expect(morsels.length).toBeGreaterThan(2)
    expect(morsels.reduce((sum, morsel) => sum + morsel.rows, 0)).toBe(60175)
    const ours = await scanCells(small.heap, table)
    const wholeTable = await ParquetTable.open([await PathSource.open(path)], engine.reader)
    const whole = await scanCells(engine.heap, wholeTable)
    wholeTable.close()
    table.close()
    for (const [column, cells] of Object.entries(whole)) {
      expect([column, cells.findIndex((cell, row) => cell !== ours[column]![row])]).toEqual([column, -1])
    }
    expect(small.reader.decoders.memoryBytes).toBeLessThanOrEqual(small.reader.decoders.mostBytes)
    expectNothingHeld(small.heap, small.pool)
  })

  test('a second scan reads nothing', async () => {
    const table = await ParquetTable.open([await PathSource.open(`${folder}orders.parquet`)], engine.reader)
    const loader = table.openLoader([0, 4])
    const { morsels } = await table.planScan({ columns: [0, 4], predicates: [] })
    const signal = new AbortController().signal
    const first = await loader.load(morsels[0]!, signal)
    const second = await loader.load(morsels[0]!, signal)
    expect(first.bytesRead).toBeGreaterThan(0)
    expect(second.bytesRead).toBe(0)
    expect(second.batch).toEqual(first.batch)
    first.release()
    second.release()
    table.close()
  })
})
