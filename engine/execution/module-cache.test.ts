import { expect, it } from 'vitest'
import { ModuleBuilder } from '../codegen/assembler.ts'
import { ModuleCache } from './module-cache.ts'

function constant(value: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false })
  module.function('constant', { params: [], results: ['i32'] }, (f) => {
    f.i32(value)
  })
  return module.build()
}

it('gives the same module for the same bytes, and another for others', () => {
  const cache = new ModuleCache(64 * 2 ** 20)
  const first = cache.compile(constant(1))
  expect(cache.compile(constant(1))).toBe(first)
  expect(cache.compile(constant(2))).not.toBe(first)
})
