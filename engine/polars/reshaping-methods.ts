import { isFloat } from '../arrow/types.ts'
import { askCount } from './ask-data.ts'
import { describeFrame } from './describe.ts'
import { columnNode } from './expression.ts'
import { columnsNamed, limited } from './frame-rows.ts'
import { method, type FrameMethod } from './frame-method.ts'
import type { Frame } from './frame.ts'
import { callExpressionMethod } from './method-registry.ts'
import { optional, required, rest, type BoundArguments } from './parameters.ts'
import { partitionFrame } from './partition.ts'
import { pivotFrame } from './pivot.ts'
import { sampleFrame } from './sample.ts'
import { filterFrame, sortFrame, withColumns } from './select.ts'
import { transposeFrame } from './transpose.ts'
import { unpivotFrame } from './unpivot.ts'
import { scalar, type Value } from './values.ts'
import { columnReference } from '../plan/column-ids.ts'

/** The k rows with the greatest (least) keys, in their order; nulls come last. */
function extremes(isTop: boolean) {
  return (frame: Frame, args: BoundArguments): Frame => {
    const by = args.expressions('by')
    const descending = args.flags('reverse', by.length).map((isReversed) => isReversed !== isTop)
    const sorted = sortFrame(frame, by, { descending, nullsLast: by.map(() => true), stable: false })
    return limited(sorted, args.int('k', 5), 0)
  }
}

/** The method on the float columns; the others stay. */
function onFloats(frame: Frame, name: string, args: BoundArguments, values: readonly Value[]): Frame {
  const given = { args: values, keywords: [], span: args.span }
  const filled = frame.columns
    .filter((column) => isFloat(column.type))
    .map((column) => callExpressionMethod(columnNode(column.name), name, given, args.span))
  return filled.length === 0 ? frame : withColumns(frame, filled, args.span)
}

function dropNans(frame: Frame, args: BoundArguments): Frame {
  const subset = args.has('subset')
    ? columnsNamed(frame, args.expressions('subset'), 'drop_nans')
    : frame.columns
  const given = { args: [], keywords: [], span: args.span }
  const conditions = subset
    .filter((column) => isFloat(column.type))
    .map((column) => {
      const isNumber = callExpressionMethod(columnNode(column.name), 'is_not_nan', given, args.span)
      const yes: Value = scalar(true)
      return callExpressionMethod(isNumber, 'fill_null', { ...given, args: [yes] }, args.span)
    })
  return conditions.length === 0 ? frame : filterFrame(frame, conditions)
}

const unpivotParams = (on: string, index: string) => [
  optional(on, 'columns'),
  optional(index, 'columns'),
  optional('variable_name', 'string'),
  optional('value_name', 'string'),
]

export const reshapingMethods: readonly FrameMethod[] = [
  method(
    'pivot',
    [
      optional('on', 'columns'),
      optional('on_columns', 'any'),
      optional('index', 'columns'),
      optional('values', 'columns'),
      optional('aggregate_function', 'any'),
      optional('maintain_order', 'bool'),
      optional('sort_columns', 'bool'),
      optional('separator', 'string'),
      optional('columns', 'columns'),
    ],
    pivotFrame,
  ),
  method('unpivot', unpivotParams('on', 'index'), (frame, args) =>
    unpivotFrame(frame, args, { on: 'on', index: 'index' }),
  ),
  method(
    'melt',
    [
      optional('id_vars', 'columns'),
      optional('value_vars', 'columns'),
      ...unpivotParams('on', 'index').slice(2),
    ],
    (frame, args) => unpivotFrame(frame, args, { on: 'value_vars', index: 'id_vars' }),
  ),
  method(
    'transpose',
    [optional('include_header', 'bool'), optional('header_name', 'string'), optional('column_names', 'any')],
    transposeFrame,
  ),
  {
    name: 'partition_by',
    params: [
      required('by', 'columns'),
      rest('more_by', 'columns'),
      ...['maintain_order', 'include_key', 'as_dict'].map((name) => optional(name, 'bool')),
    ],
    run: partitionFrame,
  },
  method('describe', [optional('percentiles', 'any'), optional('interpolation', 'string')], describeFrame),
  method(
    'sample',
    [
      optional('n', 'int'),
      optional('fraction', 'number'),
      ...['with_replacement', 'shuffle'].map((name) => optional(name, 'bool')),
      optional('seed', 'int'),
    ],
    sampleFrame,
  ),
  method(
    'top_k',
    [required('k', 'int'), required('by', 'columns'), optional('reverse', 'any')],
    extremes(true),
  ),
  method(
    'bottom_k',
    [required('k', 'int'), required('by', 'columns'), optional('reverse', 'any')],
    extremes(false),
  ),
  method('fill_nan', [required('value', 'operand')], (frame, args) =>
    onFloats(frame, 'fill_nan', args, [{ kind: 'expression', expression: args.expression('value') }]),
  ),
  method('drop_nans', [optional('subset', 'columns')], dropNans),
  {
    name: 'n_unique',
    params: [optional('subset', 'columns')],
    run(frame, args, catalog) {
      const subset = args.has('subset')
        ? columnsNamed(frame, args.expressions('subset'), 'n_unique')
        : frame.columns
      const groups = subset.map((output) => ({ output, expression: columnReference(output) }))
      const rows: Frame = {
        plan: { kind: 'aggregate', input: frame.plan, groups, aggregates: [] },
        columns: subset,
        order: null,
      }
      return scalar(BigInt(askCount(catalog, rows, '`n_unique`', args.span)))
    },
  },
]
