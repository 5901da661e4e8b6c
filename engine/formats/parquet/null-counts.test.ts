import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

it('a chunk with NULLs where its statistics count none is refused, and the others are read', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-null-counts-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  try {
    const file = path.join(folder, 'nulls.parquet')
    await connection.run(`COPY (SELECT CASE WHEN i >= 77 THEN i::INTEGER END AS a, i AS b FROM range(1000) t(i))
      TO '${file}' (FORMAT parquet)`)
    const bytes = new Uint8Array(await readFile(file))
    await lake.registerFile('honest', bytes.slice())
    const honest = await lake.sql('SELECT count(a) AS a, count(*) AS n FROM honest')
    expect(cellsOf(honest.table).flat().map(Number)).toEqual([923, 1000])

    // In the footer, 77 and 0 as Thrift writes an i64: zigzag, seven bits a byte.
    let changed = 0
    for (let at = bytes.length - 1000; at < bytes.length; at++) {
      if ((bytes[at - 1]! & 15) !== 6 || bytes[at] !== 0x9a || bytes[at + 1] !== 0x01) continue
      bytes.set([0x80, 0x00], at)
      changed++
    }
    expect(changed).toBe(1)
    await lake.registerFile('dishonest', bytes)
    await expect(lake.sql('SELECT sum(a) FROM dishonest')).rejects.toMatchObject({
      code: 'corrupt_file',
      message: expect.stringMatching(/row group 0, column a.*statistics/) as string,
    })
    const other = await lake.sql('SELECT sum(b) AS b FROM dishonest')
    expect(cellsOf(other.table).flat().map(Number)).toEqual([499_500])
  } finally {
    await lake.close()
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
})
