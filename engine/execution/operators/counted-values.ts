import { physicalType, types, type DataType } from '../../arrow/types.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import type {
  Aggregate,
  AggregateCall,
  Column,
  Expression,
  Join,
  LogicalPlan,
  Window,
} from '../../plan/plan.ts'
import { passThrough } from '../../plan/project-columns.ts'
import { double, typedCall, typedCast } from './typed-expression.ts'

/** The values of each group with how often each is there: every value once, none of them NULL. */
export interface CountedValues {
  readonly plan: LogicalPlan
  readonly keys: readonly Column[]
  readonly value: Column
  /** How often, as DOUBLE, which is exact for any number of rows. */
  readonly count: Column
}

/** Counted values in order, each with the values up to and including it, and all of its group. */
interface RankedValues extends CountedValues {
  readonly until: Column
  readonly total: Column
}

/** Which of the values is wanted, counted from 0. */
export interface Rank {
  readonly place: Expression
  /** How far the wanted value is on the way from this one to the next, below 1. */
  readonly beyond: Expression
}

/** How many values each group has, NULLs left out. */
export interface GroupTotals {
  readonly plan: LogicalPlan
  readonly keys: readonly Column[]
  /** As DOUBLE. */
  readonly total: Column
}

/** Puts the values of each group in order and tells where each begins and ends. */
export function rankValues(values: CountedValues, { plan: totals, keys, total }: GroupTotals): RankedValues {
  const until = newColumn('until', types.float64, true)
  const window: Window = {
    kind: 'window',
    input: values.plan,
    partitionBy: values.keys.map(columnReference),
    orderBy: [{ expression: columnReference(values.value), descending: false, nullsFirst: false }],
    calls: [
      {
        fn: 'sum',
        args: [columnReference(values.count)],
        frame: {
          unit: 'rows',
          start: { kind: 'unbounded_preceding' },
          end: { kind: 'current_row' },
          exclude: 'none',
        },
        filter: null,
        ignoreNulls: false,
        output: until,
      },
    ],
  }
  return { ...values, plan: joinGroups('inner', window, values.keys, totals, keys), until, total }
}

/** Groups by the keys, which are columns of their own afterwards. */
export function aggregate(
  { plan, keys }: Pick<CountedValues, 'plan' | 'keys'>,
  aggregates: readonly AggregateCall[],
): { readonly plan: Aggregate; readonly keys: readonly Column[] } {
  const groups = keys.map((key) => ({
    output: newColumn(key.name, key.type, key.nullable),
    expression: columnReference(key),
  }))
  const node: Aggregate = { kind: 'aggregate', input: plan, groups, aggregates }
  return { plan: node, keys: groups.map(({ output }) => output) }
}

/** Puts what there is for each group beside the rows of the group. */
export function joinGroups(
  type: 'inner' | 'left',
  left: LogicalPlan,
  leftKeys: readonly Column[],
  right: LogicalPlan,
  rightKeys: readonly Column[],
): Join {
  const keys = leftKeys.map((key, index) => ({
    left: columnReference(key),
    right: columnReference(rightKeys[index]!),
    nullSafe: true,
  }))
  return { kind: 'join', type, left, right, keys, residual: null, mark: null, buildSide: 'right' }
}

export function callOf(
  fn: string,
  args: readonly Expression[],
  output: Column,
  filter: Expression | null = null,
): AggregateCall {
  return { fn, args, distinct: false, filter, orderBy: [], output }
}

/** The rank of `quantile_disc`, as kernels/assembly/quantile.ts has it; a fraction below 0 counts from the greatest. */
export function discreteRank({ total }: RankedValues, fraction: number): Rank {
  const n = columnReference(total)
  const above = typedCall('floor', typedCall('-', n, typedCall('*', double(Math.abs(fraction)), n)))
  const last = typedCall('least', typedCall('greatest', double(1), typedCall('-', n, above)), n)
  const backwards = fraction < 0 || Object.is(fraction, -0)
  const place = backwards ? typedCall('-', n, last) : typedCall('-', last, double(1))
  return { place, beyond: double(0) }
}

/** The rank of `quantile_cont`: between two values. */
export function continuousRank({ total }: RankedValues, fraction: number): Rank {
  const exact = typedCall('*', double(fraction), typedCall('-', columnReference(total), double(1)))
  const place = typedCall('floor', exact)
  return { place, beyond: typedCall('-', exact, place) }
}

/** The call that gives a group's value at this rank, over ranked values. */
export function valueAt(ranked: RankedValues, rank: Rank, output: Column): AggregateCall {
  const value = columnReference(ranked.value)
  const has = (place: Expression): Expression =>
    typedCall(
      'and',
      typedCall('<=', typedCall('-', columnReference(ranked.until), columnReference(ranked.count)), place),
      typedCall('<', place, columnReference(ranked.until)),
    )
  if (rank.beyond.kind === 'literal') return callOf('any_value', [value], output, has(rank.place))
  // of the two values that it lies between, or of the one that it is
  const next = typedCall('ceil', typedCall('+', rank.place, rank.beyond))
  const beyond = typedCall('coalesce', rank.beyond, double(0))
  return callOf('quantile_cont', [value, beyond], output, typedCall('or', has(rank.place), has(next)))
}

/** Whether there are values between two neighbours: kernels interpolate them. */
export function hasBetween(type: DataType): boolean {
  return !['bool', 'bytes', 'interval', 'list', 'u64'].includes(physicalType(type))
}

/** The call that sums up a group's entropy, without its sign, over ranked values. */
export function entropyOf(ranked: RankedValues, output: Column): AggregateCall {
  const share = typedCall('/', columnReference(ranked.count), columnReference(ranked.total))
  return callOf('sum', [typedCall('*', share, typedCall('log2', share))], output)
}

/** The distances of a group's values from a value of the group, counted. */
export function distancesFrom(
  counted: CountedValues,
  middles: { readonly plan: LogicalPlan; readonly keys: readonly Column[]; readonly middle: Column },
): CountedValues {
  const { type } = counted.value
  const joined = joinGroups('inner', counted.plan, counted.keys, middles.plan, middles.keys)
  const difference = typedCall('-', columnReference(counted.value), columnReference(middles.middle))
  const distance = newColumn('distance', type, true)
  const items = [
    ...[...counted.keys, counted.count].map(passThrough),
    { output: distance, expression: typedCast(typedCall('abs', difference), type) },
  ]
  const plan: LogicalPlan = { kind: 'project', input: joined, items }
  const count = newColumn('count', types.float64, true)
  const grouped = aggregate({ plan, keys: [...counted.keys, distance] }, [
    callOf('sum', [columnReference(counted.count)], count),
  ])
  return { plan: grouped.plan, keys: grouped.keys.slice(0, -1), value: grouped.keys.at(-1)!, count }
}
