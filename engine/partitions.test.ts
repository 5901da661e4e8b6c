import { afterEach, describe, expect, it } from 'vitest'
import type { OperatorProfile, QueryProfile } from './lakebook.ts'
import type { BuiltInPolicy } from './memory/tracked-pool.ts'
import { nodePlatform } from './node-platform.ts'
import { Session } from './session.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { heldByQueries } from './testing/held-by-queries.ts'

/** Every group is in every partition that gets a slice or more. */
const GROUPS = `SELECT i % 12000 AS k, count(*) AS n, sum(i) AS total FROM range(400000) AS rows(i) GROUP BY k`
const SUM_OF_GROUPS = `SELECT count(*), sum(n * k), sum(total * (k % 7)) FROM (${GROUPS}) AS groups`
/** Thousands of rows are equal in what they are sorted by. */
const SORTED = `SELECT i % 50 AS k, i, 'row ' || i AS text FROM range(300000) AS rows(i) ORDER BY k`
const SUM_OF_SORTED = `SELECT sum(place * (i % 1009)) FROM (
  SELECT i, row_number() OVER () AS place FROM (${SORTED}) AS sorted) AS placed`

const JOINED = `SELECT count(*), sum(a.i), sum(length(b.text)) FROM range(300000) AS a(i)
  JOIN (SELECT i * 2 AS k, 'row ' || i AS text FROM range(240000) AS rows(i)) AS b ON b.k = a.i`

let session: Session | null = null

async function open(options: { threads?: number; pool?: BuiltInPolicy; heapMiB?: number } = {}) {
  const { threads = 1, pool = 'fair', heapMiB = 16 } = options
  session = await Session.open(nodePlatform, {
    heapBudgetBytes: heapMiB * 2 ** 20,
    memoryPool: pool,
    threads,
  })
  return session
}

/** The rows as text, and the profile, with so many partitions; 0: without the setting. */
async function runWith(partitions: number, sql: string): Promise<{ answer: string; profile: QueryProfile }> {
  const setting = partitions === 0 ? 'RESET target_partitions' : `SET target_partitions = ${partitions}`
  ;(await session!.run('sql', setting)).close()
  const result = await session!.run('sql', sql)
  const answer = cellsOf(result.toArrow())
    .map((row) => row.map(String).join(' '))
    .join('\n')
  const { profile } = result
  result.close()
  expect(heldByQueries(session!.resources.runtime)).toEqual([])
  return { answer, profile }
}

function operatorOf(profile: QueryProfile, name: string): OperatorProfile {
  return profile.operators.find((operator) => operator.name === name && operator.rowsIn >= 300_000)!
}

afterEach(async () => {
  await session?.close()
  session = null
})

describe('partitions', { timeout: 120_000 }, () => {
  it.each([1, 3])('do not change an answer, on %i threads', async (threads) => {
    await open({ threads, heapMiB: 24 })
    for (const sql of [SUM_OF_GROUPS, SUM_OF_SORTED, JOINED]) {
      const { answer, profile } = await runWith(0, sql)
      expect(profile.operators.flatMap((operator) => operator.partitions)).toEqual([])
      for (const partitions of [3, 200]) {
        expect((await runWith(partitions, sql)).answer, `${partitions}: ${sql}`).toBe(answer)
      }
    }
  })

  it('leave rows with equal keys in their order, also where only the first are wanted', async () => {
    await open({ heapMiB: 64 })
    const sql = `${SORTED} LIMIT 9000`
    expect((await runWith(5, sql)).answer).toBe((await runWith(0, sql)).answer)
    const ranks = `SELECT max(r), sum(r * (i % 7)) FROM (SELECT i, rank() OVER (ORDER BY i % 50) AS r FROM range(200000) AS rows(i)) AS ranked`
    expect((await runWith(5, ranks)).answer).toBe((await runWith(0, ranks)).answer)
  })

  it('are as many as asked for, each a consumer with an account of its own', async () => {
    await open()
    const { profile } = await runWith(4, SUM_OF_GROUPS)
    const { partitions } = operatorOf(profile, 'Aggregate')
    expect(partitions.map(({ consumer }) => consumer)).toEqual(
      [0, 1, 2, 3].map((index) => expect.stringMatching(`^Aggregate #\\d+\\[${index}\\]$`) as string),
    )
    const names = new Set(profile.memory.flatMap(({ consumers }) => consumers.map(({ name }) => name)))
    for (const { consumer, peakBytes } of partitions) {
      expect(names).toContain(consumer)
      expect(peakBytes).toBeGreaterThan(0)
    }
  })

  it('share the memory as the pool says: equally, or whoever comes first', async () => {
    await open()
    const uneven = `SELECT count(*), max(n) FROM (SELECT k, count(*) AS n FROM (
      SELECT CASE WHEN (i // 16384) % 4 = 3 THEN i ELSE 0 END AS k FROM range(400000) AS rows(i)) AS r GROUP BY k) AS g`
    const fair = operatorOf((await runWith(4, uneven)).profile, 'Aggregate')
    const share = Math.max(...fair.partitions.map(({ peakBytes }) => peakBytes))
    expect(fair.spillCount).toBeGreaterThan(0)
    ;(await session!.run('sql', "SET memory_pool = 'greedy'")).close()
    const greedy = operatorOf((await runWith(4, uneven)).profile, 'Aggregate')
    expect(Math.max(...greedy.partitions.map(({ peakBytes }) => peakBytes))).toBeGreaterThan(1.5 * share)
    expect(greedy.spillCount).toBeLessThan(fair.spillCount)
  })

  it('that are many spill more than few, where the same groups are in all of them', async () => {
    await open({ heapMiB: 20 })
    const few = operatorOf((await runWith(4, SUM_OF_GROUPS)).profile, 'Aggregate')
    const many = operatorOf((await runWith(16, SUM_OF_GROUPS)).profile, 'Aggregate')
    expect(many.partitions).toHaveLength(16)
    expect(many.spillCount).toBeGreaterThan(2 * few.spillCount)
    expect(many.spilledBytes).toBeGreaterThan(2 * few.spilledBytes)
  })

  it('leave room for the merge of what an operator before them spilled', async () => {
    await open({ threads: 2 })
    const sql = `SELECT count(*), sum(n), sum(kinds) FROM (
      SELECT a, b, count(*) AS n, count(DISTINCT c) AS kinds FROM (
        SELECT hash(i) % 2000 AS a, hash(i + 1) % 14 AS b, hash(i) % 2000 * 100 + hash(i + 2) % 60 AS c
        FROM range(2000000) AS rows(i)) AS r GROUP BY a, b) AS g`
    expect((await runWith(16, sql)).answer).toBe((await runWith(0, sql)).answer)
  })

  it.each(['Aggregate', 'Sort', 'HashJoin'])(
    'of an operator (%s) account for what it spilled',
    async (name) => {
      await open()
      ;(await session!.run('sql', "SET spill_compression = 'lz4'")).close()
      const sql = { Aggregate: SUM_OF_GROUPS, Sort: SUM_OF_SORTED, HashJoin: JOINED }[name]!
      const { profile } = await runWith(12, sql)
      const operator = operatorOf(profile, name)
      const sum = (figure: keyof (typeof operator.partitions)[number]): number =>
        operator.partitions.reduce((total, partition) => total + Number(partition[figure]), 0)
      expect(operator.spillCount).toBeGreaterThan(0)
      // A join writes its other side in the operator's name, and so may merging write again.
      for (const figure of ['spilledBytes', 'spillCount', 'spillWrittenBytes', 'spillReadBytes'] as const) {
        expect(sum(figure), figure).toBeGreaterThan(0)
        expect(sum(figure), figure).toBeLessThanOrEqual(operator[figure])
        if (name === 'Aggregate') expect(sum(figure), figure).toBe(operator[figure])
      }
      for (const partition of operator.partitions.filter(({ spillCount }) => spillCount > 0)) {
        expect(partition.compressionRatio).toBeGreaterThan(1)
        expect(partition.mergePasses).toBeGreaterThan(0)
        expect(partition.spillMs).toBeGreaterThan(0)
      }
      const spills = profile.events.filter(({ kind }) => kind === 'spill')
      expect(new Set(spills.map(({ consumer }) => consumer)).size).toBeGreaterThan(1)
    },
  )

  it('are rows of EXPLAIN ANALYZE below their operator', async () => {
    await open()
    const { answer } = await runWith(12, `EXPLAIN ANALYZE ${SUM_OF_GROUPS}`)
    expect(answer).toMatch(/ {4}Aggregate .* 12000 .*\n {6}Aggregate #\d+\[0\] partition null null/)
    expect(answer).toContain('[11] partition')
  })

  it('are none where a result depends on the order of rows, so that it is the same bit for bit', async () => {
    await open()
    const sql = `SELECT k, sum(x), first(i), string_agg(i, ',') FROM (
      SELECT i % 5 AS k, i, 1 / (i + 0.1) AS x FROM range(60000) AS rows(i)) AS r GROUP BY k ORDER BY k`
    const { answer, profile } = await runWith(8, sql)
    expect(answer).toBe((await runWith(0, sql)).answer)
    const [aggregate] = profile.operators.filter(({ name }) => name === 'Aggregate')
    expect(aggregate?.partitions).toEqual([])
  })

  it('are asked for by a whole number, and shown as such', async () => {
    await open()
    expect((await runWith(7, 'SHOW target_partitions')).answer).toContain('7')
    expect((await runWith(0, 'SHOW target_partitions')).answer).toContain('none')
    await expect(runWith(257, 'SELECT 1')).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
