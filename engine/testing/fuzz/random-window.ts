import type { Choices } from './choices.ts'
import type { SqlExpressions, Visible } from './sql-expressions.ts'

/** What comes first in a frame, and what last, from the first row of the partition to its last one. */
const EDGES = [
  'UNBOUNDED PRECEDING',
  '3 PRECEDING',
  '1 PRECEDING',
  'CURRENT ROW',
  '1 FOLLOWING',
  '2 FOLLOWING',
  'UNBOUNDED FOLLOWING',
]

/** Calls over windows; where rows that tie could come in any order, `ids` tell them apart. */
export class RandomWindows {
  readonly #choices: Choices
  readonly #expressions: SqlExpressions
  readonly #columns: readonly Visible[]
  readonly #ids: readonly string[]

  constructor(
    choices: Choices,
    expressions: SqlExpressions,
    columns: readonly Visible[],
    ids: readonly string[],
  ) {
    this.#choices = choices
    this.#expressions = expressions
    this.#columns = columns
    this.#ids = ids
  }

  call(): string {
    const { partition, total, peers } = this.#parts()
    const value = this.#expressions.any(this.#columns, 1)
    const int = () => this.#expressions.of('int', this.#columns, 1)
    const nulls = () => this.#choices.pick(['', '', ' IGNORE NULLS'])
    return this.#choices.pick([
      () => `row_number() OVER (${partition}${total})`,
      () =>
        `${this.#choices.pick(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])}() OVER (${partition}${peers})`,
      () =>
        `${this.#choices.pick(['lag', 'lead'])}(${value}, ${this.#choices.pick([1, 2, 0, -1])}${nulls()}) OVER (${partition}${total})`,
      () =>
        `${this.#choices.pick(['first_value', 'last_value'])}(${value}${nulls()}) OVER (${partition}${total} ${this.#frame('ROWS')})`,
      () => `nth_value(${value}, 2${nulls()}) OVER (${partition}${total} ${this.#frame('ROWS')})`,
      () =>
        `${this.#choices.pick(['sum', 'avg', 'min', 'max', 'count'])}(${int()}) OVER (${partition}${peers})`,
      () => `${this.#gathered()} OVER (${partition}${total} ${this.#frame('ROWS')})`,
      () => `${this.#gathered()} OVER (${partition}${peers} ${this.#frame('GROUPS')})`,
      () => `${this.#gathered()} OVER (${partition}${this.#distance()})`,
      () => `ntile(${this.#choices.pick([3, 1, 7])}) OVER (${partition}${total})`,
      () => `${this.#gathered()} OVER (${partition})`,
    ])()
  }

  #parts() {
    const key = () => this.#expressions.any(this.#columns, 0)
    const partition = this.#choices.chance(0.6) ? `PARTITION BY ${key()} ` : ''
    const direction = this.#choices.pick(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])
    return {
      partition,
      total: `ORDER BY ${key()}${direction}, ${this.#ids.join(', ')}`,
      peers: `ORDER BY ${key()}${direction}`,
    }
  }

  /** An aggregate that does not see the order of the frame's rows. */
  #gathered(): string {
    const of = (kind: Visible['kind']) => this.#expressions.of(kind, this.#columns, 1)
    const filter = this.#choices.chance(0.15) ? ` FILTER (WHERE ${of('bool')})` : ''
    const call = this.#choices.pick([
      () => `sum(${of('int')})`,
      () => `count(*)`,
      () => `${this.#choices.pick(['min', 'max', 'count'])}(${this.#expressions.any(this.#columns, 1)})`,
      () => `avg(${of('int')})`,
      () => `sum(${of('decimal')})`,
      () => `count(DISTINCT ${this.#expressions.any(this.#columns, 0)})`,
      () => `median(${of('int')})`,
      () => `quantile_disc(${of('int')}, 0.25)`,
      () => `bool_or(${of('bool')})`,
    ])()
    return `${call}${filter}`
  }

  #frame(unit: string): string {
    const start = this.#choices.below(EDGES.length - 1)
    const end = start + this.#choices.below(EDGES.length - start)
    const last = Math.max(1, end)
    const exclude = this.#choices.pick([
      '',
      '',
      '',
      ' EXCLUDE CURRENT ROW',
      ' EXCLUDE GROUP',
      ' EXCLUDE TIES',
    ])
    return `${unit} BETWEEN ${EDGES[start]} AND ${EDGES[last]}${exclude}`
  }

  /** A frame of values within a distance. */
  #distance(): string {
    const dates = this.#columns.filter((column) => column.kind === 'date')
    const isDate = dates.length > 0 && this.#choices.chance(0.4)
    const key = isDate ? this.#choices.pick(dates).sql : this.#expressions.column('int', this.#columns)
    const by = (count: number) => (isDate ? `INTERVAL ${count * 30} DAY` : String(count))
    const frame = this.#choices.pick([
      `${by(2)} PRECEDING AND CURRENT ROW`,
      `${by(1)} PRECEDING AND ${by(1)} FOLLOWING`,
      `UNBOUNDED PRECEDING AND ${by(3)} PRECEDING`,
      `${by(1)} FOLLOWING AND UNBOUNDED FOLLOWING`,
      'CURRENT ROW AND UNBOUNDED FOLLOWING',
    ])
    return `ORDER BY ${key}${this.#choices.pick(['', ' DESC', ' NULLS FIRST'])} RANGE BETWEEN ${frame}`
  }
}
