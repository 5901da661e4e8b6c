import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { describeValue } from '../../testing/compare-results.ts'
import { DuckDbJudge } from '../../testing/duckdb-judge.ts'

let judge: DuckDbJudge
let lake: Lakebook

beforeAll(async () => {
  judge = await DuckDbJudge.open()
  lake = await openLakebook({ heapBudgetBytes: 2 ** 24, threads: 1 })
  const table = `CREATE TABLE gaps AS SELECT i::INTEGER AS i, i % 3 AS k,
    CASE WHEN i % 7 IN (0, 1, 3, 4) THEN NULL ELSE i END AS n, CASE WHEN i < 15 THEN NULL ELSE 't' || i END AS t FROM range(40) r(i)`
  await lake.sql(table)
  await judge.run(table)
}, 60_000)

afterAll(async () => {
  await lake.close()
  judge.close()
})

it.each([
  'last_value(n IGNORE NULLS) OVER (ORDER BY i)',
  'first_value(n IGNORE NULLS) OVER (ORDER BY i ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)',
  'first_value(t IGNORE NULLS) OVER (PARTITION BY k ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
  'last_value(t IGNORE NULLS) OVER (PARTITION BY k ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)',
  'last_value(i IGNORE NULLS) OVER (ORDER BY i)',
])('%s', async (call) => {
  const sql = `SELECT i, ${call} AS v FROM gaps ORDER BY i`
  const { table } = await lake.sql(sql)
  const ours = cellsOf(table).map((row) => row.map((cell) => (cell === null ? 'NULL' : String(cell))))
  const { columns, rows } = await judge.query(sql)
  expect(ours).toEqual(
    rows.map((row) => row.map((value, index) => describeValue(value, columns[index]!.type))),
  )
})
