import { isFloat, types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression, SortKey } from '../../plan/plan.ts'
import type { AggregateMethod, SequenceMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { and, call, castTo, float64, int64, literal, lowered } from '../lowered.ts'
import type { Lowering, RowScope, Sequence } from '../lowering.ts'
import { outputName } from '../outputs.ts'
import { optional, required, rest, type Parameter } from '../parameters.ts'
import { reversed, WHOLE_PARTITION } from '../stage.ts'
import { structOfFields } from './structs.ts'
import { notNan } from './operators.ts'

type Reshape = (input: Sequence, call: CallNode, lowering: Lowering, scope: RowScope) => Sequence

function sequenceMethod(name: string, params: readonly Parameter[], reshape: Reshape): SequenceMethod {
  return { kind: 'sequence', name, params, reshape }
}

function filter(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const conditions = node.args
    .expressions('predicates')
    .map((predicate) => castTo(lowering.row(predicate, scope), types.bool))
  return lowering.keep(input, and(conditions))
}

function sort(input: Sequence, node: CallNode): Sequence {
  const descending = node.args.bool('descending', false)
  const nullsFirst = !node.args.bool('nulls_last', false)
  return { ...input, order: [{ expression: input.value.expression, descending, nullsFirst }] }
}

function sortBy(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const keys = node.args.expressions('by')
  const descending = node.args.flags('descending', keys.length)
  const nullsLast = node.args.flags('nulls_last', keys.length)
  const order = keys.map((key, i): SortKey => ({
    expression: lowering.row(key, scope),
    descending: descending[i] ?? false,
    nullsFirst: !(nullsLast[i] ?? false),
  }))
  return { ...input, order }
}

function within(
  lowering: Lowering,
  input: Sequence,
  scope: RowScope,
  from: number,
  to: number | null,
  order?: readonly SortKey[],
): Sequence {
  const position = lowering.position(input, scope, order)
  const bounds: Expression[] = []
  if (from > 1) bounds.push(call('>=', [position, int64(from)]))
  if (to !== null) bounds.push(call('<=', [position, int64(to)]))
  return bounds.length === 0 ? input : lowering.keep(input, and(bounds))
}

function head(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const n = node.args.int('n', 10)
  if (n >= 0) return within(lowering, input, scope, 1, n)
  return within(lowering, input, scope, 1 - n, null, reversed(lowering.sequenceOrder(input, scope)))
}

function tail(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const n = node.args.int('n', 10)
  if (n < 0) return within(lowering, input, scope, 1 - n, null)
  return within(lowering, input, scope, 1, n, reversed(lowering.sequenceOrder(input, scope)))
}

function slice(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const offset = node.args.int('offset', 0)
  const length = node.args.has('length') ? node.args.int('length', 0) : null
  if (offset >= 0) return within(lowering, input, scope, offset + 1, length === null ? null : offset + length)
  const order = reversed(lowering.sequenceOrder(input, scope))
  const to = -offset
  return within(lowering, input, scope, length === null ? 1 : to - length + 1, to, order)
}

/** The k largest (smallest), in that order, nulls last. */
function extremes(descending: boolean): Reshape {
  return (input, node, lowering, scope) => {
    const order: SortKey[] = [{ expression: input.value.expression, descending, nullsFirst: false }]
    const sorted = { ...input, order }
    return within(lowering, sorted, scope, 1, node.args.int('k', 5))
  }
}

/** The first row of each value. */
function unique(input: Sequence, _node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const same = { ...scope, partition: [...scope.partition, input.value.expression] }
  return within(lowering, input, same, 1, 1)
}

/** How many of the rows kept have the same value. */
function countOfSame(input: Sequence, lowering: Lowering, scope: RowScope): Expression {
  const partitionBy = [
    ...scope.partition,
    ...(input.filter === null ? [] : [input.filter]),
    input.value.expression,
  ]
  return lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
}

/** A struct of each value and how often it occurs, in order of appearance or the most frequent first. */
function valueCounts(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const { expression } = input.value
  const count = countOfSame(input, lowering, scope)
  const isShare = node.args.bool('normalize', false)
  const kept = input.filter === null ? [] : [input.filter]
  const all = () =>
    lowering.stage.window(
      'count_star',
      [],
      { partitionBy: [...scope.partition, ...kept], orderBy: [] },
      WHOLE_PARTITION,
    )
  const shown = isShare
    ? call(
        'div_float',
        [count, all()].map((side) => castTo(side, types.float64)),
      )
    : castTo(count, types.uint32)
  const own = outputName(node.args.expression('self'), lowering.stage.frame.columns)
  const name = node.args.string('name', isShare ? 'proportion' : 'count')
  const value = structOfFields([
    [own, expression],
    [name, shown],
  ])
  const order = node.args.bool('sort', false)
    ? [{ expression: count, descending: true, nullsFirst: false }]
    : input.order
  return { ...unique(input, node, lowering, scope), value: lowered(value), order }
}

function mode(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const kept = input.filter === null ? [] : [input.filter]
  const partitionBy = [...scope.partition, ...kept]
  const ownCount = lowering.stage.window(
    'count_star',
    [],
    { partitionBy: [...partitionBy, input.value.expression], orderBy: [] },
    WHOLE_PARTITION,
  )
  const most = lowering.stage.window('max', [ownCount], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  return unique(lowering.keep(input, call('=', [ownCount, most])), node, lowering, scope)
}

const n = optional('n', 'int')
const k = optional('k', 'int')

export const sequenceMethods: readonly SequenceMethod[] = [
  sequenceMethod('filter', [rest('predicates', 'columns')], filter),
  sequenceMethod('drop_nulls', [], (input, _node, lowering) =>
    input.value.expression.nullable
      ? lowering.keep(input, call('is_not_null', [input.value.expression]))
      : input,
  ),
  sequenceMethod('drop_nans', [], (input, _node, lowering) => {
    const { expression } = input.value
    if (!isFloat(expression.type)) return input
    return lowering.keep(
      input,
      expression.nullable
        ? call('or', [call('is_null', [expression]), notNan(expression)])
        : notNan(expression),
    )
  }),
  sequenceMethod('sort', [optional('descending', 'bool'), optional('nulls_last', 'bool')], sort),
  sequenceMethod(
    'sort_by',
    [
      rest('by', 'columns'),
      optional('descending', 'any'),
      optional('nulls_last', 'any'),
      optional('maintain_order', 'bool'),
    ],
    sortBy,
  ),
  sequenceMethod(
    'sort_by_key',
    [required('key', 'column'), required('descending', 'bool'), optional('nulls_first', 'bool')],
    (input, node, lowering, scope) => {
      const expression = lowering.row(node.args.expression('key'), scope)
      return {
        ...input,
        order: [
          {
            expression,
            descending: node.args.bool('descending', false),
            nullsFirst: node.args.bool('nulls_first', false),
          },
        ],
      }
    },
  ),
  sequenceMethod('reverse', [], (input, _node, lowering, scope) => ({
    ...input,
    order: reversed(lowering.sequenceOrder(input, scope)),
  })),
  sequenceMethod('head', [n], head),
  sequenceMethod('limit', [n], head),
  sequenceMethod('tail', [n], tail),
  sequenceMethod('slice', [required('offset', 'int'), optional('length', 'int')], slice),
  sequenceMethod('top_k', [k], extremes(true)),
  sequenceMethod('bottom_k', [k], extremes(false)),
  sequenceMethod('unique', [optional('maintain_order', 'bool')], unique),
  sequenceMethod('mode', [optional('maintain_order', 'bool')], mode),
  sequenceMethod(
    'value_counts',
    [
      optional('sort', 'bool'),
      optional('parallel', 'bool'),
      optional('name', 'string'),
      optional('normalize', 'bool'),
    ],
    valueCounts,
  ),
  sequenceMethod('unique_counts', [], (input, node, lowering, scope) => {
    const count = castTo(countOfSame(input, lowering, scope), types.uint32)
    return { ...unique(input, node, lowering, scope), value: lowered(count) }
  }),
  sequenceMethod(
    'gather_every',
    [required('n', 'int'), optional('offset', 'int')],
    (input, node, lowering, scope) => {
      const index = call('-', [lowering.position(input, scope), int64(1 + node.args.int('offset', 0))])
      const isNth = call('=', [call('pl_mod', [index, int64(node.args.int('n', 1))]), int64(0)])
      return lowering.keep(input, and([call('>=', [index, int64(0)]), isNth]))
    },
  ),
]

const explodeFlags = [optional('empty_as_null', 'bool'), optional('keep_nulls', 'bool')]

/** Lists to rows. `select` does it; anywhere else it is refused. */
export const explodeMethod: SequenceMethod = sequenceMethod('explode', explodeFlags, (_input, node) => {
  throw unsupported('`explode` inside an expression', node.span, 'Use frame.explode("column").')
})

/** Where a quantile lies among n sorted values, counted from 0: between the two whole numbers around it. */
function quantilePosition(count: Expression, fraction: number): Expression {
  return call('*', [call('-', [castTo(count, types.float64), float64(1)]), float64(fraction)])
}

/** The first value up to which there is the share of the values. */
function equiprobable(count: Expression, fraction: number): Expression {
  const values = call('ceil', [call('*', [castTo(count, types.float64), float64(fraction)])])
  return call('greatest', [call('-', [values, float64(1)]), float64(0)])
}

const AROUND: Readonly<Record<string, readonly string[]>> = {
  nearest: ['round'],
  lower: ['floor'],
  higher: ['ceil'],
  midpoint: ['floor', 'ceil'],
  equiprobable: ['floor'],
}

/** What `quantile` is spelt with: the one or two rows next to it, and how far it lies between them. */
export const quantileMethods: readonly (SequenceMethod | AggregateMethod)[] = [
  {
    kind: 'aggregate',
    name: 'null_of_type',
    params: [],
    aggregate: (input) => lowered(literal(null, input.value.expression.type)),
  },
  sequenceMethod(
    'rows_at_quantile',
    [required('quantile', 'number'), required('which', 'string')],
    (input, node, lowering, scope) => {
      const { expression } = input.value
      const present = expression.nullable ? lowering.keep(input, call('is_not_null', [expression])) : input
      const sorted = { ...present, order: [{ expression, descending: false, nullsFirst: false }] }
      const partitionBy = [...scope.partition, ...(present.filter === null ? [] : [present.filter])]
      const count = lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
      const which = node.args.string('which', '')
      const fraction = node.args.number('quantile', 0.5)
      const exact =
        which === 'equiprobable' ? equiprobable(count, fraction) : quantilePosition(count, fraction)
      const index = castTo(call('-', [lowering.position(sorted, scope), int64(1)]), types.float64)
      const around = (AROUND[which] ?? []).map((fn) => call('=', [index, call(fn, [exact])]))
      return lowering.keep(
        sorted,
        around.reduce((left, right) => call('or', [left, right])),
      )
    },
  ),
  {
    kind: 'aggregate',
    name: 'quantile_share',
    params: [required('quantile', 'number')],
    aggregate(input, node, sink) {
      const { expression } = input.value
      const present = call('is_not_null', [expression])
      const count = sink.rowCount(input.filter === null ? present : and([input.filter, present]))
      const exact = quantilePosition(count, node.args.number('quantile', 0.5))
      return lowered(call('-', [exact, call('floor', [exact])]))
    },
  },
]
