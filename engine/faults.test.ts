import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { decoderModuleUrl } from './formats/parquet/decoder-module.ts'
import { limitMemory } from './formats/parquet/limit-memory.ts'
import { nodePlatform } from './node-platform.ts'
import type { Platform } from './platform.ts'
import { Session } from './session.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { heldByQueries } from './testing/held-by-queries.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'
import { MemorySpillFile, type SpillFault } from './testing/memory-spill-file.ts'
import { memorySpillStorage } from './testing/memory-spill-storage.ts'

const MIB = 2 ** 20
const CANCELS = 1000

/** Each spills where there are some 4 MiB for it, and is over soon. */
const QUERIES: Readonly<Record<string, string>> = {
  sort: `SELECT sum(place * (person % 1009)) FROM (
    SELECT person, row_number() OVER (ORDER BY name DESC) AS place FROM people) t`,
  'group by': `SELECT count(*), sum(n), max(least) FROM (
    SELECT name, count(*) AS n, min(person) AS least FROM people GROUP BY name) t`,
  join: `SELECT count(*), sum(a.person), sum(length(b.label)) FROM people a
    JOIN (SELECT name, name || ', whose label is a little longer' AS label FROM people) b ON a.name = b.name`,
  window: `SELECT max(total), sum(length(later)) FROM (
    SELECT sum(person) OVER () AS total, max(name) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later
    FROM people) t`,
}

/** Whatever else spills, over rows of people with a label. */
const LABELLED = `(SELECT person, team, name || ', whose label takes some room' AS label FROM people)`
const MORE_QUERIES: Readonly<Record<string, string>> = {
  distinct: `SELECT count(*), max(label) FROM (SELECT DISTINCT label FROM ${LABELLED} p) t`,
  'count distinct': `SELECT count(DISTINCT label), count(DISTINCT person) FROM ${LABELLED} p`,
  'counted values': `SELECT median(person), max(q) FROM (SELECT person, quantile_disc(label, 0.3) OVER () AS q FROM ${LABELLED} p) t`,
  'full join': `SELECT count(*), count(a.label), max(b.label) FROM ${LABELLED} a FULL JOIN ${LABELLED} b ON a.person = b.person + 9`,
  'join on one key': `SELECT count(*), sum(b.person), max(b.label) FROM (SELECT *, 1 AS k FROM ${LABELLED} p) b
    JOIN (SELECT person % 997 AS k FROM people UNION ALL SELECT person % 991 + 2 FROM people) a ON a.k = b.k`,
  'asof join': `SELECT count(*), sum(b.person), max(b.label) FROM ${LABELLED} a
    ASOF JOIN ${LABELLED} b ON a.team = b.team AND a.person > b.person`,
  union: `SELECT count(*), max(label) FROM (SELECT label FROM ${LABELLED} a UNION SELECT name FROM people) t`,
  'except all': `SELECT count(*), max(label) FROM (SELECT label FROM ${LABELLED} a EXCEPT ALL SELECT name FROM people) t`,
  'common table': `WITH c AS MATERIALIZED (SELECT * FROM ${LABELLED} p)
    SELECT count(*), sum(a.person), max(b.label) FROM c a JOIN c b ON a.person = b.person + 1`,
  recursion: `WITH RECURSIVE r(person, step, label) AS (SELECT person, 0, label FROM ${LABELLED} p
    UNION ALL SELECT person, step + 1, label FROM r WHERE step < 2) SELECT count(*), sum(step), max(label) FROM r`,
}

/** Reads all of the large table through a heap that a row group does not fit. */
const SCAN = `SELECT count(*), sum(id), max(note), min(moment), sum(amount), max(kind) FROM events`

let files: LargeFiles
const answers = new Map<string, readonly (string | null)[]>()

beforeAll(async () => {
  files = await makeLargeFiles()
  for (const sql of [...Object.values(QUERIES), ...Object.values(MORE_QUERIES), SCAN])
    answers.set(sql, await files.ask(sql))
}, 120_000)

afterAll(() => files.close())

/** An engine of 16 MiB of which `taken` are gone. */
async function openSession(platform: Platform, taken: number): Promise<Session> {
  const session = await Session.open(platform, { heapBudgetBytes: 16 * MIB, memoryPool: 'fair', threads: 1 })
  for (const [name, file] of Object.entries(files.paths)) await session.registerFile(name, [file])
  // Under a name that may hold memory between queries.
  const { heap, pool } = session.resources.runtime
  const lasting = pool.register({ name: 'Engine', canSpill: false })
  lasting.grow(taken)
  heap.pages.allocate(taken / 65_536)
  return session
}

async function expectAnswer(session: Session, sql: string): Promise<void> {
  const result = await session.run('sql', sql)
  const found = cellsOf(result.toArrow())[0]?.map((cell) => (cell === null ? null : String(cell)))
  result.close()
  expect(found, sql).toEqual(answers.get(sql))
}

describe('a spill file that fails', () => {
  let file: MemorySpillFile
  let session: Session

  beforeEach(async () => {
    file = new MemorySpillFile()
    session = await openSession({ ...nodePlatform, spillStorage: memorySpillStorage(file) }, 6 * MIB)
  })

  afterEach(() => session.close())

  const faults: readonly (readonly [SpillFault, string])[] = [
    [{ kind: 'write fails', call: 1 }, 'spill_damaged'],
    [{ kind: 'write fails', call: 3 }, 'spill_damaged'],
    [{ kind: 'short write', call: 1 }, 'spill_damaged'],
    [{ kind: 'quota', bytes: 0 }, 'out_of_disk'],
    [{ kind: 'quota', bytes: 700_000 }, 'out_of_disk'],
    [{ kind: 'cut off', bytes: 300_000 }, 'spill_damaged'],
    [{ kind: 'damaged read', at: 200_001 }, 'spill_damaged'],
  ]

  it.each(faults)(
    '%o ends queries with %s, and the next one is answered',
    async (fault, code) => {
      for (const compression of ['none', 'lz4']) {
        const set = await session.run('sql', `SET spill_compression = '${compression}'`)
        set.close()
        for (const [name, sql] of Object.entries(QUERIES)) {
          await expectAnswer(session, sql)
          file.writes.length = 0
          file.fault = fault
          // Compressed, less is written than some faults wait for.
          const outcome = await expectAnswer(session, sql).then(
            () => 'answered',
            (error: unknown) => error,
          )
          if (compression === 'none' || outcome !== 'answered') {
            expect(outcome, `${name}, ${compression}`).toMatchObject({ code })
          }
          file.fault = null
          expect(heldByQueries(session.resources.runtime), name).toEqual([])
          await expectAnswer(session, sql)
          expect(heldByQueries(session.resources.runtime), name).toEqual([])
        }
      }
    },
    120_000,
  )

  it.each(Object.entries(MORE_QUERIES))(
    'ends a query that spills, and the next one is answered: %s',
    async (_, sql) => {
      const { runtime } = session.resources
      const faults = [
        { kind: 'write fails', call: 1, code: 'spill_damaged' },
        { kind: 'quota', bytes: 0, code: 'out_of_disk' },
        { kind: 'damaged read', at: 70_001, code: 'spill_damaged' },
      ] as const
      for (const { code, ...fault } of faults) {
        file.writes.length = 0
        file.fault = fault
        await expect(expectAnswer(session, sql), fault.kind).rejects.toMatchObject({ code })
        file.fault = null
        expect(heldByQueries(runtime), fault.kind).toEqual([])
      }
      await expectAnswer(session, sql)
      expect(heldByQueries(runtime)).toEqual([])
    },
    60_000,
  )

  it('ends what makes a table, and a result that has to leave the heap', async () => {
    const { runtime } = session.resources
    const rows = `SELECT a.*, b.label || b.label AS long FROM ${LABELLED} a JOIN ${LABELLED} b ON a.person = b.person`
    for (const sql of [`CREATE TABLE made AS ${rows}`, rows]) {
      file.fault = { kind: 'quota', bytes: 2 * MIB }
      await expect(session.run('sql', sql)).rejects.toMatchObject({ code: 'out_of_disk' })
      file.fault = null
      expect(heldByQueries(runtime), sql).toEqual([])
    }
    await expect(session.run('sql', 'FROM made')).rejects.toMatchObject({ code: 'unknown_table' })
    const result = await session.run('sql', rows)
    file.fault = { kind: 'cut off', bytes: 0 }
    expect(() => result.toArrow()).toThrow(expect.objectContaining({ code: 'spill_damaged' }) as Error)
    file.fault = null
    expect(result.toArrow().numRows).toBe(60_000)
    result.close()
    expect(heldByQueries(runtime)).toEqual([])
  }, 60_000)

  it('while a scan keeps decoded parts there: what cannot be written is decoded again, what is damaged is said', async () => {
    file.fault = { kind: 'quota', bytes: 100_000 }
    await expectAnswer(session, SCAN)
    expect(heldByQueries(session.resources.runtime)).toEqual([])
    file.fault = { kind: 'damaged read', at: 400_000 }
    await expect(expectAnswer(session, SCAN)).rejects.toMatchObject({ code: 'spill_damaged' })
    expect(heldByQueries(session.resources.runtime)).toEqual([])
    file.fault = null
    await expectAnswer(session, SCAN)
    expect(heldByQueries(session.resources.runtime)).toEqual([])
  }, 120_000)

  it('or a query that is cancelled at any moment leaves nothing behind', async () => {
    let state = 20_261_121
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const queries = Object.values(QUERIES)
    let cancelled = 0
    for (let turn = 0; turn < CANCELS; turn++) {
      const sql = queries[turn % queries.length]!
      const controller = new AbortController()
      let calls = random(40)
      const count = (): void => {
        if (calls-- === 0) controller.abort()
      }
      const how = turn % 3
      file.onCall = how === 0 ? count : () => undefined
      const timer = how === 1 ? setTimeout(() => controller.abort(), random(25)) : undefined
      const onProgress = how === 2 ? count : () => undefined
      try {
        const result = await session.run('sql', sql, { signal: controller.signal, onProgress })
        result.close()
      } catch (error) {
        expect(error).toMatchObject({ code: 'cancelled' })
        cancelled++
      }
      clearTimeout(timer)
      file.onCall = () => undefined
      expect(heldByQueries(session.resources.runtime), `${turn}: ${sql}`).toEqual([])
      if (turn % 50 === 49) await expectAnswer(session, sql)
    }
    expect(cancelled).toBeGreaterThan(CANCELS / 4)
  }, 300_000)
})

describe('memory that the platform refuses', () => {
  it('for the heap is an error that says so, and a smaller engine opens', async () => {
    const refuse = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory')
    })
    const options = { heapBudgetBytes: 64 * MIB, memoryPool: 'fair', threads: 1 } as const
    await expect(Session.open(nodePlatform, options)).rejects.toMatchObject({ code: 'out_of_memory' })
    refuse.mockRestore()
    const session = await Session.open(nodePlatform, options)
    await session.close()
  })

  it('for a decoder ends the query that needs it, and others are answered', async () => {
    const decoder = async (): Promise<WebAssembly.Module> =>
      WebAssembly.compile(limitMemory(await readFile(decoderModuleUrl()), 5 * MIB))
    const session = await openSession({ ...nodePlatform, parquetDecoder: decoder }, 4 * MIB)
    try {
      const { runtime } = session.resources
      for (let turn = 0; turn < 3; turn++) {
        await expect(expectAnswer(session, SCAN)).rejects.toMatchObject({
          message: expect.stringContaining('column note'),
        })
        expect(heldByQueries(runtime)).toEqual([])
        await expectAnswer(session, QUERIES['sort']!)
        expect(heldByQueries(runtime)).toEqual([])
      }
    } finally {
      await session.close()
    }
  }, 120_000)
})
