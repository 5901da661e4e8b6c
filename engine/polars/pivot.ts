import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Column } from '../plan/plan.ts'
import { askTexts } from './ask-data.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { textOf } from './constant-values.ts'
import { checkSize, columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { columnsNamed } from './frame-rows.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { onlyValueMethod } from './methods/aggregates.ts'
import { isElement } from './methods/list-eval.ts'
import { binaryExpression } from './methods/operators.ts'
import type { BoundArguments } from './parameters.ts'
import { selectFrame, sortFrame, withColumns } from './select.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Value } from './values.ts'

const KEY = '\0pivot'
const LEAST = '\0least'
/** Stands for null among the texts, which `"null"` may be one of. */
const NULL_TEXT = '\0'

const AGGREGATES = ['first', 'last', 'sum', 'min', 'max', 'mean', 'median', 'len', 'count', 'item'] as const

function invoke(
  receiver: PolarsExpression,
  name: string,
  ...args: readonly PolarsExpression[]
): PolarsExpression {
  const values = args.map((expression): Value => ({ kind: 'expression', expression }))
  return callExpressionMethod(
    receiver,
    name,
    { args: values, keywords: [], span: receiver.span },
    receiver.span,
  )
}

/** The column's values as the texts that name columns. */
function asText(column: Column, span: SourceSpan | undefined): PolarsExpression {
  const text: Value = { kind: 'dtype', type: types.utf8 }
  return callExpressionMethod(
    columnNode(column.name, span),
    'cast',
    { args: [text], keywords: [], span },
    span,
  )
}

/** The same of several columns: `{"a",1}`, as Polars calls what it pivots on several. */
function keyOf(columns: readonly Column[], span: SourceSpan | undefined): PolarsExpression {
  const [only, ...others] = columns
  const text = (value: string) => literalNode(value, span, types.utf8)
  if (others.length === 0) return invoke(asText(only!, span), 'fill_null', text(NULL_TEXT))
  const join = (left: PolarsExpression, right: PolarsExpression) => binaryExpression('+', left, right, span)
  const shown = columns.map((column) => {
    const own = asText(column, span)
    const quoted = column.type.kind === 'utf8' ? join(join(text('"'), own), text('"')) : own
    return invoke(quoted, 'fill_null', text('null'))
  })
  const listed = shown.reduce((left, right) => join(join(left, text(',')), right))
  return join(join(text('{'), listed), text('}'))
}

/** frame.pivot(...): the values of one column become columns. Without `on_columns` the data is asked for them. */
export function pivotFrame(frame: Frame, args: BoundArguments, catalog: PolarsCatalog): Frame {
  const { span } = args
  const named = (name: string) => columnsNamed(frame, args.expressions(name), 'pivot')
  const on = named(args.has('on') ? 'on' : 'columns')
  if (on.length === 0) throw new LakebookError('invalid_argument', '`pivot` needs `on`', { span })
  let [index, values] = [named('index'), named('values')]
  const others = frame.columns.filter((column) => !on.includes(column))
  if (!args.has('index') && !args.has('values'))
    throw new LakebookError('invalid_argument', '`pivot` needs `index` or `values`', { span })
  if (!args.has('index')) index = others.filter((column) => !values.includes(column))
  if (!args.has('values')) values = others.filter((column) => !index.includes(column))
  const keyed = withColumns(frame, [renameNode(keyOf(on, span), () => KEY)], span)
  const texts = namesOf(args, keyed, on, catalog)
  const separator = args.string('separator', '_')
  const aggregates = values.flatMap((column) =>
    texts.map((text) => {
      const isThis = binaryExpression('==', columnNode(KEY), literalNode(text, span, types.utf8), span)
      const cell = aggregated(invoke(columnNode(column.name, span), 'filter', isThis), args)
      const label = text === NULL_TEXT ? 'null' : text
      return renameNode(cell, () => (values.length > 1 ? `${column.name}${separator}${label}` : label))
    }),
  )
  if (aggregates.length === 0)
    return selectFrame(
      frame,
      index.map((column) => columnNode(column.name)),
      span,
    )
  if (index.length === 0) return selectFrame(keyed, aggregates, span)
  const keys = index.map((column) => columnNode(column.name, span))
  return aggregateGroups({ frame: keyed, keys, maintainOrder: true, span }, aggregates)
}

/** The texts of the new columns, in order of appearance or sorted. */
function namesOf(
  args: BoundArguments,
  keyed: Frame,
  on: readonly Column[],
  catalog: PolarsCatalog,
): readonly string[] {
  const { span } = args
  const given = args.value('on_columns')
  if (given !== undefined && !(given.kind === 'scalar' && given.value === null)) {
    if (given.kind !== 'list') throw args.invalid('on_columns', 'a list of values')
    if (on.length > 1)
      throw unsupported(
        '`on_columns` of `pivot` on several columns',
        span,
        'Leave it out: the data is asked.',
      )
    return given.items.map((item) =>
      item.kind === 'scalar' && item.value === null ? NULL_TEXT : textOf(item, span),
    )
  }
  const least = on.map((column, i) =>
    renameNode(invoke(columnNode(column.name, span), 'min'), () => `${LEAST}${i}`),
  )
  const grouped = aggregateGroups({ frame: keyed, keys: [columnNode(KEY)], maintainOrder: true, span }, least)
  const sorted = args.bool('sort_columns', false)
    ? sortFrame(
        grouped,
        on.map((_, i) => columnNode(`${LEAST}${i}`)),
        { descending: [], nullsLast: [], stable: false },
      )
    : grouped
  const key = findColumn(sorted, KEY, span)
  const only = projectFrame(sorted, [{ name: KEY, expression: columnReference(key) }])
  return askTexts(catalog, only, '`pivot`', span)
}

function aggregated(values: PolarsExpression, args: BoundArguments): PolarsExpression {
  const how = args.value('aggregate_function')
  if (how === undefined || isNone(how))
    return callMethod(onlyValueMethod, values, { args: [], keywords: [], span: args.span })
  if (how.kind === 'expression') {
    checkSize(how.expression)
    return withElement(how.expression, values)
  }
  return invoke(values, args.choice('aggregate_function', AGGREGATES, 'first'))
}

/** An expression over pl.element() with the cell's values in its place. */
function withElement(node: PolarsExpression, values: PolarsExpression): PolarsExpression {
  if (isElement(node)) return values
  switch (node.kind) {
    case 'columns':
    case 'literal':
    case 'value':
      return node
    case 'rename':
      return withElement(node.input, values)
    case 'call':
      return { ...node, args: node.args.map((operand) => withElement(operand, values)) }
  }
}

function isNone(value: Value | undefined): boolean {
  return value?.kind === 'scalar' && value.value === null
}
