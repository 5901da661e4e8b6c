import fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { PAGE_BYTES } from './control-block.ts'
import { Heap } from './heap.ts'
import { PageOwner } from './page-owner.ts'
import { TrackedPool } from './tracked-pool.ts'

const MiB = 2 ** 20

it('hands out disjoint runs and gets all of them back (any order of sizes)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pages: fc.integer({ min: 1, max: 60 }), freeIndex: fc.nat() }), {
        maxLength: 120,
      }),
      (steps) => {
        const heap = Heap.create(16 * MiB, { shared: false })
        const all = heap.pages.freePages
        const runs: { pointer: number; pages: number }[] = []
        const taken = new Set<number>()
        for (const { pages, freeIndex } of steps) {
          const pointer = heap.pages.allocate(pages)
          if (pointer === 0) {
            expect(heap.pages.largestFreeRun()).toBeLessThan(pages)
            const [run] = runs.splice(freeIndex % Math.max(1, runs.length), 1)
            if (run === undefined) continue
            heap.pages.free(run.pointer, run.pages)
            for (let page = 0; page < run.pages; page++) taken.delete(run.pointer / PAGE_BYTES + page)
            continue
          }
          expect(pointer % PAGE_BYTES).toBe(0)
          expect(pointer).toBeGreaterThanOrEqual(2 * PAGE_BYTES)
          for (let page = pointer / PAGE_BYTES; page < pointer / PAGE_BYTES + pages; page++) {
            expect(taken.has(page)).toBe(false)
            expect(page).toBeLessThan(256)
            taken.add(page)
          }
          runs.push({ pointer, pages })
          expect(heap.pages.freePages).toBe(all - taken.size)
        }
        for (const { pointer, pages } of runs) heap.pages.free(pointer, pages)
        expect(heap.pages.freePages).toBe(all)
        expect(heap.pages.largestFreeRun()).toBe(all)
      },
    ),
    { numRuns: 60 },
  )
})

it('keeps short runs low and long runs high', () => {
  const heap = Heap.create(16 * MiB, { shared: false })
  expect(heap.pages.allocate(1)).toBe(2 * PAGE_BYTES)
  expect(heap.pages.allocate(2)).toBe(3 * PAGE_BYTES)
  expect(heap.pages.allocate(16)).toBe(16 * MiB - 16 * PAGE_BYTES)
  expect(heap.pages.allocate(20)).toBe(16 * MiB - 36 * PAGE_BYTES)
})

it('takes back a part of a run, and notices pages freed twice', () => {
  const heap = Heap.create(16 * MiB, { shared: false })
  const pointer = heap.pages.allocate(4)
  heap.pages.free(pointer + 2 * PAGE_BYTES, 2)
  expect(() => heap.pages.free(pointer + PAGE_BYTES, 2)).toThrow(/freed twice/)
  expect(() => heap.pages.free(pointer + 1, 1)).toThrow(/that are none/)
  heap.pages.free(pointer, 2)
  expect(heap.pages.freePages).toBe(254)
})

it('serves threads at the same time', async () => {
  const heap = Heap.create(16 * MiB, { shared: true })
  const pool = TrackedPool.open(heap, 'greedy')
  const all = heap.pages.freePages
  const workers = [1, 2, 3].map(
    (id) =>
      new Worker(new URL('../testing/churn-pages.ts', import.meta.url), {
        workerData: { memory: heap.memory, id },
        execArgv: ['--import', new URL('../testing/typescript.mjs', import.meta.url).href],
      }),
  )
  const results = await Promise.all(
    workers.map(
      (worker) =>
        new Promise<{ allocations: number; overlaps: number }>((resolve, reject) => {
          worker.once('message', resolve).once('error', reject)
        }),
    ),
  )
  await Promise.all(workers.map((worker) => worker.terminate()))
  expect(results.map((result) => result.overlaps)).toEqual([0, 0, 0])
  expect(Math.min(...results.map((result) => result.allocations))).toBeGreaterThan(1000)
  expect(heap.pages.freePages).toBe(all)
  expect(heap.pages.largestFreeRun()).toBe(all)
  expect(pool.reservedBytes).toBe(0)
  expect(pool.snapshot().consumers).toHaveLength(3)
})

it('frees what nobody on this thread holds, and nothing else', () => {
  const heap = Heap.create(16 * MiB, { shared: false })
  const pool = TrackedPool.open(heap, 'greedy')
  const owner = new PageOwner(heap, pool.register({ name: 'living', canSpill: false }))
  const kept = owner.allocate(3 * PAGE_BYTES)
  const moved = owner.allocate(20 * PAGE_BYTES)
  owner.disown(moved, 20 * PAGE_BYTES)
  const heir = new PageOwner(heap, pool.join(owner.reservation.share()))
  heir.adopt(moved, 20 * PAGE_BYTES)
  heap.pages.allocate(7)
  expect(heap.reclaimLostPages()).toBe(7 * PAGE_BYTES)
  expect(heap.takenBytes).toBe(23 * PAGE_BYTES)
  expect(owner.reservation.size).toBe(23 * PAGE_BYTES)
  owner.free(kept, 3 * PAGE_BYTES)
  heir.free(moved, 20 * PAGE_BYTES)
  expect(heap.takenBytes).toBe(0)
  expect(owner.reservation.size).toBe(0)
})
