import { isFloat, isInteger, types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression, SortKey, WindowFrame } from '../../plan/plan.ts'
import type { WindowMethod } from '../expression-method.ts'
import { imploded } from './aggregates.ts'
import type { CallNode, PolarsExpression } from '../expression.ts'
import { ascending } from '../frame.ts'
import { call, caseWhen, castTo, int64, literal, lowered } from '../lowered.ts'
import type { Lowering, RowScope } from '../lowering.ts'
import { BoundArguments, optional, required, rest, type Parameter } from '../parameters.ts'
import { shapeOf } from '../shape.ts'
import { REMAINING, reversed, RUNNING, WHOLE_PARTITION } from '../stage.ts'
import { unify } from '../supertype.ts'
import { isNan } from './operators.ts'

type Lower = (lowering: Lowering, call: CallNode, scope: RowScope) => Expression

export function windowMethod(name: string, params: readonly Parameter[], lower: Lower): WindowMethod {
  return {
    kind: 'window',
    name,
    params,
    lower: (lowering, node, scope) => lowered(lower(lowering, node, scope)),
  }
}

export function self(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  return lowering.row(node.args.expression('self'), scope)
}

function shift(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  const n = node.args.int('n', 1)
  const value = self(lowering, node, scope)
  if (!node.args.has('fill_value')) return shiftBy(lowering, value, n, scope)
  const fill = lowering.lower(node.args.expression('fill_value'), scope)
  const unified = unify([{ expression: value, loose: false }, fill])
  if (unified === null) throw node.args.invalid('fill_value', 'a value of the column’s type')
  const [cast, otherwise] = unified.operands.map((operand) => operand.expression)
  if (otherwise!.kind === 'literal') {
    const fn = n >= 0 ? 'lag' : 'lead'
    return lowering.ordered(fn, [cast!, int64(Math.abs(n)), otherwise!], scope)
  }
  const orderBy = n >= 0 ? lowering.scopeOrder(scope) : reversed(lowering.scopeOrder(scope))
  const spec = { partitionBy: scope.partition, orderBy }
  const position = lowering.stage.window('row_number', [], spec, RUNNING)
  const isBeyond = call('<=', [position, int64(Math.abs(n))])
  return caseWhen([{ when: isBeyond, then: otherwise! }], shiftBy(lowering, cast!, n, scope))
}

/** The value n rows before (or after, below zero). */
export function shiftBy(lowering: Lowering, value: Expression, n: number, scope: RowScope): Expression {
  return lowering.ordered(n >= 0 ? 'lag' : 'lead', [value, int64(Math.abs(n))], scope)
}

const RANKS = ['average', 'min', 'max', 'dense', 'ordinal'] as const

function rank(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  const method = node.args.choice('method', RANKS, 'average')
  const value = self(lowering, node, scope)
  const descending = node.args.bool('descending', false)
  const key: SortKey = { expression: value, descending, nullsFirst: false }
  const spec = { partitionBy: scope.partition, orderBy: [key] }
  const window = (fn: string) => lowering.stage.window(fn, [], spec, RUNNING)
  const ties = () =>
    lowering.stage.window(
      'count_star',
      [],
      { partitionBy: [...scope.partition, value], orderBy: [] },
      WHOLE_PARTITION,
    )
  let result: Expression
  switch (method) {
    case 'min':
      result = castTo(window('rank'), types.uint32)
      break
    case 'max':
      result = castTo(call('-', [call('+', [window('rank'), ties()]), int64(1)]), types.uint32)
      break
    case 'dense':
      result = castTo(window('dense_rank'), types.uint32)
      break
    case 'ordinal': {
      const orderBy = [key, ...lowering.scopeOrder(scope)]
      result = castTo(
        lowering.stage.window('row_number', [], { partitionBy: scope.partition, orderBy }, RUNNING),
        types.uint32,
      )
      break
    }
    case 'average': {
      const half = call(
        'div_float',
        [call('-', [ties(), int64(1)]), int64(2)].map((side) => castTo(side, types.float64)),
      )
      result = call('+', [castTo(window('rank'), types.float64), half])
    }
  }
  if (!value.nullable) return result
  return caseWhen([{ when: call('is_not_null', [value]), then: result }], null)
}

/** Cumulative: nulls stay null and count as nothing. */
function cumulative(fn: 'sum' | 'min' | 'max'): Lower {
  return (lowering, node, scope) => {
    const value = self(lowering, node, scope)
    const isBool = value.type.kind === 'bool'
    if (isFloat(value.type) && fn !== 'sum') return runningExtreme(lowering, node, scope, value, fn)
    const input = isBool ? castTo(value, types.int64) : value
    const type = isBool
      ? types.uint32
      : isInteger(value.type) && /8|16/.test(value.type.kind) && fn === 'sum'
        ? types.int64
        : value.type
    const running = castTo(lowering.ordered(fn, [input], scope, direction(node)), type)
    return value.nullable ? caseWhen([{ when: call('is_not_null', [value]), then: running }], null) : running
  }
}

/** NaN counts only where there was nothing else. */
function runningExtreme(
  lowering: Lowering,
  node: CallNode,
  scope: RowScope,
  value: Expression,
  fn: 'min' | 'max',
): Expression {
  const regular = caseWhen([{ when: isNan(value), then: literal(null, value.type) }], value)
  const among = (input: Expression) => lowering.ordered(fn, [input], scope, direction(node))
  const running = castTo(call('coalesce', [among(regular), among(value)]), value.type)
  return caseWhen([{ when: call('is_not_null', [value]), then: running }], null)
}

function direction(node: CallNode): WindowFrame {
  return node.args.bool('reverse', false) ? REMAINING : RUNNING
}

function cumulativeCount(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  return castTo(
    lowering.ordered('count', [self(lowering, node, scope)], scope, direction(node)),
    types.uint32,
  )
}

function forwardFill(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  return fillAlong(
    lowering,
    self(lowering, node, scope),
    node.args.has('limit') ? node.args.int('limit', 0) : null,
    scope,
    'forward',
  )
}

function backwardFill(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  return fillAlong(
    lowering,
    self(lowering, node, scope),
    node.args.has('limit') ? node.args.int('limit', 0) : null,
    scope,
    'backward',
  )
}

/**
 * The last (next) value that is not null, at most `limit` rows away. Each value starts a run that lasts until the next
 * one, so the value is the only one of its run.
 */
export function fillAlong(
  lowering: Lowering,
  value: Expression,
  limit: number | null,
  scope: RowScope,
  way: 'forward' | 'backward',
): Expression {
  if (!value.nullable) return value
  const frame = way === 'forward' ? RUNNING : REMAINING
  const run = lowering.ordered('count', [value], scope, frame)
  const partitionBy = [...scope.partition, run]
  const filled = lowering.stage.window('max', [value], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  if (limit === null) return filled
  const order = lowering.scopeOrder(scope)
  const orderBy = way === 'forward' ? order : reversed(order)
  const distance = lowering.stage.window('row_number', [], { partitionBy, orderBy }, RUNNING)
  return caseWhen([{ when: call('<=', [distance, int64(limit + 1)]), then: filled }], null)
}

/** The inner expression over rows with equal keys. */
function over(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  const strategy = node.args.choice('mapping_strategy', ['group_to_rows', 'join', 'explode'], 'group_to_rows')
  if (strategy === 'explode')
    throw unsupported(
      'mapping_strategy="explode" at this place',
      node.span,
      'Use it alone in select, or group_by(...).agg(...).explode(...).',
    )
  if (scope.partition.length > 0)
    throw unsupported('`over` inside another group', node.span, 'Do it in two steps with with_columns.')
  const partition = node.args.expressions('partition_by').map((key) => lowering.row(key))
  const descending = node.args.bool('descending', false)
  const nullsFirst = !node.args.bool('nulls_last', false)
  const keys = node.args.expressions('order_by').map((key): SortKey => ({
    ...ascending(lowering.row(key)),
    descending,
    nullsFirst,
  }))
  const grouped: RowScope = { mode: 'rows', partition, order: keys.length > 0 ? keys : null }
  const self = node.args.expression('self')
  const shape = shapeOf(self)
  if (shape === 'sequence') return reordered(lowering, node, self, grouped, strategy)
  if (strategy === 'group_to_rows' || shape !== 'rows') return lowering.row(self, grouped)
  const value = lowering.row(self, grouped)
  const order = lowering.scopeOrder(grouped)
  return lowering.stage.window(
    'array_agg',
    [value],
    { partitionBy: partition, orderBy: order },
    WHOLE_PARTITION,
  )
}

/** The values of each group in another order, put on the group's rows one by one. */
function reordered(
  lowering: Lowering,
  node: CallNode,
  self: PolarsExpression,
  scope: RowScope,
  strategy: string,
): Expression {
  const sequence = lowering.sequence(self, scope)
  if (strategy === 'join') {
    const list: CallNode = {
      ...node,
      method: imploded,
      args: BoundArguments.of('implode', { self: [self] }, node.span),
    }
    return lowering.row(list, scope)
  }
  if (sequence.filter !== null) {
    throw unsupported(
      'Changing the number of rows inside `over`',
      node.span,
      'Use group_by(...).agg(...), or an aggregate such as sum() before over.',
    )
  }
  return lowering.alongside(sequence, scope, node.span).expression
}

function rowIndex(lowering: Lowering, scope: RowScope): Expression {
  return call('-', [lowering.ordered('row_number', [], scope, RUNNING), int64(1)])
}

function isFirst(way: 'first' | 'last'): Lower {
  return (lowering, node, scope) => {
    const value = self(lowering, node, scope)
    const order = lowering.scopeOrder(scope)
    const orderBy = way === 'first' ? order : reversed(order)
    const nth = lowering.stage.window(
      'row_number',
      [],
      { partitionBy: [...scope.partition, value], orderBy },
      RUNNING,
    )
    return call('=', [nth, int64(1)])
  }
}

function occurrences(wanted: '=' | '>'): Lower {
  return (lowering, node, scope) => {
    const partitionBy = [...scope.partition, self(lowering, node, scope)]
    const count = lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
    return call(wanted, [count, int64(1)])
  }
}

const reverse = optional('reverse', 'bool')
const limit = optional('limit', 'int')

export const windowMethods: readonly WindowMethod[] = [
  windowMethod('shift', [optional('n', 'int'), optional('fill_value', 'operand')], shift),
  windowMethod('rank', [optional('method', 'string'), optional('descending', 'bool')], rank),
  windowMethod('cum_sum', [reverse], cumulative('sum')),
  windowMethod('cum_min', [reverse], cumulative('min')),
  windowMethod('cum_max', [reverse], cumulative('max')),
  windowMethod('cum_count', [reverse], cumulativeCount),
  windowMethod('cum_prod', [reverse], (lowering, node, scope) => {
    const value = self(lowering, node, scope)
    const running = lowering.ordered('product', [castTo(value, types.float64)], scope, direction(node))
    const product = castTo(running, isFloat(value.type) ? value.type : types.int64)
    return value.nullable ? caseWhen([{ when: call('is_not_null', [value]), then: product }], null) : product
  }),
  windowMethod('forward_fill', [limit], forwardFill),
  windowMethod('backward_fill', [limit], backwardFill),
  windowMethod(
    'over',
    [
      rest('partition_by', 'columns'),
      optional('order_by', 'columns'),
      optional('descending', 'bool'),
      optional('nulls_last', 'bool'),
      optional('mapping_strategy', 'string'),
    ],
    over,
  ),
  windowMethod('is_first_distinct', [], isFirst('first')),
  windowMethod('is_last_distinct', [], isFirst('last')),
  windowMethod('is_unique', [], occurrences('=')),
  windowMethod('is_duplicated', [], occurrences('>')),
]

/** 0, 1, 2, … along the frame's order: what `pl.int_range(pl.len())` yields. */
export const rowIndexMethod: WindowMethod = {
  ...windowMethod('pl.int_range', [], (lowering, _node, scope) => rowIndex(lowering, scope)),
  outputName: 'literal',
}

/** The same value on every row. */
export const repeatedMethod: WindowMethod = windowMethod(
  'pl.repeat',
  [required('value', 'operand')],
  (lowering, node, scope) => lowering.row(node.args.expression('value'), scope),
)

/** start, start + step, … along the rows, of which there must be as many as up to the end. */
export const countingMethod: WindowMethod = {
  ...windowMethod(
    'pl.int_range',
    [required('start', 'operand'), required('end', 'operand'), required('step', 'operand')],
    (lowering, node, scope) => {
      const [start, end, step] = ['start', 'end', 'step'].map((name) =>
        castTo(lowering.row(node.args.expression(name), scope), types.int64),
      )
      const far = call('-', [call('+', [call('-', [end!, start!]), step!]), int64(1)])
      const wanted = call('floordiv', [far, step!])
      const spec = { partitionBy: scope.partition, orderBy: [] }
      const count = lowering.stage.window('count_star', [], spec, WHOLE_PARTITION)
      const message = literal('`pl.int_range` has another length than the rows beside it', types.utf8)
      const known = call('ensure', [start!, call('=', [wanted, count]), message], node.span)
      return call('+', [known, call('*', [rowIndex(lowering, scope), step!])])
    },
  ),
  outputName: 'literal',
}

/** The same, named like its operand, of which it only counts the rows. */
export const rowIndexOfMethod: WindowMethod = windowMethod('row_index_of', [], (lowering, _node, scope) =>
  rowIndex(lowering, scope),
)
