import { listOf, type DataType } from '../arrow/types.ts'
import {
  average,
  bits,
  booleans,
  continuousQuantile,
  count,
  countIf,
  discreteQuantile,
  floats,
  joinStrings,
  sameAsFirst,
  sum,
  type Resolution,
} from './aggregate-types.ts'

export interface AggregateSignature {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Inclusive bounds of the number of arguments. */
  readonly arity: readonly [number, number]
  /** Only the reference evaluator has it. */
  readonly unfinished?: true
  /** One line for the page of functions and for completion. */
  readonly summary: string
  /** What follows SELECT in a query that shows it. */
  readonly example: string
  /** False: never NULL, not even over no rows. */
  readonly nullable?: false
  resolve(args: readonly DataType[]): Resolution
}

const one = [1, 1] as const
const two = [2, 2] as const

const NUMBERS = 'FROM (VALUES (1), (2), (2), (5)) AS t(x)'
const WORDS = "FROM (VALUES ('pear', 3), ('fig', 1), ('plum', 2)) AS t(fruit, kilos)"
const POINTS = 'FROM (VALUES (1, 2), (2, 4), (3, 7)) AS t(x, y)'
const FLAGS = 'FROM (VALUES (true), (false)) AS t(flag)'

/** Every aggregate, in the order of the reference. */
export const aggregateList: readonly AggregateSignature[] = [
  {
    name: 'count_star',
    arity: [0, 0],
    summary: 'Number of rows',
    example: `count(*) ${NUMBERS}`,
    nullable: false,
    resolve: count,
  },
  {
    name: 'count',
    arity: one,
    summary: 'Number of values that are not NULL',
    example: `count(x) ${NUMBERS}`,
    nullable: false,
    resolve: count,
  },
  {
    name: 'count_if',
    aliases: ['countif'],
    arity: one,
    summary: 'Number of rows for which the condition is true',
    example: `count_if(x > 1) ${NUMBERS}`,
    resolve: countIf,
  },
  { name: 'sum', arity: one, summary: 'Sum', example: `sum(x) ${NUMBERS}`, resolve: sum },
  {
    name: 'avg',
    aliases: ['mean'],
    arity: one,
    summary: 'Mean, as DOUBLE',
    example: `avg(x) ${NUMBERS}`,
    resolve: average,
  },
  { name: 'min', arity: one, summary: 'Smallest value', example: `min(x) ${NUMBERS}`, resolve: sameAsFirst },
  { name: 'max', arity: one, summary: 'Largest value', example: `max(x) ${NUMBERS}`, resolve: sameAsFirst },
  {
    name: 'first',
    aliases: ['arbitrary', 'first_value'],
    arity: one,
    summary: 'Value of the first row',
    example: `first(fruit ORDER BY kilos) ${WORDS}`,
    resolve: sameAsFirst,
  },
  {
    name: 'last',
    aliases: ['last_value'],
    arity: one,
    summary: 'Value of the last row',
    example: `last(fruit ORDER BY kilos) ${WORDS}`,
    resolve: sameAsFirst,
  },
  {
    name: 'any_value',
    arity: one,
    summary: 'Some value that is not NULL',
    example: `any_value(flag) FROM (VALUES (NULL), (true)) AS t(flag)`,
    resolve: sameAsFirst,
  },
  {
    name: 'bool_and',
    aliases: ['every'],
    arity: one,
    summary: 'True when every value is true',
    example: `bool_and(flag) ${FLAGS}`,
    resolve: booleans,
  },
  {
    name: 'bool_or',
    arity: one,
    summary: 'True when some value is true',
    example: `bool_or(flag) ${FLAGS}`,
    resolve: booleans,
  },
  {
    name: 'stddev_samp',
    aliases: ['stddev'],
    arity: one,
    summary: 'Sample standard deviation',
    example: `stddev_samp(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'stddev_pop',
    arity: one,
    summary: 'Population standard deviation',
    example: `stddev_pop(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'var_samp',
    aliases: ['variance'],
    arity: one,
    summary: 'Sample variance',
    example: `var_samp(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'var_pop',
    arity: one,
    summary: 'Population variance',
    example: `var_pop(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'product',
    arity: one,
    summary: 'Product, as DOUBLE',
    example: `product(x) ${NUMBERS}`,
    resolve: floats,
  },
  {
    name: 'bit_and',
    arity: one,
    summary: 'Bitwise AND of all values',
    example: `bit_and(x) ${NUMBERS}`,
    resolve: bits,
  },
  {
    name: 'bit_or',
    arity: one,
    summary: 'Bitwise OR of all values',
    example: `bit_or(x) ${NUMBERS}`,
    resolve: bits,
  },
  {
    name: 'bit_xor',
    arity: one,
    summary: 'Bitwise XOR of all values',
    example: `bit_xor(x) ${NUMBERS}`,
    resolve: bits,
  },
  {
    name: 'corr',
    arity: two,
    summary: 'Correlation coefficient of (y, x)',
    example: `corr(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'covar_samp',
    arity: two,
    summary: 'Sample covariance of (y, x)',
    example: `covar_samp(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'covar_pop',
    arity: two,
    summary: 'Population covariance of (y, x)',
    example: `covar_pop(y, x) ${POINTS}`,
    resolve: floats,
  },
  {
    name: 'median',
    arity: one,
    summary: 'Middle value, interpolated',
    example: `median(x) ${NUMBERS}`,
    resolve: continuousQuantile,
  },
  {
    name: 'quantile_cont',
    aliases: ['percentile_cont'],
    arity: two,
    summary: 'Quantile, interpolated',
    example: `quantile_cont(x, 0.25) ${NUMBERS}`,
    resolve: continuousQuantile,
  },
  {
    name: 'quantile_disc',
    aliases: ['percentile_disc', 'quantile'],
    arity: two,
    summary: 'Quantile, one of the values',
    example: `quantile_disc(x, 0.25) ${NUMBERS}`,
    resolve: discreteQuantile,
  },
  {
    name: 'mode',
    arity: one,
    unfinished: true,
    summary: 'Most frequent value',
    example: `mode(x) ${NUMBERS}`,
    resolve: sameAsFirst,
  },
  {
    name: 'arg_min',
    aliases: ['argmin', 'min_by'],
    arity: two,
    summary: 'First argument where the second is smallest',
    example: `arg_min(fruit, kilos) ${WORDS}`,
    resolve: sameAsFirst,
  },
  {
    name: 'arg_max',
    aliases: ['argmax', 'max_by'],
    arity: two,
    summary: 'First argument where the second is largest',
    example: `arg_max(fruit, kilos) ${WORDS}`,
    resolve: sameAsFirst,
  },
  {
    name: 'approx_count_distinct',
    arity: one,
    unfinished: true,
    summary: 'Estimated number of distinct values',
    example: `approx_count_distinct(x) ${NUMBERS}`,
    nullable: false,
    resolve: count,
  },
  {
    name: 'string_agg',
    aliases: ['group_concat', 'listagg'],
    arity: [1, 2],
    summary: 'Strings joined with a separator',
    example: `string_agg(fruit, ', ' ORDER BY kilos) ${WORDS}`,
    resolve: joinStrings,
  },
  {
    name: 'array_agg',
    aliases: ['list'],
    arity: one,
    summary: 'List of all values',
    example: `array_agg(x ORDER BY x DESC) ${NUMBERS}`,
    resolve: ([type]) => (type ? { argTypes: [type], type: listOf(type) } : null),
  },
]
