import { beforeEach, expect, it } from 'vitest'
import { types, type Schema } from '../arrow/types.ts'
import { PageOwner } from '../memory/page-owner.ts'
import { SpillSpace, type SpillKernels } from '../spill/spill-space.ts'
import { expectNothingHeld } from '../testing/expect-nothing-held.ts'
import { MemorySpillFile } from '../testing/memory-spill-file.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { BatchCollection } from './batch-collection.ts'

const MIB = 2 ** 20
const schema: Schema = { fields: [{ name: 'n', type: types.int64, nullable: false }] }

let engine: OpenHeap<SpillKernels>
let file: MemorySpillFile
let space: SpillSpace
let other: PageOwner

beforeEach(async () => {
  engine = await openHeap<SpillKernels>({ budgetBytes: 16 * MIB })
  file = new MemorySpillFile()
  const { pool } = engine
  space = new SpillSpace(file, engine.pagesOf('Staging', false), engine.kernels, (delta) => {
    pool.addSpillFileBytes(delta)
  })
  other = engine.pagesOf('Other query', false)
})

/** Batches of 1 MiB; all values of one are the same. */
function collectionOf(name: string, values: readonly bigint[]): BatchCollection {
  const { heap, pool } = engine
  const owner = new PageOwner(heap, pool.register({ name, canSpill: true, evictable: true }))
  const collection = new BatchCollection(pool, owner, schema, space)
  for (const value of values) {
    const pointer = collection.allocate(MIB)
    heap.i64.fill(value, pointer >>> 3, (pointer + MIB) >>> 3)
    const vector = {
      type: types.int64,
      validity: 0,
      values: pointer,
      offsets: 0,
      child: null,
      dictionary: null,
    }
    collection.add({ batch: { length: MIB / 8, columns: [vector] }, pointer, bytes: MIB })
  }
  return collection
}

function valuesOf(collection: BatchCollection): (bigint | null)[] {
  const room = collection.openRoom(collection.largestBytes)
  try {
    return Array.from({ length: collection.batchCount }, (_, index) => {
      const { batch, release } = collection.borrow(index, room)
      const begin = batch.columns[0]!.values >>> 3
      const values = engine.heap.i64.subarray(begin, begin + batch.length)
      const [first] = values
      const isSame = values.every((value) => value === first)
      release()
      return isSame ? first! : null
    })
  } finally {
    room.close()
  }
}

function figuresOf(name: string) {
  return engine.pool.snapshot().consumers.find((consumer) => consumer.name === name)
}

function closeAll(...collections: readonly BatchCollection[]): void {
  for (const collection of collections) collection.close()
  expect(space.liveBytes).toBe(0)
  expect(file.length).toBe(0)
  other.freeAll()
  space.close()
  expectNothingHeld(engine.heap, engine.pool)
}

it('gives way to whoever is refused, what was read least recently first, and is read back as it was', () => {
  const a = collectionOf('Table a', [1n, 2n, 3n, 4n])
  const b = collectionOf('Table b', [5n, 6n, 7n, 8n])
  expect(valuesOf(a)).toEqual([1n, 2n, 3n, 4n])

  const taken = Array.from({ length: 9 }, () => other.allocate(MIB))
  expect(figuresOf('Table a')).toMatchObject({ canSpill: true, spilledBytes: 0 })
  expect(figuresOf('Table b')).toMatchObject({ canSpill: true })
  expect(figuresOf('Table b')!.spilledBytes).toBeGreaterThanOrEqual(2 * MIB)
  expect(valuesOf(b)).toEqual([5n, 6n, 7n, 8n])

  taken.push(...Array.from({ length: 4 }, () => other.allocate(MIB)))
  expect(figuresOf('Table a')!.spilledBytes).toBeGreaterThan(0)
  expect([valuesOf(a), valuesOf(b)]).toEqual([
    [1n, 2n, 3n, 4n],
    [5n, 6n, 7n, 8n],
  ])

  // Where there is room again, what is read stays, and gives way without being written once more.
  for (const pointer of taken) other.free(pointer, MIB)
  expect(valuesOf(b)).toEqual([5n, 6n, 7n, 8n])
  expect(figuresOf('Table b')!.reservedBytes).toBe(4 * MIB)
  b.evict(Number.POSITIVE_INFINITY)
  const { length } = file.writes
  expect(valuesOf(b)).toEqual([5n, 6n, 7n, 8n])
  b.evict(Number.POSITIVE_INFINITY)
  expect(file.writes).toHaveLength(length)
  closeAll(a, b)
})

it('keeps batches that are lent', () => {
  const a = collectionOf('Table a', [1n, 2n, 3n])
  const lent = a.borrow(1)
  expect(a.evict(Number.POSITIVE_INFINITY)).toBe(2 * MIB)
  expect(figuresOf('Table a')!.reservedBytes).toBe(MIB)
  expect(engine.heap.i64[lent.batch.columns[0]!.values >>> 3]).toBe(2n)
  lent.release()
  expect(a.evict(Number.POSITIVE_INFINITY)).toBe(MIB)
  expect(valuesOf(a)).toEqual([1n, 2n, 3n])
  closeAll(a)
})

it('keeps what a full disk does not take, and writes it when there is room', () => {
  const a = collectionOf('Table a', [1n, 2n, 3n, 4n])
  a.evict(2 * MIB)
  file.fault = { kind: 'quota', bytes: 2 * MIB + 65_536 + 1000 }
  expect(() => a.evict(MIB)).toThrow(expect.objectContaining({ code: 'out_of_disk' }))
  expect(() => other.allocate(13 * MIB)).toThrow(expect.objectContaining({ code: 'out_of_disk' }))
  expect(valuesOf(a)).toEqual([1n, 2n, 3n, 4n])
  file.fault = null
  a.evict(Number.POSITIVE_INFINITY)
  expect(figuresOf('Table a')!.reservedBytes).toBe(0)
  expect(valuesOf(a)).toEqual([1n, 2n, 3n, 4n])
  closeAll(a)
})

it('says that what it reads back is damaged', () => {
  const a = collectionOf('Table a', [1n, 2n])
  a.evict(Number.POSITIVE_INFINITY)
  file.fault = { kind: 'damaged read', at: MIB + 100_000 }
  expect(() => valuesOf(a)).toThrow(expect.objectContaining({ code: 'spill_damaged' }))
  closeAll(a)
})
