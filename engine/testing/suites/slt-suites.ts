import type { Table } from 'apache-arrow'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Lakebook } from '../../lakebook.ts'
import { cellsOf, type Cell } from '../arrow-cells.ts'
import { postgresCellsOf } from '../postgres-cells.ts'
import { reasonOf, suitesFolder, type SuiteFailure, type SuiteResult } from './suite.ts'
import { TableSetup } from './table-setup.ts'

type Dialect = 'sqlite' | 'datafusion' | 'duckdb'

interface Runner {
  readonly loadSlt: (file: string, dialect: Dialect) => unknown
  readonly runSlt: (
    records: unknown,
    engine: {
      run(sql: string): Promise<{ columns: string[]; rows: Cell[][] }>
      rewrite?(sql: string): string[]
    },
    options: { name: string; dialect: Dialect; timeoutMs: number; only: Set<string> },
  ) => Promise<{
    query: [passed: number, failed: number]
    failures: { at: string; kind: string; sql: string; reason: string }[]
  }>
}

interface ExternalTable {
  readonly name: string
  readonly cols: string | null
  readonly format: string
  readonly path: string
  readonly header: boolean
  readonly delimiter: string
}

interface DataFusionShim {
  readonly rewriteDataFusion: (sql: string, loadSql: (table: ExternalTable) => string[]) => string[]
}

export const sltSuites: Readonly<Record<string, Dialect>> = {
  sqlite: 'sqlite',
  datafusion: 'datafusion',
  duckdb: 'duckdb',
  risingwave: 'datafusion',
}

/** How the engines that the suites were written for divide whole numbers and sort NULLs. */
const settings: Readonly<Record<string, readonly string[]>> = {
  sqlite: ['SET integer_division = true'],
  datafusion: ['SET integer_division = true', "SET default_null_order = 'postgres'"],
  risingwave: ["SET sql_dialect = 'postgres'"],
}

/** The queries of a suite that engines of other projects pass too. */
export async function runSltSuite(
  name: string,
  dialect: Dialect,
  openLake: () => Promise<Lakebook>,
  filter: string,
): Promise<SuiteResult> {
  const { loadSlt, runSlt } = await importShared<Runner>('slt.mjs')
  const { rewriteDataFusion } = await importShared<DataFusionShim>('slt-datafusion-shim.mjs')
  const portable = JSON.parse(readFileSync(path.join(suitesFolder, 'portable.json'), 'utf8')) as Record<
    string,
    { portable: (number | string)[] }
  >
  const files = Object.keys(portable).filter((file) => file.startsWith(`${name}/`) && file.includes(filter))
  let passed = 0
  const failures: SuiteFailure[] = []
  for (const file of files) {
    const only = new Set(portable[file]!.portable.map(String))
    if (only.size === 0) continue
    const lake = await openLake()
    for (const setting of settings[name] ?? []) await lake.sql(setting)
    const setup = await TableSetup.open(lake)
    const outcome = await runSlt(
      loadSlt(path.join(suitesFolder, file), dialect),
      {
        async run(sql) {
          if (TableSetup.isSetup(sql)) {
            if (name === 'risingwave') {
              await setup.runInPostgres(sql)
            } else {
              await setup.run(sql)
              // what changes the meaning of queries is set in both
              if (/default_null_order|integer_division/i.test(sql))
                await lake.sql(sql.replace(/^\s*PRAGMA/i, 'SET'))
            }
            return { columns: [], rows: [] }
          }
          try {
            await setup.handOver()
            const { table } = await lake.sql(sql)
            return {
              columns: table.schema.fields.map((field) => field.name),
              rows: printed(name, table),
            }
          } catch (error) {
            throw new Error(reasonOf(error), { cause: error })
          }
        },
        ...(name === 'datafusion' ? { rewrite: (sql: string) => rewriteDataFusion(sql, externalTable) } : {}),
      },
      { name: name === 'sqlite' ? 'duckdb' : 'lakebook', dialect, timeoutMs: 20_000, only },
    )
    await setup.close()
    await lake.close()
    passed += outcome.query[0]
    for (const failure of outcome.failures.filter(({ kind }) => kind === 'query')) {
      failures.push({ at: `${file}:${failure.at}`, text: failure.sql, reason: failure.reason })
    }
  }
  return { name, passed, failures }
}

/** Every suite has its own engine's way of writing values down. */
function printed(suite: string, table: Table): Cell[][] {
  if (suite === 'risingwave') return postgresCellsOf(table)
  return cellsOf(table, suite === 'datafusion' ? 'datafusion' : 'duckdb')
}

/** DataFusion's files name data by their place in its repository; the suite keeps it in one folder. */
function externalTable({ name, cols, format, path: location, header, delimiter }: ExternalTable): string[] {
  const folder = path.join(suitesFolder, 'datafusion/data')
  const file = readdirSync(folder).find((candidate) => candidate === path.basename(location))
  if (file === undefined) throw new Error(`the suite has no ${location}`)
  const source =
    format === 'PARQUET'
      ? `read_parquet('${path.join(folder, file)}')`
      : `read_csv('${path.join(folder, file)}', header = ${header}, delim = '${delimiter}')`
  if (cols === null) return [`CREATE TABLE ${name} AS SELECT * FROM ${source}`]
  const options =
    format === 'PARQUET' ? 'FORMAT parquet' : `FORMAT csv, HEADER ${header}, DELIMITER '${delimiter}'`
  return [`CREATE TABLE ${name}(${cols})`, `COPY ${name} FROM '${path.join(folder, file)}' (${options})`]
}

async function importShared<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(path.join(suitesFolder, name)).href)) as Module
}
