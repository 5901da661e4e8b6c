import { expect, test } from 'vitest'
import { isMemory } from './opfs-spill-storage.ts'

test('slow writes with nothing to flush look like memory; fast ones, and slow disks, do not', () => {
  // measured in Chromium, for 4 MiB: private windows, then windows with a profile on a disk
  expect(isMemory(50, 0.04)).toBe(true)
  expect(isMemory(25, 0.2)).toBe(true)
  expect(isMemory(1.2, 3.8)).toBe(false)
  expect(isMemory(0.4, 0.05)).toBe(false)
  // a disk without a cache has waited already, but has something to flush all the same
  expect(isMemory(40, 20)).toBe(false)
})
