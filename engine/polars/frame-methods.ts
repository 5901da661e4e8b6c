import { LakebookError } from '../errors.ts'
import { columnNode, renameNode, type PolarsExpression } from './expression.ts'
import { method, type FrameMethod } from './frame-method.ts'
import { castColumns, drop, fillNull, rename, withRowIndex } from './frame-columns.ts'
import { columnsNamed, dropNulls, head, limited, reverse, slice, tail, unique } from './frame-rows.ts'
import type { Frame } from './frame.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { joinAsof } from './join-asof.ts'
import { joinFrames } from './join.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { rowCountMethod } from './methods/aggregates.ts'
import { optional, required, rest, type BoundArguments, type Parameter } from './parameters.ts'
import { reshapingMethods } from './reshaping-methods.ts'
import { wideMethods } from './wide-methods.ts'
import { concatFrames, explodeFrame } from './reshape.ts'
import { filterFrame, selectFrame, sortFrame, withColumns } from './select.ts'
import { selectColumns } from './selector.ts'
import { sqlFrame } from './sql-frame.ts'
import { unnestFrame } from './unnest-frame.ts'
import { binaryExpression, invertExpression } from './methods/operators.ts'
import { upsampleFrame } from './upsample.ts'
import { cellsOfFrame } from './frame-items.ts'
import { seriesOf } from './series.ts'
import { scalar, type Value } from './values.ts'

function invoke(
  receiver: PolarsExpression,
  name: string,
  args: BoundArguments,
  values: readonly Value[] = [],
): PolarsExpression {
  return callExpressionMethod(receiver, name, { args: values, keywords: [], span: args.span }, args.span)
}

/** The same method on every column. */
function onEveryColumn(
  name: string,
  params: readonly Parameter[] = [],
  pass: readonly string[] = [],
): FrameMethod {
  return method(name, params, (frame, args) => {
    const keywords = pass.flatMap((param) => {
      const value = args.value(param)
      return value === undefined ? [] : [{ name: param, value, span: args.span }]
    })
    const given = { args: [], keywords, span: args.span }
    const expressions = frame.columns.map((column) =>
      callExpressionMethod(columnNode(column.name), name, given, args.span),
    )
    return selectFrame(frame, expressions, args.span)
  })
}

function sort(frame: Frame, args: BoundArguments): Frame {
  const by = [...args.expressions('by'), ...args.expressions('more_by')].flatMap(
    (expression): PolarsExpression[] => {
      if (expression.kind !== 'columns') return [expression]
      return selectColumns(expression.selector, frame.columns, expression.span).map((column) =>
        columnNode(column.name, expression.span),
      )
    },
  )
  if (by.length === 0)
    throw new LakebookError('invalid_argument', '`sort` needs at least one key', { span: args.span })
  return sortFrame(frame, by, {
    descending: args.flags('descending', by.length),
    nullsLast: args.flags('nulls_last', by.length),
    stable: args.bool('maintain_order', false),
  })
}

function explode(frame: Frame, args: BoundArguments): Frame {
  return explodeFrame(frame, columnsNamed(frame, args.expressions('columns'), 'explode'), args.span, {
    empty: args.bool('empty_as_null', true),
    nulls: args.bool('keep_nulls', true),
  })
}

function join(frame: Frame, args: BoundArguments): Frame {
  const other = args.value('other')
  if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
  const on = args.expressions('on')
  const how = args.choice(
    'how',
    ['inner', 'left', 'right', 'full', 'outer', 'semi', 'anti', 'cross'],
    'inner',
  )
  const validate = args.choice('validate', ['m:m', 'm:1', '1:m', '1:1'], 'm:m')
  const order = args.choice('maintain_order', ['none', 'left', 'right', 'left_right', 'right_left'], 'none')
  return joinFrames(frame, other.frame, {
    how,
    first: order.startsWith('right') || (order === 'none' && how === 'right') ? 'right' : 'left',
    unique: { left: validate.startsWith('1'), right: validate.endsWith('1') },
    leftOn: on.length > 0 ? on : args.expressions('left_on'),
    rightOn: on.length > 0 ? on : args.expressions('right_on'),
    suffix: args.string('suffix', '_right'),
    nullsEqual: args.bool('nulls_equal', args.bool('join_nulls', false)),
    coalesce: args.has('coalesce') ? args.bool('coalesce', true) : undefined,
    span: args.span,
  })
}

/** Without keys: of all columns, so of a column taken by itself. */
function valueCounts(frame: Frame, args: BoundArguments): Frame {
  const { span } = args
  const by = args.expressions('by')
  const keys = by.length > 0 ? by : frame.columns.map((column) => columnNode(column.name, span))
  const name = args.string('name', args.bool('normalize', false) ? 'proportion' : 'count')
  const counted = aggregateGroups({ frame, keys, maintainOrder: true, span }, [
    renameNode(callMethod(rowCountMethod, null, { args: [], keywords: [], span }), () => name),
  ])
  const sorted = args.bool('sort', false)
    ? sortFrame(counted, [columnNode(name)], { descending: [true], nullsLast: [], stable: true })
    : counted
  if (!args.bool('normalize', false)) return sorted
  const total = invoke(columnNode(name), 'sum', args)
  return withColumns(sorted, [binaryExpression('/', columnNode(name), total, span)], span)
}

function stack(frame: Frame, args: BoundArguments): Frame {
  const other = args.value('other')
  if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
  return concatFrames([frame, other.frame], 'vertical', args.span)
}

/** The only value of a frame of one row and one column; another number of rows fails the query. */
function oneItem(frame: Frame, args: BoundArguments): Value {
  const [column, ...others] = frame.columns
  if (column === undefined || others.length > 0)
    throw args.invalid('row', 'a row where the frame has several columns')
  return seriesOf(selectFrame(frame, [invoke(columnNode(column.name), 'item', args)], args.span))
}

/** A method that gives one column by itself. */
function seriesMethod(...given: Parameters<typeof method>): FrameMethod {
  const made = method(...given)
  return {
    ...made,
    run: (frame, args, catalog) => {
      const value = made.run(frame, args, catalog)
      return value.kind === 'frame' ? seriesOf(value.frame) : value
    },
  }
}

function same(name: string, params: readonly Parameter[] = []): FrameMethod {
  return method(name, params, (frame) => frame)
}

const n = optional('n', 'int')
const strict = optional('strict', 'bool')
const subset = optional('subset', 'columns')

const frameMethods: readonly FrameMethod[] = [
  method(
    'select',
    [rest('exprs', 'columns')],
    (frame, args) => selectFrame(frame, args.expressions('exprs'), args.span),
    true,
  ),
  method(
    'with_columns',
    [rest('exprs', 'columns')],
    (frame, args) => withColumns(frame, args.expressions('exprs'), args.span),
    true,
  ),
  {
    ...method('filter', [rest('predicates', 'columns')], (frame, args) =>
      filterFrame(frame, args.expressions('predicates')),
    ),
    namedConstraints: true,
  },
  method(
    'sort',
    [
      required('by', 'columns'),
      rest('more_by', 'columns'),
      ...['descending', 'nulls_last', 'maintain_order'].map((name) => optional(name, 'any')),
      optional('multithreaded', 'bool'),
    ],
    sort,
  ),
  method('head', [n], head),
  method('limit', [n], head),
  method('fetch', [n], head),
  method('tail', [n], (frame, args) => tail(frame, args.int('n', 5))),
  method('first', [], (frame) => limited(frame, 1, 0)),
  method('last', [], (frame) => tail(frame, 1)),
  method('slice', [required('offset', 'int'), optional('length', 'int')], slice),
  method('unique', [subset, optional('keep', 'string'), optional('maintain_order', 'bool')], unique),
  method('rename', [required('mapping', 'any'), strict], rename),
  method('drop', [rest('columns', 'columns'), strict], drop),
  method('with_row_index', [optional('name', 'string'), optional('offset', 'int')], (frame, args) =>
    withRowIndex(frame, args),
  ),
  method('with_row_count', [optional('name', 'string'), optional('offset', 'int')], (frame, args) =>
    withRowIndex(frame, args, 'row_nr'),
  ),
  method('cast', [required('dtypes', 'any'), strict], castColumns),
  method('drop_nulls', [subset], dropNulls),
  method(
    'fill_null',
    [optional('value', 'operand'), optional('strategy', 'string'), optional('limit', 'int')],
    fillNull,
  ),
  method(
    'explode',
    [rest('columns', 'columns'), optional('empty_as_null', 'bool'), optional('keep_nulls', 'bool')],
    explode,
  ),
  method(
    'join',
    [
      required('other', 'any'),
      optional('on', 'columns'),
      optional('how', 'string'),
      optional('left_on', 'columns'),
      optional('right_on', 'columns'),
      optional('suffix', 'string'),
      optional('validate', 'string'),
      optional('nulls_equal', 'bool'),
      optional('join_nulls', 'bool'),
      optional('coalesce', 'bool'),
      optional('maintain_order', 'string'),
      optional('allow_parallel', 'bool'),
      optional('force_parallel', 'bool'),
    ],
    join,
  ),
  method(
    'join_where',
    [required('other', 'any'), rest('predicates', 'columns'), optional('suffix', 'string')],
    (frame, args) => {
      const other = args.value('other')
      if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
      const predicates = args.expressions('predicates')
      if (predicates.length === 0) throw args.invalid('predicates', 'at least one condition')
      const crossed = joinFrames(frame, other.frame, {
        how: 'cross',
        leftOn: [],
        rightOn: [],
        suffix: args.string('suffix', '_right'),
        span: args.span,
      })
      return filterFrame(crossed, predicates)
    },
  ),
  method(
    'join_asof',
    [
      required('other', 'any'),
      ...['left_on', 'right_on', 'on'].map((name) => optional(name, 'columns')),
      ...['by_left', 'by_right', 'by'].map((name) => optional(name, 'columns')),
      optional('strategy', 'string'),
      optional('suffix', 'string'),
      optional('tolerance', 'any'),
      optional('allow_exact_matches', 'bool'),
      optional('coalesce', 'bool'),
      optional('check_sortedness', 'bool'),
    ],
    (frame, args) => {
      const other = args.value('other')
      if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
      return joinAsof(frame, other.frame, args)
    },
  ),
  method(
    'upsample',
    [
      required('time_column', 'column'),
      required('every', 'string'),
      optional('group_by', 'columns'),
      optional('maintain_order', 'bool'),
    ],
    upsampleFrame,
  ),
  {
    name: 'group_by_dynamic',
    params: [
      required('index_column', 'column'),
      required('every', 'string'),
      ...['period', 'offset', 'closed', 'label', 'start_by'].map((name) => optional(name, 'string')),
      optional('include_boundaries', 'bool'),
      optional('group_by', 'columns'),
    ],
    run: (frame, args) => ({ kind: 'time_group', group: { kind: 'dynamic', frame, args } }),
  },
  {
    name: 'rolling',
    params: [
      required('index_column', 'column'),
      required('period', 'string'),
      optional('offset', 'string'),
      optional('closed', 'string'),
      optional('group_by', 'columns'),
    ],
    run: (frame, args) => ({ kind: 'time_group', group: { kind: 'rolling', frame, args } }),
  },
  method('gather_every', [required('n', 'int'), optional('offset', 'int')], (frame, args) => {
    const values = ['n', 'offset'].flatMap((name) => args.value(name) ?? [])
    const given = { args: values, keywords: [], span: args.span }
    const picked = frame.columns.map((column) =>
      callExpressionMethod(columnNode(column.name), 'gather_every', given, args.span),
    )
    return selectFrame(frame, picked, args.span)
  }),
  method(
    'select_seq',
    [rest('exprs', 'columns')],
    (frame, args) => selectFrame(frame, args.expressions('exprs'), args.span),
    true,
  ),
  method(
    'with_columns_seq',
    [rest('exprs', 'columns')],
    (frame, args) => withColumns(frame, args.expressions('exprs'), args.span),
    true,
  ),
  method('remove', [rest('predicates', 'columns')], (frame, args) => {
    const [first, ...others] = args.expressions('predicates')
    if (first === undefined) return frame
    const all = others.reduce((left, right) => binaryExpression('&', left, right, args.span), first)
    const isKept = binaryExpression('|', invertExpression(all), invoke(all, 'is_null', args), args.span)
    return filterFrame(frame, [isKept])
  }),
  {
    name: 'collect_schema',
    params: [],
    run: (frame) => ({
      kind: 'dict',
      entries: frame.columns.map(({ name, type }) => [scalar(name), { kind: 'dtype', type }] as const),
    }),
  },
  {
    name: 'sql',
    params: [required('query', 'string'), optional('table_name', 'string')],
    run(frame, args, catalog) {
      const names = ['self', ...(args.has('table_name') ? [args.string('table_name', 'self')] : [])]
      return {
        kind: 'frame',
        frame: sqlFrame(
          args.string('query', ''),
          catalog,
          new Map(names.map((name) => [name, frame])),
          args.span,
        ),
      }
    },
  },
  method('unnest', [rest('columns', 'columns'), optional('separator', 'string')], unnestFrame),
  method('vstack', [required('other', 'any')], stack),
  method('extend', [required('other', 'any')], stack),
  method('hstack', [required('columns', 'any'), optional('in_place', 'bool')], (frame, args) => {
    const given = args.value('columns')
    const frames = given?.kind === 'list' ? given.items : [given]
    return frames.reduce((left: Frame, one) => {
      if (one?.kind !== 'frame') throw args.invalid('columns', 'a frame, or a list of series')
      return concatFrames([left, one.frame], 'horizontal', args.span)
    }, frame)
  }),
  seriesMethod('get_column', [required('name', 'string')], (frame, args) =>
    selectFrame(frame, [columnNode(args.string('name', ''), args.span)], args.span),
  ),
  seriesMethod('to_series', [optional('index', 'int')], (frame, args) => {
    const selector = { kind: 'position', index: args.int('index', 0) } as const
    return selectFrame(frame, [{ kind: 'columns', selector, span: args.span }], args.span)
  }),
  {
    name: 'item',
    params: [optional('row', 'int'), optional('column', 'any')],
    run(frame, args) {
      if (!args.has('row')) return oneItem(frame, args)
      const column = args.value('column') ?? scalar(0n)
      return cellsOfFrame(frame, scalar(BigInt(args.int('row', 0))), column, args.span)
    },
  },
  method('to_frame', [optional('name', 'string')], (frame, args) => {
    const name = args.string('name', frame.columns[0]?.name ?? '')
    return selectFrame(frame, [renameNode(columnNode(frame.columns[0]?.name ?? ''), () => name)], args.span)
  }),
  method('reverse', [], reverse),
  method(
    'value_counts',
    [
      rest('by', 'columns'),
      optional('sort', 'bool'),
      optional('name', 'string'),
      optional('normalize', 'bool'),
    ],
    valueCounts,
  ),
  onEveryColumn('null_count'),
  onEveryColumn('count'),
  onEveryColumn('sum'),
  onEveryColumn('mean'),
  onEveryColumn('min'),
  onEveryColumn('max'),
  onEveryColumn('median'),
  onEveryColumn('product'),
  onEveryColumn('approx_n_unique'),
  onEveryColumn('interpolate'),
  onEveryColumn(
    'quantile',
    [required('quantile', 'number'), optional('interpolation', 'string')],
    ['quantile', 'interpolation'],
  ),
  onEveryColumn('std', [optional('ddof', 'int')], ['ddof']),
  onEveryColumn('var', [optional('ddof', 'int')], ['ddof']),
  method('shift', [optional('n', 'int'), optional('fill_value', 'operand')], (frame, args) => {
    const keywords = [
      ...(args.has('n') ? [{ name: 'n', value: args.value('n')!, span: args.span }] : []),
      ...args.expressions('fill_value').map((expression) => ({
        name: 'fill_value',
        value: { kind: 'expression', expression } as const,
        span: args.span,
      })),
    ]
    const given = { args: [], keywords, span: args.span }
    return selectFrame(
      frame,
      frame.columns.map((column) => callExpressionMethod(columnNode(column.name), 'shift', given, args.span)),
      args.span,
    )
  }),
  same('lazy'),
  same('collect', [optional('streaming', 'bool'), optional('engine', 'string')]),
  same('clone'),
  same('rechunk'),
  same('cache'),
  same('set_sorted', [rest('columns', 'any'), optional('descending', 'bool')]),
]

const byName = new Map([...frameMethods, ...reshapingMethods, ...wideMethods].map((one) => [one.name, one]))

export function findFrameMethod(name: string): FrameMethod | undefined {
  return byName.get(name)
}

/** `group_by` and `pipe` are there too, though they are called otherwise. */
export function frameMethodNames(): readonly string[] {
  return [...byName.keys(), 'group_by', 'pipe']
}

/** The parameters of each, for the reference. */
export function frameMethodParameters(): ReadonlyMap<string, readonly Parameter[]> {
  return new Map([...byName].map(([name, method]) => [name, method.params]))
}
