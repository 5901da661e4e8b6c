import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { openLakebook, type NodeLakebook } from '../node.ts'

/** Rows of every nested kind; `i` is 0 to 59,999 in a shuffled order. */
const SOURCE = `SELECT (i * 7919) % 60000 AS i,
  CASE WHEN i % 11 = 0 THEN NULL ELSE {'a': (i % 7)::INTEGER, 'b': 'text ' || (i % 5), 'c': [i % 3, NULL]} END AS s,
  CASE WHEN i % 13 = 0 THEN NULL ELSE [[i % 4, i % 2], [], NULL] END AS l,
  map {'k' || (i % 3): {'v': i % 6}, 'z': NULL} AS m,
  [{'x': i % 5, 'y': 'some text that takes room ' || (i % 9)}] AS t
FROM range(60000) r(i)`

/** What each must give, in order. */
const QUERIES = [
  'SELECT i, s::VARCHAR, l::VARCHAR, m::VARCHAR, t::VARCHAR FROM (SELECT * FROM rows ORDER BY i) q WHERE i % 1000 < 2',
  'SELECT s::VARCHAR, count(*), min(i), max(l)::VARCHAR FROM (SELECT s, i, l::VARCHAR AS l FROM rows) q GROUP BY s ORDER BY s NULLS LAST',
  'SELECT t::VARCHAR, l::VARCHAR, count(*) FROM rows GROUP BY t, l ORDER BY t, l NULLS LAST LIMIT 50',
  'SELECT count(*) FROM (SELECT DISTINCT s, m FROM rows) q',
  'SELECT count(*), sum(a.i), sum(b.i) FROM rows a JOIN (SELECT DISTINCT ON (m) m, i % 1 AS i FROM rows) b ON a.m = b.m',
  'SELECT count(*) FROM rows a SEMI JOIN (SELECT s FROM rows WHERE i % 777 = 0) b ON a.s = b.s',
  `SELECT i, s::VARCHAR, row_number() OVER (PARTITION BY l ORDER BY s NULLS LAST, i) AS n FROM rows QUALIFY n < 3 ORDER BY i`,
  'SELECT g, max(s)::VARCHAR, min(t[1])::VARCHAR, len(array_agg(s)) FROM (SELECT i % 9 AS g, s, t FROM rows) q GROUP BY g ORDER BY g',
  'SELECT x.y AS y, count(*), sum(x.x) FROM (SELECT unnest(t) AS x FROM rows) q GROUP BY y ORDER BY y',
  'SELECT sum(s.a), count(s.b), sum(list_reduce(list_transform(t, e -> e.x), (p, q) -> p + q)) FROM rows',
]

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-nested-'))

describe('nested columns', () => {
  let judge: DuckDBConnection
  const lakes: NodeLakebook[] = []

  beforeAll(async () => {
    judge = await (await DuckDBInstance.create()).connect()
    await judge.run(`CREATE TABLE rows AS ${SOURCE}`)
    const file = path.join(folder, 'rows.parquet')
    await judge.run(`COPY rows TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20000)`)
    for (const [megabytes, threads] of [
      [16, 1],
      [16, 2],
      [64, 2],
    ] as const) {
      const lake = await openLakebook({ heapBudgetBytes: megabytes * 2 ** 20, threads })
      await lake.registerFile('rows', file)
      lakes.push(lake)
    }
  }, 120_000)

  afterAll(async () => {
    judge.closeSync()
    rmSync(folder, { recursive: true })
    for (const lake of lakes) await lake.close()
  })

  it.each(QUERIES)(
    '%s',
    async (sql) => {
      const theirs = (await judge.runAndReadAll(sql)).getRowsJson().map((row) => row.map(String).join(' | '))
      for (const lake of lakes) {
        const { table } = await lake.sql(sql)
        const columns = table.schema.fields.map((_, index) => [...table.getChildAt(index)!].map(String))
        const ours = theirs.map((_, row) => columns.map((column) => column[row]).join(' | '))
        expect(table.numRows).toBe(theirs.length)
        expect(ours).toEqual(theirs)
      }
    },
    120_000,
  )

  it('come out whole, at every budget', async () => {
    for (const lake of lakes) {
      const { table } = await lake.sql('SELECT s, l, m, t FROM rows ORDER BY i LIMIT 3')
      expect(table.schema.fields.map(({ type }) => String(type).replace(/<.*/, ''))).toEqual([
        'Struct',
        'List',
        'Map',
        'List',
      ])
      const rows = [...table].map((row) =>
        JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
      )
      const expected = (
        await judge.runAndReadAll('SELECT to_json({s: s, l: l, m: m, t: t}) FROM rows ORDER BY i LIMIT 3')
      ).getRows()
      expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual(
        expected.map(([json]) => JSON.parse(String(json)) as unknown),
      )
    }
  })
})
