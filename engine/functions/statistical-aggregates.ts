import type { AggregateSignature } from './aggregate-signature.ts'
import { floats, pairs } from './aggregate-types.ts'

const one = [1, 1] as const
const two = [2, 2] as const

const NUMBERS = 'FROM (VALUES (1), (2), (2), (5)) AS t(x)'
const POINTS = 'FROM (VALUES (1, 2), (2, 4), (3, 7)) AS t(x, y)'

/** Regressions and means that are expressions over other aggregates. */
export const statisticalAggregates: readonly AggregateSignature[] = [
  {
    name: 'regr_avgx',
    arity: two,
    derived: true,
    summary: 'Mean of x over the pairs (y, x)',
    example: `regr_avgx(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_avgy',
    arity: two,
    derived: true,
    summary: 'Mean of y over the pairs (y, x)',
    example: `regr_avgy(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_sxx',
    arity: two,
    derived: true,
    summary: 'Sum of squared distances of x from its mean, over the pairs (y, x)',
    example: `regr_sxx(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_syy',
    arity: two,
    derived: true,
    summary: 'Sum of squared distances of y from its mean, over the pairs (y, x)',
    example: `regr_syy(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_sxy',
    arity: two,
    derived: true,
    summary: 'Sum of products of the distances of y and x from their means',
    example: `regr_sxy(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_slope',
    arity: two,
    derived: true,
    summary: 'Slope of the line that fits (y, x) best',
    example: `regr_slope(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_intercept',
    arity: two,
    derived: true,
    summary: 'Where the line that fits (y, x) best has x = 0',
    example: `regr_intercept(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_r2',
    arity: two,
    derived: true,
    summary: 'Share of the variance of y that the line explains',
    example: `regr_r2(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'regr_count',
    arity: two,
    derived: true,
    summary: 'Number of pairs (y, x) without a NULL',
    example: `regr_count(y, x) ${POINTS}`,
    nullable: false,
    resolve: pairs,
  },
  {
    name: 'skewness',
    arity: one,
    derived: true,
    summary: 'How far the values lean to one side of their mean',
    example: `skewness(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'kurtosis',
    arity: one,
    derived: true,
    summary: 'How heavy the tails are, beyond a normal distribution’s; corrected for a sample',
    example: `kurtosis(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'kurtosis_pop',
    arity: one,
    derived: true,
    summary: 'As kurtosis, of a population',
    example: `kurtosis_pop(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'geomean',
    aliases: ['geometric_mean'],
    arity: one,
    derived: true,
    summary: 'Geometric mean',
    example: `geomean(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'sem',
    arity: one,
    derived: true,
    summary: 'Standard error of the mean',
    example: `sem(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'weighted_avg',
    aliases: ['wavg'],
    arity: two,
    derived: true,
    summary: 'Mean of the first argument, weighted by the second',
    example: `weighted_avg(x, y) ${POINTS}`,
    resolve: floats,
  },
]
