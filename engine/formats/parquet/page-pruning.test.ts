import { DuckDBInstance } from '@duckdb/node-api'
import { tableToIPC } from 'apache-arrow'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Table, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook, QueryProfile } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { randomSource } from '../../testing/random-query.ts'
import { narrowed } from './page-pruning.ts'

const COLUMNS = `SELECT i, CASE WHEN i % 4 = 0 OR i BETWEEN 9000 AND 13000 THEN NULL ELSE i // 3 END AS n,
  (i % 120)::UTINYINT AS tiny, (18446744073709551000 - i * 12345)::UBIGINT AS big, i::DECIMAL(9, 2) AS d,
  (i * 1000 - 7)::DECIMAL(38, 3) AS wide, CASE WHEN i % 900 = 7 THEN 'NaN'::DOUBLE ELSE i - 15000 END AS x,
  DATE '1969-12-01' + (i // 50)::INTEGER AS day, TIMESTAMP '2001-01-01 00:00:00' + to_seconds(i) AS moment,
  chr((960 + i // 2500)::INTEGER) || repeat('ü', 40) || (i // 100) AS s, 'code ' || (i * 7919 % 500) AS code
  FROM range(30000) r(i)`
const names = ['i', 'n', 'tiny', 'big', 'd', 'wide', 'x', 'day', 'moment', 's', 'code']

let lake: Lakebook
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakebook-pages-'))
  const duck = path.join(folder, 'blooms.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${COLUMNS}) TO '${duck}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`)
  connection.closeSync()
  instance.closeSync()
  lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  await lake.registerFile('blooms', duck)
  const { table } = await lake.sql('SELECT * FROM blooms')
  const properties = new WriterPropertiesBuilder()
    .setMaxRowGroupSize(16_384)
    .setDataPageSizeLimit(4096)
    .setWriteBatchSize(256)
    .setDictionaryEnabled(false)
    .build()
  const pages = path.join(folder, 'pages.parquet')
  await writeFile(pages, writeParquet(Table.fromIPCStream(tableToIPC(table, 'stream')), properties))
  await lake.registerFile('pages', pages)
})
afterAll(async () => {
  await lake.close()
  await rm(folder, { recursive: true })
})

const cells = async (sql: string): Promise<string> =>
  cellsOf((await lake.sql(sql)).table)
    .map(String)
    .join('\n')
const layerOf = ({ pruning }: QueryProfile, layer: string) =>
  pruning[0]!.steps.find((step) => step.layer === layer)

describe.each(['pages', 'blooms'])('%s', (table) => {
  it.each(names)('hold what conditions on %s let through', async (column) => {
    const next = randomSource(names.indexOf(column) + 11)
    for (let round = 0; round < 4; round++) {
      const row = Math.floor(next() * 30000)
      const literal = await cells(
        `SELECT CASE WHEN ${column} IS NULL THEN 'NULL' ELSE '''' || ${column} || '''' END FROM blooms WHERE i = ${row}`,
      )
      const op = ['=', '<', '<=', '>', '>=', '<>'][Math.floor(next() * 6)]!
      const kind = Math.floor(next() * 4)
      const condition =
        kind === 0
          ? `${column} IS NULL`
          : kind === 1
            ? `${column} IN (${literal}, ${literal})`
            : `${column} ${op} ${literal}`
      const sql = `SELECT count(*), sum(i), min(s), count(n) FROM ${table} WHERE ${condition} AND i >= ${row - 900}`
      const pruned = await cells(sql)
      await lake.sql('SET optimizer.extract_predicates = false; SET optimizer.answer_from_statistics = false')
      expect(pruned, sql).toBe(await cells(sql))
      await lake.sql('RESET optimizer.extract_predicates; RESET optimizer.answer_from_statistics')
    }
  })
})

it('reads the pages that may have what is asked, and counts them', async () => {
  const { profile, table } = await lake.sql(
    'SELECT s FROM pages WHERE i BETWEEN 20100 AND 20110 AND n IS NOT NULL',
  )
  expect(table.numRows).toBe(8)
  const layer = layerOf(profile, 'page')!
  expect(layer.unitsKept).toBeLessThan(layer.unitsIn / 2)
  expect(layer.rowsKept).toBeLessThan(4096)
  expect(layer.removed.concat(layer.kept as never).reduce((sum, { units }) => sum + units, 0)).toBe(
    layer.unitsIn,
  )
  expect(profile.operators.find(({ name }) => name === 'Scan')?.rowsOut).toBe(layer.rowsKept)
})

it('rules out row groups whose Bloom filter lacks the value', async () => {
  const missing = await lake.sql(`SELECT count(*) AS c FROM blooms WHERE code = 'code 77x'`)
  expect(cellsOf(missing.table)).toEqual([[0n]])
  const layer = layerOf(missing.profile, 'bloom filter')!
  expect(layer.unitsIn).toBe(8)
  // one in a hundred may have it as far as its filter knows
  expect(layer.unitsKept).toBeLessThan(3)
  const there = await lake.sql(`SELECT count(*) AS c FROM blooms WHERE code IN ('code 77', 'code 77x')`)
  expect(cellsOf(there.table)).toEqual([[60n]])
  expect(layerOf(there.profile, 'bloom filter')).toMatchObject({ unitsIn: 8, unitsKept: 8 })
})

it('narrows a range only where half of it can go', () => {
  const whole = { from: 0, to: 1000 }
  expect(narrowed(whole, [], 100)).toEqual([])
  expect(narrowed(whole, [{ from: 990, to: 1000 }], 100)).toEqual([{ from: 875, to: 1000 }])
  expect(
    narrowed(
      whole,
      [
        { from: 0, to: 1 },
        { from: 999, to: 1000 },
      ],
      600,
    ),
  ).toEqual([whole])
  expect(narrowed(whole, [{ from: 0, to: 501 }], 300)).toEqual([whole])
})
