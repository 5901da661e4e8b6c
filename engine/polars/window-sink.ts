import { unsupported } from '../errors.ts'
import type { Expression, SortKey } from '../plan/plan.ts'
import type { AggregateOptions, AggregateSink } from './aggregate-sink.ts'
import { ascending } from './frame.ts'
import { call, caseWhen, int64, literal } from './lowered.ts'
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

  /** Without a filter the window's own first row; with one, the value at the least position that passes. */
  edge(
    end: 'first' | 'last',
    value: Expression,
    filter: Expression | null,
    order: readonly SortKey[] | null,
  ): Expression {
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
    if (orderBy.length > 0) throw unsupported(`\`${fn}\` over a rolling window`)
    return this.#stage.window(fn, args, { partitionBy: partition, orderBy: range.order }, range.frame)
  }
}

function onlyWhere(condition: Expression, value: Expression): Expression {
  return caseWhen([{ when: condition, then: value }], literal(null, value.type))
}
