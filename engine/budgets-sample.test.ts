import { expect, it } from 'vitest'
import { BudgetGrid, type GridPoint } from './testing/budget-grid.ts'

/** Two corners of the grid that `budgets.test.ts` goes over. */
const POINTS: readonly GridPoint[] = [
  { budgetMiB: 16, threads: 1, pool: 'greedy', memory: 'unshared', compression: 'lz4', partitions: null },
  { budgetMiB: 24, threads: 2, pool: 'fair', memory: 'shared', compression: 'none', partitions: 16 },
]
const NAMES = ['sort', 'group by', 'join on text', 'window']

it('a sample of the grid over budgets, threads, pools, memories, compression and partitions', async () => {
  const grid = await BudgetGrid.open(NAMES)
  try {
    for (const point of POINTS) expect(await grid.problemsAt(point, NAMES)).toEqual([])
  } finally {
    await grid.close()
  }
}, 180_000)
