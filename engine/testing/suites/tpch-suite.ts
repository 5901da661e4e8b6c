import { DuckDBInstance } from '@duckdb/node-api'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Lakebook } from '../../lakebook.ts'
import { cellsOf } from '../arrow-cells.ts'
import { differenceOfRows } from './row-difference.ts'
import { reasonOf, sharedFolder, suitesFolder, type SuiteFailure, type SuiteResult } from './suite.ts'

/** The 22 queries of TPC-H on the data at `scale`, against native DuckDB on the same files. */
export async function runTpchSuite(
  openLake: () => Promise<Lakebook>,
  scale = 'sf0.01',
): Promise<SuiteResult> {
  const folder = path.join(sharedFolder, 'data/tpch', scale)
  const instance = await DuckDBInstance.create()
  const judge = await instance.connect()
  const lake = await openLake()
  for (const file of readdirSync(folder)) {
    const table = path.basename(file, '.parquet')
    await judge.run(`CREATE VIEW ${table} AS SELECT * FROM '${path.join(folder, file)}'`)
    await lake.registerFile(table, path.join(folder, file))
  }
  let passed = 0
  const failures: SuiteFailure[] = []
  const queries = readdirSync(path.join(suitesFolder, 'tpch/queries')).sort()
  for (const query of queries) {
    const sql = readFileSync(path.join(suitesFolder, 'tpch/queries', query), 'utf8')
    const expected = (await judge.runAndReadAll(sql)).getRowsJson()
    const reason = await lake
      .sql(sql)
      .then(({ table }) => differenceOfRows(cellsOf(table), expected), reasonOf)
    if (reason === null) passed++
    else failures.push({ at: `tpch/${query}`, text: query, reason })
  }
  await lake.close()
  judge.closeSync()
  instance.closeSync()
  return { name: `tpch ${scale}`, passed, failures }
}
