import { typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import type { Expression, SortKey } from '../../plan/plan.ts'
import type { AggregateMethod, MacroMethod, SequenceMethod, WindowMethod } from '../expression-method.ts'
import { literalNode, type CallNode } from '../expression.ts'
import { ascending } from '../frame.ts'
import { call, caseWhen, castTo, float64, int64, literal, lowered } from '../lowered.ts'
import type { Lowering, RowScope, Sequence } from '../lowering.ts'
import { optional, required, type BoundArguments } from '../parameters.ts'
import { randomSeed, scattered } from '../sample.ts'
import { reversed, RUNNING, WHOLE_PARTITION } from '../stage.ts'
import type { Value } from '../values.ts'
import { writtenList } from '../written-list.ts'
import type { BuildCall } from './macros.ts'
import { structOfFields } from './structs.ts'
import { self, windowMethod } from './windows.ts'

/** Whole numbers known when the cell is read; null where the argument is an expression. */
function constantIndices(args: BoundArguments): readonly number[] | null {
  const given: Value | undefined = args.value('indices')
  const items = given?.kind === 'list' ? given.items : given === undefined ? [] : [given]
  const numbers = items.map((item) =>
    item.kind === 'scalar' && typeof item.value === 'bigint' ? Number(item.value) : null,
  )
  return numbers.every((index) => index !== null) ? numbers : null
}

/** `gather` with constants keeps the rows at those places; with an expression it takes a value for each row. */
export function gatherMethod(invoke: BuildCall): MacroMethod {
  return {
    kind: 'macro',
    name: 'gather',
    params: [required('indices', 'any'), optional('null_on_oob', 'bool')],
    expand({ args, span }) {
      const receiver = args.expression('self')
      if (args.bool('null_on_oob', false)) throw args.invalid('null_on_oob', 'False')
      const indices = constantIndices(args)
      if (indices === null) {
        const given = args.value('indices')
        if (given?.kind !== 'expression')
          throw args.invalid('indices', 'whole numbers, or an expression of them')
        return invoke(receiver, 'gather_at', [given.expression])
      }
      if (new Set(indices).size < indices.length) {
        const places = indices.map((index) => literalNode(BigInt(index)))
        const list = writtenList(
          places.map((expression): Value => ({ kind: 'expression', expression })),
          span,
        )
        return invoke(invoke(invoke(receiver, 'implode'), 'list.gather', [list]), 'explode')
      }
      return invoke(receiver, 'gather_places', indices.map(BigInt))
    },
  }
}

/** The rows at the places, in the order in which the places are named. A place that there is not fails the query. */
function gatherPlaces(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const given = node.args.value('places')
  const places = (given?.kind === 'list' ? given.items : []).map((item) =>
    item.kind === 'scalar' ? Number(item.value) : 0,
  )
  const order = lowering.sequenceOrder(input, scope)
  const fromStart = lowering.position(input, scope, order)
  const fromEnd = lowering.position(input, scope, reversed(order))
  const isAt = (place: number) =>
    call('=', place >= 0 ? [fromStart, int64(place + 1)] : [fromEnd, int64(-place)])
  if (places.length === 0) return lowering.keep(input, literal(false, types.bool))
  const rank = caseWhen(
    places.map((place, i) => ({ when: isAt(place), then: int64(i) })),
    int64(places.length),
  )
  const least = Math.max(...places.map((place) => (place >= 0 ? place + 1 : -place)))
  const isInside = call('>=', [countOf(input, lowering, scope), int64(least)])
  const message = literal('`gather` names a place that the column does not have', types.utf8)
  const kept = lowering.keep(
    input,
    call('ensure', [call('<', [rank, int64(places.length)]), isInside, message], node.span),
  )
  return { ...kept, order: [ascending(rank)] }
}

function countOf(input: Sequence, lowering: Lowering, scope: RowScope): Expression {
  const kept = input.filter === null ? [] : [input.filter]
  const partitionBy = [...scope.partition, ...kept]
  return lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
}

/** For each row the value at the place that it names. */
function gatherAt(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  const value = self(lowering, node, scope)
  const index = castTo(lowering.row(node.args.expression('index'), scope), types.int64)
  const count = lowering.stage.window(
    'count_star',
    [],
    { partitionBy: scope.partition, orderBy: [] },
    WHOLE_PARTITION,
  )
  const isNegative = call('<', [index, int64(0)])
  const place = caseWhen([{ when: isNegative, then: call('+', [index, count]) }], index)
  const isInside = call('coalesce', [
    call('and', [call('>=', [place, int64(0)]), call('<', [place, count])]),
    literal(true, types.bool),
  ])
  const message = literal('`gather` names a place that the column does not have', types.utf8)
  const safe = call('ensure', [place, isInside, message], node.span)
  const nth = lowering.ordered('nth_value', [value, call('+', [safe, int64(1)])], scope)
  return nth
}

/** Rows drawn without putting them back, the same for the same seed and data. */
function sample(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const { args, span } = node
  if (args.bool('with_replacement', false))
    throw unsupported('The argument `with_replacement`', span, 'Rows are drawn without putting them back.')
  if (args.has('n') && args.has('fraction')) throw args.invalid('fraction', 'no value where `n` is given')
  const position = lowering.position(input, scope)
  const drawn: SortKey[] = [ascending(scattered(position, randomSeed(args))), ascending(position)]
  const place = lowering.position(input, scope, drawn)
  const wanted = args.has('fraction')
    ? castTo(
        call('floor', [
          call('*', [
            castTo(countOf(input, lowering, scope), types.float64),
            float64(args.number('fraction', 1)),
          ]),
        ]),
        types.int64,
      )
    : int64(args.int('n', 1))
  const kept = lowering.keep(input, call('<=', [place, wanted]))
  return args.bool('shuffle', false) ? { ...kept, order: drawn } : kept
}

function shuffle(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  const position = lowering.position(input, scope)
  return { ...input, order: [ascending(scattered(position, randomSeed(node.args))), ascending(position)] }
}

/** A struct of length and value for each run of equal values. */
function runs(input: Sequence, node: CallNode, lowering: Lowering, scope: RowScope): Sequence {
  if (input.filter !== null || input.order !== null)
    throw unsupported('`rle` after a method that changes the rows', node.span, 'Do it in two steps.')
  const { expression } = input.value
  const before = lowering.ordered('lag', [expression, int64(1)], scope)
  const isFirst = call('=', [lowering.ordered('row_number', [], scope, RUNNING), int64(1)])
  const starts = call('or', [isFirst, call('is_distinct_from', [expression, before])])
  const run = lowering.ordered('sum', [castTo(starts, types.int64)], scope, RUNNING)
  const partitionBy = [...scope.partition, run]
  const length = lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  const kept = lowering.keep(input, starts)
  return {
    ...kept,
    value: lowered(
      structOfFields([
        ['len', castTo(length, types.uint32)],
        ['value', expression],
      ]),
    ),
  }
}

export const pickingMethods: readonly (SequenceMethod | WindowMethod)[] = [
  {
    kind: 'sequence',
    name: 'sample',
    params: [
      optional('n', 'int'),
      optional('fraction', 'number'),
      ...['with_replacement', 'shuffle'].map((name) => optional(name, 'bool')),
      optional('seed', 'int'),
    ],
    reshape: sample,
  },
  { kind: 'sequence', name: 'shuffle', params: [optional('seed', 'int')], reshape: shuffle },
  { kind: 'sequence', name: 'rle', params: [], reshape: runs },
]

/** What `gather` is spelt with. */
export const gatherParts: readonly (SequenceMethod | WindowMethod)[] = [
  {
    kind: 'sequence',
    name: 'gather_places',
    params: [{ ...optional('places', 'any'), rest: true }],
    reshape: gatherPlaces,
  },
  windowMethod('gather_at', [required('index', 'column')], gatherAt),
]

function requireInteger(value: Expression, node: CallNode): Expression {
  if (/^u?int|^bool$/.test(value.type.kind)) return value
  throw new LakebookError('type', `\`${node.method.name}\` does not take ${typeName(value.type)}`, {
    span: node.span,
  })
}

function bitwise(name: 'and' | 'or' | 'xor'): AggregateMethod {
  return {
    kind: 'aggregate',
    name: `bitwise_${name}`,
    params: [],
    aggregate(input, node, sink) {
      const value = requireInteger(input.value.expression, node)
      const isBool = value.type.kind === 'bool'
      const bits = isBool ? castTo(value, types.int32) : value
      return lowered(castTo(sink.emit(`bit_${name}`, [bits], { filter: input.filter }), value.type))
    },
  }
}

/** Aggregates that pick or combine values one by one. */
export const pickingAggregates: readonly AggregateMethod[] = [
  bitwise('and'),
  bitwise('or'),
  bitwise('xor'),
  {
    kind: 'aggregate',
    name: 'item',
    params: [optional('allow_empty', 'bool')],
    aggregate(input, node, sink) {
      const { expression } = input.value
      const found = sink.edge('first', expression, input.filter, input.order)
      const count = sink.rowCount(input.filter)
      const isOnly = call('=', [count, int64(1)])
      const isRight = node.args.bool('allow_empty', false)
        ? call('or', [isOnly, call('=', [count, int64(0)])])
        : isOnly
      const message = literal('`item` finds more or less than one value', types.utf8)
      return lowered({ ...call('ensure', [found, isRight, message], node.span), nullable: true })
    },
  },
]
