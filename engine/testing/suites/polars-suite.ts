import { readFileSync } from 'node:fs'
import path from 'node:path'
import pl from 'nodejs-polars'
import type { Lakebook } from '../../lakebook.ts'
import { cellsOf, type Cell } from '../arrow-cells.ts'
import { sameValue } from './row-difference.ts'
import { reasonOf, suitesFolder, type SuiteFailure, type SuiteResult } from './suite.ts'

interface FrameColumn {
  readonly name: string
  readonly dtype: string
  readonly values: readonly unknown[]
}

interface PolarsCase {
  readonly id: string
  readonly py: string
  readonly frames: Readonly<Record<string, readonly FrameColumn[]>>
  readonly expected: { readonly columns?: readonly FrameColumn[]; readonly error?: true }
}

/** The Polars cases: source text, frames and what Polars answers. */
export async function runPolarsSuite(
  openLake: () => Promise<Lakebook>,
  filter: string,
): Promise<SuiteResult> {
  const lines = readFileSync(path.join(suitesFolder, 'polars/cases.jsonl'), 'utf8').trim().split('\n')
  let passed = 0
  const failures: SuiteFailure[] = []
  for (const line of lines) {
    const { id, py, frames, expected } = JSON.parse(line) as PolarsCase
    if (!id.includes(filter)) continue
    const lake = await openLake()
    const reason = await runCase(lake, py, frames, expected)
    await lake.close()
    if (reason === null) passed++
    else failures.push({ at: id, text: py, reason })
  }
  return { name: 'polars', passed, failures }
}

async function runCase(
  lake: Lakebook,
  py: string,
  frames: PolarsCase['frames'],
  expected: PolarsCase['expected'],
): Promise<string | null> {
  try {
    for (const [name, columns] of Object.entries(frames)) await lake.registerFile(name, parquetOf(columns))
    const { table } = await lake.polars(py)
    if (expected.columns === undefined) return 'succeeded, but Polars fails'
    const names = table.schema.fields.map((field) => field.name).join(', ')
    const wanted = expected.columns.map((column) => column.name).join(', ')
    if (names !== wanted) return `columns ${names} instead of ${wanted}`
    return differenceOfColumns(cellsOf(table), expected.columns)
  } catch (error) {
    return expected.error === true && !reasonOf(error).startsWith('[') ? null : reasonOf(error)
  }
}

function differenceOfColumns(rows: readonly Cell[][], columns: readonly FrameColumn[]): string | null {
  const rowCount = columns[0]?.values.length ?? 0
  if (rows.length !== rowCount) return `${rows.length} rows instead of ${rowCount}`
  for (const [row, cells] of rows.entries()) {
    for (const [column, cell] of cells.entries()) {
      const wanted = textOf(columns[column]!.values[row], columns[column]!.dtype)
      if (!sameValue(cell, wanted)) {
        return `${columns[column]!.name}, row ${row + 1}: ${String(cell)} instead of ${String(wanted)}`
      }
    }
  }
  return null
}

/** An expected value in the spelling of `cellsOf`. */
function textOf(value: unknown, dtype: string): string | number | boolean | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value))
    return `[${value.map((item) => (item === null ? 'NULL' : String(item))).join(', ')}]`
  if (dtype === 'String') return value as string
  if (value === 'inf') return 'Infinity'
  if (value === '-inf') return '-Infinity'
  if (dtype.startsWith('Datetime'))
    return String(value)
      .replace('T', ' ')
      .replace(/(\.\d*?)0+$/, '$1')
  return value as string | number | boolean
}

function parquetOf(columns: readonly FrameColumn[]): Uint8Array {
  const frame = pl.DataFrame(columns.map(({ name, dtype, values }) => seriesOf(name, dtype, values)))
  return frame.writeParquet({ compression: 'uncompressed' })
}

function seriesOf(name: string, dtype: string, values: readonly unknown[]): pl.Series {
  if (dtype.startsWith('Datetime')) {
    const texts = pl.Series(name, [...values] as (string | null)[], pl.Utf8)
    const micros = values.map((value) => (value === null ? null : microsOf(String(value))))
    return pl.Series(texts.name, micros, pl.Int64).cast(pl.Datetime('us'))
  }
  switch (dtype) {
    case 'Int64':
      return pl.Series(name, [...values] as (number | null)[], pl.Int64)
    case 'Float64':
      return pl.Series(name, values.map(floatOf), pl.Float64)
    case 'Boolean':
      return pl.Series(name, [...values] as (boolean | null)[], pl.Bool)
    case 'String':
      return pl.Series(name, [...values] as (string | null)[], pl.Utf8)
    case 'Date': {
      const days = values.map((value) => (value === null ? null : Date.parse(String(value)) / 86_400_000))
      return pl.Series(name, days, pl.Int32).cast(pl.Date)
    }
    case 'List(Int64)':
      return pl.Series(name, [...values] as (number | null)[][], pl.List(pl.Int64))
    case 'List(String)':
      return pl.Series(name, [...values] as (string | null)[][], pl.List(pl.Utf8))
    default:
      throw new Error(`a frame of the suite has type ${dtype}`)
  }
}

function floatOf(value: unknown): number | null {
  if (value === null) return null
  if (value === 'inf') return Infinity
  return value === '-inf' ? -Infinity : Number(value)
}

function microsOf(text: string): number {
  const [seconds = text, fraction = ''] = text.split('.')
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0'))
}
