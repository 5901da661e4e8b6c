/** A small seeded generator (mulberry32): the same seed gives the same queries everywhere. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Source {
  readonly alias: string
  /** Numeric columns, which conditions compare. */
  readonly numbers: readonly string[]
  readonly text: string
}

/** What the queries need to know of each table; its first number is an INTEGER. */
export type QueriedTables = Readonly<Record<string, Omit<Source, 'alias'>>>

const smallTables: QueriedTables = {
  t: { numbers: ['a', 'b', 'd', 'f'], text: 's' },
  u: { numbers: ['a', 'big'], text: 'name' },
  o: { numbers: ['id', 'n'], text: 'k' },
}

/** Joins, subqueries, groups, windows and sets at random, over the small tables of `sql-testbed.ts` or others. */
export class RandomQueries {
  readonly #next: () => number
  readonly #tables: QueriedTables
  #aliases = 0

  constructor(source: number | (() => number), tables: QueriedTables = smallTables) {
    this.#next = typeof source === 'number' ? randomSource(source) : source
    this.#tables = tables
  }

  query(): string {
    this.#aliases = 0
    if (this.#chance(0.12))
      return `${this.#simple()} ${this.#pick(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} ${this.#simple()}`
    return this.#select([])
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)]!
  }

  #chance(probability: number): boolean {
    return this.#next() < probability
  }

  #source(): { readonly source: Source; readonly sql: string } {
    const name = this.#pick(Object.keys(this.#tables))
    this.#aliases += 1
    const alias = `${name}${this.#aliases}`
    const source = { alias, ...this.#tables[name]! }
    const inner = this.#chance(0.15)
      ? `(SELECT * FROM ${name} WHERE ${this.#tables[name]!.numbers[0]} > ${this.#integer()})`
      : name
    return { source, sql: `${inner} ${alias}` }
  }

  #integer(): number {
    return this.#pick([0, 1, 2, 3, 5, 7, 10, 20, 100])
  }

  #number(sources: readonly Source[]): string {
    const source = this.#pick(sources)
    return `${source.alias}.${this.#pick(source.numbers)}`
  }

  #value(sources: readonly Source[]): string {
    const column = this.#number(sources)
    switch (this.#pick([0, 0, 0, 1, 2, 3])) {
      case 1:
        return `${column} + ${this.#integer()}`
      case 2:
        return `coalesce(${column}, ${this.#integer()})`
      case 3:
        return `CASE WHEN ${this.#comparison(sources)} THEN ${column} ELSE ${this.#integer()} END`
      default:
        return column
    }
  }

  #comparison(sources: readonly Source[]): string {
    const op = this.#pick(['=', '<', '>', '<=', '>=', '<>'])
    const right = this.#chance(0.5) ? String(this.#integer()) : this.#number(sources)
    return `${this.#number(sources)} ${op} ${right}`
  }

  #condition(sources: readonly Source[], depth: number): string {
    const kind = this.#next()
    if (kind < 0.35) return this.#comparison(sources)
    if (kind < 0.45) return `${this.#number(sources)} IS ${this.#chance(0.5) ? 'NOT ' : ''}NULL`
    if (kind < 0.52) return `${this.#key(sources)} IN (1, 2, 5, NULL)`
    if (kind < 0.6) return `NOT (${this.#comparison(sources)})`
    if (kind < 0.7 && depth > 0)
      return `(${this.#condition(sources, depth - 1)} OR ${this.#condition(sources, depth - 1)})`
    if (kind < 0.8 && depth > 0)
      return `(${this.#condition(sources, depth - 1)} AND ${this.#condition(sources, depth - 1)})`
    return depth > 0 ? this.#subqueryCondition(sources, depth) : this.#comparison(sources)
  }

  /** The first column's number of a source, which is an INTEGER in every table. */
  #key(sources: readonly Source[]): string {
    const source = this.#pick(sources)
    return `${source.alias}.${source.numbers[0]!}`
  }

  #subqueryCondition(outer: readonly Source[], depth: number): string {
    const { source, sql } = this.#source()
    const tie = this.#chance(0.7)
      ? `${this.#key([source])} ${this.#pick(['=', '=', '<', '<>'])} ${this.#key(outer)}`
      : 'true'
    const where = `${tie} AND ${this.#condition([source], depth - 1)}`
    const not = this.#chance(0.4) ? 'NOT ' : ''
    switch (this.#pick(['exists', 'in', 'scalar', 'count'])) {
      case 'exists':
        return `${not}EXISTS (SELECT 1 FROM ${sql} WHERE ${where})`
      case 'in':
        return `${this.#key(outer)} ${not}IN (SELECT ${this.#key([source])} FROM ${sql} WHERE ${where})`
      case 'scalar':
        return `${this.#number(outer)} > (SELECT ${this.#pick(['min', 'max', 'avg', 'sum'])}(${this.#number([source])}) FROM ${sql} WHERE ${where})`
      default:
        return `(SELECT count(*) FROM ${sql} WHERE ${where}) ${this.#pick(['=', '>', '<'])} ${this.#pick([0, 1, 2])}`
    }
  }

  #from(): { readonly sources: readonly Source[]; readonly sql: string } {
    const first = this.#source()
    const sources = [first.source]
    let { sql } = first
    while (sources.length < 4 && this.#chance(0.5)) {
      const next = this.#source()
      const type = this.#pick(['JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', ','])
      const on = `${this.#key([next.source])} = ${this.#key(sources)}`
      const more = this.#chance(0.3) ? ` AND ${this.#comparison([...sources, next.source])}` : ''
      // a comma binds looser than JOIN, so what follows it could not name the tables before it
      sql = type === ',' ? `(${sql} CROSS JOIN ${next.sql})` : `${sql} ${type} ${next.sql} ON ${on}${more}`
      sources.push(next.source)
    }
    return { sources, sql }
  }

  #simple(): string {
    const { source, sql } = this.#source()
    return `SELECT ${this.#key([source])} FROM ${sql} WHERE ${this.#condition([source], 1)}`
  }

  #select(outer: readonly Source[]): string {
    const { sources, sql } = this.#from()
    const visible = [...outer, ...sources]
    const where = this.#chance(0.75) ? ` WHERE ${this.#condition(visible, 2)}` : ''
    const kind = this.#next()
    if (kind < 0.35) return this.#grouped(sources, sql, where)
    if (kind < 0.45) {
      const key = this.#key(sources)
      return `SELECT ${key}, sum(${this.#number(sources)}) OVER (PARTITION BY ${this.#number(sources)}), count(*) OVER () FROM ${sql}${where}`
    }
    if (kind < 0.55)
      return `SELECT DISTINCT ${this.#value(sources)}, ${this.#value(sources)} FROM ${sql}${where}`
    if (kind < 0.65) {
      const inner = this.#source()
      const scalar = `(SELECT ${this.#pick(['count(*)', `max(${this.#number([inner.source])})`])} FROM ${inner.sql} WHERE ${this.#key([inner.source])} = ${this.#key(sources)})`
      return `SELECT ${this.#value(sources)}, ${scalar} FROM ${sql}${where}`
    }
    return `SELECT ${this.#value(sources)} AS x, ${this.#value(sources)} AS y, ${this.#pick(sources).alias}.* FROM ${sql}${where}`
  }

  #grouped(sources: readonly Source[], sql: string, where: string): string {
    const key = this.#number(sources)
    const aggregates = [
      `count(*)`,
      `sum(${this.#number(sources)})`,
      `count(DISTINCT ${this.#number(sources)})`,
      `min(${this.#value(sources)})`,
      `avg(${this.#number(sources)})`,
    ]
    const first = this.#pick(aggregates)
    const second = this.#pick(aggregates)
    if (this.#chance(0.25)) return `SELECT ${first}, ${second} FROM ${sql}${where}`
    const having = this.#chance(0.3) ? ` HAVING count(*) > ${this.#pick([0, 1, 2])}` : ''
    return `SELECT ${key} AS g, ${first}, ${second} FROM ${sql}${where} GROUP BY ${key}${having}`
  }
}
