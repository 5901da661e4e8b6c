import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLakebook, type NodeLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { openDuckDbForSlt, type OpenSltEngine } from './testing/slt-engines.ts'

let folder: string
let lake: NodeLakebook
let duckdb: OpenSltEngine
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lakebook-copy-'))
  lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1, outputFolder: folder })
  duckdb = await openDuckDbForSlt()
  await duckdb.run(`CREATE TABLE numbers AS SELECT i FROM range(${ROWS}) t(i)`)
  await duckdb.run(`COPY numbers TO '${path.join(folder, 'numbers.parquet')}' (FORMAT parquet)`)
  await lake.registerFile('numbers', path.join(folder, 'numbers.parquet'))
})
afterAll(async () => {
  await lake.close()
  await duckdb.close()
  await rm(folder, { recursive: true })
})

/** More than the heap holds: a number, texts with everything that needs quotes, NULLs and dates. */
const ROWS = 300_000
const QUERY = `SELECT i AS id, CASE WHEN i % 5 = 0 THEN NULL WHEN i % 7 = 0 THEN '' WHEN i % 11 = 0 THEN 'a,"b"' || chr(10)
  ELSE 'text number ' || i || ' of the file that is written' END AS note, i / 8.0 AS x, i % 2 = 0 AS even,
  DATE '2020-01-01' + CAST(i % 1000 AS INTEGER) AS day FROM numbers`
const SUMMARY =
  'count(*), sum(id), count(note), sum(length(note)), sum(x), count(*) FILTER (WHERE even), max(day)'

describe('COPY … TO', () => {
  test.each([
    ['out.csv', '', `read_csv('{}', types = {'note': 'VARCHAR'}, allow_quoted_nulls = false)`],
    [
      'tabs.csv',
      "(DELIMITER '\t', HEADER false)",
      `read_csv('{}', names = ['id', 'note', 'x', 'even', 'day'], allow_quoted_nulls = false)`,
    ],
    ['out.json', '', `read_json('{}')`],
    ['array.json', '(ARRAY true)', `read_json('{}')`],
    ['out.parquet', '', `'{}'`],
  ])('%s %s is what DuckDB reads back', async (name, options, reader) => {
    const { file, table } = await lake.sql(`COPY (${QUERY}) TO '${name}' ${options}`)
    expect(file?.bytes).toBe((await readFile(path.join(folder, name))).length)
    expect(cellsOf(table).flat().map(String)).toEqual([String(ROWS)])
    const written = await duckdb.run(
      `SELECT ${SUMMARY} FROM ${reader.replace('{}', path.join(folder, name))}`,
    )
    const made = await duckdb.run(`SELECT ${SUMMARY} FROM (${QUERY})`)
    expect(written.flat().map(String)).toEqual(made.flat().map(String))
  })

  test('a row of very many columns is one line', async () => {
    const columns = Array.from({ length: 900 }, (_, c) => `i * ${c} AS c${c}`)
    const query = `SELECT ${columns.join()} FROM range(20) t(i)`
    await lake.sql(`COPY (${query}) TO 'wide.csv'`)
    const read = await duckdb.run(
      `SELECT count(*), sum(c7), sum(c899) FROM read_csv('${path.join(folder, 'wide.csv')}')`,
    )
    expect(read.flat().map(String)).toEqual(['20', String(190 * 7), String(190 * 899)])
    await lake.sql(`COPY (${query}) TO 'wide.json'`)
    const [, second] = (await readFile(path.join(folder, 'wide.json'), 'utf8')).split('\n')
    expect(JSON.parse(second!)).toMatchObject({ c0: 0, c7: 7, c899: 899 })
  })

  test('what is written is read again, in every format', async () => {
    await lake.sql(`CREATE OR REPLACE TABLE t AS ${QUERY} WHERE i < 5000`)
    const [made] = cellsOf((await lake.sql(`SELECT ${SUMMARY} FROM t`)).table)
    for (const name of ['t.csv', 't.json', 't.arrow', 't.parquet']) {
      await lake.sql(`COPY t TO '${name}'`)
      await lake.registerFile('again', path.join(folder, name))
      const options = name === 't.csv' ? ', allow_quoted_nulls = false' : ''
      const reader = {
        't.csv': 'read_csv',
        't.json': 'read_json',
        't.arrow': 'read_arrow',
        't.parquet': 'read_parquet',
      }[name]
      const again = await lake.sql(`SELECT ${SUMMARY} FROM ${reader}('${name}'${options})`)
      expect([name, ...cellsOf(again.table)[0]!.map(String)]).toEqual([name, ...made!.map(String)])
    }
  })

  test('lists, structs and special texts are JSON', async () => {
    await lake.sql(
      `COPY (SELECT [1, NULL, 3] AS l, {'a': 'x"y', 'b': 2.5} AS s, chr(1) || '\\' AS t, 'nan'::DOUBLE AS n) TO 'nested.json'`,
    )
    const text = await readFile(path.join(folder, 'nested.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({ l: [1, null, 3], s: { a: 'x"y', b: 2.5 }, t: '\u0001\\', n: null })
  })

  test('nothing is written outside the folder, nor left of a file that was not finished', async () => {
    await expect(lake.sql("COPY (SELECT 1) TO '../x.csv'")).rejects.toMatchObject({ code: 'forbidden' })
    await expect(lake.sql("COPY (SELECT 1) TO 'x.xlsx' (FORMAT xlsx)")).rejects.toMatchObject({
      code: 'unsupported',
    })
    const controller = new AbortController()
    const copy = lake.sql(`COPY (${QUERY}) TO 'half.csv'`, { signal: controller.signal })
    setTimeout(() => {
      controller.abort()
    }, 50)
    await expect(copy).rejects.toMatchObject({ code: 'cancelled' })
    expect((await readdir(folder)).filter((name) => /half|unfinished/.test(name))).toEqual([])
    const closed = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
    await expect(closed.sql("COPY (SELECT 1) TO 'x.csv'")).rejects.toMatchObject({ code: 'forbidden' })
    await closed.close()
  })
})
