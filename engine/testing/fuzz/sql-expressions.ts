import type { Choices } from './choices.ts'
import type { ColumnKind, RandomSchema } from './random-tables.ts'

/** A column as an expression may name it. */
export interface Visible {
  readonly sql: string
  readonly kind: ColumnKind
}

export const LITERALS: Readonly<Record<ColumnKind, readonly string[]>> = {
  int: ['1', '0', '2', '5', '-3', '100'],
  float: ['0.5::DOUBLE', '0::DOUBLE', '2::DOUBLE', '-1.5::DOUBLE'],
  text: ["'a'", "''", "'ab'", "'b'"],
  bool: ['true', 'false'],
  date: ["DATE '2000-01-01'", "DATE '2024-02-29'"],
  timestamp: ["TIMESTAMP '2000-01-01 12:30:00'"],
  decimal: ['1.5', '0.25', '10.0'],
  uuid: ["UUID '80000000-0000-0000-0000-000000000001'"],
  timetz: ["TIMETZ '12:30:00+00'"],
  nanos: ["TIMESTAMP_NS '2000-01-01 00:00:00.123456789'"],
  time: ["TIME '12:30:00'"],
  interval: ["INTERVAL '1 day'", "INTERVAL '25 hours'"],
  ints: ['[1, 2]', '[]::INTEGER[]', '[NULL, 3]'],
  texts: ["['a', 'b']", "[NULL, '']"],
  struct: ["{'a': 1, 'b': 'a'}"],
}

/** Kinds of which a table has some column or a literal is a fair value. */
const COMPARED = [
  'int',
  'text',
  'float',
  'date',
  'decimal',
  'timestamp',
  'uuid',
  'timetz',
  'nanos',
  'time',
  'interval',
  'ints',
  'texts',
  'struct',
] as const

const MOST_COMPARED = 3000

/** Typed expressions over columns: operators, functions, CASE and conditions; subqueries where tables are given. */
export class SqlExpressions {
  readonly #choices: Choices
  readonly #tables: readonly RandomSchema[]
  #subqueries = 0

  /** Subqueries read those of the tables that are small, because they may be compared with every row outside. */
  constructor(choices: Choices, tables: readonly RandomSchema[]) {
    this.#choices = choices
    this.#tables = tables.filter((table) => (table.mostRows ?? 0) <= MOST_COMPARED)
  }

  /** A kind that some column has. */
  kind(columns: readonly Visible[]): ColumnKind {
    return this.#choices.pick(columns).kind
  }

  /** Of any kind that the columns have. */
  any(columns: readonly Visible[], depth: number): string {
    return this.of(this.kind(columns), columns, depth)
  }

  /** A column of the kind, or else a literal. */
  column(kind: ColumnKind, columns: readonly Visible[]): string {
    const own = columns.filter((column) => column.kind === kind)
    return own.length > 0 ? this.#choices.pick(own).sql : LITERALS[kind][0]!
  }

  of(kind: ColumnKind, columns: readonly Visible[], depth: number): string {
    const own = columns.filter((column) => column.kind === kind)
    const leaf = () =>
      own.length > 0 && !this.#choices.chance(0.15)
        ? this.#choices.pick(own).sql
        : this.#choices.pick(LITERALS[kind])
    if (depth === 0 || !this.#choices.chance(0.6))
      return kind === 'bool' ? this.#condition(columns, 0) : leaf()
    const sub = (of: ColumnKind) => this.of(of, columns, depth - 1)
    const general = this.#choices.below(9)
    if (general === 1) return `CASE WHEN ${sub('bool')} THEN ${sub(kind)} ELSE ${sub(kind)} END`
    if (general === 2) return `coalesce(${sub(kind)}, ${this.#choices.pick(LITERALS[kind])})`
    if (general === 3) return `nullif(${sub(kind)}, ${sub(kind)})`
    if (general === 4 && this.#tables.length > 0 && kind === 'int') return this.#scalar(columns)
    const literal = (values: readonly (number | string)[]) => String(this.#choices.pick(values))
    switch (kind) {
      case 'int':
        return this.#choices.pick([
          () => `abs(${sub('int')})`,
          () => `length(${sub('text')})`,
          () => `(${sub('int')} + ${literal([1, 2, -1])})`,
          () => `(${sub('int')} % ${literal([2, 3, 7])})`,
          () => `(${sub('int')} // ${literal([2, 3, -2, 0])})`,
          () => `CAST(${sub('bool')} AS INTEGER)`,
          () => `extract(${literal(['year', 'month', 'day', 'dow', 'quarter'])} FROM ${sub('date')})`,
          () => `greatest(${sub('int')}, ${sub('int')})`,
          () => `least(${sub('int')}, ${sub('int')})`,
          () => `(1 - CAST(${sub('int')} AS BIGINT))`,
          () => `(${sub('int')} * ${literal([2, 0, -1])})`,
          () => `sign(${sub('int')})`,
          () => `strpos(${sub('text')}, ${sub('text')})`,
          () => `date_diff('day', ${sub('date')}, ${sub('date')})`,
          () => `len(${sub(this.#choices.pick(['ints', 'texts']))})`,
          () => `(${sub('ints')})[${literal([1, 2, -1, 0])}]`,
          () => `${literal(['list_max', 'list_min', 'list_sum', 'list_count'])}(${sub('ints')})`,
          () => `list_position(${sub('texts')}, ${sub('text')})`,
          () => `(${sub('struct')}).a`,
          () => `extract(${literal(['hour', 'minute', 'microsecond'])} FROM ${sub('time')})`,
          () => `extract(${literal(['month', 'day', 'hour', 'epoch'])} FROM ${sub('interval')})::BIGINT`,
        ])()
      case 'float':
        return this.#choices.pick([
          () => `(${sub('float')} * 2)`,
          () => `(${sub('float')} + ${sub('float')})`,
          () => `CAST(${sub('int')} AS DOUBLE)`,
          () => `floor(${sub('float')})`,
          () => `round(${sub('float')}, 1)`,
          () => `abs(${sub('float')})`,
          () => `(${sub('int')} / ${literal([2, 3, 8])})`,
          () => `sqrt(abs(${sub('float')}))`,
          () => `greatest(${sub('float')}, ${sub('float')})`,
          () => `(${sub('float')} / ${sub('float')})`,
        ])()
      case 'text':
        return this.#choices.pick([
          () => `upper(${sub('text')})`,
          () => `lower(${sub('text')})`,
          () => `substr(${sub('text')}, ${literal([1, 2, 0, -1])}, ${literal([1, 2, 5])})`,
          () => `(${sub('text')} || ${sub('text')})`,
          () => `CAST(${sub('int')} AS VARCHAR)`,
          () => `trim(${sub('text')})`,
          () => `left(${sub('text')}, ${literal([1, 2, -1])})`,
          () => `reverse(${sub('text')})`,
          () => `replace(${sub('text')}, ${literal(["'a'", "'b'", "''"])}, ${literal(["'x'", "''"])})`,
          () => `CAST(${sub('date')} AS VARCHAR)`,
          () => `concat(${sub('text')}, ${sub('text')})`,
          () => `lpad(${sub('text')}, 4, '.')`,
          () => `array_to_string(${sub('texts')}, ${literal(["','", "''"])})`,
          () => `(${sub('texts')})[${literal([1, 2, -1])}]`,
          () => `(${sub('struct')}).b`,
          () =>
            `CAST(${sub(this.#choices.pick(['ints', 'texts', 'struct', 'interval', 'time']))} AS VARCHAR)`,
          () => `list_aggregate(${sub('texts')}, ${literal(["'max'", "'min'", "'last'"])})`,
        ])()
      case 'date':
        return this.#choices.pick([
          () => `CAST(${sub('timestamp')} AS DATE)`,
          () => `(${sub('date')} + ${literal([1, -1, 31])})`,
          () =>
            `CAST(date_trunc('${literal(['month', 'year', 'week', 'quarter'])}', ${sub('date')}) AS DATE)`,
          () => `last_day(${sub('date')})`,
          () => `greatest(${sub('date')}, ${sub('date')})`,
        ])()
      case 'timestamp':
        return this.#choices.pick([
          () =>
            `(${sub('timestamp')} + INTERVAL ${literal([1, 13, -1])} ${literal(['DAY', 'MONTH', 'HOUR'])})`,
          () => `date_trunc('${literal(['hour', 'day', 'month', 'minute'])}', ${sub('timestamp')})`,
          () => `CAST(${sub('date')} AS TIMESTAMP)`,
          () => `(${sub('timestamp')} + ${sub('interval')})`,
          () => `(${sub('date')} - ${sub('interval')})`,
          () => `(${sub('date')} + ${sub('time')})`,
        ])()
      case 'decimal':
        return this.#choices.pick([
          () => `(${sub('decimal')} + ${literal(['1.5', '0.01', '-2'])})`,
          () => `CAST(${sub('int')} AS DECIMAL(28,2))`,
          () => `abs(${sub('decimal')})`,
          () => `round(${sub('decimal')}, 1)`,
          () => `(-${sub('decimal')})`,
        ])()
      case 'bool':
        return this.#condition(columns, depth)
      case 'uuid':
      case 'timetz':
        return leaf()
      case 'nanos':
        return this.#choices.pick([leaf, () => `greatest(${sub('nanos')}, ${sub('nanos')})`])()
      case 'time':
        return this.#choices.pick([
          () => `CAST(${sub('timestamp')} AS TIME)`,
          () => `(${sub('time')} + INTERVAL ${literal([1, -1, 25])} ${literal(['HOUR', 'MINUTE'])})`,
          () => `least(${sub('time')}, ${sub('time')})`,
        ])()
      case 'interval':
        return this.#choices.pick([
          () => `(${sub('timestamp')} - ${sub('timestamp')})`,
          () => `(${sub('interval')} * ${literal([2, -1, 0])})`,
          () => `(${sub('interval')} + ${sub('interval')})`,
          () => `to_days(CAST(${sub('int')} % 100 AS INTEGER))`,
          () => `age(${sub('timestamp')}, ${sub('timestamp')})`,
        ])()
      case 'ints':
        return this.#choices.pick([
          ...this.#ofLists('ints', sub),
          () => `list_filter(${sub('ints')}, lambda v: v > ${literal([1, 0])})`,
          () => `list_transform(${sub('ints')}, lambda v, i: coalesce(v % 10, 0) + i)`,
          () => `[v % 7 FOR v IN ${sub('ints')} IF v IS NOT NULL]`,
          () => `list_grade_up(${sub('texts')})::INTEGER[]`,
          () => `[CAST(${sub('int')} % 100 AS INTEGER), 2]`,
        ])()
      case 'texts':
        return this.#choices.pick([
          ...this.#ofLists('texts', sub),
          () => `string_split(${sub('text')}, ${literal(["'a'", "' '", "''"])})`,
          () => `list_transform(${sub('texts')}, lambda v: upper(v) || '!')`,
          () => `CAST(${sub('ints')} AS VARCHAR[])`,
          () => `regexp_extract_all(${sub('text')}, '[a-z]')`,
        ])()
      case 'struct':
        return this.#choices.pick([
          () => `{'a': CAST(${sub('int')} % 100 AS INTEGER), 'b': ${sub('text')}}`,
          () => `greatest(${sub('struct')}, ${sub('struct')})`,
          () => `list_zip(${sub('ints')}, ${sub('texts')})[1]::STRUCT(a INTEGER, b VARCHAR)`,
        ])()
    }
  }

  /** What gives a list of the same kind. */
  #ofLists(kind: 'ints' | 'texts', sub: (of: ColumnKind) => string): (() => string)[] {
    const range = this.#choices.pick(['[1:2]', '[2:]', '[:-2]', '[-1:]', '[0:1]'])
    const order = this.#choices.pick(['', ", 'DESC'", ", 'ASC', 'NULLS LAST'", ", 'DESC', 'NULLS FIRST'"])
    const item = kind === 'ints' ? () => `CAST(${sub('int')} % 100 AS INTEGER)` : () => sub('text')
    return [
      () => `list_concat(${sub(kind)}, ${sub(kind)})`,
      () => `list_sort(${sub(kind)}${order})`,
      () => `list_sort(list_distinct(${sub(kind)}))`,
      () => `list_reverse(${sub(kind)})`,
      () => `(${sub(kind)})${range}`,
      () => `list_append(${sub(kind)}, ${item()})`,
      () => `list_prepend(${item()}, ${sub(kind)})`,
      () => `list_sort(list_intersect(${sub(kind)}, ${sub(kind)}))`,
      () => `list_resize(${sub(kind)}, ${this.#choices.pick([0, 2, 3])}, ${item()})`,
      () => `list_where(${sub(kind)}, [true, false])`,
    ]
  }

  #condition(columns: readonly Visible[], depth: number): string {
    const flags = columns.filter((column) => column.kind === 'bool')
    const below = Math.max(0, depth - 1)
    const sub = (of: ColumnKind) => this.of(of, columns, below)
    const kind = this.#choices.chance(0.4) ? this.#choices.pick(COMPARED) : this.#comparable(columns)
    switch (this.#choices.below(depth > 0 ? (this.#tables.length > 0 ? 14 : 12) : 5)) {
      case 0:
        return `${sub(kind)} ${this.#choices.pick(['=', '<', '>', '<=', '>=', '<>'])} ${sub(kind)}`
      case 1:
        return `${sub(kind)} IS ${this.#choices.pick(['NULL', 'NOT NULL'])}`
      case 2:
        return `${sub(kind)} ${this.#choices.pick(['=', '<', '>='])} ${this.#choices.pick(LITERALS[kind])}`
      case 3:
        return flags.length > 0 ? this.#choices.pick(flags).sql : this.#choices.pick(LITERALS.bool)
      case 4:
        return `${sub('text')} ${this.#choices.pick(['LIKE', 'NOT LIKE'])} ${this.#choices.pick(["'%a%'", "'_b'", "'a%'", "''", "'%'"])}`
      case 5:
        return `(${sub('bool')} AND ${sub('bool')})`
      case 6:
        return `(${sub('bool')} OR ${sub('bool')})`
      case 7:
        return `NOT (${sub('bool')})`
      case 8:
        return `${sub(kind)} ${this.#choices.pick(['IN', 'NOT IN'])} (${this.#choices.pick(LITERALS[kind])}, ${sub(kind)}${this.#choices.pick(['', ', NULL'])})`
      case 10:
        return this.#choices.pick([
          () => `list_contains(${sub('texts')}, ${sub('text')})`,
          () => `list_contains(${sub('ints')}, ${this.#choices.pick(LITERALS.int)})`,
        ])()
      case 11:
        return `${this.#choices.pick(['list_has_any', 'list_has_all'])}(${sub('ints')}, ${sub('ints')})`
      case 12:
        return this.#exists(columns)
      case 13:
        return this.#quantified(kind, columns)
      default:
        return `${sub(kind)} BETWEEN ${sub(kind)} AND ${sub(kind)}`
    }
  }

  #comparable(columns: readonly Visible[]): Exclude<ColumnKind, 'bool'> {
    const kind = this.kind(columns)
    return kind === 'bool' ? 'int' : kind
  }

  /** A table with an alias of its own, and a condition that ties it to the rows outside. */
  #inner(outer: readonly Visible[]) {
    const table = this.#choices.pick(this.#tables)
    const alias = `s${this.#subqueries++}`
    const columns = table.columns.map(({ name, kind }) => ({ sql: `${alias}.${name}`, kind }))
    // A name without its table means a column of the inner table, where that has one of the name.
    const reached = outer.filter(({ sql }) => !table.columns.some(({ name }) => name === sql))
    const kind = this.#choices.pick(['int', 'text'] as const)
    const tie = `${this.column(kind, columns)} ${this.#choices.pick(['=', '=', '=', 'IS NOT DISTINCT FROM'])} ${this.column(kind, reached)}`
    const ties = this.#choices.pick([
      () => tie,
      () => `${alias}.id = ${this.column('int', reached)}`,
      () => `${tie} AND ${this.column('int', columns)} < ${this.column('int', reached)}`,
      () => this.#plain('bool', columns),
    ])()
    return { from: `${table.name} ${alias}`, columns, where: ties }
  }

  /** Without further subqueries. */
  #plain(kind: ColumnKind, columns: readonly Visible[]): string {
    return new SqlExpressions(this.#choices, []).of(kind, columns, 1)
  }

  #scalar(outer: readonly Visible[]): string {
    const { from, columns, where } = this.#inner(outer)
    const value = this.#plain('int', columns)
    const call = this.#choices.pick([
      'count(*)',
      `max(${value})`,
      `sum(${value})`,
      `count(DISTINCT ${value})`,
    ])
    return `(SELECT ${call} FROM ${from} WHERE ${where})`
  }

  #exists(outer: readonly Visible[]): string {
    const { from, where } = this.#inner(outer)
    return `${this.#choices.pick(['', 'NOT '])}EXISTS (SELECT 1 FROM ${from} WHERE ${where})`
  }

  #quantified(kind: ColumnKind, outer: readonly Visible[]): string {
    const { from, columns, where } = this.#inner(outer)
    const test = this.#choices.pick(['IN', 'NOT IN', '= ANY', '< ANY', '>= ALL', '<> ALL'])
    return `${this.column(kind, outer)} ${test} (SELECT ${this.column(kind, columns)} FROM ${from} WHERE ${where})`
  }
}
