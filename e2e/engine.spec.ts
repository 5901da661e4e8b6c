import type { JSHandle, Page } from '@playwright/test'
import type { Lakebook, LakebookOptions } from '../engine/lakebook.ts'
import { expect, test, type Door } from './fixtures.ts'
import { storedFiles } from './stored-files.ts'
import { eventRows } from './test-data.ts'

interface Answer {
  readonly rowCount: number
  /** Rows as text, when there are few. */
  readonly rows: Record<string, string>[]
  /** Over the first column in order, so that a different order gives another number. */
  readonly checksum: string
  readonly spilledBytes: number
  readonly peakReservedBytes: number
  readonly elapsedMs: number
}

interface Question {
  readonly sql: string
  readonly options: LakebookOptions
  readonly file: string
}

/** Opens an engine, which whoever asks closes. */
function open(page: Page, options: LakebookOptions): Promise<JSHandle<Lakebook>> {
  return page.evaluateHandle(async (options) => {
    const url = new URL('/lakebook.js', location.href).href
    const { openLakebook } = (await import(url)) as Door
    return openLakebook(options)
  }, options)
}

/** Values come back as text. */
function answerOf(lake: JSHandle<Lakebook>, question: Omit<Question, 'options'>): Promise<Answer> {
  return lake.evaluate(async (lake, { sql, file }) => {
    await lake.registerFile('events', new URL(`/data/${file}`, location.href).href)
    const { table, profile } = await lake.sql(sql)
    const few = table.numRows <= 100 ? table.toArray() : []
    const rows = few.map((row) =>
      Object.fromEntries(
        Object.entries(row!.toJSON() as Record<string, unknown>).map(([name, value]) => [
          name,
          String(value),
        ]),
      ),
    )
    let checksum = 0n
    for (const value of table.getChildAt(0)!) {
      checksum = BigInt.asUintN(64, checksum * 1_099_511_628_211n + BigInt(Math.trunc(Number(value))))
    }
    const { spilledBytes, peakReservedBytes, elapsedMs } = profile
    const rowCount = table.numRows
    return { rowCount, rows, checksum: String(checksum), spilledBytes, peakReservedBytes, elapsedMs }
  }, question)
}

function close(lake: JSHandle<Lakebook>): Promise<void> {
  return lake.evaluate((lake) => lake.close())
}

/** Opens an engine, asks, closes it. */
async function ask(page: Page, { options, ...question }: Question): Promise<Answer> {
  const lake = await open(page, options)
  try {
    return await answerOf(lake, question)
  } finally {
    await close(lake)
  }
}

const mib = 2 ** 20
const sortSql = 'SELECT id FROM events ORDER BY note, id DESC'
const groupSql = `SELECT count(*) AS groups, sum(total * (user_id % 97)) AS checksum FROM (
  SELECT user_id, note, sum(id) AS total FROM events GROUP BY user_id, note, id) AS by_reading`

for (const kind of ['isolated', 'plain'] as const) {
  test.describe(`${kind} page`, () => {
    test.beforeEach(async ({ page, sites }) => {
      await page.goto(`${sites[kind]}data/blank.html`)
    })

    test('answers a query over a Parquet file', async ({ page }) => {
      const sql = 'SELECT count(*) AS n, sum(id) AS total, min(value) AS low, max(value) AS high FROM events'
      const { rows } = await ask(page, {
        sql,
        options: { heapBudgetBytes: 64 * mib },
        file: 'events.parquet',
      })
      expect(rows).toEqual([
        { n: String(eventRows), total: String((eventRows * (eventRows - 1)) / 2), low: '0', high: '399.9' },
      ])
    })

    for (const [name, sql] of Object.entries({ sort: sortSql, aggregation: groupSql })) {
      test(`a ${name} gives the same answer at every budget, and spills at the least`, async ({ page }) => {
        test.setTimeout(180_000)
        const answers: Answer[] = []
        for (const budget of [16, 64, 1024]) {
          answers.push(
            await ask(page, { sql, options: { heapBudgetBytes: budget * mib }, file: 'events.parquet' }),
          )
        }
        const [least, middle, most] = answers
        const said = ({ rowCount, rows, checksum }: Answer) => ({ rowCount, rows, checksum })
        expect(said(least!)).toEqual(said(most!))
        expect(said(middle!)).toEqual(said(most!))
        if (name === 'sort') expect(most!.rowCount).toBe(eventRows)
        else expect(most!.rows[0]).toMatchObject({ groups: String(eventRows) })
        expect(least!.spilledBytes).toBeGreaterThan(0)
        expect(least!.peakReservedBytes).toBeLessThanOrEqual(16 * mib)
        expect(most!.spilledBytes).toBe(0)
        expect((await storedFiles(page)).filter(({ bytes }) => bytes > 0)).toEqual([])
      })
    }

    test('a query that runs again in a small heap reads its columns from the disk, as any thread can', async ({
      page,
    }) => {
      const runs = await page.evaluate(async (sql) => {
        const url = new URL('/lakebook.js', location.href).href
        const { openLakebook } = (await import(url)) as Door
        const lake = await openLakebook({ heapBudgetBytes: 20 * 2 ** 20 })
        await lake.registerFile('events', new URL('/data/events.parquet', location.href).href)
        const found = []
        for (let run = 0; run < 3; run++) {
          const { table, profile } = await lake.sql(sql)
          const { bytesRead, diskCacheReadBytes } = profile
          found.push({ answer: table.toString(), bytesRead, diskCacheReadBytes })
        }
        await lake.close()
        return found
      }, 'SELECT count(*) AS n, sum(id) AS ids, max(note) AS note, sum(value) AS sum, max(user_id) AS user FROM events')
      expect(new Set(runs.map(({ answer }) => answer)).size).toBe(1)
      expect(runs[2]!.diskCacheReadBytes).toBeGreaterThan(4 * mib)
      expect(runs[2]!.bytesRead).toBeLessThan(runs[0]!.bytesRead / 4)
      expect((await storedFiles(page)).filter(({ bytes }) => bytes > 0)).toEqual([])
    })

    test('a query is cancelled promptly and leaves nothing behind', async ({ page }) => {
      const outcome = await page.evaluate(async (sql) => {
        const url = new URL('/lakebook.js', location.href).href
        const { openLakebook } = (await import(url)) as Door
        const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20 })
        await lake.registerFile('events', new URL('/data/events.parquet', location.href).href)
        const codes: string[] = []
        const waits: number[] = []
        const runs: number[] = []
        // a busy machine makes some waits long, and a cancel that is not heard makes all of them long
        for (let time = 0; time < 5 && (time === 0 || Math.min(...waits) >= 100); time++) {
          const controller = new AbortController()
          const query = lake.sql(sql, { signal: controller.signal }).then(
            () => 'finished',
            (error: unknown) => {
              const { code, message } = error as { code: string; message: string }
              return code === 'cancelled' ? code : `${code}: ${message}`
            },
          )
          await new Promise((resolve) => setTimeout(resolve, 250))
          const askedMs = performance.now()
          controller.abort()
          codes.push(await query)
          waits.push(performance.now() - askedMs)
          const startedMs = performance.now()
          await lake.sql('SELECT 1 AS one')
          runs.push(performance.now() - startedMs)
        }
        const reserved = lake.memory().consumers.filter((consumer) => consumer.reservedBytes > 0)
        const after = await lake.sql('SELECT 1 AS one')
        await lake.close()
        const names = reserved.map(({ name }) => name)
        return { codes, waits, runs, reserved: names, rowsAfter: after.table.numRows }
      }, `SELECT count(*) FROM events a JOIN events b ON a.user_id = b.user_id JOIN events c ON b.user_id = c.user_id JOIN events d ON c.user_id = d.user_id JOIN events e ON d.user_id = e.user_id`)
      expect(new Set(outcome.codes)).toEqual(new Set(['cancelled']))
      const told = `waited ${outcome.waits.join(', ')} ms; SELECT 1 took ${outcome.runs.join(', ')} ms`
      expect(Math.min(...outcome.waits), told).toBeLessThan(Math.max(100, 2 * Math.min(...outcome.runs)))
      // the engine's own tables, and what was decoded: any query's need evicts that
      expect(outcome.reserved.filter((name) => !/cache|^Engine$/i.test(name))).toEqual([])
      expect(outcome.rowsAfter).toBe(1)
    })

    test('damaged files are refused by name, and the next query works', async ({ page }) => {
      const outcome = await page.evaluate(async () => {
        const url = new URL('/lakebook.js', location.href).href
        const { openLakebook } = (await import(url)) as Door
        const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20 })
        const refusals: Record<string, { code: string; message: string }> = {}
        for (const name of ['not-parquet', 'empty', 'truncated']) {
          try {
            await lake.registerFile('bad', new URL(`/data/${name}.parquet`, location.href).href)
            await lake.sql('SELECT * FROM bad')
            refusals[name] = { code: 'none', message: 'was read' }
          } catch (error) {
            const { code, message } = error as { code: string; message: string }
            refusals[name] = { code, message }
          }
        }
        await lake.registerFile('good', new URL('/data/small.parquet', location.href).href)
        const { table } = await lake.sql('SELECT count(*) AS n FROM good')
        await lake.close()
        return { refusals, rows: String(table.getChild('n')!.get(0)) }
      })
      for (const [name, { code, message }] of Object.entries(outcome.refusals)) {
        expect(['corrupt_file', 'not_readable'], message).toContain(code)
        expect(message).toContain(`${name}.parquet`)
      }
      expect(outcome.rows).toBe('1000')
    })
  })
}

test('a memory pool of the page decides, on an isolated page', async ({ page, sites }) => {
  await page.goto(`${sites.isolated}data/blank.html`)
  const outcome = await page.evaluate(async (sql) => {
    const url = new URL('/lakebook.js', location.href).href
    const { openLakebook } = (await import(url)) as Door
    const mostBytes = 24 * 2 ** 20
    const held = new Map<unknown, number>()
    const sum = () => [...held.values()].reduce((total, bytes) => total + bytes, 0)
    let peakBytes = 0
    let failing = false
    const lake = await openLakebook({
      heapBudgetBytes: 128 * 2 ** 20,
      memoryPool: {
        name: 'two dozen',
        register: (consumer) => void held.set(consumer, 0),
        unregister: (consumer) => void held.delete(consumer),
        tryGrow(consumer, additionalBytes) {
          if (failing) throw new Error('out of order')
          if (sum() + additionalBytes > mostBytes) return false
          held.set(consumer, (held.get(consumer) ?? 0) + additionalBytes)
          peakBytes = Math.max(peakBytes, sum())
          return true
        },
        shrink: (consumer, bytes) => void held.set(consumer, (held.get(consumer) ?? 0) - bytes),
      },
    })
    await lake.registerFile('events', new URL('/data/events.parquet', location.href).href)
    const { table, profile } = await lake.sql(sql)
    failing = true
    const refusal = await lake.sql(sql).then(
      () => 'none',
      (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
    )
    failing = false
    const after = await lake.sql('SELECT 1 AS one')
    await lake.close()
    // What the engine says last may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { spilledBytes } = profile
    return {
      rows: table.numRows,
      spilledBytes,
      peakBytes,
      refusal,
      rowsAfter: after.table.numRows,
      left: sum(),
    }
  }, sortSql)
  expect(outcome.rows).toBe(eventRows)
  expect(outcome.peakBytes).toBeGreaterThan(4 * mib)
  expect(outcome.peakBytes).toBeLessThanOrEqual(24 * mib)
  expect(outcome.spilledBytes).toBeGreaterThan(0)
  expect(outcome.refusal).toMatch(/^invalid_argument: The memory pool two dozen threw: out of order/)
  expect(outcome.rowsAfter).toBe(1)
  expect(outcome.left).toBe(0)
})

test('a memory pool of the page is refused where the page is not isolated', async ({ page, sites }) => {
  await page.goto(`${sites.plain}data/blank.html`)
  const refusal = await page.evaluate(async () => {
    const { openLakebook } = (await import(new URL('/lakebook.js', location.href).href)) as Door
    const nothing = () => undefined
    const memoryPool = {
      name: 'own',
      register: nothing,
      unregister: nothing,
      tryGrow: () => true,
      shrink: nothing,
    }
    return openLakebook({ memoryPool }).then(
      () => 'none',
      (error: unknown) => (error as Error).message,
    )
  })
  expect(refusal).toContain('cross-origin isolated')
})

test('two tabs side by side have their own budgets and their own spill files', async ({ context, sites }) => {
  const budgets = [16 * mib, 24 * mib]
  const tabs = await Promise.all(budgets.map(() => context.newPage()))
  for (const tab of tabs) await tab.goto(`${sites.isolated}data/blank.html`)
  const lakes = await Promise.all(
    tabs.map((tab, index) => open(tab, { heapBudgetBytes: budgets[index]!, threads: 1 })),
  )
  // what they spill stays while they are open, so that it can be looked at when both are done
  const question = { sql: `SET keep_spills = true; ${sortSql}`, file: 'events.parquet' }
  const answers = await Promise.all(lakes.map((lake) => answerOf(lake, question)))
  for (const [index, { checksum, rowCount, spilledBytes, peakReservedBytes }] of answers.entries()) {
    expect({ checksum, rowCount }).toEqual({ checksum: answers[0]!.checksum, rowCount: eventRows })
    expect(spilledBytes).toBeGreaterThan(0)
    expect(peakReservedBytes).toBeLessThanOrEqual(budgets[index]!)
  }
  const spillFiles = (await storedFiles(tabs[0]!)).filter(({ name }) => name.endsWith('/driver.arrow'))
  expect(new Set(spillFiles.map(({ name }) => name)).size).toBe(2)
  const ascending = (some: readonly number[]): number[] => some.toSorted((a, b) => a - b)
  const least = ascending(answers.map(({ spilledBytes }) => spilledBytes))
  for (const [index, bytes] of ascending(spillFiles.map(({ bytes }) => bytes)).entries()) {
    expect(bytes).toBeGreaterThanOrEqual(least[index]!)
  }
  await Promise.all(lakes.map(close))
  expect((await storedFiles(tabs[0]!)).filter(({ bytes }) => bytes > 0)).toEqual([])
})

test('spill files of a tab that was closed are swept at the next start', async ({ context, sites }) => {
  const doomed = await context.newPage()
  await doomed.goto(`${sites.isolated}data/blank.html`)
  await doomed.evaluate(async (sql) => {
    const url = new URL('/lakebook.js', location.href).href
    const { openLakebook } = (await import(url)) as Door
    const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20 })
    await lake.registerFile('events', new URL('/data/events.parquet', location.href).href)
    const spilled = new Promise<void>((resolve) => {
      lake.onMemory(({ spillFileBytes }) => {
        if (spillFileBytes > 0) resolve()
      })
    })
    void lake.sql(sql).catch(() => undefined)
    await spilled
  }, sortSql)
  expect((await storedFiles(doomed)).some(({ bytes }) => bytes > 0)).toBe(true)
  await doomed.close()

  const page = await context.newPage()
  await page.goto(`${sites.isolated}data/blank.html`)
  await ask(page, { sql: 'SELECT 1', options: { heapBudgetBytes: 16 * mib }, file: 'small.parquet' })
  expect((await storedFiles(page)).filter(({ bytes }) => bytes > 0)).toEqual([])
})
