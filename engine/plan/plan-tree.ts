import { unreachable } from '../errors.ts'
import { newColumn } from './column-ids.ts'
import { mapList, mapOperands, operands } from './expression-tree.ts'
import { inputs, outputColumns } from './output.ts'
import type {
  AggregateCall,
  Column,
  ColumnId,
  Expression,
  FrameBound,
  LogicalPlan,
  RangeLimits,
  SharedRows,
  SortKey,
  WindowCall,
} from './plan.ts'

type ChangeExpression = (expression: Expression) => Expression

function mapKeys(keys: readonly SortKey[], change: ChangeExpression): readonly SortKey[] {
  return mapList(keys, (key) => {
    const expression = change(key.expression)
    return expression === key.expression ? key : { ...key, expression }
  })
}

function mapItems<T extends { readonly expression: Expression }>(
  items: readonly T[],
  change: ChangeExpression,
): readonly T[] {
  return mapList(items, (item) => {
    const expression = change(item.expression)
    return expression === item.expression ? item : { ...item, expression }
  })
}

function mapAggregate(call: AggregateCall, change: ChangeExpression): AggregateCall {
  const args = mapList(call.args, change)
  const filter = call.filter && change(call.filter)
  const orderBy = mapKeys(call.orderBy, change)
  if (args === call.args && filter === call.filter && orderBy === call.orderBy) return call
  return { ...call, args, filter, orderBy }
}

function mapBound(bound: FrameBound, change: ChangeExpression): FrameBound {
  if (!('offset' in bound)) return bound
  const offset = change(bound.offset)
  return offset === bound.offset ? bound : { ...bound, offset }
}

/** Replaces the expressions of one node, not of its inputs; the same object comes back when nothing changed. */
export function mapExpressions<T extends LogicalPlan>(plan: T, change: ChangeExpression): T
export function mapExpressions(plan: LogicalPlan, change: ChangeExpression): LogicalPlan {
  switch (plan.kind) {
    case 'scan': {
      const filters = mapList(plan.filters, change)
      return filters === plan.filters ? plan : { ...plan, filters }
    }
    case 'values':
    case 'limit':
    case 'union':
    case 'row_number':
    case 'shared':
    case 'recursion':
    case 'working_table':
      return plan
    case 'filter': {
      const predicate = change(plan.predicate)
      return predicate === plan.predicate ? plan : { ...plan, predicate }
    }
    case 'project':
    case 'unnest': {
      const items = mapItems(plan.items, change)
      return items === plan.items ? plan : { ...plan, items }
    }
    case 'aggregate': {
      const groups = mapItems(plan.groups, change)
      const aggregates = mapList(plan.aggregates, (call) => mapAggregate(call, change))
      return groups === plan.groups && aggregates === plan.aggregates ? plan : { ...plan, groups, aggregates }
    }
    case 'sort': {
      const keys = mapKeys(plan.keys, change)
      return keys === plan.keys ? plan : { ...plan, keys }
    }
    case 'join': {
      const keys = mapList(plan.keys, (key) => {
        const left = change(key.left)
        const right = change(key.right)
        return left === key.left && right === key.right ? key : { ...key, left, right }
      })
      const residual = plan.residual && change(plan.residual)
      return keys === plan.keys && residual === plan.residual ? plan : { ...plan, keys, residual }
    }
    case 'window': {
      const partitionBy = mapList(plan.partitionBy, change)
      const orderBy = mapKeys(plan.orderBy, change)
      const calls = mapList(plan.calls, (call) => mapWindowCall(call, change))
      if (partitionBy === plan.partitionBy && orderBy === plan.orderBy && calls === plan.calls) return plan
      return { ...plan, partitionBy, orderBy, calls }
    }
    default:
      return unreachable(plan)
  }
}

/** Replaces the expressions of a window call; the same object comes back when nothing changed. */
export function mapWindowCall(call: WindowCall, change: ChangeExpression): WindowCall {
  const args = mapList(call.args, change)
  const filter = call.filter && change(call.filter)
  const start = mapBound(call.frame.start, change)
  const end = mapBound(call.frame.end, change)
  const range = call.frame.range && mapRange(call.frame.range, change)
  const sameFrame = start === call.frame.start && end === call.frame.end && range === call.frame.range
  if (args === call.args && filter === call.filter && sameFrame) return call
  const frame = sameFrame ? call.frame : { ...call.frame, start, end, ...(range && { range }) }
  return { ...call, args, filter, frame }
}

function mapRange(range: RangeLimits, change: ChangeExpression): RangeLimits {
  const key = change(range.key)
  const start = range.start && change(range.start)
  const end = range.end && change(range.end)
  if (key === range.key && start === range.start && end === range.end) return range
  return { ...range, key, start, end }
}

/** The expressions of one node, not of its inputs. */
export function nodeExpressions(plan: LogicalPlan): readonly Expression[] {
  const found: Expression[] = []
  mapExpressions(plan, (expression) => {
    found.push(expression)
    return expression
  })
  return found
}

/** Replaces the inputs of one node; the same object comes back when nothing changed. */
export function mapInputs(plan: LogicalPlan, change: (input: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'shared':
    case 'working_table':
      return plan
    case 'recursion': {
      const anchor = change(plan.anchor)
      const step = change(plan.step)
      return anchor === plan.anchor && step === plan.step ? plan : { ...plan, anchor, step }
    }
    case 'union': {
      const changed = mapList(plan.inputs, change)
      return changed === plan.inputs ? plan : { ...plan, inputs: changed }
    }
    case 'join': {
      const left = change(plan.left)
      const right = change(plan.right)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'row_number': {
      const input = change(plan.input)
      return input === plan.input ? plan : { ...plan, input }
    }
    default:
      return unreachable(plan)
  }
}

/** Rewrites a plan from its sources up. Plans of subqueries are left alone. */
export function rewritePlanUp(plan: LogicalPlan, change: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  return change(mapInputs(plan, (input) => rewritePlanUp(input, change)))
}

/** As `rewritePlanUp`, also in the plans of subqueries. Plans of shared rows are left alone. */
export function rewritePlanDeep(plan: LogicalPlan, change: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  const inside = (expression: Expression): Expression => {
    const mapped = mapOperands(expression, inside)
    if (mapped.kind !== 'subquery') return mapped
    const changed = rewritePlanDeep(mapped.plan, change)
    return changed === mapped.plan ? mapped : { ...mapped, plan: changed }
  }
  return rewritePlanUp(plan, (node) => change(mapExpressions(node, inside)))
}

/** Every node of a plan, those of its subqueries and of the rows that it shares included; shared rows once. */
export function visitPlan(
  plan: LogicalPlan,
  visit: (node: LogicalPlan) => void,
  seen = new Set<SharedRows>(),
): void {
  visit(plan)
  for (const input of inputs(plan)) visitPlan(input, visit, seen)
  if (plan.kind === 'shared' && !seen.has(plan.rows)) {
    seen.add(plan.rows)
    visitPlan(plan.rows.plan, visit, seen)
  }
  const look = (expression: Expression): void => {
    if (expression.kind === 'subquery') visitPlan(expression.plan, visit, seen)
    operands(expression).forEach(look)
  }
  nodeExpressions(plan).forEach(look)
}

/** Changes every expression node of a plan from the leaves up, also in the plans of subqueries. */
export function mapExpressionsDeep(plan: LogicalPlan, change: ChangeExpression): LogicalPlan {
  const deep = (expression: Expression): Expression => changeDeep(expression, change)
  return rewritePlanUp(plan, (node) => mapExpressions(node, deep))
}

/** Changes every node of an expression from the leaves up, also in the plans of subqueries. */
export function changeDeep(expression: Expression, change: ChangeExpression): Expression {
  const inside = mapOperands(expression, (operand) => changeDeep(operand, change))
  if (inside.kind !== 'subquery') return change(inside)
  const plan = mapExpressionsDeep(inside.plan, change)
  return change(plan === inside.plan ? inside : { ...inside, plan })
}

/** The columns that an expression reads, those of a subquery's outside included. */
export function columnsOf(expression: Expression, found: Set<ColumnId> = new Set()): ReadonlySet<ColumnId> {
  if (expression.kind === 'column') found.add(expression.id)
  if (expression.kind === 'subquery') for (const id of freeColumns(expression.plan)) found.add(id)
  if (expression.kind === 'lambda') {
    const own = new Set(expression.parameters.map(({ id }) => id))
    for (const id of columnsOf(expression.body)) if (!own.has(id)) found.add(id)
    return found
  }
  for (const operand of operands(expression)) columnsOf(operand, found)
  return found
}

/** Columns that a plan reads but does not make: those of the query around it. */
export function freeColumns(plan: LogicalPlan): ReadonlySet<ColumnId> {
  const free = new Set<ColumnId>()
  for (const input of inputs(plan)) for (const id of freeColumns(input)) free.add(id)
  const visible = new Set(inputs(plan).flatMap((input) => outputColumns(input).map((column) => column.id)))
  if (plan.kind === 'scan' || plan.kind === 'shared')
    for (const column of outputColumns(plan)) visible.add(column.id)
  for (const expression of nodeExpressions(plan)) {
    for (const id of columnsOf(expression)) if (!visible.has(id)) free.add(id)
  }
  if (plan.kind === 'join') {
    // a dependent join: its right side reads columns of its left
    for (const column of outputColumns(plan.left)) free.delete(column.id)
  }
  return free
}

export function outputIds(plan: LogicalPlan): ReadonlySet<ColumnId> {
  return new Set(outputColumns(plan).map((column) => column.id))
}

/** Ids that the nodes of a plan give out, without those of subqueries. */
function ownColumns(plan: LogicalPlan, found: Map<ColumnId, Column>): void {
  for (const input of inputs(plan)) ownColumns(input, found)
  for (const column of outputColumns(plan)) found.set(column.id, column)
  if (plan.kind === 'join' && plan.mark) found.set(plan.mark.id, plan.mark)
}

/**
 * The same plan with new ids for every column that it makes, so that it can stand twice in one statement.
 * `columns` maps the old ids to the new columns.
 */
export function freshPlan(plan: LogicalPlan): {
  readonly plan: LogicalPlan
  readonly columns: ReadonlyMap<ColumnId, Column>
} {
  const own = new Map<ColumnId, Column>()
  ownColumns(plan, own)
  collectSubqueryColumns(plan, own)
  const fresh = new Map<ColumnId, Column>()
  for (const column of own.values())
    fresh.set(column.id, newColumn(column.name, column.type, column.nullable))
  const id = (old: ColumnId): ColumnId => fresh.get(old)?.id ?? old
  return { plan: renumber(plan, id), columns: fresh }
}

function collectSubqueryColumns(plan: LogicalPlan, found: Map<ColumnId, Column>): void {
  const visit = (expression: Expression): void => {
    if (expression.kind === 'subquery') {
      ownColumns(expression.plan, found)
      collectSubqueryColumns(expression.plan, found)
    }
    operands(expression).forEach(visit)
  }
  nodeExpressions(plan).forEach(visit)
  for (const input of inputs(plan)) collectSubqueryColumns(input, found)
}

function renumber(plan: LogicalPlan, id: (old: ColumnId) => ColumnId): LogicalPlan {
  const column = <C extends Column>(old: C): C => ({ ...old, id: id(old.id) })
  const output = <T extends { readonly output: Column }>(item: T): T => ({
    ...item,
    output: column(item.output),
  })
  const expression = (node: Expression): Expression => {
    if (node.kind === 'column') return { ...node, id: id(node.id) }
    const inside = mapOperands(node, expression)
    return inside.kind === 'subquery' ? { ...inside, plan: renumber(inside.plan, id) } : inside
  }
  const node = mapExpressions(
    mapInputs(plan, (input) => renumber(input, id)),
    expression,
  )
  switch (node.kind) {
    case 'scan':
      return {
        ...node,
        columns: node.columns.map(column),
        ...(node.rowNumber && { rowNumber: column(node.rowNumber) }),
      }
    case 'shared':
      return { ...node, columns: node.columns.map(column) }
    case 'recursion':
      return { ...node, columns: node.columns.map(column) }
    case 'working_table':
      return { ...node, columns: node.columns.map(column) }
    case 'values':
      return { ...node, columns: node.columns.map(column) }
    case 'union':
      return { ...node, columns: node.columns.map(column) }
    case 'project':
      return { ...node, items: node.items.map(output) }
    case 'unnest':
      return { ...node, items: node.items.map(output) }
    case 'aggregate':
      return { ...node, groups: node.groups.map(output), aggregates: node.aggregates.map(output) }
    case 'window':
      return { ...node, calls: node.calls.map(output) }
    case 'row_number':
      return output(node)
    case 'join':
      return { ...node, mark: node.mark && column(node.mark) }
    case 'filter':
    case 'sort':
    case 'limit':
      return node
    default:
      return unreachable(node)
  }
}
