import { unreachable } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import {
  conjuncts,
  conjunction,
  disjunction,
  isTrue,
  isVolatile,
  sameExpression,
  someExpression,
  substitute,
  terms,
  treeSize,
} from '../plan/expression-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import { columnsOf, mapInputs, outputIds } from '../plan/plan-tree.ts'
import { outputColumns } from '../plan/output.ts'
import type { ColumnId, Expression, Join, LogicalPlan } from '../plan/plan.ts'
import { filterBy } from '../plan/project-columns.ts'
import { keyCondition } from './pull-up-predicates.ts'

/**
 * Moves conditions as near to the scans as they go: through projections, groups, unions and windows, to the sides of
 * joins, and from WHERE into joins, which turns a cross join with equalities into an inner join.
 */
export function pushFilters(plan: LogicalPlan): LogicalPlan {
  return push(plan, [])
}

/** Nodes of a condition that is not made larger: it is tested above the columns that it would repeat. */
const LARGE_PREDICATE = 1000

type Predicates = readonly Expression[]

type WithInput = Extract<LogicalPlan, { readonly kind: 'window' | 'unnest' | 'row_number' | 'sort' }>

function push(plan: LogicalPlan, predicates: Predicates): LogicalPlan {
  switch (plan.kind) {
    case 'filter':
      return push(plan.input, [...predicates, ...conjuncts(plan.predicate).flatMap(splitOr)])
    case 'project': {
      const values = new Map(plan.items.map((item) => [item.output.id, item.expression]))
      const below = new Map<Expression, Expression>()
      for (const each of predicates) {
        if ([...columnsOf(each)].some((id) => isVolatile(values.get(id) ?? each))) continue
        const written = substitute(each, values)
        if (treeSize(written) <= Math.max(LARGE_PREDICATE, treeSize(each))) below.set(each, written)
      }
      return keep(
        { ...plan, input: push(plan.input, [...below.values()]) },
        predicates.filter((each) => !below.has(each)),
      )
    }
    case 'aggregate': {
      const values = new Map(plan.groups.map((group) => [group.output.id, group.expression]))
      const isOfGroups = (each: Expression) =>
        plan.groups.length > 0 &&
        [...columnsOf(each)].every((id) => values.has(id)) &&
        columnsOf(each).size > 0
      const below = predicates.filter(isOfGroups).map((each) => substitute(each, values))
      return keep(
        { ...plan, input: push(plan.input, below) },
        predicates.filter((each) => !isOfGroups(each)),
      )
    }
    case 'window': {
      const partition = new Set(plan.partitionBy.flatMap((each) => (each.kind === 'column' ? [each.id] : [])))
      return pushWhere(
        plan,
        predicates,
        (each) => columnsOf(each).size > 0 && [...columnsOf(each)].every((id) => partition.has(id)),
      )
    }
    case 'unnest': {
      const input = outputIds(plan.input)
      return pushWhere(plan, predicates, (each) => reads(each, input))
    }
    case 'row_number':
      return pushWhere(plan, predicates, (each) => !columnsOf(each).has(plan.output.id))
    case 'sort':
      return pushWhere(plan, predicates, () => plan.limit === null)
    case 'union': {
      const inputs = plan.inputs.map((input) => {
        const columns = outputColumns(input)
        const values = new Map(
          plan.columns.map((column, index) => [column.id, columnReference(columns[index]!)]),
        )
        return push(
          input,
          predicates.map((each) => substitute(each, values)),
        )
      })
      return { ...plan, inputs }
    }
    case 'join':
      return pushJoin(plan, predicates)
    case 'scan': {
      const own = predicates.filter((each) => !isVolatile(each))
      const scan = own.length > 0 ? { ...plan, filters: [...plan.filters, ...own] } : plan
      return keep(scan, predicates.filter(isVolatile))
    }
    case 'values':
    case 'limit':
    case 'shared':
    case 'recursion':
    case 'working_table':
      return keep(
        mapInputs(plan, (input) => push(input, [])),
        predicates,
      )
    default:
      return unreachable(plan)
  }
}

function keep(plan: LogicalPlan, predicates: Predicates): LogicalPlan {
  const distinct = predicates.filter(
    (each, index) => !isTrue(each) && predicates.findIndex((other) => sameExpression(each, other)) === index,
  )
  return filterBy(plan, distinct.length > 0 ? conjunction(distinct) : null)
}

/** Pushes what passes the test into a node's only input and keeps the rest above it. */
function pushWhere(
  plan: WithInput,
  predicates: Predicates,
  passes: (predicate: Expression) => boolean,
): LogicalPlan {
  const down = predicates.filter((each) => passes(each) && !isVolatile(each))
  return keep(
    mapInputs(plan, (input) => push(input, down)),
    predicates.filter((each) => !down.includes(each)),
  )
}

function reads(expression: Expression, ids: ReadonlySet<ColumnId>): boolean {
  return [...columnsOf(expression)].every((id) => ids.has(id))
}

/** `(a AND b) OR (a AND c)` → `a`, `b OR c`. */
function splitOr(predicate: Expression): Predicates {
  const branches = terms(predicate, 'or').map((branch) => terms(branch, 'and'))
  if (branches.length < 2) return [predicate]
  const shared = branches[0]!.filter((term) =>
    branches.every((branch) => branch.some((other) => sameExpression(term, other))),
  )
  if (shared.length === 0) return [predicate]
  const rest = branches.map((branch) =>
    branch.filter((term) => !shared.some((other) => sameExpression(term, other))),
  )
  return rest.some((branch) => branch.length === 0) ? shared : [...shared, disjunction(rest.map(conjunction))]
}

/** What an OR over both sides says about one side: `(l = 1 AND r = 2) OR (l = 3 AND r = 4)` → `l = 1 OR l = 3`. */
function impliedFor(predicate: Expression, ids: ReadonlySet<ColumnId>): Expression | null {
  const branches = terms(predicate, 'or').map((branch) =>
    terms(branch, 'and').filter((term) => reads(term, ids) && columnsOf(term).size > 0),
  )
  if (branches.length < 2 || branches.some((branch) => branch.length === 0)) return null
  return disjunction(branches.map(conjunction))
}

function pushJoin(plan: Join, predicates: Predicates): LogicalPlan {
  const join = withoutUselessNulls(plan, predicates)
  const left = outputIds(join.left)
  const right = outputIds(join.right)
  switch (join.type) {
    case 'inner':
      return pushInner(join, predicates, left, right)
    case 'left':
    case 'single':
    case 'semi':
    case 'anti':
    case 'mark': {
      const down = predicates.filter((each) => reads(each, left) && !isVolatile(each))
      const on = conjuncts(join.residual).flatMap(splitOr)
      // a condition on the right side alone narrows what can match, whatever happens to rows without a match
      const rightOnly = on.filter((each) => reads(each, right) && columnsOf(each).size > 0)
      const leftOnly =
        join.type === 'semi' ? on.filter((each) => reads(each, left) && columnsOf(each).size > 0) : []
      const rest = on.filter((each) => !rightOnly.includes(each) && !leftOnly.includes(each))
      const next: Join = {
        ...join,
        left: push(join.left, [...down, ...leftOnly]),
        right: push(join.right, rightOnly),
        residual: rest.length > 0 ? conjunction(rest) : null,
      }
      return keep(
        sinkSemi(next),
        predicates.filter((each) => !down.includes(each)),
      )
    }
    case 'right': {
      const down = predicates.filter((each) => reads(each, right) && !isVolatile(each))
      const on = conjuncts(join.residual)
      const leftOnly = on.filter((each) => reads(each, left) && columnsOf(each).size > 0)
      const rest = on.filter((each) => !leftOnly.includes(each))
      const next: Join = {
        ...join,
        left: push(join.left, leftOnly),
        right: push(join.right, down),
        residual: rest.length > 0 ? conjunction(rest) : null,
      }
      return keep(
        next,
        predicates.filter((each) => !down.includes(each)),
      )
    }
    case 'full':
      return keep({ ...join, left: push(join.left, []), right: push(join.right, []) }, predicates)
    default:
      return unreachable(join.type)
  }
}

function pushInner(
  join: Join,
  predicates: Predicates,
  left: ReadonlySet<ColumnId>,
  right: ReadonlySet<ColumnId>,
): LogicalPlan {
  const stay = predicates.filter(isVolatile)
  const all = [
    ...predicates.filter((each) => !isVolatile(each)),
    ...join.keys.map(keyCondition),
    ...conjuncts(join.residual),
  ].flatMap(splitOr)
  const toLeft: Expression[] = []
  const toRight: Expression[] = []
  const both: Expression[] = []
  for (const each of all) {
    if (columnsOf(each).size === 0) toLeft.push(each)
    else if (reads(each, left)) toLeft.push(each)
    else if (reads(each, right)) toRight.push(each)
    else {
      both.push(each)
      const forLeft = impliedFor(each, left)
      const forRight = impliedFor(each, right)
      if (forLeft) toLeft.push(forLeft)
      if (forRight) toRight.push(forRight)
    }
  }
  const distinct = both.filter(
    (each, index) => both.findIndex((other) => sameExpression(each, other)) === index,
  )
  return keep(makeJoin('inner', push(join.left, toLeft), push(join.right, toRight), distinct), stay)
}

const strictComparisons: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'like',
  'ilike',
  'is_not_null',
  'between',
])
const strictFunctions: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  'negate',
  'upper',
  'lower',
  'substring',
  'abs',
  'length',
])

/** Whether a condition cannot be true where this column is NULL. */
function rejectsNull(predicate: Expression, ids: ReadonlySet<ColumnId>): boolean {
  if (predicate.kind !== 'call') return false
  if (predicate.fn === 'in') return dependsStrictly(predicate.args[0]!, ids)
  return strictComparisons.has(predicate.fn) && predicate.args.some((arg) => dependsStrictly(arg, ids))
}

function dependsStrictly(expression: Expression, ids: ReadonlySet<ColumnId>): boolean {
  if (expression.kind === 'column') return ids.has(expression.id)
  if (expression.kind === 'cast') return !expression.try && dependsStrictly(expression.arg, ids)
  return (
    expression.kind === 'call' &&
    strictFunctions.has(expression.fn) &&
    expression.args.some((arg) => dependsStrictly(arg, ids))
  )
}

/** An outer join whose added NULLs a later condition throws away is a plainer join. */
function withoutUselessNulls(join: Join, predicates: Predicates): Join {
  const rejects = (side: LogicalPlan) => {
    const ids = outputIds(side)
    return predicates.some(
      (each) => rejectsNull(each, ids) && !someExpression(each, (node) => node.kind === 'subquery'),
    )
  }
  switch (join.type) {
    case 'left':
      return rejects(join.right) ? { ...join, type: 'inner' } : join
    case 'right':
      return rejects(join.left) ? { ...join, type: 'inner' } : join
    case 'full': {
      const left = rejects(join.left)
      const right = rejects(join.right)
      if (left && right) return { ...join, type: 'inner' }
      return left ? { ...join, type: 'left' } : right ? { ...join, type: 'right' } : join
    }
    default:
      return join
  }
}

/** A semi or anti join filters its left side, so it goes to the table that it reads there. */
function sinkSemi(join: Join): LogicalPlan {
  if ((join.type !== 'semi' && join.type !== 'anti') || join.residual || join.keys.length === 0) return join
  const { left } = join
  const tested = join.keys.map((key) => key.left)
  if (left.kind === 'filter') return { ...left, input: sinkSemi({ ...join, left: left.input }) }
  if (left.kind !== 'join') return join
  if (left.type === 'semi' || left.type === 'anti') {
    const inner = sinkSemi({ ...join, left: left.left })
    return inner.kind === 'join' && inner.type === join.type && inner.left === left.left
      ? join
      : { ...left, left: inner }
  }
  if (left.type !== 'inner') return join
  const onLeft = outputIds(left.left)
  const onRight = outputIds(left.right)
  if (tested.every((each) => reads(each, onLeft)))
    return { ...left, left: sinkSemi({ ...join, left: left.left }) }
  if (tested.every((each) => reads(each, onRight)))
    return { ...left, right: sinkSemi({ ...join, left: left.right }) }
  return join
}
