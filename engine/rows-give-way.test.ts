import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuiltInPolicy } from './memory/tracked-pool.ts'
import { nodePlatform } from './node-platform.ts'
import { Session } from './session.ts'
import { exportRows } from './session-export.ts'
import type { StoredResult } from './stored-result.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { heldByQueries } from './testing/held-by-queries.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

const MIB = 2 ** 20

/** Over a table that is several times the heap, beside another that is, too. */
const QUERIES: Readonly<Record<string, string>> = {
  sort: `SELECT sum(place * (id % 1009)) FROM (
    SELECT id, row_number() OVER (ORDER BY note, id) AS place FROM events) t`,
  aggregate: `SELECT count(*), sum(n), max(least) FROM (
    SELECT note, count(*) AS n, min(id) AS least FROM events GROUP BY note) t`,
  join: `SELECT count(*), sum(a.id), max(b.note) FROM events a JOIN events b ON a.note = b.note`,
  window: `SELECT sum(r), max(total) FROM (SELECT rank() OVER (PARTITION BY person ORDER BY moment, id) AS r,
    sum(amount) OVER (PARTITION BY person) AS total FROM events) t`,
  'asof join': `SELECT count(*), sum(a.id), sum(b.id) FROM events a
    ASOF JOIN (SELECT id, person, moment FROM events WHERE id % 3 = 0) b
    ON a.person = b.person AND a.moment >= b.moment`,
  'common table': `WITH c AS MATERIALIZED (SELECT * FROM events)
    SELECT (SELECT sum(id) FROM c WHERE kind IS NULL), count(*), max(a.note) FROM c a JOIN c b ON a.id = b.id + 1`,
  recursion: `WITH RECURSIVE r(n, step, note) AS (SELECT id, 0, note FROM events WHERE id < 60000
    UNION ALL SELECT n, step + 1, note FROM r WHERE step < 4) SELECT count(*), sum(n), sum(step), max(note) FROM r`,
  'recursion of distinct rows': `WITH RECURSIVE r(n, note) AS (SELECT id, note FROM events WHERE id < 30000
    UNION SELECT (n * 7) % 400000, note FROM r WHERE n < 60000) SELECT count(*), sum(n), max(note) FROM r`,
}

const CHECK = `SELECT count(*), sum(id), sum(person), sum(amount), min(note), max(note), count(kind), max(moment)`

let files: LargeFiles
const answers = new Map<string, readonly (string | null)[]>()

beforeAll(async () => {
  files = await makeLargeFiles()
  for (const sql of [...Object.values(QUERIES), `${CHECK} FROM events`])
    answers.set(sql, await files.ask(sql))
}, 120_000)

afterAll(() => files.close())

async function openSession(memoryPool: BuiltInPolicy, budgetMiB = 16, threads = 1): Promise<Session> {
  const session = await Session.open(nodePlatform, {
    heapBudgetBytes: budgetMiB * MIB,
    memoryPool,
    threads,
  })
  for (const [name, file] of Object.entries(files.paths)) await session.registerFile(name, [file])
  return session
}

async function ask(session: Session, sql: string): Promise<readonly (string | null)[] | undefined> {
  const result = await session.run('sql', sql)
  try {
    return cellsOf(result.toArrow())[0]?.map((cell) => (cell === null ? null : String(cell)))
  } finally {
    result.close()
  }
}

async function expectAnswers(session: Session, names: readonly string[]): Promise<void> {
  for (const name of names) {
    expect(await ask(session, QUERIES[name]!), name).toEqual(answers.get(QUERIES[name]!))
    expect(await ask(session, `${CHECK} FROM kept`), `the table after ${name}`).toEqual(
      answers.get(`${CHECK} FROM events`),
    )
  }
}

/** Ids of a result, some pages here and there. */
function pagesOf(result: StoredResult): unknown[] {
  return [399_990, 0, 200_000].flatMap((offset) => [...result.toArrow(offset, 5).getChild('id')!])
}

describe.each([
  { pool: 'fair', names: Object.keys(QUERIES) },
  { pool: 'greedy', names: ['asof join'] },
] as const)('rows that are kept, at 16 MiB under the $pool pool', ({ pool, names }) => {
  it('take no memory from any query, and are there afterwards', async () => {
    const session = await openSession(pool)
    try {
      const created = await session.run('sql', 'CREATE TABLE kept AS SELECT * FROM events WHERE id % 4 <> 1')
      created.close()
      const inserted = await session.run('sql', 'INSERT INTO kept SELECT * FROM events WHERE id % 4 = 1')
      inserted.close()
      const open = await session.run('sql', 'SELECT * FROM events ORDER BY id')
      const pages = pagesOf(open)
      expect(pages.map(Number)).toEqual(
        [399_990, 0, 200_000].flatMap((from) => [0, 1, 2, 3, 4].map((row) => from + row)),
      )
      const consumers = session.memory().consumers.filter(({ name }) => /^(Table kept|Result)$/.test(name))
      expect(consumers.map(({ canSpill }) => canSpill)).toEqual(consumers.map(() => true))
      await expectAnswers(session, names)
      expect(pagesOf(open)).toEqual(pages)

      open.close()
      const before = session.memory().spillFileBytes
      expect(await ask(session, 'DROP TABLE kept')).toEqual(['Dropped kept'])
      expect(session.memory().spillFileBytes).toBeLessThan(before)
      await ask(session, 'SELECT 1')
      expect(heldByQueries(session.resources.runtime)).toEqual([])
      expect(session.memory().spillFileBytes).toBe(0)
    } finally {
      await session.close()
    }
  }, 120_000)
})

it('a table may give way while it is read, on several threads', async () => {
  const session = await openSession('greedy', 72, 2)
  try {
    await ask(session, 'CREATE TABLE kept AS SELECT * FROM events')
    expect(session.memory().spillFileBytes).toBe(0)
    const sql = QUERIES['join']!.replaceAll('events', 'kept')
    expect(await ask(session, sql)).toEqual(answers.get(QUERIES['join']!))
    expect(session.memory().spillFileBytes).toBeGreaterThan(0)
  } finally {
    await session.close()
  }
}, 120_000)

it('results larger than the heap leave as files of every format', async () => {
  const session = await openSession('fair')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const result = await session.run('sql', 'SELECT id, person, kind, note FROM events')
    for (const format of ['parquet', 'csv'] as const) {
      const chunks: Uint8Array[] = []
      await exportRows(session, result, format, (chunk) => chunks.push(chunk))
      expect(Math.max(...chunks.map(({ length }) => length)), format).toBeLessThan(8 * MIB)
      const file = path.join(tmpdir(), `lakebook-export-${process.pid}.${format}`)
      await writeFile(file, Buffer.concat(chunks))
      const read = await connection.runAndReadAll(
        `SELECT count(*), sum(id), sum(person), count(kind), max(note) FROM read_${format}('${file}')`,
      )
      await rm(file)
      const [row] = read.getRows()
      const all = answers.get(`${CHECK} FROM events`)!
      expect(row!.map(String), format).toEqual([all[0], all[1], all[2], all[6], all[5]])
    }
    result.close()
  } finally {
    connection.closeSync()
    instance.closeSync()
    await session.close()
  }
}, 120_000)
