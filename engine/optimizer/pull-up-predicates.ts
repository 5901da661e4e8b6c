import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjuncts, conjunction } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { columnsOf, freeColumns, outputIds } from '../plan/plan-tree.ts'
import type {
  Aggregate,
  AggregateCall,
  Column,
  ColumnId,
  Expression,
  Join,
  LogicalPlan,
  Project,
} from '../plan/plan.ts'
import { filterBy, passThrough } from '../plan/project-columns.ts'

/** A subquery's plan that no longer reads the outer query, and the conditions that tie its rows to the outer row. */
export interface PulledUp {
  readonly plan: LogicalPlan
  readonly predicates: readonly Expression[]
}

/** An equality between an expression of the subquery and one of the outer query. */
export interface Correlation {
  readonly inner: Expression
  readonly outer: Expression
  readonly nullSafe: boolean
}

function readsAny(expression: Expression, outer: ReadonlySet<ColumnId>): boolean {
  return [...columnsOf(expression)].some((id) => outer.has(id))
}

/**
 * Moves the conditions on outer columns to the top of a subquery, where they become a join's condition. Null where
 * that would change the answer (below LIMIT, window functions, outer joins, …): then `pushDomain` is the way.
 * `anyRow`: only whether there is a row matters, so that LIMIT and what is selected do not.
 */
export function pullUpPredicates(
  plan: LogicalPlan,
  outer: ReadonlySet<ColumnId>,
  anyRow: boolean,
): PulledUp | null {
  if (![...freeColumns(plan)].some((id) => outer.has(id))) return { plan, predicates: [] }
  switch (plan.kind) {
    case 'filter': {
      const below = pullUpPredicates(plan.input, outer, anyRow)
      if (!below) return null
      const all = conjuncts(plan.predicate)
      const own = all.filter((each) => !readsAny(each, outer))
      const input = filterBy(below.plan, own.length > 0 ? conjunction(own) : null)
      return {
        plan: input,
        predicates: [...below.predicates, ...all.filter((each) => readsAny(each, outer))],
      }
    }
    case 'project': {
      const below = pullUpPredicates(plan.input, outer, anyRow)
      if (!below) return null
      const items = plan.items.filter((item) => !readsAny(item.expression, outer))
      if (items.length < plan.items.length && !anyRow) return null
      return {
        plan: withColumns({ ...plan, input: below.plan, items }, below.predicates),
        predicates: below.predicates,
      }
    }
    case 'aggregate':
      return pullUpThroughAggregate(plan, outer, anyRow)
    case 'sort':
      return plan.limit === null ? pullUpPredicates(plan.input, outer, anyRow) : null
    case 'limit':
      return anyRow && plan.offset === 0 && plan.limit !== 0
        ? pullUpPredicates(plan.input, outer, true)
        : null
    case 'join':
      return pullUpThroughJoin(plan, outer)
    default:
      return null
  }
}

/** Passes through whatever the predicates read. */
function withColumns(plan: Project, predicates: readonly Expression[]): LogicalPlan {
  const has = new Set(plan.items.map((item) => item.output.id))
  const wanted = new Set(predicates.flatMap((each) => [...columnsOf(each)]))
  const added = outputColumns(plan.input).filter((column) => wanted.has(column.id) && !has.has(column.id))
  return added.length > 0 ? { ...plan, items: [...plan.items, ...added.map(passThrough)] } : plan
}

/** Everything that an aggregate call computes for each row. */
export function readByCall(call: AggregateCall): readonly Expression[] {
  return [...call.args, ...(call.filter ? [call.filter] : []), ...call.orderBy.map((key) => key.expression)]
}

function pullUpThroughAggregate(
  plan: Aggregate,
  outer: ReadonlySet<ColumnId>,
  anyRow: boolean,
): PulledUp | null {
  const own = [...plan.groups.map((group) => group.expression), ...plan.aggregates.flatMap(readByCall)]
  if (own.some((each) => readsAny(each, outer))) return null
  if (plan.groups.length === 0) return null
  const below = pullUpPredicates(plan.input, outer, false)
  if (!below) return null
  if (plan.aggregates.length === 0 && anyRow) return { plan: below.plan, predicates: below.predicates }
  const correlations = correlationsOf(below, outer)
  if (!correlations) return null
  return groupByCorrelations({ ...plan, input: below.plan }, correlations)
}

/** The predicates as equalities; null when one of them is something else. */
export function correlationsOf(
  { plan, predicates }: PulledUp,
  outer: ReadonlySet<ColumnId>,
): readonly Correlation[] | null {
  const own = outputIds(plan)
  const result: Correlation[] = []
  for (const each of predicates) {
    if (each.kind !== 'call' || (each.fn !== '=' && each.fn !== 'is_not_distinct_from')) return null
    const nullSafe = each.fn === 'is_not_distinct_from'
    const [a, b] = each.args as [Expression, Expression]
    const isInner = (side: Expression) => [...columnsOf(side)].every((id) => own.has(id) && !outer.has(id))
    const isOuter = (side: Expression) => [...columnsOf(side)].every((id) => !own.has(id))
    if (isInner(a) && isOuter(b)) result.push({ inner: a, outer: b, nullSafe })
    else if (isInner(b) && isOuter(a)) result.push({ inner: b, outer: a, nullSafe })
    else return null
  }
  return result
}

/** Adds the subquery's sides of the equalities to the groups. */
export function groupByCorrelations(plan: Aggregate, correlations: readonly Correlation[]): PulledUp {
  const groups = [...plan.groups]
  const predicates = correlations.map(({ inner, outer, nullSafe }): Expression => {
    const byId = new Map(outputColumns(plan.input).map((column) => [column.id, column]))
    let column: Column | undefined = inner.kind === 'column' ? byId.get(inner.id) : undefined
    column ??= newColumn('correlation', inner.type, inner.nullable)
    if (!groups.some((group) => group.output.id === column.id))
      groups.push({ output: column, expression: inner })
    const nullable = !nullSafe && (inner.nullable || outer.nullable)
    const fn = nullSafe ? 'is_not_distinct_from' : '='
    return { kind: 'call', fn, args: [outer, columnReference(column)], type: { kind: 'bool' }, nullable }
  })
  return { plan: { ...plan, groups }, predicates }
}

function pullUpThroughJoin(plan: Join, outer: ReadonlySet<ColumnId>): PulledUp | null {
  const conditions = [...plan.keys.map(keyCondition), ...conjuncts(plan.residual)]
  const tied = conditions.filter((each) => readsAny(each, outer))
  const left = pullUpPredicates(plan.left, outer, false)
  if (!left) return null
  if (plan.type === 'inner') {
    const right = pullUpPredicates(plan.right, outer, false)
    if (!right) return null
    const keys = plan.keys.filter((key) => !readsAny(key.left, outer) && !readsAny(key.right, outer))
    const rest = conjuncts(plan.residual).filter((each) => !readsAny(each, outer))
    const residual = rest.length > 0 ? conjunction(rest) : null
    const join: Join = { ...plan, left: left.plan, right: right.plan, keys, residual }
    return { plan: join, predicates: [...left.predicates, ...right.predicates, ...tied] }
  }
  const leftOnly =
    plan.type === 'left' ||
    plan.type === 'semi' ||
    plan.type === 'anti' ||
    plan.type === 'mark' ||
    plan.type === 'single'
  const rightIsFree = ![...freeColumns(plan.right)].some((id) => outer.has(id))
  if (!leftOnly || !rightIsFree || tied.length > 0) return null
  return { plan: { ...plan, left: left.plan }, predicates: left.predicates }
}

/** A join key as a condition. */
export function keyCondition(key: Join['keys'][number]): Expression {
  return {
    kind: 'call',
    fn: key.nullSafe ? 'is_not_distinct_from' : '=',
    args: [key.left, key.right],
    type: { kind: 'bool' },
    nullable: !key.nullSafe && (key.left.nullable || key.right.nullable),
  }
}
