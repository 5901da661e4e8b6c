import type { Choices } from './choices.ts'
import type { ColumnKind, RandomSchema } from './random-tables.ts'

interface Visible {
  readonly sql: string
  readonly kind: ColumnKind
}

const LITERALS: Readonly<Record<ColumnKind, readonly string[]>> = {
  int: ['1', '0', '2', '5', '-3', '100'],
  float: ['0.5::DOUBLE', '0::DOUBLE', '2::DOUBLE', '-1.5::DOUBLE'],
  text: ["'a'", "''", "'ab'", "'b'"],
  bool: ['true', 'false'],
  date: ["DATE '2000-01-01'", "DATE '2024-02-29'"],
  timestamp: ["TIMESTAMP '2000-01-01 12:30:00'"],
  decimal: ['1.5', '0.25', '10.0'],
}

/** Queries over random tables whose expressions are typed: functions, CASE, aggregates, windows and orders. */
export class RandomSelect {
  readonly #choices: Choices
  readonly #tables: readonly RandomSchema[]

  constructor(choices: Choices, tables: readonly RandomSchema[]) {
    this.#choices = choices
    this.#tables = tables
  }

  /** The query, and whether its rows come in one order only. */
  query(): { readonly sql: string; readonly ordered: boolean } {
    const { from, columns } = this.#from()
    const where = this.#choices.chance(0.5) ? ` WHERE ${this.#expression('bool', columns, 2)}` : ''
    switch (this.#choices.below(4)) {
      case 0: {
        const items = this.#items(columns)
        const distinct = this.#choices.chance(0.2) ? 'DISTINCT ' : ''
        return this.#withOrder(`SELECT ${distinct}${items.join(', ')} FROM ${from}${where}`, items.length)
      }
      case 1:
        return this.#grouped(from, where, columns)
      case 2:
        return this.#windowed(from, where, columns)
      default: {
        const kinds = [this.#kind(columns), this.#kind(columns)]
        const side = () => {
          const { from: table, columns: visible } = this.#from()
          const items = kinds.map((kind) => this.#cast(this.#expression(kind, visible, 1), kind))
          return `SELECT ${items.join(', ')} FROM ${table}`
        }
        const op = this.#choices.pick(['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'])
        return this.#withOrder(`(${side()}) ${op} (${side()})`, kinds.length)
      }
    }
  }

  /** Both sides of a set operation have the same types. */
  #cast(sql: string, kind: ColumnKind): string {
    const type = { int: 'BIGINT', decimal: 'DECIMAL(28,3)' } as Partial<Record<ColumnKind, string>>
    return type[kind] === undefined ? sql : `CAST(${sql} AS ${type[kind]})`
  }

  #kind(columns: readonly Visible[]): ColumnKind {
    return this.#choices.pick(columns).kind
  }

  #items(columns: readonly Visible[]): string[] {
    const count = 1 + this.#choices.below(3)
    return Array.from({ length: count }, () => this.#expression(this.#kind(columns), columns, 2))
  }

  #withOrder(sql: string, width: number): { readonly sql: string; readonly ordered: boolean } {
    if (!this.#choices.chance(0.4)) return { sql, ordered: false }
    const keys = Array.from({ length: width }, (_, i) => {
      const direction = this.#choices.pick(['', ' DESC'])
      return `${i + 1}${direction}${this.#choices.pick([' NULLS LAST', ' NULLS FIRST'])}`
    })
    const limit = this.#choices.chance(0.5) ? ` LIMIT ${this.#choices.pick([3, 1, 0, 10, 100])}` : ''
    const offset =
      limit !== '' && this.#choices.chance(0.3) ? ` OFFSET ${this.#choices.pick([1, 2, 50])}` : ''
    return { sql: `${sql} ORDER BY ${keys.join(', ')}${limit}${offset}`, ordered: true }
  }

  #from(): { readonly from: string; readonly columns: readonly Visible[] } {
    const first = this.#choices.pick(this.#tables)
    const visible = (table: RandomSchema, alias: string) =>
      table.columns.map(({ name, kind }) => ({ sql: `${alias}.${name}`, kind }))
    if (!this.#choices.chance(0.35)) return { from: `${first.name} x`, columns: visible(first, 'x') }
    const second = this.#choices.pick(this.#tables)
    const columns = [...visible(first, 'x'), ...visible(second, 'y')]
    const kind = this.#choices.pick(['int', 'text'] as const)
    const key = kind === 'int' ? this.#choices.pick(['id', 'c0']) : 'c2'
    const other = kind === 'int' ? this.#choices.pick(['id', 'c0']) : 'c2'
    const equal = `x.${key} ${this.#choices.pick(['=', '=', 'IS NOT DISTINCT FROM'])} y.${other}`
    const more = this.#choices.chance(0.3) ? ` AND ${this.#expression('bool', columns, 1)}` : ''
    const type = this.#choices.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
    return { from: `${first.name} x ${type} ${second.name} y ON ${equal}${more}`, columns }
  }

  #aggregate(columns: readonly Visible[]): string {
    const of = (kind: ColumnKind) => this.#expression(kind, columns, 1)
    const any = () => of(this.#kind(columns))
    const filter = () => (this.#choices.chance(0.2) ? ` FILTER (WHERE ${of('bool')})` : '')
    switch (this.#choices.below(12)) {
      case 0:
        return `count(*)${filter()}`
      case 1:
        return `count(${any()})${filter()}`
      case 2:
        return `sum(${of('int')})${filter()}`
      case 3:
        return `min(${any()})${filter()}`
      case 4:
        return `max(${any()})${filter()}`
      case 5:
        return `count(DISTINCT ${any()})`
      case 6:
        return `avg(${of('int')})`
      case 7:
        return `bool_and(${of('bool')})`
      case 8:
        return `sum(${of('decimal')})`
      case 9:
        return `bool_or(${of('bool')})`
      case 10:
        return `median(${of('int')})`
      default:
        return `sum(DISTINCT ${of('int')})`
    }
  }

  #grouped(from: string, where: string, columns: readonly Visible[]) {
    const keys = Array.from({ length: this.#choices.below(3) }, () =>
      this.#expression(this.#kind(columns), columns, 1),
    )
    const aggregates = Array.from({ length: 1 + this.#choices.below(3) }, () => this.#aggregate(columns))
    const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, i) => i + 1).join(', ')}`
    const having = keys.length > 0 && this.#choices.chance(0.2) ? ' HAVING count(*) > 1' : ''
    const items = [...keys, ...aggregates]
    return this.#withOrder(`SELECT ${items.join(', ')} FROM ${from}${where}${group}${having}`, items.length)
  }

  #windowed(from: string, where: string, columns: readonly Visible[]) {
    const ids = columns.filter((column) => column.sql.endsWith('.id')).map((column) => column.sql)
    const call = () => {
      const partition = this.#choices.chance(0.6)
        ? `PARTITION BY ${this.#expression(this.#kind(columns), columns, 0)} `
        : ''
      const total = `ORDER BY ${this.#expression(this.#kind(columns), columns, 0)}, ${ids.join(', ')}`
      const peers = `ORDER BY ${this.#expression(this.#kind(columns), columns, 0)}`
      const value = this.#expression(this.#kind(columns), columns, 1)
      const rows = this.#choices.pick([
        'ROWS BETWEEN 1 PRECEDING AND CURRENT ROW',
        'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
        'ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING',
        'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
      ])
      switch (this.#choices.below(8)) {
        case 0:
          return `row_number() OVER (${partition}${total})`
        case 1:
          return `${this.#choices.pick(['rank', 'dense_rank'])}() OVER (${partition}${peers})`
        case 2:
          return `${this.#choices.pick(['lag', 'lead'])}(${value}, ${this.#choices.pick([1, 2])}) OVER (${partition}${total})`
        case 3:
          return `${this.#choices.pick(['first_value', 'last_value'])}(${value}) OVER (${partition}${total} ${rows})`
        case 4:
          return `${this.#choices.pick(['sum', 'avg', 'min', 'max', 'count'])}(${this.#expression('int', columns, 1)}) OVER (${partition}${peers})`
        case 5:
          return `${this.#choices.pick(['sum', 'min', 'max', 'count'])}(${this.#expression('int', columns, 1)}) OVER (${partition}${total} ${rows})`
        case 6:
          return `ntile(3) OVER (${partition}${total})`
        default:
          return `${this.#choices.pick(['min', 'max', 'count'])}(${value}) OVER (${partition})`
      }
    }
    const items = [...ids, ...Array.from({ length: 1 + this.#choices.below(2) }, call)]
    return this.#withOrder(`SELECT ${items.join(', ')} FROM ${from}${where}`, items.length)
  }

  #expression(kind: ColumnKind, columns: readonly Visible[], depth: number): string {
    const own = columns.filter((column) => column.kind === kind)
    const leaf = () =>
      own.length > 0 && !this.#choices.chance(0.15)
        ? this.#choices.pick(own).sql
        : this.#choices.pick(LITERALS[kind])
    if (depth === 0 || !this.#choices.chance(0.6))
      return kind === 'bool' ? this.#condition(columns, 0) : leaf()
    const sub = (of: ColumnKind) => this.#expression(of, columns, depth - 1)
    const general = this.#choices.below(8)
    if (general === 1) return `CASE WHEN ${sub('bool')} THEN ${sub(kind)} ELSE ${sub(kind)} END`
    if (general === 2) return `coalesce(${sub(kind)}, ${this.#choices.pick(LITERALS[kind])})`
    if (general === 3) return `nullif(${sub(kind)}, ${sub(kind)})`
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
    }
  }

  #condition(columns: readonly Visible[], depth: number): string {
    const flags = columns.filter((column) => column.kind === 'bool')
    const below = Math.max(0, depth - 1)
    const sub = (of: ColumnKind) => this.#expression(of, columns, below)
    const kinds = ['int', 'text', 'float', 'date', 'decimal', 'timestamp'] as const
    const kind = this.#choices.pick(kinds)
    switch (this.#choices.below(depth > 0 ? 10 : 5)) {
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
      default:
        return `${sub(kind)} BETWEEN ${sub(kind)} AND ${sub(kind)}`
    }
  }
}
