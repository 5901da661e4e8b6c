import { describe, expect, it } from 'vitest'
import { ModuleBuilder } from './assembler.ts'

async function instantiate(
  module: ModuleBuilder,
  imports: WebAssembly.Imports = {},
): Promise<WebAssembly.Exports> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { instance } = await WebAssembly.instantiate(module.build(), { env: { memory }, ...imports })
  return instance.exports
}

describe('ModuleBuilder', () => {
  it('builds loops with branches', async () => {
    const module = new ModuleBuilder({ shared: false })
    module.function('sum', { params: ['i32'], results: ['i64'] }, (f, [n]) => {
      const i = f.local('i32')
      const total = f.local('i64')
      f.block((exit) => {
        f.loop((again) => {
          f.get(i)
          f.get(n!)
          f.op('i32.ge_u')
          f.brIf(exit)
          f.get(total)
          f.get(i)
          f.op('i64.extend_i32_u')
          f.op('i64.add')
          f.set(total)
          f.get(i)
          f.i32(1)
          f.op('i32.add')
          f.set(i)
          f.br(again)
        })
      })
      f.get(total)
    })
    const { sum } = (await instantiate(module)) as { sum: (n: number) => bigint }
    expect(sum(100_000)).toBe(4_999_950_000n)
  })

  it('declares locals of scopes that have ended anew, and no others', () => {
    new ModuleBuilder({ shared: false }).function('f', { params: ['i32'], results: [] }, (f) => {
      const kept = f.local('i32')
      const declared: number[] = []
      f.scope(() => {
        const outer = f.local('i32')
        f.scope(() => declared.push(f.local('i32').index, f.local('i64').index))
        f.scope(() => declared.push(f.local('i64').index, f.local('i32').index))
        expect(declared.slice(2)).toEqual([declared[1], declared[0]])
        expect(declared).not.toContain(outer.index)
      })
      expect(declared).not.toContain(kept.index)
      expect(f.local('f64').index).toBe(5)
      f.scope(() => expect([2, 3]).toContain(f.local('i32').index))
    })
  })

  it('lets imports be added while functions are being built', async () => {
    const module = new ModuleBuilder({ shared: false })
    const first = module.function('first', { params: [], results: ['i32'] }, (f) => {
      f.i32(-40)
      f.call(module.import('host', 'plus', { params: ['i32'], results: ['i32'] }))
    })
    module.function('second', { params: [], results: ['i32'] }, (f) => {
      f.call(first)
      f.call(module.import('host', 'times', { params: ['i32'], results: ['i32'] }))
    })
    const { second } = (await instantiate(module, {
      host: { plus: (x: number) => x + 1, times: (x: number) => x * 3 },
    })) as { second: () => number }
    expect(second()).toBe(-117)
  })

  it.each([0n, 63n, 64n, -64n, -65n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'encodes the constant %s',
    async (value) => {
      const module = new ModuleBuilder({ shared: false })
      module.function('constant', { params: [], results: ['i64'] }, (f) => {
        f.i64(value)
      })
      const { constant } = (await instantiate(module)) as { constant: () => bigint }
      expect(constant()).toBe(value)
    },
  )
})
