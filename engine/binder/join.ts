import { types } from '../arrow/types.ts'
import { LakebookError, unreachable, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjunction, conjuncts, hasSubquery } from '../plan/expression-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import { columnsOf, outputIds } from '../plan/plan-tree.ts'
import type { Expression, JoinType, LogicalPlan } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'
import type { Identifier, TableExpression } from '../sql/ast.ts'
import { asofJoin } from './asof-join.ts'
import { castTo, inOneType, toCondition } from './coerce.ts'
import { compared } from './collation.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import type { BoundFrom } from './from.ts'
import { numberRows } from './row-numbers.ts'
import { scalarCall } from './scalar-call.ts'
import { findLocally, refreshScope, sameName, tableScope, unknownColumn, type Scope } from './scope.ts'
import { bindRowFunction, bindUnnest } from './unnest-from.ts'

type JoinExpression = TableExpression & { kind: 'join' }

type BindFrom = (environment: Environment, from: TableExpression, outer: Scope | null) => BoundFrom

/** Joins two parts of a FROM. The right one may read the columns of the left one, whether it says LATERAL or not. */
export function bindJoin(
  environment: Environment,
  from: JoinExpression,
  outer: Scope | null,
  bindFrom: BindFrom,
): BoundFrom {
  const left = bindFrom(environment, from.left, outer)
  if (
    from.right.kind === 'unnest' &&
    (from.type === 'cross' || (from.type === 'inner' && isTrueCondition(from)))
  ) {
    return bindUnnest(environment, left, from.right, outer)
  }
  if (from.right.kind === 'table_function' && from.type === 'cross') {
    const rows = bindRowFunction(environment, left, from.right, outer)
    if (rows) return rows
  }
  const right = bindFrom(environment, from.right, { columns: left.columns, parent: outer })
  refuseSameAlias(left, right, from)
  const { condition } = from
  if (from.type === 'positional') return positionalJoin(left, right)
  switch (condition.kind) {
    case 'none':
      return joined(left, right, from.type, [], spanOf(from))
    case 'on': {
      const scope: Scope = { columns: [...left.columns, ...right.columns], parent: outer }
      const bound = bindExpression(plainContext(environment, scope, 'ON'), condition.expression)
      const predicate = toCondition(bound, 'ON')
      return joined(left, right, from.type, conjuncts(predicate), spanOf(from))
    }
    case 'using':
      return joinedUsing(left, right, from.type, condition.columns)
    case 'natural': {
      const shared = left.columns.filter(
        (column) =>
          !column.hidden && right.columns.some((other) => !other.hidden && sameName(other.name, column.name)),
      )
      return joinedUsing(
        left,
        right,
        from.type,
        shared.map((column) => ({ name: column.name, span: undefined })),
      )
    }
    default:
      return unreachable(condition)
  }
}

function isTrueCondition(from: JoinExpression): boolean {
  return (
    from.condition.kind === 'on' &&
    from.condition.expression.kind === 'boolean' &&
    from.condition.expression.value
  )
}

function refuseSameAlias(left: BoundFrom, right: BoundFrom, from: JoinExpression): void {
  const tables = new Set(
    left.columns.flatMap((column) => (column.table === null ? [] : [column.table.toLowerCase()])),
  )
  const twice = right.columns.find(
    (column) => column.table !== null && tables.has(column.table.toLowerCase()),
  )
  if (!twice) return
  const alias = 'alias' in from.right ? from.right.alias?.name : null
  const span = alias?.span ?? ('span' in from.right ? from.right.span : undefined)
  throw new LakebookError('ambiguous', `Two tables of this FROM are called "${twice.table}"`, {
    span,
    hint: 'Give one of them an alias.',
  })
}

function spanOf({ right }: JoinExpression): SourceSpan | undefined {
  return 'span' in right ? right.span : undefined
}

function planType(type: Exclude<JoinExpression['type'], 'positional'>): JoinType {
  switch (type) {
    case 'cross':
    case 'asof':
      return 'inner'
    case 'asof_left':
      return 'left'
    default:
      return type
  }
}

function joined(
  left: BoundFrom,
  right: BoundFrom,
  sqlType: JoinExpression['type'],
  condition: readonly Expression[],
  span: SourceSpan | undefined,
): BoundFrom {
  if (sqlType === 'positional') return positionalJoin(left, right)
  if (sqlType === 'asof' || sqlType === 'asof_left')
    return asofJoin(left, right, condition, sqlType === 'asof_left', span)
  const type = planType(sqlType)
  // subqueries in an inner join's condition are easier to turn into joins as a filter above it
  if (type !== 'inner' && condition.some(hasSubquery))
    return joinOnSubquery(left, right, type, condition, span)
  const above = condition.filter(hasSubquery)
  const join = makeJoin(
    type,
    left.plan,
    right.plan,
    condition.filter((each) => !above.includes(each)),
  )
  const plan: LogicalPlan =
    above.length > 0 ? { kind: 'filter', input: join, predicate: conjunction(above) } : join
  return { plan, columns: joinedScope(left, right, type, plan) }
}

function joinedScope(
  left: BoundFrom,
  right: BoundFrom,
  type: JoinType,
  plan: LogicalPlan,
): BoundFrom['columns'] {
  const columns = type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns]
  return refreshScope(columns, outputColumns(plan))
}

/** A condition with subqueries is computed as a column of the side that it reads. */
function joinOnSubquery(
  left: BoundFrom,
  right: BoundFrom,
  type: JoinType,
  condition: readonly Expression[],
  span: SourceSpan | undefined,
): BoundFrom {
  const sides = { left: left.plan, right: right.plan }
  const conditions = condition.map((each) => {
    if (!hasSubquery(each)) return each
    const read = columnsOf(each)
    const readsOnly = (side: BoundFrom, other: BoundFrom) =>
      ![...outputIds(other.plan)].some((id) => read.has(id)) || outputIds(side.plan).size === 0
    const side = readsOnly(left, right) ? 'left' : readsOnly(right, left) ? 'right' : null
    if (side === null) {
      throw unsupported(
        'A subquery that reads both sides of an outer join in its condition',
        each.span ?? span,
        'Compute it in a subquery of FROM first.',
      )
    }
    const output = newColumn('condition', each.type, each.nullable)
    const input = sides[side]
    const items = outputColumns(input).map((column) => ({
      output: column,
      expression: columnReference(column),
    }))
    sides[side] = { kind: 'project', input, items: [...items, { output, expression: each }] }
    return columnReference(output)
  })
  const join = makeJoin(type, sides.left, sides.right, conditions)
  const all = outputColumns(join)
  const shown = all.filter(({ id }) =>
    [...left.columns, ...right.columns].some(({ column }) => column.id === id),
  )
  const plan = keepColumns(join, shown)
  return { plan, columns: joinedScope(left, right, type, plan) }
}

/** The nth row of one side beside the nth of the other. */
function positionalJoin(left: BoundFrom, right: BoundFrom): BoundFrom {
  const a = numberRows(left.plan)
  const b = numberRows(right.plan)
  const equal: Expression = {
    kind: 'call',
    fn: '=',
    args: [columnReference(a.column), columnReference(b.column)],
    type: types.bool,
    nullable: false,
  }
  const join = makeJoin('full', a.plan, b.plan, [equal])
  const numbers = new Set([a.column.id, b.column.id])
  const plan = keepColumns(
    join,
    outputColumns(join).filter(({ id }) => !numbers.has(id)),
  )
  return { plan, columns: joinedScope(left, right, 'full', plan) }
}

/** USING shows each column once: the left one, for RIGHT the right one, for FULL whichever is not NULL. */
function joinedUsing(
  left: BoundFrom,
  right: BoundFrom,
  sqlType: JoinExpression['type'],
  names: readonly Identifier[],
): BoundFrom {
  const pairs = names.map((name) => ({
    name,
    left: usingColumn(left, name),
    right: usingColumn(right, name),
  }))
  const condition = pairs.map((pair) => {
    const [a, b] = compared(pair.left, pair.right, pair.name.span)
    return {
      kind: 'call',
      fn: '=',
      args: [a, b],
      type: types.bool,
      nullable: a.nullable || b.nullable,
    } satisfies Expression
  })
  const join = joined(left, right, sqlType, asofConditions(sqlType, condition), names[0]?.span)
  if (sqlType === 'positional') return join
  const type = planType(sqlType)
  if (type === 'semi' || type === 'anti') return join
  // an ASOF join gives its columns ids of their own
  const merged = (side: 'left' | 'right') => {
    const { columns } = side === 'left' ? left : right
    const offset = side === 'left' ? 0 : left.columns.length
    const ids = new Set(pairs.map((pair) => (pair[side] as { id: number }).id))
    return new Set(
      columns.flatMap(({ column }, index) =>
        ids.has(column.id) ? [join.columns[offset + index]!.column.id] : [],
      ),
    )
  }
  const leftIds = merged('left')
  const rightIds = merged('right')
  const hide = type === 'right' ? leftIds : rightIds
  const hidden = join.columns.map((column) =>
    hide.has(column.column.id) ? { ...column, hidden: true } : column,
  )
  if (type !== 'full') {
    // the shown columns come first, in the order of USING
    const shown = type === 'right' ? rightIds : leftIds
    const first = hidden.filter((column) => shown.has(column.column.id))
    return {
      plan: join.plan,
      columns: [...first, ...hidden.filter((column) => !shown.has(column.column.id))],
    }
  }
  const output = outputColumns(join.plan)
  const byId = new Map(output.map((column) => [column.id, column]))
  const items = pairs.map((pair) => {
    const sides = [pair.left, pair.right].map((each) =>
      columnReference(byId.get((each as { id: number }).id)!),
    )
    const [a, b] = inOneType(sides[0]!, sides[1]!)
    const expression = scalarCall('coalesce', [castTo(a, b.type), b], pair.name.span)
    return { output: newColumn(pair.name.name, expression.type, true), expression }
  })
  const plan: LogicalPlan = {
    kind: 'project',
    input: join.plan,
    items: [...items, ...output.map((column) => ({ output: column, expression: columnReference(column) }))],
  }
  const all = hidden.map((column) => (leftIds.has(column.column.id) ? { ...column, hidden: true } : column))
  return {
    plan,
    columns: [
      ...tableScope(
        null,
        items.map((item) => item.output),
      ),
      ...all,
    ],
  }
}

function usingColumn(side: BoundFrom, name: Identifier): Expression {
  const scope: Scope = { columns: side.columns, parent: null }
  const found = findLocally(scope, [name])
  if (!found) throw unknownColumn(scope, [name])
  return found
}

/** USING of an ASOF join: the last column is not less than the other side's. */
function asofConditions(
  type: JoinExpression['type'],
  conditions: readonly (Expression & { kind: 'call' })[],
): readonly Expression[] {
  if (type !== 'asof' && type !== 'asof_left') return conditions
  return conditions.map((each, index) => (index === conditions.length - 1 ? { ...each, fn: '>=' } : each))
}
