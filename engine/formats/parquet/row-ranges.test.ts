import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pl from 'nodejs-polars'
import { afterAll, expect, test } from 'vitest'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { scanCells, type HeapCell } from '../../testing/heap-cells.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { PathSource } from '../path-source.node.ts'
import { ParquetTable } from './parquet-table.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-ranges-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** One row group of 100,000 rows: several pages a column, in parts of a heap of 16 MiB. */
const QUERY = `SELECT i AS id, CASE WHEN i % 11 > 0 THEN hash(i)::DOUBLE END AS x, md5(i::VARCHAR) AS text, i % 3 = 0 AS flag,
  CASE WHEN i % 5 > 0 THEN [i, NULL, i + 1][: i % 4] END AS list, (hash(i) % 100000)::DECIMAL(20, 2) AS wide,
  'kind ' || i % 9 AS kind FROM range(100000) t(i)`

test('a huge row group is read in parts, page by page', { timeout: 60_000 }, async () => {
  const duckdb = await (await DuckDBInstance.create()).connect()
  const file = path.join(folder, 'huge.parquet')
  await duckdb.run(`COPY (${QUERY}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 100000)`)
  const { heap, pool, reader } = await openParquetEngine({
    budgetBytes: 16 * 2 ** 20,
    decoderShareBytes: 4 * 2 ** 20,
  })
  const table = await ParquetTable.open([await PathSource.open(file)], reader)
  const columns = table.schema.fields.map((_, column) => column)
  const { morsels } = await table.planScan({ columns, predicates: [] })
  expect(morsels.length).toBeGreaterThanOrEqual(8)
  const ours = await scanCells(heap, table)
  const theirs = (
    await duckdb.runAndReadAll(`SELECT * REPLACE (wide::HUGEINT * 100 AS wide) FROM '${file}'`)
  ).getColumns()
  for (const [column, cells] of theirs.entries()) {
    const { name } = table.schema.fields[column]!
    const differs = (cells as HeapCell[]).findIndex((cell, row) => !same(cell, ours[name]![row]))
    expect([name, differs]).toEqual([name, -1])
  }
  table.close()
  expectNothingHeld(heap, pool)
})

function same(theirs: unknown, ours: HeapCell | undefined): boolean {
  if (typeof theirs === 'object' && theirs !== null && 'items' in theirs) {
    const items = theirs.items as readonly unknown[]
    return Array.isArray(ours) && ours.length === items.length && items.every((item, i) => item === ours[i])
  }
  return theirs === ours
}

test('parts of a long chunk are read without the rest of it', async () => {
  const file = path.join(folder, 'long.parquet')
  const ids = Array.from({ length: 600_000 }, (_, i) => (i * 7919) % 1_000_003)
  pl.DataFrame({ id: pl.Series('id', ids, pl.Int64) }).writeParquet(file, {
    compression: 'uncompressed',
  })
  const { heap, reader } = await openParquetEngine()
  const table = await ParquetTable.open([await PathSource.open(file)], reader)
  const loader = table.openLoader([0])
  const { morsels } = await table.planScan({ columns: [0], predicates: [] })
  expect(morsels.length).toBeGreaterThanOrEqual(5)
  let bytesRead = 0
  let wrong = 0
  let row = 0
  for (const morsel of morsels) {
    const loaded = await loader.load(morsel, new AbortController().signal)
    bytesRead += loaded.bytesRead
    const at = loaded.batch.columns[0]!.values >>> 3
    for (let i = 0; i < loaded.batch.length; i++) if (heap.i64[at + i] !== BigInt(ids[row++]!)) wrong++
    loaded.release()
  }
  expect([row, wrong]).toEqual([600_000, 0])
  expect(bytesRead).toBeGreaterThan(0.9 * table.bytes)
  expect(bytesRead).toBeLessThan(2.5 * table.bytes)
  table.close()
})
