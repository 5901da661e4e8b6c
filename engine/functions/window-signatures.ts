import { isInteger, isNumeric, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { isAggregate, resolveAggregate, type ResolvedAggregate } from './aggregate-signatures.ts'

interface WindowSignature {
  readonly arity: readonly [number, number]
  /** One line for the page of functions and for completion. */
  readonly summary: string
  /** What follows SELECT in a query that shows it. */
  readonly example: string
  readonly nullable: boolean
  /** Result type; null when the arguments do not fit. */
  resolve(
    args: readonly DataType[],
  ): { readonly argTypes: readonly DataType[]; readonly type: DataType } | null
}

type Resolution = ReturnType<WindowSignature['resolve']>

function noArguments(type: DataType): () => Resolution {
  return () => ({ argTypes: [], type })
}

function buckets([count]: readonly DataType[]): Resolution {
  return count && isInteger(count) ? { argTypes: [types.int64], type: types.int64 } : null
}

/** (value, offset, default): the default is cast to the value's type. */
function neighbour([value, offset, otherwise]: readonly DataType[]): Resolution {
  if (!value || (offset && !isInteger(offset) && offset.kind !== 'null')) return null
  const rest = otherwise ? [types.int64, value] : offset ? [types.int64] : []
  return { argTypes: [value, ...rest], type: value }
}

function value([type]: readonly DataType[]): Resolution {
  return type ? { argTypes: [type], type } : null
}

function nthValue([type, position]: readonly DataType[]): Resolution {
  return type && position && isInteger(position) ? { argTypes: [type, types.int64], type } : null
}

/** (value, alpha, adjust, ignore_nulls, min_samples, bias) */
function exponential(args: readonly DataType[]): Resolution {
  const wanted = [types.float64, types.float64, types.bool, types.bool, types.int64, types.bool]
  const fits = args.every((type, i) =>
    type.kind === 'null' ? i === 0 : wanted[i]!.kind === 'bool' ? type.kind === 'bool' : isNumeric(type),
  )
  return fits ? { argTypes: wanted.slice(0, args.length), type: types.float64 } : null
}

const NUMBERS = 'FROM (VALUES (1), (2), (2), (5)) AS t(x)'

const none = [0, 0] as const
const one = [1, 1] as const

const signatures = {
  row_number: {
    arity: none,
    nullable: false,
    summary: 'Position of the row in its partition, from 1',
    example: `row_number() OVER (ORDER BY x) ${NUMBERS}`,
    resolve: noArguments(types.int64),
  },
  rank: {
    arity: none,
    nullable: false,
    summary: 'Rank with gaps',
    example: `rank() OVER (ORDER BY x) ${NUMBERS}`,
    resolve: noArguments(types.int64),
  },
  dense_rank: {
    arity: none,
    nullable: false,
    summary: 'Rank without gaps',
    example: `dense_rank() OVER (ORDER BY x) ${NUMBERS}`,
    resolve: noArguments(types.int64),
  },
  percent_rank: {
    arity: none,
    nullable: false,
    summary: '(rank - 1) / (rows - 1)',
    example: `percent_rank() OVER (ORDER BY x) ${NUMBERS}`,
    resolve: noArguments(types.float64),
  },
  cume_dist: {
    arity: none,
    nullable: false,
    summary: 'Share of rows up to this one',
    example: `cume_dist() OVER (ORDER BY x) ${NUMBERS}`,
    resolve: noArguments(types.float64),
  },
  ntile: {
    arity: one,
    nullable: true,
    summary: 'Bucket of the row, from 1 to n',
    example: `ntile(2) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: buckets,
  },
  lag: {
    arity: [1, 3],
    nullable: true,
    summary: 'Value of an earlier row',
    example: `lag(x) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: neighbour,
  },
  lead: {
    arity: [1, 3],
    nullable: true,
    summary: 'Value of a later row',
    example: `lead(x, 1, 0) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: neighbour,
  },
  first_value: {
    arity: one,
    nullable: true,
    summary: 'Value of the first row of the frame',
    example: `first_value(x) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: value,
  },
  last_value: {
    arity: one,
    nullable: true,
    summary: 'Value of the last row of the frame',
    example: `last_value(x) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) ${NUMBERS}`,
    resolve: value,
  },
  nth_value: {
    arity: [2, 2],
    nullable: true,
    summary: 'Value of the nth row of the frame',
    example: `nth_value(x, 2) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: nthValue,
  },
  ewm_mean: {
    arity: [6, 6],
    nullable: true,
    summary: 'Mean in which earlier rows weigh less: (x, alpha, adjust, ignore_nulls, min_samples, bias)',
    example: `ewm_mean(x, 0.5, true, false, 1, false) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: exponential,
  },
  ewm_var: {
    arity: [6, 6],
    nullable: true,
    summary: 'Variance in which earlier rows weigh less; arguments as of ewm_mean',
    example: `ewm_var(x, 0.5, true, false, 1, false) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: exponential,
  },
  ewm_std: {
    arity: [6, 6],
    nullable: true,
    summary: 'Standard deviation in which earlier rows weigh less; arguments as of ewm_mean',
    example: `ewm_std(x, 0.5, true, false, 1, false) OVER (ORDER BY x) ${NUMBERS}`,
    resolve: exponential,
  },
} as const satisfies Record<string, WindowSignature>

const aliases: Readonly<Record<string, keyof typeof signatures>> = {
  first: 'first_value',
  last: 'last_value',
}

function find(name: string): readonly [string, WindowSignature] | null {
  const lower = name.toLowerCase()
  const fn = Object.hasOwn(aliases, lower) ? aliases[lower]! : lower
  return Object.hasOwn(signatures, fn) ? [fn, signatures[fn as keyof typeof signatures]] : null
}

/** Functions that need OVER. Aggregates may have it too, but are not counted here. */
export function isWindowOnly(name: string): boolean {
  const lower = name.toLowerCase()
  return Object.hasOwn(signatures, lower) && !isAggregate(lower)
}

/** Whether OVER makes it a function of its own, not an aggregate. */
export function isWindowFunction(name: string): boolean {
  return find(name) !== null
}

export function windowNames(): readonly string[] {
  return Object.keys(signatures)
}

/** Every function that needs OVER, with its summary and example. */
export function windowEntries(): readonly {
  readonly name: string
  readonly summary: string
  readonly example: string
}[] {
  return Object.entries(signatures).map(([name, { summary, example }]) => ({ name, summary, example }))
}

/** A window function or an aggregate over a window. Errors as `resolveAggregate`. */
export function resolveWindow(name: string, args: readonly DataType[]): ResolvedAggregate {
  const found = find(name)
  if (!found) return resolveAggregate(name, args)
  const [fn, signature] = found
  const [least, most] = signature.arity
  const resolution = args.length < least || args.length > most ? null : signature.resolve(args)
  if (!resolution) {
    throw new LakebookError('type', `${name} does not take (${args.map(typeName).join(', ')})`)
  }
  return { fn, ...resolution, nullable: signature.nullable }
}
