import { DataType } from 'apache-arrow'
import { LakebookError } from '../../errors.ts'
import { rules } from '../../optimizer/rules.ts'
import { cellsOf } from '../arrow-cells.ts'
import { RandomQueries } from '../random-query.ts'
import { cellText, judgedText } from './cell-text.ts'
import type { Choices } from './choices.ts'
import { randomChanges } from './random-change.ts'
import { RandomSelect } from './random-select.ts'
import {
  manyRows,
  randomColumns,
  randomRows,
  tableSql,
  type RandomSchema,
  type RandomTable,
} from './random-tables.ts'
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

const KINDS = [
  'int',
  'float',
  'text',
  'bool',
  'date',
  'timestamp',
  'decimal',
  'uuid',
  'time',
  'ints',
  'texts',
  'struct',
] as const

/** What a Parquet file does not keep: nanoseconds, the offset of a time of day, the small parts of an interval. */
const IN_SESSION = [...KINDS, 'timetz', 'nanos', 'interval'] as const

/** Rows of tables that a query makes; the last does not fit a small heap where a text is wide. */
const MANY = [5000, 12_000, 30_000]

/** So many rows of a result are more than two engines' worth of objects has room for. */
const MOST_RESULT = 500_000

/** A random query over random tables, perhaps after changes to them, at random settings. */
export function sqlCase(choices: Choices): FuzzCase {
  const lakeOptions: LakeOptions = {
    budgetMiB: choices.pick([64, 16, 24]),
    threads: choices.pick([1, 2, 3]),
  }
  const off = switchable.filter(() => choices.chance(0.15))
  const settings = [
    ...switchable.map((rule) => `SET optimizer.${rule} = ${!off.includes(rule)}`),
    `SET memory_pool = '${choices.pick(['fair', 'greedy', 'unbounded'])}'`,
    `SET spill_compression = '${choices.pick(['none', 'lz4'])}'`,
    `SET disk_cache = ${choices.pick(['true', 'false'])}`,
  ]
  const schemas = ['1', '2', '3'].map((number) => randomSchema(choices, number))
  const changes = randomChanges(choices, schemas)
  const small = schemas.filter((schema) => schema.mostRows <= 1000)
  const { sql, ordered } =
    small.length > 0 && choices.chance(0.25)
      ? { sql: nestedQuery(choices, small), ordered: false }
      : new RandomSelect(choices, schemas).query()
  const tables = schemas.map(({ isLarge, ...schema }): RandomTable => {
    if (isLarge) return { ...schema, rows: [], query: manyRows(choices, schema.columns, schema.mostRows) }
    const options = { kinds: KINDS, extremes: true, mostRows: schema.mostRows }
    return { ...schema, rows: randomRows(choices, schema.columns, options) }
  })
  const text = [
    ...tables.map(
      (table) => `-- ${table.name} is ${table.storage === 'session' ? 'a table' : 'a Parquet file'}`,
    ),
    ...tables.flatMap((table) => [...tableSql(table).map((one) => `${one};`)]),
    `-- ${lakeOptions.budgetMiB} MiB, ${lakeOptions.threads} threads`,
    ...settings.map((setting) => `${setting};`).filter((setting) => !setting.endsWith('= true;')),
    ...changes.map((change) => `${change};`),
    `${sql};`,
  ].join('\n')
  return { text, run: (world) => compare(world, { tables, changes, sql, ordered, settings, lakeOptions }) }
}

type SizedSchema = RandomSchema & { readonly mostRows: number; readonly isLarge: boolean }

function randomSchema(choices: Choices, number: string): SizedSchema {
  const storage = choices.pick(['file', 'session'] as const)
  const isLarge = choices.chance(0.25)
  const mostRows = isLarge ? choices.pick(MANY) : choices.pick([1000, 20, 3000])
  const kinds = storage === 'file' ? KINDS : IN_SESSION
  const columns = randomColumns(choices, { kinds, extremes: true, mostRows })
  return { name: `${storage === 'file' ? 'p' : 't'}${number}`, columns, storage, mostRows, isLarge }
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
  readonly changes: readonly string[]
  readonly sql: string
  readonly ordered: boolean
  readonly settings: readonly string[]
  readonly lakeOptions: LakeOptions
}

async function compare(
  world: FuzzWorld,
  { tables, changes, sql, ordered, settings, lakeOptions }: SqlRun,
): Promise<Outcome> {
  const files = await world.makeTables(tables)
  let judged: Awaited<ReturnType<typeof world.judge.query>>
  try {
    for (const change of changes) await world.judge.run(change)
    const { rows } = await world.judge.query(
      `SELECT count(*) FROM (SELECT 1 FROM (${sql}) LIMIT ${MOST_RESULT})`,
    )
    if (rows[0]![0] === BigInt(MOST_RESULT)) return { kind: 'refused', detail: 'too many rows to compare' }
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
    for (const { name, storage } of tables)
      if (storage === 'file') await lake.registerFile(name, files.get(name)!)
    const made = tables.filter((table) => table.storage === 'session').flatMap(tableSql)
    for (const statement of [...settings, ...made, ...changes]) await lake.sql(statement)
    const { table } = await lake.sql(sql)
    const isFloat = table.schema.fields.map((field) => DataType.isFloat(field.type as DataType))
    ours = cellsOf(table).map((row) => row.map((cell, i) => cellText(cell, isFloat[i]!)).join(' | '))
  } catch (error) {
    const code = error instanceof LakebookError ? error.code : 'crash'
    const detail = `${code}: ${error instanceof Error ? error.message : String(error)}`
    // a query that meets its budget says so; that it answers all the same is proven elsewhere
    if (['unsupported', 'unknown_function', 'out_of_memory'].includes(code))
      return { kind: 'unsupported', detail }
    // with a rule switched off more is computed, which may not fit its type
    const isSparing = !settings.some((setting) => /^SET optimizer\.\w+ = false$/.test(setting))
    if ((code === 'overflow' || code === 'cast') && !isSparing) return { kind: 'refused', detail }
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
