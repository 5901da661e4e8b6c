import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLakebook } from './node.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-disk-cache-'))
const parquet = path.join(folder, 'rows.parquet')
const csv = path.join(folder, 'rows.csv')
const query = (table: string) =>
  `SELECT kind, count(*), sum(id), max(text), sum(length(text)) FROM ${table} GROUP BY kind ORDER BY kind`

beforeAll(async () => {
  const duckdb = await (await DuckDBInstance.create()).connect()
  const rows = `SELECT i AS id, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS text,
    CASE WHEN i % 5 > 0 THEN 'kind ' || (i % 7) END AS kind FROM range(400000) t(i)`
  await duckdb.run(`COPY (${rows}) TO '${parquet}' (FORMAT parquet, ROW_GROUP_SIZE 50000)`)
  await duckdb.run(`COPY (${rows}) TO '${csv}' (FORMAT csv)`)
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe.each([1, 2])('with %i threads', (threads) => {
  test.each([
    ['parquet', parquet],
    ['csv', csv],
  ])('what a small heap has no room for is decoded once: %s', async (_, file) => {
    const lake = await openLakebook({ heapBudgetBytes: 20 * 2 ** 20, threads })
    try {
      await lake.registerFile('rows', file)
      const first = await lake.sql(query('rows'))
      const held = lake.memory().diskCacheBytes
      expect(held).toBeGreaterThan(10 * 2 ** 20)
      await lake.sql(query('rows'))
      const third = await lake.sql(query('rows'))
      expect(third.profile.diskCacheReadBytes).toBeGreaterThan(10 * 2 ** 20)
      expect(third.profile.bytesRead).toBeLessThan(first.profile.bytesRead / 4)
      expect(third.table.toString()).toBe(first.table.toString())
      await lake.sql('SET disk_cache = false')
      expect(lake.memory().diskCacheBytes).toBe(0)
      const without = await lake.sql(query('rows'))
      expect(without.table.toString()).toBe(first.table.toString())
    } finally {
      await lake.close()
    }
  })
})
