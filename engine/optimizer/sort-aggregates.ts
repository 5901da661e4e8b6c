import { sameExpression } from '../plan/expression-tree.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type { Aggregate, AggregateCall, LogicalPlan, SortKey } from '../plan/plan.ts'
import { joinParts } from './split-distinct.ts'

/** Aggregates whose value depends on the order of the rows. */
const ORDERED = new Set([
  'string_agg',
  'array_agg',
  'first',
  'last',
  'any_value',
  // of rows that are as good the first
  'arg_min',
  'arg_max',
  'mode',
])

/**
 * ORDER BY inside an aggregate, which the executor does not have: the input is sorted instead, since groups take their
 * rows in order. Calls that want different orders, or the rows as they come, are aggregated apart and joined by the keys.
 */
export function sortAggregates(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) =>
    node.kind === 'aggregate' && node.aggregates.some((call) => call.orderBy.length > 0)
      ? sorted(node)
      : node,
  )
}

function sorted(plan: Aggregate): LogicalPlan {
  const aggregates = plan.aggregates.map((call) => (ORDERED.has(call.fn) ? call : withoutOrder(call)))
  const keys = aggregates.find((call) => call.orderBy.length > 0)?.orderBy
  if (keys === undefined) return { ...plan, aggregates }
  const inOrder = (call: AggregateCall): boolean => !ORDERED.has(call.fn) || sameKeys(call.orderBy, keys)
  const others = aggregates.filter((call) => !inOrder(call))
  if (others.length > 0) {
    // what wants another order is aggregated apart
    return sortAggregates(
      joinParts({ ...plan, aggregates }, [
        (input) => ({ ...input, aggregates: aggregates.filter(inOrder) }),
        (input) => ({ ...input, aggregates: others }),
      ]),
    )
  }
  return {
    ...plan,
    input: { kind: 'sort', input: plan.input, keys, limit: null },
    aggregates: aggregates.map(withoutOrder),
  }
}

function withoutOrder(call: AggregateCall): AggregateCall {
  return { ...call, orderBy: [] }
}

function sameKeys(a: readonly SortKey[], b: readonly SortKey[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (key, index) =>
        key.descending === b[index]!.descending &&
        key.nullsFirst === b[index]!.nullsFirst &&
        sameExpression(key.expression, b[index]!.expression),
    )
  )
}
