import { describe, expect, it } from 'vitest'
import { compileRegexp, expandReplacement } from './host-regexp.ts'
import { zoneOffsetSeconds } from './host-zone.ts'

describe('compileRegexp', () => {
  it('takes what RE2 takes and JavaScript spells another way', () => {
    expect(compileRegexp('(?i)abc', '')?.test('xABCx')).toBe(true)
    expect(compileRegexp('(?P<year>\\d+)', '')?.exec('in 2024')?.groups?.['year']).toBe('2024')
    expect(compileRegexp('[[:digit:]]+', '')?.exec('a12')?.[0]).toBe('12')
    expect(compileRegexp('\\A\\-b\\z', '')?.test('-b')).toBe(true)
    expect(compileRegexp('a.c', 'l')?.test('abc')).toBe(false)
  })

  it('gives null for what is not valid', () => {
    expect(compileRegexp('(', '')).toBeNull()
  })
})

it('replaces \\n by groups', () => {
  expect(expandReplacement('<\\2\\1\\\\\\9>', ['ab', 'a', 'b'])).toBe('<ba\\>')
})

describe('zoneOffsetSeconds', () => {
  it('knows clock changes', () => {
    expect(zoneOffsetSeconds('Asia/Taipei', 0)).toBe(8 * 3600)
    expect(zoneOffsetSeconds('Europe/Berlin', Date.UTC(2024, 2, 31, 0, 59))).toBe(3600)
    expect(zoneOffsetSeconds('Europe/Berlin', Date.UTC(2024, 2, 31, 1, 0))).toBe(7200)
    expect(zoneOffsetSeconds('Asia/Kolkata', Date.UTC(1, 0, 1))).toBeTypeOf('number')
  })

  it('is NaN for what is no zone', () => {
    expect(zoneOffsetSeconds('Nowhere/Land', 0)).toBeNaN()
  })
})
