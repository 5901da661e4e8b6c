import { expect, test } from 'vitest'
import type { ColumnVector } from '../arrow/column-batch.ts'
import { types } from '../arrow/types.ts'
import { Heap } from '../memory/heap.ts'
import { PageOwner } from '../memory/page-owner.ts'
import { TrackedPool } from '../memory/tracked-pool.ts'
import { expectNothingHeld } from '../testing/expect-nothing-held.ts'
import { ColumnCache } from './column-cache.ts'

const MIB = 2 ** 20

function open() {
  const heap = Heap.create(16 * MIB, { shared: false })
  const pool = TrackedPool.open(heap, 'greedy')
  const cache = new ColumnCache(heap, pool)
  const put = (key: string, bytes: number) => {
    const pointer = cache.allocate(bytes)
    const vector: ColumnVector = {
      type: types.int64,
      validity: 0,
      values: pointer,
      offsets: 0,
      child: null,
      dictionary: null,
    }
    return cache.put(key, vector, pointer, bytes)
  }
  return { heap, pool, cache, put }
}

test('a chunk that was put is found until it is evicted, least recently used first', () => {
  const { heap, pool, cache, put } = open()
  const a = put('a', MIB)
  put('b', MIB)
  cache.unpin('a')
  cache.unpin('b')
  expect(cache.pin('a') === a).toBe(true)
  cache.unpin('a')
  expect(cache.evict(1)).toBe(MIB)
  expect(cache.pin('b')).toBeNull()
  expect(cache.pin('a')).not.toBeNull()
  cache.close()
  expectNothingHeld(heap, pool)
})

test('what a morsel uses stays, and gives way afterwards', () => {
  const { cache, put } = open()
  put('a', MIB)
  expect(cache.evict(MIB)).toBe(0)
  cache.unpin('a')
  expect(cache.evict(MIB)).toBe(MIB)
})

test("any query's need goes before the cache", () => {
  const { heap, pool, cache, put } = open()
  for (let i = 0; i < 12; i++) {
    put(`chunk ${i}`, MIB)
    cache.unpin(`chunk ${i}`)
  }
  const operator = new PageOwner(heap, pool.register({ name: 'Sort', canSpill: true }))
  const pointer = operator.allocate(10 * MIB)
  expect(pointer).toBeGreaterThan(0)
  expect(cache.heldBytes).toBeLessThan(6 * MIB)
})

test('the cache makes room for itself, and says when there is none', () => {
  const { cache, put } = open()
  for (let i = 0; i < 40; i++) {
    put(`chunk ${i}`, MIB)
    cache.unpin(`chunk ${i}`)
  }
  expect(cache.heldBytes).toBeLessThanOrEqual(16 * MIB)
  for (let i = 0; i < 10; i++) put(`pinned ${i}`, MIB)
  expect(() => put('too much', 8 * MIB)).toThrow(expect.objectContaining({ code: 'out_of_memory' }))
  expect(cache.pin('pinned 0')).not.toBeNull()
})

test('a forgotten chunk that is in use goes with its last pin', () => {
  const { heap, pool, cache, put } = open()
  put('t/1', MIB)
  put('t/2', MIB)
  put('u/1', MIB)
  cache.unpin('t/2')
  cache.forget('t/')
  expect(cache.heldBytes).toBe(2 * MIB)
  cache.unpin('t/1')
  expect(cache.heldBytes).toBe(MIB)
  cache.close()
  expectNothingHeld(heap, pool)
})

test('a chunk that is there already is kept, and the one that came too late goes, also where short ones share a page', () => {
  const { heap, pool, cache, put } = open()
  const chunks = [put('long', MIB), put('short', 1000), put('short beside it', 1000)]
  const held = cache.heldBytes
  expect(put('long', MIB)).toBe(chunks[0])
  expect(put('short', 1000)).toBe(chunks[1])
  expect(put('short beside it', 1000)).toBe(chunks[2])
  expect(cache.heldBytes).toBe(held)
  const unpinAll = () => ['long', 'short', 'short beside it'].forEach((key) => cache.unpin(key))
  unpinAll()
  expect(cache.evict(1)).toBe(0)
  unpinAll()
  expect(cache.evict(2 * MIB)).toBe(held)
  cache.close()
  expectNothingHeld(heap, pool)
})
