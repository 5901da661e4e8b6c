import { expect, it } from 'vitest'
import { ModuleBuilder } from '../codegen/assembler.ts'
import { compileModule, ModuleCache } from './module-cache.ts'

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

it('says when a function is longer than the platform takes', () => {
  const module = new ModuleBuilder({ shared: false })
  module.function('wide', { params: [], results: [] }, (f) => {
    for (let index = 0; index < 60_000; index++) f.local(index % 2 === 0 ? 'i32' : 'f64')
  })
  expect(() => compileModule(module.build())).toThrow(
    expect.objectContaining({ code: 'unsupported' }) as Error,
  )
})
