import { expect, test } from 'vitest'
import { sampleOperator } from './sample-operator.ts'
import { distinctMarks, spillingOperators } from './spill-lanes.ts'

const operator = (id: number, name: string, spillCount: number) =>
  sampleOperator({ id, name, spillCount, spilledBytes: spillCount * 10 })

test('spills and merges lie in lanes by their consumers, over the time of the run', () => {
  const spilling = spillingOperators({
    operators: [operator(0, 'Scan', 0), operator(1, 'Aggregate', 3), operator(2, 'Sort', 1)],
    elapsedMs: 100,
    memory: [],
    events: [
      { atMs: 5000, kind: 'spill', consumer: 'Aggregate #1[0]', bytes: 10 },
      { atMs: 5010, kind: 'spill', consumer: 'Aggregate #1[10]', bytes: 10 },
      { atMs: 5020, kind: 'spill', consumer: 'Aggregate #1[1]', bytes: 10 },
      { atMs: 5030, kind: 'evict', consumer: 'Column cache', bytes: 10 },
      { atMs: 5050, kind: 'merge', consumer: 'Aggregate #1[0]', bytes: 0 },
      { atMs: 5100, kind: 'spill', consumer: 'Result', bytes: 7 },
    ],
  })
  expect(spilling.map(({ name, lanes }) => [name, lanes.map((lane) => lane.name)])).toEqual([
    ['Aggregate #1', ['Aggregate #1[0]', 'Aggregate #1[1]', 'Aggregate #1[10]']],
    ['Sort #2', []],
    ['Result', ['Result']],
  ])
  expect(spilling[0]?.lanes[0]?.marks.map(({ kind, at }) => [kind, at])).toEqual([
    ['spill', 0],
    ['merge', 0.5],
  ])
  expect(spilling[2]?.lanes[0]?.marks[0]?.at).toBe(1)
})

test('marks that lie on each other are drawn once', () => {
  const marks = Array.from({ length: 10_000 }, (_, index) => ({ kind: 'spill', at: index / 10_000 }))
  const drawn = distinctMarks([...marks, { kind: 'merge', at: 0 }])
  expect(drawn.length).toBeLessThan(500)
  expect(drawn.filter(({ kind }) => kind === 'merge')).toHaveLength(1)
})
