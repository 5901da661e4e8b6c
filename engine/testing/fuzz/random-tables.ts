import { Choices } from './choices.ts'

export type ColumnKind =
  | 'int'
  | 'float'
  | 'text'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'decimal'
  | 'uuid'
  | 'timetz'
  | 'nanos'
  | 'time'
  | 'interval'
  | 'ints'
  | 'texts'
  | 'struct'

export interface RandomColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** The type's name in SQL. */
  readonly type: string
}

/** The first column, `id`, numbers the rows. */
export interface RandomSchema {
  readonly name: string
  readonly columns: readonly RandomColumn[]
  /** A file, unless it says that the rows are in the session. */
  readonly storage?: 'file' | 'session'
  /** It has no more rows. */
  readonly mostRows?: number
}

/** A table as SQL literals. */
export interface RandomTable extends RandomSchema {
  readonly rows: readonly (readonly string[])[]
  /** A query that makes the rows instead. */
  readonly query?: string
}

const TYPES: Readonly<Record<ColumnKind, readonly string[]>> = {
  int: ['BIGINT', 'INTEGER', 'SMALLINT', 'UTINYINT'],
  float: ['DOUBLE'],
  text: ['VARCHAR'],
  bool: ['BOOLEAN'],
  date: ['DATE'],
  timestamp: ['TIMESTAMP'],
  decimal: ['DECIMAL(9,2)', 'DECIMAL(25,3)'],
  uuid: ['UUID'],
  timetz: ['TIMETZ'],
  nanos: ['TIMESTAMP_NS'],
  time: ['TIME'],
  interval: ['INTERVAL'],
  ints: ['INTEGER[]'],
  texts: ['VARCHAR[]'],
  struct: ['STRUCT(a INTEGER, b VARCHAR)'],
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  BIGINT: ['0', '1', '2', '-1', '7', '1000000', '4611686018427387904', '-4611686018427387904'],
  INTEGER: ['0', '1', '2', '3', '-5', '100', '2147483647', '-2147483648'],
  SMALLINT: ['0', '1', '2', '-3', '32767', '-32768'],
  UTINYINT: ['0', '1', '2', '255'],
  DOUBLE: ['0', '1', '0.5', '-2.25', '100', '-0.0', '1e300', "'inf'", "'-inf'", "'nan'"],
  VARCHAR: [
    "''",
    "'a'",
    "'b'",
    "'ab'",
    "'A b'",
    "'Ünï'",
    "'日本'",
    "'a%_'",
    "'zebra and a longer text'",
    "'😀'",
  ],
  BOOLEAN: ['false', 'true'],
  DATE: ["'1970-01-01'", "'2024-02-29'", "'1969-12-31'", "'2000-01-01'", "'1600-03-01'", "'9999-12-31'"],
  TIMESTAMP: [
    "'1970-01-01 00:00:00'",
    "'2024-02-29 23:59:59.999999'",
    "'1969-12-31 12:00:00'",
    "'2024-03-31 02:30:00'",
  ],
  'DECIMAL(9,2)': ['0', '1.5', '-0.01', '1234567.89', '-99.99'],
  'DECIMAL(25,3)': ['0', '1.5', '-0.001', '123456789012345678.123'],
  UUID: [
    "'00000000-0000-0000-0000-000000000000'",
    "'7fffffff-0000-0000-0000-000000000001'",
    "'80000000-0000-0000-0000-000000000001'",
    "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
  ],
  TIMETZ: ["'12:30:00+00'", "'13:30:00+01'", "'00:00:00-08'", "'23:59:59.999999+05:30'"],
  TIMESTAMP_NS: [
    "'1970-01-01 00:00:00.000000001'",
    "'2024-02-29 23:59:59.999999999'",
    "'1969-12-31 12:00:00.123456789'",
  ],
  TIME: ["'00:00:00'", "'12:30:00'", "'23:59:59.999999'"],
  INTERVAL: ["'1 day'", "'0 days'", "'23 hours'", "'-1 month'", "'1 year 2 days 00:00:00.000001'"],
  'INTEGER[]': ['[]', '[1]', '[2, NULL, 1]', '[NULL]', '[1, 2]', '[-2147483648, 3, 3]'],
  'VARCHAR[]': ['[]', "['a']", "['b', NULL, '']", '[NULL]', "['a', 'b']", "['Ünï', 'a']"],
  'STRUCT(a INTEGER, b VARCHAR)': [
    "{'a': 1, 'b': 'x'}",
    "{'a': NULL, 'b': ''}",
    "{'a': 2, 'b': NULL}",
    "{'a': 1, 'b': 'a'}",
    "{'a': NULL, 'b': NULL}",
  ],
}

/** Extremes make sums lose digits in another order; they come seldom and are left out where sums are compared. */
const PLAIN = 5

export interface TableOptions {
  readonly kinds: readonly ColumnKind[]
  readonly types?: Readonly<Record<string, readonly string[]>>
  /** Least and greatest values, infinities and NaN too. */
  readonly extremes: boolean
  readonly mostRows: number
}

/** Names and types of a table; its rows come later, so that a table can lose rows without changing the query. */
export function randomColumns(choices: Choices, options: TableOptions): readonly RandomColumn[] {
  const types = { ...TYPES, ...options.types }
  const columns: RandomColumn[] = [{ name: 'id', kind: 'int', type: 'INTEGER' }]
  // every table has one column of each kind that queries rely on
  for (const [i, kind] of (['int', 'float', 'text'] as const).entries())
    columns.push({ name: `c${i}`, kind, type: choices.pick(types[kind]) })
  const more = choices.below(4)
  for (let i = 0; i < more; i++) {
    const kind = choices.pick(options.kinds)
    columns.push({ name: `c${i + 3}`, kind, type: choices.pick(types[kind]) })
  }
  return columns
}

/** Every row of a small table is a decision of its own; large ones follow from one. */
const SMALL_ROWS = 20

export function randomRows(
  choices: Choices,
  columns: readonly RandomColumn[],
  options: TableOptions,
): readonly (readonly string[])[] {
  const size = choices.pick([6, SMALL_ROWS, 3, 1, 0, 200, options.mostRows])
  const count = size === 0 ? 0 : 1 + choices.below(Math.min(size, options.mostRows))
  const extremes = options.extremes ? choices.pick([0, 0.2]) : 0
  const nullShare = choices.pick([0.15, 0, 0.6])
  const cells = size > SMALL_ROWS ? Choices.random(choices.below(2 ** 31)) : choices
  return Array.from({ length: count }, (_, id) =>
    columns.map(({ type }, i) => {
      if (i === 0) return String(id)
      if (cells.chance(nullShare)) return 'NULL'
      const all = VALUES[type]!
      return cells.pick(cells.chance(extremes) ? all : all.slice(0, PLAIN))
    }),
  )
}

/**
 * A query for so many rows, in plain arithmetic, so that any engine makes the same. Columns repeat a few values, mixed or
 * in long runs (which statistics of row groups and pages tell apart), or have many; texts may be wide.
 */
export function manyRows(choices: Choices, columns: readonly RandomColumn[], count: number): string {
  const items = columns.map(({ name, kind, type }, i) => {
    if (i === 0) return `CAST(i AS INTEGER) AS ${name}`
    const values = VALUES[type]!.slice(0, PLAIN).map((value) => `CAST(${value} AS ${type})`)
    const mixed = `(i * 7919 + ${choices.below(100)}) % 10007`
    const place = choices.chance(0.4) ? `i // ${choices.pick([500, 2048, 100])}` : mixed
    let value = `([${values.join(', ')}])[1 + CAST((${place}) % ${values.length} AS INTEGER)]`
    const isMany = choices.chance(0.4)
    if (isMany && (type === 'INTEGER' || type === 'BIGINT')) value = place
    if (isMany && kind === 'text') {
      const pad = choices.pick(["'k'", "repeat('wide text ', 3)", "repeat('wide text ', 60)"])
      value = `${pad} || (${place})`
    }
    const nulls = choices.pick(['', '(i * 31) % 10 < 2', 'i % 3000 < 2100'])
    const all = nulls === '' ? value : `CASE WHEN ${nulls} THEN NULL ELSE ${value} END`
    return `CAST(${all} AS ${type}) AS ${name}`
  })
  return `SELECT ${items.join(', ')} FROM range(${count}) r(i)`
}

/** The statements that make the table. */
export function tableSql({ name, columns, rows, query }: RandomTable): string[] {
  if (query !== undefined) return [`CREATE OR REPLACE TABLE ${name} AS ${query}`]
  const create = `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`
  if (rows.length === 0) return [create]
  return [create, `INSERT INTO ${name} VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`]
}
