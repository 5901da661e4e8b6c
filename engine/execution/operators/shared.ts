import { outputColumns } from '../../plan/output.ts'
import { visitPlan } from '../../plan/plan-tree.ts'
import type { RecursionKey, Scan, Shared, SharedRows } from '../../plan/plan.ts'
import { collect } from '../collect.ts'
import { CollectionTable } from '../collection-table.ts'
import type { OpenPlan } from '../executor.ts'
import type { QueryContext } from '../query-context.ts'

/** A scan of the shared rows, which are computed when they are first asked for. They spill as a result does. */
export async function scanOfShared(context: QueryContext, plan: Shared, open: OpenPlan): Promise<Scan> {
  const { rows, columns } = plan
  const provider = context.tables.find(rows) ?? (await compute(context, rows, open))
  return { kind: 'scan', table: rows.name, provider, columns, filters: [], predicates: [] }
}

async function compute(context: QueryContext, rows: SharedRows, open: OpenPlan): Promise<CollectionTable> {
  const label = `With ${rows.name}`
  const names = { label, consumer: label }
  const table = new CollectionTable(
    await collect(context, outputColumns(rows.plan), () => open(rows.plan), names),
  )
  context.tables.ownerFor(recursionsOf(rows)).keep(rows, table)
  return table
}

/** The recursions whose rows these rows depend on. */
function recursionsOf(rows: SharedRows): ReadonlySet<RecursionKey> {
  const keys = new Set<RecursionKey>()
  visitPlan(rows.plan, (node) => {
    if (node.kind === 'working_table') keys.add(node.key)
  })
  return keys
}
