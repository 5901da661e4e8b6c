import { afterEach, expect, test } from 'vitest'
import type { ColumnVector } from '../arrow/column-batch.ts'
import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { Heap } from '../memory/heap.ts'
import { TrackedPool } from '../memory/tracked-pool.ts'
import { expectNothingHeld } from '../testing/expect-nothing-held.ts'
import { MemorySpillFile } from '../testing/memory-spill-file.ts'
import { outOfDisk } from '../storage/spill-faults.ts'
import { ColumnCache } from './column-cache.ts'
import { ColumnDiskCache } from './column-disk-cache.ts'

const MIB = 2 ** 20
let close: (() => void) | undefined

afterEach(() => {
  close?.()
  close = undefined
})

/** A checksum that every bit counts in is enough here; the kernel's own is tested with the kernels. */
function sum(u32: Uint32Array, pointer: number, bytes: number): bigint {
  return u32
    .subarray(pointer >>> 2, (pointer + bytes) >>> 2)
    .reduce((all, word) => all * 31n + BigInt(word), 0n)
}

function open(mostBytes: number, file = new MemorySpillFile()) {
  const heap = Heap.create(16 * MIB, { shared: false })
  const pool = TrackedPool.open(heap, 'greedy')
  const kernels = { xxh64: (pointer: number, bytes: number) => sum(heap.u32, pointer, Math.min(bytes, 4096)) }
  const disk = new ColumnDiskCache(heap, { file, kernels }, mostBytes)
  const cache = new ColumnCache(heap, pool, null, disk)
  const put = (key: string, fill: number): void => {
    const pointer = cache.allocate(MIB)
    heap.u8.fill(fill, pointer, pointer + MIB)
    const vector: ColumnVector = {
      type: types.utf8,
      validity: 0,
      values: pointer + 1024,
      offsets: pointer,
      child: null,
      dictionary: null,
    }
    cache.put(key, vector, pointer, MIB)
    cache.unpin(key)
  }
  close = () => {
    cache.close()
    expectNothingHeld(heap, pool)
    expect(file.closed).toBe(true)
  }
  return { heap, cache, disk, put, file }
}

test('a chunk that was evicted comes back as it was, wherever it lies then', () => {
  const { heap, cache, disk, put, file } = open(8 * MIB)
  put('a', 7)
  expect(cache.evict(MIB)).toBe(MIB)
  expect(disk.heldBytes).toBe(MIB)
  put('elsewhere', 9)
  const vector = cache.pin('a')!
  expect(vector.values - vector.offsets).toBe(1024)
  expect(heap.u8[vector.values]).toBe(7)
  expect(cache.diskReadBytes).toBe(MIB)
  cache.unpin('a')
  cache.evict(2 * MIB)
  expect(file.writes).toEqual([MIB, MIB])
})

test('bytes that come back otherwise are as good as none', () => {
  const { cache, disk, put, file } = open(8 * MIB)
  put('a', 7)
  cache.evict(MIB)
  file.fault = { kind: 'damaged read', at: 100 }
  expect(cache.pin('a')).toBeNull()
  expect(disk.has('a')).toBe(false)
  file.fault = { kind: 'cut off', bytes: 10 }
  put('b', 8)
  cache.evict(MIB)
  expect(cache.pin('b')).toBeNull()
})

test('a full file keeps what was used lately, and lets go of what two runs did not use', () => {
  const { cache, disk, put } = open(2 * MIB)
  for (const key of ['a', 'b', 'c']) put(key, 1)
  disk.startRun()
  cache.evict(3 * MIB)
  expect(['a', 'b', 'c'].map((key) => disk.has(key))).toEqual([true, true, false])
  disk.startRun()
  cache.unpin((cache.pin('b'), 'b'))
  cache.evict(MIB)
  disk.startRun()
  put('d', 1)
  cache.evict(MIB)
  expect(['a', 'b', 'd'].map((key) => disk.has(key))).toEqual([false, true, true])
})

test('a disk that is full takes no more, and all gives way to a query that spills', () => {
  const file = new (class extends MemorySpillFile {
    override write(at: number, from: Uint8Array): void {
      if (at >= MIB) throw outOfDisk(from.length, 'the test')
      super.write(at, from)
    }
  })()
  const { cache, disk, put } = open(8 * MIB, file)
  put('a', 1)
  put('b', 1)
  cache.evict(2 * MIB)
  expect(disk.heldBytes).toBe(MIB)
  expect(disk.giveWay()).toBe(true)
  expect(disk.giveWay()).toBe(false)
  expect(file.length).toBe(0)
  expect(cache.pin('a')).toBeNull()
})

test('a table that is gone leaves nothing, and a cache that is switched off neither', () => {
  const { cache, disk, put } = open(8 * MIB)
  put('t1/a', 1)
  put('t2/a', 1)
  cache.evict(2 * MIB)
  cache.forget('t1/')
  expect([disk.has('t1/a'), disk.has('t2/a')]).toEqual([false, true])
  disk.enable(false)
  expect(disk.heldBytes).toBe(0)
  put('t2/b', 1)
  cache.evict(MIB)
  expect(disk.heldBytes).toBe(0)
})

test('out of memory while a chunk comes back is told as such', () => {
  const { heap, cache, disk, put } = open(8 * MIB)
  put('a', 1)
  cache.evict(MIB)
  const all = heap.pages.largestFreeRun() * 65536
  const pointer = cache.allocate(all)
  expect(() => cache.pin('a')).toThrow(LakebookError)
  cache.free(pointer, all)
  expect(disk.has('a')).toBe(true)
})
