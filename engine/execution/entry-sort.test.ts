import { describe, expect, it } from 'vitest'
import { NEVER_CANCELLED_ADDRESS } from '../memory/run-cells.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { RADIX_COUNT_BYTES, sortSteps } from './entry-sort.ts'
import { ComparatorTable, ScratchAreas, type Kernel, type ThreadRuntime } from './thread-runtime.ts'
import { ModuleCache } from './module-cache.ts'

const ENTRY_BYTES = 16
let opened: OpenHeap<Record<string, Kernel>>

async function sorted(
  prefixes: readonly bigint[],
  compareRows: boolean,
): Promise<{ prefix: bigint; row: number }[]> {
  opened = await openHeap<Record<string, Kernel>>({ budgetBytes: 16 * 2 ** 20 })
  const { heap, pool, kernels } = opened
  const owner = opened.pagesOf('test')
  const count = prefixes.length
  const entries = owner.allocate(2 * count * ENTRY_BYTES + RADIX_COUNT_BYTES)
  prefixes.forEach((prefix, index) => {
    heap.u64[(entries + index * ENTRY_BYTES) >>> 3] = prefix
    heap.u32[(entries + index * ENTRY_BYTES + 8) >>> 2] = rowOf(index, count)
    heap.u32[(entries + index * ENTRY_BYTES + 12) >>> 2] = index
  })
  const runtime: ThreadRuntime = {
    heap,
    pool,
    kernels,
    comparators: new ComparatorTable(kernels['table'] as unknown as WebAssembly.Table),
    modules: new ModuleCache(heap.budgetBytes),
    cancelFlag: NEVER_CANCELLED_ADDRESS,
    spill: null,
    scratch: new ScratchAreas(),
  }
  const compare = compareRows ? runtime.comparators.add(await byRowAddress()) : -1
  const temporary = entries + count * ENTRY_BYTES
  const steps = sortSteps(runtime, {
    entries,
    count,
    temporary,
    counts: temporary + count * ENTRY_BYTES,
    compare,
    word: -1,
  })
  while (steps.next().done !== true);
  return prefixes.map((_, index) => ({
    prefix: heap.u64[(entries + index * ENTRY_BYTES) >>> 3] ?? 0n,
    row: heap.u32[(entries + index * ENTRY_BYTES + 8) >>> 2] ?? 0,
  }))
}

/** `compare(a, b)`: a - b, as a compiled query would export it. */
async function byRowAddress(): Promise<WebAssembly.ExportValue> {
  const { ModuleBuilder } = await import('../codegen/assembler.ts')
  const module = new ModuleBuilder({ shared: false })
  module.function('compare', { params: ['i32', 'i32'], results: ['i32'] }, (f, [a, b]) => {
    f.get(a!)
    f.get(b!)
    f.op('i32.sub')
  })
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { instance } = await WebAssembly.instantiate(module.build(), { env: { memory } })
  return instance.exports['compare']!
}

/** What the sort should give, by JavaScript's stable sort. */
function reference(prefixes: readonly bigint[], compareRows: boolean): { prefix: bigint; row: number }[] {
  const rows = prefixes.map((prefix, index) => ({ prefix, row: rowOf(index, prefixes.length) }))
  return rows.sort((a, b) => {
    if (a.prefix !== b.prefix) return a.prefix < b.prefix ? -1 : 1
    return compareRows ? a.row - b.row : 0
  })
}

/** Rows lie in no order, so that comparing them moves ties. */
function rowOf(index: number, count: number): number {
  return (index * 48271) % count
}

function random(count: number, distinct: bigint): bigint[] {
  let state = 88172645463325252n
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state ^ (state << 13n))
    state ^= state >> 7n
    state = BigInt.asUintN(64, state ^ (state << 17n))
    return distinct === 0n ? state : state % distinct
  })
}

describe('sortSteps', () => {
  it.each([
    ['nothing', []],
    ['one entry', [7n]],
    ['few', random(20, 5n)],
    ['several blocks of a merge sort', random(1000, 50n)],
    ['a radix sort over all bytes', random(5000, 0n)],
    ['many ties', random(5000, 7n)],
    ['one large stretch of ties', random(60_000, 1n)],
    ['a stretch of ties that takes several steps to merge', random(200_003, 1n)],
    ['order already', random(5000, 0n).sort((a, b) => (a < b ? -1 : 1))],
    ['the opposite order', random(5000, 0n).sort((a, b) => (a < b ? 1 : -1))],
    ['extremes', [2n ** 64n - 1n, 0n, 2n ** 63n, 2n ** 63n - 1n, ...random(2000, 0n)]],
  ])('sorts %s', async (_, prefixes) => {
    expect(await sorted(prefixes, false)).toEqual(reference(prefixes, false))
    expect(await sorted(prefixes, true)).toEqual(reference(prefixes, true))
  })
})
