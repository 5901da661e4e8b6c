import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePlatform } from './node-platform.ts'
import { Session } from './session.ts'

const mib = 2 ** 20
let session: Session

beforeAll(async () => {
  session = await Session.open(nodePlatform, { heapBudgetBytes: 32 * mib, memoryPool: 'fair', threads: 1 })
  const rows = 'SELECT i AS id, i % 10 AS k FROM generate_series(1, 600000) AS t(i)'
  ;(await session.run('sql', `CREATE TABLE numbers AS ${rows}`)).close()
})
afterAll(() => session.close())

test('a sort that does not fit is said to spill, and does', async () => {
  const sql = 'SELECT id, k FROM numbers ORDER BY k, id DESC'
  const estimate = session.estimate('sql', sql)!
  const sort = estimate.holdings.find(({ name }) => name === 'Sort')!
  expect(sort).toMatchObject({ rows: 600_000, spills: true, detail: 'k, id DESC' })
  expect(estimate.spillBytes).toBeGreaterThan(16 * mib)
  const result = await session.run('sql', sql)
  expect(result.profile.spilledBytes).toBeGreaterThan(0)
  result.close()
})

test('a key that is not selected is named as it was written', () => {
  const { holdings } = session.estimate('sql', 'SELECT id FROM numbers ORDER BY k, id DESC')!
  expect(holdings[0]).toMatchObject({ name: 'Sort', detail: 'k, id DESC' })
})

test('what fits is said not to spill, and does not', async () => {
  const sql = 'SELECT count(*) AS n, sum(id) AS total FROM numbers'
  const estimate = session.estimate('sql', sql)!
  expect(estimate.spillBytes).toBe(0)
  const result = await session.run('sql', sql)
  expect(result.profile.spilledBytes).toBe(0)
  result.close()
})

test('Polars cells have estimates too; a statement that makes a table has that of its query', () => {
  expect(session.estimate('polars', 'numbers.sort("k")')!.holdings[0]).toMatchObject({ name: 'Sort' })
  expect(
    session.estimate('sql', 'CREATE TABLE t AS SELECT * FROM numbers ORDER BY id; SELECT * FROM t'),
  ).not.toBeNull()
  expect(session.estimate('sql', 'SET memory_pool = greedy')).toBeNull()
})
