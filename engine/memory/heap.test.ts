import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { Heap, LEAST_HEAP_BYTES } from './heap.ts'
import { cancelRun, MOST_RUNS, runCellsOf } from './run-cells.ts'

const MiB = 2 ** 20

describe.each([{ shared: false }, { shared: true }])('a heap (shared: $shared)', ({ shared }) => {
  it('is exactly as large as the budget and cannot grow', () => {
    const heap = Heap.create(20 * MiB, { shared })
    expect(heap.shared).toBe(shared)
    expect(heap.budgetBytes).toBe(20 * MiB)
    expect(heap.u8.byteLength).toBe(20 * MiB)
    expect(() => heap.memory.grow(1)).toThrow(RangeError)
    expect(heap.u8.byteLength).toBe(20 * MiB)
  })

  it('is the same heap when attached', () => {
    const heap = Heap.create(16 * MiB, { shared })
    const other = Heap.attach(heap.memory)
    const pointer = heap.pages.allocate(3)
    other.u32[pointer >> 2] = 42
    expect(heap.u32[pointer >> 2]).toBe(42)
    expect(other.pages.freePages).toBe(heap.pages.freePages)
    expect(other.takenBytes).toBe(3 * 65536)
    heap.counters[63] = 7
    expect(other.counters[63]).toBe(7)
  })
})

describe('runs', () => {
  it('are cancelled by their numbers, from any thread', () => {
    const heap = Heap.create(16 * MiB, { shared: true })
    const runs = [7, 8].map((run) => heap.runs.open(run))
    const flags = () => runs.map(({ cancelled }) => cancelled)
    cancelRun(runCellsOf(heap.memory), 6)
    expect(flags()).toEqual([false, false])
    cancelRun(runCellsOf(heap.memory), 8)
    expect(flags()).toEqual([false, true])
    expect((heap.i32[runs[1]!.address >> 2] ?? 0) & 1).toBe(1)
    runs[1]!.close()
    const next = heap.runs.open(9)
    cancelRun(runCellsOf(heap.memory), 8)
    expect(next.cancelled).toBe(false)
    expect(next.address).toBe(runs[1]!.address)
  })

  it('have cells as long as there are any', () => {
    const heap = Heap.create(16 * MiB, { shared: false })
    const runs = Array.from({ length: MOST_RUNS }, (_, run) => heap.runs.open(run + 1))
    expect(new Set(runs.map(({ address }) => address)).size).toBe(MOST_RUNS)
    expect(() => heap.runs.open(99)).toThrow(/under way/)
    for (const run of runs) run.close()
    expect(heap.runs.open(99).address).toBe(runs[0]!.address)
  })
})

describe('budgets', () => {
  it('refuses less than 16 MiB and more than 4 GiB', () => {
    expect(codeOf(() => Heap.create(LEAST_HEAP_BYTES - 1, { shared: false }))).toBe('budget_too_small')
    expect(codeOf(() => Heap.create(4 * 2 ** 30 + 1, { shared: false }))).toBe('invalid_argument')
    expect(codeOf(() => Heap.create(Number.NaN, { shared: false }))).toBe('invalid_argument')
  })

  it('never hands out the last page of a heap of 4 GiB, so that ends of buffers stay u32', () => {
    const heap = Heap.create(4 * 2 ** 30, { shared: false })
    const pages = heap.usableBytes / 65536
    expect(pages).toBe(65536 - 3)
    const pointer = heap.pages.allocate(pages)
    expect(pointer).toBe(2 * 65536)
    expect(pointer + pages * 65536).toBeLessThan(2 ** 32)
    heap.u8[2 ** 32 - 65537] = 9
    expect(heap.u8[2 ** 32 - 65537]).toBe(9)
    expect(heap.pages.allocate(1)).toBe(0)
  })

  it('attaches to heaps only', () => {
    expect(codeOf(() => Heap.attach(new WebAssembly.Memory({ initial: 4 })))).toBe('invalid_argument')
    expect(codeOf(() => Heap.attach(new WebAssembly.Memory({ initial: 1 })))).toBe('invalid_argument')
  })
})

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof LakebookError) return error.code
    throw error
  }
  return 'no error'
}
