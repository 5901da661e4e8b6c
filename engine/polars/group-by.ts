import { unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Aggregate, Column, Expression, SortKey } from '../plan/plan.ts'
import type { CallNode, PolarsExpression } from './expression.ts'
import {
  ascending,
  projectFrame,
  withOrdinal,
  withoutOrder,
  type Frame,
  type NamedExpression,
} from './frame.ts'
import { call, int64 } from './lowered.ts'
import { Lowering, type RowScope } from './lowering.ts'
import { imploded } from './methods/aggregates.ts'
import { uniqueOutputs } from './outputs.ts'
import { BoundArguments } from './parameters.ts'
import { shapeOf } from './shape.ts'
import { RUNNING, WHOLE_PARTITION } from './stage.ts'

/** frame.group_by(...), waiting for its aggregates. */
export interface GroupedFrame {
  readonly frame: Frame
  readonly keys: readonly PolarsExpression[]
  /** Groups in the order in which they first appear; else in any order. */
  readonly maintainOrder: boolean
  readonly span: SourceSpan | undefined
  /** Columns that pl.all() leaves out besides the keys. */
  readonly hidden?: ReadonlySet<string>
  /** Conditions for a group to stay. */
  readonly having?: readonly PolarsExpression[]
}

/** One row for each group: the keys, then these. What is not aggregated becomes a list. */
export function aggregateAll(
  group: Omit<GroupedFrame, 'having'>,
  expressions: readonly PolarsExpression[],
): Frame {
  const numbered = group.maintainOrder ? withOrdinal(group.frame) : null
  const lowering = new Lowering(numbered?.frame ?? group.frame)
  const { frame } = lowering.stage
  const keys = uniqueOutputs(group.keys, frame.columns).map(({ name, expression }): NamedExpression => ({
    name,
    expression: lowering.row(expression),
  }))
  const partition = keys.map((key) => key.expression)
  const keyIds = new Set(partition.flatMap((key) => (key.kind === 'column' ? [key.id] : [])))
  const others = frame.columns.filter(
    (column) => !keyIds.has(column.id) && group.hidden?.has(column.name) !== true,
  )
  const outputs = uniqueOutputs(expressions, others)
  for (const output of outputs) {
    if (keys.some((key) => key.name === output.name)) {
      throw unsupported(
        `An aggregate called "${output.name}" like a key`,
        output.expression.span,
        'Give it another name with .alias("...").',
      )
    }
  }
  const scope: RowScope = { mode: 'aggregate', partition, order: null }
  const items = outputs.map(({ name, expression }): NamedExpression => ({
    name,
    expression: lowering.lower(asAggregate(expression), scope).expression,
  }))
  const first =
    numbered === null ? null : lowering.aggregateSink(scope).emit('min', [columnReference(numbered.ordinal)])
  const groups = keys.map(({ name, expression }) => ({ output: groupColumn(name, expression), expression }))
  const plan: Aggregate = {
    kind: 'aggregate',
    input: withoutOrder(lowering.stage.finish().plan),
    groups,
    aggregates: lowering.aggregateCalls,
  }
  const order = first === null ? null : { keys: [ascending(first)], total: true }
  const keyItems = groups.map(({ output }) => ({ name: output.name, expression: columnReference(output) }))
  return projectFrame({ plan, columns: [], order }, [...keyItems, ...items])
}

function groupColumn(name: string, expression: Expression): Column {
  return newColumn(name, expression.type, expression.nullable)
}

/** The expression, as a list where it has a value for each row. */
export function asAggregate(expression: PolarsExpression): PolarsExpression {
  const shape = shapeOf(expression)
  return shape === 'rows' || shape === 'sequence' ? asList(expression) : expression
}

function asList(expression: PolarsExpression): CallNode {
  const args = new BoundArguments(
    'implode',
    expression.span,
    new Map([['self', { kind: 'expressions', expressions: [expression] }]]),
  )
  return { kind: 'call', method: imploded, args, span: expression.span }
}

/** group_by(...).head(n) and tail(n): the first or last rows of each group, groups in order of appearance. */
export function edgeOfGroups(group: GroupedFrame, n: number, end: 'head' | 'tail'): Frame {
  const { frame, ordinal } = withOrdinal(group.frame)
  const lowering = new Lowering(frame)
  const keys = uniqueOutputs(group.keys, frame.columns).map(({ name, expression }): NamedExpression => ({
    name,
    expression: lowering.row(expression),
  }))
  const partitionBy = keys.map((key) => key.expression)
  const along: SortKey = ascending(columnReference(ordinal))
  const backwards: SortKey = { ...along, descending: true }
  const position = lowering.stage.window(
    'row_number',
    [],
    { partitionBy, orderBy: [end === 'head' ? along : backwards] },
    RUNNING,
  )
  const first = lowering.stage.window(
    'min',
    [columnReference(ordinal)],
    { partitionBy, orderBy: [] },
    WHOLE_PARTITION,
  )
  const staged = lowering.stage.finish()
  const predicate = call('<=', [position, int64(n)])
  const kept: Frame = {
    plan: { kind: 'filter', input: staged.plan, predicate },
    columns: staged.columns,
    order: { keys: [ascending(first), along], total: true },
  }
  const names = new Set(keys.map((key) => key.name))
  const others = frame.columns.filter((column) => !names.has(column.name))
  return projectFrame(kept, [
    ...keys,
    ...others.map((column) => ({ name: column.name, expression: columnReference(column) })),
  ])
}
