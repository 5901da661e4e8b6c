import { afterAll, beforeAll, expect, it } from 'vitest'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { openLakebook, type Lakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

/** Keys by type, from the least value on: with gaps, twice, NULL, and some that the other side lacks. */
const TYPES = [
  'TINYINT',
  'UTINYINT',
  'SMALLINT',
  'USMALLINT',
  'INTEGER',
  'UINTEGER',
  'BIGINT',
  'DATE',
] as const
const LEAST: Readonly<Record<(typeof TYPES)[number], string>> = {
  TINYINT: '-128',
  UTINYINT: '0',
  SMALLINT: '-32768',
  USMALLINT: '0',
  INTEGER: '-2147483648',
  UINTEGER: '4294967040',
  BIGINT: '-9223372036854775808',
  DATE: "DATE '1969-06-01'",
}

let lake: Lakebook
let judge: DuckDBConnection

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  judge = await (await DuckDBInstance.create(':memory:')).connect()
  for (const type of TYPES) {
    const key = (value: string): string =>
      type === 'DATE'
        ? `${LEAST[type]} + CAST(${value} AS INTEGER)`
        : `CAST(${LEAST[type]} + ${value} AS ${type})`
    for (const sql of [
      `CREATE TABLE stored_${type} AS SELECT CASE WHEN i % 50 = 7 THEN NULL ELSE ${key('i % 90 * 2')} END AS k, i AS v FROM range(300) t(i)`,
      `CREATE TABLE asking_${type} AS SELECT CASE WHEN i % 31 = 5 THEN NULL ELSE ${key('i % 250')} END AS k, i AS w FROM range(700) t(i)`,
    ]) {
      await lake.sql(sql)
      await judge.run(sql)
    }
  }
})
afterAll(() => lake.close())

it.each(TYPES)('finds the rows of keys that lie close together: %s', async (type) => {
  const queries = [
    ...['INNER', 'LEFT', 'RIGHT', 'FULL'].map(
      (kind) => `SELECT count(*), sum(v), sum(w), count(a.k), count(s.k)
        FROM asking_${type} a ${kind} JOIN stored_${type} s ON a.k = s.k AND v % 3 <> 1`,
    ),
    `SELECT sum(w) FROM asking_${type} a SEMI JOIN stored_${type} s ON a.k = s.k`,
    `SELECT sum(w) FROM asking_${type} a ANTI JOIN stored_${type} s ON a.k = s.k`,
    `SELECT count(*) FROM asking_${type} WHERE k NOT IN (SELECT k FROM stored_${type} WHERE k IS NOT NULL)`,
    `SELECT count(*) FROM asking_${type} a JOIN stored_${type} s ON a.k IS NOT DISTINCT FROM s.k`,
  ]
  for (const sql of queries) {
    const given = cellsOf((await lake.sql(sql)).table).map((row) => row.map(String))
    const wanted = (await judge.runAndReadAll(sql)).getRows().map((row) => row.map(String))
    expect(given, sql).toEqual(wanted)
  }
})
