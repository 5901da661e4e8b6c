import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Lakebook } from '../../lakebook.ts'
import { cellsOf, type Cell } from '../arrow-cells.ts'
import { sameValue } from './row-difference.ts'
import { reasonOf, suitesFolder, type SuiteFailure, type SuiteResult } from './suite.ts'

interface ExpectedFile {
  readonly file: string
  readonly error?: string
  readonly rows?: number
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly nulls: number }[]
  readonly head?: readonly Readonly<Record<string, unknown>>[]
}

/** Parquet files, good and bad: rows, columns, null counts and the first rows, or a refusal. */
export async function runParquetSuite(
  openLake: () => Promise<Lakebook>,
  filter: string,
): Promise<SuiteResult> {
  const lines = readFileSync(path.join(suitesFolder, 'parquet/expected.jsonl'), 'utf8').trim().split('\n')
  let passed = 0
  const failures: SuiteFailure[] = []
  for (const line of lines) {
    const expected = JSON.parse(line) as ExpectedFile
    if (!expected.file.includes(filter)) continue
    const lake = await openLake()
    const reason = await differenceOfFile(lake, expected).catch((error: unknown) =>
      expected.error !== undefined && !reasonOf(error).startsWith('[') ? null : reasonOf(error),
    )
    await lake.close()
    if (reason === null) passed++
    else failures.push({ at: `parquet/${expected.file}`, text: expected.file, reason })
  }
  return { name: 'parquet', passed, failures }
}

async function differenceOfFile(lake: Lakebook, expected: ExpectedFile): Promise<string | null> {
  await lake.registerFile('data', path.join(suitesFolder, 'parquet', expected.file))
  const { table } = await lake.sql('SELECT * FROM data')
  if (expected.error !== undefined) return `was read, but must be refused: ${expected.error}`
  const { rows = 0, columns = [], head = [] } = expected
  if (table.numRows !== rows) return `${table.numRows} rows instead of ${rows}`
  const names = table.schema.fields.map((field) => field.name).join(', ')
  const wanted = columns.map((column) => column.name).join(', ')
  if (names !== wanted) return `columns ${names} instead of ${wanted}`
  for (const [index, { name, nulls }] of columns.entries()) {
    const found = table.getChildAt(index)?.nullCount
    if (found !== nulls) return `${name} has ${found ?? 'no'} nulls instead of ${nulls}`
  }
  const cells = cellsOf(table.slice(0, head.length))
  for (const [row, wantedRow] of head.entries()) {
    for (const [index, { name, type }] of columns.entries()) {
      const cell = cells[row]![index]!
      if (!sameCell(cell, wantedRow[name], type)) {
        return `${name}, row ${row + 1}: ${String(cell)} instead of ${JSON.stringify(wantedRow[name])}`
      }
    }
  }
  return null
}

function sameCell(actual: Cell, expected: unknown, type: string): boolean {
  if (expected === null || expected === undefined) return actual === null
  if (typeof expected === 'object' && 'hex' in expected) {
    const text = Buffer.from(String(expected.hex), 'hex')
    return actual === text.toString('utf8') || String(actual) === escaped(text)
  }
  if (typeof expected === 'object') return String(actual).replace(/['"\s]/g, '') === nestedText(expected)
  if (type.startsWith('timestamp')) return sameValue(actual, String(expected).replace('T', ' '))
  return sameValue(actual, expected)
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 32 && byte < 127 && byte !== 92 && byte !== 39 && byte !== 34
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

function nestedText(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('null', 'NULL')
    .replace(/['"\s]/g, '')
}
