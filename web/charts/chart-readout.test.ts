import { expect, test } from 'vitest'
import { nearestReadout, readoutsOf, xText } from './chart-readout.ts'

const series = [
  {
    name: 'a',
    spread: null,
    points: [
      { x: 1, y: 10 },
      { x: 3, y: 30 },
    ],
  },
  {
    name: 'b',
    spread: null,
    points: [
      { x: 3, y: 5 },
      { x: 2, y: 7 },
    ],
  },
]

test('series that share an x are read together, from left to right', () => {
  const readouts = readoutsOf('line', series, (x) => Number(x) * 100)
  expect(readouts.map(({ x }) => x)).toEqual([1, 2, 3])
  expect(readouts[2]!.values).toEqual([
    { series: 0, name: 'a', y: 30 },
    { series: 1, name: 'b', y: 5 },
  ])
  expect(nearestReadout(readouts, 160)).toBe(1)
  expect(nearestReadout([], 160)).toBeNull()
})

test('a scatter is read point by point, in both directions', () => {
  const readouts = readoutsOf('scatter', series, (x) => Number(x) * 100)
  expect(readouts).toHaveLength(4)
  const nearest = nearestReadout(readouts, 290, { at: 6, yOf: (y) => y })
  expect(readouts[nearest!]!.values).toEqual([{ series: 1, name: 'b', y: 5 }])
})

test('an x is written as its kind asks', () => {
  expect(xText(Date.UTC(2024, 2, 1), 'time')).toBe('2024-03-01')
  expect(xText(Date.UTC(2024, 2, 1, 12, 30), 'time')).toBe('2024-03-01 12:30:00')
  expect(xText(1234.5, 'number')).toBe('1,234.5')
  expect(xText('TW', 'category')).toBe('TW')
})
