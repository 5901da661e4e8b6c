import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression, WindowFrame } from '../../plan/plan.ts'
import type { WindowMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { itemsWhere } from '../list-lambda.ts'
import { call, caseWhen, castTo, float64, int64, literal } from '../lowered.ts'
import type { Lowering, RowScope } from '../lowering.ts'
import { optional, required } from '../parameters.ts'
import { WHOLE_PARTITION } from '../stage.ts'
import { timeFrame, timeKey } from '../time-frame.ts'
import { self, shiftBy, windowMethod } from './windows.ts'

/** A window function over the rows around each row, or over the whole column. */
type Around = (fn: string, args: readonly Expression[]) => Expression

/** What is made of the rows around each row that have a value. */
type Rolled = (value: Expression, around: Around, node: CallNode, whole: Around) => Expression

function rowsBefore(count: number): WindowFrame {
  return {
    unit: 'rows',
    start: { kind: 'preceding', offset: int64(count) },
    end: { kind: 'current_row' },
    exclude: 'none',
  }
}

function asFloat(value: Expression): Expression {
  return castTo(value, types.float64)
}

/** `sum`, `min` and `max` keep the type of the values. */
function keeping(fn: string): Rolled {
  return (value, around) => castTo(around(fn, [value]), value.type)
}

function ofFloats(fn: string): Rolled {
  return (value, around) => around(fn, [asFloat(value)])
}

function spread(fn: 'stddev' | 'var'): Rolled {
  return (value, around, node) => {
    const ddof = node.args.int('ddof', 1)
    if (ddof !== 0 && ddof !== 1) throw node.args.invalid('ddof', '0 or 1')
    return around(`${fn}_${ddof === 1 ? 'samp' : 'pop'}`, [asFloat(value)])
  }
}

/** Central moments, from sums of powers of the distance to the whole column's mean: the nearer, the less is lost. */
function moments(value: Expression, around: Around, whole: Around) {
  const x = asFloat(value)
  const d = call('-', [x, whole('avg', [x])])
  const mean = around('avg', [d])
  const powers = [2, 3, 4].map((power) => around('avg', [call('pow', [d, float64(power)])])) as [
    Expression,
    Expression,
    Expression,
  ]
  const times = (...factors: Expression[]) => factors.reduce((left, right) => call('*', [left, right]))
  const sum = (...terms: Expression[]) => terms.reduce((left, right) => call('+', [left, right]))
  const [second, third, fourth] = powers
  return {
    variance: around('var_pop', [x]),
    third: sum(third, times(float64(-3), second, mean), times(float64(2), mean, mean, mean)),
    fourth: sum(
      fourth,
      times(float64(-4), third, mean),
      times(float64(6), second, mean, mean),
      times(float64(-3), mean, mean, mean, mean),
    ),
  }
}

/** NaN where all values around are the same. */
function byVariance(variance: Expression, moment: Expression, power: number): Expression {
  const ratio = call('div_float', [moment, call('pow', [variance, float64(power)])])
  return caseWhen([{ when: call('=', [variance, float64(0)]), then: float64(NaN) }], ratio)
}

/** The third moment by the second's power of 1.5. */
function skew(value: Expression, around: Around, node: CallNode, whole: Around): Expression {
  if (!node.args.bool('bias', true)) throw node.args.invalid('bias', 'True')
  const { variance, third } = moments(value, around, whole)
  return byVariance(variance, third, 1.5)
}

/** The fourth moment by the square of the second, 0 for a normal distribution unless `fisher` is False. */
function kurtosis(value: Expression, around: Around, node: CallNode, whole: Around): Expression {
  if (!node.args.bool('bias', true)) throw node.args.invalid('bias', 'True')
  const { variance, fourth } = moments(value, around, whole)
  const ratio = byVariance(variance, fourth, 2)
  return node.args.bool('fisher', true) ? call('-', [ratio, float64(3)]) : ratio
}

/** The values of the rows around as one list, without nulls. */
function valuesAround(value: Expression, around: Around): Expression {
  const list = around('array_agg', [value])
  return itemsWhere(list, (item) => call('is_not_null', [item]))
}

function lengthOf(list: Expression): Expression {
  return castTo(call('len', [list]), types.int64)
}

const QUANTILES = ['nearest', 'lower', 'higher', 'midpoint', 'linear'] as const

function quantile(value: Expression, around: Around, node: CallNode): Expression {
  const fraction = node.args.number('quantile', 0.5)
  if (!(fraction >= 0 && fraction <= 1)) throw node.args.invalid('quantile', 'a number from 0 to 1')
  const how = node.args.choice('interpolation', QUANTILES, 'nearest')
  const x = asFloat(value)
  if (how === 'linear') return around('quantile_cont', [x, float64(fraction)])
  const sorted = call('list_sort', [valuesAround(x, around)])
  const place = call('*', [asFloat(call('-', [lengthOf(sorted), int64(1)])), float64(fraction)])
  const at = (fn: string) => call('list_get', [sorted, castTo(call(fn, [place]), types.int64)])
  switch (how) {
    case 'nearest':
      return at('round')
    case 'lower':
      return at('floor')
    case 'higher':
      return at('ceil')
    case 'midpoint':
      return call('*', [call('+', [at('floor'), at('ceil')]), float64(0.5)])
  }
}

/** The row's own rank among the rows around it. */
function rank(value: Expression, around: Around, node: CallNode): Expression {
  const ranked = rankAmong(value, valuesAround(value, around), node)
  return caseWhen([{ when: call('is_not_null', [value]), then: ranked }], literal(null, ranked.type))
}

function rankAmong(value: Expression, all: Expression, node: CallNode): Expression {
  const method = node.args.choice('method', ['average', 'min', 'max', 'dense'], 'average')
  const smaller = itemsWhere(all, (item) => call('<', [item, value]))
  if (method === 'dense') {
    const different = castTo(call('list_unique', [smaller]), types.int64)
    return castTo(call('+', [different, int64(1)]), types.uint32)
  }
  const below = lengthOf(smaller)
  const ties = lengthOf(itemsWhere(all, (item) => call('=', [item, value])))
  if (method === 'min') return castTo(call('+', [below, int64(1)]), types.uint32)
  if (method === 'max') return castTo(call('+', [below, ties]), types.uint32)
  return call('+', [asFloat(below), call('*', [asFloat(call('+', [ties, int64(1)])), float64(0.5)])])
}

interface RollingFunction {
  readonly name: string
  readonly of: Rolled
  /** Parameters before the window's, right after its size, and at the end. */
  readonly before?: WindowMethod['params']
  readonly after?: WindowMethod['params']
  readonly own?: WindowMethod['params']
}

const ddof = [optional('ddof', 'int')]
const bias = optional('bias', 'bool')

const ROLLING: readonly RollingFunction[] = [
  { name: 'sum', of: keeping('sum') },
  { name: 'mean', of: ofFloats('avg') },
  { name: 'min', of: keeping('min') },
  { name: 'max', of: keeping('max') },
  { name: 'std', of: spread('stddev'), own: ddof },
  { name: 'var', of: spread('var'), own: ddof },
  { name: 'median', of: ofFloats('median') },
  {
    name: 'quantile',
    of: quantile,
    before: [required('quantile', 'number'), optional('interpolation', 'string')],
  },
  { name: 'skew', of: skew, own: [bias] },
  { name: 'kurtosis', of: kurtosis, own: [optional('fisher', 'bool'), bias] },
  { name: 'rank', of: rank, after: [optional('method', 'string'), optional('seed', 'int')] },
]

/** Null where fewer than `least` rows around have a value. */
function enough(value: Expression, around: Around, least: number, result: Expression): Expression {
  const isEnough = call('>=', [around('count', [value]), int64(Math.max(1, least))])
  return caseWhen([{ when: isEnough, then: result }], literal(null, result.type))
}

function windowParams({ before, after, own }: RollingFunction): WindowMethod['params'] {
  return [
    ...(before ?? []),
    required('window_size', 'int'),
    ...(after ?? []),
    optional('weights', 'any'),
    optional('min_samples', 'int'),
    optional('min_periods', 'int'),
    optional('center', 'bool'),
    ...(own ?? []),
  ]
}

function timeParams({ before, after, own }: RollingFunction): WindowMethod['params'] {
  return [
    required('by', 'column'),
    required('window_size', 'string'),
    ...(before ?? []),
    ...(after ?? []),
    optional('min_samples', 'int'),
    optional('min_periods', 'int'),
    optional('closed', 'string'),
    ...(own ?? []),
  ]
}

/** Over the last `window_size` rows, or those around each row when `center` is True. */
function rolling({ name, of }: RollingFunction) {
  return (lowering: Lowering, node: CallNode, scope: RowScope): Expression => {
    const size = node.args.int('window_size', 1)
    const least = node.args.int('min_samples', node.args.int('min_periods', size))
    const after = node.args.bool('center', false) ? Math.floor((size - 1) / 2) : 0
    const frame: WindowFrame = {
      ...rowsBefore(size - 1 - after),
      end: after === 0 ? { kind: 'current_row' } : { kind: 'following', offset: int64(after) },
    }
    const value = self(lowering, node, scope)
    const around: Around = (name, args) => lowering.ordered(name, args, scope, frame, { span: node.span })
    if (node.args.has('weights'))
      return enough(value, around, least, weighted(name, value, after, node, lowering, scope))
    const whole: Around = (name, args) =>
      lowering.stage.window(name, args, { partitionBy: scope.partition, orderBy: [] }, WHOLE_PARTITION)
    return enough(value, around, least, of(value, around, node, whole))
  }
}

/** The sum or the mean of the values, each by the weight of its place; null where a value is. */
function weighted(
  name: string,
  value: Expression,
  after: number,
  node: CallNode,
  lowering: Lowering,
  scope: RowScope,
): Expression {
  const size = node.args.int('window_size', 1)
  const given = node.args.value('weights')
  const weights = (given?.kind === 'list' ? given.items : []).map((item) =>
    item.kind === 'scalar' ? Number(item.value ?? NaN) : NaN,
  )
  if (weights.length !== size || weights.some(Number.isNaN))
    throw node.args.invalid('weights', `a list of ${size} numbers`)
  if (name !== 'sum' && name !== 'mean') {
    throw unsupported(
      `The argument \`weights\` of \`rolling_${name}\``,
      node.span,
      'Write it out with shift: pl.max_horizontal(x * 0.5, x.shift(1) * 2).',
    )
  }
  const x = asFloat(value)
  const products = weights.map((weight, i) => {
    const shifted = shiftBy(lowering, x, size - 1 - after - i, scope)
    return call('coalesce', [call('*', [shifted, float64(weight)]), float64(0)])
  })
  const total = products.reduce((left, right) => call('+', [left, right]))
  if (name === 'sum') return total
  return call('div_float', [total, float64(weights.reduce((sum, weight) => sum + weight, 0))])
}

/** Over the rows whose time lies at most `window_size` before this row's. */
function rollingBy({ name, of }: RollingFunction) {
  return (lowering: Lowering, node: CallNode, scope: RowScope): Expression => {
    const value = self(lowering, node, scope)
    const least = node.args.int('min_samples', node.args.int('min_periods', 1))
    const closed = node.args.choice('closed', ['right', 'left', 'both', 'none'], 'right')
    const key = timeKey(lowering.row(node.args.expression('by'), scope))
    const frame = timeFrame(key, node.args.string('window_size', ''), closed, node.span)
    const spec = { partitionBy: scope.partition, orderBy: [key] }
    const around: Around = (name, args) => lowering.stage.window(name, args, spec, frame, { span: node.span })
    const whole: Around = (name, args) =>
      lowering.stage.window(name, args, { partitionBy: scope.partition, orderBy: [] }, WHOLE_PARTITION)
    const result = of(value, around, node, whole)
    // of no value, the sum is 0
    if (name === 'sum' && least <= 1) return call('coalesce', [result, castTo(int64(0), result.type)])
    return enough(value, around, least, result)
  }
}

/** The inner expression over the rows whose time lies within a length before each row's. */
function over(lowering: Lowering, node: CallNode, scope: RowScope): Expression {
  const closed = node.args.choice('closed', ['right', 'left', 'both', 'none'], 'right')
  const key = timeKey(lowering.row(node.args.expression('index_column'), scope))
  const offset = node.args.has('offset') ? node.args.string('offset', '0us') : undefined
  const frame = timeFrame(key, node.args.string('period', ''), closed, node.span, offset)
  return lowering.row(node.args.expression('self'), { ...scope, range: { order: [key], frame } })
}

export const rollingMethods: readonly WindowMethod[] = [
  ...ROLLING.flatMap((fn) => [
    windowMethod(`rolling_${fn.name}`, windowParams(fn), rolling(fn)),
    windowMethod(`rolling_${fn.name}_by`, timeParams(fn), rollingBy(fn)),
  ]),
  windowMethod(
    'rolling',
    [
      required('index_column', 'column'),
      required('period', 'string'),
      optional('offset', 'string'),
      optional('closed', 'string'),
    ],
    over,
  ),
]

/** The correlation or the covariance of the last `window_size` rows where both have values. */
function together(fn: 'corr' | 'cov'): WindowMethod {
  const params = [
    required('a', 'column'),
    required('b', 'column'),
    required('window_size', 'int'),
    optional('min_samples', 'int'),
    optional('ddof', 'int'),
  ]
  return windowMethod(`pl.rolling_${fn}`, params, (lowering, node, scope) => {
    const [a, b] = ['a', 'b'].map((name) => asFloat(lowering.row(node.args.expression(name), scope)))
    const size = node.args.int('window_size', 1)
    const ddof = node.args.int('ddof', 1)
    if (ddof !== 0 && ddof !== 1) throw node.args.invalid('ddof', '0 or 1')
    const frame = rowsBefore(size - 1)
    const around: Around = (name, args) => lowering.ordered(name, args, scope, frame, { span: node.span })
    const isPair = call('and', [call('is_not_null', [a!]), call('is_not_null', [b!])])
    const pair = caseWhen([{ when: isPair, then: int64(1) }], literal(null, types.int64))
    const name = fn === 'corr' ? 'corr' : ddof === 1 ? 'covar_samp' : 'covar_pop'
    return enough(pair, around, node.args.int('min_samples', size), around(name, [b!, a!]))
  })
}

export const rollingPairs: readonly WindowMethod[] = [together('corr'), together('cov')]
