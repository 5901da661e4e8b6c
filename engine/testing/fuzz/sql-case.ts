import { DataType } from 'apache-arrow'
import { LakebookError } from '../../errors.ts'
import { rules } from '../../optimizer/rules.ts'
import { cellsOf } from '../arrow-cells.ts'
import { RandomQueries } from '../random-query.ts'
import { cellText, judgedText } from './cell-text.ts'
import type { Choices } from './choices.ts'
import { RandomSelect } from './random-select.ts'
import { randomColumns, randomRows, tableSql, type RandomSchema, type RandomTable } from './random-tables.ts'
import type { FuzzWorld, LakeOptions } from './world.ts'

/** What came of a case: the same answer, no answer on one side, or a difference. */
export interface Outcome {
  readonly kind: 'same' | 'unsupported' | 'refused' | 'different'
  readonly detail: string
}

export interface FuzzCase {
  /** Everything that is needed to see the difference again. */
  readonly text: string
  run(world: FuzzWorld): Promise<Outcome>
}

const switchable = rules.filter((rule) => rule.required !== true).map((rule) => rule.name)

/** A random query over random tables, at a random budget, with some rules of the optimiser off. */
export function sqlCase(choices: Choices): FuzzCase {
  const lakeOptions: LakeOptions = {
    budgetMiB: choices.pick([64, 16]),
    threads: choices.pick([1, 2]),
  }
  const off = switchable.filter(() => choices.chance(0.15))
  const kinds = ['int', 'float', 'text', 'bool', 'date', 'timestamp', 'decimal'] as const
  const options = { kinds, extremes: true, mostRows: 3000 }
  const schemas = ['t1', 't2'].map((name) => ({ name, columns: randomColumns(choices, options) }))
  const isNested = choices.chance(0.35)
  const { sql, ordered } = isNested
    ? { sql: nestedQuery(choices, schemas), ordered: false }
    : new RandomSelect(choices, schemas).query()
  const tables = schemas.map((schema) => ({ ...schema, rows: randomRows(choices, schema.columns, options) }))
  const text = [
    ...tables.flatMap((table) => [...tableSql(table).map((one) => `${one};`)]),
    `-- ${lakeOptions.budgetMiB} MiB, ${lakeOptions.threads} threads`,
    ...off.map((rule) => `SET optimizer.${rule} = false;`),
    `${sql};`,
  ].join('\n')
  return { text, run: (world) => compare(world, { tables, sql, ordered, off, lakeOptions }) }
}

/** Joins, correlated subqueries, groups and sets over the same tables. */
function nestedQuery(choices: Choices, tables: readonly RandomSchema[]): string {
  const sources = tables.map(({ name, columns }) => ({
    name,
    numbers: columns
      .filter((column) => column.kind === 'int' && column.type !== 'BIGINT')
      .map((column) => column.name),
    text: 'c2',
  }))
  return new RandomQueries(
    () => choices.next(),
    Object.fromEntries(sources.map(({ name, numbers, text }) => [name, { numbers, text }])),
  ).query()
}

interface SqlRun {
  readonly tables: readonly RandomTable[]
  readonly sql: string
  readonly ordered: boolean
  readonly off: readonly string[]
  readonly lakeOptions: LakeOptions
}

async function compare(
  world: FuzzWorld,
  { tables, sql, ordered, off, lakeOptions }: SqlRun,
): Promise<Outcome> {
  const files = await world.makeTables(tables)
  let judged: Awaited<ReturnType<typeof world.judge.query>>
  try {
    judged = await world.judge.query(sql)
  } catch (error) {
    return { kind: 'refused', detail: error instanceof Error ? error.message : String(error) }
  }
  const theirs = judged.rows.map((row) =>
    row.map((value, i) => judgedText(value, judged.columns[i]!.type)).join(' | '),
  )
  const lake = await world.lake(lakeOptions)
  let ours: string[]
  try {
    for (const [name, file] of files) await lake.registerFile(name, file)
    for (const rule of switchable) await lake.sql(`SET optimizer.${rule} = ${!off.includes(rule)}`)
    const { table } = await lake.sql(sql)
    const isFloat = table.schema.fields.map((field) => DataType.isFloat(field.type as DataType))
    ours = cellsOf(table).map((row) => row.map((cell, i) => cellText(cell, isFloat[i]!)).join(' | '))
  } catch (error) {
    const code = error instanceof LakebookError ? error.code : 'crash'
    const detail = `${code}: ${error instanceof Error ? error.message : String(error)}`
    // a query that meets its budget says so; that it answers all the same is proven elsewhere
    if (['unsupported', 'unknown_function', 'out_of_memory'].includes(code))
      return { kind: 'unsupported', detail }
    if (code === 'crash' || code === 'internal') world.forget(lakeOptions)
    return { kind: 'different', detail: `DuckDB answers; the engine says ${detail}` }
  }
  return differenceOfRows(ours, theirs, ordered)
}

/** The first row that differs, in order or as bags. */
export function differenceOfRows(
  ours: readonly string[],
  theirs: readonly string[],
  ordered: boolean,
): Outcome {
  const [got, wanted] = ordered ? [ours, theirs] : [ours.toSorted(), theirs.toSorted()]
  const at = wanted.findIndex((row, i) => row !== got[i])
  if (at < 0 && got.length === wanted.length) return { kind: 'same', detail: '' }
  const place = at < 0 ? wanted.length : at
  return {
    kind: 'different',
    detail: `${got.length} rows against ${wanted.length}; first difference, row ${place + 1}:\n  ours   ${got[place] ?? '(none)'}\n  theirs ${wanted[place] ?? '(none)'}`,
  }
}
