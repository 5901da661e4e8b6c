import type { BoundAlterTable } from './binder/alter-table.ts'
import type { ConstraintCheck, TableChange } from './binder/change-target.ts'
import type { BoundCreateTable } from './binder/create-table.ts'
import type { CatalogEntry as BoundEntry } from './binder/environment.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { internalError, LakebookError } from './errors.ts'
import type { BatchCollection } from './execution/batch-collection.ts'
import { CollectionTable } from './execution/collection-table.ts'
import { newColumn } from './plan/column-ids.ts'
import type { LogicalPlan } from './plan/plan.ts'
import { collectPlan, done, exists, optimized, resultOf, type Run } from './statement-run.ts'
import type { StoredResult } from './stored-result.ts'

export async function createTable(run: Run, statement: BoundCreateTable): Promise<StoredResult> {
  const { name, fields, definition } = statement
  if (exists(run, statement)) return done(run, `Table ${name} exists already`)
  const columns = fields.map((field) => newColumn(field.name, field.type, field.nullable))
  const plan: LogicalPlan = statement.plan ?? { kind: 'values', columns, rows: [] }
  const collection = await collectPlan(run, optimized(run, plan), `Table ${name}`)
  let isThere = true
  try {
    // Another run may have made one of that name meanwhile.
    isThere = exists(run, statement)
  } finally {
    if (isThere) collection.close()
  }
  if (isThere) return done(run, `Table ${name} exists already`)
  run.host.catalog.replace({ kind: 'table', name, provider: new CollectionTable(collection), definition })
  return done(run, `Created table ${name} (${collection.rowCount.toLocaleString('en')} rows)`)
}

/**
 * Computes all rows of a change, and RETURNING's, and asks every constraint, before the table shows any of it: a failure
 * changes nothing, and a table may be changed from itself. Who reads the table goes on with the rows of before; changes
 * come one after the other (`Session`).
 */
export async function changeTable(run: Run, change: TableChange): Promise<StoredResult> {
  const entry = run.host.catalog.table(change.table, false)
  if (entry.kind !== 'table' || !(entry.provider instanceof CollectionTable)) {
    throw internalError(`${change.table} is not a session table`)
  }
  const { name, provider, definition } = entry
  const owned: BatchCollection[] = []
  const collected = async (plan: LogicalPlan, heapBytes?: number): Promise<BatchCollection> => {
    const collection = await collectPlan(run, optimized(run, plan), `Table ${name}`, heapBytes)
    owned.push(collection)
    return collection
  }
  const released = (collection: BatchCollection): BatchCollection => {
    owned.splice(owned.indexOf(collection), 1)
    return collection
  }
  try {
    const isNew = change.mode === 'append'
    const passedOn = run.host.resources.runtime.heap.usableBytes / STAGED_PART
    const staged = await collected(change.plan, isNew ? undefined : passedOn)
    const rows = entryOf(name, staged, definition)
    const next = isNew ? staged : await collected(change.kept(rows))
    await askChecks(run, change.checks(rows, entryOf(name, next, definition)))
    const count = isNew ? staged.rowCount : Number(await askText(run, change.count(rows)))
    const returned = change.returning ? await collected(change.returning(rows)) : null
    expectIsThere(run, entry)
    released(next)
    if (isNew) provider.append(next)
    else provider.replaceRows(next)
    if (isNew) await putTogether(run, name, provider)
    run.host.plans.forget()
    if (returned) return resultOf(run, released(returned), null)
    return await done(
      run,
      `${change.verb} ${count.toLocaleString('en')} rows ${PLACES[change.verb] ?? 'in'} ${name}`,
    )
  } finally {
    for (const collection of owned) collection.close()
  }
}

/** Of the heap, what the rows of a change may take that are copied into the table; the others wait in the spill file. */
const STAGED_PART = 8

const PLACES: Readonly<Record<string, string>> = { Inserted: 'into', Deleted: 'from', Merged: 'into' }

export async function alterTable(run: Run, statement: BoundAlterTable): Promise<StoredResult> {
  const { catalog, plans } = run.host
  const { table, name, definition } = statement
  const entry = catalog.table(table, false)
  if (entry.kind !== 'table') throw internalError(`${table} is not a session table`)
  if (name !== table) exists(run, { name, orReplace: false, ifNotExists: false })
  const collection =
    statement.plan && (await collectPlan(run, optimized(run, statement.plan), `Table ${name}`))
  const provider = collection ? new CollectionTable(collection) : entry.provider
  try {
    await askChecks(run, statement.checks({ kind: 'table', name: table, provider, definition }))
    expectIsThere(run, entry)
  } catch (error) {
    if (collection) provider.close()
    throw error
  }
  catalog.remove(table)
  catalog.put({ kind: 'table', name, provider, definition })
  if (collection) catalog.discard(entry)
  plans.forget()
  return done(run, `Altered table ${table}`)
}

/** @throws `unknown_table` when another run has dropped or replaced the table meanwhile */
function expectIsThere(run: Run, entry: CatalogEntry): void {
  if (run.host.catalog.find(entry.name, true) === entry) return
  throw new LakebookError('unknown_table', `${entry.name} was dropped or replaced meanwhile`)
}

function entryOf(
  name: string,
  rows: BatchCollection,
  definition: TableDefinition | undefined,
): BoundEntry & { readonly kind: 'table' } {
  return { kind: 'table', name, provider: new CollectionTable(rows), definition }
}

async function askChecks(run: Run, checks: readonly ConstraintCheck[]): Promise<void> {
  for (const { plan, error } of checks) {
    const found = await askText(run, plan)
    if (found !== null) throw error(found)
  }
}

/** The only value that a plan yields, as a text; null without rows. */
async function askText(run: Run, plan: LogicalPlan): Promise<string | null> {
  const result = resultOf(run, await collectPlan(run, optimized(run, plan), 'Check'), null)
  try {
    const value: unknown = result.toArrow(0, 1).getChildAt(0)?.get(0) ?? null
    return value === null ? null : typeof value === 'bigint' ? value.toString() : (value as string)
  } finally {
    result.close()
  }
}

/** Many small inserts become one collection, which has one consumer and full pages. */
async function putTogether(run: Run, name: string, table: CollectionTable): Promise<void> {
  const tail = table.smallTail()
  if (tail.length === 0) return
  const columns = table.schema.fields.map((field, source) => ({
    ...newColumn(field.name, field.type, field.nullable),
    source,
  }))
  for (const collection of tail) collection.hold()
  const provider = new CollectionTable(...tail)
  const plan: LogicalPlan = { kind: 'scan', table: name, provider, columns, filters: [], predicates: [] }
  try {
    const together = await collectPlan(run, plan, `Table ${name}`)
    if (!table.replace(tail, together)) together.close()
  } finally {
    provider.close()
  }
}
