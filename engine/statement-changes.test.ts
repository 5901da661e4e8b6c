import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lakebook } from './lakebook.ts'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'

let lake: Lakebook

beforeEach(async () => {
  lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 2 })
})
afterEach(() => lake.close())

async function answer(sql: string): Promise<string[]> {
  return cellsOf((await lake.sql(sql)).table)
    .flat()
    .map(String)
}

it('a table of most of the heap is updated, merged into, emptied and brought back', async () => {
  const rows = 160_000
  await lake.sql(`CREATE TABLE t AS SELECT i, i % 7 AS k, 'row ' || i AS s FROM range(${rows}) r(i)`)
  await lake.sql("UPDATE t SET k = k + 10, s = s || '!' WHERE i % 2 = 0")
  await lake.sql(
    'UPDATE t SET k = o.k FROM (SELECT i AS j, 1000 AS k FROM t WHERE i % 1000 = 1) o WHERE o.j = t.i',
  )
  await lake.sql(
    'MERGE INTO t USING (SELECT 999999 AS i) s ON t.i = s.i WHEN NOT MATCHED THEN INSERT (i) VALUES (s.i)',
  )
  const expected = [rows + 1, 80_000, 160].map(String)
  const query =
    "SELECT count(*), count(*) FILTER (WHERE s LIKE '%!'), count(*) FILTER (WHERE k = 1000) FROM t"
  expect(await answer(query)).toEqual(expected)
  await lake.sql('BEGIN; DELETE FROM t WHERE i > 5; DROP TABLE t; ROLLBACK')
  expect(await answer(query)).toEqual(expected)
}, 30_000)

it('what fails or is rolled back leaves no memory behind', async () => {
  await lake.sql('CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t SELECT * FROM range(1000)')
  const held = lake.memory().reservedBytes
  await expect(lake.sql('UPDATE t SET a = a // 2')).rejects.toMatchObject({ code: 'invalid_argument' })
  await expect(lake.sql("UPDATE t SET a = s.x FROM (SELECT 'no' AS x) s")).rejects.toMatchObject({
    code: 'cast',
  })
  await lake.sql(
    'BEGIN; INSERT INTO t SELECT range + 5000 FROM range(9000); CREATE TABLE u AS FROM t; ROLLBACK',
  )
  expect(lake.memory().reservedBytes).toBe(held)
  expect(await answer('SELECT sum(a), count(*) FROM t')).toEqual(['499500', '1000'])
})

it('errors name the place', async () => {
  await lake.sql('CREATE TABLE t (a INTEGER)')
  await expect(lake.sql('UPDATE t SET b = 1')).rejects.toMatchObject({
    span: { start: 13, end: 14 },
    hint: 'Did you mean "a"?',
  })
  await expect(lake.sql('DELETE FROM r WHERE a = 1')).rejects.toMatchObject({ code: 'unknown_table' })
  await expect(lake.sql('CREATE VIEW v AS FROM t; DELETE FROM v')).rejects.toMatchObject({
    code: 'invalid_argument',
  })
})
