import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook } from './node.ts'
import { BudgetGrid, GRID_QUERIES, pairwiseGrid, wholeGrid } from './testing/budget-grid.ts'

/** `npm run grid` takes every point and every query; else every query meets a third of the points that meet in pairs. */
const isWhole = import.meta.env.MODE === 'grid'
const points = isWhole ? wholeGrid() : pairwiseGrid()
const names = Object.keys(GRID_QUERIES)

describe('the answer is the same at every budget, under every pool, on any number of threads, however spilled', () => {
  let grid: BudgetGrid

  beforeAll(async () => {
    grid = await BudgetGrid.open()
  }, 120_000)

  afterAll(() => grid.close())

  it('is asked of every operator', async () => {
    expect(await grid.uncovered()).toEqual([])
  }, 60_000)

  it.each(points.map((point, index) => ({ ...point, index })))(
    '$budgetMiB MiB, $threads threads, $pool pool, $memory memory, compression $compression, partitions $partitions',
    async ({ index, ...point }) => {
      const chosen = isWhole ? names : names.filter((_, query) => (query + index) % 3 === 0)
      expect(await grid.problemsAt(point, chosen)).toEqual([])
    },
    300_000,
  )

  it('spills where the heap is too small, and says what that took', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
    try {
      await lake.registerFile('events', grid.paths['events']!)
      await lake.sql("SET spill_compression = 'lz4'")
      for (const name of ['sort', 'group by', 'distinct', 'join on text', 'window']) {
        const { profile } = await lake.sql(GRID_QUERIES[name]!)
        expect(profile.spilledBytes, name).toBeGreaterThan(0)
        const spilled = profile.operators.filter(({ mergePasses }) => mergePasses > 0)
        expect(spilled.length, name).toBeGreaterThan(0)
        for (const operator of spilled) {
          expect(operator.spillCount, name).toBeGreaterThan(0)
          expect(operator.spillWrittenBytes, name).toBeGreaterThan(0)
          expect(operator.spillReadBytes, name).toBeGreaterThan(0)
          expect(operator.spillMs, name).toBeGreaterThan(0)
          expect(operator.compressionRatio, name).toBeGreaterThan(1)
        }
      }
      const { table } = await lake.sql(`EXPLAIN ANALYZE ${GRID_QUERIES['sort']!}`)
      const window = table.toArray().find((row) => String(row['operator']).trim() === 'Window')
      expect(Number(window?.['spill_written_bytes'])).toBeGreaterThan(0)
      expect(Number(window?.['merge_passes'])).toBeGreaterThan(0)
      expect(Number(window?.['compression_ratio'])).toBeGreaterThan(1)
    } finally {
      await lake.close()
    }
  }, 120_000)
})
