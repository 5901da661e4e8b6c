import { sameExpression } from '../plan/expression-tree.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type { Aggregate, AggregateCall, LogicalPlan, SortKey } from '../plan/plan.ts'

/** Aggregates whose value depends on the order of the rows. */
const ORDERED = new Set(['string_agg', 'array_agg', 'first', 'last', 'any_value'])

/**
 * ORDER BY inside an aggregate, which the executor does not have: the input is sorted instead, since groups take their
 * rows in order. Calls that want different orders are left as they are.
 */
export function sortAggregates(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) =>
    node.kind === 'aggregate' && node.aggregates.some((call) => call.orderBy.length > 0)
      ? sorted(node)
      : node,
  )
}

function sorted(plan: Aggregate): Aggregate {
  const aggregates = plan.aggregates.map((call) => (ORDERED.has(call.fn) ? call : withoutOrder(call)))
  const keys = aggregates.find((call) => call.orderBy.length > 0)?.orderBy
  if (keys === undefined) return { ...plan, aggregates }
  const agree = aggregates.every((call) => !ORDERED.has(call.fn) || sameKeys(call.orderBy, keys))
  if (!agree) return { ...plan, aggregates }
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
