import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LakebookOptions } from './lakebook.ts'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

/** Every pipeline breaker, each reduced to one row of checksums that do not depend on order among equals. */
const QUERIES: Readonly<Record<string, string>> = {
  sort: `SELECT sum(place * (id % 1009)) FROM (SELECT id, row_number() OVER (ORDER BY note, id) AS place FROM events) t`,
  'top n': `SELECT sum(id), min(note), max(note) FROM (SELECT * FROM events ORDER BY note DESC, id LIMIT 20000 OFFSET 100) t`,
  'group by': `SELECT count(*), sum(n), sum(total), max(first) FROM (
    SELECT person, kind, count(*) AS n, sum(amount) AS total, min(note) AS first FROM events GROUP BY person, kind) t`,
  distinct: `SELECT count(*), min(note) FROM (SELECT DISTINCT note FROM events) t`,
  'count distinct': `SELECT count(DISTINCT note), count(DISTINCT person) FROM events`,
  join: `SELECT count(*), sum(e.id * p.team), max(p.name) FROM events e JOIN people p ON e.person = p.person WHERE p.active`,
  'join on text': `SELECT count(*), sum(a.id) FROM events a JOIN events b ON a.note = b.note`,
  'left join': `SELECT count(*), count(p.name), sum(e.id) FROM people p LEFT JOIN events e ON p.person = e.person AND e.id % 10 = 0`,
  'full join': `SELECT count(*), count(a.id), count(b.id), sum(a.id) FROM (SELECT * FROM events WHERE id % 3 = 0) a
    FULL JOIN (SELECT * FROM events WHERE id % 2 = 0) b ON a.id = b.id`,
  'semi and anti join': `SELECT (SELECT count(*) FROM people WHERE person IN (SELECT person FROM events WHERE id % 7 = 0)),
    (SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.person = p.person AND e.id % 7 = 0))`,
  window: `SELECT sum(r), sum(s * 1.0), sum(prev), max(total) FROM (SELECT
    rank() OVER w AS r, count(*) OVER w AS s, lag(id, 1, 0) OVER w AS prev, sum(amount) OVER (PARTITION BY person) AS total
    FROM events WINDOW w AS (PARTITION BY person ORDER BY moment, id)) t`,
  union: `SELECT count(*), sum(n) FROM (SELECT person, count(*) AS n FROM (
    SELECT person FROM events UNION ALL SELECT person FROM people) u GROUP BY person) t`,
  intersect: `SELECT count(*), sum(person) FROM (SELECT person FROM events INTERSECT SELECT person FROM people WHERE active) t`,
}

const MIB = 2 ** 20

const GRID: readonly LakebookOptions[] = [
  { heapBudgetBytes: 16 * MIB, threads: 1, memoryPool: 'fair' },
  { heapBudgetBytes: 16 * MIB, threads: 1, memoryPool: 'greedy' },
  { heapBudgetBytes: 64 * MIB, threads: 1, memoryPool: 'fair' },
  { heapBudgetBytes: 1024 * MIB, threads: 1, memoryPool: 'greedy' },
  { heapBudgetBytes: 32 * MIB, threads: 2, memoryPool: 'fair' },
  { heapBudgetBytes: 1024 * MIB, threads: 2, memoryPool: 'unbounded' },
]

describe('the answer is the same at every budget, under every pool and on any number of threads', () => {
  let files: LargeFiles
  const expected = new Map<string, readonly (string | null)[]>()

  beforeAll(async () => {
    files = await makeLargeFiles()
    for (const [name, sql] of Object.entries(QUERIES)) expected.set(name, await files.ask(sql))
  }, 120_000)

  afterAll(() => files.close())

  it.each(GRID)(
    '$heapBudgetBytes bytes, $threads threads, $memoryPool pool',
    async (options) => {
      const lake = await openLakebook(options)
      try {
        for (const [name, file] of Object.entries(files.paths)) await lake.registerFile(name, file)
        for (const [name, sql] of Object.entries(QUERIES)) {
          const { table, profile } = await lake.sql(sql)
          expect(
            cellsOf(table)[0]?.map((cell) => (cell === null ? null : String(cell))),
            name,
          ).toEqual(expected.get(name))
          expect(profile.peakReservedBytes, name).toBeLessThanOrEqual(options.heapBudgetBytes!)
          const held = lake.memory().consumers.filter((consumer) => consumer.reservedBytes > 0)
          const lasting = ['Engine', 'Column cache']
          expect(
            held.map((consumer) => consumer.name).filter((consumer) => !lasting.includes(consumer)),
            name,
          ).toEqual([])
          expect(lake.memory().spillFileBytes, name).toBe(0)
        }
      } finally {
        await lake.close()
      }
    },
    120_000,
  )

  it('spills where the heap is too small, and says so', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * MIB, threads: 1 })
    try {
      await lake.registerFile('events', files.paths['events']!)
      for (const name of ['sort', 'group by', 'distinct', 'join on text', 'window']) {
        const { profile } = await lake.sql(QUERIES[name]!)
        expect(profile.spilledBytes, name).toBeGreaterThan(0)
        expect(
          profile.operators.some((operator) => operator.spillCount > 0),
          name,
        ).toBe(true)
      }
    } finally {
      await lake.close()
    }
  }, 120_000)
})
