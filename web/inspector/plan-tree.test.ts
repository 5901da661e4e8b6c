import { expect, test } from 'vitest'
import { planRows } from './plan-tree.ts'
import { sampleOperator } from './sample-operator.ts'

const operator = (id: number, inputs: readonly number[], elapsedMs: number) =>
  sampleOperator({ id, inputs, elapsedMs })

test('the result comes first, each operator above what feeds it', () => {
  const rows = planRows({
    operators: [operator(0, [], 10), operator(1, [], 10), operator(2, [0, 1], 60), operator(3, [2], 20)],
  })
  expect(rows.map((row) => [row.operator.id, row.depth, row.share])).toEqual([
    [3, 0, 0.2],
    [2, 1, 0.6],
    [0, 2, 0.1],
    [1, 2, 0.1],
  ])
})
