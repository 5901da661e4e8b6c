import { describe, expect, it } from 'vitest'
import { nodePlatform } from './node-platform.ts'
import { Session } from './session.ts'
import { cellsOf } from './testing/arrow-cells.ts'

const MIB = 2 ** 20

const ANSWERS = {
  'SELECT count(*) FROM range(3000000)': ['3000000'],
  'SELECT sum(range), count(DISTINCT range % 1000) FROM range(3000000)': ['4499998500000', '1000'],
  'SELECT sum(n), min(n), max(n) FROM (SELECT k, count(*) AS n FROM (SELECT i % 7 AS k FROM generate_series(1, 700000) t(i)) GROUP BY k)':
    ['700000', '100000', '100000'],
  'SELECT count(*), sum(i) FROM (SELECT i FROM range(600000) t(i) ORDER BY i % 1000, i LIMIT 400000)': [
    '400000',
    '119893133400',
  ],
} as const

describe('a series in FROM', () => {
  it.each([1, 2, 4])(
    'is read by %i threads in 16 MiB',
    async (threads) => {
      const session = await Session.open(nodePlatform, {
        heapBudgetBytes: 16 * MIB,
        memoryPool: 'fair',
        threads,
      })
      try {
        for (const [sql, expected] of Object.entries(ANSWERS)) {
          const result = await session.run('sql', sql)
          expect(cellsOf(result.toArrow())[0]?.map(String), sql).toEqual(expected)
          result.close()
        }
      } finally {
        await session.close()
      }
    },
    60_000,
  )

  it('is read by several threads where there is room', async () => {
    const session = await Session.open(nodePlatform, {
      heapBudgetBytes: 64 * MIB,
      memoryPool: 'fair',
      threads: 2,
    })
    try {
      const result = await session.run('sql', 'SELECT sum(range), max(range) FROM range(5000000)')
      expect(cellsOf(result.toArrow())[0]?.map(String)).toEqual(['12499997500000', '4999999'])
      expect(result.profile.operators.some(({ detail }) => detail.endsWith('(2 threads)'))).toBe(true)
      result.close()
      expect(session.resources.cache.heldBytes).toBe(0)
    } finally {
      await session.close()
    }
  }, 60_000)
})
