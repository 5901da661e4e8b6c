import type { CatalogReader } from '../binder/environment.ts'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { listOf, types, type DataType } from '../arrow/types.ts'
import { bindPolarsCell } from '../polars/bind.ts'
import { polarsTypeName } from '../polars/dtypes.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, LogicalPlan } from '../plan/plan.ts'
import { evaluatePlan } from './reference.ts'
import type { Row, Value } from './reference-value.ts'
import { RowTable, TestCatalog } from './row-table.ts'
import { suitesFolder } from './suites/suite.ts'

export interface CaseColumn {
  readonly name: string
  readonly dtype: string
  readonly values: readonly unknown[]
}

export interface PolarsCase {
  readonly id: string
  readonly topic: string
  readonly py: string
  readonly frames: Readonly<Record<string, readonly CaseColumn[]>>
  readonly expected: { readonly columns?: readonly CaseColumn[]; readonly error?: true }
}

const file = path.join(suitesFolder, 'polars/cases.jsonl')

/** The cases beside the checkout; none when they are not there. */
export function readPolarsCases(): readonly PolarsCase[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as PolarsCase)
}

const CASE_TYPES: Readonly<Record<string, DataType>> = {
  Boolean: types.bool,
  Int64: types.int64,
  Float64: types.float64,
  String: types.utf8,
  Date: types.date,
  "Datetime(time_unit='us', time_zone=None)": types.timestamp,
  'List(Int64)': listOf(types.int64),
  'List(String)': listOf(types.utf8),
}

function typeOfCase(dtype: string): DataType {
  const type = CASE_TYPES[dtype]
  if (type === undefined) throw new Error(`a frame of the cases has type ${dtype}`)
  return type
}

function valueOfCase(value: unknown, type: DataType): Value {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'list':
      return (value as unknown[]).map((item) => valueOfCase(item, type.item))
    case 'int64':
      return BigInt(value as number)
    case 'float64':
      return value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value)
    case 'date':
      return BigInt(Date.parse(String(value)) / 86_400_000)
    case 'timestamp': {
      const [seconds = '', fraction = ''] = String(value).split('.')
      return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
    }
    default:
      return value as Value
  }
}

/** The case's frames as tables of the reference evaluator. */
export function catalogOfCase(frames: PolarsCase['frames']): TestCatalog {
  const catalog = new TestCatalog()
  for (const [name, columns] of Object.entries(frames)) {
    const fields = columns.map((column) => ({
      name: column.name,
      type: typeOfCase(column.dtype),
      nullable: true,
    }))
    const rows = (columns[0]?.values ?? []).map((_, i) =>
      columns.map((column, j) => valueOfCase(column.values[i], fields[j]!.type)),
    )
    catalog.add(name, new RowTable(fields, rows))
  }
  return catalog
}

/** A value as the cases spell it. */
function spelled(value: Value, type: DataType): unknown {
  if (value === null) return null
  if (type.kind === 'list') return (value as readonly Value[]).map((item) => spelled(item, type.item))
  switch (type.kind) {
    case 'date':
      return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)
    case 'timestamp': {
      const micros = value as bigint
      const millis = micros >= 0n ? micros / 1000n : (micros - 999n) / 1000n
      const text = new Date(Number(millis)).toISOString().slice(0, 19)
      const fraction = micros - BigInt(Date.parse(`${text}Z`)) * 1000n
      return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, '0')}`
    }
    case 'float32':
    case 'float64': {
      const number = value as number
      if (Number.isNaN(number)) return 'NaN'
      return Number.isFinite(number) ? number : number > 0 ? 'inf' : '-inf'
    }
    default:
      return typeof value === 'bigint' ? Number(value) : value
  }
}

function sameSpelling(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.length === expected.length && actual.every((item, i) => sameSpelling(item, expected[i]))
  }
  if (typeof actual === 'number' && typeof expected === 'number') {
    return (
      actual === expected ||
      Math.abs(actual - expected) <= 1e-9 * Math.max(Math.abs(actual), Math.abs(expected))
    )
  }
  return actual === expected
}

/** Null when names, types and values are those expected, in order; else the first difference. */
export function differenceFromCase(
  columns: readonly Column[],
  rows: readonly Row[],
  expected: readonly CaseColumn[],
): string | null {
  const got = columns.map((column) => `${column.name}: ${polarsTypeName(column.type)}`).join(', ')
  const wanted = expected.map((column) => `${column.name}: ${column.dtype}`).join(', ')
  if (got !== wanted) return `columns ${got} instead of ${wanted}`
  const height = expected[0]?.values.length ?? 0
  if (rows.length !== height) return `${rows.length} rows instead of ${height}`
  for (const [j, column] of expected.entries()) {
    const values = rows.map((row) => spelled(row[j] ?? null, columns[j]!.type))
    if (!values.every((value, i) => sameSpelling(value, column.values[i]))) {
      return `${column.name} is ${JSON.stringify(values)} instead of ${JSON.stringify(column.values)}`
    }
  }
  return null
}

/** Binds the case's cell, lets `rewrite` change the plan, and evaluates it slowly. Null when the answer is Polars's. */
export function runPolarsCase(
  one: PolarsCase,
  rewrite: (plan: LogicalPlan) => LogicalPlan = (plan) => plan,
): string | null {
  const tables = catalogOfCase(one.frames)
  const catalog: CatalogReader = {
    table: (name) => tables.table(name),
    names: () => tables.names(),
    ask: (plan) => evaluatePlan(plan).rows[0]?.[0] as string | null,
  }
  const { result } = bindPolarsCell(one.py, catalog)
  if (result === null) return 'no result'
  const plan = rewrite(result)
  const { rows } = evaluatePlan(plan)
  return one.expected.columns === undefined
    ? 'an answer, where Polars refuses'
    : differenceFromCase(outputColumns(plan), rows, one.expected.columns)
}
