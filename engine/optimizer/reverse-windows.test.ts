import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.sql(`CREATE TABLE ties AS SELECT i, i * 7919 % 50 AS k, i % 3 AS g,
    CASE WHEN i % 7 = 0 THEN NULL ELSE i * 31 % 40 END AS n, DATE '2020-01-01' + (i * 13 % 400)::INTEGER AS d
    FROM range(2000) t(i)`)
})
afterAll(() => lake.close())

const lines = async (sql: string): Promise<string> => cellsOf((await lake.sql(sql)).table).join('\n')

it.each([
  ['sum(i)', 'ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'],
  [
    'count(n)',
    'PARTITION BY g ORDER BY k DESC, n NULLS FIRST ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
  ],
  ['max(n)', 'PARTITION BY g ORDER BY n ROWS BETWEEN 5 FOLLOWING AND UNBOUNDED FOLLOWING'],
  ['sum(n) FILTER (WHERE k > 9)', 'ORDER BY k, i ROWS BETWEEN 5 PRECEDING AND UNBOUNDED FOLLOWING'],
  ['sum(i)', 'ORDER BY n RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'],
  ['sum(i)', 'ORDER BY k RANGE BETWEEN 3 PRECEDING AND UNBOUNDED FOLLOWING'],
  ['min(i)', 'ORDER BY n DESC NULLS LAST RANGE BETWEEN 3 FOLLOWING AND UNBOUNDED FOLLOWING'],
  ['count(*)', 'PARTITION BY g ORDER BY d RANGE BETWEEN INTERVAL 9 DAY FOLLOWING AND UNBOUNDED FOLLOWING'],
  ['sum(i)', 'ORDER BY k GROUPS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING'],
])('%s OVER (%s) is the same either way round', async (call, window) => {
  const sql = `SELECT sum(v * (i % 101)), count(v), min(v) FROM (SELECT i, ${call} OVER (${window}) AS v FROM ties) t`
  const rows = `SELECT i, v FROM (SELECT i, ${call} OVER (${window}) AS v FROM ties) t ORDER BY i`
  const plan = await lines(`EXPLAIN ${sql}`)
  const turned = [await lines(sql), await lines(rows)]
  await lake.sql('SET optimizer.reverse_windows = false')
  expect(await lines(`EXPLAIN ${sql}`)).not.toBe(plan)
  expect([await lines(sql), await lines(rows)]).toEqual(turned)
  await lake.sql('SET optimizer.reverse_windows = true')
})

it.each([
  'SELECT k, sum(i) OVER w AS v FROM ties WINDOW w AS (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
  `SELECT first(v) FROM (SELECT sum(i) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS v FROM ties) t`,
  `SELECT sum(v) FROM (SELECT sum(i / 7) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS v FROM ties) t`,
  `SELECT v FROM (SELECT k, sum(i) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS v FROM ties) t ORDER BY k LIMIT 3`,
])('the order stays where it is seen: %s', async (sql) => {
  await lake.sql('SET optimizer.reverse_windows = false')
  const plain = await lines(`EXPLAIN ${sql}`)
  const answer = await lines(sql)
  await lake.sql('SET optimizer.reverse_windows = true')
  expect(await lines(`EXPLAIN ${sql}`)).toBe(plain)
  expect(await lines(sql)).toBe(answer)
})
