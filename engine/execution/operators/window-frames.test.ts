import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type NodeLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

const WIDE = `
  SELECT count(*), sum(total), sum(most), sum(others), sum(near), sum(middle) FROM (
    SELECT sum(i) OVER (PARTITION BY i % 5 ORDER BY i ROWS BETWEEN 900 PRECEDING AND 300 FOLLOWING) AS total,
      max((i * 7919) % 10007) OVER (ORDER BY i ROWS BETWEEN 123 PRECEDING AND 77 PRECEDING) AS most,
      sum(i) OVER (PARTITION BY i % 7 ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        EXCLUDE CURRENT ROW) AS others,
      count(*) OVER (ORDER BY i // 3 RANGE BETWEEN 10 PRECEDING AND 10 FOLLOWING) AS near,
      nth_value(i, 3) OVER (ORDER BY i // 3 GROUPS BETWEEN 2 PRECEDING AND CURRENT ROW) AS middle
    FROM range(30000) t(i))`

async function answer(budgetMib: number, threads: number): Promise<unknown> {
  const lake = await openLakebook({ heapBudgetBytes: budgetMib * 2 ** 20, threads })
  try {
    return cellsOf((await lake.sql(WIDE)).table)
  } finally {
    await lake.close()
  }
}

describe('window frames', () => {
  let lake: NodeLakebook

  beforeAll(async () => {
    lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  })

  afterAll(async () => {
    await lake.close()
  })

  it('are the same at every budget and number of threads', async () => {
    const plenty = await answer(256, 1)
    expect(await answer(16, 1)).toEqual(plenty)
    expect(await answer(16, 2)).toEqual(plenty)
  }, 60_000)

  it('cost little more when they are wide', async () => {
    const query = (rows: number): string =>
      `SELECT sum(s) FROM (SELECT sum(i) OVER (ORDER BY i ROWS BETWEEN ${rows} PRECEDING AND ${rows} FOLLOWING) AS s
        FROM range(200000) t(i))`
    const elapsed = async (rows: number): Promise<number> => (await lake.sql(query(rows))).profile.elapsedMs
    await elapsed(100)
    // gathered row by row, this would take 200,000 × 100,000 steps
    expect(await elapsed(50_000)).toBeLessThan(5000)
  }, 60_000)

  it('refuse offsets that are no distance', async () => {
    const frame = (bounds: string): Promise<unknown> =>
      lake.sql(`SELECT sum(i) OVER (ORDER BY i ${bounds}) FROM range(3) t(i)`)
    await expect(frame('ROWS BETWEEN -1 PRECEDING AND CURRENT ROW')).rejects.toThrow(/offset/)
    await expect(frame('ROWS BETWEEN (i - 2) PRECEDING AND CURRENT ROW')).rejects.toThrow(/offset/)
    await expect(frame('GROUPS BETWEEN CURRENT ROW AND NULL FOLLOWING')).rejects.toThrow(/offset/)
    await expect(frame('RANGE BETWEEN (i - 2) PRECEDING AND CURRENT ROW')).rejects.toThrow(/RANGE/)
  })
})
