import { typeName, types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Aggregate, Column, Expression, SortKey } from '../plan/plan.ts'
import { renameNode, type CallNode, type PolarsExpression } from './expression.ts'
import { projectFrame, withoutOrder, type Frame, type NamedExpression } from './frame.ts'
import { and, castTo } from './lowered.ts'
import { Lowering, rowsKey, WHOLE_FRAME, type RowScope, type Sequence } from './lowering.ts'
import { explodeMethod } from './methods/sequences.ts'
import { expandOutputs, uniqueOutputs, type Output } from './outputs.ts'
import { explodeFrame } from './reshape.ts'
import { shapeOf, widest } from './shape.ts'

const AGGREGATED: RowScope = { mode: 'aggregate', partition: [], order: null }

/** frame.select(...): exactly these columns. */
export function selectFrame(
  frame: Frame,
  expressions: readonly PolarsExpression[],
  span: SourceSpan | undefined,
): Frame {
  const outputs = uniqueOutputs(expressions, frame.columns)
  if (outputs.length === 0) throw unsupported('A select of no columns', span, 'Name at least one column.')
  const shape = widest(outputs.map((output) => shapeOf(output.expression)))
  switch (shape) {
    case 'literal':
    case 'scalar':
      return selectAggregates(frame, outputs)
    case 'rows': {
      const lowering = new Lowering(frame)
      const items = outputs.map((output) => lowerOutput(lowering, output, WHOLE_FRAME))
      return projectFrame(lowering.stage.finish(), items)
    }
    case 'sequence':
      return selectSequences(frame, outputs, span)
  }
}

function lowerOutput(lowering: Lowering, { name, expression }: Output, scope: RowScope): NamedExpression {
  return { name, expression: lowering.lower(expression, scope).expression }
}

/** One row: constants and aggregates over the whole frame. */
function selectAggregates(frame: Frame, outputs: readonly Output[]): Frame {
  const lowering = new Lowering(frame)
  const items = outputs.map((output) => lowerOutput(lowering, output, AGGREGATED))
  const { aggregateCalls } = lowering
  if (aggregateCalls.length === 0) {
    return projectFrame(
      { plan: { kind: 'values', columns: [], rows: [[]] }, columns: [], order: null },
      items,
    )
  }
  const input = withoutOrder(lowering.stage.finish().plan)
  const plan: Aggregate = { kind: 'aggregate', input, groups: [], aggregates: aggregateCalls }
  return projectFrame({ plan, columns: [], order: null }, items)
}

function selectSequences(frame: Frame, outputs: readonly Output[], span: SourceSpan | undefined): Frame {
  const [only, ...others] = outputs
  const explode = only !== undefined && others.length === 0 ? explodeOf(only.expression) : null
  if (explode !== null) {
    const [operand] = explode.args.operands()
    const lists = selectFrame(frame, [renameNode(operand!, () => only!.name)], span)
    return explodeFrame(lists, lists.columns, span)
  }
  const lowering = new Lowering(frame)
  let rows: Sequence | null = null
  const values: NamedExpression[] = []
  for (const { name, expression } of outputs) {
    const sequence = lowering.sequence(expression, WHOLE_FRAME)
    const shape = shapeOf(expression)
    if (shape === 'rows' || (rows !== null && shape === 'sequence' && rowsKey(rows) !== rowsKey(sequence))) {
      throw unsupported(
        'Columns of different rows side by side',
        expression.span ?? span,
        'Select them one after the other.',
      )
    }
    if (shape === 'sequence') rows = sequence
    values.push({ name, expression: sequence.value.expression })
  }
  const stage = lowering.stage.finish()
  const kept = rows === null || rows.filter === null ? stage : filtered(stage, rows.filter)
  if (rows === null || rows.order === null) return projectFrame(kept, values)
  return ordered(kept, values, rows.order, kept.order?.keys ?? [])
}

/** The explode that is the whole expression but for its name; null for any other. */
function explodeOf(expression: PolarsExpression): CallNode | null {
  if (expression.kind === 'rename') return explodeOf(expression.input)
  return expression.kind === 'call' && expression.method === explodeMethod ? expression : null
}

function filtered(frame: Frame, predicate: Expression): Frame {
  return { ...frame, plan: { kind: 'filter', input: frame.plan, predicate } }
}

/** frame.with_columns(...): the frame's columns, with these replaced or added. */
export function withColumns(
  frame: Frame,
  expressions: readonly PolarsExpression[],
  span: SourceSpan | undefined,
): Frame {
  const outputs = uniqueOutputs(expressions, frame.columns)
  const lowering = new Lowering(frame)
  const made = new Map<string, Expression>()
  for (const output of outputs) {
    if (shapeOf(output.expression) === 'sequence') {
      throw unsupported(
        'Changing the rows inside with_columns',
        output.expression.span ?? span,
        'Use select, filter, sort or unique on the frame.',
      )
    }
    made.set(output.name, lowerOutput(lowering, output, WHOLE_FRAME).expression)
  }
  const kept = frame.columns.map((column) => ({
    name: column.name,
    expression: made.get(column.name) ?? columnReference(column),
  }))
  const names = new Set(frame.columns.map((column) => column.name))
  const added = [...made]
    .filter(([name]) => !names.has(name))
    .map(([name, expression]) => ({ name, expression }))
  return projectFrame(lowering.stage.finish(), [...kept, ...added])
}

/** frame.filter(...): the rows for which every condition is true. */
export function filterFrame(frame: Frame, predicates: readonly PolarsExpression[]): Frame {
  const lowering = new Lowering(frame)
  const conditions = expandOutputs(predicates, frame.columns).map(({ expression: predicate }) => {
    const { expression } = lowering.lower(predicate, WHOLE_FRAME)
    if (expression.type.kind !== 'bool' && expression.type.kind !== 'null') {
      throw new LakebookError('type', `A filter must be true or false, not ${typeName(expression.type)}`, {
        span: expression.span ?? predicate.span,
        hint: 'Compare it with something, e.g. pl.col("x") > 0.',
      })
    }
    return castTo(expression, types.bool)
  })
  return filtered(lowering.stage.finish(), and(conditions))
}

/** frame.sort(...): by these keys; nulls first unless asked otherwise. */
export function sortFrame(
  frame: Frame,
  by: readonly PolarsExpression[],
  options: {
    readonly descending: readonly boolean[]
    readonly nullsLast: readonly boolean[]
    readonly stable: boolean
  },
): Frame {
  const lowering = new Lowering(frame)
  const stable = options.stable ? lowering.stage.order() : []
  const keys = by.map((key, i): SortKey => ({
    expression: lowering.row(key),
    descending: options.descending[i] ?? false,
    nullsFirst: !(options.nullsLast[i] ?? false),
  }))
  if (keys.every((key) => key.expression.kind === 'column')) {
    return { ...lowering.stage.finish(), order: { keys: [...keys, ...stable], total: options.stable } }
  }
  const visible = frame.columns.map((column) => ({ name: column.name, expression: columnReference(column) }))
  return ordered(lowering.stage.finish(), visible, keys, stable)
}

/** These columns in the order of the keys; keys that are not columns yet are computed into hidden ones. */
function ordered(
  frame: Frame,
  visible: readonly NamedExpression[],
  keys: readonly SortKey[],
  stable: readonly SortKey[],
): Frame {
  const hidden: { readonly output: Column; readonly expression: Expression }[] = []
  const columnKeys = keys.map((key): SortKey => {
    if (key.expression.kind === 'column') return key
    const output = newColumn('sort key', key.expression.type, key.expression.nullable)
    hidden.push({ output, expression: key.expression })
    return { ...key, expression: columnReference(output) }
  })
  const passing = [...columnKeys, ...stable].filter(
    (key) => !hidden.some(({ output }) => isColumn(key.expression, output)),
  )
  const passed = projectFrame({ ...frame, order: { keys: passing, total: false } }, visible)
  const plan =
    passed.plan.kind === 'project'
      ? { ...passed.plan, items: [...passed.plan.items, ...hidden] }
      : passed.plan
  return {
    plan,
    columns: passed.columns,
    order: { keys: [...columnKeys, ...stable], total: stable.length > 0 },
  }
}

function isColumn(expression: Expression, column: Column): boolean {
  return expression.kind === 'column' && expression.id === column.id
}
