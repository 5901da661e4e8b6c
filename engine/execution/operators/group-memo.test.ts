import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

let folder: string
let instance: DuckDBInstance
let connection: Awaited<ReturnType<DuckDBInstance['connect']>>

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakebook-memo-'))
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
})

afterAll(async () => {
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
})

/** Writes the query's rows as Parquet, and compares our answer over them with DuckDB's. */
async function agrees(rows: string, sql: (table: string) => string, lake: Lakebook): Promise<void> {
  const file = path.join(folder, `${Math.random()}.parquet`)
  await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`)
  const expected = (await connection.runAndReadAll(sql(`'${file}'`))).getRows()
  await lake.registerFile('t', file)
  for (const time of ['cold', 'hot']) {
    const { table } = await lake.sql(sql('t'))
    expect(
      cellsOf(table).map((row) => row.map(String)),
      time,
    ).toEqual(expected.map((row) => row.map(String)))
  }
}

const sums = 'count(*) AS n, sum(i) AS total, min(i) AS least'

describe.each([
  { budgetMiB: 16, threads: 1 },
  { budgetMiB: 64, threads: 2 },
])('groups of texts of few values, $budgetMiB MiB, $threads threads', ({ budgetMiB, threads }) => {
  let lake: Lakebook
  beforeAll(async () => {
    lake = await openLakebook({ heapBudgetBytes: budgetMiB * 2 ** 20, threads })
  })
  afterAll(() => lake.close())

  it('with NULLs, whose dictionaries grow from row group to row group', () =>
    agrees(
      `SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE 'a' || i % (3 + i // 20480) END AS a,
        'b' || (i * 31) % 5 AS b FROM range(100000) r(i)`,
      (table) => `SELECT a, b, ${sums} FROM ${table} GROUP BY a, b ORDER BY a NULLS FIRST, b`,
      lake,
    ))

  it('of more combinations than are remembered', () =>
    agrees(
      `SELECT i, 'a' || (i * 7) % 90 AS a, 'b' || (i // 3) % 80 AS b FROM range(100000) r(i)`,
      (table) => `SELECT a, b, ${sums} FROM ${table} GROUP BY a, b ORDER BY a, b`,
      lake,
    ))

  it('after a filter and a projection, with states that copy what they hold', () =>
    agrees(
      `SELECT i, 'a' || i % 3 AS a, 'text number ' || i AS text FROM range(60000) r(i)`,
      (table) =>
        `SELECT key, ${sums}, max(text) AS latest, count(DISTINCT text) AS texts
         FROM (SELECT a AS key, i, text FROM ${table} WHERE i % 11 <> 0) GROUP BY key ORDER BY key`,
      lake,
    ))
})

it('adds up past 64 bits in both directions', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  try {
    await agrees(
      `SELECT CASE WHEN i < 5000 THEN 1 ELSE -1 END::BIGINT * 9223372036854775807 AS big, 'g' || i % 2 AS a
       FROM range(12000) r(i)`,
      (table) => `SELECT a, sum(big) AS s, sum(-big) AS negative FROM ${table} GROUP BY a ORDER BY a`,
      lake,
    )
    await agrees(
      `SELECT CAST(CASE WHEN i % 3 = 0 THEN -9223372036854775807 ELSE 4611686018427387904 END AS BIGINT) AS big
       FROM range(3000) r(i)`,
      (table) => `SELECT sum(big) AS s FROM ${table}`,
      lake,
    )
  } finally {
    await lake.close()
  }
})
