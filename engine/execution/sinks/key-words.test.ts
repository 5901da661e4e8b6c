import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { DuckDbJudge } from '../../testing/duckdb-judge.ts'

/** Enough to be distributed by words, with many equal starts of keys; texts differ late, end early, and hold zeros. */
const TABLE = `CREATE TABLE keyed AS SELECT i, (i * 7919 % 3)::TINYINT AS few, i * 104729 % 40 - 20 AS many,
  CASE WHEN i % 11 = 0 THEN NULL ELSE i * 31 % 5 END AS gaps,
  ((i * 48271 % 50) / 7.0)::DOUBLE AS share,
  i * 7919 % 6 > 2 AS flag,
  (i * 7919 % 20 - 10)::HUGEINT * 1e30::HUGEINT AS huge,
  CASE WHEN i % 13 = 0 THEN NULL ELSE repeat('x', (i * 7919 % 90)::INTEGER) || i % 3 END AS long,
  ['', 'a', 'a' || chr(0), 'ab', 'abcdefg', 'abcdefgh', 'abcdefgh' || chr(0), 'abcdefghi', 'abcdefghijklmno',
    'abcdefghijklmnop'][(i * 48271 % 10)::INTEGER + 1] AS short,
  [i * 7919 % 2, i % 3] AS items
  FROM range(6000) t(i)`

let judge: DuckDbJudge
let lake: Lakebook

beforeAll(async () => {
  judge = await DuckDbJudge.open()
  lake = await openLakebook({ heapBudgetBytes: 2 ** 24, threads: 1 })
  await lake.sql(TABLE)
  await judge.run(TABLE)
}, 60_000)

afterAll(async () => {
  await lake.close()
  judge.close()
})

it.each([
  'many, few, i',
  'few DESC, many, gaps DESC NULLS LAST, i DESC',
  'short, i',
  'short DESC, i',
  'few, short, many, i',
  'gaps NULLS FIRST, short DESC, share DESC, i',
  'long, short, i',
  'long DESC NULLS LAST, gaps, i',
  'many, long NULLS FIRST, few, i DESC',
  'huge, few, i',
  'many, huge DESC, i',
  'many, items, i',
  'flag, gaps, flag, share, i',
  'short, long, short, i DESC',
  'few, many, short || long NULLS FIRST, i',
])('ORDER BY %s', async (keys) => {
  const sql = `SELECT i FROM keyed ORDER BY ${keys}`
  const { table } = await lake.sql(sql)
  const { rows } = await judge.query(sql)
  expect(cellsOf(table).map(([cell]) => String(cell))).toEqual(rows.map(([value]) => String(value)))
})

it('goes through long stretches of equal keys in steps', async () => {
  const sql = `SELECT i, n FROM keyed, range(7) r(n) ORDER BY flag, short DESC, many, n, i`
  const { table } = await lake.sql(sql)
  const { rows } = await judge.query(sql)
  expect(cellsOf(table).map(String)).toEqual(rows.map(String))
})
