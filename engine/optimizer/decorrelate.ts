import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjuncts, conjunction, hasSubquery, rewriteUp, substitute } from '../plan/expression-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import { freeColumns, mapExpressions, mapInputs, nodeExpressions, outputIds } from '../plan/plan-tree.ts'
import type { Aggregate, ColumnId, Expression, Join, LogicalPlan, SubqueryExpression } from '../plan/plan.ts'
import { keepColumns, passThrough } from '../plan/project-columns.ts'
import {
  correlationsOf,
  groupByCorrelations,
  keyCondition,
  pullUpPredicates,
  readByCall,
} from './pull-up-predicates.ts'
import { DomainPusher, crossJoin, domainKeys, orZero } from './push-domain.ts'

/**
 * Turns every subquery into a join: EXISTS and IN in WHERE into semi and anti joins, elsewhere into mark joins; scalar
 * subqueries into left joins with an aggregation or into single joins. Nothing runs once for each row.
 */
export function decorrelate(plan: LogicalPlan): LogicalPlan {
  const node = mapInputs(plan, decorrelate)
  if (node.kind === 'join') return decorrelateJoin(node)
  if (!nodeExpressions(node).some(hasSubquery)) return node
  if (node.kind === 'filter') return decorrelateFilter(node)
  if (!('input' in node)) throw unsupported(`A subquery in ${node.kind}`)
  let { input } = node
  const planted = mapExpressions(node, (expression) =>
    plantAll(expression, input, (next) => {
      input = next
    }),
  )
  const result: LogicalPlan = { ...planted, input }
  return node.kind === 'project' || node.kind === 'aggregate'
    ? result
    : keepColumns(result, outputColumns(node))
}

function plantAll(
  expression: Expression,
  input: LogicalPlan,
  setInput: (input: LogicalPlan) => void,
): Expression {
  let current = input
  return rewriteUp(expression, (each) => {
    if (each.kind !== 'subquery') return each
    const planted = plant(current, each)
    current = planted.input
    setInput(current)
    return planted.value
  })
}

function decorrelateFilter(node: LogicalPlan & { kind: 'filter' }): LogicalPlan {
  const all = conjuncts(node.predicate)
  const plain = all.filter((each) => !hasSubquery(each))
  let plan = plain.length > 0 ? { ...node, predicate: conjunction(plain) } : node.input
  const columns = outputColumns(node)
  const rest: Expression[] = []
  for (const each of all.filter(hasSubquery)) {
    const joined = semiOrAnti(plan, each)
    if (joined) plan = joined
    else rest.push(each)
  }
  if (rest.length === 0) return plan
  const predicates = rest.map((each) =>
    plantAll(each, plan, (next) => {
      plan = next
    }),
  )
  return keepColumns({ kind: 'filter', input: plan, predicate: conjunction(predicates) }, columns)
}

/** A condition that is an EXISTS or an IN itself, or the NOT of one. */
function semiOrAnti(input: LogicalPlan, condition: Expression): LogicalPlan | null {
  const isNegated = condition.kind === 'call' && condition.fn === 'not'
  const subquery = isNegated ? condition.args[0]! : condition
  if (subquery.kind !== 'subquery' || subquery.form === 'scalar') return null
  if (subquery.operand && hasSubquery(subquery.operand)) return null
  // NOT IN is not an anti join where a NULL could make it neither true nor false
  if (isNegated && subquery.form === 'in' && subquery.nullable) return null
  const tied = tie(input, subquery)
  if (!tied) return null
  return makeJoin(isNegated ? 'anti' : 'semi', input, tied.plan, conditionsOf(tied))
}

interface Tested {
  /** The value before IN. */
  readonly operand: Expression
  /** The subquery's column. */
  readonly value: Expression
}

interface Tied {
  readonly plan: LogicalPlan
  /** What IN compares; null for EXISTS. */
  readonly tested: Tested | null
  readonly predicates: readonly Expression[]
}

function testedBy(subquery: SubqueryExpression, plan: LogicalPlan): Tested | null {
  return subquery.operand && { operand: subquery.operand, value: columnReference(outputColumns(plan)[0]!) }
}

/** Everything that a matching row meets, the comparison of IN first. */
function conditionsOf({ tested, predicates }: Tied): readonly Expression[] {
  if (!tested) return predicates
  const { operand, value } = tested
  const nullable = operand.nullable || value.nullable
  return [{ kind: 'call', fn: '=', args: [operand, value], type: types.bool, nullable }, ...predicates]
}

function correlated(input: LogicalPlan, plan: LogicalPlan): ReadonlySet<ColumnId> {
  const own = outputIds(input)
  return new Set([...freeColumns(plan)].filter((id) => own.has(id)))
}

/** The subquery's plan free of the outer query, with the conditions under which its rows belong to an outer row. */
function tie(input: LogicalPlan, subquery: SubqueryExpression): Tied | null {
  const plan = decorrelate(subquery.plan)
  const outer = correlated(input, plan)
  const tested = testedBy(subquery, plan)
  if (outer.size === 0 && subquery.form === 'exists') return null
  const pulled = pullUpPredicates(plan, outer, subquery.form === 'exists')
  if (pulled) return { plan: pulled.plan, tested, predicates: pulled.predicates }
  const pushed = new DomainPusher(input, outer).push(plan)
  const own = new Map(outputColumns(input).map((column) => [column.id, column]))
  const keys = domainKeys(new Map([...pushed.domain.keys()].map((id) => [id, own.get(id)!])), pushed.domain)
  return { plan: pushed.plan, tested, predicates: keys.map(keyCondition) }
}

/** Joins a subquery to the input and gives the expression that stands for its value. */
function plant(
  input: LogicalPlan,
  subquery: SubqueryExpression,
): { readonly input: LogicalPlan; readonly value: Expression } {
  switch (subquery.form) {
    case 'exists': {
      const tied = tie(input, subquery)
      if (!tied) return plantRowCount(input, subquery)
      return plantMark(input, tied, false)
    }
    case 'in': {
      const tied = tie(input, subquery)
      return tied ? plantMark(input, tied, subquery.nullable) : plantRowCount(input, subquery)
    }
    case 'scalar':
      return plantScalar(input, decorrelate(subquery.plan))
  }
}

function plantMark(
  input: LogicalPlan,
  tied: Tied,
  nullable: boolean,
): { readonly input: LogicalPlan; readonly value: Expression } {
  const mark = newColumn('mark', types.bool, nullable)
  const join = makeJoin('mark', input, tied.plan, conditionsOf(tied))
  if (nullable && tied.tested && join.keys[0]?.left !== tied.tested.operand) {
    // a tested value that reads no column of the input gets one, so that it can be the first key
    const { operand } = tied.tested
    const column = newColumn('tested', operand.type, operand.nullable)
    const items = [...outputColumns(input).map(passThrough), { output: column, expression: operand }]
    const tested = { ...tied.tested, operand: columnReference(column) }
    return plantMark({ kind: 'project', input, items }, { ...tied, tested }, true)
  }
  return { input: { ...join, mark }, value: columnReference(mark) }
}

/** EXISTS of a subquery that reads nothing outside: one row that says whether there is any. */
function plantRowCount(
  input: LogicalPlan,
  subquery: SubqueryExpression,
): { readonly input: LogicalPlan; readonly value: Expression } {
  const first: LogicalPlan = { kind: 'limit', input: decorrelate(subquery.plan), limit: 1, offset: 0 }
  const count = newColumn('count', types.int64, false)
  const aggregate: Aggregate = {
    kind: 'aggregate',
    input: first,
    groups: [],
    aggregates: [{ fn: 'count_star', args: [], distinct: false, filter: null, orderBy: [], output: count }],
  }
  const zero: Expression = { kind: 'literal', value: 0n, type: types.int64, nullable: false }
  const value: Expression = {
    kind: 'call',
    fn: '>',
    args: [columnReference(count), zero],
    type: types.bool,
    nullable: false,
  }
  return { input: crossJoin(input, aggregate), value }
}

/** Whether a plan gives exactly one row. */
function isOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return plan.groups.length === 0
    case 'values':
      return plan.rows.length === 1
    case 'project':
    case 'window':
      return isOneRow(plan.input)
    case 'sort':
      return plan.limit !== 0 && isOneRow(plan.input)
    default:
      return false
  }
}

function plantScalar(
  input: LogicalPlan,
  plan: LogicalPlan,
): { readonly input: LogicalPlan; readonly value: Expression } {
  const outer = correlated(input, plan)
  const result = outputColumns(plan)[0]!
  if (outer.size === 0) {
    const join: Join = { ...crossJoin(input, plan), type: isOneRow(plan) ? 'inner' : 'single' }
    return {
      input: join,
      value: columnReference({ ...result, nullable: result.nullable || join.type === 'single' }),
    }
  }
  const aggregated = plantAggregate(input, plan, outer)
  if (aggregated) return aggregated
  const value = columnReference({ ...result, nullable: true })
  const pulled = pullUpPredicates(plan, outer, false)
  if (pulled) return { input: makeJoin('single', input, pulled.plan, pulled.predicates), value }
  const pushed = new DomainPusher(input, outer).push(plan)
  const own = new Map(outputColumns(input).map((column) => [column.id, column]))
  const keys = domainKeys(new Map([...pushed.domain.keys()].map((id) => [id, own.get(id)!])), pushed.domain)
  return { input: { ...crossJoin(input, pushed.plan), type: 'single', keys }, value }
}

/**
 * The usual case: an aggregate over rows that equal the outer row in some columns becomes a grouping by these columns.
 * What is computed from the aggregates is computed after the join, where a missing group counts 0.
 */
function plantAggregate(
  input: LogicalPlan,
  plan: LogicalPlan,
  outer: ReadonlySet<ColumnId>,
): { readonly input: LogicalPlan; readonly value: Expression } | null {
  let value: Expression = columnReference(outputColumns(plan)[0]!)
  let node = plan
  while (node.kind === 'project') {
    value = substitute(value, new Map(node.items.map((item) => [item.output.id, item.expression])))
    node = node.input
  }
  if (node.kind !== 'aggregate' || node.groups.length > 0) return null
  if (node.aggregates.some((call) => readByCall(call).some((each) => readsOuter(each, outer)))) return null
  const pulled = pullUpPredicates(node.input, outer, false)
  const correlations = pulled && correlationsOf(pulled, outer)
  if (!correlations) return null
  const grouped = groupByCorrelations({ ...node, input: pulled.plan }, correlations)
  const missing = new Map(node.aggregates.map((call) => [call.output.id, orZero(call.output)]))
  return {
    input: makeJoin('left', input, grouped.plan, grouped.predicates),
    value: substitute(value, missing),
  }
}

function readsOuter(expression: Expression, outer: ReadonlySet<ColumnId>): boolean {
  let found = false
  rewriteUp(expression, (node) => {
    if (node.kind === 'column' && outer.has(node.id)) found = true
    return node
  })
  return found
}

/** A join whose right side reads its left one (LATERAL), or whose condition has subqueries. */
function decorrelateJoin(node: Join): LogicalPlan {
  if (nodeExpressions(node).some(hasSubquery)) {
    throw unsupported(
      'A subquery in the condition of an outer join',
      undefined,
      'Compute it in a subquery of FROM first.',
    )
  }
  const outer = correlated(node.left, node.right)
  if (outer.size === 0) return node
  const conditions = [...node.keys.map(keyCondition), ...conjuncts(node.residual)]
  const pulled =
    node.type === 'inner' || node.type === 'left' ? pullUpPredicates(node.right, outer, false) : null
  const columns = outputColumns(node)
  if (pulled)
    return keepColumns(
      makeJoin(node.type, node.left, pulled.plan, [...conditions, ...pulled.predicates]),
      columns,
    )
  if (node.type !== 'inner' && node.type !== 'left') throw unsupported(`A lateral ${node.type} join`)
  const pushed = new DomainPusher(node.left, outer).push(node.right)
  const own = new Map(outputColumns(node.left).map((column) => [column.id, column]))
  const keys = domainKeys(new Map([...pushed.domain.keys()].map((id) => [id, own.get(id)!])), pushed.domain)
  return keepColumns(
    makeJoin(node.type, node.left, pushed.plan, [...conditions, ...keys.map(keyCondition)]),
    columns,
  )
}
