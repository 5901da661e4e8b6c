import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lakebook } from './lakebook.ts'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'

let lake: Lakebook

beforeEach(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20 })
})
afterEach(() => lake.close())

it('a text sees what those handed in before it have changed, though nobody waited for them', async () => {
  const made = lake.sql('CREATE TABLE t AS SELECT i FROM range(100_000) r(i)')
  const counted = lake.sql('SELECT count(*) FROM t')
  const added = lake.sql('INSERT INTO t SELECT i FROM range(10) r(i)')
  const emptied = lake.sql('DELETE FROM t WHERE i > 4')
  const summed = lake.sql('SELECT count(*), sum(i) FROM t')
  await Promise.all([made, added, emptied])
  expect(cellsOf((await counted).table)).toEqual([[100_000n]])
  expect(cellsOf((await summed).table)).toEqual([[10n, '20']])
})

it('a change that fails keeps nobody waiting, and one that waits can be cancelled', async () => {
  const controller = new AbortController()
  const failing = lake.sql('CREATE TABLE t AS SELECT error(i::VARCHAR) AS e FROM range(10) r(i)')
  const waiting = lake.sql('CREATE TABLE u (a INTEGER)', { signal: controller.signal })
  controller.abort()
  const last = lake.sql('SELECT 1')
  await expect(failing).rejects.toMatchObject({ code: 'invalid_argument' })
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  expect(cellsOf((await last).table)).toEqual([[1]])
})

it('texts that have nothing to do with each other wait for none', async () => {
  const controller = new AbortController()
  const long = `CREATE TABLE long AS SELECT count(*) AS n FROM range(1_000_000) a(i) JOIN range(1_000_000) b(j) ON i % 10 = j % 10`
  const making = lake.sql(long, { signal: controller.signal })
  const follower = lake.sql('SELECT * FROM long')
  expect(cellsOf((await lake.sql('SELECT 1 AS updated')).table)).toEqual([[1]])
  await lake.sql('CREATE TABLE other AS SELECT 2 AS a')
  expect(cellsOf((await lake.polars('other.head(1)')).table)).toEqual([[2]])
  controller.abort()
  await expect(making).rejects.toMatchObject({ code: 'cancelled' })
  await expect(follower).rejects.toMatchObject({ code: 'unknown_table' })
})

it('a reader of a view that is being made waits, and a change does not wait for readers', async () => {
  await lake.sql('CREATE TABLE t AS SELECT i FROM range(1000) r(i)')
  const reading = lake.sql('SELECT count(*) FROM t a JOIN t b ON a.i = b.i')
  const viewed = lake.sql('CREATE VIEW v AS SELECT i FROM t WHERE i < 5')
  const seen = lake.sql('SELECT count(*) FROM v')
  await viewed
  expect(cellsOf((await seen).table)).toEqual([[5n]])
  await lake.sql('DELETE FROM t WHERE i = 0')
  expect(cellsOf((await reading).table)).toEqual([[1000n]])
})
