import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.sql(
    'CREATE TABLE t AS SELECT i::INTEGER AS a, i % 7 AS b, i::VARCHAR AS c FROM range(10000) r(i)',
  )
})
afterAll(() => lake.close())

const many = (count: number, term: (i: number) => string, between: string): string =>
  Array.from({ length: count }, (_, i) => term(i)).join(between)

it.each<[string, string, number]>([
  ['OR', many(1500, (i) => `a = ${i * 3}`, ' OR '), 1500],
  ['AND', many(1500, (i) => `a <> ${i * 3}`, ' AND '), 8500],
  ['AND with BETWEEN', many(100, (i) => `a NOT BETWEEN ${i * 10} AND ${i * 10 + 4}`, ' AND '), 9500],
  ['OR of ANDs', many(80, (i) => many(40, (k) => `a <> ${i + k}`, ' AND '), ' OR '), 10000],
  ['AND of ORs', many(50, (i) => `(${many(50, (k) => `a = ${i + k * 100}`, ' OR ')})`, ' AND '), 0],
  [
    'CASE inside',
    many(60, (i) => `CASE WHEN a = ${i} OR a = 1 AND b = 9 THEN true ELSE false END`, ' OR '),
    60,
  ],
  ['NOT and IN', many(70, (i) => `NOT a IN (${i}, ${i} + 1)`, ' AND '), 9929],
  ['IS DISTINCT FROM', many(70, (i) => `a IS DISTINCT FROM ${i}`, ' AND '), 9930],
  [
    'the texts of',
    `c = '12' AND ${many(70, (i) => `c || 'x' <> '${i}' || 'x' || ''`, ' AND ')} OR c = '9'`,
    1,
  ],
])('takes a long chain: %s', async (_, condition, count) => {
  const { table } = await lake.sql(`SELECT count(*) FROM t WHERE ${condition}`)
  expect(cellsOf(table)).toEqual([[BigInt(count)]])
})

it('takes many rows as a union', async () => {
  const { table } = await lake.sql(many(600, (i) => `SELECT ${i} AS x`, ' UNION ALL '))
  expect(cellsOf(table)).toEqual(Array.from({ length: 600 }, (_, i) => [i]))
})

it('joins and selects in between', async () => {
  const on = many(40, (i) => `x.a <> y.a + ${i}`, ' AND ')
  const { table } = await lake.sql(
    `SELECT count(*), bool_or(${many(40, (i) => `x.a = ${i}`, ' OR ')}) AS found FROM t x JOIN t y ON x.b = y.b AND x.a < 50 AND y.a < 50 AND ${on} LEFT JOIN t z ON z.a = x.a`,
  )
  let pairs = 0
  for (let x = 0; x < 50; x++)
    for (let y = 0; y < 50; y++) if (x % 7 === y % 7 && !(x >= y && x < y + 40)) pairs++
  expect(cellsOf(table)).toEqual([[BigInt(pairs), true]])
})
