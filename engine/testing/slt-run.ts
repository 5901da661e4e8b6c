import { createHash } from 'node:crypto'
import type { Cell } from './arrow-cells.ts'
import type { QueryRecord, SltRecord, SortMode } from './slt-records.ts'

/** What a file of records is run against. */
export interface SltEngine {
  /** The name that `skipif` and `onlyif` know it by. */
  readonly name: string
  /** Runs the statements and returns the last one's cells by row; rejects with an Error whose message is matched. */
  run(sql: string): Promise<Cell[][]>
}

export interface SltFailure {
  readonly line: number
  readonly sql: string
  readonly reason: string
}

export interface SltOutcome {
  readonly passed: number
  readonly skipped: number
  readonly failures: readonly SltFailure[]
  /** What each query that ran gave, as the file would have it; for `completeSlt`. */
  readonly actual: ReadonlyMap<QueryRecord, readonly string[]>
}

export async function runSlt(records: readonly SltRecord[], engine: SltEngine): Promise<SltOutcome> {
  const failures: SltFailure[] = []
  const actual = new Map<QueryRecord, readonly string[]>()
  const resultOfLabel = new Map<string, string>()
  let passed = 0
  let skipped = 0
  let hashThreshold = 0

  for (const record of records) {
    if (record.kind === 'halt') break
    if (record.kind === 'hash-threshold') {
      hashThreshold = record.values
      continue
    }
    const isOurs = record.onlyIf.length === 0 || record.onlyIf.includes(engine.name)
    if (record.skipIf.includes(engine.name) || !isOurs) {
      skipped++
      continue
    }
    const reason =
      record.kind === 'statement'
        ? await failureOfStatement(record.sql, record.errorPattern)
        : await failureOfQuery(record)
    if (reason === null) passed++
    else failures.push({ line: record.line, sql: record.sql, reason })
  }
  return { passed, skipped, failures, actual }

  async function failureOfStatement(sql: string, errorPattern: string | null): Promise<string | null> {
    try {
      await engine.run(sql)
    } catch (error) {
      const message = messageOf(error)
      if (errorPattern === null) return message
      return new RegExp(errorPattern, 'i').test(message)
        ? null
        : `failed with “${message}”, not with /${errorPattern}/`
    }
    return errorPattern === null ? null : `succeeded, but must fail with /${errorPattern}/`
  }

  async function failureOfQuery(record: QueryRecord): Promise<string | null> {
    let rows: Cell[][]
    try {
      rows = await engine.run(record.sql)
    } catch (error) {
      return messageOf(error)
    }
    const width = rows[0]?.length ?? record.types.length
    if (width !== record.types.length) return `${width} columns, but ${record.types.length} types`
    const lines = resultLines(rows, record.types, record.sort)
    const result = hashThreshold > 0 && rows.length * width > hashThreshold ? [hashOf(lines, width)] : lines
    actual.set(record, result)
    if (record.label !== null) {
      const earlier = resultOfLabel.get(record.label)
      const text = lines.join('\n')
      if (earlier !== undefined && earlier !== text)
        return `differs from the earlier result of ${record.label}`
      resultOfLabel.set(record.label, text)
    }
    return differenceOf(result, record.expected)
  }
}

/** The text of a file with the results that were found in place of those expected. */
export function completeSlt(text: string, actual: SltOutcome['actual']): string {
  const lines = text.split('\n')
  const queries = [...actual].sort(([a], [b]) => b.expectedLines.end - a.expectedLines.end)
  for (const [{ expectedLines }, result] of queries) {
    const { start, end } = expectedLines
    if (start < 0) lines.splice(end, 0, '----', ...result)
    else lines.splice(start, end - start, ...result)
  }
  return lines.join('\n')
}

function resultLines(rows: readonly Cell[][], types: string, sort: SortMode): string[] {
  const table = rows.map((row) => row.map((cell, column) => cellText(cell, types[column] ?? '?')))
  switch (sort) {
    case 'nosort':
      return table.map((row) => row.join(' '))
    case 'rowsort':
      return table.map((row) => row.join(' ')).sort()
    case 'valuesort':
      return table.flat().sort()
  }
}

/** A cell as a result line has it: NULL bare, reals to 9 significant digits, text with blanks in quotes. */
export function cellText(cell: Cell, type: string): string {
  if (cell === null) return 'NULL'
  if (typeof cell === 'number' && (type === 'R' || !Number.isInteger(cell))) return realText(cell)
  if (type === 'R' && typeof cell === 'string' && Number.isFinite(Number(cell))) return cell
  const text = String(cell)
  return typeof cell === 'string' && (text === '' || /[\s"]/.test(text) || text === 'NULL') && type === 'T'
    ? JSON.stringify(text)
    : text
}

function realText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return String(Number(value.toPrecision(9)))
}

function hashOf(lines: readonly string[], width: number): string {
  const hash = createHash('md5').update(lines.join('\n')).digest('hex')
  return `${lines.length * width} values hashing to ${hash}`
}

function differenceOf(actual: readonly string[], expected: readonly string[]): string | null {
  if (actual.length !== expected.length) {
    return `${actual.length} lines instead of ${expected.length}:\n${actual.slice(0, 10).join('\n')}`
  }
  const at = actual.findIndex((line, index) => line !== expected[index])
  return at < 0 ? null : `line ${at + 1} of the result is “${actual[at]!}” instead of “${expected[at]!}”`
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
