import type { MacroMethod } from '../expression-method.ts'
import { literalNode, type PolarsExpression } from '../expression.ts'
import { optional, required } from '../parameters.ts'
import type { Value } from '../values.ts'
import type { BuildCall } from './macros.ts'
import { binaryExpression } from './operators.ts'

const QUANTILES = ['nearest', 'lower', 'higher', 'midpoint', 'linear', 'equiprobable'] as const

/** Quantiles and moments: how values are spread. `invoke` calls a method by name. */
export function distributionMethods(invoke: BuildCall): readonly MacroMethod[] {
  function over(a: PolarsExpression, op: '+' | '-' | '*' | '/' | '**', b: PolarsExpression | number) {
    return binaryExpression(op, a, typeof b === 'number' ? literalNode(b) : b, a.span)
  }

  const times = (a: PolarsExpression, b: PolarsExpression) => over(a, '*', b)

  /** The value a share of the way through the sorted values; `linear` lies between its two neighbours. */
  function quantile(
    x: PolarsExpression,
    fraction: number,
    how: (typeof QUANTILES)[number],
  ): PolarsExpression {
    const at = (which: string) =>
      invoke(invoke(invoke(x, 'rows_at_quantile', [fraction, which]), 'cast_float'), 'mean')
    if (how !== 'linear') return at(how)
    const low = at('lower')
    const share = invoke(x, 'quantile_share', [fraction])
    return over(low, '+', times(over(at('higher'), '-', low), share))
  }

  /** The n-th power of the distance to the mean, on average. */
  function moments(x: PolarsExpression) {
    const known = invoke(x, 'cast_float')
    const distance = over(known, '-', invoke(known, 'mean'))
    const square = times(distance, distance)
    return {
      count: invoke(known, 'count'),
      variance: invoke(square, 'mean'),
      third: invoke(times(square, distance), 'mean'),
      fourth: invoke(times(square, square), 'mean'),
    }
  }

  const whereMore = (count: PolarsExpression, than: number, value: PolarsExpression) =>
    invoke(value, 'where_more', [count, BigInt(than)])

  return [
    {
      kind: 'macro',
      name: 'quantile',
      params: [required('quantile', 'any'), optional('interpolation', 'string')],
      expand({ args }) {
        const how = args.choice('interpolation', QUANTILES, 'nearest')
        const shareOf = (given: Value | undefined): number => {
          const share = given?.kind === 'scalar' ? Number(given.value ?? NaN) : NaN
          if (share >= 0 && share <= 1) return share
          throw args.invalid('quantile', 'a number from 0 to 1, or a list of such numbers')
        }
        const given = args.value('quantile')
        const self = args.expression('self')
        if (given?.kind !== 'list')
          return invoke(quantile(self, shareOf(given), how), 'as_time_of', [invoke(self, 'null_of_type')])
        const [first, ...others] = given.items.map((item) => quantile(self, shareOf(item), how))
        if (first === undefined) throw args.invalid('quantile', 'at least one number')
        return invoke(first, 'listed', others)
      },
    },
    {
      kind: 'macro',
      name: 'skew',
      params: [optional('bias', 'bool')],
      expand({ args }) {
        const { count, variance, third } = moments(args.expression('self'))
        const biased = over(third, '/', over(variance, '**', 1.5))
        if (args.bool('bias', true)) return biased
        const n = invoke(count, 'cast_float')
        const root = invoke(times(n, over(n, '-', 1)), 'sqrt')
        return whereMore(count, 2, times(biased, over(root, '/', over(n, '-', 2))))
      },
    },
    {
      kind: 'macro',
      name: 'kurtosis',
      params: [optional('fisher', 'bool'), optional('bias', 'bool')],
      expand({ args }) {
        const { count, variance, fourth } = moments(args.expression('self'))
        const ratio = over(fourth, '/', times(variance, variance))
        const fisher = args.bool('fisher', true) ? 3 : 0
        if (args.bool('bias', true)) return over(ratio, '-', fisher)
        const n = invoke(count, 'cast_float')
        const less = over(n, '-', 1)
        const sum = over(times(over(times(n, n), '-', 1), ratio), '-', over(times(less, less), '*', 3))
        const unbiased = over(sum, '/', times(over(n, '-', 2), over(n, '-', 3)))
        return whereMore(count, 3, over(unbiased, '+', 3 - fisher))
      },
    },
    {
      kind: 'macro',
      name: 'median',
      params: [],
      expand({ args }) {
        const self = args.expression('self')
        return invoke(quantile(self, 0.5, 'linear'), 'as_time_of', [invoke(self, 'null_of_type')])
      },
    },
    {
      kind: 'macro',
      name: 'entropy',
      params: [optional('base', 'number'), optional('normalize', 'bool')],
      expand({ args }) {
        const self = args.expression('self')
        const share = args.bool('normalize', true) ? over(self, '/', invoke(self, 'sum')) : self
        const logarithm = invoke(share, 'log', args.has('base') ? [args.number('base', Math.E)] : [])
        return invoke(invoke(times(share, logarithm), 'sum'), 'neg')
      },
    },
  ]
}
