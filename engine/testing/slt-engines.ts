import { DuckDBInstance } from '@duckdb/node-api'
import { LakebookError } from '../errors.ts'
import { cellsOf, type Cell } from './arrow-cells.ts'
import type { SltEngine } from './slt-run.ts'

export interface OpenSltEngine extends SltEngine {
  close(): Promise<void>
}

/** Errors are matched with their hint after their message. */
export async function openLakebookForSlt(): Promise<OpenSltEngine> {
  // loaded only when asked for, so that the judge can be asked while the engine does not load
  const { openLakebook } = await import('../node.ts')
  const lake = await openLakebook({ heapBudgetBytes: 128 * 2 ** 20 })
  return {
    name: 'lakebook',
    async run(sql) {
      try {
        return cellsOf((await lake.sql(sql)).table)
      } catch (error) {
        if (!(error instanceof LakebookError)) throw error
        throw new Error([error.message, error.hint ?? ''].join(' ').trim(), { cause: error })
      }
    },
    close: () => lake.close(),
  }
}

/** Native DuckDB, whose answers the files must hold too. */
export async function openDuckDbForSlt(): Promise<OpenSltEngine> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  // division by zero is NULL, as in SQLite and in DuckDB before it turned to infinities
  await connection.run('SET ieee_floating_point_ops = false')
  return {
    name: 'duckdb',
    async run(sql) {
      const reader = await connection.runAndReadAll(sql)
      return reader.getRowsJson().map((row) => row.map(cellOf))
    },
    async close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

function cellOf(value: unknown): Cell {
  if (Array.isArray(value)) return `[${value.map((item) => String(cellOf(item) ?? 'NULL')).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const { months = 0, days = 0, micros = 0 } = value as Record<string, number | string>
    return `${months} months ${days} days ${micros} us`
  }
  return value as Cell
}
