import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { openLakebook, type NodeLakebook } from '../../node.ts'

const folder = new URL('../../../../shared/suites/parquet/', import.meta.url).pathname
const present = existsSync(folder)

interface Expected {
  readonly file: string
  readonly error?: string
}

const files: readonly string[] = present
  ? readFileSync(`${folder}expected.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Expected)
      .filter(({ file }) => file.startsWith('data/'))
      .map(({ file }) => file)
  : []

describe.skipIf(!present)('nested columns of other writers (needs ../shared)', () => {
  let judge: DuckDBConnection
  const lakes: NodeLakebook[] = []

  beforeAll(async () => {
    judge = await (await DuckDBInstance.create()).connect()
    lakes.push(await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 }))
    lakes.push(await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 2 }))
  })

  afterAll(async () => {
    judge.closeSync()
    for (const lake of lakes) await lake.close()
  })

  test.each(files)('%s', async (file) => {
    const described = await judge.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet('${folder}${file}')`)
    const columns = described
      .getRows()
      .map(([name, type]) => ({ name: String(name), type: String(type) }))
      .filter(({ type }) => /STRUCT|MAP|\[\]/.test(type))
    for (const lake of lakes) {
      await lake.registerFile('nested', folder + file)
      for (const { name, type } of columns) {
        const text = `SELECT CAST("${name}" AS VARCHAR) AS value`
        const theirs = await judge.runAndReadAll(`${text} FROM read_parquet('${folder}${file}')`)
        const ours = await lake.sql(`${text} FROM nested`)
        expect([name, ...ours.table.getChildAt(0)!]).toEqual([
          name,
          ...theirs.getRows().map(([value]) => value),
        ])
        // the values themselves leave the engine, too
        const { table } = await lake.sql(`SELECT "${name}", typeof("${name}") AS type FROM nested`)
        expect(table.getChildAt(0)!.length).toBe(theirs.currentRowCount)
        // a column of nothing but NULLs is one of integers to DuckDB
        if (table.numRows > 0)
          expect(String(table.getChildAt(1)!.get(0)).replace('NULL', 'INTEGER')).toBe(type)
      }
    }
  })
})
