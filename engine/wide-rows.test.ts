import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLakebook } from './node.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-wide-rows-'))
const wide = path.join(folder, 'wide.parquet')
const long = path.join(folder, 'long.parquet')
const COLUMNS = 600
const MiB = 2 ** 20

beforeAll(async () => {
  const duckdb = await (await DuckDBInstance.create()).connect()
  const columns = Array.from({ length: COLUMNS }, (_, c) =>
    c % 2 === 0 ? `(i * ${c + 1})::BIGINT AS c${c}` : `'v' || (i % 7) || '_${c}' AS c${c}`,
  )
  await duckdb.run(`COPY (SELECT ${columns.join(',')} FROM range(300) t(i)) TO '${wide}' (FORMAT parquet)`)
  // a dictionary of 26 texts, which are 20 MB where they stand
  const text = 'repeat(chr(97 + (i % 26)::INT), 200000)'
  await duckdb.run(`COPY (SELECT i, ${text} AS s FROM range(100) t(i)) TO '${long}' (FORMAT parquet)`)
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe.each([1, 2])('in 16 MiB, with %i threads', (threads) => {
  test('columns that are short share pages of the cache', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads })
    try {
      await lake.registerFile('wide', wide)
      expect((await lake.sql('SELECT * FROM wide LIMIT 5')).table.numCols).toBe(COLUMNS)
      const cached = lake.memory().consumers.find(({ name }) => name === 'Column cache')!
      expect(cached.reservedBytes).toBeLessThan((COLUMNS * 65536) / 4)
      const sorted = await lake.sql('SELECT * FROM wide ORDER BY c1 DESC, c0 LIMIT 2')
      expect(sorted.table.get(0)!.toJSON()).toMatchObject({ c0: 6n, c1: 'v6_1', c598: 6n * 599n })
      await lake.sql('CREATE TABLE kept AS SELECT * FROM wide')
      const sums = 'sum(c0), sum(c598), min(c1), max(c599), count(*)'
      const [direct, kept] = [
        await lake.sql(`SELECT ${sums} FROM wide`),
        await lake.sql(`SELECT ${sums} FROM kept`),
      ]
      expect(kept.table.toArray().map(String)).toEqual(direct.table.toArray().map(String))
    } finally {
      await lake.close()
    }
  })

  test('texts that outgrow the heap are read a few rows at a time', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads })
    try {
      await lake.registerFile('long', long)
      const { table } = await lake.sql(
        'SELECT left(s, 1) AS letter, sum(length(s)) AS letters FROM long GROUP BY s ORDER BY s LIMIT 2',
      )
      expect(table.toArray().map((row) => String(row))).toEqual([
        '{"letter": "a", "letters": 800000}',
        '{"letter": "b", "letters": 800000}',
      ])
    } finally {
      await lake.close()
    }
  })
})

describe('texts that the heap can hold twice but not more', () => {
  const file = path.join(folder, 'twice.parquet')
  const rows = `SELECT i, repeat(chr(97 + (i * 5 % 6)::INT), 4200000) || i AS s FROM range(6) t(i)`
  const judge = DuckDBInstance.create().then((instance) => instance.connect())

  beforeAll(async () => {
    await (await judge).run(`COPY (${rows}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 1)`)
  })

  test.each([
    "SELECT string_agg(i || right(s, 1), ' ') FROM (SELECT * FROM twice ORDER BY s DESC) t",
    'SELECT right(s, 2) AS last FROM (SELECT s FROM twice ORDER BY s LIMIT 3) t',
    'SELECT count(*), sum(n), sum(length(s)) FROM (SELECT s, count(*) AS n FROM twice GROUP BY s) t',
    'SELECT count(*), sum(length(s)) FROM (SELECT DISTINCT s FROM twice) t',
    'SELECT count(DISTINCT s) FROM twice',
    'SELECT right(max(s), 3) FROM twice',
    'SELECT count(*), sum(a.i), sum(length(b.s)) FROM twice a JOIN twice b ON a.s = b.s',
    'SELECT count(*), sum(length(s)) FROM (SELECT s FROM twice UNION SELECT s FROM twice) t',
  ])('%s', async (sql) => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads: 1 })
    try {
      await lake.registerFile('twice', file)
      const found = (await lake.sql(sql)).table
        .toArray()
        .map((row) => Object.values(row.toJSON()).map(String))
      const wanted = await (await judge).runAndReadAll(sql.replaceAll('twice', `'${file}'`))
      expect(found).toEqual(wanted.getRows().map((row) => row.map(String)))
    } finally {
      await lake.close()
    }
  })
})

test('a row that the heap has no room for is named', async () => {
  const file = path.join(folder, 'huge.parquet')
  const duckdb = await (await DuckDBInstance.create()).connect()
  await duckdb.run(`COPY (SELECT repeat('x', 20000000) AS s) TO '${file}' (FORMAT parquet)`)
  const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads: 1 })
  try {
    await lake.registerFile('huge', file)
    await expect(lake.sql('SELECT max(length(s)) FROM huge')).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(/^huge\.parquet, row group 0, row 0 does not fit/) as string,
    })
    expect((await lake.sql('SELECT count(*) AS n FROM huge')).table.get(0)!.toJSON()).toEqual({ n: 1n })
  } finally {
    await lake.close()
  }
})
