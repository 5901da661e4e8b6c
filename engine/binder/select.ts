import { LakebookError } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { keepColumns, passThrough } from '../plan/project-columns.ts'
import {
  hasSubquery,
  isTrue,
  rewriteDown,
  sameExpression,
  sameSortKeys,
  someExpression,
} from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, ColumnId, Expression, LogicalPlan, Project, SortKey, Window } from '../plan/plan.ts'
import { changeDeep, columnsOf, mapWindowCall, outputIds } from '../plan/plan-tree.ts'
import type { Select, SqlExpression, SqlSortKey } from '../sql/ast.ts'
import { castTo, toCondition } from './coerce.ts'
import { types } from '../arrow/types.ts'
import { collated, collatedKey, distinctUnderCollations, firstOf } from './collation.ts'
import { collationOf } from './text-collation.ts'
import { withoutColumns } from './columns.ts'
import { nullsGoFirst, type Environment } from './environment.ts'
import {
  AggregateCollector,
  UnnestCollector,
  WindowCollector,
  plainContext,
  type AliasScope,
  type CollectedWindow,
  type ExpressionContext,
} from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { bindFrom } from './from.ts'
import { aggregateSets, groupingItem, type Grouping, type Groups } from './grouping-sets.ts'
import { numberRows } from './row-numbers.ts'
import { bindSortKey } from './sort-key.ts'
import { spreadUnnest } from './spread-unnest.ts'
import { expandItems, type SelectedItem } from './select-list.ts'
import { findLocally, sameName, type Scope } from './scope.ts'

export type OrderBy = readonly SqlSortKey[] | { readonly all: SqlSortKey }

interface Item {
  readonly name: string
  readonly expression: Expression
}

/** Binds one SELECT with the ORDER BY of the query around it, since that may use what is not selected. */
export function bindSelect(
  environment: Environment,
  given: Select,
  givenOrder: OrderBy,
  outer: Scope | null,
): LogicalPlan {
  const from = bindFrom(environment, given.from, outer)
  // a grouping set that leaves a column out has NULL in its place
  const columns =
    given.groupBy.kind === 'sets'
      ? from.columns.map((each) => ({ ...each, column: { ...each.column, nullable: true } }))
      : from.columns
  const scope: Scope = { columns, parent: outer }
  const { select, order } = withoutColumns(environment, given, givenOrder, scope)
  const selected = expandItems(select, scope)
  const aliases = aliasScope(selected)
  const aggregates = new AggregateCollector()
  const windows = new WindowCollector(
    new Map(select.windows.map(({ name, window }) => [name.name.toLowerCase(), window])),
  )
  const unnests = new UnnestCollector()
  const plain: ExpressionContext = { ...plainContext(environment, scope, 'WHERE'), aliases }
  let plan = from.plan
  if (select.where) plan = filtered(plan, toCondition(bindExpression(plain, select.where), 'WHERE'))

  const full: ExpressionContext = {
    ...plain,
    scope: { ...scope, aggregates },
    clause: 'SELECT',
    aggregates,
    windows,
    unnests,
    aliases,
  }
  const bound: readonly Item[] = selected.flatMap((item): readonly Item[] => {
    if (!item.sql) return [item]
    return (
      spreadUnnest(full, item.sql, bindExpression) ?? [
        { name: item.name, expression: bindExpression(full, item.sql) },
      ]
    )
  })
  const grouping = bindGroups({ ...plain, clause: 'GROUP BY' }, select, bound, aggregates)
  const groupIds = new Set(grouping.groups.flatMap((group) => (group.kind === 'column' ? [group.id] : [])))
  const having =
    select.having &&
    toCondition(
      bindExpression(
        { ...full, clause: 'HAVING', windows: null, unnests: null, grouped: groupIds },
        select.having,
      ),
      'HAVING',
    )
  const qualify =
    select.qualify &&
    toCondition(bindExpression({ ...full, clause: 'QUALIFY', unnests: null }, select.qualify), 'QUALIFY')
  const distinctOn = Array.isArray(select.distinct)
    ? (select.distinct as readonly SqlExpression[]).map((each) =>
        resolveReference({ ...full, clause: 'DISTINCT ON', unnests: null }, each, bound),
      )
    : []
  const keys = bindOrder({ ...full, clause: 'ORDER BY', unnests: null }, order, bound)

  let finish = (expression: Expression): Expression => expression
  const { calls, groupings } = aggregates
  if (grouping.groups.length + calls.length + groupings.length > 0 || having || isGrouped(select)) {
    const aggregated = aggregate(plan, grouping, aggregates)
    plan = aggregated.plan
    const visible = outputIds(plan)
    const windowIds = new Set([
      ...windows.calls.map((each) => each.call.output.id),
      ...unnests.items.map((each) => each.output.id),
    ])
    const fromIds = new Set(from.columns.map((column) => column.column.id))
    finish = (expression) =>
      grouped(expression, aggregated.groups, (id) => visible.has(id) || windowIds.has(id) || !fromIds.has(id))
  }
  if (having) plan = filtered(plan, finish(having))
  plan = addWindows(plan, windows.calls, finish)
  if (qualify) plan = filtered(plan, finish(qualify))
  if (unnests.items.length > 0) {
    const items = unnests.items.map((item) => ({ ...item, expression: finish(item.expression) }))
    plan = { kind: 'unnest', input: plan, items, keepEmpty: false }
  }
  const items = bound.map((item) => ({ ...item, expression: finish(item.expression) }))
  const sortKeys = keys.map((key) => ({ ...key, expression: finish(key.expression) }))
  if (distinctOn.length > 0) {
    const on = distinctOn.map((each) => collated(finish(each)))
    return distinctOnColumns(plan, items, sortKeys, on)
  }
  return projectAndSort(plan, items, sortKeys, select.distinct === 'all_columns')
}

function filtered(input: LogicalPlan, predicate: Expression): LogicalPlan {
  return isTrue(predicate) ? input : { kind: 'filter', input, predicate }
}

function isGrouped(select: Select): boolean {
  return select.groupBy.kind === 'expressions' || select.groupBy.kind === 'sets'
}

function aliasScope(selected: readonly SelectedItem[]): AliasScope {
  const named = selected.filter((item) => item.alias !== null)
  return {
    names: named.map((item) => item.name),
    find: (name) => named.find((item) => sameName(item.name, name))?.sql ?? null,
  }
}

/** In ORDER BY and DISTINCT ON a number is a position and a name is first an alias of the select list. */
function resolveReference(
  context: ExpressionContext,
  sql: SqlExpression,
  items: readonly Item[],
): Expression {
  if (sql.kind === 'number' && /^\d+$/.test(sql.text))
    return itemAt(Number(sql.text), items, sql, context.clause).expression
  if (sql.kind === 'position') return itemAt(sql.place, items, sql, context.clause).expression
  if (sql.kind === 'identifier' && sql.parts.length === 1) {
    const named = items.filter((item) => sameName(item.name, sql.parts[0]!.name))
    if (named.length > 0 && context.aliases?.find(sql.parts[0]!.name)) return named[0]!.expression
  }
  return bindExpression(context, sql)
}

function itemAt(position: number, items: readonly Item[], sql: SqlExpression, clause: string): Item {
  const item = items[position - 1]
  if (item) return item
  throw new LakebookError(
    'invalid_argument',
    `${clause} ${position} is out of range: there are ${items.length} columns`,
    { span: sql.span },
  )
}

function bindOrder(context: ExpressionContext, order: OrderBy, items: readonly Item[]): readonly SortKey[] {
  if ('all' in order) {
    const { descending, nullsFirst } = order.all
    const first = nullsFirst ?? nullsGoFirst(context.environment, descending)
    return items.map((item) => ({ expression: item.expression, descending, nullsFirst: first }))
  }
  return order.map((key) => bindSortKey(context, key, (inner, sql) => resolveReference(inner, sql, items)))
}

function bindGroups(
  context: ExpressionContext,
  select: Select,
  items: readonly Item[],
  aggregates: AggregateCollector,
): Grouping {
  const { groupBy } = select
  const made = new Set(aggregates.calls.map((call) => call.output.id))
  const usesAggregate = (expression: Expression) =>
    someExpression(expression, (node) => node.kind === 'column' && made.has(node.id))
  if (groupBy.kind === 'all') {
    const all = items
      .map((item) => item.expression)
      .filter((expression) => !usesAggregate(expression) && expression.kind !== 'literal')
    return { groups: distinctExpressions(all), sets: null }
  }
  if (groupBy.kind === 'none') return { groups: [], sets: null }
  const bind = (sql: SqlExpression): Expression => {
    if (sql.kind === 'number' && /^\d+$/.test(sql.text)) {
      const { expression } = itemAt(Number(sql.text), items, sql, 'GROUP BY')
      if (usesAggregate(expression)) {
        throw new LakebookError('type', 'GROUP BY cannot use an aggregate', { span: sql.span })
      }
      return expression
    }
    return selectedQuery(context, sql, items) ?? bindExpression(context, sql)
  }
  if (groupBy.kind === 'expressions')
    return { groups: distinctExpressions(groupBy.expressions.map(bind)), sets: null }
  const bound = groupBy.sets.map((set) => set.map(bind))
  const groups = distinctExpressions(bound.flat())
  const placeOf = (each: Expression) => groups.findIndex((group) => sameExpression(group, each))
  return { groups, sets: bound.map((set) => [...new Set(set.map(placeOf))]) }
}

/** An alias that stands for something with a subquery: a query that is bound twice is not the same twice. */
function selectedQuery(
  context: ExpressionContext,
  sql: SqlExpression,
  items: readonly Item[],
): Expression | null {
  if (sql.kind !== 'identifier' || sql.parts.length !== 1) return null
  const { name } = sql.parts[0]!
  if (!context.aliases?.find(name) || findLocally(context.scope, sql.parts)) return null
  const item = items.find((each) => sameName(each.name, name))
  return item && hasSubquery(item.expression) ? item.expression : null
}

function distinctExpressions(list: readonly Expression[]): readonly Expression[] {
  return list.filter((each, index) => list.findIndex((other) => sameExpression(each, other)) === index)
}

/** A group that is a plain column keeps the column's id, so that subqueries that read it need no change. */
function aggregate(
  input: LogicalPlan,
  grouping: Grouping,
  collector: AggregateCollector,
): { plan: LogicalPlan; groups: Groups } {
  const { sets } = grouping
  const byId = new Map(outputColumns(input).map((column) => [column.id, column]))
  const groups = grouping.groups.map((expression, index) => {
    const by = collated(expression)
    const column = by.kind === 'column' ? byId.get(by.id) : undefined
    const key = {
      output: column ?? newColumn(`group_${index + 1}`, by.type, by.nullable),
      expression: by,
    }
    if (collationOf(expression.type) === null) return { expression, key, output: key.output, first: null }
    const output = newColumn('first', expression.type, expression.nullable)
    return { expression, key, output, first: firstOf(expression, output) }
  })
  if (sets !== null) {
    const nullable = groups.map((group) => ({ ...group, output: { ...group.output, nullable: true } }))
    return { plan: aggregateSets(input, nullable, sets, collector), groups: nullable }
  }
  const { groupings } = collector
  const firsts = groups.flatMap(({ first }) => first ?? [])
  const plan: LogicalPlan = {
    kind: 'aggregate',
    input,
    groups: groups.map(({ key }) => key),
    aggregates: [...collector.calls, ...firsts],
  }
  if (groupings.length === 0) return { plan, groups }
  const everything = groups.map((_, index) => index)
  const items = [
    ...outputColumns(plan).map(passThrough),
    ...groupings.map((call) => ({ ...groupingItem(call, groups, everything), output: call.output })),
  ]
  return { plan: { kind: 'project', input: plan, items }, groups }
}

/** Puts group columns in the place of group expressions. Errors: `type` for a column that is not grouped by. */
function grouped(expression: Expression, groups: Groups, isVisible: (id: ColumnId) => boolean): Expression {
  const replaced = rewriteDown(expression, (node) => {
    const group = groups.find((each) => sameExpression(each.expression, node))
    const isSame = node.kind === 'column' && group?.output.id === node.id
    return group && !isSame ? { ...columnReference(group.output), span: node.span } : null
  })
  return changeDeep(replaced, (node) => {
    if (node.kind !== 'column' || isVisible(node.id)) return node
    throw new LakebookError('type', `The column "${node.name}" must be in GROUP BY or inside an aggregate`, {
      span: node.span,
      hint: `Add it to GROUP BY, or write any_value(${node.name}) if its exact value does not matter.`,
    })
  })
}

/** One Window node for each different PARTITION BY and ORDER BY. */
function addWindows(
  input: LogicalPlan,
  calls: readonly CollectedWindow[],
  finish: (expression: Expression) => Expression,
): LogicalPlan {
  let plan = input
  const nodes: { -readonly [K in keyof Omit<Window, 'input'>]: Omit<Window, 'input'>[K] }[] = []
  for (const { partitionBy, orderBy, call } of calls) {
    const keys = orderBy.map((key) => collatedKey({ ...key, expression: finish(key.expression) }))
    const partition = partitionBy.map((each) => collated(finish(each)))
    const finished = mapWindowCall(call, finish)
    // what the call reads of another window must be there before it
    const read = new Set<ColumnId>()
    for (const part of [...partition, ...keys.map((key) => key.expression)])
      for (const id of columnsOf(part)) read.add(id)
    mapWindowCall(finished, (part) => {
      for (const id of columnsOf(part)) read.add(id)
      return part
    })
    const after = nodes.findLastIndex((node) => node.calls.some(({ output }) => read.has(output.id)))
    const known = nodes.find(
      (node, index) =>
        index > after &&
        node.partitionBy.length === partition.length &&
        node.partitionBy.every((each, index) => sameExpression(each, partition[index]!)) &&
        sameSortKeys(node.orderBy, keys),
    )
    if (known) known.calls = [...known.calls, finished]
    else nodes.push({ kind: 'window', partitionBy: partition, orderBy: keys, calls: [finished] })
  }
  for (const node of nodes) plan = { ...node, input: plan }
  return plan
}

/**
 * The columns of a select list: a column of the input that is passed through keeps its id, except a second time. One of
 * the query around it does not, since there it is a column of its own.
 */
function projectItems(input: LogicalPlan, items: readonly Item[]): Project['items'] {
  const unused = new Set(outputIds(input))
  return items.map(({ name, expression }) => {
    if (expression.kind === 'column' && unused.has(expression.id)) {
      unused.delete(expression.id)
      const { id, type, nullable } = expression
      return { output: { id, name, type, nullable }, expression }
    }
    return { output: newColumn(name, expression.type, expression.nullable), expression }
  })
}

function projectAndSort(
  input: LogicalPlan,
  items: readonly Item[],
  keys: readonly SortKey[],
  distinct: boolean,
): LogicalPlan {
  const shown = projectItems(input, items)
  const hidden: { readonly output: Column; readonly expression: Expression }[] = []
  const sortKeys = keys
    .filter((key) => key.expression.kind !== 'literal')
    .map((key) => {
      const under = (column: Column): SortKey => ({
        ...key,
        expression: collated(columnReference(column), collationOf(key.expression.type)),
      })
      const item = [...shown, ...hidden].find((each) => sameExpression(each.expression, key.expression))
      if (item) return under(item.output)
      if (distinct) {
        throw new LakebookError('type', 'With SELECT DISTINCT, ORDER BY can only use selected expressions', {
          span: key.expression.span,
        })
      }
      const [added] = projectItems(input, [{ name: 'sort_key', expression: key.expression }])
      hidden.push(added!)
      return under(added!.output)
    })
  let plan: LogicalPlan = { kind: 'project', input, items: [...shown, ...hidden] }
  if (distinct) plan = distinctUnderCollations(plan)
  if (sortKeys.length > 0) plan = { kind: 'sort', input: plan, keys: sortKeys, limit: null }
  return hidden.length > 0
    ? keepColumns(
        plan,
        shown.map((item) => item.output),
      )
    : plan
}

/** The first row, by ORDER BY, for each value of the DISTINCT ON expressions. */
function distinctOnColumns(
  input: LogicalPlan,
  items: readonly Item[],
  keys: readonly SortKey[],
  on: readonly Expression[],
): LogicalPlan {
  const { plan: numbered, column: row } = numberRows(input, on, keys.map(collatedKey))
  const isFirst: Expression = {
    kind: 'call',
    fn: '=',
    args: [
      columnReference(row),
      castTo({ kind: 'literal', value: 1n, type: types.int64, nullable: false }, types.int64),
    ],
    type: types.bool,
    nullable: false,
  }
  return projectAndSort({ kind: 'filter', input: numbered, predicate: isFirst }, items, keys, false)
}
