import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Lakebook } from '../../lakebook.ts'

/**
 * Runs the statements of a suite that make and fill tables in native DuckDB and hands the tables over as Parquet,
 * so that a suite judges the queries even where the engine has no such statement.
 */
export class TableSetup {
  readonly #lake: Lakebook
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #folder: string
  /** Tables that the engine has, by the name DuckDB knows them under. */
  readonly #handedOver = new Set<string>()
  readonly #changed = new Set<string>()
  #exports = 0

  private constructor(
    lake: Lakebook,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    folder: string,
  ) {
    this.#lake = lake
    this.#instance = instance
    this.#connection = connection
    this.#folder = folder
  }

  static async open(lake: Lakebook): Promise<TableSetup> {
    const instance = await DuckDBInstance.create()
    const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-suite-'))
    return new TableSetup(lake, instance, await instance.connect(), folder)
  }

  /** Whether a statement makes or fills tables, and so belongs here. */
  static isSetup(sql: string): boolean {
    return /^\s*(create|insert|update|delete|drop|alter|copy|truncate|begin|commit|rollback|set|reset|pragma|load)\b/i.test(
      sql,
    )
  }

  /**
   * As `run`, but the engine itself makes and fills what it can, because types such as JSONB, and what texts of them
   * mean, are PostgreSQL's. Settings of the server that the suite was written for mean nothing here.
   */
  async runInPostgres(statement: string): Promise<void> {
    if (/^\s*set\b/i.test(statement)) return
    const sql = plainViews(statement)
    try {
      await this.handOver()
      await this.#lake.sql(sql)
    } catch {
      await this.run(sql)
    }
  }

  async run(statement: string): Promise<void> {
    const sql = plainViews(statement)
    await this.#connection.run(sql)
    for (const name of await this.#tables()) {
      if (!this.#handedOver.has(name) || new RegExp(`\\b${name}\\b`, 'i').test(sql)) this.#changed.add(name)
    }
    if (/^\s*(create|drop)\b.*\bview\b/i.test(sql)) {
      await this.handOver()
      await this.#lake.sql(sql).catch(() => undefined)
    }
  }

  /** Gives the engine every table that changed, and takes away those that are gone. */
  async handOver(): Promise<void> {
    const tables = new Set(await this.#tables())
    for (const name of [...this.#handedOver].filter((candidate) => !tables.has(candidate))) {
      this.#handedOver.delete(name)
      await this.#lake.sql(`DROP TABLE IF EXISTS "${name}"`).catch(() => undefined)
    }
    for (const name of [...this.#changed].filter((candidate) => tables.has(candidate))) {
      const file = path.join(this.#folder, `${name}-${this.#exports++}.parquet`)
      await this.#connection.run(`COPY "${name}" TO '${file}' (FORMAT parquet)`)
      await this.#lake.sql(`DROP TABLE IF EXISTS "${name}"`).catch(() => undefined)
      await this.#lake.registerFile(name, file)
      this.#handedOver.add(name)
    }
    this.#changed.clear()
  }

  async close(): Promise<void> {
    this.#connection.closeSync()
    this.#instance.closeSync()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #tables(): Promise<string[]> {
    const result = await this.#connection.runAndReadAll(
      'SELECT table_name FROM duckdb_tables() WHERE NOT internal',
    )
    return result.getRows().map(([name]) => String(name))
  }
}

/** A materialized view has the rows that a view has. */
function plainViews(sql: string): string {
  return sql.replace(/^\s*(create|drop)\s+materialized\s+view/i, '$1 view')
}
