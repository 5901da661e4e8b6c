import type { Choices } from './choices.ts'
import type { ColumnKind, RandomSchema } from './random-tables.ts'
import { SqlExpressions, type Visible } from './sql-expressions.ts'

/** What a FROM clause gives. */
export interface Relation {
  readonly sql: string
  readonly columns: readonly Visible[]
  /** Columns that together differ from row to row. */
  readonly ids: readonly string[]
  /** So many rows at the most, roughly. */
  readonly rows: number
}

/** More than a join may give, so that a case takes no longer than a second or so. */
const MOST_JOINED = 300_000

/** FROM clauses: tables, joins of several kinds, subqueries, LATERAL, PIVOT and UNPIVOT. */
export class RandomRelations {
  readonly #choices: Choices
  readonly #tables: readonly RandomSchema[]
  #aliases = 0

  constructor(choices: Choices, tables: readonly RandomSchema[]) {
    this.#choices = choices
    this.#tables = tables
  }

  relation(depth: number): Relation {
    if (depth === 0 || !this.#choices.chance(0.6)) return this.#table()
    return this.#choices.pick([
      () => this.#joined(depth),
      () => this.#joined(depth),
      () => this.derived(depth),
      () => this.#groups(depth),
      () => this.#lateral(depth),
      () => this.#nearest(),
      () => this.#unpivoted(),
      () => this.#pivoted(),
      () => this.#filteredByJoin(),
    ])()
  }

  #alias(): string {
    return `${'xyzabcdefghijklmn'[this.#aliases % 17]}${Math.floor(this.#aliases++ / 17) || ''}`
  }

  #table(table = this.#choices.pick(this.#tables)): Relation {
    const alias = this.#alias()
    return {
      sql: `${table.name} ${alias}`,
      columns: table.columns.map(({ name, kind }) => ({ sql: `${alias}.${name}`, kind })),
      ids: [`${alias}.id`],
      rows: table.mostRows ?? 1000,
    }
  }

  #joined(depth: number): Relation {
    let joined = this.relation(depth - 1)
    const count = this.#choices.pick([1, 1, 2, 3])
    for (let i = 0; i < count; i++) joined = this.#join(joined, this.relation(i === 0 ? depth - 1 : 0))
    return joined
  }

  #join(left: Relation, right: Relation): Relation {
    const columns = [...left.columns, ...right.columns]
    const kinds = [...new Set(left.columns.map((column) => column.kind))].filter(
      (kind) => kind !== 'bool' && right.columns.some((column) => column.kind === kind),
    )
    const kind = this.#choices.pick(kinds.includes('int') ? ['int' as const, ...kinds] : kinds)
    const some = (side: Relation, of: ColumnKind) =>
      this.#choices.pick(side.columns.filter((column) => column.kind === of)).sql
    const expressions = new SqlExpressions(this.#choices, [])
    // a few values on either side would give nearly as many rows as there are pairs
    const isWide = (left.rows * right.rows) / 3 > MOST_JOINED
    const simple = `${some(left, kind)} = ${some(right, kind)}`
    const [id, other] = idsCompared(left, right)
    const on = isWide
      ? `${id} = ${other}`
      : this.#choices.pick([
          () => simple,
          () => simple,
          () => simple.replace(' = ', ' IS NOT DISTINCT FROM '),
          () => `${simple} AND ${expressions.of('bool', columns, 1)}`,
          () => `${id} = ${other} AND ${expressions.of('bool', columns, 1)}`,
          () => `length(${id}::VARCHAR) = length(${other}::VARCHAR) AND ${simple.replace(' = ', ' <= ')}`,
        ])()
    const type = this.#choices.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
    return {
      sql: `${left.sql} ${type} ${right.sql.includes(' JOIN ') ? `(${right.sql})` : right.sql} ON ${on}`,
      columns,
      ids: [...left.ids, ...right.ids],
      rows: isWide ? left.rows + right.rows : (left.rows * right.rows) / 3 + left.rows + right.rows,
    }
  }

  /** The columns of a subquery, by new names. */
  #named(alias: string, items: readonly Visible[]) {
    return {
      items: items.map(({ sql }, i) => `${sql} AS n${i}`).join(', '),
      columns: items.map(({ kind }, i) => ({ sql: `${alias}.n${i}`, kind })),
    }
  }

  derived(depth: number): Relation {
    const input = this.relation(depth - 1)
    const expressions = new SqlExpressions(this.#choices, this.#tables)
    const more = Array.from({ length: 2 + this.#choices.below(2) }, () => {
      const kind = expressions.kind(input.columns)
      return { sql: expressions.of(kind, input.columns, 1), kind }
    })
    const own = input.columns.slice(0, 4).filter(({ sql }) => !input.ids.includes(sql))
    const ids = input.ids.map((sql): Visible => ({
      sql,
      kind: input.columns.find((one) => one.sql === sql)!.kind,
    }))
    const alias = this.#alias()
    const { items, columns } = this.#named(alias, [...ids, ...own, ...more])
    const where = this.#choices.chance(0.5) ? ` WHERE ${expressions.of('bool', input.columns, 1)}` : ''
    const limit = this.#choices.chance(0.3)
      ? ` ORDER BY ${input.ids.map((id) => `${id} DESC`).join(', ')} LIMIT ${this.#choices.pick([5, 1, 0, 100, 3000])}${this.#choices.pick(['', ' OFFSET 2'])}`
      : ''
    return {
      sql: `(SELECT ${items} FROM ${input.sql}${where}${limit}) ${alias}`,
      columns,
      ids: columns.slice(0, ids.length).map((column) => column.sql),
      rows: input.rows,
    }
  }

  #groups(depth: number): Relation {
    const input = this.relation(depth - 1)
    const expressions = new SqlExpressions(this.#choices, [])
    const key = this.#choices.pick(input.columns)
    const calls = Array.from({ length: 2 }, (): Visible => ({
      sql: `${this.#choices.pick(['sum', 'count', 'min', 'max'])}(${expressions.of('int', input.columns, 1)})`,
      kind: 'int',
    }))
    const alias = this.#alias()
    const { items, columns } = this.#named(alias, [key, ...calls])
    const having = this.#choices.chance(0.3) ? ' HAVING count(*) > 1' : ''
    return {
      sql: `(SELECT ${items} FROM ${input.sql} GROUP BY ${key.sql}${having}) ${alias}`,
      columns,
      ids: [columns[0]!.sql],
      rows: Math.min(input.rows, 10_000),
    }
  }

  #lateral(depth: number): Relation {
    const outer = this.relation(depth - 1)
    const inner = this.#table()
    const expressions = new SqlExpressions(this.#choices, [])
    const tie = `${expressions.column('int', inner.columns)} = ${expressions.column('int', outer.columns)}`
    const alias = this.#alias()
    if (this.#choices.chance(0.5)) {
      const id: Visible = { sql: inner.ids[0]!, kind: 'int' }
      const { items, columns } = this.#named(alias, [id, ...inner.columns.slice(1, 3)])
      return {
        sql: `${outer.sql} CROSS JOIN LATERAL (SELECT ${items} FROM ${inner.sql} WHERE ${tie} ORDER BY ${id.sql} LIMIT 2) ${alias}`,
        columns: [...outer.columns, ...columns],
        ids: [...outer.ids, `${alias}.n0`],
        rows: outer.rows * 2,
      }
    }
    const calls = [
      { sql: 'count(*)', kind: 'int' as const },
      { sql: `max(${expressions.column('text', inner.columns)})`, kind: 'text' as const },
      { sql: `sum(${expressions.of('int', inner.columns, 1)})`, kind: 'int' as const },
    ]
    const { items, columns } = this.#named(alias, calls)
    return {
      sql: `${outer.sql} LEFT JOIN LATERAL (SELECT ${items} FROM ${inner.sql} WHERE ${tie}) ${alias} ON true`,
      columns: [...outer.columns, ...columns],
      ids: outer.ids,
      rows: outer.rows,
    }
  }

  /** ASOF: `id` has no two rows that are equally near. */
  #nearest(): Relation {
    const [left, right] = [this.#table(), this.#table()]
    const expressions = new SqlExpressions(this.#choices, [])
    const kind = this.#choices.pick(['int', 'text'] as const)
    const equal = this.#choices.chance(0.7)
      ? `${expressions.column(kind, left.columns)} = ${expressions.column(kind, right.columns)} AND `
      : ''
    // the judge, on more than a few rows, finds a match for NULL too, although EXISTS with the same condition finds none
    const near = `coalesce(${expressions.column('int', left.columns)}, 0) ${this.#choices.pick(['>=', '>', '<=', '<'])} ${right.ids[0]}`
    return {
      sql: `${left.sql} ASOF ${this.#choices.pick(['', 'LEFT '])}JOIN ${right.sql} ON ${equal}${near}`,
      columns: [...left.columns, ...right.columns],
      ids: left.ids,
      rows: left.rows,
    }
  }

  #unpivoted(): Relation {
    const table = this.#choices.pick(this.#tables)
    const alias = this.#alias()
    const nulls = this.#choices.pick(['', 'INCLUDE NULLS '])
    return {
      sql: `(SELECT * FROM (SELECT id, c2, CAST(id AS BIGINT) AS p, CAST(c0 AS BIGINT) AS q FROM ${table.name}) UNPIVOT ${nulls}(v FOR k IN (p, q))) ${alias}`,
      columns: [
        { sql: `${alias}.id`, kind: 'int' },
        { sql: `${alias}.c2`, kind: 'text' },
        { sql: `${alias}.v`, kind: 'int' },
        { sql: `${alias}.k`, kind: 'text' },
      ],
      ids: [`${alias}.id`, `${alias}.k`],
      rows: (table.mostRows ?? 1000) * 2,
    }
  }

  #pivoted(): Relation {
    const table = this.#choices.pick(this.#tables)
    const alias = this.#alias()
    const call = this.#choices.pick(['sum', 'max', 'count', 'min'])
    return {
      sql: `(SELECT * FROM (SELECT id % 7 AS g, c2, CAST(c0 AS BIGINT) AS v FROM ${table.name}) PIVOT (${call}(v) AS r FOR c2 IN ('a', 'ab', '') GROUP BY g)) ${alias}`,
      columns: [
        { sql: `${alias}.g`, kind: 'int' },
        { sql: `${alias}.a_r`, kind: 'int' },
        { sql: `${alias}.ab_r`, kind: 'int' },
      ],
      ids: [`${alias}.g`],
      rows: 7,
    }
  }

  #filteredByJoin(): Relation {
    const [left, right] = [this.#table(), this.#table()]
    const expressions = new SqlExpressions(this.#choices, [])
    const kind = this.#choices.pick(['int', 'text', 'float'] as const)
    const on = `${expressions.column(kind, left.columns)} = ${expressions.column(kind, right.columns)}`
    return { ...left, sql: `${left.sql} ${this.#choices.pick(['SEMI', 'ANTI'])} JOIN ${right.sql} ON ${on}` }
  }
}

/** The first id of either side, which is the key of a group in some: as texts where it is no number. */
function idsCompared(left: Relation, right: Relation): readonly [string, string] {
  const ids = [left, right].map(({ ids: [id = ''], columns }) => ({
    id,
    isInt: columns.some(({ sql, kind }) => sql === id && kind === 'int'),
  }))
  const areInts = ids.every(({ isInt }) => isInt)
  const [own = '', other = ''] = ids.map(({ id }) => (areInts ? id : `CAST(${id} AS VARCHAR)`))
  return [own, other]
}
