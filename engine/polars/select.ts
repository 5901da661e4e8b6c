import { typeName, types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Aggregate, Column, Expression, SortKey } from '../plan/plan.ts'
import { columnNode, renameNode, type CallNode, type PolarsExpression } from './expression.ts'
import { projectFrame, withoutOrder, type Frame, type NamedExpression } from './frame.ts'
import { aggregateAll } from './group-by.ts'
import { and, castTo, expressionKey } from './lowered.ts'
import { Lowering, rowsKey, WHOLE_FRAME, type RowScope, type Sequence } from './lowering.ts'
import { explodeMethod } from './methods/sequences.ts'
import { expandOutputs, uniqueOutputs, type Output } from './outputs.ts'
import { equalBeside, explodeFrame } from './reshape.ts'
import { isExploded, shapeOf, widest } from './shape.ts'
import { sharedFrame } from './shared-frame.ts'

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
  const [only, ...others] = outputs
  const isExploding = ({ expression }: Output) => explodedIn(expression) !== null
  if (shape === 'scalar' && outputs.some(isExploding)) {
    if (others.length === 0) return selectExploded(frame, only!, span)
    const once = sharedFrame('rows', frame)
    const row: Frame = { plan: { kind: 'values', columns: [], rows: [[]] }, columns: [], order: null }
    return selectFrame(
      row,
      outputs.map((output) => valueNode(once, output, span)),
      span,
    )
  }
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
    return explodeFrame(lists, lists.columns, span, {
      empty: explode.args.bool('empty_as_null', true),
      nulls: explode.args.bool('keep_nulls', true),
    })
  }
  if (outputs.every(({ expression }) => explodedOver(expression) !== null))
    return selectGroups(frame, outputs, span)
  const exploded = outputs.find(({ expression }) => explodes(expression))
  if (exploded !== undefined && others.length > 0) return sideBySide(frame, outputs, span)
  if (exploded !== undefined) return selectExploded(frame, exploded, span)
  const lowering = new Lowering(frame)
  const given = outputs.map(({ name, expression }) => ({
    name,
    shape: shapeOf(expression),
    sequence: lowering.sequence(expression, WHOLE_FRAME),
    span: expression.span,
  }))
  const changed = given.filter(({ shape }) => shape === 'sequence')
  const rows: Sequence = changed[0]!.sequence
  const isOne =
    given.every(({ shape }) => shape !== 'rows') &&
    changed.every(({ sequence }) => rowsKey(sequence) === rowsKey(rows))
  if (!isOne && changed.some(({ sequence }) => sequence.filter !== null))
    return sideBySide(frame, outputs, span)
  if (!isOne) {
    const items = given.map(({ name, sequence, span: place }) => ({
      name,
      expression: lowering.alongside(sequence, WHOLE_FRAME, place).expression,
    }))
    return projectFrame(lowering.stage.finish(), items)
  }
  const values = given.map(({ name, sequence }) => ({ name, expression: sequence.value.expression }))
  const stage = lowering.stage.finish()
  const kept = rows.filter === null ? stage : filtered(stage, rows.filter)
  if (rows.order === null) return projectFrame(kept, values)
  return ordered(kept, values, rows.order, kept.order?.keys ?? [])
}

/** Each output by itself, then row beside row. Other numbers of rows fail the query. */
function sideBySide(frame: Frame, outputs: readonly Output[], span: SourceSpan | undefined): Frame {
  const isMany = ({ expression }: Output) => ['rows', 'sequence'].includes(shapeOf(expression))
  const once = sharedFrame('rows', frame)
  const frames = outputs
    .filter(isMany)
    .map(({ name, expression }) => selectFrame(once, [renameNode(expression, () => name)], span))
  const beside = frames.reduce((left, right) => equalBeside(left, right, span))
  const values = outputs.filter((output) => !isMany(output))
  if (values.length === 0) return beside
  const nodes = values.map((output) => valueNode(once, output, span))
  const all = withColumns(beside, nodes, span)
  return selectFrame(
    all,
    outputs.map(({ name }) => columnNode(name, span)),
    span,
  )
}

function explodedOver(node: PolarsExpression): CallNode | null {
  if (node.kind === 'rename') return explodedOver(node.input)
  return node.kind === 'call' && isExploded(node) ? node : null
}

/** What is made of each group, the groups one after the other in the order in which they appear. */
function selectGroups(frame: Frame, outputs: readonly Output[], span: SourceSpan | undefined): Frame {
  const calls = outputs.map(({ expression }) => explodedOver(expression)!)
  const [first] = calls
  const keys = first!.args.expressions('partition_by')
  const keyOf = (node: PolarsExpression) => expressionKey(new Lowering(frame).row(node))
  const isSame = calls.every((one) => {
    const own = one.args.expressions('partition_by')
    return own.length === keys.length && own.every((key, i) => keyOf(key) === keyOf(keys[i]!))
  })
  if (!isSame || calls.some((one) => one.args.expressions('order_by').length > 0))
    throw unsupported('mapping_strategy="explode" over several groupings, or with order_by,', span)
  const hidden = keys.map((key, i) => renameNode(key, () => `\0key${i}`))
  const values = calls.map((one, i) => renameNode(one.args.expression('self'), () => outputs[i]!.name))
  const grouped = aggregateAll({ frame, keys: hidden, maintainOrder: true, span }, values)
  const lists = selectFrame(
    grouped,
    outputs.map(({ name }) => columnNode(name, span)),
    span,
  )
  return explodeFrame(
    lists,
    lists.columns.filter(({ type }) => type.kind === 'list'),
    span,
  )
}

/** What is one value of the frame, under its name. */
function valueNode(
  frame: Frame,
  { name, expression }: Output,
  span: SourceSpan | undefined,
): PolarsExpression {
  return renameNode({ kind: 'value', frame: selectFrame(frame, [expression], span), span }, () => name)
}

/** What is made of the items of lists, once they are rows. */
function selectExploded(frame: Frame, { name, expression }: Output, span: SourceSpan | undefined): Frame {
  const inside = explodedIn(expression)!
  const rows = selectFrame(frame, [renameNode(inside, () => EXPLODED)], span)
  const outer = replaced(expression, inside, columnNode(EXPLODED, span))
  return selectFrame(rows, [renameNode(outer, () => name)], span)
}

const EXPLODED = '\0exploded'

function explodes(expression: PolarsExpression): boolean {
  return explodeOf(expression) === null ? explodedIn(expression) !== null : true
}

/** The first explode in the expression. */
function explodedIn(node: PolarsExpression): PolarsExpression | null {
  if (node.kind === 'rename') return explodedIn(node.input)
  if (node.kind !== 'call') return null
  if (node.method === explodeMethod) return node
  for (const operand of node.args.operands()) {
    const found = explodedIn(operand)
    if (found !== null) return found
  }
  return null
}

function replaced(node: PolarsExpression, old: PolarsExpression, fresh: PolarsExpression): PolarsExpression {
  if (node === old) return fresh
  if (node.kind === 'rename') return { ...node, input: replaced(node.input, old, fresh) }
  return node.kind === 'call'
    ? { ...node, args: node.args.map((operand) => replaced(operand, old, fresh)) }
    : node
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
      if (explodes(output.expression) || explodedOver(output.expression) !== null)
        throw changedRows(output, span)
      const sequence = lowering.sequence(output.expression, WHOLE_FRAME)
      if (sequence.filter !== null) throw changedRows(output, span)
      made.set(output.name, lowering.alongside(sequence, WHOLE_FRAME, span).expression)
      continue
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

function changedRows({ expression }: Output, span: SourceSpan | undefined): LakebookError {
  return unsupported(
    'Changing the rows inside with_columns',
    expression.span ?? span,
    'Use select, filter, sort or unique on the frame.',
  )
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
