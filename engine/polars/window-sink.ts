import { unsupported } from '../errors.ts'
import type { Expression, SortKey } from '../plan/plan.ts'
import type { AggregateOptions, AggregateSink } from './aggregate-sink.ts'
import { ascending } from './frame.ts'
import { itemsWhere } from './list-lambda.ts'
import { call, caseWhen, expressionKey, int64, literal } from './lowered.ts'
import type { RowScope } from './lowering.ts'
import { reversed, RUNNING, WHOLE_PARTITION, type Stage } from './stage.ts'

const TAKES_NULLS: ReadonlySet<string> = new Set(['first', 'last', 'array_agg'])

/** Aggregates whose value stands on every row of their partition. */
export class WindowSink implements AggregateSink {
  readonly #stage: Stage
  readonly #scope: RowScope

  constructor(stage: Stage, scope: RowScope) {
    this.#stage = stage
    this.#scope = scope
  }

  order(): readonly SortKey[] {
    return [...(this.#scope.order ?? []), ...this.#stage.order()]
  }

  emit(fn: string, args: readonly Expression[], options: AggregateOptions = {}): Expression {
    if (options.distinct === true)
      throw unsupported(`Different values only in \`${fn}\` over a window`, options.span)
    let given = args
    const filter = options.filter ?? null
    if (filter !== null) {
      const [first, ...others] = args
      if (fn === 'array_agg' && first !== undefined)
        return this.#filteredList(first, filter, options.orderBy ?? [])
      if (first === undefined || TAKES_NULLS.has(fn)) {
        throw unsupported(
          `\`${fn}\` of filtered rows over a window`,
          options.span,
          'Use group_by(...).agg(...) and join the result.',
        )
      }
      given = [onlyWhere(filter, first), ...others]
    }
    return this.#window(fn, given, options.orderBy ?? [])
  }

  /** The values of all rows as a list, without those that do not pass. */
  #filteredList(value: Expression, filter: Expression, orderBy: readonly SortKey[]): Expression {
    const values = this.#window('array_agg', [value], orderBy)
    const passes = this.#window('array_agg', [filter], orderBy)
    return itemsWhere(values, (_item, place) => call('list_get', [passes, call('-', [place, int64(1)])]))
  }

  /** Without a filter the window's own first row; with one, the value at the least position that passes. */
  edge(
    end: 'first' | 'last',
    value: Expression,
    filter: Expression | null,
    order: readonly SortKey[] | null,
  ): Expression {
    const { partition, range } = this.#scope
    if (range !== undefined && filter === null && order === null) {
      const fn = end === 'first' ? 'first_value' : 'last_value'
      return this.#stage.window(fn, [value], { partitionBy: partition, orderBy: range.order }, range.frame)
    }
    const along = [...(order ?? []), ...this.order()]
    const orderBy = end === 'first' ? along : reversed(along)
    if (filter === null) return this.#window('first_value', [value], orderBy)
    const position = this.#stage.window(
      'row_number',
      [],
      { partitionBy: this.#scope.partition, orderBy },
      RUNNING,
    )
    const least = this.#window('min', [onlyWhere(filter, position)], [])
    return this.#window('max', [onlyWhere(call('=', [position, least]), value)], [])
  }

  rowCount(filter: Expression | null): Expression {
    if (filter === null) return this.#window('count_star', [], [])
    return this.#window('count', [onlyWhere(filter, int64(1))], [])
  }

  distinctCount(value: Expression, filter: Expression | null): Expression {
    const given = filter === null ? value : onlyWhere(filter, value)
    const order = [{ ...ascending(given), nullsFirst: false }]
    const rank = this.#window('dense_rank', [], order)
    const counted = onlyWhere(call('is_not_null', [given]), rank)
    return call('coalesce', [this.#window('max', [counted], []), int64(0)])
  }

  #window(fn: string, args: readonly Expression[], orderBy: readonly SortKey[]): Expression {
    const { partition, range } = this.#scope
    if (range === undefined) {
      return this.#stage.window(fn, args, { partitionBy: partition, orderBy }, WHOLE_PARTITION)
    }
    // the rows of such a window come in the frame's own order
    const isOwn = orderBy.length === 0 || expressionKey(orderBy) === expressionKey(this.order())
    if (!isOwn) throw unsupported(`\`${fn}\` in an order of its own over a rolling window`)
    return this.#stage.window(fn, args, { partitionBy: partition, orderBy: range.order }, range.frame)
  }
}

function onlyWhere(condition: Expression, value: Expression): Expression {
  return caseWhen([{ when: condition, then: value }], literal(null, value.type))
}
