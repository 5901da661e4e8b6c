import { expect, test } from 'vitest'
import type { ConsumerSnapshot, MemorySnapshot } from '../../engine/lakebook.ts'
import { stackSamples } from './stack-samples.ts'

function sample(atMs: number, bytes: Record<string, number>): MemorySnapshot {
  const consumers = Object.entries(bytes).map(([name, reservedBytes]) => ({
    name,
    run: null,
    canSpill: true,
    reservedBytes,
    peakBytes: reservedBytes,
    spilledBytes: 0,
    spillCount: 0,
  }))
  const reservedBytes = consumers.reduce((sum, each) => sum + each.reservedBytes, 0)
  return {
    atMs,
    budgetBytes: 1000,
    limitBytes: null,
    reservedBytes,
    peakReservedBytes: 0,
    diskCacheBytes: 0,
    spillFileBytes: 5,
    consumers,
  }
}

const nameItself = ({ name }: ConsumerSnapshot): string => name

test('each consumer lies on those before it; one that never held anything is left out', () => {
  const stacked = stackSamples(
    [sample(0, { cache: 10, sort: 0, idle: 0 }), sample(500, { cache: 10, sort: 30 })],
    0,
    nameItself,
  )
  expect(stacked.names).toEqual(['cache', 'sort'])
  expect(stacked.totals).toEqual([
    [10, 10],
    [10, 40],
  ])
  expect(stacked.seconds).toEqual([0, 0.5])
  expect(stacked.peakBytes).toBe(40)
})

test('the eighth and smaller consumers are one', () => {
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`c${index}`, index + 1]))
  const stacked = stackSamples([sample(0, many)], 0, nameItself)
  expect(stacked.names).toHaveLength(8)
  expect(stacked.names.at(-1)).toBe('Others')
  expect(stacked.totals.at(-1)).toEqual([55])
})

test('consumers of one name in two runs are two where they are called differently', () => {
  const [one] = [sample(0, { sort: 10 })]
  const [first] = one.consumers
  const both = {
    ...one,
    consumers: [
      { ...first!, run: 1 },
      { ...first!, run: 2, reservedBytes: 5 },
    ],
  }
  const stacked = stackSamples([both], 0, ({ name, run }) => `${name} of ${run}`)
  expect(stacked.names).toEqual(['sort of 1', 'sort of 2'])
  expect(stacked.totals).toEqual([[10], [15]])
})
