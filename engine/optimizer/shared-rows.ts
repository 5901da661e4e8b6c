import { inputs, outputColumns } from '../plan/output.ts'
import { mapInputs } from '../plan/plan-tree.ts'
import type { LogicalPlan, SharedRows } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'

/**
 * Optimises a plan and then the plans of the rows that it shares, each once, for the columns that are read of it.
 * Rows that are defined later read those that were defined earlier, so the latest go first.
 */
export function optimizeShared(
  plan: LogicalPlan,
  optimizeOne: (plan: LogicalPlan) => LogicalPlan,
  narrow: boolean,
): LogicalPlan {
  const main = optimizeOne(plan)
  const wanted = new Map<SharedRows, Set<number>>()
  const optimized = new Map<SharedRows, { readonly plan: LogicalPlan; readonly sources: readonly number[] }>()
  gather(main, wanted)
  for (let rows = latest(wanted, optimized); rows !== null; rows = latest(wanted, optimized)) {
    const columns = outputColumns(rows.plan)
    const read = [...wanted.get(rows)!].sort((a, b) => a - b)
    const sources = narrow ? (read.length > 0 ? read : [0]) : columns.map((_, index) => index)
    const isAll = sources.length === columns.length
    const kept = isAll
      ? rows.plan
      : keepColumns(
          rows.plan,
          sources.map((source) => columns[source]!),
        )
    const result = optimizeOne(kept)
    optimized.set(rows, { plan: result, sources })
    gather(result, wanted)
  }
  if (optimized.size === 0) return main
  const finished = new Map<SharedRows, SharedRows>()
  const finish = (node: LogicalPlan): LogicalPlan => {
    if (node.kind !== 'shared') return mapInputs(node, finish)
    const { plan: own, sources } = optimized.get(node.rows)!
    let rows = finished.get(node.rows)
    if (rows === undefined) {
      rows = { ...node.rows, plan: finish(own) }
      finished.set(node.rows, rows)
    }
    const columns = node.columns.map((column) => ({ ...column, source: sources.indexOf(column.source) }))
    return { ...node, rows, columns }
  }
  return finish(main)
}

function gather(plan: LogicalPlan, wanted: Map<SharedRows, Set<number>>): void {
  if (plan.kind === 'shared') {
    const sources = wanted.get(plan.rows) ?? new Set()
    for (const { source } of plan.columns) sources.add(source)
    wanted.set(plan.rows, sources)
  }
  for (const input of inputs(plan)) gather(input, wanted)
}

function latest(
  wanted: ReadonlyMap<SharedRows, unknown>,
  optimized: ReadonlyMap<SharedRows, unknown>,
): SharedRows | null {
  let found: SharedRows | null = null
  for (const rows of wanted.keys()) {
    if (!optimized.has(rows) && (found === null || rows.ordinal > found.ordinal)) found = rows
  }
  return found
}
