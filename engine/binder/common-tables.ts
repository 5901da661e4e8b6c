import { types } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import { freeColumns, freshPlan } from '../plan/plan-tree.ts'
import type {
  Expression,
  LogicalPlan,
  Recursion,
  RecursionKey,
  SharedRows,
  WorkingTable,
} from '../plan/plan.ts'
import { distinctRows } from '../plan/project-columns.ts'
import type { CommonTable, Query, QueryBody } from '../sql/ast.ts'
import { castColumns } from './cast-columns.ts'
import type { CommonTableScope, Environment } from './environment.ts'
import { sameName, type Scope } from './scope.ts'

let lastOrdinal = 0

/** Rows that several places may read. */
export function sharedRows(name: string, plan: LogicalPlan, materialized: boolean | null): SharedRows {
  lastOrdinal += 1
  return { name, plan, materialized, ordinal: lastOrdinal }
}

/** Reads shared rows once more. What reads columns from outside is computed in each place. */
export function readShared(rows: SharedRows): LogicalPlan {
  if (freeColumns(rows.plan).size > 0) return freshPlan(rows.plan).plan
  const columns = outputColumns(rows.plan).map(({ name, type, nullable }, source) => ({
    ...newColumn(name, type, nullable),
    source,
  }))
  return { kind: 'shared', rows, columns }
}

/** What a name of a WITH clause reads. */
export function readCommonTable(scope: CommonTableScope): LogicalPlan {
  return scope.kind === 'rows' ? readShared(scope.rows) : workingTable(scope.recursion, 'last')
}

type BindBody = (environment: Environment, body: QueryBody, outer: Scope | null) => LogicalPlan

/** The environment with the tables of WITH, each of which sees those before it. */
export function withCommonTables(
  outside: Environment,
  query: Query,
  outer: Scope | null,
  bindBody: BindBody,
): Environment {
  let environment = outside
  query.with.forEach((table, index) => {
    const { name } = table
    if (query.with.slice(0, index).some((other) => sameName(other.name.name, name.name))) {
      throw new LakebookError('ambiguous', `Two tables of this WITH are called "${name.name}"`, {
        span: name.span,
      })
    }
    const plan =
      query.recursive && readsTable(table.query, name.name)
        ? bindRecursion(environment, table, outer, bindBody)
        : environment.bindQuery(environment, table.query, outer)
    const width = outputColumns(plan).length
    if (table.columns.length > width) {
      const message = `"${name.name}" names ${table.columns.length} columns but there are ${width}`
      throw new LakebookError('type', message, { span: name.span })
    }
    const rows = sharedRows(name.name, plan, table.materialized)
    environment = withScope(environment, table, { kind: 'rows', rows, names: namesOf(table) })
  })
  return environment
}

function namesOf(table: CommonTable): readonly string[] {
  return table.columns.map((column) => column.name)
}

function withScope(environment: Environment, table: CommonTable, scope: CommonTableScope): Environment {
  const commonTables = new Map(environment.commonTables)
  commonTables.set(table.name.name.toLowerCase(), scope)
  return { ...environment, commonTables }
}

/** Whether a table of this name is read anywhere inside. */
function readsTable(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((each) => readsTable(each, name))
  if (typeof node !== 'object' || node === null) return false
  if ('kind' in node && node.kind === 'table' && 'name' in node && Array.isArray(node.name)) {
    const parts = node.name as readonly { readonly name: string }[]
    return parts.length === 1 && sameName(parts[0]!.name, name)
  }
  return Object.values(node).some((each) => readsTable(each, name))
}

interface RecursionColumns {
  readonly key: RecursionKey
  readonly columns: Recursion['columns']
}

function workingTable({ key, columns }: RecursionColumns, rows: WorkingTable['rows']): WorkingTable {
  const own = columns.map(({ name, type }, source) => ({ ...newColumn(name, type, true), source }))
  return { kind: 'working_table', key, rows, columns: own }
}

/** `anchor UNION [ALL] step`. The columns have the anchor's types, as in DuckDB. */
function bindRecursion(
  outside: Environment,
  table: CommonTable,
  outer: Scope | null,
  bindBody: BindBody,
): LogicalPlan {
  const { name, query } = table
  const { body } = query
  const hint = 'Write it as anchor UNION ALL step.'
  if (body.kind !== 'set' || body.op !== 'union' || body.byName)
    throw unsupported('A recursive WITH that is no UNION', name.span, hint)
  if (readsTable(body.left, name.name))
    throw unsupported('A recursive WITH whose first part reads itself', name.span, hint)
  if ('all' in query.orderBy || query.orderBy.length > 0 || query.limit || query.offset)
    throw unsupported('ORDER BY or LIMIT of a recursive WITH', name.span, 'Put it around the table.')
  const environment = withCommonTables(outside, query, outer, bindBody)
  const bound = bindBody(environment, body.left, outer)
  const anchorTypes = outputColumns(bound).map(({ type }) => (type.kind === 'null' ? types.int32 : type))
  const anchor = castColumns(bound, anchorTypes)
  const key: RecursionKey = { name: name.name }
  const columns = outputColumns(anchor).map((column) => newColumn(column.name, column.type, true))
  const scope: CommonTableScope = { kind: 'working', recursion: { key, columns }, names: namesOf(table) }
  const step = bindBody(withScope(environment, table, scope), body.right, outer)
  const width = outputColumns(step).length
  if (width !== columns.length) {
    const message = `UNION needs the same number of columns: ${columns.length} and ${width}`
    throw new LakebookError('type', message, { span: name.span })
  }
  const cast = castColumns(step, anchorTypes)
  return {
    kind: 'recursion',
    key,
    anchor: body.all ? anchor : distinctRows(anchor),
    step: body.all ? cast : withoutKnown(distinctRows(cast), workingTable({ key, columns }, 'all')),
    columns,
    limit: null,
  }
}

/** The rows that are not among the known ones; NULLs are equal. */
function withoutKnown(rows: LogicalPlan, known: LogicalPlan): LogicalPlan {
  const others = outputColumns(known)
  const condition = outputColumns(rows).map((column, index): Expression => ({
    kind: 'call',
    fn: 'is_not_distinct_from',
    args: [columnReference(column), columnReference(others[index]!)],
    type: types.bool,
    nullable: false,
  }))
  return makeJoin('anti', rows, known, condition)
}
