import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodePlatform } from './node-platform.ts'
import { arrangeResult, type Arrangement } from './session-arrange.ts'
import { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'
import { expectNothingHeld } from './testing/expect-nothing-held.ts'

describe('the rows of a result', () => {
  let session: Session
  let result: StoredResult

  beforeAll(async () => {
    session = await Session.open(nodePlatform, {
      heapBudgetBytes: 16 * 2 ** 20,
      memoryPool: 'fair',
      threads: 1,
    })
    const sql = `SELECT i AS id, (i * 7) % 10 AS "the digit", nullif(i % 3, 0) AS third FROM range(10) t(i)`
    result = await session.run('sql', sql)
  })

  afterAll(async () => {
    result.close()
    const { heap, pool } = session.resources.runtime
    await session.close()
    expectNothingHeld(heap, pool)
  })

  async function arranged(arrangement: Arrangement): Promise<number[][]> {
    const rows = await arrangeResult(session, result, arrangement, {})
    try {
      const table = tableFromIPC(await session.read(() => rows.page(0, rows.rowCount)))
      return table.toArray().map((row) => Object.values(row as object).map(Number))
    } finally {
      rows.close()
    }
  }

  it('are filtered by a condition over its columns, in the order in which they came', async () => {
    const rows = await arranged({ where: '"the digit" > 5 -- of ten', sort: null })
    expect(rows.map(([id]) => id)).toEqual([1, 4, 7, 8].filter((id) => (id * 7) % 10 > 5))
    expect(rows).toHaveLength(4)
    expect(await arranged({ where: ' ', sort: null })).toHaveLength(10)
  })

  it('are sorted by a column, with NULLs last, also those that a condition leaves', async () => {
    const digits = await arranged({ where: '', sort: { column: 1, descending: true } })
    expect(digits.map(([, digit]) => digit)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    const thirds = await arranged({
      where: 'third IS NULL OR third = 2',
      sort: { column: 2, descending: false },
    })
    expect(thirds.map(([, , third]) => third)).toEqual([2, 2, 2, 0, 0, 0, 0])
  })

  it('may be compared with tables of the session', async () => {
    ;(await session.run('sql', 'CREATE TABLE chosen AS SELECT 3 AS n UNION ALL SELECT 5')).close()
    const where = 'third IS NOT NULL OR "the digit" IN (SELECT n FROM chosen)'
    expect(await arranged({ where, sort: null })).toHaveLength(7)
  })

  it.each([
    ['"the digit" >', { code: 'syntax', message: 'Expected an expression but found the end' }],
    ['digit = 1', { code: 'unknown_column', message: expect.stringContaining('digit') as string }],
    ["third = DATE '2020-01-01'", { code: 'type' }],
    ['"the digit" = (', { code: 'syntax' }],
  ])('are not filtered by %s', async (where, error) => {
    await expect(arranged({ where, sort: null })).rejects.toMatchObject({ ...error, span: undefined })
  })

  it('stay as they were when arranging is cancelled', async () => {
    const abort = new AbortController()
    abort.abort()
    const options = { signal: abort.signal }
    const rows = arrangeResult(session, result, { where: 'third = 1', sort: null }, options)
    await expect(rows).rejects.toMatchObject({ code: 'cancelled' })
    expect(result.rowCount).toBe(10)
  })
})
