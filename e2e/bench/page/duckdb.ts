import * as duckdb from '@duckdb/duckdb-wasm'
import { timed, type Timing } from './timing.ts'

/** The builds that DuckDB-Wasm ships: `eh` is what it picks by default, `coi` has threads. */
export type DuckDbBuild = 'eh' | 'coi'

/** Each query hot, on a table inside the database. DuckDB-Wasm cannot read Parquet offline, so the data is Arrow. */
export async function timeDuckDb(
  build: DuckDbBuild,
  dataUrl: string,
  queries: Readonly<Record<string, string>>,
): Promise<Record<string, Timing>> {
  const folder = new URL('/duckdb/', location.href).href
  const worker = new Worker(`${folder}duckdb-browser-${build}.worker.js`)
  const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker)
  const pthreadWorker = build === 'coi' ? `${folder}duckdb-browser-coi.pthread.worker.js` : null
  await database.instantiate(`${folder}duckdb-${build}.wasm`, pthreadWorker)
  await database.open(build === 'coi' ? { maximumThreads: navigator.hardwareConcurrency } : {})
  const connection = await database.connect()
  const stream = new Uint8Array(await (await fetch(dataUrl)).arrayBuffer())
  await connection.insertArrowFromIPCStream(stream, { name: 'lineitem', create: true })
  const timings: Record<string, Timing> = {}
  for (const [name, sql] of Object.entries(queries)) timings[name] = await timed(() => connection.query(sql))
  await connection.close()
  await database.terminate()
  return timings
}
