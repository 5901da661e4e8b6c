import type { Choices } from './choices.ts'
import { randomAggregate } from './random-aggregate.ts'
import { RandomRelations, type Relation } from './random-relation.ts'
import type { ColumnKind, RandomSchema } from './random-tables.ts'
import { RandomWindows } from './random-window.ts'
import { SqlExpressions } from './sql-expressions.ts'

export interface RandomQuery {
  readonly sql: string
  /** Its rows come in one order only. */
  readonly ordered: boolean
}

/** Both sides of a set operation have the same types. */
const COMMON_TYPE: Partial<Record<ColumnKind, string>> = { int: 'BIGINT', decimal: 'DECIMAL(28,3)' }

/** Queries over random tables: rows, groups, windows and set operations of random FROM clauses. */
export class RandomSelect {
  readonly #choices: Choices
  #relations: RandomRelations
  #expressions: SqlExpressions

  constructor(choices: Choices, tables: readonly RandomSchema[]) {
    this.#choices = choices
    this.#relations = new RandomRelations(choices, tables)
    this.#expressions = new SqlExpressions(choices, tables)
    this.#tables = tables
  }

  readonly #tables: readonly RandomSchema[]

  query(): RandomQuery {
    const before = this.#choices.chance(0.15) ? this.#commonTable() : ''
    const { sql, ordered } = this.#body()
    return { sql: before + sql, ordered }
  }

  /** A WITH table, which what follows reads as it reads any other. */
  #commonTable(): string {
    const from = this.#choices.pick(this.#tables)
    const columns: RandomSchema['columns'] = from.columns.slice(0, 4)
    const names = columns.map((column) => column.name).join(', ')
    const visible = from.columns.map(({ name, kind }) => ({ sql: name, kind }))
    const items = columns
      .slice(1)
      .map(({ kind, type, name }) => `CAST(${this.#expressions.of(kind, visible, 1)} AS ${type}) AS ${name}`)
    const kept = this.#choices.pick(['', 'MATERIALIZED ', 'NOT MATERIALIZED '])
    const where = this.#choices.chance(0.5) ? ` WHERE ${this.#expressions.of('bool', visible, 1)}` : ''
    const sql = this.#choices.chance(0.7)
      ? `WITH w AS ${kept}(SELECT id, ${items.join(', ')} FROM ${from.name}${where}) `
      : `WITH RECURSIVE w AS (SELECT ${names} FROM ${from.name} WHERE id < ${this.#choices.pick([3, 50])} UNION ALL SELECT id + 100, ${names.slice(4)} FROM w WHERE id < ${this.#choices.pick([300, 2000])}) `
    const tables = [...this.#tables, { name: 'w', columns, mostRows: Math.max(from.mostRows ?? 1000, 1000) }]
    this.#relations = new RandomRelations(this.#choices, tables)
    this.#expressions = new SqlExpressions(this.#choices, tables)
    return sql
  }

  #body(): RandomQuery {
    if (this.#choices.chance(0.15)) return this.#set()
    const relation = this.#relations.relation(2)
    const where = this.#choices.chance(0.5)
      ? ` WHERE ${this.#expressions.of('bool', relation.columns, 2)}`
      : ''
    return this.#choices.pick([
      () => this.#rows(relation, where),
      () => this.#grouped(relation, where),
      () => this.#windowed(relation, where),
      () => this.#distinctOn(relation, where),
      () => this.#groupingSets(relation, where),
      () => this.#whole(relation, where),
    ])()
  }

  #items(relation: Relation): string[] {
    const count = 1 + this.#choices.below(3)
    return Array.from({ length: count }, () => this.#expressions.any(relation.columns, 2))
  }

  #rows(relation: Relation, where: string): RandomQuery {
    const items = this.#items(relation)
    const distinct = this.#choices.chance(0.2) ? 'DISTINCT ' : ''
    return this.#withOrder(`SELECT ${distinct}${items.join(', ')} FROM ${relation.sql}${where}`, items.length)
  }

  /** All columns, in the order of the ids: what a top of wide rows has to carry. */
  #whole(relation: Relation, where: string): RandomQuery {
    const items = relation.columns.map(({ sql }) => sql)
    const first = this.#choices.pick([
      '',
      `${this.#expressions.any(relation.columns, 0)}${this.#direction()}, `,
    ])
    const ids = relation.ids.map((id) => `${id}${this.#direction()}`).join(', ')
    return {
      sql: `SELECT ${items.join(', ')} FROM ${relation.sql}${where} ORDER BY ${first}${ids}${this.#limit()}`,
      ordered: true,
    }
  }

  #direction(): string {
    return `${this.#choices.pick(['', ' DESC'])}${this.#choices.pick([' NULLS LAST', ' NULLS FIRST', ''])}`
  }

  #limit(): string {
    const limit = this.#choices.chance(0.5) ? ` LIMIT ${this.#choices.pick([3, 1, 0, 10, 100, 5000])}` : ''
    return limit !== '' && this.#choices.chance(0.3)
      ? `${limit} OFFSET ${this.#choices.pick([1, 2, 50, 4000])}`
      : limit
  }

  #withOrder(sql: string, width: number): RandomQuery {
    if (!this.#choices.chance(0.4)) return { sql, ordered: false }
    const keys = Array.from({ length: width }, (_, i) => `${i + 1}${this.#direction()}`)
    return { sql: `${sql} ORDER BY ${keys.join(', ')}${this.#limit()}`, ordered: true }
  }

  #aggregates({ columns, ids }: Relation): string[] {
    return Array.from({ length: 1 + this.#choices.below(3) }, () =>
      randomAggregate(this.#choices, this.#expressions, columns, ids),
    )
  }

  #grouped(relation: Relation, where: string): RandomQuery {
    const keys = Array.from({ length: this.#choices.below(3) }, () =>
      this.#expressions.any(relation.columns, 1),
    )
    const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, i) => i + 1).join(', ')}`
    const having = keys.length > 0 && this.#choices.chance(0.2) ? ' HAVING count(*) > 1' : ''
    const items = [...keys, ...this.#aggregates(relation)]
    return this.#withOrder(
      `SELECT ${items.join(', ')} FROM ${relation.sql}${where}${group}${having}`,
      items.length,
    )
  }

  #groupingSets(relation: Relation, where: string): RandomQuery {
    const keys = Array.from(
      { length: 1 + this.#choices.below(2) },
      () => this.#choices.pick(relation.columns).sql,
    )
    const [a, b = a] = keys
    const sets = this.#choices.pick([
      `ROLLUP (${keys.join(', ')})`,
      `CUBE (${keys.join(', ')})`,
      `GROUPING SETS ((${a}), (), (${keys.join(', ')}))`,
      `GROUPING SETS ((${a}), (${b}))`,
    ])
    const items = [...keys, `grouping(${a})`, ...this.#aggregates(relation)]
    return this.#withOrder(
      `SELECT ${items.join(', ')} FROM ${relation.sql}${where} GROUP BY ${sets}`,
      items.length,
    )
  }

  #windowed(relation: Relation, where: string): RandomQuery {
    const windows = new RandomWindows(this.#choices, this.#expressions, relation.columns, relation.ids)
    const calls = Array.from({ length: 1 + this.#choices.below(3) }, () => windows.call())
    const items = [...relation.ids, ...calls]
    const qualify = this.#choices.chance(0.15)
      ? ` QUALIFY row_number() OVER (PARTITION BY ${this.#expressions.any(relation.columns, 0)} ORDER BY ${relation.ids.join(', ')}) <= 2`
      : ''
    return this.#withOrder(`SELECT ${items.join(', ')} FROM ${relation.sql}${where}${qualify}`, items.length)
  }

  #distinctOn(relation: Relation, where: string): RandomQuery {
    const key = this.#choices.pick(relation.columns).sql
    const items = [key, ...relation.ids, ...this.#items(relation)]
    const order = [key, ...relation.ids].map((one) => `${one}${this.#direction()}`).join(', ')
    return {
      sql: `SELECT DISTINCT ON (${key}) ${items.join(', ')} FROM ${relation.sql}${where} ORDER BY ${order}${this.#limit()}`,
      ordered: true,
    }
  }

  #set(): RandomQuery {
    const first = this.#relations.relation(1)
    const kinds = [this.#expressions.kind(first.columns), this.#expressions.kind(first.columns)]
    const side = (relation: Relation) => {
      const items = kinds.map((kind) => {
        const value = this.#expressions.of(kind, relation.columns, 1)
        const type = COMMON_TYPE[kind]
        return type === undefined ? value : `CAST(${value} AS ${type})`
      })
      return `(SELECT ${items.join(', ')} FROM ${relation.sql})`
    }
    let sql = side(first)
    const count = this.#choices.pick([1, 1, 2])
    for (let i = 0; i < count; i++) {
      const op = this.#choices.pick([
        'UNION ALL',
        'UNION',
        'EXCEPT',
        'INTERSECT',
        'EXCEPT ALL',
        'INTERSECT ALL',
      ])
      sql = `(${sql} ${op} ${side(this.#relations.relation(1))})`
    }
    return this.#withOrder(`SELECT * FROM ${sql} u`, kinds.length)
  }
}
