import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lakebook } from './lakebook.ts'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'

let lake: Lakebook

beforeEach(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
})
afterEach(() => lake.close())

async function answer(sql: string): Promise<unknown[]> {
  return cellsOf((await lake.sql(sql)).table)
    .flat()
    .map(String)
}

it('a query that runs again sees what was inserted, replaced, dropped and renamed meanwhile', async () => {
  const query = 'SELECT count(*) AS n, sum(a) AS s, count(a) AS valid FROM t'
  await lake.sql('CREATE TABLE t AS SELECT * FROM range(10) r(a)')
  for (let time = 0; time < 2; time++) expect(await answer(query)).toEqual(['10', '45', '10'])
  await lake.sql('INSERT INTO t VALUES (NULL)')
  for (let time = 0; time < 2; time++) expect(await answer(query)).toEqual(['11', '45', '10'])
  await lake.sql('CREATE OR REPLACE TABLE t AS SELECT * FROM range(3) r(a)')
  expect(await answer(query)).toEqual(['3', '3', '3'])
  await lake.sql('DROP TABLE t')
  await expect(lake.sql(query)).rejects.toMatchObject({ code: 'unknown_table' })
  await lake.sql('CREATE VIEW t AS SELECT 7 AS a')
  expect(await answer(query)).toEqual(['1', '7', '1'])
  await lake.sql('CREATE OR REPLACE VIEW t AS SELECT 8 AS a')
  expect(await answer(query)).toEqual(['1', '8', '1'])
})

it('a table that stood behind another one of the same name comes to light', async () => {
  await lake.sql('CREATE TABLE "T" AS SELECT 1 AS a')
  const query = 'SELECT a FROM t'
  expect(await answer(query)).toEqual(['1'])
  await lake.polars('t = pl.DataFrame({"a": [2]})\nt')
  expect(await answer(query)).toEqual(['2'])
})

it('the time goes on, settings count, and random numbers stay random', async () => {
  const time = 'SELECT now() AS t'
  const [first] = await answer(time)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await answer(time)).not.toEqual([first])
  await lake.sql('CREATE VIEW clock AS SELECT current_timestamp AS t')
  const [before] = await answer('SELECT t FROM clock')
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await answer('SELECT t FROM clock')).not.toEqual([before])
  expect(await answer('SELECT random() AS r')).not.toEqual(await answer('SELECT random() AS r'))

  await lake.sql('CREATE TABLE t AS SELECT * FROM range(10) r(a)')
  const filtered = 'SELECT sum(a) AS s FROM (SELECT a FROM t) WHERE a > 5'
  const rulesOf = async (): Promise<string[]> =>
    (await lake.sql(filtered)).profile.rules.map(({ name }) => name)
  expect(await rulesOf()).toContain('push_filters')
  await lake.sql('SET optimizer.push_filters = false')
  expect(await rulesOf()).not.toContain('push_filters')
  expect(await answer(filtered)).toEqual(['30'])
})
