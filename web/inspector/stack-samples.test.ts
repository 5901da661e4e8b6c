import { expect, test } from 'vitest'
import type { ConsumerSnapshot, MemorySnapshot } from '../../engine/lakebook.ts'
import { drawnSamples } from './drawn-samples.ts'
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
  expect(stacked.consumers).toEqual([
    { name: 'cache', now: 10, peak: 10, spilledBytes: 0, spillCount: 0 },
    { name: 'sort', now: 30, peak: 30, spilledBytes: 0, spillCount: 0 },
  ])
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
  expect(stacked.consumers).toHaveLength(8)
  expect(stacked.consumers.at(-1)).toMatchObject({ name: 'Others', now: 6, peak: 6 })
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
  expect(stacked.consumers.map(({ name }) => name)).toEqual(['sort of 1', 'sort of 2'])
  expect(stacked.totals).toEqual([[10], [15]])
})

test('spills of one name are added up, and the most at any time is said', () => {
  const spilling = (spilledBytes: number) => {
    const [sort] = sample(0, { sort: 1 }).consumers
    return {
      ...sample(0, {}),
      consumers: [sort!, sort!].map((each) => ({ ...each, spilledBytes, spillCount: 2 })),
    }
  }
  const stacked = stackSamples([spilling(30), spilling(20)], 0, nameItself)
  expect(stacked.consumers).toEqual([{ name: 'sort', now: 2, peak: 2, spilledBytes: 60, spillCount: 4 }])
})

test('of many samples so many are drawn as can be seen, the greatest, the first and the last among them', () => {
  const many = Array.from({ length: 2000 }, (_, at) => sample(at, { sort: at === 777 ? 500 : at % 10 }))
  const drawn = drawnSamples(many, 100)
  expect(drawn.length).toBeLessThanOrEqual(102)
  expect(drawn.map(({ atMs }) => atMs)).toEqual(expect.arrayContaining([0, 777, 1999]))
  expect(drawn).toEqual(drawn.toSorted((a, b) => a.atMs - b.atMs))
  expect(drawnSamples(many.slice(0, 100), 100)).toEqual(many.slice(0, 100))
})
