import { expect, it } from 'vitest'
import { openHeap } from '../testing/open-heap.ts'

interface Kernels {
  string_like(ptr: number, len: number, pattern: number, patternLen: number, escape: number): number
}

/** The same pattern as a regular expression. */
function expressionOf(pattern: string): RegExp {
  const parts = Array.from(pattern, (char) =>
    char === '%' ? '[^]*' : char === '_' ? '[^]' : char.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  )
  return new RegExp(`^${parts.join('')}$`, 'u')
}

it('LIKE finds what a regular expression finds, in texts shorter and longer than a vector', async () => {
  const { heap, kernels, pagesOf } = await openHeap<Kernels>()
  const at = pagesOf('texts').allocate(65_536)
  let state = 12345
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  const made = (chars: readonly string[], length: number): string =>
    Array.from({ length }, () => chars[random(chars.length)]).join('')
  const encoder = new TextEncoder()
  let found = 0
  for (let round = 0; round < 20_000; round++) {
    const chars = round % 2 === 0 ? ['a', 'b'] : ['a', 'b', 'c', 'é', '日']
    const text = made(chars, random(60))
    const piece = text.slice(random(20), random(60))
    const pattern = [
      `%${piece}%`,
      made(['a', 'b', '%', '_', 'é'], random(8)),
      `%${piece}_%${made(chars, 2)}%`,
    ][random(3)]!
    const bytes = encoder.encode(text)
    const wanted = encoder.encode(pattern)
    heap.u8.set(bytes, at)
    // what follows the text must not count
    heap.u8.fill(0x61, at + bytes.length, at + bytes.length + 32)
    heap.u8.set(wanted, at + 4096)
    const matches = kernels.string_like(at, bytes.length, at + 4096, wanted.length, -1) === 1
    if (matches) found++
    if (matches !== expressionOf(pattern).test(text)) expect(`${text} LIKE ${pattern}`).toBe(matches)
  }
  expect(found).toBeGreaterThan(2000)
})
