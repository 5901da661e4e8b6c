import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { DuckDbJudge } from '../duckdb-judge.ts'
import { tableSql, type RandomTable } from './random-tables.ts'

export interface LakeOptions {
  readonly budgetMiB: number
  readonly threads: number
}

/** Native DuckDB, and an engine for each budget and number of threads, all with the same tables. */
export class FuzzWorld {
  readonly judge: DuckDbJudge
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'lakebook-fuzz-'))
  readonly #lakes = new Map<string, Lakebook>()

  private constructor(judge: DuckDbJudge) {
    this.judge = judge
  }

  static async open(): Promise<FuzzWorld> {
    const judge = await DuckDbJudge.open()
    // division by zero is NULL in the engine
    await judge.run('SET ieee_floating_point_ops = false')
    // some random joins have more rows than the machine has room for: a refusal then
    await judge.run("SET memory_limit = '2GB'")
    await judge.run("SET max_temp_directory_size = '2GB'")
    return new FuzzWorld(judge)
  }

  async lake(options: LakeOptions): Promise<Lakebook> {
    const key = JSON.stringify(options)
    const known = this.#lakes.get(key)
    if (known !== undefined) return known
    const lake = await openLakebook({
      heapBudgetBytes: options.budgetMiB * 2 ** 20,
      threads: options.threads,
    })
    this.#lakes.set(key, lake)
    return lake
  }

  /** Puts the tables into DuckDB and gives those that are files as Parquet of its own making. */
  async makeTables(tables: readonly RandomTable[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>()
    for (const table of tables) {
      for (const sql of tableSql(table)) await this.judge.run(sql)
      if (table.storage === 'session') continue
      const file = path.join(this.#folder, `${table.name}.parquet`)
      await this.judge.run(`COPY ${table.name} TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
      files.set(table.name, new Uint8Array(readFileSync(file)))
    }
    return files
  }

  /** After a crash: the engine is opened anew when it is asked for again. */
  forget(options: LakeOptions): void {
    this.#lakes.delete(JSON.stringify(options))
  }

  async close(): Promise<void> {
    for (const lake of this.#lakes.values()) await lake.close()
    this.judge.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
