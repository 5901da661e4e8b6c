import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Column } from '../plan/plan.ts'
import { askTexts } from './ask-data.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { textOf } from './constant-values.ts'
import { columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { columnsNamed } from './frame-rows.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { aggregateGroups } from './group-by.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { onlyValueMethod } from './methods/aggregates.ts'
import { binaryExpression } from './methods/operators.ts'
import type { BoundArguments } from './parameters.ts'
import { selectFrame, sortFrame, withColumns } from './select.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Value } from './values.ts'

const KEY = '\0pivot'
const LEAST = '\0least'
/** Stands for null among the texts, which `"null"` may be one of. */
const NULL_TEXT = '\0'

const AGGREGATES = ['first', 'last', 'sum', 'min', 'max', 'mean', 'median', 'len', 'count'] as const

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
  const cast = callExpressionMethod(
    columnNode(column.name, span),
    'cast',
    { args: [text], keywords: [], span },
    span,
  )
  return invoke(cast, 'fill_null', literalNode(NULL_TEXT, span, types.utf8))
}

/** frame.pivot(...): the values of one column become columns. Without `on_columns` the data is asked for them. */
export function pivotFrame(frame: Frame, args: BoundArguments, catalog: PolarsCatalog): Frame {
  const { span } = args
  const named = (name: string) => columnsNamed(frame, args.expressions(name), 'pivot')
  const [on, ...more] = named(args.has('on') ? 'on' : 'columns')
  if (on === undefined) throw new LakebookError('invalid_argument', '`pivot` needs `on`', { span })
  if (more.length > 0)
    throw unsupported('`pivot` on several columns', span, 'Put them into one with pl.concat_str first.')
  let [index, values] = [named('index'), named('values')]
  const others = frame.columns.filter((column) => column !== on)
  if (!args.has('index') && !args.has('values'))
    throw new LakebookError('invalid_argument', '`pivot` needs `index` or `values`', { span })
  if (!args.has('index')) index = others.filter((column) => !values.includes(column))
  if (!args.has('values')) values = others.filter((column) => !index.includes(column))
  const keyed = withColumns(frame, [renameNode(asText(on, span), () => KEY)], span)
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
function namesOf(args: BoundArguments, keyed: Frame, on: Column, catalog: PolarsCatalog): readonly string[] {
  const { span } = args
  const given = args.value('on_columns')
  if (given !== undefined && !(given.kind === 'scalar' && given.value === null)) {
    if (given.kind !== 'list') throw args.invalid('on_columns', 'a list of values')
    return given.items.map((item) =>
      item.kind === 'scalar' && item.value === null ? NULL_TEXT : textOf(item, span),
    )
  }
  const least = renameNode(invoke(columnNode(on.name, span), 'min'), () => LEAST)
  const grouped = aggregateGroups({ frame: keyed, keys: [columnNode(KEY)], maintainOrder: true, span }, [
    least,
  ])
  const sorted = args.bool('sort_columns', false)
    ? sortFrame(grouped, [columnNode(LEAST)], { descending: [], nullsLast: [], stable: false })
    : grouped
  const key = findColumn(sorted, KEY, span)
  const only = projectFrame(sorted, [{ name: KEY, expression: columnReference(key) }])
  return askTexts(catalog, only, '`pivot`', span)
}

function aggregated(values: PolarsExpression, args: BoundArguments): PolarsExpression {
  if (!args.has('aggregate_function') || isNone(args.value('aggregate_function')))
    return callMethod(onlyValueMethod, values, { args: [], keywords: [], span: args.span })
  return invoke(values, args.choice('aggregate_function', AGGREGATES, 'first'))
}

function isNone(value: Value | undefined): boolean {
  return value?.kind === 'scalar' && value.value === null
}
