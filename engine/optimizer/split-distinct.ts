import { sameExpression } from '../plan/expression-tree.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { freshPlan, rewritePlanUp } from '../plan/plan-tree.ts'
import { isMergeable, mergePartial } from './merge-aggregates.ts'
import type {
  Aggregate,
  AggregateCall,
  Column,
  Expression,
  Join,
  LogicalPlan,
  Project,
} from '../plan/plan.ts'
import { passThrough } from '../plan/project-columns.ts'
import { substitute } from '../plan/expression-tree.ts'

/**
 * Rewrites DISTINCT aggregates, which the executor does not have, into two levels: group by keys and argument first,
 * then aggregate the arguments that are left. Several different arguments are aggregated apart and joined by the keys.
 */
export function splitDistinct(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) =>
    node.kind === 'aggregate' && node.aggregates.some((call) => call.distinct) ? split(node) : node,
  )
}

/** Calls of the same rows' arguments: what differs once there is what differs for both. */
function sameArguments(a: AggregateCall, b: AggregateCall): boolean {
  const sameFilter =
    a.filter === null ? b.filter === null : b.filter !== null && sameExpression(a.filter, b.filter)
  return (
    sameFilter &&
    a.args.length === b.args.length &&
    a.args.every((arg, index) => sameExpression(arg, b.args[index]!))
  )
}

function split(plan: Aggregate): LogicalPlan {
  const calls = plan.aggregates
  const plain = calls.filter((call) => !call.distinct)
  const sets: AggregateCall[][] = []
  for (const call of calls.filter((each) => each.distinct)) {
    const known = sets.find((set) => sameArguments(set[0]!, call))
    if (known) known.push(call)
    else sets.push([call])
  }
  if (sets.length === 1 && plain.every(isMergeable)) return twoLevels(plan, sets[0]!, plain)
  const parts = sets.map((set) => (input: Aggregate) => twoLevels({ ...input, aggregates: set }, set, []))
  if (plain.length > 0) parts.unshift((input) => ({ ...input, aggregates: plain }))
  return joinParts(plan, parts)
}

function twoLevels(
  plan: Aggregate,
  distinct: readonly AggregateCall[],
  plain: readonly AggregateCall[],
): LogicalPlan {
  const args = distinct[0]!.args.map((expression) => ({
    output: newColumn('distinct_value', expression.type, expression.nullable),
    expression,
  }))
  // rows that the filter leaves out make groups of their own, which the second level leaves out
  const { filter } = distinct[0]!
  const kept = filter && { output: newColumn('kept', filter.type, filter.nullable), expression: filter }
  const groups = plan.groups.map(({ expression, output }) => ({
    expression,
    output: newColumn(output.name, output.type, output.nullable),
  }))
  const partial = plain.map((call) => ({
    ...call,
    output: newColumn(call.output.name, call.output.type, call.output.nullable),
  }))
  // ORDER BY reads an argument as it was before it was cast, so it has as many values as that
  const sortKeys = distinct
    .flatMap((call) => call.orderBy.map((key) => key.expression))
    .filter((key, index, all) => all.findIndex((other) => sameExpression(key, other)) === index)
    .filter((key) => !distinct[0]!.args.some((arg) => sameExpression(arg, key)))
    .map((expression) => ({
      output: newColumn('sort_key', expression.type, expression.nullable),
      expression,
    }))
  const inner: Aggregate = {
    kind: 'aggregate',
    input: plan.input,
    groups: [...groups, ...args, ...(kept ? [kept] : []), ...sortKeys],
    aggregates: partial,
  }
  const values = args.map((arg) => columnReference(arg.output))
  const merged = plain.map((call, index) => mergePartial(call, partial[index]!.output))
  const outer: Aggregate = {
    kind: 'aggregate',
    input: inner,
    groups: plan.groups.map(({ output }, index) => ({
      output,
      expression: columnReference(groups[index]!.output),
    })),
    aggregates: [
      ...distinct.map((call) => ({
        ...call,
        distinct: false,
        filter: kept && columnReference(kept.output),
        args: values,
        orderBy: call.orderBy.map((key) => ({
          ...key,
          expression: inGroups(key.expression, [...args, ...sortKeys]),
        })),
      })),
      ...merged.map((each) => each.call),
    ],
  }
  return inOrder(outer, plan, new Map(merged.map((each) => [each.output.id, each.value])))
}

/** ORDER BY inside a DISTINCT aggregate reads columns of the first level. */
function inGroups(
  expression: Expression,
  groups: readonly { readonly output: Column; readonly expression: Expression }[],
): Expression {
  const found = groups.find((group) => sameExpression(group.expression, expression))
  if (found) return columnReference(found.output)
  return expression
}

/** The columns of the aggregate that was there, in its order. */
function inOrder(input: LogicalPlan, plan: Aggregate, values: ReadonlyMap<number, Expression>): Project {
  const groups = plan.groups.map((group) => passThrough(group.output))
  const aggregates = plan.aggregates.map(({ output }) => ({
    output,
    expression: values.get(output.id) ?? columnReference(output),
  }))
  return { kind: 'project', input, items: [...groups, ...aggregates] }
}

/** Every part aggregates the same rows by the same keys, so each group is in all of them. */
export function joinParts(
  plan: Aggregate,
  parts: readonly ((input: Aggregate) => LogicalPlan)[],
): LogicalPlan {
  let result: LogicalPlan | null = null
  for (const part of parts) {
    if (!result) {
      result = part(plan)
      continue
    }
    const copy = freshPlan(plan.input)
    const values = new Map([...copy.columns].map(([id, column]) => [id, columnReference(column)]))
    const replace = (expression: Expression) => substitute(expression, values)
    const groups = plan.groups.map((group) => ({
      output: newColumn(group.output.name, group.output.type, group.output.nullable),
      expression: replace(group.expression),
    }))
    const right = part({ ...plan, input: plan.input, groups })
    const renamed = replaceInput(right, plan.input, copy.plan, replace)
    const keys: Join['keys'] = plan.groups.map((group, index) => ({
      left: columnReference(group.output),
      right: columnReference(groups[index]!.output),
      nullSafe: true,
    }))
    result = {
      kind: 'join',
      type: 'inner',
      left: result,
      right: renamed,
      keys,
      residual: null,
      mark: null,
      buildSide: 'right',
    }
  }
  return inOrder(result!, plan, new Map())
}

/** Puts the copy of the input where the input is; the node right above it reads the copy's columns. */
function replaceInput(
  plan: LogicalPlan,
  input: LogicalPlan,
  copy: LogicalPlan,
  replace: (expression: Expression) => Expression,
): LogicalPlan {
  if (plan.kind !== 'aggregate' && plan.kind !== 'project') return plan
  if (plan.input !== input) return { ...plan, input: replaceInput(plan.input, input, copy, replace) }
  if (plan.kind === 'project') return plan
  return {
    ...plan,
    input: copy,
    groups: plan.groups.map((group) => ({ ...group, expression: replace(group.expression) })),
    aggregates: plan.aggregates.map((call) => ({
      ...call,
      args: call.args.map(replace),
      filter: call.filter && replace(call.filter),
      orderBy: call.orderBy.map((key) => ({ ...key, expression: replace(key.expression) })),
    })),
  }
}
