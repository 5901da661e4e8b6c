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

/**
 * Whether pyarrow read the file and failed only when it made Python's dates of timestamps that those cannot hold. Files
 * that it cannot read end with an error of Arrow's or of the file system's.
 */
function isOfPrinting(error: string): boolean {
  return /^(ValueError|OverflowError)\b/.test(error)
}

/** Longer bytes are cut in the expectations. */
const MOST_HEX_DIGITS = 128

async function differenceOfFile(lake: Lakebook, expected: ExpectedFile): Promise<string | null> {
  await lake.registerFile('data', path.join(suitesFolder, 'parquet', expected.file))
  const { table } = await lake.sql('SELECT * FROM data')
  if (expected.error !== undefined && !isOfPrinting(expected.error))
    return `was read, but must be refused: ${expected.error}`
  if (expected.columns === undefined) return null
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
    const digits = String(expected.hex)
    const text = Buffer.from(digits, 'hex')
    const wanted = [text.toString('utf8'), escaped(text)]
    if (digits.length === MOST_HEX_DIGITS) return wanted.some((start) => String(actual).startsWith(start))
    return wanted.includes(String(actual))
  }
  if (typeof expected === 'object')
    return String(actual).replace(/['"\s]/g, '') === nestedText(expected, type)
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

/** As DuckDB prints it, without quotes and blanks; pyarrow has a map as a list of pairs. */
function nestedText(value: unknown, writtenType: string): string {
  if (value === null || value === undefined) return 'NULL'
  const type = writtenType.replaceAll(/ \('[^']*'\)| not null/g, '')
  const [, kind, inner = ''] = /^(map|list|struct)<(.*)>$/.exec(type) ?? []
  const parts = partsOf(inner)
  switch (kind) {
    case 'map': {
      const entries = (value as readonly (readonly [unknown, unknown])[]).map(
        ([key, each]) => `${nestedText(key, parts[0]!)}=${nestedText(each, parts[1]!)}`,
      )
      return `{${entries.join(',')}}`
    }
    case 'list': {
      const item = inner.replace(/^\w+: /, '')
      return `[${(value as readonly unknown[]).map((each) => nestedText(each, item)).join(',')}]`
    }
    case 'struct': {
      const fields = parts.map((part) => {
        const [, name = '', field = ''] = /^(\w+): (.*)$/.exec(part) ?? []
        return `${name}:${nestedText((value as Readonly<Record<string, unknown>>)[name], field)}`
      })
      return `{${fields.join(',')}}`
    }
    default:
      return JSON.stringify(value).replace(/['"\s]/g, '')
  }
}

/** What commas separate that are in no brackets. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = []
  let rest = text
  while (rest !== '') {
    let depth = 0
    const end = Array.from(rest).findIndex((char) => {
      if (char === '<') depth++
      if (char === '>') depth--
      return char === ',' && depth === 0
    })
    parts.push((end < 0 ? rest : rest.slice(0, end)).trim())
    rest = end < 0 ? '' : rest.slice(end + 1)
  }
  return parts
}
