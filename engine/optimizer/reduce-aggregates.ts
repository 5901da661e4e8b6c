import { columnReference } from '../plan/column-ids.ts'
import { isVolatile, someExpression, substitute } from '../plan/expression-tree.ts'
import { inputs } from '../plan/output.ts'
import { freshPlan, mapInputs, nodeExpressions } from '../plan/plan-tree.ts'
import type { Aggregate, Expression, Join, LogicalPlan } from '../plan/plan.ts'
import { CardinalityEstimator } from './cardinality.ts'

/** Reading the other side twice must be worth it. */
const LEAST_INPUT_ROWS = 50_000
const LEAST_GROUPS_PER_ROW = 4

interface Key {
  readonly own: Expression
  readonly other: Expression
  readonly nullSafe: boolean
}

/**
 * A join of groups with few rows of a table needs few of the groups: only rows whose keys are among those of the table
 * are grouped at all. The table is read once more for that, so it must be a plain one, narrowed by conditions.
 */
export function reduceAggregates(plan: LogicalPlan): LogicalPlan {
  const estimator = new CardinalityEstimator()
  const visit = (node: LogicalPlan): LogicalPlan => {
    const next = mapInputs(node, visit)
    return next.kind === 'join' ? reduceJoin(next, estimator) : next
  }
  return visit(plan)
}

function reduceJoin(join: Join, estimator: CardinalityEstimator): LogicalPlan {
  if (join.type !== 'inner' && join.type !== 'semi') return join
  const leftKeys = join.keys.map(({ left, right, nullSafe }) => ({ own: left, other: right, nullSafe }))
  const left = reduceSide(join.left, leftKeys, join.right, estimator)
  if (left !== null) return { ...join, left }
  if (join.type === 'semi') return join
  const rightKeys = join.keys.map(({ left, right, nullSafe }) => ({ own: right, other: left, nullSafe }))
  const right = reduceSide(join.right, rightKeys, join.left, estimator)
  return right === null ? join : { ...join, right }
}

/** The side with fewer rows grouped; null when it cannot be, or it would not help. */
function reduceSide(
  side: LogicalPlan,
  keys: readonly Key[],
  other: LogicalPlan,
  estimator: CardinalityEstimator,
): LogicalPlan | null {
  switch (side.kind) {
    case 'filter': {
      const input = reduceSide(side.input, keys, other, estimator)
      return input === null ? null : { ...side, input }
    }
    case 'project': {
      const values = new Map(side.items.map(({ output, expression }) => [output.id, expression]))
      const below = keys.map((key) => ({ ...key, own: substitute(key.own, values) }))
      const input = reduceSide(side.input, below, other, estimator)
      return input === null ? null : { ...side, input }
    }
    case 'aggregate':
      return reduceAggregate(side, keys, other, estimator)
    default:
      return null
  }
}

function reduceAggregate(
  aggregate: Aggregate,
  keys: readonly Key[],
  other: LogicalPlan,
  estimator: CardinalityEstimator,
): Aggregate | null {
  const grouped = keys.flatMap((key) => {
    const group = aggregate.groups.find(({ output }) => key.own.kind === 'column' && key.own.id === output.id)
    return group === undefined ? [] : [{ ...key, own: group.expression }]
  })
  if (grouped.length === 0 || !isPlain(other) || !isNarrowed(other)) return null
  if (estimator.rows(aggregate.input) < LEAST_INPUT_ROWS) return null
  if (estimator.rows(aggregate) < LEAST_GROUPS_PER_ROW * estimator.rows(other)) return null
  const { plan: right, columns } = freshPlan(other)
  const copies = new Map([...columns].map(([id, column]) => [id, columnReference(column)]))
  const input: Join = {
    kind: 'join',
    type: 'semi',
    left: aggregate.input,
    right,
    keys: grouped.map(({ own, other: key, nullSafe }) => ({
      left: own,
      right: substitute(key, copies),
      nullSafe,
    })),
    residual: null,
    mark: null,
    buildSide: 'right',
  }
  return { ...aggregate, input }
}

/** It gives the same rows each time, and reading it takes one pass. */
function isPlain(plan: LogicalPlan): boolean {
  if (plan.kind !== 'scan' && plan.kind !== 'filter' && plan.kind !== 'project') return false
  const isUnfit = (node: Expression): boolean => node.kind === 'subquery' || isVolatile(node)
  return (
    inputs(plan).every(isPlain) &&
    !nodeExpressions(plan).some((expression) => someExpression(expression, isUnfit))
  )
}

function isNarrowed(plan: LogicalPlan): boolean {
  if (plan.kind === 'filter' || (plan.kind === 'scan' && plan.filters.length > 0)) return true
  return inputs(plan).some(isNarrowed)
}
