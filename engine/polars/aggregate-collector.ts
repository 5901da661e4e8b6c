import { resolveAggregate } from '../functions/aggregate-signatures.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { AggregateCall, Expression, SortKey } from '../plan/plan.ts'
import type { AggregateOptions, AggregateSink } from './aggregate-sink.ts'
import { and, call, caseWhen, castTo, expressionKey } from './lowered.ts'

/** The calls of one Aggregate node, each computed once however often it is named. */
export class AggregateCollector {
  readonly #calls: AggregateCall[] = []
  readonly #known = new Map<string, Expression>()

  get calls(): readonly AggregateCall[] {
    return this.#calls
  }

  /** `position` is an int64 that grows along an order (null: the frame's own) inside each group. */
  sink(
    order: () => readonly SortKey[],
    position: (order: readonly SortKey[] | null) => Expression,
  ): AggregateSink {
    return {
      order,
      emit: (fn, args, options) => this.#emit(fn, args, options ?? {}),
      rowCount: (filter) => this.#emit('count_star', [], { filter }),
      edge: (end, value, filter, sorted) => this.#edge(end, value, filter, position(sorted)),
      distinctCount: (value, filter) => this.#emit('count', [value], { distinct: true, filter }),
    }
  }

  /** arg_min passes over rows whose value is null, so a null at the very first row is looked for apart. */
  #edge(
    end: 'first' | 'last',
    value: Expression,
    filter: Expression | null,
    position: Expression,
  ): Expression {
    const [extreme, argument] = end === 'first' ? ['min', 'arg_min'] : ['max', 'arg_max']
    const found = this.#emit(argument, [value, position], { filter })
    if (!value.nullable) return found
    const present = call('is_not_null', [value])
    const atAll = this.#emit(extreme, [position], { filter })
    const withValue = this.#emit(extreme, [position], {
      filter: filter === null ? present : and([filter, present]),
    })
    return caseWhen([{ when: call('=', [atAll, withValue]), then: found }], null)
  }

  #emit(fn: string, args: readonly Expression[], options: AggregateOptions): Expression {
    const resolved = resolveAggregate(
      fn,
      args.map((arg) => arg.type),
    )
    const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] ?? arg.type))
    const distinct = options.distinct ?? false
    const filter = options.filter ?? null
    const orderBy = options.orderBy ?? []
    const key = expressionKey([resolved.fn, cast, distinct, filter, orderBy])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const output = newColumn(fn, resolved.type, resolved.nullable)
    this.#calls.push({ fn: resolved.fn, args: cast, distinct, filter, orderBy, output, span: options.span })
    const reference = columnReference(output)
    this.#known.set(key, reference)
    return reference
  }
}
