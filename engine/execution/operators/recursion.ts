import type { Recursion, Scan, WorkingTable } from '../../plan/plan.ts'
import { collect } from '../collect.ts'
import { CollectionTable } from '../collection-table.ts'
import type { BatchCollection } from '../batch-collection.ts'
import { QueryContext } from '../query-context.ts'
import { StatementTables } from '../statement-tables.ts'
import type { Stream } from '../stream.ts'

type OpenIn = (context: QueryContext, plan: Recursion['step']) => Promise<Stream>

/**
 * Runs the anchor, then the step over the rows of the step before until it gives none. All rows so far are kept, and
 * spill, as those of a result do; each step has a query context of its own, so that what it holds goes with it.
 */
export async function scanOfRecursion(context: QueryContext, plan: Recursion, openIn: OpenIn): Promise<Scan> {
  const { key, columns, limit } = plan
  const names = { label: `Recursion ${key.name}`, consumer: `Recursion ${key.name}` }
  const nullable = columns.map((column) => ({ ...column, nullable: true }))
  const done = new CollectionTable()
  /** The last step's rows, until they are among those that are done. */
  const held: BatchCollection[] = []
  context.onClose(() => {
    for (const rows of held) rows.close()
    done.close()
  })
  let last = await collect(context, nullable, () => openIn(context, plan.anchor), names)
  const { profile } = context
  const operator = profile.operator('Steps', key.name, [])
  while (last.rowCount > 0 && (limit === null || done.rowCount + last.rowCount < limit)) {
    held.splice(0, held.length, last)
    await context.breathe()
    const firstOperator = profile.operatorCount
    const rows = { last: new CollectionTable(last), all: done.with(last) }
    const tables = new StatementTables({ outer: context.tables, key, rows })
    const step = new QueryContext(context.runtime, context.settings, profile, context.run, tables)
    profile.quiet = true
    let next: BatchCollection
    try {
      next = await collect(step, nullable, () => openIn(step, plan.step), names)
    } finally {
      profile.quiet = false
      step.close()
      profile.foldOperators(firstOperator, operator)
    }
    held.splice(0, held.length, next)
    done.append(last)
    profile.addRows(operator, next.rowCount)
    last = next
    await putTogether(context, plan, done, openIn)
  }
  held.length = 0
  done.append(last)
  return {
    kind: 'scan',
    table: key.name,
    provider: done,
    columns: sourced(columns),
    filters: [],
    predicates: [],
  }
}

function sourced<Column>(columns: readonly Column[]): (Column & { readonly source: number })[] {
  return columns.map((column, source) => ({ ...column, source }))
}

/** Many steps of few rows become one collection with full pages. */
async function putTogether(
  context: QueryContext,
  plan: Recursion,
  done: CollectionTable,
  openIn: OpenIn,
): Promise<void> {
  const tail = done.smallTail()
  if (tail.length === 0) return
  const { key } = plan
  const columns = sourced(plan.columns.map((column) => ({ ...column, nullable: true })))
  const provider = new CollectionTable(...tail)
  const scan: Scan = { kind: 'scan', table: key.name, provider, columns, filters: [], predicates: [] }
  const { profile } = context
  const firstOperator = profile.operatorCount
  const tables = new StatementTables(null)
  const own = new QueryContext(context.runtime, context.settings, profile, context.run, tables)
  profile.quiet = true
  try {
    const names = { label: `Recursion ${key.name}`, consumer: `Recursion ${key.name}` }
    done.replace(tail, await collect(own, columns, () => openIn(own, scan), names))
  } finally {
    profile.quiet = false
    own.close()
    profile.foldOperators(firstOperator, null)
  }
}

/** What a step reads. */
export function scanOfWorkingTable(context: QueryContext, plan: WorkingTable): Scan {
  const { key, columns, rows } = plan
  const provider = context.tables.working(key)[rows]
  return { kind: 'scan', table: key.name, provider, columns, filters: [], predicates: [] }
}
