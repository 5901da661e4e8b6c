import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { describeValue } from '../../testing/compare-results.ts'
import { DuckDbJudge } from '../../testing/duckdb-judge.ts'

describe('aggregates that collect', () => {
  let judge: DuckDbJudge
  let lake: Lakebook

  beforeAll(async () => {
    judge = await DuckDbJudge.open()
    lake = await openLakebook({ heapBudgetBytes: 2 ** 24, threads: 1 })
    const table = `CREATE TABLE seen AS SELECT i::INTEGER AS i, i % 5 AS k, CASE WHEN i % 4 = 0 THEN NULL ELSE i * 37 % 11 END AS n,
      CASE WHEN i % 7 = 0 THEN NULL ELSE repeat('w', (i * 5 % 9)::INTEGER) || i END AS t, i % 3 = 0 AS b, i % 6 / 2.0 AS f
      FROM range(60) r(i)`
    await lake.sql(table)
    await judge.run(table)
  }, 60_000)

  afterAll(async () => {
    await lake.close()
    judge.close()
  })

  it.each([
    'SELECT array_agg(n), array_agg(t), array_agg(b), list(f) FROM seen',
    'SELECT k, array_agg(n), array_agg(t), array_agg(b) FROM seen GROUP BY k ORDER BY k',
    'SELECT k, array_agg(n) FILTER (WHERE i < 3), array_agg(i) FILTER (WHERE t IS NOT NULL) FROM seen GROUP BY k ORDER BY k',
    'SELECT array_agg(n) FROM seen WHERE i > 100',
    'SELECT i, array_agg(t) OVER (ORDER BY i), array_agg(n) OVER (ORDER BY i ROWS 2 PRECEDING) FROM seen ORDER BY i',
    'SELECT i, string_agg(t) OVER (PARTITION BY k ORDER BY i), median(n) OVER (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) FROM seen ORDER BY i',
    'SELECT i, t, min(t) OVER (ORDER BY i), max(t) OVER (ORDER BY i ROWS 3 PRECEDING), arg_min(t, n) OVER (ORDER BY i) FROM seen ORDER BY i',
    'SELECT k, len(l), l[1] FROM (SELECT k, array_agg(t) AS l FROM seen GROUP BY k) s ORDER BY k',
    "SELECT k, array_agg(t ORDER BY i DESC), string_agg(t, '-' ORDER BY i DESC), sum(n ORDER BY i) FROM seen GROUP BY k ORDER BY k",
    'SELECT array_agg(n ORDER BY n DESC NULLS LAST, i), first(t ORDER BY n DESC NULLS LAST, i), count(*) FROM seen',
    'SELECT k, array_agg(DISTINCT n ORDER BY n) FROM seen GROUP BY k ORDER BY k',
    // a histogram has all that can be counted be counted
    `SELECT median(n), median(b), median(t), mad(n), mad(f), quantile_cont(f, [0, 0.3, 1]), quantile_disc(n, 0.4), quantile_disc(t, 0.9), quantile_disc(n, -0.4),
       mode(n), mode(t), cardinality(histogram(n)), count(*), string_agg(t, ',') FROM seen`,
    `SELECT k, median(i), median(n), mad(n), quantile_cont(f, 0.25), quantile_disc(t, 0.5), mode(n), mode(n) FILTER (WHERE b),
       median(n) FILTER (WHERE i > 40), round(entropy(b), 6), entropy(n) FILTER (WHERE i < 0), cardinality(histogram(n) FILTER (WHERE b)), sum(f) FROM seen GROUP BY k ORDER BY k`,
    `SELECT CASE WHEN i < 10 THEN NULL ELSE b END AS g, median(n), mode(t), cardinality(histogram(DISTINCT n)) FROM seen GROUP BY g ORDER BY g`,
    `SELECT median(n), mad(n), entropy(n), mode(n), histogram(n) IS NULL, max(t) FROM seen WHERE i > 100`,
    `SELECT k, median(m), cardinality(histogram(m)) FROM (SELECT k, n, median(i) AS m FROM seen GROUP BY k, n) s GROUP BY k ORDER BY k`,
  ])('%s', async (sql) => {
    await expectAsJudged(sql)
  })

  it('give back what a long list has outgrown, before it is handed on', async () => {
    await expectAsJudged(`SELECT len(l), list_sum(l), l[300000], m, none FROM (
      SELECT list(i) AS l, max('x' || i) AS m, list(i) FILTER (WHERE i < 0) AS none FROM range(400000) t(i)) s`)
    await expectAsJudged(`SELECT len(l), m, length(t) FROM (
      SELECT list(i) FILTER (WHERE i % 8 = 1) AS l, min('x' || i) AS m, string_agg('y') AS t FROM range(500000) t(i)) s`)
  })

  it.each([330_000, 360_000, 400_000])('hand a list of %i items on to each row', async (count) => {
    await expectAsJudged(`SELECT max(len(l)), sum(l[5]), sum(l[-1]), count(*) FROM (
      SELECT list(i) OVER () AS l FROM range(${count}) t(i)) s`)
  })

  it.each(['', ' GROUP BY k ORDER BY k'])(
    'are as right where there are very many of them%s',
    async (grouped) => {
      const many = Array.from(
        { length: 60 },
        (_, i) =>
          `max(t || ${i}), sum(n * ${i}) FILTER (WHERE b), min(i - ${i}), string_agg(t, '${i}'), bit_xor(n + ${i})`,
      )
      await expectAsJudged(`SELECT max(k), ${many.join()} FROM seen${grouped}`)
    },
  )

  async function expectAsJudged(sql: string): Promise<number> {
    const { table, profile } = await lake.sql(sql)
    const ours = cellsOf(table).map((row) => row.map((cell) => (cell === null ? 'NULL' : String(cell))))
    const { columns, rows } = await judge.query(sql)
    expect(ours).toEqual(
      rows.map((row) => row.map((value, index) => describeValue(value, columns[index]!.type))),
    )
    return profile.spilledBytes
  }

  it('counts the values of a group that outgrows the heap', async () => {
    const rows =
      'FROM (SELECT i * 7919 % 60013 AS n, i % 3 AS k, i % 1000 / 8.0 AS f FROM range(800000) t(i)) s'
    expect(
      await expectAsJudged(`SELECT median(n), quantile_cont(f, 0.25), mode(f), max(n) ${rows}`),
    ).toBeGreaterThan(0)
    expect(
      await expectAsJudged(`SELECT k, median(n), quantile_disc(f, 0.7) ${rows} GROUP BY k ORDER BY k`),
    ).toBeGreaterThan(0)
  }, 60_000)

  it('joins texts up to what the heap can hold', async () => {
    const texts = "repeat('t', 100) || i FROM range(35000) t(i)"
    await expectAsJudged(
      `SELECT length(string_agg(x, '')) FROM (SELECT ${texts.replace(' FROM', ' AS x FROM')}) s`,
    )
    await expect(
      lake.sql(`SELECT length(string_agg(x, '')) FROM (SELECT repeat('t', 1000) AS x FROM range(50000)) s`),
    ).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(
        /requested .* reserved and .* available.*Top consumers: Aggregate/,
      ) as string,
    })
    expect(cellsOf((await lake.sql('SELECT 1')).table)).toEqual([[1]])
  }, 60_000)

  it('spills what it collects', async () => {
    await lake.sql('CREATE TABLE many AS SELECT i FROM range(120000) t(i)')
    const { table, profile } = await lake.sql(`SELECT count(*), sum(len(l)), sum(len(n)) FROM (
      SELECT i % 20000 AS k, array_agg('a text that takes some room ' || i) AS l, array_agg(i) AS n FROM many GROUP BY 1) s`)
    expect(cellsOf(table)[0]!.map(Number)).toEqual([20_000, 120_000, 120_000])
    expect(profile.spilledBytes).toBeGreaterThan(0)
  }, 60_000)
})
