import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { openLakebook } from '../../engine/node.ts'
import { timed } from './page/timing.ts'

/** Medians in milliseconds, by query. */
export interface QueryRow {
  readonly query: string
  readonly lakebookMs: number
  readonly duckDbMs: number
}

interface QueryFolders {
  /** `q01.sql` and so on. */
  readonly queries: string
  /** A Parquet file for each table. */
  readonly tables: string
}

/** Every query of a folder in Node, hot, against native DuckDB with its tables in memory and as many threads. */
export async function timeQueries(
  { queries, tables }: QueryFolders,
  threads: number,
  only: ReadonlySet<string> | null = null,
): Promise<readonly QueryRow[]> {
  const lake = await openLakebook({ heapBudgetBytes: 3 * 2 ** 30, threads })
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
  const connection = await instance.connect()
  try {
    for (const file of await readdir(tables)) {
      const name = path.basename(file, '.parquet')
      await lake.registerFile(name, path.join(tables, file))
      await connection.run(`CREATE TABLE ${name} AS SELECT * FROM '${path.join(tables, file)}'`)
    }
    const rows: QueryRow[] = []
    for (const file of (await readdir(queries)).sort()) {
      const query = path.basename(file, '.sql')
      if (only !== null && !only.has(query)) continue
      const sql = await readFile(path.join(queries, file), 'utf8')
      const lakebook = await timed(() => lake.sql(sql), 5, 2)
      const duckDb = await timed(() => connection.runAndReadAll(sql), 5, 1)
      rows.push({ query, lakebookMs: lakebook.medianMs, duckDbMs: duckDb.medianMs })
    }
    return rows
  } finally {
    connection.closeSync()
    instance.closeSync()
    await lake.close()
  }
}

/** Prints the rows and the geometric mean of their ratios. */
export function printQueries(rows: readonly QueryRow[], title: string): void {
  console.log(`\n${title}`)
  const figure = (ms: number): string => ms.toFixed(1).padStart(9)
  for (const { query, lakebookMs, duckDbMs } of rows) {
    const ratio = (lakebookMs / duckDbMs).toFixed(2).padStart(7)
    console.log(`  ${query}  Lakebook ${figure(lakebookMs)}   DuckDB ${figure(duckDbMs)}   ratio ${ratio}`)
  }
  const logs = rows.reduce((sum, { lakebookMs, duckDbMs }) => sum + Math.log(lakebookMs / duckDbMs), 0)
  console.log(`  Geometric mean of the ratios: ${Math.exp(logs / rows.length).toFixed(2)}`)
}
