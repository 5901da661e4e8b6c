import { expect, test } from 'vitest'
import { looksPrivate } from './persisted-storage.ts'

const gib = 2 ** 30

test('a quota near the memory looks private, one of a disk does not, and without figures nothing is said', () => {
  expect(looksPrivate(1.2 * gib, 4 * gib)).toBe(true)
  expect(looksPrivate(120 * gib, 4 * gib)).toBe(false)
  expect(looksPrivate(1.2 * gib, undefined)).toBe(false)
})
