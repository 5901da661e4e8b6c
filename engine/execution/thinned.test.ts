import { expect, test } from 'vitest'
import { Thinned } from './thinned.ts'

interface Spill {
  readonly at: number
  readonly bytes: number
}

function thinned(count: number, bytesAt: (at: number) => number): readonly Spill[] {
  const thin = new Thinned<Spill>(100, ({ bytes }) => bytes)
  for (let at = 0; at < count; at++) thin.push({ at, bytes: bytesAt(at) })
  return thin.items
}

test.each([0, 1, 98, 99, 100, 101, 197, 1000, 12_345])('%i items are kept in order and evenly', (count) => {
  const items = thinned(count, (at) => at % 7)
  const places = items.map(({ at }) => at)
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(new Set(places).size).toBe(places.length)
  expect(items.length).toBeLessThanOrEqual(100)
  expect(items.length).toBeGreaterThanOrEqual(Math.min(count, 48))
  expect(places.at(-1)).toBe(count === 0 ? undefined : count - 1)
  const early = places.filter((at) => at < count / 2).length
  expect(Math.abs(early - items.length / 2)).toBeLessThan(5)
})

test('the largest ones are kept', () => {
  const isLarge = (at: number): boolean => at % 1500 === 700
  const items = thinned(10_000, (at) => (isLarge(at) ? 5000 : at % 7))
  expect(items.filter(({ bytes }) => bytes === 5000).map(({ at }) => at)).toEqual([
    700, 2200, 3700, 5200, 6700, 8200, 9700,
  ])
})
