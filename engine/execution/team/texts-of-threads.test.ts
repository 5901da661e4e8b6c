import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

// In a file of its own: the dictionaries' ids of the driver begin at 1 here, as a member's would.
it('keeps apart the texts that different threads read', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-texts-'))
  const file = path.join(folder, 'texts.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  // Every row group meets the values in another order.
  const columns = ['a', 'b', 'c', 'd'].map(
    (name, n) => `'${name} ' || ((i // 20480) * 3 + i) % ${5 + n} AS ${name}`,
  )
  await connection.run(`COPY (SELECT i, ${columns.join(', ')} FROM range(400000) t(i)) TO '${file}'
    (FORMAT parquet, ROW_GROUP_SIZE 20480)`)
  const sql = (table: string): string =>
    `SELECT a, b, c, d, count(*) AS n, sum(i) AS total FROM ${table} GROUP BY a, b, c, d ORDER BY a, b, c, d`
  const expected = (await connection.runAndReadAll(sql(`'${file}'`))).getRows()
  const lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 3 })
  try {
    await lake.registerFile('texts', file)
    for (const time of ['cold', 'hot', 'hotter']) {
      const { table } = await lake.sql(sql('texts'))
      expect(
        cellsOf(table).map((row) => row.map(String)),
        time,
      ).toEqual(expected.map((row) => row.map(String)))
    }
  } finally {
    await lake.close()
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
}, 120_000)
