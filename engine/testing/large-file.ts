import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export interface LargeFiles {
  /** Path of a Parquet file by table name. */
  readonly paths: Readonly<Record<string, string>>
  /** Native DuckDB with the same tables. One row, each value as text. */
  ask(sql: string): Promise<readonly (string | null)[]>
  close(): Promise<void>
}

/**
 * Tables that do not fit a small heap, written by native DuckDB, which then serves as the judge:
 * `events` (400,000 rows of some 80 bytes: id, person, kind, amount, note, moment) and `people` (60,000 rows).
 */
export async function makeLargeFiles(): Promise<LargeFiles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-large-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE events AS SELECT
      (i * 7919) % 400000 AS id,
      ((i * 104729) % 59999)::INTEGER AS person,
      CASE WHEN i % 11 = 0 THEN NULL ELSE 'kind ' || (i % 17) END AS kind,
      ((i * 31) % 100000 / 100)::DECIMAL(12, 2) AS amount,
      'note ' || ((i * 48271) % 2147483647)::VARCHAR || ' about something that takes some room' AS note,
      TIMESTAMP '2024-01-01' + to_seconds((i * 611) % 31536000) AS moment
    FROM range(400000) t(i)`)
  await connection.run(`CREATE TABLE people AS SELECT
      i::INTEGER AS person, 'person ' || i AS name, (i % 7)::TINYINT AS team, i % 5 = 0 AS active
    FROM range(60000) t(i)`)
  const paths: Record<string, string> = {}
  for (const table of ['events', 'people']) {
    const file = path.join(folder, `${table}.parquet`)
    await connection.run(
      `COPY ${table} TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 50000, COMPRESSION zstd)`,
    )
    paths[table] = file
  }
  return {
    paths,
    ask: (sql) => askOne(connection, sql),
    async close() {
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    },
  }
}

async function askOne(connection: DuckDBConnection, sql: string): Promise<readonly (string | null)[]> {
  const reader = await connection.runAndReadAll(sql)
  const [row] = reader.getRows()
  return row?.map((value) => (value === null ? null : value.toString())) ?? []
}
