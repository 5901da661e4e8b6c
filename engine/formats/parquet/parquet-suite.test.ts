import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isPacked, type DataType } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import { scanCells, type HeapCell } from '../../testing/heap-cells.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { PathSource } from '../path-source.node.ts'
import { ParquetTable } from './parquet-table.ts'

const folder = new URL('../../../../shared/suites/parquet/', import.meta.url).pathname
const present = existsSync(folder)

/** What pyarrow makes of a file: a refusal, or its columns with their NULLs and first rows. */
interface Expected {
  readonly file: string
  readonly error?: string
  readonly rows?: number
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly nulls: number }[]
  readonly head?: readonly Readonly<Record<string, unknown>>[]
}

const cases: readonly Expected[] = present
  ? readFileSync(`${folder}expected.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Expected)
  : []

/** pyarrow refused to print these, not to read them. */
const PRINTING_ONLY = new Set(['data/int96_from_spark.parquet', 'data/nested_structs.rust.parquet'])

/** Longer bytes are cut in the expectations. */
const MOST_HEX_DIGITS = 128

describe.skipIf(!present)('files of other writers (needs ../shared)', async () => {
  const engine = await openParquetEngine()

  test.each(cases)('$file', async ({ file, error, rows, columns, head }) => {
    const source = await PathSource.open(folder + file)
    if (error !== undefined && !PRINTING_ONLY.has(file)) {
      const failure: unknown = await readAll(source).then(
        () => expect.fail('it was read'),
        (reason: unknown) => reason,
      )
      expect(failure).toMatchObject({ name: 'LakebookError', code: 'corrupt_file' })
      return
    }
    const table = await ParquetTable.open([source], engine.reader)
    if (rows !== undefined) expect(table.statistics.rowCount).toBe(rows)
    for (const [index, column] of (columns ?? []).entries()) {
      const field = table.schema.fields[index]!
      expect(field.name).toBe(column.name)
      // `nested-files.test.ts` compares those
      if (isPacked(field.type)) continue
      let cells: HeapCell[]
      try {
        cells = (await scanCells(engine.heap, table, [index]))[field.name]!
      } catch (reason) {
        if (!(reason instanceof LakebookError) || reason.code !== 'unsupported') throw reason
        expect(column.type).toMatch(/struct|map|list<.*list|null/)
        continue
      }
      expect([column.name, cells.filter((cell) => cell === null).length]).toEqual([column.name, column.nulls])
      const first = (head ?? []).map((row) => row[column.name])
      expect([column.name, cells.slice(0, first.length).map((cell) => printed(field.type, cell))]).toEqual([
        column.name,
        first.map(normal),
      ])
    }
    table.close()
  })

  async function readAll(source: PathSource) {
    const table = await ParquetTable.open([source], engine.reader)
    for (const index of table.schema.fields.keys()) await scanCells(engine.heap, table, [index])
  }
})

/** A cell as the expectations have it. */
function printed(type: DataType, cell: HeapCell): unknown {
  if (cell === null) return null
  switch (type.kind) {
    case 'decimal': {
      const digits = String(cell).padStart(type.scale + 1, '0')
      return type.scale === 0 ? digits : `${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`
    }
    case 'binary':
      return { hex: (cell as string).slice(0, MOST_HEX_DIGITS) }
    case 'timestamp':
      return new Date(Number((cell as bigint) / 1000n)).toISOString().slice(0, 19)
    case 'list':
      return (cell as readonly HeapCell[]).map((item) => printed(type.item, item))
    case 'float32':
    case 'float64':
      return Number.isNaN(cell) ? 'NaN' : cell
    default:
      return typeof cell === 'bigint' ? Number(cell) : cell
  }
}

function normal(value: unknown): unknown {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/.test(value)) {
    return value.replace(' ', 'T').slice(0, 19)
  }
  if (value === 'nan') return 'NaN'
  return value
}
