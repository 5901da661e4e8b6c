import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSource, type OpenPath } from '../formats/open-source.ts'
import { ParquetTable } from '../formats/parquet/parquet-table.ts'
import { PathSource } from '../formats/path-source.node.ts'
import type { FileSource } from '../lakebook.ts'
import { openParquetEngine, type ParquetEngine } from '../testing/parquet-engine.ts'
import { Catalog, type CatalogEntry } from './catalog.ts'
import type { TableProvider } from './table-provider.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-catalog-'))
let engine: ParquetEngine
let catalog: Catalog

beforeAll(async () => {
  engine = await openParquetEngine()
  const duckdb = await (await DuckDBInstance.create()).connect()
  for (const i of [1, 2, 10]) {
    await duckdb.run(
      `COPY (SELECT ${i} AS id) TO '${path.join(folder, `part-${i}.parquet`)}' (FORMAT parquet)`,
    )
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

beforeEach(() => {
  catalog = new Catalog()
})

async function openTable(name: string, given: readonly FileSource[], openPath: OpenPath | null) {
  const sources = await Promise.all(given.map((source) => openSource(source, name, openPath)))
  const provider = await ParquetTable.open(sources, engine.reader)
  return { kind: 'file', name, provider, files: await provider.fingerprints() } as const
}

function file(name: string, i: number) {
  return openTable(name, [path.join(folder, `part-${i}.parquet`)], (from) => PathSource.open(from))
}

function table(name: string): CatalogEntry {
  const provider: TableProvider & { close(): void } = {
    format: 'session table',
    schema: { fields: [] },
    statistics: { rowCount: 0, columns: [] },
    bytes: 0,
    remote: null,
    planScan: () => Promise.resolve({ morsels: [], pruning: [] }),
    openLoader: () => ({
      load: () => Promise.reject(new Error('it has no morsels')),
      close: () => undefined,
    }),
    close: () => undefined,
  }
  return { kind: 'table', name, provider }
}

describe('names', () => {
  test('are found whatever their case, unless quoted', () => {
    catalog.put(table('Orders'))
    expect(catalog.find('orders', false)?.name).toBe('Orders')
    expect(catalog.find('orders', true)).toBeNull()
    expect(catalog.find('Orders', true)?.name).toBe('Orders')
  })

  test('are replaced whatever their case, and what was replaced goes with its last reader', () => {
    const closed: string[] = []
    const closing = (name: string): CatalogEntry & { kind: 'table' } => {
      const { provider } = table(name) as CatalogEntry & { kind: 'table' }
      return { kind: 'table', name, provider: { ...provider, close: () => closed.push(name) } }
    }
    const first = closing('orders')
    catalog.replace(first)
    const readers = [catalog.leases.hold(first.provider), catalog.leases.hold(first.provider)]
    catalog.replace(closing('ORDERS'))
    expect(catalog.names()).toEqual(['ORDERS'])
    expect(closed).toEqual([])
    for (const release of readers) {
      expect(closed).toEqual([])
      release()
    }
    expect(closed).toEqual(['orders'])
    const left = catalog.remove('orders')
    expect(left?.name).toBe('ORDERS')
    catalog.discard(left!)
    expect(closed).toEqual(['orders', 'ORDERS'])
    expect(catalog.remove('orders')).toBeNull()
  })

  test('that are unknown bring the nearest one', () => {
    catalog.put(table('lineitem'))
    catalog.put(table('orders'))
    expect(() => catalog.table('lineitme', false)).toThrow(
      expect.objectContaining({
        code: 'unknown_table',
        message: 'There is no table lineitme',
        hint: 'Did you mean lineitem?',
      }),
    )
    expect(() => catalog.table('zzz', false)).toThrow(
      expect.objectContaining({ hint: 'There are: lineitem, orders.' }),
    )
  })
})

describe('files', () => {
  test('are found by table name, by file name, and by pattern in the order of numbers', async () => {
    for (const i of [10, 2, 1]) catalog.put(await file(`p${i}`, i))
    expect(catalog.file('p2').name).toBe('p2')
    expect(catalog.file('p2.parquet').name).toBe('p2')
    expect(catalog.file('part-2.parquet').name).toBe('p2')
    const all = catalog.file('part-*.parquet')
    expect(all.kind === 'file' && all.provider.fileNames).toEqual([
      'part-1.parquet',
      'part-2.parquet',
      'part-10.parquet',
    ])
    const again = catalog.file('part-*.parquet')
    expect(again.kind === 'file' && all.kind === 'file' && again.provider === all.provider).toBe(true)
    const single = catalog.file('part-[2-9].parquet')
    expect(single.name).toBe('p2')
    expect(() => catalog.file('parts-*.parquet')).toThrow(expect.objectContaining({ code: 'unknown_table' }))
    expect(() => catalog.file('part-3.parquet')).toThrow(
      expect.objectContaining({
        message: "No file 'part-3.parquet' was added",
        hint: 'Did you mean part-2.parquet?',
      }),
    )
  })

  test('have fingerprints that tell contents apart', async () => {
    const [one, again, two] = [await file('a', 1), await file('b', 1), await file('a', 2)]
    const info = catalog.info(one)
    expect(info).toMatchObject({ name: 'a', kind: 'file', format: 'parquet', rowCount: 1 })
    expect(info.files[0]).toMatchObject({ name: 'part-1.parquet', rows: 1 })
    expect(info.files[0]!.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(again.files[0]!.hash).toBe(one.files[0]!.hash)
    expect(two.files[0]!.hash).not.toBe(one.files[0]!.hash)
  })

  test('may be bytes and blobs', async () => {
    const bytes = new Uint8Array(readFileSync(path.join(folder, 'part-1.parquet')))
    const both = await openTable('both', [bytes, new File([bytes], 'x.parquet')], null)
    expect(both.provider.statistics.rowCount).toBe(2)
    expect(both.provider.fileNames).toEqual(['both', 'x.parquet'])
  })

  test('that cannot be opened say why', async () => {
    const none = path.join(folder, 'none.parquet')
    await expect(openTable('t', [none], (from) => PathSource.open(from))).rejects.toMatchObject({
      code: 'not_readable',
    })
    await expect(openTable('t', ['none.parquet'], null)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
