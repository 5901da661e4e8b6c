import type { OperatorProfile } from '../../engine/lakebook.ts'

/** An operator that did nothing but what is given; for tests. */
export function sampleOperator(given: Partial<OperatorProfile>): OperatorProfile {
  return {
    id: 0,
    name: 'Scan',
    detail: '',
    inputs: [],
    rowsIn: 0,
    rowsOut: 0,
    elapsedMs: 0,
    peakBytes: 0,
    spilledBytes: 0,
    spillCount: 0,
    spillWrittenBytes: 0,
    spillReadBytes: 0,
    mergePasses: 0,
    compressionRatio: null,
    spillMs: 0,
    partitions: [],
    ...given,
  }
}
