import { tableFromIPC } from 'apache-arrow'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ColumnBatch } from '../arrow/column-batch.ts'
import { types, type Schema } from '../arrow/types.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import { nodeSpillStorage } from '../storage/node-spill-storage.ts'
import { expectNothingHeld } from '../testing/expect-nothing-held.ts'
import { heapBatch, heapDictionary, TestArena } from '../testing/heap-batch.ts'
import { heapCells, type HeapCell } from '../testing/heap-cells.ts'
import { MemorySpillFile } from '../testing/memory-spill-file.ts'
import { openHeap, type OpenHeap } from '../testing/open-heap.ts'
import { everyType, sampleCells } from '../testing/sample-batch.ts'
import { SpillAccount } from './spill-account.ts'
import type { SpillExtent } from './spill-extent.ts'
import { SpillManner } from './spill-manner.ts'
import { SpillReader } from './spill-reader.ts'
import { SpillSpace, type SpillKernels } from './spill-space.ts'
import { SpillWriter } from './spill-writer.ts'

const MiB = 2 ** 20

let engine: OpenHeap<SpillKernels>
let arena: TestArena
let file: MemorySpillFile
let pages: PageOwner
let space: SpillSpace

beforeEach(async () => {
  engine = await openHeap<SpillKernels>()
  arena = new TestArena(engine.heap, engine.pagesOf('test data').allocate(24 * MiB))
  file = new MemorySpillFile()
  pages = engine.pagesOf('sort')
  space = new SpillSpace(file, engine.pagesOf('spill staging', false), engine.kernels, (delta) => {
    engine.pool.addSpillFileBytes(delta)
  })
})

function cellsOf(batch: ColumnBatch) {
  return batch.columns.map((column) => heapCells(engine.heap, column, batch.length))
}

function streamOf(extent: SpillExtent): Uint8Array {
  return Buffer.concat([...extent.chunks(100_000)])
}

describe('a spilled stream', () => {
  it('gives every type back, batch by batch in any order', () => {
    const writer = new SpillWriter(space, everyType)
    const sizes = [1000, 1, 0, 8192]
    sizes.forEach((rows, seed) => {
      expect(writer.write(heapBatch(arena, everyType, sampleCells(rows, seed)))).toBe(seed)
    })
    const stream = writer.finish()
    expect(stream.rowCount).toBe(9193)
    const reader = new SpillReader(stream, engine.kernels, pages)
    expect(reader.batchCount).toBe(4)
    for (const index of [3, 0, 2, 1]) {
      const { batch, pointer, bytes } = reader.read(index)
      expect(batch.length).toBe(sizes[index])
      expect(cellsOf(batch)).toEqual(sampleCells(sizes[index]!, index))
      expect(bytes).toBe(reader.bytesOf(index))
      pages.free(pointer, bytes)
    }
    reader.close()
    expect(pages.heldBytes).toBe(0)
  })

  it('is a complete Arrow IPC stream that any reader opens', () => {
    const writer = new SpillWriter(space, everyType)
    writer.write(heapBatch(arena, everyType, sampleCells(1000, 0)))
    writer.write(heapBatch(arena, everyType, sampleCells(77, 1)))
    const table = tableFromIPC(streamOf(writer.finish().extent))
    expect(table.numRows).toBe(1077)
    expect(table.batches.length).toBe(2)
    const first = sampleCells(1000, 0)
    const second = sampleCells(77, 1)
    for (const name of ['int32', 'utf8', 'float64', 'int64', 'uint8', 'bool', 'decimal(15,2)']) {
      const index = everyType.fields.findIndex((field) => field.name === name)
      expect([...(table.getChild(name) ?? [])], name).toEqual([...first[index]!, ...second[index]!])
    }
    const metadata = (name: string) =>
      table.schema.fields.find((field) => field.name === name)?.metadata.get('lakebook:type')
    expect(metadata('decimal(15,2)')).toBe('DECIMAL(15,2)')
    expect(metadata('interval')).toBe('INTERVAL')
    expect(metadata('int64')).toBeUndefined()
    expect(table.schema.fields.find((field) => field.name === 'decimal(38,4)')?.type.toString()).toBe(
      'Decimal[38e+4]',
    )
    expect(table.getChild('decimal(15,2)')?.nullCount).toBe(
      [...first[12]!, ...second[12]!].filter((cell) => cell === null).length,
    )
  })

  it('without rows is complete too', () => {
    const stream = new SpillWriter(space, everyType).finish()
    expect(tableFromIPC(streamOf(stream.extent)).numRows).toBe(0)
  })

  it('can be read while it is written', () => {
    const writer = new SpillWriter(space, everyType)
    const reader = new SpillReader(writer, engine.kernels, pages)
    for (const seed of [0, 1, 2]) {
      writer.write(heapBatch(arena, everyType, sampleCells(10, seed)))
      expect(cellsOf(reader.read(seed).batch)).toEqual(sampleCells(10, seed))
      expect(cellsOf(reader.read(0).batch)).toEqual(sampleCells(10, 0))
    }
    expect(() => reader.read(3)).toThrow(/batch 3 of 3/)
  })
})

describe('dictionaries', () => {
  const schema: Schema = {
    fields: [
      { name: 'country', type: types.utf8, nullable: true },
      { name: 'n', type: types.int32, nullable: false },
    ],
  }

  it('are written once, grow by deltas, and may be replaced', () => {
    const small = heapDictionary(arena, 7, 1, ['TW', 'JP'])
    const grown = heapDictionary(arena, 7, 1, ['TW', 'JP', 'Korea', 'SG'])
    const other = heapDictionary(arena, 8, 1, ['SG', 'TW'])
    const columns: HeapCell[][][] = [
      [
        ['JP', null, 'TW'],
        [1, 2, 3],
      ],
      [
        ['SG', 'Korea', 'JP', null],
        [4, 5, 6, 7],
      ],
      [
        ['SG', 'TW'],
        [8, 9],
      ],
    ]
    const writer = new SpillWriter(space, schema)
    for (const [index, dictionary] of [small, grown, other].entries()) {
      writer.write(heapBatch(arena, schema, columns[index]!, [dictionary]))
    }
    const stream = writer.finish()
    expect(
      stream.dictionaries[0]?.map(({ id, pieces }) => [id, pieces.map((piece) => piece.length)]),
    ).toEqual([
      [7, [2, 2]],
      [8, [2]],
    ])

    const reader = new SpillReader(stream, engine.kernels, pages)
    const batches = [0, 1, 2].map((index) => reader.read(index))
    expect(batches.map(({ batch }) => cellsOf(batch))).toEqual(columns)
    expect(batches.map(({ batch }) => batch.columns[0]?.dictionary?.id)).toEqual([7, 7, 8])
    for (const { pointer, bytes } of batches) pages.free(pointer, bytes)
    reader.close()
    expect(pages.heldBytes).toBe(0)

    const live = new SpillReader(stream, engine.kernels, pages, new Map([[7, grown]]))
    const again = live.read(0)
    expect(again.batch.columns[0]?.dictionary).toBe(grown)
    expect(cellsOf(again.batch)).toEqual(columns[0])

    const table = tableFromIPC(streamOf(stream.extent))
    const texts = table.batches.flatMap((batch) => [...(batch.getChildAt(0) ?? [])])
    expect(texts).toEqual(columns.flatMap(([texts]) => texts))
  })

  it('that grew after a batch was read leave that batch valid', () => {
    const small = heapDictionary(arena, 7, 2, ['a', 'b'])
    const grown = heapDictionary(arena, 7, 2, ['a', 'b', 'c'])
    const writer = new SpillWriter(space, schema)
    const reader = new SpillReader(writer, engine.kernels, pages)
    writer.write(
      heapBatch(
        arena,
        schema,
        [
          ['a', 'b'],
          [1, 2],
        ],
        [small],
      ),
    )
    const first = reader.read(0)
    writer.write(
      heapBatch(
        arena,
        schema,
        [
          ['c', 'b'],
          [3, 4],
        ],
        [grown],
      ),
    )
    expect(cellsOf(reader.read(1).batch)[0]).toEqual(['c', 'b'])
    expect(cellsOf(first.batch)[0]).toEqual(['a', 'b'])
  })

  it('must not come and go within one stream', () => {
    const writer = new SpillWriter(space, schema)
    writer.write(heapBatch(arena, schema, [['a'], [1]]))
    const encoded = heapBatch(arena, schema, [['a'], [1]], [heapDictionary(arena, 7, 1, ['a'])])
    expect(() => writer.write(encoded)).toThrow(/column country changes its encoding/)
  })
})

describe('damage', () => {
  it.each(['none', 'lz4'] as const)(
    'of any byte that is used ends in spill_damaged, never in a wrong answer (compression: %s)',
    (compression) => {
      space.holdWorkspace()
      const cells = sampleCells(300, 3)
      const account = new SpillAccount('test', new SpillManner(compression))
      const writer = new SpillWriter(space, everyType, account)
      writer.write(heapBatch(arena, everyType, cells))
      const stream = writer.finish()
      const reader = new SpillReader(stream, engine.kernels, pages)
      let damaged = 0
      const step = compression === 'none' ? 37 : 29
      for (let at = 0; at < stream.extent.bytes; at += step) {
        file.fault = { kind: 'damaged read', at }
        try {
          const { batch, pointer, bytes } = reader.read(0)
          expect(cellsOf(batch)).toEqual(cells)
          pages.free(pointer, bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'spill_damaged', message: expect.stringContaining('batch 0') })
          damaged++
        }
      }
      expect(damaged).toBeGreaterThan((stream.batches[0]!.bytes / step) * 0.9)
      expect(pages.heldBytes).toBe(0)
      file.fault = { kind: 'cut off', bytes: 5000 }
      expect(() => reader.read(0)).toThrow(expect.objectContaining({ code: 'spill_damaged' }))
      file.fault = null
      expect(cellsOf(reader.read(0).batch)).toEqual(cells)
    },
    60_000,
  )

  it.each([
    [{ kind: 'quota', bytes: 3 * MiB } as const, 'out_of_disk'],
    [{ kind: 'write fails', call: 3 } as const, 'spill_damaged'],
  ])('while writing: %o ends in %s, and nothing stays behind', (fault, code) => {
    file.fault = fault
    const schema: Schema = { fields: [{ name: 'x', type: types.int64, nullable: false }] }
    const values = arena.take(2 * MiB)
    const batch: ColumnBatch = {
      length: 2 ** 18,
      columns: [{ type: types.int64, validity: 0, values, offsets: 0, child: null, dictionary: null }],
    }
    const writer = new SpillWriter(space, schema)
    expect(() => {
      for (let index = 0; index < 10; index++) writer.write(batch)
      writer.finish()
    }).toThrow(expect.objectContaining({ code }))
    space.reset()
    expect(file.length).toBe(0)
    expect(engine.pool.snapshot().spillFileBytes).toBe(0)
    file.fault = null
    const next = new SpillWriter(space, schema)
    next.write(batch)
    expect(tableFromIPC(streamOf(next.finish().extent)).numRows).toBe(2 ** 18)
  })
})

describe('space in the file', () => {
  const schema: Schema = { fields: [{ name: 'x', type: types.int64, nullable: false }] }
  const batchOf = (rows: number): ColumnBatch => {
    const values = arena.take(8 * rows)
    return {
      length: rows,
      columns: [{ type: types.int64, validity: 0, values, offsets: 0, child: null, dictionary: null }],
    }
  }

  it('is written in chunks of 1 MiB or more when a stream is written in one go', () => {
    const batch = batchOf(10_000)
    const writer = new SpillWriter(space, schema)
    for (let index = 0; index < 100; index++) writer.write(batch)
    writer.finish()
    expect(Math.min(...file.writes.slice(0, -1))).toBeGreaterThanOrEqual(MiB / 2)
    expect(file.writes.length).toBeLessThan(20)
  })

  it('goes straight from the heap to the file when a buffer is that long already', () => {
    const writer = new SpillWriter(space, schema)
    writer.write(batchOf(2 ** 18))
    writer.finish()
    expect(file.writes).toContain(2 * MiB)
  })

  it('is shared by streams that take turns, and used again after they are freed', () => {
    const writers = Array.from({ length: 8 }, () => new SpillWriter(space, everyType))
    for (let round = 0; round < 6; round++) {
      for (const [index, writer] of writers.entries()) {
        writer.write(heapBatch(arena, everyType, sampleCells(100 + index, round)))
      }
    }
    const streams = writers.map((writer) => writer.finish())
    const live = space.liveBytes
    expect(engine.pool.snapshot().spillFileBytes).toBe(live)
    expect(live).toBeLessThan(streams.reduce((sum, { extent }) => sum + extent.bytes + 65536, 0))
    const size = file.length
    for (const { extent } of streams.slice(0, 4)) extent.free()
    for (const [index, stream] of streams.entries()) {
      if (index < 4) continue
      const reader = new SpillReader(stream, engine.kernels, pages)
      for (let round = 0; round < 6; round++) {
        const { batch, pointer, bytes } = reader.read(round)
        expect(cellsOf(batch)).toEqual(sampleCells(100 + index, round))
        pages.free(pointer, bytes)
      }
    }
    const again = new SpillWriter(space, everyType)
    for (let round = 0; round < 6; round++) again.write(heapBatch(arena, everyType, sampleCells(100, round)))
    expect(tableFromIPC(streamOf(again.finish().extent)).numRows).toBe(600)
    expect(file.length).toBe(size)
    expect(() => streams[0]?.extent.read(0, new Uint8Array(1))).toThrow(/freed/)
    for (const { extent } of streams.slice(5)) extent.free()
    space.trim()
    expect(file.length).toBeLessThan(size)
    const kept = new SpillReader(streams[4]!, engine.kernels, pages).read(5)
    expect(cellsOf(kept.batch)).toEqual(sampleCells(104, 5))
    space.reset()
    expect(file.length).toBe(0)
    expect(space.liveBytes).toBe(0)
  })

  it('leaves nothing reserved, taken or on the disk', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-test-'))
    const { heap, kernels, pool, pagesOf } = await openHeap<SpillKernels>({
      budgetBytes: 16 * MiB,
      shared: true,
    })
    const storage = nodeSpillStorage(folder)
    const session = await storage.openSession()
    const own = new SpillSpace(
      await storage.openFile(session.id, 'compute-0'),
      pagesOf('spill staging', false),
      kernels,
      (delta) => pool.addSpillFileBytes(delta),
    )
    const data = pagesOf('data')
    const values = data.allocate(8 * 200_000)
    heap.f64.subarray(values >>> 3, (values >>> 3) + 200_000).fill(1.5)
    const batch: ColumnBatch = {
      length: 200_000,
      columns: [{ type: types.float64, validity: 0, values, offsets: 0, child: null, dictionary: null }],
    }
    const writer = new SpillWriter(own, { fields: [{ name: 'x', type: types.float64, nullable: false }] })
    for (let index = 0; index < 30; index++) writer.write(batch)
    const reader = new SpillReader(writer.finish(), kernels, data)
    const back = reader.read(29)
    expect(
      heap.f64.subarray(back.pointer >>> 3, (back.pointer >>> 3) + 200_000).every((x) => x === 1.5),
    ).toBe(true)
    expect(writer.extent.account.bytesWritten).toBe(writer.extent.bytes)
    expect(writer.extent.account.bytesRead).toBe(1_600_000)
    reader.close()
    data.freeAll()
    own.close()
    own.close()
    expectNothingHeld(heap, pool)
    await session.close()
    expect(readdirSync(path.join(folder, 'lakebook', 'spill'))).toEqual([])
    rmSync(folder, { recursive: true })
  })
})
