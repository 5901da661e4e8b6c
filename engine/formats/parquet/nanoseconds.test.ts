import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

it('reads nanoseconds as DuckDB does, leaves row groups out by them, and writes them again', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-nanoseconds-'))
  const lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, outputFolder: folder })
  try {
    const connection = await (await DuckDBInstance.create()).connect()
    const judged = async (sql: string): Promise<string[][]> =>
      (await connection.runAndReadAll(sql)).getRowsJson().map((row) => row.map(String))
    const file = path.join(folder, 'ticks.parquet')
    await connection.run(`COPY (
      SELECT i, make_timestamp_ns(1700000000000000000 + i * 1234567891) AS t,
        CASE WHEN i % 3 > 0 THEN make_timestamp_ns(-1 - i) END AS u
      FROM range(9000) AS r(i)
    ) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
    const sql = (table: string): string => `
      SELECT typeof(any_value(t)), min(t)::VARCHAR, max(t)::VARCHAR, min(u)::VARCHAR, max(u)::VARCHAR,
        sum(epoch_ns(t)), count(*) FILTER (WHERE u = '1969-12-31 23:59:59.999999998'::TIMESTAMP_NS),
        count(DISTINCT date_trunc('hour', t))
      FROM ${table} WHERE t < TIMESTAMP '2023-11-14 22:25:00' OR t = TIMESTAMP_NS '2023-11-14 22:13:21.234567891'`
    await lake.registerFile('ticks', file)
    const { table } = await lake.sql(sql('ticks'))
    expect(cellsOf(table).map((row) => row.map(String))).toEqual(await judged(sql(`'${file}'`)))
    const early = await lake.sql(`SELECT i FROM ticks WHERE t < TIMESTAMP '2023-11-14 22:13:30'`)
    expect(early.table.numRows).toBe(9)
    const [{ steps } = { steps: [] }] = early.profile.pruning
    expect(Math.min(...steps.map(({ rowsKept }) => rowsKept))).toBe(2048)
    await lake.sql(`COPY ticks TO 'again.parquet'`)
    expect(await judged(sql(`'${path.join(folder, 'again.parquet')}'`))).toEqual(
      await judged(sql(`'${file}'`)),
    )
    const frame = await lake.polars(`pl.scan_parquet("ticks.parquet").select(pl.col("t").dt.hour().max())`)
    expect(cellsOf(frame.table)).toEqual([[23]])
  } finally {
    await lake.close()
    rmSync(folder, { recursive: true })
  }
})
