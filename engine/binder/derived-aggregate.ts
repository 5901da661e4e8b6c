import { isFloat, isInteger, listOf, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { isPointInTime } from '../functions/aggregate-types.ts'
import type { Expression, SortKey } from '../plan/plan.ts'
import { booleanCall, castTo, literal } from './coerce.ts'
import { binnedHistogram } from './binned-histogram.ts'
import { structPack } from './nested.ts'
import { overItems } from './over-items.ts'
import { scalarCall } from './scalar-call.ts'

/** Makes an aggregate of the query, with the DISTINCT, FILTER and OVER of the call that is being derived. */
export type MakeAggregate = (
  fn: string,
  args: readonly Expression[],
  more?: { readonly orderBy?: readonly SortKey[]; readonly where?: Expression },
) => Expression

export interface Derivation {
  readonly fn: string
  readonly args: readonly Expression[]
  readonly type: DataType
  readonly make: MakeAggregate
  readonly span: SourceSpan | undefined
}

/** An aggregate that is an expression over other ones; null when it is one of its own. `args` are cast. */
export function deriveAggregate(derivation: Derivation): Expression | null {
  const { fn, args, type } = derivation
  switch (fn) {
    case 'regr_count':
    case 'regr_avgx':
    case 'regr_avgy':
    case 'regr_sxx':
    case 'regr_syy':
    case 'regr_sxy':
    case 'regr_slope':
    case 'regr_intercept':
    case 'regr_r2':
      return regression(derivation)
    case 'skewness':
      return skewness(derivation)
    case 'kurtosis':
    case 'kurtosis_pop':
      return kurtosis(derivation)
    case 'avg': {
      if (type.kind !== 'interval') return isPointInTime(type) ? middle(derivation) : null
      const count = castTo(derivation.make('count', args), types.float64)
      return apply(derivation, '/', derivation.make('sum', args), count)
    }
    case 'geomean':
      return apply(derivation, 'exp', derivation.make('avg', [apply(derivation, 'ln', args[0]!)]))
    case 'sem': {
      const count = castTo(derivation.make('count', args), types.float64)
      return apply(derivation, '/', derivation.make('stddev_pop', args), apply(derivation, 'sqrt', count))
    }
    case 'weighted_avg': {
      const [value, weight] = bothPresent(args)
      const total = derivation.make('sum', [apply(derivation, '*', value, weight)])
      return apply(derivation, '/', total, derivation.make('sum', [weight]))
    }
    case 'approx_quantile':
      return approximate(derivation)
    case 'approx_top_k':
      return mostFrequent(derivation)
    case 'histogram_exact':
      return binnedHistogram(derivation)
    case 'histogram':
      return args.length === 2 ? binnedHistogram(derivation) : null
    case 'min':
    case 'max':
      return type.kind === 'list' && args.length === 2
        ? firstOf(derivation, args[0]!, args[0]!, args[1]!, fn === 'max')
        : null
    case 'arg_min':
    case 'arg_max':
      return args.length === 3 ? firstOf(derivation, args[0]!, args[1]!, args[2]!, fn === 'arg_max') : null
    case 'arg_min_null':
    case 'arg_max_null':
    case 'arg_min_nulls_last':
    case 'arg_max_nulls_last':
      return withNulls(derivation)
    default:
      return null
  }
}

function apply({ span }: Derivation, fn: string, ...args: readonly Expression[]): Expression {
  return scalarCall(fn, args, span)
}

function number(value: number): Expression {
  return literal(value, types.float64)
}

/** The mean of points in time, in whole microseconds; halves go towards zero, as in DuckDB. */
function middle(derivation: Derivation): Expression {
  const { make, args, type } = derivation
  const of = (fn: string, ...list: readonly Expression[]): Expression => apply(derivation, fn, ...list)
  const whole = (value: bigint): Expression => literal(value, types.int64)
  const micros = [castTo(args[0]!, types.int64)]
  const sum = make('sum', micros)
  const count = make('count', micros)
  const twice = of('+', of('*', of('abs', sum), whole(2n)), of('-', count, whole(1n)))
  const size = castTo(of('//', twice, of('*', count, whole(2n))), types.int64)
  const signed = where(of('<', sum, whole(0n)), of('negate', size), size)
  return castTo(where(of('>', count, whole(0n)), signed), type)
}

/** `value` where `condition` is true, else `otherwise` or NULL. */
function where(condition: Expression, value: Expression, otherwise: Expression | null = null): Expression {
  return {
    kind: 'case',
    branches: [{ when: condition, then: value }],
    otherwise,
    type: value.type,
    nullable: otherwise === null || value.nullable || otherwise.nullable,
  }
}

/** Two arguments of which one is NULL where the other is. */
function bothPresent([first, second]: readonly Expression[]): readonly [Expression, Expression] {
  const present = (other: Expression, value: Expression): Expression =>
    other.nullable ? where(booleanCall('is_not_null', [other]), value) : value
  return [present(second!, first!), present(first!, second!)]
}

/** The functions of (y, x) that SQL:2003 has for linear regression. */
function regression(derivation: Derivation): Expression {
  const { make, fn, args, span } = derivation
  const [y, x] = bothPresent(args)
  const count = (): Expression => castTo(make('count', [x]), types.float64)
  const varianceX = (): Expression => make('var_pop', [x])
  const varianceY = (): Expression => make('var_pop', [y])
  const isZero = (value: Expression): Expression => scalarCall('=', [value, number(0)], span)
  const slope = (): Expression =>
    apply(derivation, '/', make('covar_pop', [y, x]), apply(derivation, 'nullif', varianceX(), number(0)))
  switch (fn) {
    case 'regr_count':
      return castTo(make('count', [x]), types.uint32)
    case 'regr_avgx':
      return make('avg', [x])
    case 'regr_avgy':
      return make('avg', [y])
    case 'regr_sxx':
      return apply(derivation, '*', count(), varianceX())
    case 'regr_syy':
      return apply(derivation, '*', count(), varianceY())
    case 'regr_sxy':
      return apply(derivation, '*', count(), make('covar_pop', [y, x]))
    case 'regr_slope':
      return slope()
    case 'regr_intercept':
      return apply(derivation, '-', make('avg', [y]), apply(derivation, '*', slope(), make('avg', [x])))
    default: {
      const correlation = make('corr', [y, x])
      const squared = apply(derivation, '*', correlation, correlation)
      return {
        kind: 'case',
        branches: [
          { when: isZero(varianceX()), then: literal(null, types.float64) },
          { when: isZero(varianceY()), then: number(1) },
        ],
        otherwise: squared,
        type: types.float64,
        nullable: true,
      }
    }
  }
}

/** The sums of the values' first powers, and what is made of them. */
function powers(
  derivation: Derivation,
  most: 3 | 4,
): {
  readonly n: Expression
  readonly sums: readonly Expression[]
  readonly of: (fn: '+' | '-' | '*' | '/', ...args: readonly Expression[]) => Expression
} {
  const { make, args } = derivation
  const of = (fn: '+' | '-' | '*' | '/', ...list: readonly Expression[]): Expression =>
    list.reduce((a, b) => apply(derivation, fn, a, b))
  const x = args[0]!
  const sums = Array.from({ length: most }, (_, power) =>
    make('sum', [of('*', ...Array.from({ length: power + 1 }, () => x))]),
  )
  return { n: castTo(make('count', [x]), types.float64), sums, of }
}

/** The sample skewness, from power sums as DuckDB computes it. */
function skewness(derivation: Derivation): Expression {
  const { n, sums, of } = powers(derivation, 3)
  const [sum, squares, cubes] = sums as readonly [Expression, Expression, Expression]
  const share = of('/', number(1), n)
  const spread = of('*', share, of('-', squares, of('*', sum, sum, share)))
  const cubed = apply(derivation, 'pow', apply(derivation, 'greatest', spread, number(0)), number(3))
  const divisor = apply(derivation, 'sqrt', cubed)
  const correction = of(
    '/',
    apply(derivation, 'sqrt', of('*', n, of('-', n, number(1)))),
    of('-', n, number(2)),
  )
  const third = of(
    '+',
    of('-', cubes, of('*', number(3), squares, sum, share)),
    of('*', number(2), sum, sum, sum, share, share),
  )
  const value = of('/', of('*', correction, share, third), divisor)
  const isFlat = apply(derivation, '=', divisor, number(0))
  return where(apply(derivation, '>', n, number(2)), where(isFlat, number(NaN), value))
}

/** The excess kurtosis, from power sums as DuckDB computes it. */
function kurtosis(derivation: Derivation): Expression {
  const { n, sums, of } = powers(derivation, 4)
  const [sum, squares, cubes, fourths] = sums as readonly [Expression, Expression, Expression, Expression]
  const share = of('/', number(1), n)
  const fourth = of(
    '*',
    share,
    of(
      '-',
      of(
        '+',
        of('-', fourths, of('*', number(4), cubes, sum, share)),
        of('*', number(6), squares, sum, sum, share, share),
      ),
      of('*', number(3), sum, sum, sum, sum, share, share, share),
    ),
  )
  const second = of('*', share, of('-', squares, of('*', sum, sum, share)))
  const ratio = of('/', fourth, of('*', second, second))
  const isSample = derivation.fn === 'kurtosis'
  const less = of('-', n, number(1))
  const corrected = of(
    '/',
    of('*', less, of('-', of('*', of('+', n, number(1)), ratio), of('*', number(3), less))),
    of('*', of('-', n, number(2)), of('-', n, number(3))),
  )
  const value = isSample ? corrected : of('-', ratio, number(3))
  const isFlat = apply(derivation, '<=', second, number(0))
  return where(apply(derivation, '>', n, number(isSample ? 3 : 1)), where(isFlat, number(NaN), value))
}

/** The quantile between the values, in their own type. */
function approximate(derivation: Derivation): Expression {
  const { make, args, type } = derivation
  const [value, fraction] = args
  const exact = make('quantile_cont', [value!, fraction!])
  if (isInteger(type)) return castTo(apply(derivation, 'round', exact), type)
  return isFloat(type) || exact.type.kind !== type.kind ? castTo(exact, type) : exact
}

/** The first argument, also where it is NULL: it is looked for in a struct, which is not. */
function withNulls(derivation: Derivation): Expression {
  const { fn, args, make, span } = derivation
  const [value, key, count] = args as readonly [Expression, Expression, Expression?]
  const isLast = fn.endsWith('_nulls_last')
  const isMost = fn.startsWith('arg_max')
  if (count !== undefined) return firstOf(derivation, value, key, count, isMost, isLast ? 'none' : 'key')
  const place = literal(1n, types.int64)
  const boxed = structPack([''], [value], span)
  const found = scalarCall(
    'struct_extract',
    [make(isMost ? 'arg_max' : 'arg_min', [boxed, key]), place],
    span,
  )
  if (!isLast || !key.nullable) return found
  const none = apply(derivation, '=', make('count', [key]), literal(0n, types.int64))
  return where(none, make('first', [value]), found)
}

/** The keys of a histogram with the greatest counts; of those that are there as often the smaller ones first. */
function mostFrequent(derivation: Derivation): Expression {
  const { args, make, span } = derivation
  const [value, count] = args
  const field = (entry: Expression, place: bigint): Expression =>
    scalarCall('struct_extract', [entry, literal(place, types.int64)], span)
  const entries = apply(derivation, 'map_entries', make('histogram', [value!]))
  const ranked = overItems(
    entries,
    (entry) => {
      const seldom = apply(derivation, 'negate', castTo(field(entry, 2n), types.int64))
      return structPack(['count', 'value'], [seldom, field(entry, 1n)], span)
    },
    span,
  )
  const first = apply(
    derivation,
    'list_slice',
    apply(derivation, 'list_sort', ranked),
    literal(1n, types.int64),
    wanted(derivation, count!),
  )
  return overItems(first, (entry) => field(entry, 2n), span)
}

/** Errors: `invalid_argument` for a number of values that is not above 0. */
function wanted({ fn, span }: Derivation, count: Expression): Expression {
  if (count.kind === 'literal' && (typeof count.value !== 'bigint' || count.value <= 0n)) {
    throw new LakebookError('invalid_argument', `${fn} wants a number of values above 0`, { span })
  }
  return count
}

/** A list of the first `count` values by a key; what is left out where it is NULL: both, the key, or none. */
function firstOf(
  derivation: Derivation,
  value: Expression,
  key: Expression,
  count: Expression,
  descending: boolean,
  present: 'both' | 'key' | 'none' = 'both',
): Expression {
  const { make } = derivation
  const hasKey = booleanCall('is_not_null', [key])
  const hasBoth = apply(derivation, 'and', booleanCall('is_not_null', [value]), hasKey)
  const all = make('array_agg', [value], {
    orderBy: [{ expression: key, descending, nullsFirst: false }],
    ...(present !== 'none' && { where: present === 'both' ? hasBoth : hasKey }),
  })
  const one = literal(1n, types.int64)
  return castTo(apply(derivation, 'list_slice', all, one, wanted(derivation, count)), listOf(value.type))
}

/**
 * Several quantiles at once: a list of them; null when the second argument is no list that is written out.
 */
export function severalQuantiles(
  fn: string,
  args: readonly Expression[],
  one: (args: readonly Expression[]) => Expression,
  span: SourceSpan | undefined,
): Expression | null {
  const [value, fractions, ...rest] = args
  if (!QUANTILES.has(fn) || fractions?.type.kind !== 'list') return null
  if (fractions.kind !== 'call' || fractions.fn !== 'list_value') return null
  return scalarCall(
    'list_value',
    fractions.args.map((fraction) => one([value!, fraction, ...rest])),
    span,
  )
}

const QUANTILES: ReadonlySet<string> = new Set(['quantile_cont', 'quantile_disc', 'approx_quantile'])
