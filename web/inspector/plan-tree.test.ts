import { expect, test } from 'vitest'
import type { OperatorProfile } from '../../engine/lakebook.ts'
import { planRows } from './plan-tree.ts'

function operator(id: number, inputs: readonly number[], elapsedMs: number): OperatorProfile {
  return {
    id,
    name: `op${id}`,
    detail: '',
    inputs,
    rowsIn: 0,
    rowsOut: 0,
    elapsedMs,
    peakBytes: 0,
    spilledBytes: 0,
    spillCount: 0,
    spillWrittenBytes: 0,
    spillReadBytes: 0,
    mergePasses: 0,
    compressionRatio: null,
    spillMs: 0,
    partitions: [],
  }
}

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
