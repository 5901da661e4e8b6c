import { expect, test } from 'vitest'
import { OperatorBench } from '../testing/operator-bench.ts'

test('a profile stays small however much a query spills, and its sums are those of all spills', async () => {
  const bench = await OperatorBench.open()
  const { result } = await bench.run(({ profile }) => {
    const operator = profile.operator('Sort', '', [])
    for (let spill = 0; spill < 10_000; spill++) profile.spilled(operator, 'Sort #0', 3)
    return Promise.resolve(profile.build(0))
  })
  bench.close()
  const { events, spillCount, spilledBytes } = result
  expect({ spillCount, spilledBytes }).toEqual({ spillCount: 10_000, spilledBytes: 30_000 })
  expect(events.length).toBeLessThanOrEqual(1000)
  expect(events.length).toBeGreaterThanOrEqual(480)
})
