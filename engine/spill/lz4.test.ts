import pl from 'nodejs-polars'
import { beforeEach, describe, expect, it } from 'vitest'
import { types, type Schema } from '../arrow/types.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import { heapBatch, TestArena } from '../testing/heap-batch.ts'
import { heapCells } from '../testing/heap-cells.ts'
import { MemorySpillFile } from '../testing/memory-spill-file.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { everyType, sampleCells } from '../testing/sample-batch.ts'
import { SpillAccount } from './spill-account.ts'
import { SpillManner } from './spill-manner.ts'
import { SpillReader } from './spill-reader.ts'
import { SpillSpace, type SpillKernels } from './spill-space.ts'
import { SpillWriter } from './spill-writer.ts'

const MiB = 2 ** 20
const BLOCK = 65_536

let engine: OpenHeap<SpillKernels>
let pages: PageOwner

beforeEach(async () => {
  engine = await openHeap<SpillKernels>()
  pages = engine.pagesOf('test')
})

/** A small generator of numbers, so that failures can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}

const BLOCKS: Readonly<Record<string, (at: number, random: () => number) => number>> = {
  zeros: () => 0,
  noise: (_, random) => random() >>> 24,
  'counting numbers': (at) => (at % 8 === 0 ? (at >> 3) & 255 : 0),
  'a pattern of three': (at) => at % 3,
  'a pattern of seven': (at) => (at % 7) * 31,
  'text of few letters': (_, random) => 97 + ((random() >>> 24) % 4),
  'noise, then zeros': (at, random) => (at < 30_000 ? random() >>> 24 : 0),
}

describe('LZ4 blocks', () => {
  it.each(Object.keys(BLOCKS))('give back %s, whatever their length', (name) => {
    const { heap, kernels } = engine
    const [from, to, back] = [0, 1, 2].map(() => pages.allocate(2 * BLOCK)) as [number, number, number]
    const table = pages.allocate(BLOCK)
    const random = randomFrom(7)
    for (const length of [1, 4, 12, 13, 14, 64, 255, 270, 4096, 65_535, 65_536]) {
      const source = heap.u8.subarray(from, from + length)
      for (let at = 0; at < length; at++) source[at] = BLOCKS[name]!(at, random)
      const capacity = 2 * BLOCK
      const packed = kernels.lz4_compress(from, length, to, capacity, table)
      expect(packed).toBeGreaterThan(0)
      heap.u8.fill(0xee, back, back + length + 8)
      expect(kernels.lz4_decompress(to, packed, back, length)).toBe(length)
      expect(Buffer.compare(heap.u8.subarray(back, back + length), source), `${name} ${length}`).toBe(0)
      expect(heap.u8[back + length]).toBe(0xee)
      if (length === BLOCK && name !== 'noise') expect(packed).toBeLessThan(length * 0.75)
      // Too little room is said, and not written over.
      heap.u8.fill(0xee, to, to + packed)
      expect(kernels.lz4_compress(from, length, to, packed - 1, table)).toBe(0)
      expect(heap.u8[to + packed - 1]).toBe(0xee)
    }
  })

  it('that are damaged never write beyond their room', () => {
    const { heap, kernels } = engine
    const [from, to, back, table] = [0, 1, 2, 3].map(() => pages.allocate(2 * BLOCK)) as [
      number,
      number,
      number,
      number,
    ]
    const random = randomFrom(11)
    for (let at = 0; at < 5000; at++) heap.u8[from + at] = 97 + ((random() >>> 24) % 6)
    const packed = kernels.lz4_compress(from, 5000, to, 2 * BLOCK, table)
    const sound = heap.u8.slice(to, to + packed)
    for (let turn = 0; turn < 5000; turn++) {
      heap.u8.set(sound, to)
      for (let hit = 0; hit < 1 + (turn % 5); hit++) heap.u8[to + (random() % packed)] = random() >>> 24
      const room = turn % 2 === 0 ? 5000 : random() % 6000
      heap.u8.fill(0xee, back - 16, back)
      heap.u8.fill(0xee, back + room, back + room + 16)
      const got = kernels.lz4_decompress(to, turn % 3 === 0 ? random() % packed : packed, back, room) >>> 0
      if (got !== 0xffff_ffff) expect(got).toBeLessThanOrEqual(room)
      expect(heap.u8.subarray(back + room, back + room + 16).every((byte) => byte === 0xee)).toBe(true)
      expect(heap.u8.subarray(back - 16, back).every((byte) => byte === 0xee)).toBe(true)
    }
  })
})

describe('a compressed stream', () => {
  function openSpace(): { space: SpillSpace; arena: TestArena } {
    const arena = new TestArena(engine.heap, engine.pagesOf('test data').allocate(24 * MiB))
    const staging = engine.pagesOf('spill staging', false)
    const space = new SpillSpace(new MemorySpillFile(), staging, engine.kernels, () => undefined)
    return { space, arena }
  }

  it('gives every type back, with batches that are not compressed between those that are', () => {
    const { space, arena } = openSpace()
    const writer = new SpillWriter(space, everyType, new SpillAccount('test', new SpillManner('lz4')))
    const sizes = [1000, 1, 0, 20_000]
    sizes.forEach((rows, seed) => {
      // Without the workspace a batch is written as it is.
      const letGo = seed === 1 ? () => undefined : space.holdWorkspace()
      writer.write(heapBatch(arena, everyType, sampleCells(rows, seed)))
      letGo()
    })
    const stream = writer.finish()
    const { account } = stream.extent
    expect(account.ratio).toBeGreaterThan(1.1)
    const reader = new SpillReader(stream, engine.kernels, pages)
    for (const index of [3, 0, 2, 1]) {
      const { batch, pointer, bytes } = reader.read(index)
      const cells = batch.columns.map((column) => heapCells(engine.heap, column, batch.length))
      expect(cells).toEqual(sampleCells(sizes[index]!, index))
      expect(bytes).toBe(reader.bytesOf(index))
      pages.free(pointer, bytes)
    }
    expect(account.bytesRead).toBeLessThan(account.plainBytes)
    expect(pages.heldBytes).toBe(0)
  })

  it('is one that another reader of Arrow opens', () => {
    const { space, arena } = openSpace()
    space.holdWorkspace()
    const schema: Schema = {
      fields: [
        { name: 'n', type: types.int64, nullable: false },
        { name: 'x', type: types.float64, nullable: true },
        { name: 'text', type: types.utf8, nullable: true },
        { name: 'noise', type: types.float64, nullable: false },
      ],
    }
    const random = randomFrom(3)
    const rows = 50_000
    const cells = [
      Array.from({ length: rows }, (_, row) => BigInt(row)),
      Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? null : row / 4)),
      Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? null : `text number ${row % 100}`)),
      Array.from({ length: rows }, () => random() / random()),
    ]
    const writer = new SpillWriter(space, schema, new SpillAccount('test', new SpillManner('lz4')))
    writer.write(heapBatch(arena, schema, cells))
    writer.write(
      heapBatch(
        arena,
        schema,
        cells.map((column) => column.slice(0, 100)),
      ),
    )
    const { extent } = writer.finish()
    expect(extent.bytes).toBeLessThan(rows * 24)
    const frame = pl.readIPCStream(Buffer.concat([...extent.chunks()]))
    expect(frame.height).toBe(rows + 100)
    const all = [...Array(rows).keys(), ...Array(100).keys()]
    for (const [index, { name }] of schema.fields.entries()) {
      const found = frame.getColumn(name).toArray() as unknown[]
      const plain = (cell: unknown): unknown => (typeof cell === 'bigint' ? Number(cell) : cell)
      expect(found.map(plain), name).toEqual(all.map((row) => plain(cells[index]![row])))
    }
  })

  it('is read while another is being written', () => {
    const { space, arena } = openSpace()
    space.holdWorkspace()
    const account = new SpillAccount('test', new SpillManner('lz4'))
    const [one, other] = [
      new SpillWriter(space, everyType, account),
      new SpillWriter(space, everyType, account),
    ]
    one.write(heapBatch(arena, everyType, sampleCells(500, 1)))
    other.write(heapBatch(arena, everyType, sampleCells(500, 2)))
    for (const [seed, stream] of [one, other].entries()) {
      const { batch, pointer, bytes } = new SpillReader(stream, engine.kernels, pages).read(0)
      const cells = batch.columns.map((column) => heapCells(engine.heap, column, batch.length))
      expect(cells).toEqual(sampleCells(500, seed + 1))
      pages.free(pointer, bytes)
    }
  })

  it('gives the memory back that compression works in', () => {
    const { heap, pool } = engine
    const { space } = openSpace()
    const before = pool.reservedBytes
    const both = [space.holdWorkspace(), space.holdWorkspace()]
    expect(pool.reservedBytes).toBeGreaterThan(before)
    both[0]!()
    expect(pool.reservedBytes).toBeGreaterThan(before)
    both[1]!()
    expect(pool.reservedBytes).toBe(before)
    space.holdWorkspace()
    space.close()
    expect(pool.reservedBytes).toBeLessThan(before)
    expect(heap.takenBytes).toBe(pool.reservedBytes)
  })
})
