import { DuckDBInstance } from '@duckdb/node-api'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLakebook, type NodeLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'
import { differenceOfRows } from './testing/suites/row-difference.ts'
import { tpchSf1 } from './testing/tpch-sf1.ts'

const MIB = 2 ** 20
const found = tpchSf1()

/** Answers of native DuckDB on the same files, by query. */
const expected = new Map<string, readonly unknown[][]>()

describe('TPC-H at scale factor 1 and four heavier queries, as native DuckDB', () => {
  if (found === null) {
    test.skip('the data or the queries are not here')
    return
  }
  const { folder, queries } = found
  const tables = readdirSync(folder).map((file) => ({
    name: path.basename(file, '.parquet'),
    file: path.join(folder, file),
  }))

  beforeAll(async () => {
    const instance = await DuckDBInstance.create()
    const judge = await instance.connect()
    for (const { name, file } of tables) await judge.run(`CREATE VIEW ${name} AS SELECT * FROM '${file}'`)
    for (const { name, sql } of queries) {
      expected.set(name, (await judge.runAndReadAll(sql)).getRowsJson())
    }
    judge.closeSync()
    instance.closeSync()
  }, 300_000)

  describe.each([64, 32])('in %i MiB', (budget) => {
    let lake: NodeLakebook

    beforeAll(async () => {
      lake = await openLakebook({ heapBudgetBytes: budget * MIB, threads: 2 })
      for (const { name, file } of tables) await lake.registerFile(name, file)
    })

    afterAll(() => lake.close(), 60_000)

    test.each(queries)(
      '$name',
      async ({ name, sql }) => {
        const { table, profile } = await lake.sql(sql)
        expect(differenceOfRows(cellsOf(table), expected.get(name)!)).toBeNull()
        expect(profile.peakReservedBytes).toBeLessThanOrEqual(budget * MIB)
        const { consumers, spillFileBytes } = lake.memory()
        const held = consumers.filter(({ reservedBytes }) => reservedBytes > 0).map((each) => each.name)
        expect(held.filter((each) => each !== 'Engine' && each !== 'Column cache')).toEqual([])
        expect(spillFileBytes).toBe(0)
      },
      300_000,
    )
  })
})
