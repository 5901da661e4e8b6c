import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { askCount, askTexts } from './ask-data.ts'
import { columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { method, type FrameMethod } from './frame-method.ts'
import { withRowIndex } from './frame-columns.ts'
import { columnsNamed, limited } from './frame-rows.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { joinFrames } from './join.ts'
import { mergeSorted } from './merge-sorted.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { aggregateMethods } from './methods/aggregates.ts'
import { horizontalMethods } from './methods/horizontal.ts'
import { binaryExpression } from './methods/operators.ts'
import { structMethod } from './methods/structs.ts'
import { bindArguments, optional, required, type BoundArguments } from './parameters.ts'
import { concatFrames } from './reshape.ts'
import { selectFrame, withColumns } from './select.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { scalar, toExpression, type Value } from './values.ts'

function value(expression: PolarsExpression): Value {
  return { kind: 'expression', expression }
}

function invoke(receiver: PolarsExpression, name: string, args: readonly Value[] = []): PolarsExpression {
  return callExpressionMethod(receiver, name, { args, keywords: [], span: receiver.span }, receiver.span)
}

function everyColumn(frame: Frame): readonly PolarsExpression[] {
  return frame.columns.map((column) => columnNode(column.name))
}

/** frame.sum_horizontal() is frame.select(pl.sum_horizontal(pl.all()).alias("sum")). */
function horizontal(name: string): FrameMethod {
  const found = horizontalMethods.find((one) => one.name === `pl.${name}`)!
  return method(name, [optional('ignore_nulls', 'bool')], (frame, args) => {
    const given = { args: everyColumn(frame).map(value), keywords: [], span: args.span }
    const made = callMethod(found, null, given)
    return selectFrame(frame, [renameNode(made, () => name.replace('_horizontal', ''))], args.span)
  })
}

/** A frame taken as a column, or an expression. */
function columnGiven(given: Value | undefined, args: BoundArguments): PolarsExpression {
  if (given?.kind === 'frame' && given.isSeries !== true) {
    throw unsupported(
      `A column of another frame in \`${args.method}\``,
      args.span,
      'Write an expression over this frame, or put frames side by side with hstack.',
    )
  }
  if (given === undefined) throw args.invalid('column', 'an expression')
  return toExpression(given, 'column', args.span)
}

/** The frame's columns with another at a place. */
function placed(frame: Frame, args: BoundArguments, replaces: boolean): Frame {
  const given = args.int('index', 0)
  const index = given < 0 ? frame.columns.length + given : given
  if (index < 0 || index >= frame.columns.length + (replaces ? 0 : 1))
    throw args.invalid('index', 'the place of a column')
  const columns: PolarsExpression[] = [...everyColumn(frame)]
  columns.splice(index, replaces ? 1 : 0, columnGiven(args.value('column'), args))
  return selectFrame(frame, columns, args.span)
}

/** Whether the row's values are there once (more than once) in the frame. */
function repeats(name: string): FrameMethod {
  const made = method(name, [], (frame, args) => {
    const given = { args: everyColumn(frame).map(value), keywords: [], span: args.span }
    const struct = callMethod(structMethod, null, given)
    return selectFrame(frame, [renameNode(invoke(struct, name), () => '')], args.span)
  })
  return { ...made, run: (...given) => ({ ...made.run(...given), isSeries: true }) as Value }
}

/** The correlation of each column with each. */
function correlations(frame: Frame, args: BoundArguments): Frame {
  const corr = aggregateMethods.find((one) => one.name === 'pl.corr')!
  const rows = frame.columns.map((row) =>
    selectFrame(
      frame,
      frame.columns.map((column) =>
        renameNode(
          callMethod(corr, null, {
            args: [value(columnNode(row.name)), value(columnNode(column.name))],
            keywords: [],
            span: args.span,
          }),
          () => column.name,
        ),
      ),
      args.span,
    ),
  )
  return rows.reduce((above, below) => concatFrames([above, below], 'vertical', args.span))
}

const ROW = '\0row'
const OTHER = '\0other'

/** The frame with the other's values where they are not null, matched by keys or row by row. */
function update(frame: Frame, args: BoundArguments): Frame {
  const { span } = args
  const other = args.value('other')
  if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
  if (args.bool('include_nulls', false))
    throw unsupported('The argument `include_nulls` of `update`', span, 'Join, and choose with pl.when(...).')
  const how = args.choice('how', ['left', 'inner', 'full'], 'left')
  const on = args.expressions('on')
  const [leftOn, rightOn] = ['left_on', 'right_on'].map((name) => args.expressions(name))
  const byRow = on.length === 0 && leftOn!.length === 0
  const numbered = (one: Frame) =>
    withRowIndex(
      one,
      bindArguments(
        'with_row_index',
        [required('name', 'string')],
        {
          args: [scalar(ROW)],
          keywords: [],
          span,
        },
        null,
      ),
    )
  const [left, right] = byRow ? [numbered(frame), numbered(other.frame)] : [frame, other.frame]
  const keys = byRow ? [columnNode(ROW)] : null
  const joined = joinFrames(left, right, {
    how,
    leftOn: keys ?? (on.length > 0 ? on : leftOn!),
    rightOn: keys ?? (on.length > 0 ? on : rightOn!),
    suffix: OTHER,
    coalesce: true,
    span,
  })
  const names = new Set(joined.columns.map((column) => column.name))
  return selectFrame(
    joined,
    frame.columns.map((column) => {
      const own = columnNode(column.name, span)
      if (!names.has(column.name + OTHER)) return own
      const fresh = invoke(columnNode(column.name + OTHER, span), 'fill_null', [value(own)])
      const dtype: Value = { kind: 'dtype', type: column.type }
      return renameNode(invoke(fresh, 'cast', [dtype]), () => column.name)
    }),
    span,
  )
}

/** 1 and 0 for each value of a column, whose values the data is asked for. */
const dummies: FrameMethod = {
  name: 'to_dummies',
  params: [
    optional('columns', 'columns'),
    optional('separator', 'string'),
    optional('drop_first', 'bool'),
    optional('drop_nulls', 'bool'),
  ],
  run(frame, args, catalog) {
    const { span } = args
    const separator = args.string('separator', '_')
    const chosen = new Set(
      args.has('columns') ? columnsNamed(frame, args.expressions('columns'), 'to_dummies') : frame.columns,
    )
    const text: Value = { kind: 'dtype', type: types.utf8 }
    const outputs = frame.columns.flatMap((column): PolarsExpression[] => {
      const own = columnNode(column.name, span)
      if (!chosen.has(column)) return [own]
      const shown = renameNode(invoke(invoke(own, 'cast', [text]), 'fill_null', [scalar('null')]), () => KEY)
      const keyed = withColumns(frame, [shown], span)
      const grouped = aggregateGroups(
        { frame: keyed, keys: [columnNode(KEY)], maintainOrder: true, span },
        [],
      )
      const only = projectFrame(grouped, [
        { name: KEY, expression: columnReference(findColumn(grouped, KEY, span)) },
      ])
      const texts = askTexts(catalog, only, '`to_dummies`', span)
      return texts
        .slice(args.bool('drop_first', false) ? 1 : 0)
        .filter((one) => one !== 'null' || !args.bool('drop_nulls', false))
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((one) => {
          const wanted = literalNode(one, span, types.utf8)
          const filled = invoke(invoke(own, 'cast', [text]), 'fill_null', [scalar('null')])
          const isThis = binaryExpression('==', filled, wanted, span)
          const flag = invoke(isThis, 'cast', [{ kind: 'dtype', type: types.uint8 }])
          return renameNode(flag, () => `${column.name}${separator}${one}`)
        })
    })
    return { kind: 'frame', frame: selectFrame(frame, outputs, span) }
  },
}

const KEY = '\0dummy'

/** Methods of frames that work across their columns, or on a column by its place. */
export const wideMethods: readonly FrameMethod[] = [
  ...['sum', 'mean', 'min', 'max'].map((name) => horizontal(`${name}_horizontal`)),
  repeats('is_unique'),
  repeats('is_duplicated'),
  method('to_struct', [optional('name', 'string')], (frame, args) => {
    const given = { args: everyColumn(frame).map(value), keywords: [], span: args.span }
    const name = args.string('name', '')
    return selectFrame(frame, [renameNode(callMethod(structMethod, null, given), () => name)], args.span)
  }),
  method('insert_column', [required('index', 'int'), required('column', 'any')], (frame, args) =>
    placed(frame, args, false),
  ),
  method('replace_column', [required('index', 'int'), required('column', 'any')], (frame, args) =>
    placed(frame, args, true),
  ),
  method('map_columns', [required('column_names', 'columns'), required('function', 'any')], (frame, args) => {
    const lambda = args.value('function')
    if (lambda?.kind !== 'lambda') throw args.invalid('function', 'a lambda of an expression')
    const changed = columnsNamed(frame, args.expressions('column_names'), 'map_columns').map((column) => {
      const made = lambda.call({ args: [value(columnNode(column.name))], keywords: [], span: args.span })
      return renameNode(toExpression(made, 'literal', args.span), () => column.name)
    })
    return withColumns(frame, changed, args.span)
  }),
  method('gather', [required('indices', 'any')], (frame, args) => {
    const indices = args.value('indices')
    const picked = everyColumn(frame).map((column) =>
      invoke(column, 'gather', indices === undefined ? [] : [indices]),
    )
    return selectFrame(frame, picked, args.span)
  }),
  method('clear', [optional('n', 'int')], (frame, args) => {
    if (args.int('n', 0) !== 0) throw args.invalid('n', '0')
    return limited(frame, 0, 0)
  }),
  method('corr', [], correlations),
  method('merge_sorted', [required('other', 'any'), required('key', 'string')], (frame, args) => {
    const other = args.value('other')
    if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
    return mergeSorted(frame, other.frame, args.string('key', ''), args.span)
  }),
  method(
    'update',
    [
      required('other', 'any'),
      optional('on', 'columns'),
      optional('how', 'string'),
      optional('left_on', 'columns'),
      optional('right_on', 'columns'),
      optional('include_nulls', 'bool'),
      optional('maintain_order', 'string'),
    ],
    update,
  ),
  dummies,
  {
    name: 'is_empty',
    params: [],
    run: (frame, args, catalog) =>
      scalar(askCount(catalog, limited(frame, 1, 0), '`is_empty`', args.span) === 0),
  },
  {
    name: 'get_column_index',
    params: [required('name', 'string')],
    run(frame, args) {
      const column = findColumn(frame, args.string('name', ''), args.span)
      return scalar(BigInt(frame.columns.indexOf(column)))
    },
  },
  {
    name: 'get_columns',
    params: [],
    run: (frame, args) => ({
      kind: 'list',
      items: everyColumn(frame).map((column) => ({
        kind: 'frame',
        frame: selectFrame(frame, [column], args.span),
      })),
    }),
  },
  method('shrink_to_fit', [optional('in_place', 'bool')], (frame) => frame),
]
