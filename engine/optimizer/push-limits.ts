import { outputColumns } from '../plan/output.ts'
import { mapInputs } from '../plan/plan-tree.ts'
import type { Join, Limit, LogicalPlan } from '../plan/plan.ts'

/**
 * Turns a limited sort into a top-N, and carries limits below projections, into the inputs of UNION ALL, and to the side
 * of a join of which every row is kept: so many of its rows give at least as many.
 */
export function pushLimits(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== 'limit') return mapInputs(plan, pushLimits)
  if (plan.limit === null) return mapInputs(plan, pushLimits)
  if (plan.limit === 0) return { kind: 'values', columns: outputColumns(plan), rows: [] }
  const { input } = plan
  const wanted = plan.limit + plan.offset
  switch (input.kind) {
    case 'project':
      return { ...input, input: pushLimits({ ...plan, input: input.input }) }
    case 'sort': {
      const limit = input.limit === null ? wanted : Math.min(input.limit, wanted)
      return { ...plan, input: { ...input, limit, input: pushLimits(input.input) } }
    }
    case 'limit':
      return pushLimits(merge(plan, input))
    case 'recursion':
      return { ...plan, input: { ...mapInputs(input, pushLimits), limit: wanted } as typeof input }
    case 'union': {
      const inputs = input.inputs.map((each) =>
        pushLimits({ kind: 'limit', input: each, limit: wanted, offset: 0 }),
      )
      return { ...plan, input: { ...input, inputs } }
    }
    case 'join': {
      const kept = keptSide(input)
      if (kept === null) return mapInputs(plan, pushLimits)
      const side = pushLimits({ kind: 'limit', input: input[kept], limit: wanted, offset: 0 })
      return { ...plan, input: mapInputs({ ...input, [kept]: side }, pushLimits) }
    }
    default:
      return mapInputs(plan, pushLimits)
  }
}

/** Every row of this side is in at least one of the join's rows. */
function keptSide({ type }: Join): 'left' | 'right' | null {
  if (type === 'left' || type === 'single' || type === 'mark') return 'left'
  return type === 'right' ? 'right' : null
}

function merge(outer: Limit, inner: Limit): Limit {
  const left = inner.limit === null ? Infinity : Math.max(0, inner.limit - outer.offset)
  const limit = Math.min(outer.limit ?? Infinity, left)
  return {
    kind: 'limit',
    input: inner.input,
    offset: inner.offset + outer.offset,
    limit: limit === Infinity ? null : limit,
  }
}
