import { describe, expect, it } from 'vitest'
import { compileRegexp, everyMatch } from './host-regexp.ts'
import { LinearRegExp, mayBacktrack } from './linear-regexp.ts'

describe('mayBacktrack', () => {
  it.each(['(a+)+', '(a|aa)*', '((a)*b)+', '(?:x*y?){3,}', '([a-z]+\\d)*', '(?<n>a|b)+'])('%s', (source) => {
    expect(mayBacktrack(source)).toBe(true)
  })

  it.each(['a+b*', '(abc)+', '(a+)b+', '(a+)?', '(a|b)', '\\(a+\\)+', '[(a+)]+', '(?:ab){2}', 'a{2,}(b)'])(
    'not %s',
    (source) => {
      expect(mayBacktrack(source)).toBe(false)
    },
  )
})

it.each([
  ['(a+)+b', '', 'aab xb aaab'],
  ['((\\w)=(\\d+),?)+', '', 'x=1,y=22 z=3'],
  ['(?:x|y)+', 'i', 'aXbYx'],
  ['^(a|b)+$', 'm', 'ab\nba\nc'],
  ['(.|\\n)*?c', 's', 'ab\ncabc'],
  ['((\\w|😀)+)', '', '日本 😀abc é'],
])('matches /%s/%s as a RegExp does', (source, options, text) => {
  const linear = compileRegexp(source, options)!
  expect(linear).toBeInstanceOf(LinearRegExp)
  const plain = new RegExp(linear.source, `${linear.flags}g`)
  const shown = (matches: Iterable<RegExpExecArray>) => [...matches].map((match) => [match.index, ...match])
  expect(shown(text.matchAll(everyMatch(linear)))).toEqual(shown(text.matchAll(plain)))
  expect(text.replace(everyMatch(linear), '<$&>')).toBe(text.replace(plain, '<$&>'))
  expect(linear.test(text)).toBe(new RegExp(linear.source, linear.flags).test(text))
})

it('takes time linear in the text', () => {
  const linear = compileRegexp('(a+)+$', '')!
  expect(linear.test(`${'a'.repeat(100_000)}b`)).toBe(false)
})

it('leaves what automata cannot match to RegExp', () => {
  const ahead = compileRegexp('(a|b)+(?=c)', '')!
  expect(ahead).not.toBeInstanceOf(LinearRegExp)
  expect(ahead.exec('xabc')?.[0]).toBe('ab')
})
