import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'
import { randomSource } from '../testing/random-query.ts'

let lake: Lakebook
let folder: string
let connection: DuckDBConnection
let close: () => void

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakebook-statistics-'))
  const instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  await connection.run(`CREATE TABLE t AS SELECT i,
      CASE WHEN i < 4096 OR i % 5 = 0 THEN NULL ELSE i % 1000 END AS n, (i * 37 % 250)::UTINYINT AS tiny,
      (i * 12345678901)::UBIGINT AS big, i::DECIMAL(9, 2) AS d, -i::DECIMAL(38, 3) AS wide, i / 7 AS f,
      CASE WHEN i % 3000 = 7 THEN 'NaN'::DOUBLE ELSE i % 91 END AS x, DATE '1999-12-01' + (i % 500)::INTEGER AS day,
      TIMESTAMP '2001-01-01 00:00:00' + to_seconds(i) AS moment, i > 9000 AS late,
      repeat('long ', 60) || chr((960 + i // 2048)::INTEGER) || i AS s FROM range(20000) r(i)`)
  const file = path.join(folder, 't.parquet')
  await connection.run(`COPY t TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
  lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 1 })
  await lake.registerFile('t', file)
})
afterAll(async () => {
  await lake.close()
  close()
  await rm(folder, { recursive: true })
})

const columns = ['i', 'n', 'tiny', 'big', 'd', 'wide', 'f', 'x', 'day', 'moment', 'late', 's']
const text = async (sql: string): Promise<string> =>
  cellsOf((await lake.sql(sql)).table)
    .map(String)
    .join('\n')

describe.each(columns)('%s', (column) => {
  it('has the counts and bounds that reading it gives', async () => {
    const next = randomSource(columns.indexOf(column) + 1)
    for (let round = 0; round < 5; round++) {
      const conditions = Array.from({ length: Math.floor(next() * 3) }, () => {
        const other = columns[Math.floor(next() * columns.length)]!
        const op = ['=', '<>', '<', '<=', '>', '>='][Math.floor(next() * 6)]!
        if (next() < 0.2) return `${other} IS ${next() < 0.5 ? '' : 'NOT '}NULL`
        return `${other} ${op} (SELECT ${other} FROM t WHERE i = ${4100 + Math.floor(next() * 15000)})`
      })
      const literal = await Promise.all(conditions.map(withValue))
      const where = literal.length === 0 ? '' : ` WHERE ${literal.join(' AND ')}`
      const sql = `SELECT count(*), count(${column}), min(${column})::VARCHAR, max(${column})::VARCHAR FROM t${where}`
      const answered = await text(sql)
      await lake.sql('SET optimizer.answer_from_statistics = false')
      expect(answered, sql).toBe(await text(sql))
      await lake.sql('RESET optimizer.answer_from_statistics')
    }
  })
})

/** A condition with the value that its subquery has, as statistics can only decide what they can compare. */
async function withValue(condition: string): Promise<string> {
  const found = /^(.*) \((SELECT (\w+) .*)\)$/.exec(condition)
  if (found === null) return condition
  const rows = await connection.runAndReadAll(
    `SELECT v::VARCHAR, typeof(v) FROM (${found[2]!.replace('SELECT ', 'SELECT v: ')})`,
  )
  const [value, type] = rows.getRows()[0]!
  return value === null ? `${found[3]} IS NULL` : `${found[1]} CAST('${String(value)}' AS ${String(type)})`
}

it.each([
  ['count(*), count(n), count(s)', '', 'all'],
  ['min(i), max(day), min(wide), max(big), min(late)', '', 'all'],
  ['count(*)', 'WHERE i < 4096', 'all'],
  ['count(*)', 'WHERE n IS NULL AND i < 4096', 'all'],
  ['count(*)', 'WHERE i < 5000', 'part'],
  ['max(n)', 'WHERE i >= 100 AND i <= 9000', 'part'],
  ['min(s)', '', 'none'],
  ['max(x)', '', 'none'],
  ['count(DISTINCT i)', '', 'none'],
  ['sum(i)', '', 'none'],
  ['count(*)', 'WHERE x < 1000', 'none'],
  ['count(*)', 'WHERE i % 2 = 0', 'none'],
  ['count(*)', 'WHERE i BETWEEN 2100 AND 2200', 'none'],
])('SELECT %s %s: statistics know %s of it', async (select, where, known) => {
  const sql = `SELECT ${select} FROM t ${where}`
  const plan = await text(`EXPLAIN ${sql}`)
  expect({ values: plan.includes('Values'), scan: plan.includes('Scan') }).toEqual({
    values: known !== 'none',
    scan: known !== 'all',
  })
  const theirs = await connection.runAndReadAll(
    `SELECT ${select.replace(/[a-z]+\([^)]*\)/gi, '$&::VARCHAR')} FROM t ${where}`,
  )
  const ours = await text(`SELECT ${select.replace(/[a-z]+\([^)]*\)/gi, '$&::VARCHAR')} FROM t ${where}`)
  expect(ours).toBe(theirs.getRows().map(String).join('\n'))
})

it('reads only what statistics leave open, and says so', async () => {
  const { profile } = await lake.sql('SELECT count(*), max(n) FROM t WHERE i < 5000')
  const [layer] = profile.pruning[0]!.steps
  expect(layer).toMatchObject({ layer: 'statistics', unitsIn: 3, unitsKept: 1, rowsKept: 2048 })
  expect(profile.operators.find(({ name }) => name === 'Scan')?.rowsOut).toBe(2048)
})
