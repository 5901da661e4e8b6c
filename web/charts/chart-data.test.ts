import { tableFromArrays } from 'apache-arrow'
import { expect, test } from 'vitest'
import { types, type Schema } from '../../engine/arrow/types.ts'
import { blocksToRead, chartData, hasFewValues, MAX_POINTS, thinLine } from './chart-data.ts'
import { defaultSpec, specFor } from './chart-spec.ts'

function schema(fields: Record<string, Schema['fields'][number]['type']>): Schema {
  return { fields: Object.entries(fields).map(([name, type]) => ({ name, type, nullable: true })) }
}

test('the first chart follows the types', () => {
  const both = schema({ city: types.utf8, day: types.date, mean: types.float64 })
  expect(defaultSpec(both, 90)).toEqual({ mark: 'line', x: 'day', y: 'mean', colour: 'city' })
  expect(defaultSpec(schema({ city: types.utf8, n: types.int64 }), 9)).toMatchObject({
    mark: 'bar',
    x: 'city',
    y: 'n',
  })
  expect(defaultSpec(schema({ a: types.int64, b: types.float32 }), 9)).toMatchObject({
    mark: 'scatter',
    x: 'a',
    y: 'b',
  })
  expect(defaultSpec(schema({ a: types.utf8 }), 9)).toBeNull()
})

test('a saved chart whose columns are gone starts anew', () => {
  const now = schema({ a: types.int64, b: types.int64 })
  const spec = { mark: 'line', x: 'a', y: 'b', colour: 'gone' } as const
  expect(specFor(spec, now, 5)).toEqual({ ...spec, colour: null })
  expect(specFor({ ...spec, x: 'gone' }, now, 5)).toMatchObject({ mark: 'scatter' })
})

test('a small result is read whole, a large one in blocks from its first row to its last', () => {
  expect(blocksToRead(0)).toEqual([])
  expect(blocksToRead(MAX_POINTS)).toEqual([{ offset: 0, limit: MAX_POINTS }])
  const blocks = blocksToRead(1_079_888)
  expect(blocks[0]?.offset).toBe(0)
  expect(blocks.at(-1)!.offset + blocks.at(-1)!.limit).toBe(1_079_888)
  expect(blocks.reduce((sum, block) => sum + block.limit, 0)).toBe(MAX_POINTS)
})

test('a column of more values than there are colours is none to colour by unasked', () => {
  const column = (values: number) =>
    tableFromArrays({ c: Array.from({ length: 100 }, (_, row) => `c${row % values}`) })
  const fields = schema({ c: types.utf8 })
  expect(hasFewValues('c', fields, [column(7), column(3)])).toBe(true)
  expect(hasFewValues('c', fields, [column(3), column(8)])).toBe(false)
  expect(hasFewValues('gone', fields, [column(3)])).toBe(false)
})

test('series by colour, NULLs counted, the smallest folded together', () => {
  const table = tableFromArrays({
    x: Float64Array.from({ length: 30 }, (_, i) => 30 - i),
    y: [null, ...Array.from({ length: 29 }, (_, i) => i)],
    c: Array.from({ length: 30 }, (_, i) => `c${i % 10}`),
  })
  const data = chartData(
    { mark: 'line', x: 'x', y: 'y', colour: 'c' },
    schema({ x: types.float64, y: types.float64, c: types.utf8 }),
    [table],
    30,
  )
  expect(data.skipped).toBe(1)
  expect(data.series.map((each) => each.points.length)).toEqual([3, 3, 3, 3, 3, 3, 3, 8])
  expect(data.series.at(-1)?.name).toBe('all others')
  const xs = data.series[0]!.points.map((point) => Number(point.x))
  expect(xs).toEqual(xs.toSorted((a, b) => a - b))
})

test('a thinned line keeps its extremes and its ends', () => {
  const points = Array.from({ length: 100_000 }, (_, x) => ({ x, y: x === 41_234 ? 1e6 : Math.sin(x) }))
  const thin = thinLine(points, 500)
  expect(thin.length).toBeLessThanOrEqual(2004)
  expect(thin).toContainEqual({ x: 41_234, y: 1e6 })
  expect([thin[0], thin.at(-1)]).toEqual([points[0], points.at(-1)])
})

test('a line goes through the mean of the rows of one x, in a band of their range', () => {
  const table = tableFromArrays({
    x: Float64Array.from([2, 1, 2, 1]),
    y: Float64Array.from([10, 1, 20, 3]),
  })
  const data = chartData(
    { mark: 'line', x: 'x', y: 'y', colour: null },
    schema({ x: types.float64, y: types.float64 }),
    [table],
    4,
  )
  expect(data.averaged).toBe(true)
  expect(data.series[0]).toMatchObject({
    points: [
      { x: 1, y: 2 },
      { x: 2, y: 15 },
    ],
    spread: [
      { x: 1, low: 1, high: 3 },
      { x: 2, low: 10, high: 20 },
    ],
  })
})
