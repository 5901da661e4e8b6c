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

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakebook-join-filters-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  // Keys in order, so that row groups can be ruled out; NULLs, texts, wide and negative keys beside them.
  await connection.run(`COPY (SELECT
      CASE WHEN i % 997 = 3 THEN NULL ELSE i // 2 - 5000 END AS k, i % 300 AS small, 'key ' || i % 5000 AS name,
      (i * 1000003)::BIGINT AS wide, (i % 4000)::DECIMAL(30, 2) AS big, (i % 2000)::DOUBLE AS x,
      DATE '2020-01-01' + (i // 100)::INTEGER AS day, i AS v FROM range(50000) t(i))
    TO '${path.join(folder, 'facts.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
  connection.closeSync()
  instance.closeSync()
  lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  await lake.registerFile('facts', path.join(folder, 'facts.parquet'))
  await lake.sql(`CREATE TABLE few AS SELECT
      CASE WHEN i % 7 = 0 THEN NULL ELSE i * 3 END AS k, i AS small, 'key ' || i * 11 AS name,
      (i * 1000003 * 20)::BIGINT AS wide, (i * 7)::DECIMAL(30, 2) AS big, (i * 13)::DOUBLE AS x,
      DATE '2020-02-01' + i::INTEGER AS day, i % 10 AS kind FROM range(400) t(i)`)
})
afterAll(async () => {
  await lake.close()
  await rm(folder, { recursive: true })
})

const rows = async (sql: string): Promise<string[]> =>
  cellsOf((await lake.sql(sql)).table)
    .map((row) => row.map(String).join())
    .sort()
const plan = async (sql: string): Promise<string> => (await rows(`EXPLAIN ${sql}`)).join('\n')

describe.each([
  ['k', 'keys of whole numbers with NULLs'],
  ['name', 'texts'],
  ['wide', 'keys far apart'],
  ['big', 'wide decimals'],
  ['x', 'floats'],
  ['day', 'dates'],
] as const)('%s', (key, what) => {
  it.each([
    ['inner', `SELECT v, kind FROM facts f JOIN few w ON f.${key} = w.${key} WHERE kind = 3`],
    [
      'two keys',
      `SELECT v FROM facts f JOIN few w ON f.${key} = w.${key} AND f.small = w.small WHERE kind < 8`,
    ],
    ['semi', `SELECT v FROM facts WHERE ${key} IN (SELECT ${key} FROM few WHERE kind = 3)`],
    [
      'right',
      `SELECT v, w.small FROM facts f RIGHT JOIN (SELECT * FROM few WHERE kind = 3) w ON f.${key} = w.${key}`,
    ],
    ['nothing to meet', `SELECT v FROM facts f JOIN few w ON f.${key} = w.${key} WHERE kind = 77`],
  ])(`${what}: %s join gives the same rows`, async (_, sql) => {
    expect(await plan(sql)).toContain(`keep ${key} among ${key}`)
    const filtered = await rows(sql)
    await lake.sql('SET optimizer.push_join_filters = false')
    const plain = await rows(sql)
    expect(await plan(sql)).not.toContain('keep')
    await lake.sql('RESET optimizer.push_join_filters')
    expect(filtered).toEqual(plain)
  })
})

const few = '(SELECT * FROM few WHERE kind = 3)'
it.each([
  [
    'groups by the key',
    `SELECT * FROM (SELECT k, sum(v) FROM facts GROUP BY k) JOIN ${few} w USING (k)`,
    true,
  ],
  [
    'groups by others',
    `SELECT * FROM (SELECT small, max(k) AS k FROM facts WHERE v < 12300 GROUP BY small) JOIN ${few} w USING (k)`,
    false,
  ],
  [
    'partitions by the key',
    `SELECT * FROM (SELECT k, sum(v) OVER (PARTITION BY k) FROM facts) JOIN ${few} w USING (k)`,
    true,
  ],
  [
    'partitions by others',
    `SELECT * FROM (SELECT k, sum(v) OVER (PARTITION BY small) FROM facts) JOIN ${few} w USING (k)`,
    false,
  ],
  [
    'a union',
    `SELECT * FROM (SELECT k FROM facts UNION ALL SELECT v FROM facts) JOIN ${few} w USING (k)`,
    true,
  ],
  ['a limit', `SELECT * FROM (SELECT k FROM facts ORDER BY v LIMIT 11000) JOIN ${few} w USING (k)`, false],
  [
    'an equal key of another join',
    `SELECT f.v FROM facts g JOIN facts f ON f.v = g.v JOIN ${few} w ON w.k = g.v`,
    true,
  ],
  [
    'what a left join adds',
    `SELECT f.v FROM few e LEFT JOIN facts f ON e.k = f.k AND f.v > 12000 JOIN ${few} w ON w.k = e.k`,
    true,
  ],
  [
    'an anti join',
    `SELECT f.v FROM facts f JOIN ${few} w ON w.k = f.k WHERE NOT EXISTS (SELECT 1 FROM facts g WHERE g.k = f.k AND g.v < f.v)`,
    true,
  ],
  ['a left join, which keeps all', `SELECT v FROM facts f LEFT JOIN ${few} w ON f.k = w.k`, false],
  ['a full join', `SELECT v FROM facts f FULL JOIN ${few} w ON f.k = w.k`, false],
  ['keys that NULL is among', `SELECT v FROM facts f JOIN ${few} w ON f.k IS NOT DISTINCT FROM w.k`, false],
  ['a whole table', `SELECT v FROM facts f JOIN few w ON f.k = w.k`, false],
])('passes through %s where that is sound', async (_, sql, passes) => {
  expect(/Scan facts [^\n]* keep/.test(await plan(sql))).toBe(passes)
  const filtered = await rows(sql)
  expect(filtered.length).toBeGreaterThan(0)
  await lake.sql('SET optimizer.push_join_filters = false')
  expect(filtered).toEqual(await rows(sql))
  await lake.sql('RESET optimizer.push_join_filters')
})

it('rules out row groups and rows, and says so', async () => {
  const { profile } = await lake.sql(`SELECT v FROM facts f JOIN few w ON f.k = w.k WHERE kind = 3`)
  const scan = profile.pruning.find(({ table }) => table === 'facts')!
  const layer = scan.steps.find((step) => step.layer === 'join filter')!
  expect(layer).toMatchObject({ unitsIn: 25, unitsKept: 3, rowsIn: 50_000 })
  const removed = layer.removed.reduce((sum, { units }) => sum + units, 0)
  const kept = layer.kept.reduce((sum, { units }) => sum + units, 0)
  expect(removed + kept).toBe(layer.unitsIn)
  expect(layer.removed[0]?.predicate).toBe('k among k')
  const tested = profile.operators.find(({ name }) => name === 'JoinFilter')!
  expect(tested.rowsIn).toBe(layer.rowsKept)
  expect(tested.rowsOut).toBeLessThan(200)
})

it('keeps errors of rows away that meet nothing', async () => {
  await lake.sql(
    'CREATE TABLE edges AS SELECT i AS id, (CASE WHEN i = 9 THEN -32768 ELSE i END)::SMALLINT AS c FROM range(20) r(i)',
  )
  await lake.sql('CREATE TABLE first AS SELECT i AS id FROM range(3) r(i)')
  const sql = 'SELECT id, (SELECT max(c - 1) FROM edges WHERE edges.id = first.id) FROM first'
  expect(await rows(sql)).toEqual(['0,-1', '1,0', '2,1'])
})
