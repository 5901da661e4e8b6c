import { expect, test } from 'vitest'
import { globPattern, isGlob, literalPattern } from './glob.ts'

test.each([
  ['part-*.parquet', 'part-12.parquet', true],
  ['part-*.parquet', 'PART-1.PARQUET', true],
  ['part-*.parquet', 'part-1.parquet.bak', false],
  ['*.parquet', 'a/b.parquet', false],
  ['**.parquet', 'a/b.parquet', true],
  ['part-?.parquet', 'part-1.parquet', true],
  ['part-?.parquet', 'part-10.parquet', false],
  ['part-[0-4].parquet', 'part-3.parquet', true],
  ['part-[!0-4].parquet', 'part-3.parquet', false],
  ['a+b(1)*', 'a+b(1).parquet', true],
  ['part-[.parquet', 'part-[.parquet', true],
])('%s matches %s: %s', (glob, name, matches) => {
  expect(globPattern(glob).test(name)).toBe(matches)
})

test('a range that runs backwards is an error of whoever wrote it', () => {
  expect(() => globPattern('part-[9-0]*')).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
})

test('names without wildcards are taken as they are', () => {
  expect(isGlob('a.parquet')).toBe(false)
  expect(isGlob('a?.parquet')).toBe(true)
  expect(literalPattern('a.b').test('axb')).toBe(false)
})
