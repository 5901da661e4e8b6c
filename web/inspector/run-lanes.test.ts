import { expect, test } from 'vitest'
import { runLanes } from './run-lanes.ts'

const cellOf = { 1: 'a', 2: 'b', 3: 'a', 4: 'c' }

test('each cell that ran meanwhile has a lane, with all its runs and what they spilled', () => {
  const runs = [
    { run: 4, fromMs: 0, toMs: 50 },
    { run: 1, fromMs: 50, toMs: 200 },
    { run: 2, fromMs: 150, toMs: null },
    { run: 3, fromMs: 250, toMs: 300 },
    { run: 9, fromMs: 100, toMs: 300 },
  ]
  const events = [
    { run: 1, kind: 'spill', atMs: 150, consumer: 'Sort #2', bytes: 1 },
    { run: 2, kind: 'merge', atMs: 400, consumer: 'Sort #2', bytes: 1 },
    { run: 4, kind: 'spill', atMs: 20, consumer: 'Sort #2', bytes: 1 },
  ] as const
  expect(runLanes(runs, events, cellOf, 100, 300)).toEqual([
    {
      cellId: 'a',
      spans: [
        { from: 0, to: 0.5 },
        { from: 0.75, to: 1 },
      ],
      marks: [{ kind: 'spill', at: 0.25, what: 'Sort #2' }],
    },
    { cellId: 'b', spans: [{ from: 0.25, to: 1 }], marks: [] },
  ])
})
