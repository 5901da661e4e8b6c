import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PageOwner } from '../../memory/page-owner.ts'
import { SpillAccount } from '../../spill/spill-account.ts'
import { SpillSpace, type SpillKernels } from '../../spill/spill-space.ts'
import { outOfDisk } from '../../storage/spill-faults.ts'
import type { SpillFile } from '../../storage/spill-file.ts'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { heapCells } from '../../testing/heap-cells.ts'
import { MemorySpillFile } from '../../testing/memory-spill-file.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { BytesSource } from '../byte-source.ts'
import { ParquetTable } from './parquet-table.ts'

const ROWS = 120_000
const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-spool-'))
const running = new AbortController().signal
let bytes: Uint8Array

beforeAll(async () => {
  const duckdb = await (await DuckDBInstance.create()).connect()
  const file = path.join(folder, 'rows.parquet')
  await duckdb.run(
    `COPY (SELECT i AS id, md5(i::VARCHAR) AS text, CASE WHEN i % 5 > 0 THEN 'kind ' || (i % 7) END AS kind,
       CASE WHEN i % 3 > 0 THEN [i, i + 1] END AS list
     FROM range(${ROWS}) t(i)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 200000)`,
  )
  bytes = new Uint8Array(readFileSync(file))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A table whose row group is cut into many parts, and a heap that a row group does not fit. */
async function openTable(file: SpillFile) {
  const engine = await openParquetEngine({ budgetBytes: 16 * 2 ** 20, morselBytes: 2 ** 20 })
  const { heap, pool } = engine
  const pages = new PageOwner(heap, pool.register({ name: 'Engine', canSpill: false }))
  const kernels = engine.reader.kernels as unknown as SpillKernels
  const spill = new SpillSpace(file, pages, kernels, (delta) => {
    pool.addSpillFileBytes(delta)
  })
  const reader = { ...engine.reader, spill }
  const table = await ParquetTable.open([new BytesSource('rows', bytes)], reader)
  const hog = pool.register({ name: 'Sort', canSpill: true })
  hog.grow(8 * 2 ** 20)
  const close = (): void => {
    table.close()
    spill.close()
    hog.free()
    reader.cache.clear()
    expectNothingHeld(heap, pool)
  }
  return { ...engine, reader, table, close }
}

async function readAll({ heap, table }: Awaited<ReturnType<typeof openTable>>, account: SpillAccount) {
  const columns = [0, 1, 2, 3]
  const { morsels } = await table.planScan({ columns, predicates: [] })
  const loader = table.openLoader(columns, account)
  const cells: unknown[][] = []
  let bytesRead = 0
  for (const morsel of morsels) {
    const loaded = await loader.load(morsel, running)
    bytesRead += loaded.bytesRead
    const all = loaded.batch.columns.map((column) => heapCells(heap, column, loaded.batch.length))
    for (let row = 0; row < loaded.batch.length; row++) cells.push(all.map((column) => column[row]))
    loaded.release()
  }
  loader.close()
  return { cells, bytesRead, morsels: morsels.length }
}

const expected = (i: number): unknown[] => [
  BigInt(i),
  expect.stringMatching(/^[0-9a-f]{32}$/),
  i % 5 > 0 ? `kind ${i % 7}` : null,
  i % 3 > 0 ? [BigInt(i), BigInt(i + 1)] : null,
]

test('parts that the heap has no room for wait in the spill file, and nothing is read twice', async () => {
  const opened = await openTable(new MemorySpillFile())
  const account = new SpillAccount()
  const { cells, bytesRead, morsels } = await readAll(opened, account)
  expect(morsels).toBeGreaterThan(4)
  expect(bytesRead).toBeLessThanOrEqual(bytes.length)
  expect(account.bytesWritten).toBeGreaterThan(ROWS * 40)
  expect(account.bytesRead).toBeGreaterThan(ROWS * 40)
  expect(cells.length).toBe(ROWS)
  for (let i = 0; i < ROWS; i += 997) expect(cells[i]).toEqual(expected(i))
  expect(opened.pool.snapshot().spillFileBytes).toBe(0)
  opened.close()
})

test('a loader that ends early leaves nothing in the spill file', async () => {
  const opened = await openTable(new MemorySpillFile())
  const { morsels } = await opened.table.planScan({ columns: [0, 1], predicates: [] })
  const loader = opened.table.openLoader([0, 1])
  const loaded = await loader.load(morsels[0]!, running)
  expect(opened.pool.snapshot().spillFileBytes).toBeGreaterThan(0)
  loaded.release()
  loader.close()
  expect(opened.pool.snapshot().spillFileBytes).toBe(0)
  opened.close()
})

test('a full disk makes it decode again, and the answer is the same', async () => {
  const full = new (class extends MemorySpillFile {
    override write(_at: number, from: Uint8Array): void {
      throw outOfDisk(from.length, 'the test')
    }
  })()
  const opened = await openTable(full)
  const { cells, bytesRead } = await readAll(opened, new SpillAccount())
  expect(bytesRead).toBeGreaterThan(bytes.length)
  expect(cells.length).toBe(ROWS)
  for (let i = 0; i < ROWS; i += 997) expect(cells[i]).toEqual(expected(i))
  opened.close()
})
