import { decimal, isFloat, isInteger, isNumeric, typeName, types, type DataType } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression, SortKey } from '../../plan/plan.ts'
import type { AggregateSink } from '../aggregate-sink.ts'
import type { AggregateInput, AggregateMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { and, call, caseWhen, castTo, expressionKey, float64, int64, literal, lowered } from '../lowered.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { notNan } from './operators.ts'
import { numberAsTime, timeNumber } from './time-numbers.ts'

type Aggregate = (input: AggregateInput, call: CallNode, sink: AggregateSink) => Expression

function aggregate(name: string, params: readonly Parameter[], compute: Aggregate): AggregateMethod {
  return {
    kind: 'aggregate',
    name,
    params,
    aggregate: (input, node, sink) => lowered(compute(input, node, sink)),
  }
}

function value(input: AggregateInput): Expression {
  const { expression } = input.value
  return expression.type.kind === 'null' ? castTo(expression, types.int32) : expression
}

function asFloat(expression: Expression): Expression {
  return castTo(expression.type.kind === 'bool' ? castTo(expression, types.int64) : expression, types.float64)
}

function needNumber(input: AggregateInput, node: CallNode): Expression {
  const expression = value(input)
  if (isNumeric(expression.type) || expression.type.kind === 'bool') return expression
  throw new LakebookError('type', `\`${node.method.name}\` does not take ${typeName(expression.type)}`, {
    span: node.span,
    hint: 'Cast it to a number with .cast(pl.Float64).',
  })
}

function uint32(expression: Expression): Expression {
  return castTo(expression, types.uint32)
}

function withFilter(input: AggregateInput, condition: Expression): Expression {
  return input.filter === null ? condition : and([input.filter, condition])
}

/** Small integers widen to 64 bits and decimals to 38 digits, as Polars does; the others keep their type. */
function sumType(type: DataType): DataType {
  if (type.kind === 'decimal') return decimal(38, type.scale)
  return isInteger(type) && /8|16/.test(type.kind) ? types.int64 : type
}

function sum(input: AggregateInput, node: CallNode, sink: AggregateSink): Expression {
  const expression = value(input)
  const { filter } = input
  if (expression.type.kind === 'bool') return uint32(sink.rowCount(withFilter(input, isTrue(expression))))
  if (expression.type.kind === 'duration') return sink.emit('sum', [expression], { filter })
  const type = sumType(needNumber(input, node).type)
  const total = castTo(sink.emit('sum', [expression], { filter }), type)
  const zero = isFloat(type) ? literal(0, type) : literal(0n, type)
  return call('coalesce', [total, castTo(zero, type)])
}

function isTrue(condition: Expression): Expression {
  return condition.nullable ? call('coalesce', [condition, literal(false, types.bool)]) : condition
}

function mean(input: AggregateInput, node: CallNode, sink: AggregateSink): Expression {
  const expression = value(input)
  const { filter } = input
  if (expression.type.kind === 'duration') return sink.emit('avg', [expression], { filter })
  if (
    expression.type.kind === 'timestamp' ||
    expression.type.kind === 'date' ||
    expression.type.kind === 'time'
  ) {
    const micros = castTo(timeNumber(expression), types.float64)
    return numberAsTime(sink.emit('avg', [micros], { filter }), expression.type)
  }
  return sink.emit('avg', [asFloat(needNumber(input, node))], { filter })
}

/** NaN counts only where there is nothing else. */
function extreme(fn: 'min' | 'max'): Aggregate {
  return (input, _node, sink) => {
    const expression = value(input)
    if (!isFloat(expression.type)) return sink.emit(fn, [expression], { filter: input.filter })
    const regular = sink.emit(fn, [expression], { filter: withFilter(input, isTrue(notNan(expression))) })
    return call('coalesce', [regular, sink.emit(fn, [expression], { filter: input.filter })])
  }
}

/** NaN where a value is NaN or infinite; null for no more than `ddof` values. */
function spread(name: 'stddev' | 'var'): Aggregate {
  return (input, node, sink) => {
    const ddof = node.args.int('ddof', 1)
    const number = needNumber(input, node)
    const x = asFloat(number)
    if (!isFloat(number.type) && (ddof === 0 || ddof === 1))
      return sink.emit(`${name}_${ddof === 1 ? 'samp' : 'pop'}`, [x], { filter: input.filter })
    const isFinite = isTrue(call('isfinite', [x]))
    const emit = (fn: string) => sink.emit(fn, [x], { filter: withFilter(input, isFinite) })
    const known = sink.rowCount(withFilter(input, call('is_not_null', [x])))
    const finite = sink.rowCount(withFilter(input, isFinite))
    const result =
      ddof === 0 || ddof === 1
        ? emit(`${name}_${ddof === 1 ? 'samp' : 'pop'}`)
        : widened(emit('var_pop'), finite, ddof, name)
    const isNan = call('and', [call('>', [known, finite]), call('>', [known, int64(ddof)])])
    return caseWhen([{ when: isNan, then: float64(NaN) }], result)
  }
}

/** The mean square over n values as one over n − ddof. */
function widened(variance: Expression, count: Expression, ddof: number, name: string): Expression {
  const divisor = call('-', [count, int64(ddof)])
  const ratio = call(
    'div_float',
    [count, divisor].map((side) => castTo(side, types.float64)),
  )
  const spread = call('*', [variance, ratio])
  const isEnough = call('>', [divisor, int64(0)])
  return caseWhen([{ when: isEnough, then: name === 'var' ? spread : call('sqrt', [spread]) }], null)
}

function inOrder(input: AggregateInput, sink: AggregateSink): readonly SortKey[] {
  return input.order === null ? sink.order() : [...input.order, ...sink.order()]
}

function edge(end: 'first' | 'last'): Aggregate {
  return (input, node, sink) => {
    const expression = value(input)
    const isSkipping = node.args.bool('ignore_nulls', false) && expression.nullable
    const filter = isSkipping ? withFilter(input, call('is_not_null', [expression])) : input.filter
    return sink.edge(end, expression, filter, input.order)
  }
}

function count(input: AggregateInput, _node: CallNode, sink: AggregateSink): Expression {
  const expression = value(input)
  return uint32(
    sink.rowCount(expression.nullable ? withFilter(input, call('is_not_null', [expression])) : input.filter),
  )
}

function nUnique(input: AggregateInput, _node: CallNode, sink: AggregateSink): Expression {
  const expression = value(input)
  const distinct = sink.distinctCount(expression, input.filter)
  if (!expression.nullable) return uint32(distinct)
  const nulls = sink.rowCount(withFilter(input, call('is_null', [expression])))
  return uint32(
    call('+', [distinct, caseWhen([{ when: call('>', [nulls, int64(0)]), then: int64(1) }], int64(0))]),
  )
}

function nullCount(input: AggregateInput, _node: CallNode, sink: AggregateSink): Expression {
  const expression = value(input)
  if (!expression.nullable) return uint32(call('*', [sink.rowCount(input.filter), int64(0)]))
  return uint32(sink.rowCount(withFilter(input, call('is_null', [expression]))))
}

function truth(fn: 'bool_and' | 'bool_or', empty: boolean): Aggregate {
  return (input, node, sink) => {
    const expression = value(input)
    if (expression.type.kind !== 'bool') {
      throw new LakebookError(
        'type',
        `\`${node.method.name}\` takes true or false, not ${typeName(expression.type)}`,
        { span: node.span },
      )
    }
    const known = sink.emit(fn, [expression], { filter: input.filter })
    return call('coalesce', [known, literal(empty, types.bool)])
  }
}

/** Σ(x − x̄)(y − ȳ) over complete pairs, from sums. */
function pairs(input: AggregateInput, sink: AggregateSink) {
  const x = asFloat(value(input))
  const y = asFloat(input.others[0]!.expression)
  const isPair = and([call('is_not_null', [x]), call('is_not_null', [y])])
  const isFinite = and([x, y].map((side) => isTrue(call('isfinite', [side]))))
  const filter = withFilter(input, isFinite)
  const count = sink.rowCount(withFilter(input, isPair))
  const finite = sink.rowCount(filter)
  const isNan = call('>', [count, finite])
  return { x, y, filter, count, isNan }
}

function covariance(input: AggregateInput, node: CallNode, sink: AggregateSink): Expression {
  const { x, y, filter, count, isNan } = pairs(input, sink)
  const ddof = node.args.int('ddof', 1)
  if (ddof !== 0 && ddof !== 1) throw node.args.invalid('ddof', '0 or 1')
  const nan = { when: isNan, then: float64(NaN) }
  // of the only row, Polars makes 0
  const isOnly = call('and', [
    call('=', [count, int64(1)]),
    call('=', [sink.rowCount(input.filter), int64(1)]),
  ])
  const branches = [nan, { when: isOnly, then: float64(0) }]
  if (expressionKey(x) === expressionKey(y)) {
    return caseWhen(branches, sink.emit(ddof === 1 ? 'var_samp' : 'var_pop', [x], { filter }))
  }
  return caseWhen(branches, sink.emit(ddof === 1 ? 'covar_samp' : 'covar_pop', [y, x], { filter }))
}

function correlation(input: AggregateInput, _node: CallNode, sink: AggregateSink): Expression {
  const { x, y, filter, isNan } = pairs(input, sink)
  const found = call('coalesce', [sink.emit('corr', [y, x], { filter }), float64(NaN)])
  return caseWhen([{ when: isNan, then: float64(NaN) }], found)
}

/** The whole column as one list. */
function implode(input: AggregateInput, _node: CallNode, sink: AggregateSink): Expression {
  const list = sink.emit('array_agg', [value(input)], { filter: input.filter, orderBy: inOrder(input, sink) })
  return input.filter === null ? list : call('coalesce', [list, castTo(call('list_value', []), list.type)])
}

const ddof = optional('ddof', 'int')

export const imploded: AggregateMethod = aggregate('implode', [optional('maintain_order', 'bool')], implode)

/** The group's only value; null without rows. More than one fail the query: for `pivot`. */
export const onlyValueMethod: AggregateMethod = aggregate('pivot', [], (input, node, sink) => {
  const found = sink.edge('first', value(input), input.filter, input.order)
  const isOnly = call('<=', [sink.rowCount(input.filter), int64(1)])
  const message = literal(
    '`pivot` finds several values for one cell: give aggregate_function, e.g. "first" or "sum"',
    types.utf8,
  )
  return { ...call('ensure', [found, isOnly, message], node.span), nullable: true }
})

export const aggregateMethods: readonly AggregateMethod[] = [
  aggregate('sum', [], sum),
  aggregate('mean', [], mean),
  aggregate('min', [], extreme('min')),
  aggregate('max', [], extreme('max')),
  aggregate('nan_min', [], (input, _node, sink) => {
    const expression = value(input)
    const least = sink.emit('min', [expression], { filter: input.filter })
    if (!isFloat(expression.type)) return least
    const nans = sink.rowCount(withFilter(input, isTrue(call('isnan', [expression]))))
    return caseWhen([{ when: call('>', [nans, int64(0)]), then: literal(NaN, expression.type) }], least)
  }),
  aggregate('nan_max', [], (input, _node, sink) =>
    sink.emit('max', [value(input)], { filter: input.filter }),
  ),
  aggregate('std', [ddof], spread('stddev')),
  aggregate('var', [ddof], spread('var')),
  aggregate('first', [optional('ignore_nulls', 'bool')], edge('first')),
  aggregate('last', [optional('ignore_nulls', 'bool')], edge('last')),
  aggregate('count', [], count),
  aggregate('len', [], (input, _node, sink) => uint32(sink.rowCount(input.filter))),
  aggregate('n_unique', [], nUnique),
  aggregate('approx_n_unique', [], nUnique),
  aggregate('null_count', [], nullCount),
  aggregate('has_nulls', [], (input, node, sink) =>
    call('>', [castTo(nullCount(input, node, sink), types.int64), int64(0)]),
  ),
  aggregate('any', [optional('ignore_nulls', 'bool')], truth('bool_or', false)),
  aggregate('all', [optional('ignore_nulls', 'bool')], truth('bool_and', true)),
  aggregate('product', [], (input, node, sink) => {
    const { type } = needNumber(input, node)
    const result = call('coalesce', [
      sink.emit('product', [asFloat(value(input))], { filter: input.filter }),
      float64(1),
    ])
    return castTo(result, isFloat(type) ? type : types.int64)
  }),
  imploded,
  aggregate(
    'str.join',
    [optional('delimiter', 'string'), optional('ignore_nulls', 'bool')],
    (input, node, sink) => {
      const separator = literal(node.args.string('delimiter', ''), types.utf8)
      const joined = sink.emit('string_agg', [castTo(value(input), types.utf8), separator], {
        filter: input.filter,
        orderBy: inOrder(input, sink),
      })
      const all = call('coalesce', [joined, literal('', types.utf8)])
      if (node.args.bool('ignore_nulls', true)) return all
      const hasNull = call('>', [castTo(nullCount(input, node, sink), types.int64), int64(0)])
      return caseWhen([{ when: hasNull, then: literal(null, types.utf8) }], all)
    },
  ),
  aggregate('pl.corr', [required('a', 'column'), required('b', 'column')], correlation),
  aggregate('pl.cov', [required('a', 'column'), required('b', 'column'), ddof], covariance),
]

/** pl.len(): rows, whatever is in them. */
export const rowCountMethod: AggregateMethod = {
  ...aggregate('pl.len', [], (_input, _node, sink) => uint32(sink.rowCount(null))),
  outputName: 'len',
}
