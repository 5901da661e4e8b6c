import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LakebookError } from './errors.ts'
import type { Lakebook, MemorySnapshot, QueryProgress } from './lakebook.ts'
import { col, openLakebook, table as frameOf, type NodeLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

const MIB = 2 ** 20

async function failure(action: Promise<unknown>): Promise<LakebookError> {
  try {
    await action
  } catch (error) {
    if (error instanceof LakebookError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Names of consumers that hold memory, other than those that outlive queries: caches and session tables. */
function holders(lake: Lakebook): string[] {
  return lake
    .memory()
    .consumers.filter((consumer) => consumer.reservedBytes > 0)
    .map((consumer) => consumer.name)
    .filter((name) => name !== 'Engine' && name !== 'Column cache' && !name.startsWith('Table '))
}

describe('a session', () => {
  let files: LargeFiles
  let lake: NodeLakebook

  beforeAll(async () => {
    files = await makeLargeFiles()
    lake = await openLakebook({ heapBudgetBytes: 64 * MIB, threads: 1 })
    await lake.registerFile('events', files.paths['events']!)
  }, 60_000)

  afterAll(async () => {
    await lake.close()
    await files.close()
  })

  it('runs every statement of a text and returns the last result', async () => {
    const { table, profile } = await lake.sql(`
      CREATE OR REPLACE TABLE few AS SELECT * FROM events WHERE id < 100;
      INSERT INTO few SELECT * FROM few;
      CREATE OR REPLACE VIEW fewer AS SELECT id FROM few WHERE id < 10;
      SELECT count(*), count(DISTINCT id) FROM fewer`)
    expect(cellsOf(table)).toEqual([[20n, 10n]])
    expect(profile.rowsOut).toBe(1)
    expect(profile.operators.map((operator) => operator.name)).toContain('Scan')
  })

  it('runs a frame that was built in TypeScript', async () => {
    const frame = frameOf('events').filter(col('id').lt(3)).select(col('id').sum())
    expect(cellsOf((await lake.polars(frame)).table)).toEqual([[3n]])
    expect((await failure(lake.polars(frameOf('event')))).code).toBe('unknown_table')
  })

  it('shares names between SQL and Polars cells', async () => {
    await lake.polars('big = pl.scan_parquet("events.parquet").filter(pl.col("id") >= 399_990)')
    const { table } = await lake.sql('SELECT count(*) FROM big')
    expect(cellsOf(table)).toEqual([[10n]])
    await lake.sql('CREATE OR REPLACE TABLE tiny AS SELECT 1 AS a, 2 AS b')
    const polars = await lake.polars('tiny.with_columns((pl.col("a") + pl.col("b")).alias("c"))')
    expect(cellsOf(polars.table)).toEqual([[1, 2, 3]])
  })

  it('reports progress, memory and what a query did', async () => {
    const progress: QueryProgress[] = []
    const samples: MemorySnapshot[] = []
    const stop = lake.onMemory((sample) => samples.push(sample))
    const { profile } = await lake.sql(
      'SELECT person, count(*) FROM events GROUP BY person ORDER BY 2 DESC, 1',
      {
        onProgress: (step) => progress.push(step),
      },
    )
    stop()
    expect(progress.map((step) => step.stage)).toContain('Sort')
    expect(progress.at(-1)?.fraction).toBe(1)
    expect(
      samples.some((sample) => sample.consumers.some((consumer) => consumer.name.startsWith('Aggregate'))),
    ).toBe(true)
    const names = profile.operators.map((operator) => operator.name)
    expect(names).toEqual(expect.arrayContaining(['Scan', 'Aggregate', 'Sort', 'Result']))
    expect(profile.rowsOut).toBe(59_999)
    expect(profile.operators.find((operator) => operator.name === 'Aggregate')?.rowsOut).toBe(59_999)
  })

  it('explains a plan as text, and what ran as data', async () => {
    const plan = await lake.sql('EXPLAIN SELECT kind, count(*) FROM events WHERE id < 5 GROUP BY kind')
    const text = cellsOf(plan.table).flat().join('\n')
    expect(text).toMatch(/Aggregate by kind/)
    expect(text).toMatch(/Scan events \[.*\].*id < 5/)
    const ran = await lake.sql('EXPLAIN ANALYZE SELECT kind, count(*) FROM events WHERE id < 5 GROUP BY kind')
    expect(ran.table.schema.fields.map((field) => field.name)).toContain('rows_out')
    expect(cellsOf(ran.table).map((row) => String(row[0]).trim())).toEqual([
      'Result',
      'Aggregate',
      'Filter',
      'Scan',
    ])
  })

  it('prunes row groups by their statistics, and its counts add up', async () => {
    await lake.registerFile('people', files.paths['people']!)
    const { table, profile } = await lake.sql('SELECT count(*) FROM people WHERE person >= 59000')
    expect(cellsOf(table)).toEqual([[1000n]])
    const groups = profile.pruning.flatMap((scan) => scan.steps).find((step) => step.layer === 'row group')
    expect(groups?.unitsIn).toBe(2)
    expect(groups?.unitsKept).toBe(1)
    for (const step of profile.pruning.flatMap((scan) => scan.steps)) {
      const removed = step.removed.reduce((sum, one) => sum + one.units, 0)
      expect(step.unitsIn, step.layer).toBe(step.unitsKept + removed)
    }
    expect(groups?.removed[0]?.predicate).toMatch(/person >= 59000/)
  })

  it.each([
    ['SELECT nme FROM people', 'unknown_column', /nme/, /name/],
    ['SELECT * FROM peple', 'unknown_table', /peple/, /people/],
    ['SELECT lenght(name) FROM people', 'unknown_function', /lenght/, /length/],
    ["SELECT name + 1 FROM people WHERE name = 'a' + DATE '2024-01-01'", 'type', /./, null],
    ['SELECT FROM WHERE', 'syntax', /./, null],
    ['SELECT 9223372036854775807 + person FROM people', 'overflow', /./, null],
    ['SELECT CAST(name AS INTEGER) FROM people', 'cast', /person/, null],
  ] as const)('says what is wrong with %s', async (sql, code, message, hint) => {
    const error = await failure(lake.sql(sql))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    if (hint !== null) expect(`${error.message} ${error.hint ?? ''}`).toMatch(hint)
    expect(error.span?.line).toBe(1)
    expect(holders(lake)).toEqual([])
    expect(cellsOf((await lake.sql('SELECT 1')).table)).toEqual([[1]])
  })

  it('cancels within 100 ms, wherever the query is, and goes on', async () => {
    // Tables that give way lie in the spill file, too.
    for (const { name, kind } of await lake.tables()) {
      if (kind === 'table') await lake.sql(`DROP TABLE ${name}`)
    }
    const query = `SELECT max(r) FROM (SELECT row_number() OVER (PARTITION BY a.kind ORDER BY a.note, b.note) AS r
      FROM events a JOIN events b ON a.person = b.person AND a.id <> b.id) t`
    const delays: number[] = []
    for (const afterMs of [1, 20, 60, 120, 250, 400, 700]) {
      const controller = new AbortController()
      let abortedMs = 0
      setTimeout(() => {
        abortedMs = performance.now()
        controller.abort()
      }, afterMs)
      const error = await failure(lake.sql(query, { signal: controller.signal }))
      delays.push(performance.now() - abortedMs)
      expect(error.code).toBe('cancelled')
      expect(holders(lake)).toEqual([])
      expect(lake.memory().spillFileBytes).toBe(0)
    }
    // The machine that runs this may be busy with other tests: the median says what the engine does.
    expect(delays.sort((a, b) => a - b)[3]).toBeLessThan(100)
    expect(cellsOf((await lake.sql('SELECT count(*) FROM events')).table)).toEqual([[400_000n]])
  }, 60_000)

  it('refuses what cannot fit with figures and top consumers, and goes on', async () => {
    const small = await openLakebook({ heapBudgetBytes: 16 * MIB, threads: 1 })
    try {
      await small.registerFile('events', files.paths['events']!)
      // One value is larger than the heap has room for.
      const tooLarge = "SELECT length(string_agg(note || note || note, ',')) FROM events"
      const error = await failure(small.sql(tooLarge))
      expect(error.code).toBe('out_of_memory')
      expect(error.message).toMatch(/requested .* reserved .* available/)
      expect(error.message).toMatch(/Top consumers: /)
      expect(holders(small)).toEqual([])
      expect(cellsOf((await small.sql('SELECT count(*) FROM events')).table)).toEqual([[400_000n]])
    } finally {
      await small.close()
    }
  }, 30_000)

  it('changes settings, and resets them', async () => {
    await lake.sql("SET memory_limit = '32MB'; SET memory_pool = 'greedy'; SET target_partitions = 4")
    expect(cellsOf((await lake.sql('SHOW memory_pool')).table)).toEqual([['greedy']])
    const { profile } = await lake.sql('SELECT count(*) FROM (SELECT DISTINCT note FROM events) t')
    expect(profile.peakReservedBytes).toBeLessThanOrEqual(32_000_000)
    await lake.sql('RESET memory_limit; RESET memory_pool; RESET target_partitions')
    expect(cellsOf((await lake.sql('SHOW memory_pool')).table)).toEqual([['fair']])
    expect((await failure(lake.sql("SET memory_limit = '1MB'"))).code).toBe('budget_too_small')
    expect((await failure(lake.sql("SET memory_pool = 'mine'"))).code).toBe('invalid_argument')
    expect((await failure(lake.sql('SET colour = 1'))).hint).toMatch(/memory_limit/)
  })

  it('refuses a budget that is too small, naming the least that would do', async () => {
    const error = await failure(openLakebook({ heapBudgetBytes: 8 * MIB, threads: 1 }))
    expect(error.code).toBe('budget_too_small')
    expect(error.hint).toMatch(/16 MiB/)
  })
})

describe('files that are not what they should be', () => {
  let folder: string
  let lake: Lakebook

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lakebook-bad-'))
    lake = await openLakebook({ heapBudgetBytes: 32 * MIB, threads: 1 })
  })

  afterAll(async () => {
    await lake.close()
    await rm(folder, { recursive: true })
  })

  it.each([
    ['empty.parquet', ''],
    ['text.parquet', 'a,b\n1,2\n'],
    ['magic-only.parquet', 'PAR1PAR1'],
    ['sheet.xlsx', 'PK\x03\x04'],
    ['archive.csv', 'PK\x03\x04'],
  ])('names %s and goes on', async (name, content) => {
    const file = path.join(folder, name)
    await writeFile(file, content)
    const error = await failure(lake.registerFile('bad', file))
    expect(['corrupt_file', 'not_readable']).toContain(error.code)
    expect(error.message).toContain(name)
    expect(cellsOf((await lake.sql('SELECT 1')).table)).toEqual([[1]])
  })

  it('leaves no spill file behind when it is closed', async () => {
    const before = await spillFolders()
    const other = await openLakebook({ heapBudgetBytes: 16 * MIB, threads: 1 })
    expect((await spillFolders()).length).toBe(before.length + 1)
    await other.close()
    expect((await spillFolders()).length).toBe(before.length)
  })
})

async function spillFolders(): Promise<string[]> {
  const all = await readdir(path.join(tmpdir(), 'lakebook', 'spill')).catch(() => [])
  return all.filter((name) => name.includes(`.${process.pid}.`))
}

describe('session tables', () => {
  it('take any number of small inserts without a consumer for each', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 32 * MIB, threads: 1 })
    try {
      await lake.sql('CREATE TABLE log (id INTEGER, text VARCHAR)')
      for (let id = 0; id < 500; id++) await lake.sql(`INSERT INTO log VALUES (${id}, 'entry ${id}')`)
      const { table } = await lake.sql('SELECT count(*), sum(id), max(text) FROM log')
      expect(cellsOf(table)).toEqual([[500n, '124750', 'entry 99']])
      expect(lake.memory().consumers.filter((consumer) => consumer.name === 'Table log').length).toBeLessThan(
        40,
      )
      await lake.sql('DROP TABLE log')
      expect(holders(lake)).toEqual([])
    } finally {
      await lake.close()
    }
  }, 60_000)
})
