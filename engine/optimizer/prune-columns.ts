import { unreachable } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import { columnsOf, nodeExpressions } from '../plan/plan-tree.ts'
import type { Column, ColumnId, Expression, LogicalPlan, Values } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'

/**
 * Reads, computes and keeps only the columns that something above needs. What a join, sort or window holds in memory
 * is narrowed to that before it; projections that change nothing go.
 */
export function pruneColumns(plan: LogicalPlan): LogicalPlan {
  const columns = outputColumns(plan)
  return exactly(prune(plan, idsOf(columns)), columns)
}

type Needed = ReadonlySet<ColumnId>

function idsOf(columns: readonly Column[]): Needed {
  return new Set(columns.map((column) => column.id))
}

function plus(needed: Needed, expressions: readonly Expression[]): Needed {
  const all = new Set(needed)
  for (const expression of expressions) for (const id of columnsOf(expression)) all.add(id)
  return all
}

/** Exactly these columns, in this order and by these names. */
function exactly(plan: LogicalPlan, wanted: readonly Column[]): LogicalPlan {
  const given = outputColumns(plan)
  const isSame =
    given.length === wanted.length &&
    given.every((column, index) => column.id === wanted[index]!.id && column.name === wanted[index]!.name)
  return isSame ? plan : keepColumns(plan, wanted)
}

/** A node's input, pruned, and without columns that only its own filters read. */
function narrow(input: LogicalPlan, needed: Needed): LogicalPlan {
  const pruned = prune(input, needed)
  const given = outputColumns(pruned)
  const wanted = given.filter((column) => needed.has(column.id))
  return wanted.length === given.length || wanted.length === 0 ? pruned : keepColumns(pruned, wanted)
}

function prune(plan: LogicalPlan, needed: Needed): LogicalPlan {
  switch (plan.kind) {
    case 'scan': {
      const read = plus(needed, plan.filters)
      return { ...plan, columns: plan.columns.filter((column) => read.has(column.id)) }
    }
    case 'shared':
    case 'working_table':
      return { ...plan, columns: plan.columns.filter((column) => needed.has(column.id)) }
    case 'recursion':
      return { ...plan, anchor: pruneColumns(plan.anchor), step: pruneColumns(plan.step) }
    case 'values':
      return pruneValues(plan, needed)
    case 'filter':
      return { ...plan, input: prune(plan.input, plus(needed, [plan.predicate])) }
    case 'project': {
      const items = plan.items.filter((item) => needed.has(item.output.id))
      const isPlain = items.every(
        (item) => item.expression.kind === 'column' && item.expression.id === item.output.id,
      )
      const input = prune(
        plan.input,
        plus(
          new Set(),
          items.map((item) => item.expression),
        ),
      )
      if (isPlain) {
        const names = new Map(outputColumns(input).map((column) => [column.id, column.name]))
        if (items.every((item) => names.get(item.output.id) === item.output.name)) return input
      }
      return { ...plan, input, items }
    }
    case 'aggregate': {
      const aggregates = plan.aggregates.filter((call) => needed.has(call.output.id))
      const kept = {
        ...plan,
        aggregates:
          aggregates.length === 0 && plan.groups.length === 0 ? plan.aggregates.slice(0, 1) : aggregates,
      }
      return { ...kept, input: prune(plan.input, plus(new Set(), nodeExpressions(kept))) }
    }
    case 'sort':
      return { ...plan, input: narrow(plan.input, plus(needed, nodeExpressions(plan))) }
    case 'limit':
      return { ...plan, input: prune(plan.input, needed) }
    case 'window': {
      const calls = plan.calls.filter((call) => needed.has(call.output.id))
      if (calls.length === 0) return prune(plan.input, needed)
      const kept = { ...plan, calls }
      return { ...kept, input: narrow(plan.input, plus(needed, nodeExpressions(kept))) }
    }
    case 'unnest':
      return { ...plan, input: prune(plan.input, plus(needed, nodeExpressions(plan))) }
    case 'row_number':
      return needed.has(plan.output.id)
        ? { ...plan, input: prune(plan.input, needed) }
        : prune(plan.input, needed)
    case 'union': {
      const kept = plan.columns
        .map((column, index) => ({ column, index }))
        .filter(({ column }) => needed.has(column.id))
      const inputs = plan.inputs.map((input) => {
        const columns = outputColumns(input)
        const wanted = kept.map(({ index }) => columns[index]!)
        return exactly(prune(input, idsOf(wanted)), wanted)
      })
      return { ...plan, inputs, columns: kept.map(({ column }) => column) }
    }
    case 'join': {
      const all = plus(needed, nodeExpressions(plan))
      return { ...plan, left: narrow(plan.left, all), right: narrow(plan.right, all) }
    }
    default:
      return unreachable(plan)
  }
}

function pruneValues(plan: Values, needed: Needed): Values {
  const kept = plan.columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => needed.has(column.id))
  if (kept.length === plan.columns.length) return plan
  return {
    ...plan,
    columns: kept.map(({ column }) => column),
    rows: plan.rows.map((row) => kept.map(({ index }) => row[index]!)),
  }
}
