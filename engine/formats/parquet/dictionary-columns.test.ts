import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ColumnVector } from '../../arrow/column-batch.ts'
import { GrowingDictionary } from '../../catalog/growing-dictionary.ts'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { heapCells, scanCells, type HeapCell } from '../../testing/heap-cells.ts'
import { openParquetEngine, type ParquetEngine } from '../../testing/parquet-engine.ts'
import { BytesSource } from '../byte-source.ts'
import { openRemoteParquetLoader, ParquetTable } from './parquet-table.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-dictionary-'))
const duckdb = await (await DuckDBInstance.create()).connect()
let engine: ParquetEngine

beforeAll(async () => {
  engine = await openParquetEngine({ budgetBytes: 64 * 2 ** 20 })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  expectNothingHeld(engine.heap, engine.pool)
})

async function write(name: string, query: string): Promise<BytesSource> {
  const file = path.join(folder, `${name}.parquet`)
  await duckdb.run(
    `COPY (${query}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 10240, DICTIONARY_SIZE_LIMIT 100000)`,
  )
  return new BytesSource(`${name}.parquet`, new Uint8Array(readFileSync(file)))
}

async function truth(query: string, column: string): Promise<HeapCell[]> {
  return (await duckdb.runAndReadAll(`SELECT ${column} FROM (${query})`)).getColumns()[0] as HeapCell[]
}

async function vectors(
  table: ParquetTable,
  column: number,
): Promise<{ vector: ColumnVector; cells: HeapCell[] }[]> {
  const loader = table.openLoader([column])
  const found = []
  for (const morsel of (await table.planScan({ columns: [column], predicates: [] })).morsels) {
    const loaded = await loader.load(morsel, new AbortController().signal)
    const vector = loaded.batch.columns[0]!
    found.push({ vector, cells: heapCells(engine.heap, vector, loaded.batch.length) })
    loaded.release()
  }
  return found
}

test('texts of few values are codes into one dictionary, whatever chunk and file they come from', async () => {
  const query = `SELECT 'city ' || (i * 7919 % 40 + i // 10000 * 30) AS city, CASE WHEN i % 3 > 0 THEN 'k' || i % 5 END AS kind,
    'row ' || i AS name FROM range(40000) t(i)`
  const more = `SELECT 'town ' || i % 300 AS city, NULL::VARCHAR AS kind, 'row ' || i AS name FROM range(5000) t(i)`
  const table = await ParquetTable.open([await write('a', query), await write('b', more)], engine.reader)
  expect([0, 1, 2].map((column) => table.isDictionary(column))).toEqual([true, true, false])
  const cities = await vectors(table, 0)
  expect(cities.length).toBeGreaterThan(4)
  expect(new Set(cities.map(({ vector }) => vector.dictionary!.id)).size).toBe(1)
  expect(cities[0]!.vector.dictionary!.codeBytes).toBe(1)
  expect(cities[cities.length - 1]!.vector.dictionary!.codeBytes).toBe(2)
  const codes = new Map<string, number>()
  for (const { vector, cells } of cities) {
    const { codeBytes } = vector.dictionary!
    for (const [row, cell] of cells.entries()) {
      const at = vector.values + row * codeBytes
      const code = codeBytes === 1 ? engine.heap.u8[at]! : engine.heap.view.getUint16(at, true)
      const known = codes.get(cell as string) ?? code
      codes.set(cell as string, known)
      if (known !== code) expect.fail(`${String(cell)} is ${known} and ${code}`)
    }
  }
  expect(cities.flatMap(({ cells }) => cells)).toEqual([
    ...(await truth(query, 'city')),
    ...(await truth(more, 'city')),
  ])
  const kinds = await vectors(table, 1)
  expect(kinds.flatMap(({ cells }) => cells)).toEqual([
    ...(await truth(query, 'kind')),
    ...(await truth(more, 'kind')),
  ])
  // The first chunks were cached before the dictionary moved to larger room.
  const again = await vectors(table, 0)
  expect(again[0]!.vector.dictionary).toEqual({ ...again.at(-1)!.vector.dictionary!, codeBytes: 1 })
  expect(again.flatMap(({ cells }) => cells)).toEqual(cities.flatMap(({ cells }) => cells))
  table.close()
})

test('more values than a dictionary takes come with a dictionary of their chunk', async () => {
  const query = `SELECT 'v' || (i * 7919 % 90000) AS v FROM range(90000) t(i)`
  const few = `SELECT 'v' || i % 20 AS v FROM range(200000) t(i)`
  const table = await ParquetTable.open([await write('few', few)], engine.reader)
  expect(table.isDictionary(0)).toBe(true)
  // The same footer figures, and yet a dictionary that has no room: every chunk brings its own.
  const remote = table.remote!
  const loader = openRemoteParquetLoader(remote, [0], engine.reader, (handle) => {
    if (handle.kind !== 'bytes') throw new Error('another kind of handle')
    return new BytesSource(handle.name, handle.bytes)
  })
  const cells: HeapCell[] = []
  const ids = new Set<number>()
  for (const morsel of (await table.planScan({ columns: [0], predicates: [] })).morsels) {
    const loaded = await loader.load(morsel, new AbortController().signal)
    const vector = loaded.batch.columns[0]!
    ids.add(vector.dictionary!.id)
    expect(vector.dictionary!.codeBytes).toBe(4)
    cells.push(...heapCells(engine.heap, vector, loaded.batch.length))
    loaded.release()
  }
  expect(ids.size).toBeGreaterThan(10)
  expect(cells).toEqual(await truth(few, 'v'))
  table.close()
  const many = await ParquetTable.open([await write('many', query)], engine.reader)
  expect(many.isDictionary(0)).toBe(false)
  expect((await scanCells(engine.heap, many))['v']).toEqual(await truth(query, 'v'))
  many.close()
})

test('a dictionary grows by moving, refuses when full, and codes stay', () => {
  const { heap, pool, reader } = engine
  const values = reader.dictionaryPages.allocate(2 ** 20)
  const count = 3000
  const offsets = values + 2 ** 19
  const mapping = values + 2 ** 19 + 2 ** 18
  let end = 0
  for (let i = 0; i < count; i++) {
    const text = new TextEncoder().encode(`value number ${i}`)
    heap.u8.set(text, values + end)
    heap.u32[(offsets >>> 2) + i] = end
    end += text.length
    heap.u32[(offsets >>> 2) + i + 1] = end
  }
  const dictionary = new GrowingDictionary(reader.dictionaryPages, reader.kernels, 2 ** 20)
  expect(dictionary.merge(offsets, values, 100, mapping)).toBe(99)
  expect(dictionary.merge(offsets, values, count, mapping)).toBe(count - 1)
  const codes = Array.from({ length: count }, (_, i) => heap.u32[(mapping >>> 2) + i])
  expect(codes).toEqual(Array.from({ length: count }, (_, i) => i))
  expect(dictionary.current(2).length).toBe(count)
  expect(dictionary.merge(offsets, values, 1, mapping)).toBe(0)
  const small = new GrowingDictionary(reader.dictionaryPages, reader.kernels, 2 ** 14)
  expect(small.merge(offsets, values, count, mapping)).toBeNull()
  expect(small.merge(offsets, values, 1, mapping)).toBeNull()
  dictionary.free()
  small.free()
  reader.dictionaryPages.free(values, 2 ** 20)
  expectNothingHeld(heap, pool)
})
