import { resolveAggregate } from '../functions/aggregate-signatures.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { AggregateCall, Expression, SortKey } from '../plan/plan.ts'
import type { AggregateOptions, AggregateSink } from './aggregate-sink.ts'
import { castTo, expressionKey } from './lowered.ts'

/** The calls of one Aggregate node, each computed once however often it is named. */
export class AggregateCollector {
  readonly #calls: AggregateCall[] = []
  readonly #known = new Map<string, Expression>()

  get calls(): readonly AggregateCall[] {
    return this.#calls
  }

  sink(order: () => readonly SortKey[]): AggregateSink {
    return {
      order,
      emit: (fn, args, options) => this.#emit(fn, args, options ?? {}),
      rowCount: (filter) => this.#emit('count_star', [], { filter }),
      distinctCount: (value, filter) => this.#emit('count', [value], { distinct: true, filter }),
    }
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
