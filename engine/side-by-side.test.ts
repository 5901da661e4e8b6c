import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryProfile } from './lakebook.ts'
import type { MemoryPool } from './memory/memory-pool.ts'
import { cancelRun, runCellsOf } from './memory/run-cells.ts'
import { nodePlatform } from './node-platform.ts'
import type { ResourceOptions } from './resources.ts'
import { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { GRID_QUERIES } from './testing/budget-grid.ts'
import { heldByQueries } from './testing/held-by-queries.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

/** Each of them spills where the heap is small. */
const HEAVY = ['sort', 'group by', 'join on text', 'window']
const MIB = 2 ** 20

let files: LargeFiles
const expected = new Map<string, readonly (string | null)[]>()

beforeAll(async () => {
  files = await makeLargeFiles()
  for (const name of HEAVY) await answerOf(name)
}, 120_000)

afterAll(() => files.close())

async function open(options: Partial<ResourceOptions>): Promise<Session> {
  const session = await Session.open(nodePlatform, {
    heapBudgetBytes: 24 * MIB,
    memoryPool: 'fair',
    threads: 1,
    ...options,
  })
  for (const [name, file] of Object.entries(files.paths)) await session.registerFile(name, [file])
  return session
}

function onlyRow(result: StoredResult): readonly (string | null)[] {
  const [row] = cellsOf(result.toArrow())
  return row?.map((cell) => (cell === null ? null : String(cell))) ?? []
}

/** What native DuckDB says. */
async function answerOf(name: string): Promise<readonly (string | null)[]> {
  const known = expected.get(name) ?? (await files.ask(GRID_QUERIES[name]!))
  expected.set(name, known)
  return known
}

/** Runs them at the same time: each gives its answer, and nothing is held afterwards. */
async function runSideBySide(session: Session, names: readonly string[]): Promise<readonly QueryProfile[]> {
  const results = await Promise.all(names.map((name) => session.run('sql', GRID_QUERIES[name]!)))
  for (const [index, name] of names.entries()) {
    expect(onlyRow(results[index]!), name).toEqual(await answerOf(name))
    results[index]!.close()
  }
  expect(heldByQueries(session.resources.runtime), names.join()).toEqual([])
  return results.map(({ profile }) => profile)
}

async function valueOf(session: Session, sql: string): Promise<string | null> {
  const result = await session.run('sql', sql)
  const [value] = onlyRow(result)
  result.close()
  return value ?? null
}

async function done(session: Session, sql: string): Promise<void> {
  ;(await session.run('sql', sql)).close()
}

/** First come, first served, as an embedder may write it. */
function ownPool(limitBytes: number): MemoryPool {
  let heldBytes = 0
  return {
    name: 'own',
    register: () => undefined,
    unregister: () => undefined,
    tryGrow(_consumer, additionalBytes) {
      if (heldBytes + additionalBytes > limitBytes) return false
      heldBytes += additionalBytes
      return true
    },
    shrink(_consumer, bytes) {
      heldBytes -= bytes
    },
  }
}

describe('queries side by side', () => {
  it.each([
    { budget: 16, pool: 'fair', threads: 1, count: 4 },
    { budget: 24, pool: 'own', threads: 1, count: 2 },
    { budget: 32, pool: 'greedy', threads: 2, count: 2 },
  ] as const)(
    'have the answers that they have alone: $count in $budget MiB, $pool pool',
    async ({ budget, pool, threads, count }) => {
      const heapBudgetBytes = budget * MIB
      const memoryPool = pool === 'own' ? ownPool(heapBudgetBytes / 2) : pool
      const session = await open({ heapBudgetBytes, memoryPool, threads })
      try {
        const profiles = await runSideBySide(session, HEAVY.slice(0, count))
        expect(new Set(profiles.map(({ run }) => run)).size).toBe(count)
        for (const { peakReservedBytes } of profiles) {
          expect(peakReservedBytes).toBeLessThanOrEqual(heapBudgetBytes)
        }
      } finally {
        await session.close()
      }
    },
    120_000,
  )

  it.each([
    { budget: 24, pool: 'fair', threads: 4, seed: 3 },
    { budget: 24, pool: 'greedy', threads: 1, seed: 5 },
    { budget: 32, pool: 'greedy', threads: 2, seed: 8 },
    { budget: 32, pool: 'fair', threads: 1, seed: 13 },
  ] as const)(
    'all finish, whatever they are: $budget MiB, $pool pool, $threads threads',
    async ({ budget, pool, threads, seed }) => {
      const session = await open({ heapBudgetBytes: budget * MIB, memoryPool: pool, threads })
      const names = Object.keys(GRID_QUERIES).filter((name) => name !== 'weighted window')
      try {
        // Five that lie far apart in the list.
        await runSideBySide(
          session,
          [0, 1, 2, 3, 4].map((nth) => names[(seed + nth * 7) % names.length]!),
        )
      } finally {
        await session.close()
      }
    },
    120_000,
  )

  it('take turns: a short one is not kept waiting by a long one', async () => {
    const session = await open({ heapBudgetBytes: 64 * MIB })
    try {
      let longEnded = false
      const long = session.run('sql', GRID_QUERIES['sort']!).then((result) => {
        longEnded = true
        result.close()
      })
      const short = await session.run('sql', 'SELECT count(*) FROM people')
      expect(longEnded).toBe(false)
      short.close()
      await long
    } finally {
      await session.close()
    }
  }, 60_000)

  it.each([1, 2])(
    'take turns in the middle of a row that multiplies to very many, and such a one is cancelled at once: %i threads',
    async (threads) => {
      const session = await open({ heapBudgetBytes: 64 * MIB, threads })
      try {
        await done(session, 'CREATE TABLE six AS SELECT 1 AS one, range AS v FROM range(6)')
        const sixes = Array.from({ length: 14 }, (_, nth) => `JOIN six s${nth} ON s${nth}.one = e.id % 2`)
        for (const slow of [
          `SELECT count(*) FROM events e ${sixes.join(' ')}`,
          'SELECT count(*) FROM events e, range(3000) b, range(3000) c, range(3000) d WHERE b.range + c.range + d.range = e.id',
        ]) {
          const controller = new AbortController()
          const long = session.run('sql', slow, { signal: controller.signal })
          const rejected = expect(long, slow).rejects.toMatchObject({ code: 'cancelled' })
          await new Promise((resolve) => setTimeout(resolve, 200))
          const waitedMs: number[] = []
          for (let nth = 0; nth < 5; nth++) {
            const startedMs = performance.now()
            expect(await valueOf(session, `SELECT 6 * ${nth}`)).toBe(String(6 * nth))
            waitedMs.push(performance.now() - startedMs)
          }
          expect(Math.min(...waitedMs), slow).toBeLessThan(100)
          const cancelledMs = performance.now()
          controller.abort()
          await rejected
          expect(performance.now() - cancelledMs, slow).toBeLessThan(1000)
        }
        await done(session, 'DROP TABLE six')
        expect(heldByQueries(session.resources.runtime)).toEqual([])
      } finally {
        await session.close()
      }
    },
    60_000,
  )

  it('are cancelled one by one, by a signal or by number, and the others go on', async () => {
    const session = await open({ threads: 2, heapBudgetBytes: 64 * MIB })
    const { heap } = session.resources.runtime
    const slow = `SELECT count(*) FROM events a JOIN people b ON a.person % 7 <> b.person % 11 + length(a.note)`
    try {
      for (const how of ['signal', 'number']) {
        const controller = new AbortController()
        const others = ['group by', 'sort'].map((name) => session.run('sql', GRID_QUERIES[name]!))
        const cancelled = session.run('sql', slow, { run: 5, signal: controller.signal })
        let cancelledMs = 0
        setTimeout(() => {
          cancelledMs = performance.now()
          if (how === 'signal') controller.abort()
          else cancelRun(runCellsOf(heap.memory), 5)
        }, 100)
        await expect(cancelled, how).rejects.toMatchObject({ code: 'cancelled' })
        expect(performance.now() - cancelledMs, how).toBeLessThan(1000)
        const [groups, sorted] = await Promise.all(others)
        expect(onlyRow(groups!)).toEqual(expected.get('group by'))
        expect(onlyRow(sorted!)).toEqual(expected.get('sort'))
        groups!.close()
        sorted!.close()
        expect(heldByQueries(session.resources.runtime)).toEqual([])
      }
    } finally {
      await session.close()
    }
  }, 60_000)

  it('run again alone when they ran out of memory beside others, and say so', async () => {
    const held = new Map<number, number>()
    const session = await open({
      memoryPool: {
        name: 'one run at a time',
        register: () => undefined,
        unregister: () => undefined,
        tryGrow({ run, canSpill }, bytes) {
          if (run === undefined || canSpill) return true
          if ([...held].some(([other, otherBytes]) => other !== run && otherBytes > 0)) return false
          held.set(run, (held.get(run) ?? 0) + bytes)
          return true
        },
        shrink({ run, canSpill }, bytes) {
          if (run !== undefined && !canSpill) held.set(run, (held.get(run) ?? 0) - bytes)
        },
      },
    })
    try {
      const names = ['group by', 'window', 'sort']
      const runs = names.map((name) => session.run('sql', GRID_QUERIES[name]!))
      await new Promise((begun) => setTimeout(begun, 20))
      session.settings = { ...session.settings, spillCompression: 'lz4' }
      const results = await Promise.all(runs)
      expect(results.map(onlyRow)).toEqual(names.map((name) => expected.get(name)))
      expect(results.map(({ profile }) => profile.attempts).sort()).toEqual([1, 2, 2])
      const [last] = results.map(({ profile }) => profile).sort((a, b) => b.waitedMs - a.waitedMs)
      expect(last!.waitedMs).toBeGreaterThan(0)
      expect(last!.elapsedMs).toBeGreaterThan(last!.waitedMs)
      // the settings are those that there were when they began
      const spilled = results.flatMap(({ profile }) =>
        profile.operators.filter(({ spillCount }) => spillCount > 0),
      )
      expect(spilled.length).toBeGreaterThan(0)
      for (const { compressionRatio } of spilled) expect(compressionRatio).toBeCloseTo(1, 1)
      for (const result of results) result.close()
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    } finally {
      await session.close()
    }
  }, 60_000)
})

describe('changes beside queries', () => {
  it('of what a query reads do not touch it', async () => {
    const session = await open({})
    const create = 'CREATE OR REPLACE TABLE t AS SELECT id, person FROM events WHERE id % 2 = 0'
    const query = 'SELECT sum(a.id) FROM t a JOIN t b ON a.id = b.id'
    try {
      await done(session, create)
      const wanted = await valueOf(session, query)
      const changes = [
        'INSERT INTO t SELECT id, person FROM t WHERE id < 1000',
        'DROP TABLE t',
        'CREATE OR REPLACE TABLE t AS SELECT 1 AS id',
      ]
      for (const change of changes) {
        const reading = session.run('sql', query)
        const counting = session.run('sql', 'SELECT count(*) FROM people')
        // They have been bound.
        ;(await counting).close()
        await done(session, change)
        const result = await reading
        expect(onlyRow(result), change).toEqual([wanted])
        result.close()
        await done(session, create)
      }
      await done(session, 'DROP TABLE t')
      const joined = session.run('sql', GRID_QUERIES['join on text']!)
      ;(await session.run('sql', 'SELECT count(*) FROM people')).close()
      await session.dropTable('events')
      const result = await joined
      expect(onlyRow(result)).toEqual(expected.get('join on text'))
      result.close()
      await expect(session.run('sql', 'SELECT * FROM events')).rejects.toMatchObject({
        code: 'unknown_table',
      })
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    } finally {
      await session.close()
    }
  }, 120_000)

  it('of the same table do not get lost', async () => {
    const session = await open({})
    try {
      await done(session, 'CREATE TABLE t (i BIGINT)')
      const inserts = Array.from({ length: 40 }, (_, i) => done(session, `INSERT INTO t VALUES (${i})`))
      await Promise.all(inserts)
      expect(await valueOf(session, 'SELECT sum(i) FROM t')).toBe('780')
      const made = await Promise.allSettled(
        [1, 2].map((value) => done(session, `CREATE TABLE once AS SELECT ${value} AS x FROM events LIMIT 1`)),
      )
      expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      await done(session, 'DROP TABLE t')
      await done(session, 'DROP TABLE once')
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    } finally {
      await session.close()
    }
  }, 60_000)

  it('of how spills are written concern the statements that begin afterwards', async () => {
    const session = await open({ heapBudgetBytes: 16 * MIB })
    try {
      const plain = session.run('sql', GRID_QUERIES['sort']!)
      ;(await session.run('sql', 'SELECT 1')).close()
      await done(session, "SET spill_compression = 'lz4'")
      const packed = session.run('sql', GRID_QUERIES['sort']!)
      const ratios = []
      for (const result of await Promise.all([plain, packed])) {
        const sort = result.profile.operators.find(({ spillCount }) => spillCount > 0)
        ratios.push(sort?.compressionRatio ?? 0)
        expect(onlyRow(result)).toEqual(expected.get('sort'))
        result.close()
      }
      expect(ratios[0]).toBeCloseTo(1, 1)
      expect(ratios[1]).toBeGreaterThan(1.2)
      expect(heldByQueries(session.resources.runtime)).toEqual([])
    } finally {
      await session.close()
    }
  }, 60_000)
})
