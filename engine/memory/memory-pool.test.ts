import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import type { MemoryConsumer, MemoryPool } from './memory-pool.ts'
import { LEDGER_BYTES, PoolLedger, SLOTS } from './pool-ledger.ts'
import { TrackedPool, type BuiltInPolicy } from './tracked-pool.ts'

const MB = 1e6
const GB = 1e9

function poolOf(policy: BuiltInPolicy | MemoryPool, limitBytes: number): TrackedPool {
  return TrackedPool.over(new PoolLedger(new ArrayBuffer(LEDGER_BYTES), 0), policy, limitBytes)
}

function spilling(pool: TrackedPool, name: string) {
  return pool.register({ name, canSpill: true })
}

describe('greedy', () => {
  it('on 1 GB: 400 granted, 400 granted, 300 refused, 200 released, 300 granted', () => {
    const pool = poolOf('greedy', GB)
    const [a, b, c] = [spilling(pool, 'a'), spilling(pool, 'b'), spilling(pool, 'c')]
    expect(a.tryGrow(400 * MB)).toBe(true)
    expect(b.tryGrow(400 * MB)).toBe(true)
    expect(c.tryGrow(300 * MB)).toBe(false)
    expect(c.size).toBe(0)
    a.shrink(200 * MB)
    expect(c.tryGrow(300 * MB)).toBe(true)
    expect([a.size, b.size, c.size]).toEqual([200 * MB, 400 * MB, 300 * MB])
    expect(pool.availableBytes).toBe(100 * MB)
  })

  it('grants to the last byte', () => {
    const pool = poolOf('greedy', 100)
    const a = spilling(pool, 'a')
    expect(a.tryGrow(101)).toBe(false)
    expect(a.tryGrow(100)).toBe(true)
    expect(a.tryGrow(1)).toBe(false)
    expect(a.tryGrow(0)).toBe(true)
  })
})

describe('fair', () => {
  it('on 1 GB: where one of three needs 100 MB, the others may have 450 MB each, and the next request spills', () => {
    const pool = poolOf('fair', GB)
    const [a, b, c] = [spilling(pool, 'a'), spilling(pool, 'b'), spilling(pool, 'c')]
    a.grow(100 * MB)
    a.settle()
    expect(b.tryGrow(450 * MB)).toBe(true)
    expect(b.tryGrow(1)).toBe(false)
    expect(c.tryGrow(450 * MB)).toBe(true)
    for (const full of [b, c]) {
      expect(full.tryGrow(10 * MB)).toBe(false)
      const spilled = full.size
      full.shrink(spilled)
      full.recordSpill(spilled)
      expect(full.tryGrow(10 * MB)).toBe(true)
    }
    expect(
      pool.snapshot().consumers.map(({ name, spillCount, spilledBytes }) => [name, spillCount, spilledBytes]),
    ).toEqual([
      ['a', 0, 0],
      ['b', 1, 450 * MB],
      ['c', 1, 450 * MB],
    ])
  })

  it('keeps the share of a consumer that has not asked yet', () => {
    const pool = poolOf('fair', 900)
    const [a, b, c] = [spilling(pool, 'a'), spilling(pool, 'b'), spilling(pool, 'c')]
    expect(a.tryGrow(301)).toBe(false)
    expect(a.tryGrow(300)).toBe(true)
    expect(b.tryGrow(300)).toBe(true)
    expect(c.tryGrow(300)).toBe(true)
  })

  it('serves those that cannot spill first', () => {
    const pool = poolOf('fair', 1000)
    const fixed = pool.register({ name: 'fixed', canSpill: false })
    const [a, b] = [spilling(pool, 'a'), spilling(pool, 'b')]
    fixed.grow(400)
    expect(a.tryGrow(300)).toBe(true)
    expect(a.tryGrow(1)).toBe(false)
    expect(fixed.tryGrow(300)).toBe(true)
    expect(b.tryGrow(151)).toBe(false)
    // a holds more than its share of 150 since fixed grew: there is nothing left until a spills
    expect(b.tryGrow(1)).toBe(false)
    a.shrink(300)
    expect(b.tryGrow(150)).toBe(true)
    expect(fixed.tryGrow(151)).toBe(false)
    expect(fixed.tryGrow(150)).toBe(true)
  })

  it('shares out what ended, and what was unsettled is needed again', () => {
    const pool = poolOf('fair', 1000)
    const [a, b] = [spilling(pool, 'a'), spilling(pool, 'b')]
    a.settle()
    expect(b.tryGrow(1000)).toBe(true)
    b.shrink(1000)
    a.unsettle()
    expect(b.tryGrow(501)).toBe(false)
    a.settle()
    a.grow(1)
    expect(b.tryGrow(501)).toBe(false)
    a.free()
    expect(b.tryGrow(1000)).toBe(true)
  })

  it('says what a consumer could hold', () => {
    const pool = poolOf('fair', 1000)
    const cache = pool.register({ name: 'cache', canSpill: false, evictable: true })
    const fixed = pool.register({ name: 'fixed', canSpill: false })
    const [a, b] = [spilling(pool, 'a'), spilling(pool, 'b')]
    cache.grow(300)
    fixed.grow(100)
    expect([a.mostBytes, b.mostBytes, fixed.mostBytes, cache.mostBytes]).toEqual([450, 450, 1000, 900])
    b.settle()
    expect(a.mostBytes).toBe(900)
    b.grow(200)
    expect([a.mostBytes, b.mostBytes, fixed.mostBytes]).toEqual([450, 450, 800])
    cache.shrink(300)
    expect(a.tryGrow(450)).toBe(true)
    expect(a.tryGrow(1)).toBe(false)
  })

  it('gives evictable consumers no share, and says how much they would have to give back', () => {
    const pool = poolOf('fair', 1000)
    const cache = pool.register({ name: 'cache', canSpill: false, evictable: true })
    const a = spilling(pool, 'a')
    cache.grow(1000)
    expect(a.missingFor(600)).toBe(600)
    expect(a.missingFor(1001)).toBe(Number.POSITIVE_INFINITY)
    cache.shrink(600)
    expect(a.missingFor(600)).toBe(0)
  })
})

describe('unbounded', () => {
  it('refuses nothing and counts all the same', () => {
    const pool = poolOf('unbounded', 100)
    const a = spilling(pool, 'a')
    a.grow(5000)
    expect(pool.reservedBytes).toBe(5000)
    a.free()
    expect(pool.reservedBytes).toBe(0)
    expect(pool.peakReservedBytes).toBe(5000)
  })
})

describe('custom', () => {
  it('asks the object of the embedder, which may look at the engine while it is asked', () => {
    const calls: string[] = []
    const custom: MemoryPool = {
      name: 'tenants',
      register: ({ name }) => calls.push(`register ${name}`),
      unregister: ({ name }) => calls.push(`unregister ${name}`),
      tryGrow: ({ name }: MemoryConsumer, additionalBytes, reservedBytes) => {
        calls.push(`tryGrow ${name} ${additionalBytes} ${reservedBytes}`)
        return pool.snapshot().reservedBytes + additionalBytes <= 10
      },
      shrink: ({ name }, bytes) => calls.push(`shrink ${name} ${bytes}`),
    }
    const pool = poolOf(custom, 100)
    const a = spilling(pool, 'a')
    expect(a.tryGrow(8)).toBe(true)
    expect(a.tryGrow(3)).toBe(false)
    expect(() => a.grow(3)).toThrow(/tenants pool/)
    a.shrink(2)
    a.free()
    expect(pool.policyName).toBe('tenants')
    expect(calls).toEqual([
      'register a',
      'tryGrow a 8 0',
      'tryGrow a 3 8',
      'tryGrow a 3 8',
      'shrink a 2',
      'shrink a 6',
      'unregister a',
    ])
  })
})

describe('tracking', () => {
  it('keeps peaks and spills of every consumer, also after it has gone, until the next period', () => {
    const pool = poolOf('greedy', 1000)
    const a = pool.register({ name: 'sort', canSpill: true, run: 3 })
    a.grow(600)
    a.shrink(500)
    a.recordSpill(500)
    const b = pool.register({ name: 'column cache', canSpill: false, evictable: true })
    b.grow(300)
    a.free()
    a.free()
    expect(a.peakBytes).toBe(600)
    expect([a.size, a.spilledBytes, a.spillCount]).toEqual([0, 500, 1])
    pool.addSpillFileBytes(700)
    pool.addSpillFileBytes(-200)
    const { atMs, ...snapshot } = pool.snapshot()
    expect(atMs).toBeGreaterThanOrEqual(0)
    expect(snapshot).toEqual({
      budgetBytes: 1000,
      limitBytes: null,
      reservedBytes: 300,
      peakReservedBytes: 600,
      spillFileBytes: 500,
      diskCacheBytes: 0,
      consumers: [
        {
          name: 'sort',
          run: 3,
          canSpill: true,
          reservedBytes: 0,
          peakBytes: 600,
          spilledBytes: 500,
          spillCount: 1,
        },
        {
          name: 'column cache',
          run: null,
          canSpill: false,
          reservedBytes: 300,
          peakBytes: 300,
          spilledBytes: 0,
          spillCount: 0,
        },
      ],
    })
    pool.startPeriod()
    expect(pool.peakReservedBytes).toBe(300)
    expect(pool.snapshot().consumers.map((consumer) => consumer.name)).toEqual(['column cache'])
    spilling(pool, 'next')
    expect(a.peakBytes).toBe(600)
  })

  it('refuses with requested, reserved and available bytes and the top five consumers', () => {
    const pool = poolOf('greedy', 100 * 2 ** 20)
    for (let index = 1; index <= 7; index++) {
      pool.register({ name: `op ${index}`, canSpill: index !== 7 }).grow(index * 2 ** 20)
    }
    const late = spilling(pool, 'late')
    let error: unknown
    try {
      late.grow(90 * 2 ** 20)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(LakebookError)
    expect(error).toMatchObject({
      code: 'out_of_memory',
      message:
        'late requested 90 MiB, but of 100 MiB (greedy pool) 28 MiB are reserved and 72 MiB available. ' +
        'Top consumers: op 7 7 MiB (cannot spill), op 6 6 MiB, op 5 5 MiB, op 4 4 MiB, op 3 3 MiB',
    })
  })

  it('cuts long names between characters', () => {
    const pool = poolOf('greedy', 1000)
    spilling(pool, 'é'.repeat(50))
    expect(pool.snapshot().consumers[0]?.name).toBe('é'.repeat(36))
  })

  it('has as many consumers as slots, and uses slots again', () => {
    const pool = poolOf('fair', 2000)
    const all = Array.from({ length: SLOTS }, (_, index) => spilling(pool, `op ${index}`))
    expect(() => spilling(pool, 'one more')).toThrow(/More than 380 memory consumers/)
    all[17]?.free()
    spilling(pool, 'one more').grow(3)
    expect(pool.snapshot().consumers[17]?.name).toBe('one more')
  })

  it('notices a consumer that gives back more than it holds, or goes on after its end', () => {
    const pool = poolOf('greedy', 1000)
    const a = spilling(pool, 'a')
    a.grow(5)
    expect(() => a.shrink(6)).toThrow(/gives back 6 bytes and holds 5/)
    a.free()
    expect(() => a.tryGrow(1)).toThrow(/after its end/)
  })
})
