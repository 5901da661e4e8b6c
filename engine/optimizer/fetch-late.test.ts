import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook
let folder: string

/** Ties in `k`, NULLs in `s`, keys without order; two files, so that numbers go on from one to the other. */
const ROWS = 300_000
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakebook-fetch-late-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const part of [0, 1])
    await connection.run(`COPY (SELECT (i * 7919) % ${ROWS} AS id, i % 50 AS k, i AS v,
        CASE WHEN i % 11 = 0 THEN NULL ELSE 'text ' || i % 1000 END AS s, (i % 300)::DECIMAL(12, 2) AS d,
        [i, i + 1] AS l, DATE '2020-01-01' + (i // 100)::INTEGER AS day
      FROM range(${(part * ROWS) / 2}, ${((part + 1) * ROWS) / 2}) t(i))
      TO '${path.join(folder, `part${part}.parquet`)}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`)
  connection.closeSync()
  instance.closeSync()
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await register(lake)
})
afterAll(async () => {
  await lake.close()
  await rm(folder, { recursive: true })
})

async function register(engine: Lakebook): Promise<void> {
  for (const part of [0, 1])
    await engine.registerFile(`part${part}`, path.join(folder, `part${part}.parquet`))
  await engine.sql("CREATE VIEW wide AS SELECT * FROM read_parquet('part*.parquet')")
}

const rows = async (sql: string): Promise<readonly string[]> =>
  cellsOf((await lake.sql(sql)).table).map((row) => row.map(String).join('|'))
const isLate = async (sql: string): Promise<boolean> =>
  (await rows(`EXPLAIN ${sql}`)).join('\n').includes('keep row number among row number')

async function bothWays(sql: string): Promise<{ late: readonly string[]; plain: readonly string[] }> {
  const late = await rows(sql)
  await lake.sql('SET optimizer.fetch_late = false')
  try {
    expect(await isLate(sql)).toBe(false)
    return { late, plain: await rows(sql) }
  } finally {
    await lake.sql('RESET optimizer.fetch_late')
  }
}

describe('gives the same rows in the same order', () => {
  it.each([
    ['far behind', 'SELECT * FROM wide ORDER BY id LIMIT 9 OFFSET 250000'],
    ['by two keys, a text first', 'SELECT * FROM wide ORDER BY s DESC NULLS LAST, id LIMIT 20 OFFSET 30000'],
    ['the first ones', 'SELECT * FROM wide ORDER BY id DESC LIMIT 2'],
    ['with filters', "SELECT * FROM wide WHERE k < 9 AND s LIKE '%7' ORDER BY id LIMIT 2"],
    [
      'with pruned row groups',
      'SELECT * FROM wide WHERE v BETWEEN 145000 AND 190000 ORDER BY id LIMIT 8 OFFSET 30000',
    ],
    [
      'computed',
      'SELECT v + k AS x, upper(s) AS y, l[1] AS z FROM wide ORDER BY id % 1000, id LIMIT 5 OFFSET 40000',
    ],
    [
      'in a subquery',
      'SELECT k, count(s), sum(v) FROM (SELECT * FROM wide ORDER BY id LIMIT 500 OFFSET 99999) GROUP BY k ORDER BY k',
    ],
    ['past the end', `SELECT * FROM wide ORDER BY id LIMIT 5 OFFSET ${ROWS - 2}`],
    ['none', 'SELECT * FROM wide WHERE v < 0 ORDER BY id LIMIT 2'],
  ])('%s', async (_, sql) => {
    expect(await isLate(sql)).toBe(true)
    const { late, plain } = await bothWays(sql)
    expect(late).toEqual(plain)
  })
})

it('rows with equal keys are rows of the table, each once', async () => {
  const found = await rows('SELECT * FROM wide ORDER BY k LIMIT 700 OFFSET 40000')
  expect(new Set(found).size).toBe(700)
  const ids = found.map((row) => row.split('|')[0]!)
  const { late, plain } = await bothWays(`SELECT * FROM wide WHERE id IN (${ids.join()}) ORDER BY id`)
  expect(late).toEqual(plain)
  expect(found.toSorted()).toEqual(late.toSorted())
})

it.each([
  ['a wish for many', 'SELECT * FROM wide ORDER BY id LIMIT 100000'],
  ['few rows in many parts', 'SELECT * FROM wide ORDER BY id LIMIT 100'],
  ['nothing to fetch', 'SELECT id, s FROM wide ORDER BY s, id LIMIT 5 OFFSET 30000'],
  ['one number to fetch', 'SELECT id, v FROM wide ORDER BY id LIMIT 5 OFFSET 30000'],
  ['values that change', 'SELECT *, random() FROM wide ORDER BY id LIMIT 5 OFFSET 30000'],
  ['groups', 'SELECT s, count(*), sum(v) FROM wide GROUP BY s ORDER BY s LIMIT 5 OFFSET 100'],
])('leaves %s alone', async (_, sql) => {
  expect(await isLate(sql)).toBe(false)
})

it('reads only the parts that hold the rows, and says so', async () => {
  const { profile } = await lake.sql('SELECT * FROM wide ORDER BY v LIMIT 3 OFFSET 30000')
  const steps = profile.pruning.flatMap((scan) => scan.steps)
  const layer = steps.find((step) => step.layer === 'morsel')!
  expect(layer).toMatchObject({ unitsKept: 1, rowsIn: ROWS, rowsKept: 20_480 })
  const units = [...layer.removed, ...layer.kept].reduce((sum, each) => sum + each.units, 0)
  expect(units).toBe(layer.unitsIn)
})

it('session tables are sorted by keys alone where much is sorted', async () => {
  await lake.sql('CREATE TABLE kept AS SELECT id, k, v, s FROM wide WHERE v < 70000')
  await lake.sql('INSERT INTO kept SELECT id, k, v, s FROM wide WHERE v BETWEEN 100000 AND 130000')
  const sql = 'SELECT * FROM kept ORDER BY id LIMIT 12 OFFSET 60000'
  expect(await isLate(sql)).toBe(true)
  expect(await isLate('SELECT * FROM kept ORDER BY id LIMIT 1')).toBe(false)
  const { late, plain } = await bothWays(sql)
  expect(late).toEqual(plain)
})

it.each([
  [16, 1],
  [32, 2],
])('the same at %i MiB with %i threads', async (mebibytes, threads) => {
  const sql = 'SELECT * FROM wide WHERE k <> 3 ORDER BY s, id LIMIT 9 OFFSET 200000'
  const expected = await rows(sql)
  const other = await openLakebook({ heapBudgetBytes: mebibytes * 2 ** 20, threads })
  try {
    await register(other)
    expect(cellsOf((await other.sql(sql)).table).map((row) => row.map(String).join('|'))).toEqual(expected)
  } finally {
    await other.close()
  }
})
