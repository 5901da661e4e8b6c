import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import { isWindowFunction } from '../../functions/window-signatures.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import { isVolatile } from '../../plan/expression-tree.ts'
import { outputColumns } from '../../plan/output.ts'
import { nodeExpressions } from '../../plan/plan-tree.ts'
import type { Column, LogicalPlan, Project, Window, WindowCall } from '../../plan/plan.ts'
import { callOf, joinGroups } from './counted-values.ts'
import { readerOf, type InputReader } from './input-reader.ts'

/** The same for rows in any order. */
const ORDER_FREE: ReadonlySet<string> = new Set([
  'median',
  'quantile_cont',
  'quantile_disc',
  'mad',
  'entropy',
])

/** Whether some calls gather the values of whole partitions, and `gatheredWindow` has them gathered elsewhere. */
export function canGather(plan: Window): boolean {
  return plan.calls.some((call) => gathersAll(plan, call)) && !nodeExpressions(plan).some(isVolatile)
}

/**
 * Whether nothing is to be sorted for some calls: those that have one result for all rows of the input, and all of a
 * window without an order that have one for each partition.
 */
export function needsNoOrder(plan: Window): boolean {
  const { calls, orderBy } = plan
  const isWanted = isOneFrame(plan)
    ? calls.some((call) => isWhole(plan, call))
    : orderBy.length === 0 && calls.every((call) => isWhole(plan, call))
  return isWanted && !nodeExpressions(plan).some(isVolatile)
}

function isOneFrame({ partitionBy, orderBy }: Window): boolean {
  return partitionBy.length === 0 && orderBy.length === 0
}

/**
 * The same window where what gathers all values of a partition, as a median does, is an aggregate of the partition that
 * is joined to its rows: aggregates count the values that they have no room for (`countedAggregate`), and there is one
 * result for all rows. Other calls are computed as ever.
 */
export function gatheredWindow(plan: Window): LogicalPlan {
  const input = readerOf(plan.input)
  const takesAll = needsNoOrder(plan)
  const gathered = plan.calls.filter((call) => (takesAll ? isWhole(plan, call) : gathersAll(plan, call)))
  const others = plan.calls.filter((call) => !gathered.includes(call))
  const columns = outputColumns(plan.input)
  const rows = readColumns(input, columns)
  const left: LogicalPlan = others.length === 0 ? rows : { ...plan, input: rows, calls: others }
  const { plan: right, keys, results } = aggregated(plan, gathered, input)
  const joined: LogicalPlan = {
    ...joinGroups('inner', left, [], right, []),
    keys: plan.partitionBy.map((expression, index) => ({
      left: expression,
      right: columnReference(keys[index]!),
      nullSafe: true,
    })),
  }
  const items: Project['items'] = outputColumns(plan).map((output) => ({
    output,
    expression: columnReference(results.get(output.id) ?? output),
  }))
  return { kind: 'project', input: joined, items }
}

/** An aggregate whose result is the same in all rows of a partition. */
function isWhole({ orderBy }: Window, { fn, frame, ignoreNulls }: WindowCall): boolean {
  const { start, end, unit, exclude } = frame
  const hasNoPeers = unit === 'rows' || orderBy.length > 0
  return (
    start.kind === 'unbounded_preceding' &&
    (end.kind === 'unbounded_following' || (end.kind === 'current_row' && !hasNoPeers)) &&
    exclude === 'none' &&
    !ignoreNulls &&
    !isWindowFunction(fn)
  )
}

/** And it keeps all values. */
function gathersAll(plan: Window, call: WindowCall): boolean {
  if (!isWhole(plan, call)) return false
  const { fn, args, span } = call
  return aggregateFunction(fn, span)
    .accumulators(args.map(({ type }) => type))
    .some(({ accumulator }) => accumulator.appends === true)
}

/** These columns of the input, under their own ids. */
function readColumns(input: InputReader, columns: readonly Column[]): LogicalPlan {
  const { plan, here } = input(columns.map(columnReference))
  const items = columns.map((output) => ({ output, expression: here(columnReference(output)) }))
  return { kind: 'project', input: plan, items }
}

interface PartitionResults {
  readonly plan: LogicalPlan
  readonly keys: readonly Column[]
  /** By the id of a call's output: the column that has it. */
  readonly results: ReadonlyMap<number, Column>
}

/** One row for each partition. */
function aggregated(plan: Window, calls: readonly WindowCall[], input: InputReader): PartitionResults {
  const keepsOrder = plan.orderBy.length > 0 && calls.some(({ fn }) => !ORDER_FREE.has(fn))
  const orderBy = keepsOrder ? plan.orderBy : []
  const { plan: rows, here } = input([
    ...plan.partitionBy,
    ...orderBy.map(({ expression }) => expression),
    ...calls.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter])),
  ])
  const keys = orderBy.map((key) => ({ ...key, expression: here(key.expression) }))
  const ordered: LogicalPlan = keys.length === 0 ? rows : { kind: 'sort', input: rows, keys, limit: null }
  const groups = plan.partitionBy.map((expression) => ({
    output: newColumn('partition', expression.type, expression.nullable),
    expression: here(expression),
  }))
  const results = new Map(
    calls.map(({ output }) => [output.id, newColumn(output.name, output.type, output.nullable)] as const),
  )
  const aggregates = calls.map(({ fn, args, filter, output, span }) => ({
    ...callOf(fn, args.map(here), results.get(output.id)!, filter && here(filter)),
    span,
  }))
  return {
    plan: { kind: 'aggregate', input: ordered, groups, aggregates },
    keys: groups.map(({ output }) => output),
    results,
  }
}
