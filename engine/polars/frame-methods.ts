import { types } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Column, LogicalPlan } from '../plan/plan.ts'
import { columnNode, literalNode, type PolarsExpression } from './expression.ts'
import { findColumn, inOrder, projectFrame, withOrdinal, type Frame } from './frame.ts'
import { aggregateGroups } from './group-by.ts'
import { joinAsof } from './join-asof.ts'
import { joinFrames } from './join.ts'
import { call, castTo, int64 } from './lowered.ts'
import { Lowering, WHOLE_FRAME } from './lowering.ts'
import { callExpressionMethod } from './method-registry.ts'
import { optional, required, rest, type BoundArguments, type Parameter } from './parameters.ts'
import { polarsCast } from './polars-cast.ts'
import { concatFrames, explodeFrame } from './reshape.ts'
import { filterFrame, selectFrame, sortFrame, withColumns } from './select.ts'
import { selectColumns } from './selector.ts'
import { reversed, RUNNING, WHOLE_PARTITION } from './stage.ts'
import { upsampleFrame } from './upsample.ts'
import type { Value } from './values.ts'

export interface FrameMethod {
  readonly name: string
  readonly params: readonly Parameter[]
  /** Keywords that are no parameters name further expressions: `with_columns(b=pl.col("a"))`. */
  readonly namedOutputs?: boolean
  run(frame: Frame, args: BoundArguments): Value
}

function method(
  name: string,
  params: readonly Parameter[],
  run: (frame: Frame, args: BoundArguments) => Frame,
  namedOutputs = false,
): FrameMethod {
  return { name, params, namedOutputs, run: (frame, args) => ({ kind: 'frame', frame: run(frame, args) }) }
}

/** Every named column, in the frame's order or the order given. */
function columnsNamed(
  frame: Frame,
  expressions: readonly PolarsExpression[],
  what: string,
): readonly Column[] {
  return expressions.flatMap((expression) => {
    if (expression.kind !== 'columns')
      throw unsupported(`An expression in ${what}`, expression.span, 'Name columns.')
    return selectColumns(expression.selector, frame.columns, expression.span)
  })
}

function limited(frame: Frame, limit: number | null, offset: number): Frame {
  const sorted = inOrder(frame)
  const plan: LogicalPlan = { kind: 'limit', input: sorted.plan, limit, offset }
  return { ...sorted, plan }
}

function head(frame: Frame, args: BoundArguments): Frame {
  const n = args.int('n', 5)
  if (n < 0) throw unsupported('A count below zero', args.span, 'Use tail or slice.')
  return limited(frame, n, 0)
}

/** The last n rows: the first n of the opposite order, in order again. */
function tail(frame: Frame, n: number, skip = 0): Frame {
  const { frame: numbered, ordinal } = withOrdinal(frame)
  const backwards = { expression: columnReference(ordinal), descending: true, nullsFirst: false }
  const sorted: LogicalPlan = { kind: 'sort', input: numbered.plan, keys: [backwards], limit: null }
  return { ...numbered, plan: { kind: 'limit', input: sorted, limit: n, offset: skip } }
}

function slice(frame: Frame, args: BoundArguments): Frame {
  const offset = args.int('offset', 0)
  const length = args.has('length') ? args.int('length', 0) : null
  if (offset >= 0) return limited(frame, length, offset)
  const count = Math.min(length ?? -offset, -offset)
  return tail(frame, count, -offset - count)
}

function unique(frame: Frame, args: BoundArguments): Frame {
  const subset = args.has('subset')
    ? columnsNamed(frame, args.expressions('subset'), 'unique')
    : frame.columns
  const keep = args.choice('keep', ['any', 'first', 'last', 'none'], 'any')
  const keys = subset.map(columnReference)
  const maintainOrder = args.bool('maintain_order', false)
  if (!maintainOrder && keep !== 'none' && subset.length === frame.columns.length) {
    const groups = frame.columns.map((column) => ({
      output: newColumn(column.name, column.type, column.nullable),
      expression: columnReference(column),
    }))
    const plan: LogicalPlan = { kind: 'aggregate', input: frame.plan, groups, aggregates: [] }
    return { plan, columns: groups.map((group) => group.output), order: null }
  }
  const lowering = new Lowering(frame)
  const order = lowering.stage.order()
  const spec = {
    partitionBy: keys,
    orderBy: keep === 'last' ? reversed(order) : order,
  }
  const position =
    keep === 'none'
      ? lowering.stage.window('count_star', [], { partitionBy: keys, orderBy: [] }, WHOLE_PARTITION)
      : lowering.stage.window('row_number', [], spec, RUNNING)
  const staged = lowering.stage.finish()
  return {
    ...staged,
    plan: { kind: 'filter', input: staged.plan, predicate: call('=', [position, int64(1)]) },
  }
}

function rename(frame: Frame, args: BoundArguments): Frame {
  const mapping = args.value('mapping')
  if (mapping?.kind !== 'dict') throw args.invalid('mapping', 'a dict of old and new names')
  const names = new Map<string, string>()
  for (const [from, to] of mapping.entries) {
    if (
      from.kind !== 'scalar' ||
      to.kind !== 'scalar' ||
      typeof from.value !== 'string' ||
      typeof to.value !== 'string'
    ) {
      throw args.invalid('mapping', 'a dict of old and new names')
    }
    if (args.bool('strict', true)) findColumn(frame, from.value, args.span)
    names.set(from.value, to.value)
  }
  const outputs = frame.columns.map((column) => ({
    name: names.get(column.name) ?? column.name,
    expression: columnReference(column),
  }))
  const seen = new Set<string>()
  for (const { name } of outputs) {
    if (seen.has(name))
      throw new LakebookError('invalid_argument', `Two columns would be called "${name}"`, {
        span: args.span,
      })
    seen.add(name)
  }
  return projectFrame(frame, outputs)
}

function drop(frame: Frame, args: BoundArguments): Frame {
  const strict = args.bool('strict', true)
  const expressions = args.expressions('columns').map((expression) => {
    if (strict || expression.kind !== 'columns' || expression.selector.kind !== 'names') return expression
    return { ...expression, selector: { ...expression.selector, required: false } }
  })
  const dropped = new Set(columnsNamed(frame, expressions, 'drop'))
  return keep(
    frame,
    frame.columns.filter((column) => !dropped.has(column)),
  )
}

function keep(frame: Frame, columns: readonly Column[]): Frame {
  return projectFrame(
    frame,
    columns.map((column) => ({ name: column.name, expression: columnReference(column) })),
  )
}

function withRowIndex(frame: Frame, args: BoundArguments): Frame {
  const lowering = new Lowering(frame)
  const position = lowering.ordered('row_number', [], WHOLE_FRAME, RUNNING)
  const offset = args.int('offset', 0) - 1
  const index = castTo(call('+', [position, int64(offset)]), types.uint32)
  const staged = lowering.stage.finish()
  const others = frame.columns.map((column) => ({ name: column.name, expression: columnReference(column) }))
  return projectFrame(staged, [{ name: args.string('name', 'index'), expression: index }, ...others])
}

function castColumns(frame: Frame, args: BoundArguments): Frame {
  const isTry = !args.bool('strict', true)
  const given = args.value('dtypes')
  const targets = new Map<string, Extract<Value, { kind: 'dtype' }>>()
  if (given?.kind === 'dtype') for (const column of frame.columns) targets.set(column.name, given)
  else if (given?.kind === 'dict') {
    for (const [name, type] of given.entries) {
      if (type.kind !== 'dtype' || name.kind !== 'scalar' || typeof name.value !== 'string')
        throw args.invalid('dtypes', 'a type, or a dict of names and types')
      findColumn(frame, name.value, args.span)
      targets.set(name.value, type)
    }
  } else throw args.invalid('dtypes', 'a type, or a dict of names and types')
  return projectFrame(
    frame,
    frame.columns.map((column) => {
      const target = targets.get(column.name)
      const value = columnReference(column)
      return {
        name: column.name,
        expression: target === undefined ? value : polarsCast(value, target.type, isTry),
      }
    }),
  )
}

function dropNulls(frame: Frame, args: BoundArguments): Frame {
  const subset = args.has('subset')
    ? columnsNamed(frame, args.expressions('subset'), 'drop_nulls')
    : frame.columns
  const predicates = subset
    .filter((column) => column.nullable)
    .map((column) => invoke(columnNode(column.name), 'is_not_null', args))
  return predicates.length === 0 ? frame : filterFrame(frame, predicates)
}

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

/** Nulls are filled in the columns whose type the value fits. */
function fillNull(frame: Frame, args: BoundArguments): Frame {
  const strategy = args.value('strategy')
  const limit = args.value('limit')
  const keywords = [
    ...(strategy === undefined ? [] : [{ name: 'strategy', value: strategy, span: args.span }]),
    ...(limit === undefined ? [] : [{ name: 'limit', value: limit, span: args.span }]),
  ]
  const values = args.has('value')
    ? [{ kind: 'expression', expression: args.expression('value') } as const]
    : []
  const [fill] = args.expressions('value')
  const columns = frame.columns.filter(
    (column) => column.nullable && (fill === undefined || fillFits(fill, column)),
  )
  if (columns.length === 0) return frame
  const filled = columns.map((column) =>
    callExpressionMethod(
      columnNode(column.name),
      'fill_null',
      { args: values, keywords, span: args.span },
      args.span,
    ),
  )
  return withColumns(frame, filled, args.span)
}

function fillFits(fill: PolarsExpression, column: Column): boolean {
  if (fill.kind !== 'literal') return true
  const { kind } = column.type
  if (typeof fill.value === 'string') return kind === 'utf8'
  if (typeof fill.value === 'boolean') return kind === 'bool'
  return /^u?int|^float|^decimal/.test(kind)
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
  return explodeFrame(frame, columnsNamed(frame, args.expressions('columns'), 'explode'), args.span)
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
  return joinFrames(frame, other.frame, {
    how,
    leftOn: on.length > 0 ? on : args.expressions('left_on'),
    rightOn: on.length > 0 ? on : args.expressions('right_on'),
    suffix: args.string('suffix', '_right'),
    nullsEqual: args.bool('nulls_equal', args.bool('join_nulls', false)),
    coalesce: args.has('coalesce') ? args.bool('coalesce', true) : null,
    span: args.span,
  })
}

function valueCounts(frame: Frame, args: BoundArguments): Frame {
  return aggregateGroups({ frame, keys: args.expressions('by'), maintainOrder: true, span: args.span }, [
    invoke(invoke(literalNode(1n), 'len', args), 'alias', args, [{ kind: 'scalar', value: 'count' }]),
  ])
}

function reverse(frame: Frame): Frame {
  const { frame: numbered, ordinal } = withOrdinal(frame)
  const keys = [{ expression: columnReference(ordinal), descending: true, nullsFirst: false }]
  return { ...numbered, order: { keys, total: true } }
}

function stack(frame: Frame, args: BoundArguments): Frame {
  const other = args.value('other')
  if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
  return concatFrames([frame, other.frame], 'vertical', args.span)
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
  method('filter', [rest('predicates', 'columns')], (frame, args) =>
    filterFrame(frame, args.expressions('predicates')),
  ),
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
  method('with_row_index', [optional('name', 'string'), optional('offset', 'int')], withRowIndex),
  method('with_row_count', [optional('name', 'string'), optional('offset', 'int')], withRowIndex),
  method('cast', [required('dtypes', 'any'), strict], castColumns),
  method('drop_nulls', [subset], dropNulls),
  method(
    'fill_null',
    [optional('value', 'operand'), optional('strategy', 'string'), optional('limit', 'int')],
    fillNull,
  ),
  method('explode', [rest('columns', 'columns')], explode),
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
    ],
    join,
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
      optional('group_by', 'columns'),
    ],
    run(frame, args) {
      if (args.string('start_by', 'window') !== 'window')
        throw unsupported('The argument `start_by`', args.span)
      return { kind: 'time_group', group: { kind: 'dynamic', frame, args } }
    },
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
  method('vstack', [required('other', 'any')], stack),
  method('extend', [required('other', 'any')], stack),
  method('hstack', [required('other', 'any')], (frame, args) => {
    const other = args.value('other')
    if (other?.kind !== 'frame') throw args.invalid('other', 'a frame')
    return concatFrames([frame, other.frame], 'horizontal', args.span)
  }),
  method('reverse', [], reverse),
  method('value_counts', [rest('by', 'columns')], valueCounts),
  onEveryColumn('null_count'),
  onEveryColumn('count'),
  onEveryColumn('sum'),
  onEveryColumn('mean'),
  onEveryColumn('min'),
  onEveryColumn('max'),
  onEveryColumn('median'),
  onEveryColumn('n_unique'),
  onEveryColumn('std', [optional('ddof', 'int')], ['ddof']),
  onEveryColumn('var', [optional('ddof', 'int')], ['ddof']),
  method('shift', [optional('n', 'int'), optional('fill_value', 'operand')], (frame, args) => {
    const given = args.value('n')
    const values = given === undefined ? [] : [given]
    return selectFrame(
      frame,
      frame.columns.map((column) => invoke(columnNode(column.name), 'shift', args, values)),
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

const byName = new Map(frameMethods.map((one) => [one.name, one]))

export function findFrameMethod(name: string): FrameMethod | undefined {
  return byName.get(name)
}

/** `group_by` is there too, though it yields no frame. */
export function frameMethodNames(): readonly string[] {
  return [...byName.keys(), 'group_by']
}
