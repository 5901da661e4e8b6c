import { describe, expect, it } from 'vitest'
import { formatDouble, formatFloat } from './host-number.ts'
import { compileRegexp, expandReplacement } from './host-regexp.ts'
import { zoneOffsetSeconds } from './host-zone.ts'

describe('formatDouble', () => {
  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [-1234.5, '-1234.5'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [12345678912345678, '1.2345678912345678e+16'],
    [0.0001, '0.0001'],
    [1e-5, '1e-05'],
    [-1.5e-300, '-1.5e-300'],
    [NaN, 'nan'],
    [-Infinity, '-inf'],
  ])('%s is %s', (value, text) => {
    expect(formatDouble(value)).toBe(text)
  })

  it('writes single precision no longer than it takes', () => {
    expect(formatFloat(Math.fround(0.1))).toBe('0.1')
    expect(formatFloat(16777216)).toBe('16777216.0')
    expect(formatFloat(Math.fround(3.4e38))).toBe('3.4e+38')
  })
})

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
