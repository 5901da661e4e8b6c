import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

it('reads INTERVAL columns as DuckDB does, in lists too', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-intervals-'))
  try {
    const file = path.join(folder, 'spans.parquet')
    const connection = await (await DuckDBInstance.create()).connect()
    await connection.run(`COPY (
      SELECT i, CASE WHEN i % 3 > 0 THEN INTERVAL (i) MONTH + INTERVAL (i * 2) DAY + INTERVAL (i * 1001) MILLISECOND END AS span,
        [INTERVAL (i) DAY, NULL] AS spans
      FROM range(3000) AS t(i)
    ) TO '${file}' (FORMAT parquet)`)
    const sql = (table: string): string => `
      SELECT typeof(any_value(span)), count(span), min(span)::VARCHAR, max(span)::VARCHAR, max(spans)::VARCHAR,
        sum(i) FILTER (WHERE span > INTERVAL 10 MONTH)::VARCHAR, sum(date_part('day', span))::VARCHAR,
        count(*) FILTER (WHERE span = INTERVAL '1 month 2 days 1.001 seconds')
      FROM ${table}`
    const judged = await connection.runAndReadAll(sql(`'${file}'`))
    const lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20 })
    await lake.registerFile('spans', file)
    const { table } = await lake.sql(sql('spans'))
    expect(cellsOf(table).map((row) => row.map(String))).toEqual(
      judged.getRowsJson().map((row) => row.map(String)),
    )
    await lake.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
