import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  await lake.sql(`CREATE TABLE sales AS
    SELECT CASE WHEN i % 50 = 0 THEN NULL ELSE i % 20000 END AS item, i AS amount FROM range(120000) r(i)`)
  await lake.sql(`CREATE TABLE items AS
    SELECT CASE WHEN i % 9 = 0 THEN NULL ELSE i % 15000 END AS id, i % 100 AS kind FROM range(20000) r(i)`)
})
afterAll(() => lake.close())

const rows = async (sql: string): Promise<string[]> =>
  cellsOf((await lake.sql(sql)).table)
    .map((row) => row.map(String).join())
    .sort()
const plan = async (sql: string): Promise<string> => (await rows(`EXPLAIN ${sql}`)).join('\n')

const groups = '(SELECT item, sum(amount) AS total, count(*) AS n FROM sales GROUP BY item)'

describe.each([
  ['an inner join', `SELECT * FROM ${groups} g JOIN items ON item = id WHERE kind = 7`, true],
  ['the other way round', `SELECT * FROM items JOIN ${groups} g ON item = id WHERE kind = 7`, true],
  [
    'NULLs that are equal',
    `SELECT * FROM ${groups} g JOIN items ON item IS NOT DISTINCT FROM id WHERE kind = 7`,
    true,
  ],
  ['a semi join', `SELECT * FROM ${groups} g WHERE item IN (SELECT id FROM items WHERE kind = 7)`, true],
  [
    'a condition on groups',
    `SELECT * FROM ${groups} g JOIN items ON item = id WHERE kind = 7 AND n > 2`,
    true,
  ],
  ['a residual', `SELECT * FROM ${groups} g JOIN items ON item = id AND total > kind WHERE kind = 7`, true],
  [
    'a left join, which needs all groups',
    `SELECT * FROM ${groups} g LEFT JOIN (SELECT * FROM items WHERE kind = 7) ON item = id`,
    false,
  ],
  ['a key that is no group', `SELECT * FROM ${groups} g JOIN items ON n = id WHERE kind = 6`, false],
  ['a table that nothing narrows', `SELECT * FROM ${groups} g JOIN items ON item = id`, false],
  [
    'rows chosen by chance',
    `SELECT count(*) > 0 FROM ${groups} g JOIN (SELECT id FROM items WHERE kind = 7 AND random() < 2) ON item = id`,
    false,
  ],
] as const)('groups under %s', (_, sql, isReduced) => {
  it(isReduced ? 'are reduced, and the same' : 'stay as they are', async () => {
    expect(/Join semi[^]*Scan sales|Scan sales[^]*Join semi/.test(await plan(sql))).toBe(isReduced)
    const reduced = await rows(sql)
    await lake.sql('SET optimizer.reduce_aggregates = false')
    const plain = await rows(sql)
    await lake.sql('RESET optimizer.reduce_aggregates')
    expect(reduced).toEqual(plain)
    expect(plain.length).toBeGreaterThan(0)
  })
})
