import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { heapCells } from '../../testing/heap-cells.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { BytesSource } from '../byte-source.ts'
import { ParquetTable } from './parquet-table.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-loader-'))
let bytes: Uint8Array

beforeAll(async () => {
  const duckdb = await (await DuckDBInstance.create()).connect()
  const file = path.join(folder, 'rows.parquet')
  await duckdb.run(
    `COPY (SELECT i AS id, md5(i::VARCHAR) AS text, {'a': i} AS nested FROM range(100000) t(i)) TO '${file}' (FORMAT parquet)`,
  )
  bytes = new Uint8Array(readFileSync(file))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const running = new AbortController().signal

test('loaders of one thread may load the same morsel at once', async () => {
  const { heap, pool, reader } = await openParquetEngine()
  const table = await ParquetTable.open([new BytesSource('rows', bytes)], reader)
  const { morsels } = await table.planScan({ columns: [0, 1], predicates: [] })
  const both = await Promise.all([0, 1].map(() => table.openLoader([1, 0]).load(morsels[0]!, running)))
  expect(both[0]!.batch).toEqual(both[1]!.batch)
  expect(heapCells(heap, both[0]!.batch.columns[1]!, 3)).toEqual([0n, 1n, 2n])
  for (const loaded of both) loaded.release()
  table.close()
  expectNothingHeld(heap, pool)
})

test('a cancelled load holds nothing', async () => {
  const { heap, pool, reader } = await openParquetEngine()
  const table = await ParquetTable.open([new BytesSource('rows', bytes)], reader)
  const { morsels } = await table.planScan({ columns: [0, 1], predicates: [] })
  const abort = new AbortController()
  const load = table.openLoader([0, 1]).load(morsels[0]!, abort.signal)
  abort.abort()
  await expect(load).rejects.toMatchObject({ code: 'cancelled' })
  table.close()
  expectNothingHeld(heap, pool)
})

test('a morsel that does not fit says who holds the heap, and the next one works', async () => {
  const { heap, pool, reader } = await openParquetEngine({ budgetBytes: 16 * 2 ** 20, morselBytes: 2 ** 40 })
  const table = await ParquetTable.open([new BytesSource('rows', bytes)], reader)
  const hog = pool.register({ name: 'Hash join', canSpill: false })
  hog.grow(heap.usableBytes - 2 ** 20)
  const { morsels } = await table.planScan({ columns: [0, 1], predicates: [] })
  const load = () => table.openLoader([0, 1]).load(morsels[0]!, running)
  await expect(load()).rejects.toMatchObject({
    code: 'out_of_memory',
    message: expect.stringContaining('Hash join') as string,
  })
  hog.free()
  const loaded = await load()
  expect(loaded.batch.length).toBe(100_000)
  loaded.release()
  table.close()
  expectNothingHeld(heap, pool)
})

test('no columns are rows alone', async () => {
  const { reader } = await openParquetEngine()
  const table = await ParquetTable.open([new BytesSource('rows', bytes)], reader)
  const { morsels, pruning } = await table.planScan({ columns: [], predicates: [] })
  const loaded = await table.openLoader([]).load(morsels[0]!, running)
  expect([loaded.batch.length, loaded.batch.columns.length, loaded.bytesRead]).toEqual([100_000, 0, 0])
  expect(pruning.at(-1)).toMatchObject({ layer: 'column', unitsIn: 3, unitsKept: 0, bytesKept: 0 })
  table.close()
})
