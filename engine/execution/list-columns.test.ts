import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'
import { DuckDbJudge } from '../testing/duckdb-judge.ts'
import { describeValue } from '../testing/compare-results.ts'

const MIB = 2 ** 20

describe('columns of lists', () => {
  let judge: DuckDbJudge
  let lake: Lakebook

  beforeAll(async () => {
    judge = await DuckDbJudge.open()
    lake = await openLakebook({ heapBudgetBytes: 16 * MIB, threads: 1 })
  }, 60_000)

  afterAll(async () => {
    await lake.close()
    judge.close()
  })

  async function both(sql: string): Promise<{ ours: string[][]; theirs: string[][]; spilled: number }> {
    const { table, profile } = await lake.sql(sql)
    const ours = cellsOf(table).map((row) => row.map((cell) => (cell === null ? 'NULL' : String(cell))))
    const { columns, rows } = await judge.query(sql)
    const theirs = rows.map((row) => row.map((value, index) => describeValue(value, columns[index]!.type)))
    return { ours, theirs, spilled: profile.spilledBytes }
  }

  /** Runs a statement on either side. */
  async function run(sql: string): Promise<void> {
    await lake.sql(sql)
    await judge.run(sql)
  }

  it.each([
    'SELECT [1, 2, NULL] AS l',
    'SELECT range(5) AS l, 7 AS n',
    "SELECT ['a', NULL, 'wörter', ''] AS l",
    'SELECT [true, NULL, false, true, true, true, true, false, true] AS l',
    "SELECT [DATE '2024-02-29', NULL] AS l, [1.5, 2.25] AS d, [1e300, 2.5] AS f",
    'SELECT [12345678901234567890123456.5, NULL] AS wide',
    'SELECT NULL::INTEGER[] AS l',
    'SELECT []::INTEGER[] AS l, []::VARCHAR[] AS t',
    'SELECT [NULL]::INTEGER[] AS l',
    'SELECT i, CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 THEN [] ELSE range(i) END AS l FROM range(20) t(i)',
    "SELECT i, string_split(repeat('x,', i::INTEGER), ',') AS l FROM range(10) t(i)",
    'SELECT i, range(i) AS l FROM range(30) t(i) ORDER BY i DESC',
    "SELECT l FROM (SELECT i, ['n' || i, NULL, 'm'] AS l FROM range(12) t(i)) t ORDER BY i % 5, i",
    'SELECT l, count(*) FROM (SELECT range(i % 3) AS l FROM range(20) t(i)) t GROUP BY l ORDER BY 2, l',
    "SELECT l, count(*) FROM (SELECT ['t' || (i % 3), NULL] AS l FROM range(20) t(i)) t GROUP BY l ORDER BY 1",
    "SELECT a.i, a.l, b.l FROM (SELECT i, ['a' || i] AS l FROM range(5) t(i)) a LEFT JOIN (SELECT i, ['b' || i, 'c'] AS l FROM range(3) t(i)) b ON a.i = b.i ORDER BY 1",
    "SELECT i, l, lag(l) OVER (ORDER BY i) AS earlier FROM (SELECT i, ['a' || i] AS l FROM range(5) t(i)) t ORDER BY i",
    'SELECT max(l), min(l) FROM (SELECT range(i) AS l FROM range(5) t(i)) t',
    'SELECT range(3) AS l UNION ALL SELECT range(2) AS l',
  ])('%s', async (sql) => {
    const { ours, theirs } = await both(sql)
    expect(ours).toEqual(theirs)
  })

  it('keeps them in session tables', async () => {
    await run(`CREATE TABLE lists AS SELECT i::INTEGER AS id, CASE WHEN i % 4 = 0 THEN NULL ELSE range(i % 6) END AS numbers,
      ['text ' || i, CASE WHEN i % 2 = 0 THEN NULL ELSE 'odd' END] AS texts FROM range(1000) t(i)`)
    await run(`INSERT INTO lists VALUES (5000, NULL, NULL)`)
    for (const sql of [
      'SELECT * FROM lists ORDER BY id',
      'SELECT id, unnest(numbers) AS n FROM lists WHERE id < 50 ORDER BY id, n',
      'SELECT id, unnest(texts) AS t FROM lists WHERE id > 900 ORDER BY id, t',
      'SELECT texts FROM lists WHERE len(numbers) = 3 ORDER BY id DESC',
      'SELECT texts[1], numbers[2] FROM lists WHERE id < 20 ORDER BY id',
    ]) {
      const { ours, theirs } = await both(sql)
      expect(ours, sql).toEqual(theirs)
    }
  })

  it('spills them', async () => {
    const sql = `SELECT id, numbers, texts FROM (SELECT (i * 7919) % 60000 AS id, range(i % 9) AS numbers,
      ['text ' || i || ' that takes some room', CASE WHEN i % 2 = 0 THEN NULL ELSE 'odd' END] AS texts FROM range(60000) t(i)) t`
    await run(`CREATE TABLE many AS ${sql}`)
    for (const query of [
      'SELECT id, numbers, texts FROM many ORDER BY id',
      'SELECT sum(n), count(*) FROM (SELECT unnest(numbers) AS n FROM many) t',
      'SELECT count(*), min(t), max(t) FROM (SELECT unnest(texts) AS t FROM many) t',
    ]) {
      const { ours, theirs, spilled } = await both(query)
      expect(ours.length).toBe(theirs.length)
      expect(ours.findIndex((row, index) => row.join() !== theirs[index]!.join())).toBe(-1)
      if (query.includes('ORDER')) expect(spilled).toBeGreaterThan(0)
    }
  }, 120_000)

  it('takes fewer rows at a time when lists are long', async () => {
    await run('CREATE TABLE numbered AS SELECT i::INTEGER AS id FROM range(3000) t(i)')
    const { ours, theirs } = await both(`SELECT sum(id), sum(len(l)), max(l[200]) FROM (
      SELECT * FROM (SELECT id, range(200) AS l FROM numbered) t ORDER BY id DESC LIMIT 2999) t`)
    expect(ours).toEqual(theirs)
  })
})
