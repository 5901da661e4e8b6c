import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ComputePort } from './execution/team/compute-port.ts'
import { startThread, threadPort } from './node-compute.ts'
import { nodePlatform } from './node-platform.ts'
import { cancelRun, runCellsOf } from './memory/run-cells.ts'
import type { Platform } from './platform.ts'
import type { ResourceOptions } from './resources.ts'
import { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { heldByQueries } from './testing/held-by-queries.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

const MIB = 2 ** 20

/** Each gives one row; `shared`: threads take part where there is memory. */
const QUERIES: Readonly<Record<string, { readonly sql: string; readonly shared: boolean }>> = {
  'without keys': {
    sql: 'SELECT count(*), sum(id), min(note), max(note), avg(amount), count(kind) FROM events WHERE person % 3 <> 0',
    shared: true,
  },
  'no rows': { sql: 'SELECT count(*), sum(id), min(note) FROM events WHERE id % 2 = 3', shared: true },
  'few groups': {
    sql: `SELECT count(*), sum(n), sum(total), min(least), max(most) FROM (SELECT kind, count(*) AS n, sum(amount) AS total,
      min(note) AS least, max(note) AS most FROM events GROUP BY kind) t`,
    shared: true,
  },
  'many groups': {
    sql: `SELECT count(*), sum(n), sum(total), max(least) FROM (SELECT person, kind, count(*) AS n, sum(amount) AS total,
      min(note) AS least FROM events GROUP BY person, kind) t`,
    shared: true,
  },
  'distinct texts': {
    sql: 'SELECT count(*), min(note) FROM (SELECT DISTINCT note FROM events) t',
    shared: true,
  },
  'probe side of a join': {
    sql: `SELECT count(*), sum(e.id * p.team), max(p.name) FROM events e JOIN people p ON e.person = p.person WHERE p.active`,
    shared: true,
  },
  'build rows without a match': {
    sql: `SELECT count(*), count(e.id), sum(p.person) FROM events e RIGHT JOIN people p ON e.person = p.person AND e.id % 50 = 0`,
    shared: true,
  },
  'two inputs': {
    sql: `SELECT count(*), sum(x), min(y) FROM (SELECT id AS x, note AS y FROM events UNION ALL SELECT person, name FROM people) t`,
    shared: true,
  },
  'what depends on the order of rows': {
    sql: 'SELECT sum(id * 0.1::DOUBLE) > 0, first(id), last(note) FROM events',
    shared: false,
  },
}

describe('threads', () => {
  let files: LargeFiles
  const expected = new Map<string, readonly (string | null)[]>()

  beforeAll(async () => {
    files = await makeLargeFiles()
    for (const [name, { sql }] of Object.entries(QUERIES)) expected.set(name, await files.ask(sql))
  }, 120_000)

  afterAll(() => files.close())

  async function open(
    options: Partial<ResourceOptions>,
    platform: Platform = nodePlatform,
  ): Promise<Session> {
    const session = await Session.open(platform, {
      heapBudgetBytes: 64 * MIB,
      memoryPool: 'fair',
      threads: 2,
      ...options,
    })
    for (const [name, file] of Object.entries(files.paths)) await session.registerFile(name, [file])
    return session
  }

  it.each([
    { threads: 2, heapBudgetBytes: 16 * MIB },
    { threads: 4, heapBudgetBytes: 24 * MIB, memoryPool: 'greedy' as const },
    { threads: 4, heapBudgetBytes: 64 * MIB },
  ])(
    'give what one thread gives: %o',
    async (options) => {
      const session = await open(options)
      try {
        // The second time, what one thread decoded is lent to another.
        for (const time of ['cold', 'hot']) {
          for (const [name, { sql, shared }] of Object.entries(QUERIES)) {
            const result = await session.run('sql', sql)
            expect(onlyRow(result), `${name}, ${time}`).toEqual(expected.get(name))
            const threads = threadsOf(result)
            const inMemory = Math.floor(session.resources.runtime.heap.usableBytes / (8 * MIB))
            if (!shared || Math.min(options.threads, inMemory) < 2) expect(threads, name).toBe(1)
            else expect(threads, name).toBeGreaterThan(1)
            result.close()
            expectOnlyCacheHeld(session)
          }
        }
      } finally {
        await session.close()
      }
    },
    240_000,
  )

  it('keep the order of a table', async () => {
    const sql = 'SELECT id, note FROM events WHERE id % 3 <> 1'
    const one = await open({ threads: 1 })
    const four = await open({ threads: 4, heapBudgetBytes: 32 * MIB })
    try {
      const [alone, together] = [await one.run('sql', sql), await four.run('sql', sql)]
      expect(threadsOf(together)).toBeGreaterThan(1)
      const [ids, same] = [alone.toArrow(), together.toArrow()]
      expect(same.getChild('id')!.toArray()).toEqual(ids.getChild('id')!.toArray())
      expect(same.getChild('note')!.toArray()).toEqual(ids.getChild('note')!.toArray())
      together.close()
      expectOnlyCacheHeld(four)
    } finally {
      await one.close()
      await four.close()
    }
  }, 120_000)

  it('are as many as SET threads says', async () => {
    const session = await open({ threads: 4 })
    try {
      for (const threads of [1, 2, 3]) {
        await session.run('sql', `SET threads = ${threads}`)
        const result = await session.run('sql', QUERIES['few groups']!.sql)
        expect(threadsOf(result)).toBe(threads)
        expect(onlyRow(result)).toEqual(expected.get('few groups'))
        result.close()
      }
    } finally {
      await session.close()
    }
  }, 120_000)

  it('stop when one of them meets an error, which is the one that is told', async () => {
    const session = await open({ threads: 4 })
    try {
      const sql = `SELECT sum(CAST(note AS INTEGER)) FROM events`
      await expect(session.run('sql', sql)).rejects.toMatchObject({ code: 'cast' })
      expectOnlyCacheHeld(session)
      const result = await session.run('sql', QUERIES['few groups']!.sql)
      expect(onlyRow(result)).toEqual(expected.get('few groups'))
      result.close()
    } finally {
      await session.close()
    }
  }, 120_000)

  it('stop when the query is cancelled, wherever they are', async () => {
    const session = await open({ threads: 4 })
    try {
      await session.run('sql', 'SELECT count(*) FROM events').then((result) => result.close())
      const slow = `SELECT count(*) FROM events a JOIN people b ON a.person % 7 <> b.person % 11 + length(a.note)`
      for (const how of ['signal', 'flag']) {
        const controller = new AbortController()
        const run = session.run('sql', slow, { run: 7, signal: controller.signal })
        let cancelledMs = 0
        setTimeout(() => {
          cancelledMs = performance.now()
          if (how === 'signal') controller.abort()
          else cancelRun(runCellsOf(session.resources.runtime.heap.memory), 7)
        }, 150)
        await expect(run, how).rejects.toMatchObject({ code: 'cancelled' })
        expect(performance.now() - cancelledMs, how).toBeLessThan(1000)
        expectOnlyCacheHeld(session)
      }
      const result = await session.run('sql', QUERIES['few groups']!.sql)
      expect(onlyRow(result)).toEqual(expected.get('few groups'))
      result.close()
    } finally {
      await session.close()
    }
  }, 120_000)

  it('leave their part to the others when they find no room to begin with', async () => {
    const ends: (string | null)[] = []
    const cramped = (port: ComputePort): ComputePort => ({
      ...port,
      post: (message) => {
        const { sink } = message.kind === 'run' ? message.task : { sink: null }
        if (message.kind !== 'run' || sink?.kind !== 'groups') port.post(message)
        else port.post({ ...message, task: { ...message.task, sink: { ...sink, mostBytes: 0 } } })
      },
      onMessage: (listener) => {
        port.onMessage((message) => {
          if (message.kind === 'done') ends.push(message.error?.message ?? null)
          listener(message)
        })
      },
    })
    const compute = { startsQuickly: false, spawn: () => cramped(threadPort(startThread())) }
    const session = await open({ threads: 3 }, { ...nodePlatform, compute })
    try {
      for (const name of ['many groups', 'distinct texts']) {
        ends.length = 0
        const result = await session.run('sql', QUERIES[name]!.sql)
        expect(onlyRow(result), name).toEqual(expected.get(name))
        expect(ends, name).toContain(null)
        expect(ends.filter((error) => error !== null)).toEqual([])
        result.close()
        expectOnlyCacheHeld(session)
      }
    } finally {
      await session.close()
    }
  }, 120_000)

  it('are replaced when they die, and what they held is given back', async () => {
    const workers: Worker[] = []
    const platform: Platform = {
      ...nodePlatform,
      compute: {
        startsQuickly: false,
        spawn: () => {
          const worker = startThread()
          workers.push(worker)
          return threadPort(worker)
        },
      },
    }
    const session = await open({ threads: 3 }, platform)
    try {
      await session.run('sql', 'SELECT count(*) FROM people').then((result) => result.close())
      const slow = `SELECT a.kind, max(b.name) FROM events a JOIN people b ON a.person % 7 <> b.person % 11 + length(a.note)
        GROUP BY a.kind`
      const run = session.run('sql', slow)
      run.catch(() => undefined)
      while (workers.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
      await session.resources.runtime.team!.ready(2)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await workers[0]!.terminate()
      await expect(run).rejects.toMatchObject({
        code: 'internal',
        message: expect.stringContaining('A compute worker stopped'),
      })
      expectOnlyCacheHeld(session)
      const result = await session.run('sql', QUERIES['few groups']!.sql)
      expect(onlyRow(result)).toEqual(expected.get('few groups'))
      expect(threadsOf(result)).toBe(3)
      expect(workers.length).toBe(3)
      result.close()
      expectOnlyCacheHeld(session)
    } finally {
      await session.close()
    }
  }, 120_000)
})

function onlyRow(result: StoredResult): readonly (string | null)[] | undefined {
  return cellsOf(result.toArrow())[0]?.map((cell) => (cell === null ? null : String(cell)))
}

/** The most threads that a pipeline of the query ran on. */
function threadsOf({ profile }: StoredResult): number {
  const said = profile.operators.map(({ detail }) => Number(/\((\d+) threads\)$/.exec(detail)?.[1] ?? 1))
  return Math.max(...said)
}

/** No page is taken that is not reserved, and only the engine and its cache hold any. */
function expectOnlyCacheHeld({ resources }: Session): void {
  expect(heldByQueries(resources.runtime)).toEqual([])
}
