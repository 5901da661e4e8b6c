import { expect, test } from 'vitest'
import { withHeapOnce } from './tab-memory.ts'

test('a heap that the page and two workers map is counted once', () => {
  const realm = (scope: string, url: string, bytes: number) => ({ bytes, attribution: [{ scope, url }] })
  const measured = {
    bytes: 100 + 3 * 1000 + 7,
    breakdown: [
      realm('Window', 'page', 1060),
      realm('DedicatedWorkerGlobalScope', 'coordinator', 1030),
      realm('DedicatedWorkerGlobalScope', 'compute', 1010),
      realm('DedicatedWorkerGlobalScope', 'editor', 7),
      { bytes: 0, attribution: [] },
    ],
  }
  expect(withHeapOnce(measured, 1000)).toEqual({ bytes: 1107, outsideBytes: 107 })
  expect(withHeapOnce({ bytes: 50, breakdown: [] }, 1000)).toBeNull()
})
