import { expect, test } from 'vitest'
import type { QueryProgress } from './lakebook.ts'
import { openLakebook } from './node.ts'

const ROWS = 400_000

/** Some 11 MB of text, so that it takes several pieces to go through it. */
const large = new File(
  [Array.from({ length: ROWS }, (_, id) => `${id},name of the row ${id}\n`).join('')],
  'large.csv',
)

test('adding a file tells how far it is, and lets queries run that do not name it', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  try {
    // what it compiles is there already when it has to be quick
    await lake.sql('SELECT 1 AS n')
    const told: QueryProgress[] = []
    const order: string[] = []
    const adding = lake.registerFile('big', large, { onProgress: (progress) => told.push(progress) })
    const ended = async (name: string, what: Promise<unknown>) => {
      await what
      order.push(name)
    }
    await Promise.all([
      ended(
        'named',
        lake.sql('SELECT count(*) AS n FROM big').then(({ table }) => check(table.get(0))),
      ),
      ended(
        'by its file',
        lake.sql("SELECT count(*) AS n FROM 'large.csv'").then(({ table }) => check(table.get(0))),
      ),
      ended('added', adding),
      ended('other', lake.sql('SELECT 1 AS n')),
    ])
    expect(order[0]).toBe('other')
    expect(order[1]).toBe('added')
    expect(told.length).toBeGreaterThan(2)
    const fractions = told.map(({ fraction }) => fraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(told.at(-1)).toMatchObject({ stage: 'Reading large.csv', fraction: 1, rows: ROWS })
  } finally {
    await lake.close()
  }

  function check(row: unknown): void {
    expect(Number((row as { n: bigint }).n)).toBe(ROWS)
  }
})

test('a file that is stopped on its way is not added, and whoever waits for it can stop waiting', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  try {
    const [stopAdding, stopWaiting] = [new AbortController(), new AbortController()]
    let toldAfter = 0
    const adding = lake.registerFile('big', large, {
      signal: stopAdding.signal,
      onProgress: () => {
        if (stopAdding.signal.aborted) toldAfter++
        stopWaiting.abort()
      },
    })
    const waiting = lake.sql('SELECT count(*) FROM big', { signal: stopWaiting.signal })
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    stopAdding.abort()
    await expect(adding).rejects.toMatchObject({ code: 'cancelled' })
    expect(toldAfter).toBeLessThanOrEqual(1)
    expect(await lake.tables()).toEqual([])
    await expect(lake.sql('SELECT count(*) FROM big')).rejects.toMatchObject({ code: 'unknown_table' })
  } finally {
    await lake.close()
  }
})
