import { columnReference } from '../plan/column-ids.ts'
import { isVolatile } from '../plan/expression-tree.ts'
import { inputs, outputColumns } from '../plan/output.ts'
import { freshPlan, nodeExpressions, rewritePlanDeep, visitPlan } from '../plan/plan-tree.ts'
import type { LogicalPlan, RecursionKey, Shared, SharedRows } from '../plan/plan.ts'

/**
 * Puts the plans of WITH tables where they are read once, or where reading them again costs no more than keeping their
 * rows. Those that several places read are computed once, except what was said to be NOT MATERIALIZED.
 */
export function inlineShared(plan: LogicalPlan): LogicalPlan {
  const counts = countReads(plan)
  if (counts.size === 0) return plan
  const kept = new Map<SharedRows, SharedRows>()
  const isInlined = (rows: SharedRows): boolean =>
    rows.materialized === null ? (counts.get(rows) ?? 0) < 2 || isCheap(rows.plan) : !rows.materialized
  const change = (node: LogicalPlan): LogicalPlan => {
    if (node.kind !== 'shared') return node
    if (isInlined(node.rows)) return inline(node, rewritePlanDeep(node.rows.plan, change))
    let rows = kept.get(node.rows)
    if (rows === undefined) {
      rows = { ...node.rows, plan: rewritePlanDeep(node.rows.plan, change) }
      kept.set(node.rows, rows)
    }
    return { ...node, rows }
  }
  return rewritePlanDeep(plan, change)
}

/** How often rows are read; the step of a recursion reads them many times, unless they depend on it. */
function countReads(plan: LogicalPlan): ReadonlyMap<SharedRows, number> {
  const counts = new Map<SharedRows, number>()
  visitPlan(plan, (node) => {
    if (node.kind === 'shared') counts.set(node.rows, (counts.get(node.rows) ?? 0) + 1)
    if (node.kind !== 'recursion') return
    visitPlan(node.step, (inside) => {
      if (inside.kind === 'shared' && !dependsOn(inside.rows, node.key))
        counts.set(inside.rows, (counts.get(inside.rows) ?? 0) + 1)
    })
  })
  return counts
}

function dependsOn(rows: SharedRows, key: RecursionKey): boolean {
  let depends = false
  visitPlan(rows.plan, (node) => {
    if (node.kind === 'working_table' && node.key === key) depends = true
  })
  return depends
}

/** Rows that are read, filtered and computed one by one, as often as wanted. */
function isCheap(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'working_table':
      return true
    case 'filter':
    case 'project':
      return inputs(plan).every(isCheap) && !nodeExpressions(plan).some(isVolatile)
    default:
      return false
  }
}

function inline(leaf: Shared, plan: LogicalPlan): LogicalPlan {
  const { plan: input } = freshPlan(plan)
  const columns = outputColumns(input)
  const items = leaf.columns.map(({ source, ...output }) => ({
    output,
    expression: columnReference(columns[source]!),
  }))
  return { kind: 'project', input, items }
}
