import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { openDuckDbForSlt, type OpenSltEngine } from '../../testing/slt-engines.ts'

const MiB = 2 ** 20
const ROWS = 60_000

/** Rows with quoted delimiters, quotes and line breaks, NULLs, every common type, and texts of up to 2,000 bytes. */
const SOURCE = `SELECT i AS id, i % 7 = 0 AS flag, (i * 7919) % 1000 / 4.0 AS x,
  CASE WHEN i % 11 = 0 THEN NULL ELSE 'name ' || (i % 1000) END AS name,
  CASE WHEN i % 13 = 0 THEN 'line' || chr(10) || 'two, "quoted" ' || i WHEN i % 5000 = 1 THEN repeat('ü', 1000)
    ELSE 'plain' END AS note,
  DATE '2000-01-01' + CAST(i % 9000 AS INTEGER) AS day, TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * (i % 100000) AS moment
  FROM range(${ROWS}) t(i)`
const QUERIES = [
  'SELECT count(*), sum(id), count(name), sum(x), count(*) FILTER (WHERE flag) FROM t',
  'SELECT sum(length(note)), max(note), min(day), max(moment), count(DISTINCT name) FROM t',
  'SELECT name, count(*), sum(x) FROM t WHERE id % 3 = 1 GROUP BY name ORDER BY name NULLS LAST LIMIT 20',
  'SELECT * FROM t WHERE id IN (0, 13, 29999, 59999) ORDER BY id',
]

let folder: string
let duckdb: OpenSltEngine
const files = { csv: '', json: '', array: '', gzip: '' }
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lakebook-records-'))
  duckdb = await openDuckDbForSlt()
  files.csv = path.join(folder, 't.csv')
  files.json = path.join(folder, 't.jsonl')
  files.array = path.join(folder, 't.json')
  files.gzip = path.join(folder, 't.csv.gz')
  await duckdb.run(`COPY (${SOURCE}) TO '${files.csv}' (HEADER)`)
  await duckdb.run(`COPY (${SOURCE}) TO '${files.json}' (FORMAT json)`)
  await duckdb.run(`COPY (${SOURCE}) TO '${files.array}' (FORMAT json, ARRAY true)`)
  await writeFile(files.gzip, gzipSync(await readFile(files.csv)))
})
afterAll(async () => {
  await duckdb.close()
  await rm(folder, { recursive: true })
})

async function answers(lake: Lakebook): Promise<unknown> {
  const results = []
  for (const query of QUERIES) results.push(cellsOf((await lake.sql(query)).table).map(texts))
  return results
}

function texts(row: readonly unknown[]): unknown {
  return row.map((cell) => (cell === null ? null : String(cell)))
}

async function judged(reader: string): Promise<unknown> {
  await duckdb.run(`CREATE OR REPLACE VIEW t AS SELECT * FROM ${reader}`)
  const results = []
  for (const query of QUERIES) results.push((await duckdb.run(query)).map(texts))
  return results
}

describe('text files larger than the heap give what DuckDB gives', () => {
  test.each([
    ['csv', 16, 1],
    ['csv', 16, 2],
    ['csv', 256, 1],
    ['csv', 64, 4],
    ['json', 16, 1],
    ['json', 64, 2],
    ['array', 16, 1],
    ['gzip', 16, 2],
  ] as const)('%s at %i MiB with %i threads', async (kind, mebibytes, threads) => {
    const lake = await openLakebook({ heapBudgetBytes: mebibytes * MiB, threads })
    try {
      const info = await lake.registerFile('t', files[kind])
      expect(info.rowCount).toBe(ROWS)
      const judge = kind === 'csv' || kind === 'gzip' ? `'${files.csv}'` : `'${files.json}'`
      expect(await answers(lake)).toEqual(await judged(judge))
      // and again, with what is cached
      expect(await answers(lake)).toEqual(await judged(judge))
    } finally {
      await lake.close()
    }
  })
})

describe('chunks', () => {
  test('a record longer than a chunk is read, one longer than the heap allows is refused by its line', async () => {
    const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads: 1 })
    try {
      const long = path.join(folder, 'long.csv')
      await writeFile(long, `id,text\n1,"${'x\n'.repeat(400_000)}"\n2,y\n`)
      await lake.registerFile('long', long)
      expect(
        texts(cellsOf((await lake.sql('SELECT id, length(text) FROM long ORDER BY id')).table).flat()),
      ).toEqual(['1', '800000', '2', '1'])
      await writeFile(long, `id,text\n0,a\n1,"${'x'.repeat(6 * MiB)}"\n2,y\n`)
      await expect(lake.registerFile('longer', long)).rejects.toMatchObject({
        code: 'budget_too_small',
        message: expect.stringMatching(
          /^long\.csv, line 3: the record that begins here is longer than/,
        ) as string,
      })
      expect(cellsOf((await lake.sql('SELECT 1')).table)).toEqual([[1]])
    } finally {
      await lake.close()
    }
  })

  test('bad records are the same with any number of threads, and none is lost', async () => {
    const lines = Array.from({ length: 60_000 }, (_, row) =>
      row % 1000 === 999 ? `${row}` : `${row},"v ${row}"`,
    )
    lines[30_500] = '30500,"open'
    const file = path.join(folder, 'bad.csv')
    await writeFile(file, ['id,v', ...lines].join('\n'))
    for (const threads of [1, 2]) {
      const lake = await openLakebook({ heapBudgetBytes: 16 * MiB, threads })
      try {
        const { rowCount } = await lake.registerFile('bad', file)
        const [[rows, rejects]] = cellsOf(
          (await lake.sql('SELECT (SELECT count(*) FROM bad), (SELECT count(*) FROM bad_rejects)')).table,
        ) as [[unknown, unknown]]
        expect(Number(rows)).toBe(rowCount)
        expect(Number(rejects)).toBe(60 + 1)
        // the open quote takes the next line with it
        expect(Number(rows) + Number(rejects)).toBe(59_999)
        const open = await lake.sql('SELECT text FROM bad_rejects WHERE line = 30502')
        expect(cellsOf(open.table)).toEqual([['30500,"open\n30501,"v 30501"']])
        const reasons = await lake.sql(
          'SELECT reason, count(*), min(line) FROM bad_rejects GROUP BY reason ORDER BY reason',
        )
        expect(cellsOf(reasons.table).map(texts)).toEqual([
          ['text after a closing quote', '1', '30502'],
          ['too few columns', '60', '1001'],
        ])
      } finally {
        await lake.close()
      }
    }
  })
})
