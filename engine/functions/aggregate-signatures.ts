import {
  decimal,
  isFloat,
  isInteger,
  isNumeric,
  listOf,
  typeName,
  types,
  type DataType,
} from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'

/** What an aggregate call takes and gives. Arguments must be cast to `argTypes`. */
export interface ResolvedAggregate {
  /** The canonical name, which is what plans hold. */
  readonly fn: string
  readonly argTypes: readonly DataType[]
  readonly type: DataType
  /** False: never NULL, not even over no rows. */
  readonly nullable: boolean
}

interface AggregateSignature {
  /** Inclusive bounds of the number of arguments. */
  readonly arity: readonly [number, number]
  /** The executor can run it. */
  readonly supported: boolean
  /** One line for the page of functions and for completion. */
  readonly about: string
  readonly nullable?: false
  /** Null when the types do not fit. */
  resolve(
    args: readonly DataType[],
  ): { readonly argTypes: readonly DataType[]; readonly type: DataType } | null
}

type Resolution = ReturnType<AggregateSignature['resolve']>

/** SUM and AVG read int64, decimal or float64. */
function summable(type: DataType): DataType | null {
  if (type.kind === 'uint64') return decimal(20, 0)
  if (type.kind === 'bool' || type.kind === 'null' || isInteger(type)) return types.int64
  if (isFloat(type)) return types.float64
  return type.kind === 'decimal' || type.kind === 'duration' ? type : null
}

function sum([argument]: readonly DataType[]): Resolution {
  const type = argument && summable(argument)
  if (!type) return null
  if (type.kind === 'decimal') return { argTypes: [type], type: decimal(38, type.scale) }
  return { argTypes: [type], type: type.kind === 'int64' ? types.hugeint : type }
}

function average([argument]: readonly DataType[]): Resolution {
  const type = argument && summable(argument)
  if (!type) return null
  return { argTypes: [type], type: type.kind === 'duration' ? type : types.float64 }
}

function sameAsFirst(args: readonly DataType[]): Resolution {
  return args[0] ? { argTypes: args, type: args[0] } : null
}

function floats(args: readonly DataType[]): Resolution {
  if (!args.every((type) => isNumeric(type) || type.kind === 'null' || type.kind === 'bool')) return null
  return { argTypes: args.map(() => types.float64), type: types.float64 }
}

function booleans(args: readonly DataType[]): Resolution {
  return args.every(({ kind }) => kind === 'bool' || kind === 'null')
    ? { argTypes: [types.bool], type: types.bool }
    : null
}

function bits([type]: readonly DataType[]): Resolution {
  return type && isInteger(type) ? { argTypes: [type], type } : null
}

/** Interpolates between neighbours: DECIMAL stays what it is, other numbers are DOUBLE, dates are TIMESTAMP. */
function continuousQuantile([type, fraction]: readonly DataType[]): Resolution {
  if (!type || (fraction && !isNumeric(fraction))) return null
  const rest = fraction ? [types.float64] : []
  if (type.kind === 'decimal' || type.kind === 'timestamp') return { argTypes: [type, ...rest], type }
  if (type.kind === 'date') return { argTypes: [types.timestamp, ...rest], type: types.timestamp }
  if (!isNumeric(type) && type.kind !== 'null') return null
  return { argTypes: [types.float64, ...rest], type: types.float64 }
}

function discreteQuantile([type, fraction]: readonly DataType[]): Resolution {
  return type && fraction && isNumeric(fraction) ? { argTypes: [type, types.float64], type } : null
}

function count(args: readonly DataType[]): Resolution {
  return { argTypes: args, type: types.int64 }
}

function countIf(args: readonly DataType[]): Resolution {
  return booleans(args) && { argTypes: [types.bool], type: types.hugeint }
}

function joinStrings(args: readonly DataType[]): Resolution {
  const separator = args[1]
  if (separator && separator.kind !== 'utf8' && separator.kind !== 'null') return null
  return { argTypes: [types.utf8, types.utf8], type: types.utf8 }
}

const one = [1, 1] as const
const two = [2, 2] as const

const signatures = {
  count_star: { arity: [0, 0], supported: true, about: 'Number of rows', nullable: false, resolve: count },
  count: {
    arity: one,
    supported: true,
    about: 'Number of values that are not NULL',
    nullable: false,
    resolve: count,
  },
  count_if: {
    arity: one,
    supported: true,
    about: 'Number of rows for which the condition is true',
    resolve: countIf,
  },
  sum: { arity: one, supported: true, about: 'Sum', resolve: sum },
  avg: { arity: one, supported: true, about: 'Mean, as DOUBLE', resolve: average },
  min: { arity: one, supported: true, about: 'Smallest value', resolve: sameAsFirst },
  max: { arity: one, supported: true, about: 'Largest value', resolve: sameAsFirst },
  first: { arity: one, supported: true, about: 'Value of the first row', resolve: sameAsFirst },
  last: { arity: one, supported: true, about: 'Value of the last row', resolve: sameAsFirst },
  any_value: { arity: one, supported: true, about: 'Some value that is not NULL', resolve: sameAsFirst },
  bool_and: { arity: one, supported: true, about: 'True when every value is true', resolve: booleans },
  bool_or: { arity: one, supported: true, about: 'True when some value is true', resolve: booleans },
  stddev_samp: { arity: one, supported: true, about: 'Sample standard deviation', resolve: floats },
  stddev_pop: { arity: one, supported: true, about: 'Population standard deviation', resolve: floats },
  var_samp: { arity: one, supported: true, about: 'Sample variance', resolve: floats },
  var_pop: { arity: one, supported: true, about: 'Population variance', resolve: floats },
  product: { arity: one, supported: true, about: 'Product, as DOUBLE', resolve: floats },
  bit_and: { arity: one, supported: true, about: 'Bitwise AND of all values', resolve: bits },
  bit_or: { arity: one, supported: true, about: 'Bitwise OR of all values', resolve: bits },
  bit_xor: { arity: one, supported: true, about: 'Bitwise XOR of all values', resolve: bits },
  corr: { arity: two, supported: true, about: 'Correlation coefficient of (y, x)', resolve: floats },
  covar_samp: { arity: two, supported: true, about: 'Sample covariance of (y, x)', resolve: floats },
  covar_pop: { arity: two, supported: true, about: 'Population covariance of (y, x)', resolve: floats },
  median: { arity: one, supported: true, about: 'Middle value, interpolated', resolve: continuousQuantile },
  quantile_cont: {
    arity: two,
    supported: true,
    about: 'Quantile, interpolated',
    resolve: continuousQuantile,
  },
  quantile_disc: {
    arity: two,
    supported: true,
    about: 'Quantile, one of the values',
    resolve: discreteQuantile,
  },
  mode: { arity: one, supported: false, about: 'Most frequent value', resolve: sameAsFirst },
  arg_min: {
    arity: two,
    supported: true,
    about: 'First argument where the second is smallest',
    resolve: sameAsFirst,
  },
  arg_max: {
    arity: two,
    supported: true,
    about: 'First argument where the second is largest',
    resolve: sameAsFirst,
  },
  approx_count_distinct: {
    arity: one,
    supported: false,
    about: 'Estimated number of distinct values',
    nullable: false,
    resolve: count,
  },
  string_agg: {
    arity: [1, 2],
    supported: true,
    about: 'Strings joined with a separator',
    resolve: joinStrings,
  },
  array_agg: {
    arity: one,
    supported: true,
    about: 'List of all values',
    resolve: ([type]: readonly DataType[]) => (type ? { argTypes: [type], type: listOf(type) } : null),
  },
} as const satisfies Record<string, AggregateSignature>

const aliases: Readonly<Record<string, keyof typeof signatures>> = {
  countif: 'count_if',
  mean: 'avg',
  arbitrary: 'first',
  first_value: 'first',
  last_value: 'last',
  every: 'bool_and',
  stddev: 'stddev_samp',
  variance: 'var_samp',
  percentile_cont: 'quantile_cont',
  percentile_disc: 'quantile_disc',
  quantile: 'quantile_disc',
  argmin: 'arg_min',
  argmax: 'arg_max',
  min_by: 'arg_min',
  max_by: 'arg_max',
  group_concat: 'string_agg',
  listagg: 'string_agg',
  list: 'array_agg',
}

function find(name: string): readonly [string, AggregateSignature] | null {
  const lower = name.toLowerCase()
  const fn = Object.hasOwn(aliases, lower) ? aliases[lower]! : lower
  return Object.hasOwn(signatures, fn) ? [fn, signatures[fn as keyof typeof signatures]] : null
}

/** Whether this is an aggregate's name or one of its aliases. */
export function isAggregate(name: string): boolean {
  return find(name) !== null
}

/** Whether the executor can run it; the reference evaluator runs all of them. */
export function isExecutableAggregate(name: string): boolean {
  return find(name)?.[1].supported ?? false
}

export function aggregateNames(): readonly string[] {
  return [...Object.keys(signatures), ...Object.keys(aliases)]
}

/** One line about an aggregate, for completion and the page of functions. */
export function aboutAggregate(name: string): string | null {
  return find(name)?.[1].about ?? null
}

/** COUNT(*) is `count_star`. Errors: `unknown_function`; `type` when the arguments do not fit, without a span. */
export function resolveAggregate(name: string, args: readonly DataType[]): ResolvedAggregate {
  const found = find(name)
  if (!found) throw new LakebookError('unknown_function', `There is no aggregate "${name}"`)
  const [fn, signature] = found
  const [least, most] = signature.arity
  if (args.length < least || args.length > most) {
    const wanted =
      least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`
    throw new LakebookError('type', `${name} takes ${wanted}, not ${args.length}`)
  }
  const resolution = signature.resolve(args)
  if (!resolution) {
    throw new LakebookError('type', `${name} does not take ${args.map(typeName).join(', ')}`, {
      hint: 'Cast the argument to a type that it takes, for example with CAST(x AS DOUBLE).',
    })
  }
  return { fn, ...resolution, nullable: signature.nullable ?? true }
}
