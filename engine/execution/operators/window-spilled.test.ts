import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryProfile } from '../../lakebook.ts'
import { nodePlatform } from '../../node-platform.ts'
import { Session } from '../../session.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { DuckDbJudge } from '../../testing/duckdb-judge.ts'
import { heldByQueries } from '../../testing/held-by-queries.ts'

/** One partition of many times what a heap of 16 MiB can give a window, whose rows are some 130 bytes. */
const ROWS = 40_000
const TABLE = `SELECT i, (i * 7919) % ${ROWS} AS a, (i * 31) % 300 AS b,
  CASE WHEN i % 7 < 3 THEN NULL ELSE (i * 13) % 5003 END AS n, repeat('-', 80) || (i * 48271) % 100003 AS t
  FROM range(${ROWS}) r(i)`

/** By window: calls that share it. */
const WINDOWS: Readonly<Record<string, readonly string[]>> = {
  'ORDER BY a': [
    'ntile(37)',
    'lead(t, 20000)',
    'lag(a, 25000, -1)',
    'lag(n, 3 IGNORE NULLS)',
    'max(t)',
    'string_agg(CASE WHEN i % 5000 = 0 THEN i::VARCHAR END)',
  ],
  'ORDER BY a RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW': ['first_value(t)'],
  'PARTITION BY i < 30000 ORDER BY b': ['percent_rank() * 59999', 'cume_dist() * 60000', 'sum(a)'],
  'ORDER BY n RANGE BETWEEN 10 PRECEDING AND 5 FOLLOWING': ['sum(a)', 'count(*)', 'max(t)'],
  'ORDER BY i % 1': ['count(*)', 'dense_rank()', 'sum(a)'],
  'ORDER BY CASE WHEN i < 20000 THEN i ELSE 20000 END': ['sum(a)', 'rank()'],
  'ORDER BY a ROWS BETWEEN 12000 PRECEDING AND 9000 FOLLOWING': [
    'sum(a)',
    'min(t)',
    'first_value(t)',
    'last_value(n IGNORE NULLS)',
    'nth_value(a, 15000)',
    'avg(n) FILTER (WHERE b < 200)',
  ],
  'ORDER BY a ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING': ['sum(n)', 'last_value(t)'],
  'ORDER BY a ROWS BETWEEN b PRECEDING AND b * 10 FOLLOWING': ['sum(n)', 'max(t)'],
  'ORDER BY a RANGE BETWEEN 15000 PRECEDING AND 500 FOLLOWING': ['sum(n)', 'count(*)'],
  'ORDER BY a DESC RANGE BETWEEN b * 7 PRECEDING AND b FOLLOWING': ['sum(n)'],
  'ORDER BY b GROUPS BETWEEN 20 PRECEDING AND 30 FOLLOWING EXCLUDE TIES': ['sum(n)', 'count(*)'],
  'ORDER BY b GROUPS BETWEEN a % 9 PRECEDING AND a % 17 FOLLOWING': ['sum(n)'],
  'ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP': ['sum(n)'],
}

/** By window: calls that go on in the middle of a partition. */
const IN_PARTS: Readonly<Record<string, readonly string[]>> = {
  'ORDER BY a ROWS BETWEEN 700 PRECEDING AND 300 FOLLOWING': [
    'sum(a)',
    'min(t)',
    'first_value(t)',
    'last_value(n IGNORE NULLS)',
    'nth_value(a, 650)',
    'avg(n) FILTER (WHERE b < 200)',
    'lag(a, 900)',
    'lag(a, -20)',
    'lead(t, 1000)',
    'rank()',
  ],
  'ORDER BY a ROWS BETWEEN 20 FOLLOWING AND 400 FOLLOWING EXCLUDE CURRENT ROW': ['sum(n)', 'count(*)'],
  'ORDER BY a ROWS BETWEEN 60 PRECEDING AND 20 PRECEDING': ['median(n)', 'min(t)'],
  'ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 500 FOLLOWING': ['sum(n)', 'count(*)', 'row_number()'],
  'ORDER BY b': ['percent_rank() * 59999', 'cume_dist() * 60000', 'rank()', 'sum(a)'],
  'ORDER BY a RANGE BETWEEN 300 PRECEDING AND 200 FOLLOWING': [
    'sum(n)',
    'min(t)',
    'first_value(t)',
    'nth_value(a, 50)',
    'rank()',
    'lead(i, 40)',
  ],
  'ORDER BY a DESC RANGE BETWEEN 90 FOLLOWING AND 400 FOLLOWING': ['sum(n)', 'last_value(a)', 'lag(a, 60)'],
  'ORDER BY a // 50 RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING': ['sum(n)', 'count(*)', 'dense_rank()'],
  'ORDER BY b GROUPS BETWEEN 2 PRECEDING AND 1 FOLLOWING': ['sum(n)', 'count(*)', 'last_value(b)'],
  'PARTITION BY i < 30000 ORDER BY a % 5000 GROUPS BETWEEN 9 PRECEDING AND 4 PRECEDING': ['sum(a)', 'max(t)'],
  'ORDER BY a': ['first_value(a)', 'last_value(t)', 'lead(i, 3)', 'ntile(37)'],
  'ORDER BY n, a ROWS BETWEEN UNBOUNDED PRECEDING AND 90 FOLLOWING': ['first_value(n)', 'last_value(t)'],
  'ORDER BY a DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING': ['first_value(n)'],
  'PARTITION BY b // 100 ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 70 PRECEDING': ['last_value(t)'],
  'ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 40 PRECEDING': ['sum(n)', 'max(a)', 'lead(b, 30)'],
  'PARTITION BY i < 30000 ORDER BY a ROWS BETWEEN 90 PRECEDING AND 800 FOLLOWING': ['sum(n)', 'lag(a, 5)'],
}

/** By window: values of calls that keep all values of a frame. */
const GATHERED: Readonly<Record<string, readonly string[]>> = {
  '': [
    'median(a) OVER w * 8',
    'quantile_cont(i, 0.3) OVER w * 8',
    'strlen(quantile_disc(t, 0.25) OVER w)',
    'mode(b // 77) OVER w',
    'mad(a) OVER w * 8',
    'sum(a) OVER w',
  ],
  'PARTITION BY b % 2': [
    'median(n) OVER w * 8',
    'floor(entropy(n) OVER w * 1000)',
    "strlen(string_agg(i::VARCHAR, ', ') OVER w)",
  ],
  'PARTITION BY n % 3 ORDER BY a DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING': [
    '(array_agg(i) OVER w)[300]',
    'len(array_agg(n) OVER w)',
    'median(n) FILTER (WHERE i > 9) OVER w * 8',
    'lag(a, 3) OVER w',
  ],
  'ORDER BY i ROWS BETWEEN 200 PRECEDING AND CURRENT ROW': [
    'median(a) OVER w * 8',
    'len(array_agg(n) OVER w)',
  ],
}

/** One row, in which every result has a part that depends on the row that it belongs to. */
function checksums(window: string, calls: readonly string[], from = 'one'): string {
  const withWindow = calls.map((call) => {
    const [, fn, filter = '', after = ''] = /^(.*?\))( FILTER \(.*\))?( \* \d+)?$/.exec(call)!
    return `${fn}${filter} OVER w${after}`
  })
  const results = withWindow.map((call, index) => `(${call})::VARCHAR AS v${index}`)
  const sums = calls.map(
    (_, index) =>
      `sum((i % 1009 + 1) * coalesce(try_cast(ltrim(split_part(v${index}, '.', 1), '-') AS BIGINT), length(v${index}))),
       count(v${index})`,
  )
  return `SELECT count(*), max(length(t)), ${sums.join(', ')} FROM (
    SELECT i, t, ${results.join(', ')} FROM (SELECT * FROM ${from}) t WINDOW w AS (${window})) u`
}

let judge: DuckDbJudge
let session: Session

beforeAll(async () => {
  judge = await DuckDbJudge.open()
  await judge.run(`CREATE TABLE one AS ${TABLE}`)
  session = await Session.open(nodePlatform, { heapBudgetBytes: 2 ** 24, memoryPool: 'fair', threads: 1 })
  // Under a name that may hold memory between queries.
  const { heap, pool } = session.resources.runtime
  const lasting = pool.register({ name: 'Engine', canSpill: false })
  lasting.grow(5 * 2 ** 20)
  heap.pages.allocate((5 * 2 ** 20) / 65_536)
}, 60_000)

afterAll(async () => {
  await session.close()
  judge.close()
})

type Cells = readonly (string | null)[]

function texts(cells: readonly unknown[]): Cells {
  return cells.map((cell) => (cell === null ? null : String(cell)))
}

async function ask(
  window: string,
  calls: readonly string[],
): Promise<{ readonly found: Cells; readonly profile: QueryProfile }> {
  const result = await session.run('sql', checksums(window, calls, `(${TABLE}) one`))
  const found = texts(cellsOf(result.toArrow())[0]!)
  result.close()
  return { found, profile: result.profile }
}

/** What native DuckDB says. */
async function answer(window: string, calls: readonly string[]): Promise<Cells> {
  const { rows } = await judge.query(checksums(window, calls))
  return texts(rows[0]!)
}

describe('a partition that outgrows the heap', () => {
  it.each(Object.entries(WINDOWS))(
    'OVER (%s)',
    async (window, calls) => {
      const { found, profile } = await ask(window, calls)
      expect(found).toEqual(await answer(window, calls))
      expect(
        profile.events.filter(({ kind, consumer }) => kind === 'spill' && consumer.startsWith('Window')),
      ).not.toEqual([])
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    },
    60_000,
  )

  it.each(Object.entries(GATHERED))(
    'of which all values are gathered: OVER (%s)',
    async (window, values) => {
      const sums = values.map((_, index) => `sum((i % 1009 + 1) * v${index}), count(v${index})`)
      const query = (from: string): string => `SELECT count(*), max(length(t)), ${sums.join(', ')} FROM (
        SELECT i, t, ${values.map((value, index) => `(${value})::BIGINT AS v${index}`).join(', ')}
        FROM ${from} WINDOW w AS (${window})) u`
      const result = await session.run('sql', query(`(${TABLE}) one`))
      const found = cellsOf(result.toArrow())[0]!.map(String)
      expect(result.profile.spillCount).toBeGreaterThan(0)
      result.close()
      const { rows } = await judge.query(query('one'))
      expect(found).toEqual(rows[0]!.map(String))
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    },
    60_000,
  )

  it.each(Object.entries(IN_PARTS))(
    'is gone through in parts: OVER (%s)',
    async (window, calls) => {
      const { found, profile } = await ask(window, calls)
      expect(found).toEqual(await answer(window, calls))
      const spills = profile.events.filter(({ kind }) => kind === 'spill')
      expect(spills.some(({ consumer }) => consumer.startsWith('Sort'))).toBe(true)
      expect(spills.some(({ consumer }) => consumer.startsWith('Window'))).toBe(false)
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    },
    60_000,
  )

  it.each([
    ['400 PRECEDING AND 300 FOLLOWING', 'b'],
    ['400 PRECEDING AND 300 FOLLOWING', 'least(i, 20000)'],
    ['UNBOUNDED PRECEDING AND 300 FOLLOWING', 'least(i, 20000)'],
  ])(
    'is gone through in parts that end with peers, which may outgrow the heap: ROWS BETWEEN %s, by %s',
    async (frame, key) => {
      const sql = (
        from: string,
      ): string => `SELECT sum(s), max(s), sum(s * s % 1009), sum(r), sum(l), max(length(t)) FROM (
      SELECT sum(h) OVER (ORDER BY h ROWS BETWEEN ${frame}) AS s, rank() OVER (ORDER BY h) AS r,
        lead(h, 500) OVER (ORDER BY h) AS l, t FROM (SELECT ${key} AS h, t FROM ${from}) p)`
      const result = await session.run('sql', sql(`(${TABLE}) one`))
      const found = texts(cellsOf(result.toArrow())[0]!)
      const { events } = result.profile
      result.close()
      expect(found).toEqual(texts((await judge.query(sql('one'))).rows[0]!))
      expect(events.some(({ consumer }) => consumer.startsWith('Window'))).toBe(key !== 'b')
    },
    60_000,
  )

  it('gives sums of floating-point numbers that are the same to the last bit', async () => {
    const sql = `SELECT bit_xor(hash(near)), bit_xor(hash(i * 7, wide)) FROM (
      SELECT i, sum(1 / (i + 0.1)) OVER (ORDER BY a ROWS BETWEEN 300 PRECEDING AND 30 FOLLOWING) AS near,
        avg(1 / (i + 0.3)) OVER (ORDER BY a ROWS BETWEEN 2000 PRECEDING AND 700 FOLLOWING) AS wide, t
      FROM (${TABLE}) one) u`
    const large = await Session.open(nodePlatform, {
      heapBudgetBytes: 2 ** 28,
      memoryPool: 'fair',
      threads: 1,
    })
    const answers: Cells[] = []
    for (const each of [large, session]) {
      const result = await each.run('sql', sql)
      answers.push(texts(cellsOf(result.toArrow())[0]!))
      expect(result.profile.spillCount > 0).toBe(each === session)
      result.close()
    }
    await large.close()
    expect(answers[0]).toEqual(answers[1])
  }, 60_000)

  it('is not kept where all rows have the same result', async () => {
    const calls = [
      'sum(a)',
      'max(t)',
      'sum(a) FILTER (WHERE n > 100)',
      "string_agg(CASE WHEN i % 5000 = 0 THEN i::VARCHAR END, ';')",
    ]
    const { found, profile } = await ask('', calls)
    expect(found).toEqual(await answer('', calls))
    expect(profile.spillCount).toBe(0)
  }, 60_000)

  it('or whose results take many times more than its rows', async () => {
    const lags = Array.from({ length: 120 }, (_, index) => `lag(i, ${index + 1}) OVER w`)
    const sql = `SELECT sum(sums * (i % 1009)), count(sums) FROM (
      SELECT i, ${lags.join(' + ')} AS sums FROM range(30000) t(i) WINDOW w AS (ORDER BY i * 7919 % 30011)) u`
    const result = await session.run('sql', sql)
    const found = cellsOf(result.toArrow())[0]!.map(String)
    expect(result.profile.spillCount).toBeGreaterThan(0)
    result.close()
    expect(found).toEqual((await judge.query(sql)).rows[0]!.map(String))
  }, 60_000)

  it('or whose rows fit, but not with what the functions gather', async () => {
    const numbers = Array.from({ length: 120 }, (_, index) => index)
    const medians = numbers.map((k) => `median(i) FILTER (WHERE i % 131 <> ${k}) OVER (ORDER BY i) AS m${k}`)
    const sql = `SELECT ${numbers.map((k) => `max(m${k})`).join(', ')} FROM (
      SELECT ${medians.join(', ')} FROM range(1200) t(i)) u`
    const result = await session.run('sql', sql)
    const found = cellsOf(result.toArrow())[0]!.map(Number)
    expect(result.profile.spillCount).toBeGreaterThan(0)
    result.close()
    expect(found).toEqual((await judge.query(sql)).rows[0]!.map(Number))
  }, 60_000)
})
