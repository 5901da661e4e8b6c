import {
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  tableToIPC,
  Utf8,
  Dictionary,
  Int8,
  Table,
  vectorFromArray,
} from 'apache-arrow'
import pl from 'nodejs-polars'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'

let lake: Lakebook
beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 2 })
})
afterAll(() => lake.close())

const TYPES = `SELECT i AS id, CASE WHEN i % 7 = 3 THEN NULL ELSE i END AS n, i % 2 = 0 AS flag, CAST(i % 100 AS TINYINT) AS small,
  CAST(i AS UINTEGER) AS whole, i / 8.0 AS x, CAST(i AS DECIMAL(30, 2)) / 4 AS wide, 'text ' || (i % 10) AS name,
  CASE WHEN i % 5 = 0 THEN NULL ELSE 'long text number ' || i END AS note, DATE '2020-01-01' + CAST(i % 500 AS INTEGER) AS day,
  TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * i AS moment, TIME '10:00:00' AS clock, [i, NULL, i + 1] AS list
  FROM range(20000) t(i)`

function texts(rows: readonly (readonly unknown[])[]): unknown {
  return rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))))
}

describe('Arrow files and streams', () => {
  test.each(['file', 'stream'] as const)(
    'a %s of every common type is read as it was written',
    async (kind) => {
      const { table } = await lake.sql(TYPES)
      await lake.registerFile('a', new File([tableToIPC(table, kind) as BlobPart], 'a.arrow'))
      const described = await lake.sql('DESCRIBE a')
      expect(cellsOf(described.table).map((row) => row.slice(0, 2))).toEqual(
        cellsOf((await lake.sql(`DESCRIBE ${TYPES}`)).table).map((row) => row.slice(0, 2)),
      )
      const again = await lake.sql('SELECT * FROM a')
      expect(texts(cellsOf(again.table))).toEqual(texts(cellsOf(table)))
      const summary = 'count(*), sum(n), count(n), max(note), sum(x), count(DISTINCT name), max(day)'
      expect(texts(cellsOf((await lake.sql(`SELECT ${summary} FROM a WHERE flag`)).table))).toEqual(
        texts(cellsOf((await lake.sql(`SELECT ${summary} FROM (${TYPES}) WHERE flag`)).table)),
      )
    },
  )

  test('batches share a dictionary, and are cut where the heap is small', async () => {
    const type = new Dictionary(new Utf8(), new Int8())
    const values = Array.from({ length: 300_000 }, (_, row) => (row % 11 === 0 ? null : `value ${row % 5}`))
    const whole = new Table({ c: vectorFromArray(values, type) })
    const writer = new RecordBatchFileWriter()
    for (const [from, to] of [
      [0, 100_001],
      [100_001, 300_000],
    ] as const) {
      for (const batch of whole.slice(from, to).batches) writer.write(batch)
    }
    const bytes = writer.finish().toUint8Array(true)
    await lake.registerFile('d', new File([bytes as BlobPart], 'd.feather'))
    const counted = await lake.sql('SELECT c, count(*) FROM d GROUP BY c ORDER BY c NULLS FIRST')
    const expected = new Map<string | null, number>()
    for (const value of values) expected.set(value, (expected.get(value) ?? 0) + 1)
    expect(texts(cellsOf(counted.table))).toEqual(
      [...expected].sort(([a], [b]) => (a ?? '').localeCompare(b ?? '')).map(([a, b]) => [a, String(b)]),
    )
  })

  test('what Polars writes is read, and its compressed bodies are refused by name', async () => {
    const frame = pl.DataFrame({ a: [1, 2, 3], b: [true, null, false], c: [1.5, 2.5, null] })
    await lake.registerFile('p', new File([frame.writeIPC() as unknown as BlobPart], 'p.arrow'))
    expect(texts(cellsOf((await lake.sql('SELECT * FROM p')).table))).toEqual([
      ['1', 'true', '1.5'],
      ['2', null, '2.5'],
      ['3', 'false', null],
    ])
    const packed = frame.writeIPC({ compression: 'lz4' }) as unknown as BlobPart
    await expect(lake.registerFile('q', new File([packed], 'q.arrow'))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('q.arrow: Arrow buffers compressed with LZ4_FRAME') as string,
    })
  })

  test('files that are cut off, or differ, are told of by name', async () => {
    const { table } = await lake.sql('SELECT 1 AS a, 2 AS b')
    const bytes = tableToIPC(table, 'stream')
    await expect(
      lake.registerFile('cut', new File([bytes.slice(0, bytes.length - 40) as BlobPart], 'cut.arrow')),
    ).rejects.toMatchObject({
      code: 'corrupt_file',
      message: expect.stringMatching(/^cut\.arrow is damaged/) as string,
    })
    const other = tableToIPC((await lake.sql("SELECT 1 AS a, 'x' AS b")).table, 'stream')
    await expect(
      lake.registerFile('two', [
        new File([bytes as BlobPart], 'one.arrow'),
        new File([other as BlobPart], 'two.arrow'),
      ]),
    ).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: 'two.arrow has b VARCHAR where one.arrow has the column b INTEGER',
    })
  })

  test('an empty stream is a table without rows', async () => {
    const writer = new RecordBatchStreamWriter()
    writer.write(new Table({ a: vectorFromArray(['x'], new Utf8()) }).slice(0, 0))
    const bytes = writer.finish().toUint8Array(true)
    const { rowCount } = await lake.registerFile('none', new File([bytes as BlobPart], 'none.arrows'))
    expect(rowCount).toBe(0)
    expect(cellsOf((await lake.sql('SELECT * FROM none')).table)).toEqual([])
  })
})
