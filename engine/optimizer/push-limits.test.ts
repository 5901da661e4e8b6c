import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.sql('CREATE TABLE a AS SELECT i AS x FROM range(1000) r(i)')
  await lake.sql('CREATE TABLE b AS SELECT i % 300 AS y, i AS z FROM range(900) r(i)')
})
afterAll(() => lake.close())

const lines = async (sql: string): Promise<string> => cellsOf((await lake.sql(sql)).table).join('\n')

it.each([
  ['left', 'a LEFT JOIN b ON x = y', 'a'],
  ['right', 'b RIGHT JOIN a ON x = y', 'a'],
  ['inner', 'a JOIN b ON x = y', null],
  ['full', 'a FULL JOIN b ON x = y', null],
])('a limit goes to the side of a %s join of which all rows are kept', async (_, from, side) => {
  const plan = await lines(`EXPLAIN SELECT x, z FROM ${from} LIMIT 7 OFFSET 3`)
  const limited = [...plan.matchAll(/Limit 10\n\s*Scan (\w)/g)].map(([, table]) => table)
  expect(limited).toEqual(side === null ? [] : [side])
  const { table } = await lake.sql(`SELECT x, z FROM ${from} LIMIT 7 OFFSET 3`)
  expect(table.numRows).toBe(7)
  const pairs = new Set((await lines(`SELECT x, z FROM ${from}`)).split('\n'))
  for (const row of cellsOf(table)) expect(pairs).toContain(row.join())
})
