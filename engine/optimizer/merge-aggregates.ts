import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { AggregateCall, Column, Expression } from '../plan/plan.ts'

/** Aggregates whose partial results can be aggregated again. */
const merges: Readonly<Record<string, string>> = {
  count: 'sum',
  count_star: 'sum',
  sum: 'sum',
  min: 'min',
  max: 'max',
  bool_and: 'bool_and',
  bool_or: 'bool_or',
}

export function isMergeable(call: AggregateCall): boolean {
  return Object.hasOwn(merges, call.fn) && call.orderBy.length === 0
}

/** Aggregates a partial result; counts add up to a count, which is not NULL over no rows. */
export function mergePartial(
  call: AggregateCall,
  partial: Column,
): { readonly call: AggregateCall; readonly output: Column; readonly value: Expression } {
  const argument = columnReference(partial)
  const isCount = call.fn === 'count' || call.fn === 'count_star'
  if (!isCount) {
    const merged: AggregateCall = { ...call, fn: merges[call.fn]!, args: [argument], filter: null }
    return { call: merged, output: call.output, value: columnReference(call.output) }
  }
  const sum = newColumn(call.output.name, { kind: 'decimal', precision: 38, scale: 0 }, true)
  const total: AggregateCall = { ...call, fn: 'sum', args: [argument], filter: null, output: sum }
  const cast: Expression = {
    kind: 'cast',
    arg: columnReference(sum),
    try: false,
    type: call.output.type,
    nullable: true,
  }
  const zero: Expression = { kind: 'literal', value: 0n, type: call.output.type, nullable: false }
  const value: Expression = {
    kind: 'call',
    fn: 'coalesce',
    args: [cast, zero],
    type: call.output.type,
    nullable: false,
  }
  return { call: total, output: call.output, value }
}
