import {
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  tableToIPC,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  Int32,
  Int8,
  LargeUtf8,
  List,
  makeData,
  makeVector,
  Table,
  Type,
  Utf8,
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

/** Decimals of two places, as their unscaled values. */
function decimals(bitWidth: number, values: readonly bigint[]) {
  const words = bitWidth / 32
  const data = new Uint32Array(values.length * words)
  values.forEach((value, i) => {
    for (let word = 0; word < words; word++)
      data[i * words + word] = Number(BigInt.asUintN(32, value >> BigInt(32 * word)))
  })
  const precision = bitWidth === 32 ? 9 : bitWidth === 64 ? 18 : 38
  return makeVector(makeData({ type: new Decimal(2, precision, bitWidth), length: values.length, data }))
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

  test('what Polars writes is read: views, lists and dictionaries, compressed or not', async () => {
    const count = 9000
    const rows = Array.from({ length: count }, (_, i) => i)
    const frame = pl.DataFrame({
      a: rows.map((i) => i % 7),
      b: rows.map((i) => (i % 3 === 0 ? null : `${'long text '.repeat(i % 4)}${i % 100}`)),
      c: rows.map((i) => i * 1.5),
      d: pl.Series(
        'd',
        rows.map((i) => `kind ${i % 5}`),
        pl.Categorical,
      ),
      e: rows.map((i) => [i, i + 1]),
    })
    const wanted = [
      'sum(a), sum(c), count(b), min(b), max(b), sum(length(b)), count(DISTINCT d), max(d)',
      'sum(e[1]), sum(len(e))',
    ].join(', ')
    const answers = new Set<string>()
    for (const compression of ['uncompressed', 'lz4', 'zstd'] as const) {
      const file = new File([frame.writeIPC({ compression }) as unknown as BlobPart], `${compression}.arrow`)
      await lake.registerFile(compression, file)
      answers.add(
        JSON.stringify(texts(cellsOf((await lake.sql(`SELECT ${wanted} FROM ${compression}`)).table))),
      )
    }
    const texted = rows.filter((i) => i % 3 !== 0).map((i) => `${'long text '.repeat(i % 4)}${i % 100}`)
    const sum = (values: readonly number[]) => values.reduce((left, right) => left + right, 0)
    const sorted = texted.toSorted()
    const expected = [
      sum(rows.map((i) => i % 7)),
      sum(rows.map((i) => i * 1.5)),
      texted.length,
      sorted[0],
      sorted.at(-1),
      sum(texted.map((one) => one.length)),
      5,
      'kind 4',
      sum(rows),
      2 * count,
    ]
    expect([...answers]).toEqual([JSON.stringify([expected.map(String)])])
  })

  test('compressed bodies that are damaged are told of by name', async () => {
    const frame = pl.DataFrame({ b: Array.from({ length: 5000 }, (_, i) => `text number ${i % 100}`) })
    for (const compression of ['lz4', 'zstd'] as const) {
      const bytes = Uint8Array.from(frame.writeIPC({ compression }) as unknown as Uint8Array)
      const middle = Math.floor(bytes.length / 2)
      for (let at = middle - 200; at < middle + 200; at += 3) bytes[at]! ^= 0x55
      const name = `damaged_${compression}`
      await lake.registerFile(name, new File([bytes], `${name}.arrow`))
      await expect(lake.sql(`SELECT max(b) FROM ${name}`)).rejects.toMatchObject({ code: 'corrupt_file' })
    }
  })

  test('fixed-size and large lists, large texts and decimals of every width are read', async () => {
    const int = new Field('item', new Int32(), true)
    const columns = {
      pairs: vectorFromArray([[1, 2], null, [3, 4]], new FixedSizeList(2, int)),
      big: vectorFromArray(['a', null, 'a much longer text'], new LargeUtf8()),
      wide: decimals(256, [1n, -2n, 12_345_678_901_234_567_890n]),
      small: decimals(32, [1n, -2n, 3n]),
      middle: decimals(64, [1n, -2n, 30_000_000_000n]),
    }
    const bytes = tableToIPC(new Table(columns), 'stream')
    await lake.registerFile('layouts', new File([bytes as BlobPart], 'layouts.arrows'))
    const { table } = await lake.sql(
      'SELECT pairs[2], len(pairs), big, CAST(wide AS VARCHAR), CAST(small AS VARCHAR), CAST(middle AS VARCHAR) FROM layouts',
    )
    expect(texts(cellsOf(table))).toEqual([
      ['2', '2', 'a', '0.01', '0.01', '0.01'],
      [null, null, null, '-0.02', '-0.02', '-0.02'],
      ['4', '2', 'a much longer text', '123456789012345678.90', '0.03', '300000000.00'],
    ])
  })

  test.each([
    [22, 'RunEndEncoded'],
    [25, 'ListView'],
  ])('the type number %i is refused by its name, %s', async (number, name) => {
    const list = vectorFromArray([[1]], new List(new Field('item', new Int32(), true)))
    const bytes = tableToIPC(new Table({ a: list }), 'stream')
    const refusals: string[] = []
    for (let at = 16; at < 300; at++) {
      if (bytes[at] !== Type.List) continue
      const changed = bytes.slice()
      changed[at] = number
      const file = new File([changed], 'new.arrow')
      await lake.registerFile('newer', file).catch((error: unknown) => {
        refusals.push(error instanceof Error ? error.message : '')
      })
    }
    expect(refusals).toContain(`new.arrow: the Arrow type ${name} is not supported yet`)
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
