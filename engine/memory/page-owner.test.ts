import { expect, it } from 'vitest'
import { expectNothingHeld } from '../testing/expect-nothing-held.ts'
import { Heap } from './heap.ts'
import { PageOwner } from './page-owner.ts'
import { TrackedPool, type BuiltInPolicy, type Evictable } from './tracked-pool.ts'

const MiB = 2 ** 20

function open(policy: BuiltInPolicy) {
  const heap = Heap.create(16 * MiB, { shared: false })
  const pool = TrackedPool.open(heap, policy)
  const ownerOf = (name: string, canSpill = true) => new PageOwner(heap, pool.register({ name, canSpill }))
  return { heap, pool, ownerOf }
}

it('reserves what it takes, in whole pages, and gives all of it back', () => {
  const { heap, pool, ownerOf } = open('greedy')
  const owner = ownerOf('sort')
  const a = owner.allocate(1)
  const b = owner.allocate(65537)
  expect(b).not.toBe(a)
  expect(pool.reservedBytes).toBe(3 * 65536)
  expect(owner.heldBytes).toBe(3 * 65536)
  expect(heap.takenBytes).toBe(3 * 65536)
  expect(() => expectNothingHeld(heap, pool)).toThrow(/sort/)
  owner.free(a, 1)
  owner.allocate(3 * MiB)
  owner.shrink(b, 65537, 100)
  expect(pool.reservedBytes).toBe(3 * MiB + 65536)
  owner.freeAll()
  expectNothingHeld(heap, pool)
})

it('throws out_of_memory or returns 0 when the pool refuses, and stays usable', () => {
  const { heap, pool, ownerOf } = open('fair')
  const sort = ownerOf('sort')
  ownerOf('aggregate')
  expect(sort.tryAllocate(10 * MiB)).toBe(0)
  expect(() => sort.allocate(10 * MiB)).toThrow(/sort requested 10 MiB/)
  expect(sort.tryAllocate(7 * MiB)).toBeGreaterThan(0)
  sort.freeAll()
  expectNothingHeld(heap, pool)
})

it('gives what nothing can go on without beyond every bound but the pool', () => {
  const { heap, pool, ownerOf } = open('fair')
  const sort = ownerOf('sort')
  const aggregate = ownerOf('aggregate')
  sort.mostBytes = MiB
  expect(sort.tryAllocate(2 * MiB)).toBe(0)
  expect(sort.beyondBound(() => sort.tryAllocate(10 * MiB))).toBeGreaterThan(0)
  expect(sort.tryAllocate(1)).toBe(0)
  expect(aggregate.beyondBound(() => aggregate.tryAllocate(7 * MiB))).toBe(0)
  sort.freeAll()
  expectNothingHeld(heap, pool)
})

it('gives the reservation back when the heap has no run that long', () => {
  const { heap, pool, ownerOf } = open('unbounded')
  const owner = ownerOf('big')
  expect(owner.tryAllocate(17 * MiB)).toBe(0)
  const halves = [owner.allocate(7 * MiB), owner.allocate(1 * MiB), owner.allocate(7 * MiB)]
  owner.free(halves[0] ?? 0, 7 * MiB)
  owner.free(halves[2] ?? 0, 7 * MiB)
  expect(() => owner.allocate(10 * MiB)).toThrow(/15 MiB available \([78].* MiB in one piece\)/)
  owner.freeAll()
  expectNothingHeld(heap, pool)
})

it('evicts caches before it refuses, and only if that helps', () => {
  const { heap, pool } = open('fair')
  const cacheOwner = new PageOwner(heap, pool.register({ name: 'cache', canSpill: false, evictable: true }))
  const cached: number[] = []
  const asked: number[] = []
  const cache: Evictable = {
    name: 'cache',
    evict(bytes) {
      asked.push(bytes)
      let freed = 0
      while (freed < bytes && cached.length > 0) {
        cacheOwner.free(cached.shift() ?? 0, MiB)
        freed += MiB
      }
      return freed
    },
  }
  const unregister = pool.registerEvictable(cache)
  for (let index = 0; index < 15; index++) cached.push(cacheOwner.allocate(MiB))
  const sort = new PageOwner(heap, pool.register({ name: 'sort', canSpill: true }))
  expect(sort.tryAllocate(64 * MiB)).toBe(0)
  expect(asked).toEqual([])
  expect(sort.tryAllocate(12 * MiB)).toBeGreaterThan(0)
  expect(cached.length).toBeLessThan(4)
  unregister()
  expect(sort.tryAllocate(3 * MiB + 65536)).toBe(0)
  sort.freeAll()
  cacheOwner.freeAll()
  expectNothingHeld(heap, pool)
})

it('evicts again when another takes what was evicted', () => {
  const { heap, pool, ownerOf } = open('greedy')
  const cacheOwner = new PageOwner(heap, pool.register({ name: 'cache', canSpill: false, evictable: true }))
  const cached = Array.from({ length: 12 }, () => cacheOwner.allocate(MiB))
  const thief = ownerOf('another thread')
  const taken: number[] = []
  pool.registerEvictable({
    name: 'cache',
    evict: () => {
      const pointer = cached.pop()
      if (pointer === undefined) return 0
      cacheOwner.free(pointer, MiB)
      if (taken.length < 3) taken.push(thief.allocate(MiB))
      return MiB
    },
  })
  const sort = ownerOf('sort')
  sort.allocate(3 * MiB)
  expect(sort.tryAllocate(MiB)).toBeGreaterThan(0)
  expect(taken).toHaveLength(3)
  for (const owner of [sort, thief, cacheOwner]) owner.freeAll()
  expectNothingHeld(heap, pool)
})

it('evicts until the free pages lie side by side', () => {
  const { heap, pool, ownerOf } = open('greedy')
  const cacheOwner = new PageOwner(heap, pool.register({ name: 'cache', canSpill: false, evictable: true }))
  const sort = ownerOf('sort')
  const cached: number[] = []
  for (let index = 0; index < 254; index++) cached.push(cacheOwner.allocate(65536))
  for (const [index, pointer] of cached.entries()) if (index % 2 === 1) cacheOwner.free(pointer, 65536)
  const left = cached.filter((_, index) => index % 2 === 0)
  pool.registerEvictable({
    name: 'cache',
    evict() {
      const pointer = left.shift()
      if (pointer !== undefined) cacheOwner.free(pointer, 65536)
      return pointer === undefined ? 0 : 65536
    },
  })
  expect(heap.pages.largestFreeRun()).toBe(1)
  expect(sort.tryAllocate(2 * MiB)).toBeGreaterThan(0)
  expect(left.length).toBeGreaterThan(90)
})

it('notices frees of what it does not hold', () => {
  const { ownerOf } = open('greedy')
  const owner = ownerOf('a')
  const other = ownerOf('b')
  const pointer = owner.allocate(MiB)
  expect(() => other.free(pointer, MiB)).toThrow(/does not hold/)
  expect(() => owner.free(pointer, 2 * MiB)).toThrow(/does not hold/)
  expect(() => owner.shrink(pointer, MiB, 2 * MiB)).toThrow(/does not hold/)
})
