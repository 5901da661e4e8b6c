import { types, type DataType, entryType } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import { isVolatile, sameExpression } from '../../plan/expression-tree.ts'
import { outputColumns } from '../../plan/output.ts'
import { nodeExpressions } from '../../plan/plan-tree.ts'
import type { Aggregate, AggregateCall, Column, Expression, LogicalPlan, Project } from '../../plan/plan.ts'
import { keepColumns, oneRow } from '../../plan/project-columns.ts'
import {
  aggregate,
  callOf,
  continuousRank,
  discreteRank,
  distancesFrom,
  entropyOf,
  hasBetween,
  joinGroups,
  rankValues,
  valueAt,
  type CountedValues,
  type GroupTotals,
} from './counted-values.ts'
import { readerOf, type InputReader } from './input-reader.ts'
import { ValueCounts } from './value-counts.ts'
import { double, typedCall, typedCast, typedLiteral } from './typed-expression.ts'

/** Results by group, to be put beside the groups. */
interface GroupResults {
  readonly plan: LogicalPlan
  readonly keys: readonly Column[]
  /** The value of each call, by the id of its output. */
  readonly values: ReadonlyMap<number, Expression>
}

/** What the call needs of the values: null where it can only be had from all of them at once. */
function needOf({ fn, args }: AggregateCall): 'ranks' | 'distances' | 'first places' | 'counts' | null {
  switch (fn) {
    case 'median':
    case 'entropy':
      return 'ranks'
    case 'mad':
      return 'distances'
    case 'quantile_cont':
      return fractionOf(args, 0) === null ? null : 'ranks'
    case 'quantile_disc':
      return fractionOf(args, -1) === null ? null : 'ranks'
    case 'mode':
      return 'first places'
    case 'histogram':
      return 'counts'
    default:
      return null
  }
}

function fractionOf(args: readonly Expression[], least: number): number | null {
  const fraction = args[1]?.kind === 'literal' ? args[1].value : null
  return typeof fraction === 'number' && fraction >= least && fraction <= 1 ? fraction : null
}

/** Aggregates that have no state of their own: they are only ever computed from counted values. */
export function mustCount(plan: Aggregate): boolean {
  return plan.aggregates.some(({ fn }) => fn === 'histogram')
}

/** Whether some states hold all values of a group, and `countedAggregate` does without them. */
export function canCount(plan: Aggregate): boolean {
  return plan.aggregates.some((call) => needOf(call) !== null) && !nodeExpressions(plan).some(isVolatile)
}

/**
 * The same aggregate where no state holds all values of a group. They are grouped by value and counted, which spills
 * as any grouping does, and put in order, which spills as any sort does; what is wanted is found by its rank among the
 * counts. Other aggregates are computed as ever, and joined by the keys.
 */
export function countedAggregate(plan: Aggregate): LogicalPlan {
  const volatile = plan.groups.find(({ expression }) => isVolatile(expression))
  if (volatile !== undefined) {
    const hint = 'Compute the key in a subquery.'
    throw unsupported('histogram by a key that is random', volatile.expression.span, hint)
  }
  const input = readerOf(plan.input)
  const counted = plan.aggregates.filter((call) => needOf(call) !== null)
  const sets: AggregateCall[][] = []
  for (const call of counted) {
    const known = sets.find(([first]) => sameValues(first!, call))
    if (known === undefined) sets.push([call])
    else known.push(call)
  }
  let result = base(plan, input)
  const values = new Map<number, Expression>()
  const keys = plan.groups.map(({ output }) => output)
  for (const results of sets.flatMap((calls) => resultsOf(plan, calls, input))) {
    result = joinGroups('left', result, keys, results.plan, results.keys)
    for (const [id, value] of results.values) values.set(id, value)
  }
  const items: Project['items'] = outputColumns(plan).map((output) => ({
    output,
    expression: values.get(output.id) ?? columnReference(output),
  }))
  return { kind: 'project', input: result, items }
}

/** Over the same values of the same rows. */
function sameValues(a: AggregateCall, b: AggregateCall): boolean {
  const sameFilter =
    a.filter === null ? b.filter === null : b.filter !== null && sameExpression(a.filter, b.filter)
  return sameFilter && sameExpression(a.args[0]!, b.args[0]!)
}

/** The groups, with those aggregates that are computed as ever. */
function base(plan: Aggregate, input: InputReader): LogicalPlan {
  const aggregates = plan.aggregates.filter((call) => needOf(call) === null)
  if (plan.groups.length === 0 && aggregates.length === 0) return oneRow()
  const expressions = [
    ...plan.groups.map(({ expression }) => expression),
    ...aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter])),
  ]
  const { plan: rows, here } = input(expressions)
  return {
    ...plan,
    input: rows,
    groups: plan.groups.map(({ output, expression }) => ({ output, expression: here(expression) })),
    aggregates: aggregates.map((call) => ({
      ...call,
      args: call.args.map(here),
      filter: call.filter && here(call.filter),
    })),
  }
}

function resultsOf(
  plan: Aggregate,
  calls: readonly AggregateCall[],
  input: InputReader,
): readonly GroupResults[] {
  const values = new ValueCounts(plan, calls[0]!, input)
  const make = {
    ranks: (wanted: readonly AggregateCall[]) => quantiles(values.counted(), values.totals(), wanted),
    distances: (wanted: readonly AggregateCall[]) => deviations(values, wanted),
    'first places': (wanted: readonly AggregateCall[]) => fromPlaces(values, wanted),
    counts: (wanted: readonly AggregateCall[]) => asHistogram(values.counted(), wanted),
  }
  return Object.entries(make).flatMap(([need, from]) => {
    const wanted = calls.filter((call) => needOf(call) === need)
    return wanted.length > 0 ? [from(wanted)] : []
  })
}

function quantiles(
  counted: CountedValues,
  totals: GroupTotals,
  calls: readonly AggregateCall[],
): GroupResults {
  const ranked = rankValues(counted, totals)
  const values = new Map<number, Expression>()
  const aggregates = calls.map((call): AggregateCall => {
    const { output, fn, args } = call
    const found = newColumn(output.name, output.type, true)
    values.set(output.id, columnReference(found))
    if (fn === 'entropy') {
      const entropy = typedCall('-', double(0), columnReference(found))
      values.set(output.id, typedCall('coalesce', entropy, double(0)))
      return entropyOf(ranked, found)
    }
    const isDiscrete = fn === 'quantile_disc' || !hasBetween(args[0]!.type)
    const fraction = fractionOf(args, -1) ?? 0.5
    const rank = isDiscrete ? discreteRank(ranked, fraction) : continuousRank(ranked, fraction)
    return valueAt(ranked, rank, found)
  })
  return { ...aggregate(ranked, aggregates), values }
}

/** Medians of the distances from the median. */
function deviations(values: ValueCounts, calls: readonly AggregateCall[]): GroupResults {
  const counted = values.counted()
  const ranked = rankValues(values.counted(), values.totals())
  const middle = newColumn('middle', counted.value.type, true)
  const middles = aggregate(ranked, [valueAt(ranked, continuousRank(ranked, 0.5), middle)])
  return quantiles(distancesFrom(counted, { ...middles, middle }), values.totals(), calls)
}

/** Of the most frequent values that which comes first. */
function fromPlaces(values: ValueCounts, calls: readonly AggregateCall[]): GroupResults {
  const { counted, place } = values.placed()
  const found = newColumn('mode', counted.value.type, true)
  const whole: DataType = { kind: 'decimal', precision: 19, scale: 0 }
  const often = typedCast(columnReference(counted.count), whole)
  const order = typedCall(
    '-',
    typedCall('*', often, typedLiteral(10n ** 18n, whole)),
    typedCast(columnReference(place), whole),
  )
  const grouped = aggregate(counted, [callOf('arg_max', [columnReference(counted.value), order], found)])
  return { ...grouped, values: new Map(calls.map(({ output }) => [output.id, columnReference(found)])) }
}

/** The counted values in order, as a map. */
function asHistogram(counted: CountedValues, calls: readonly AggregateCall[]): GroupResults {
  const { type } = calls[0]!.output
  const entry = entryType(type as DataType & { readonly kind: 'map' })
  const input: LogicalPlan = {
    kind: 'sort',
    input: keepColumns(counted.plan, [...counted.keys, counted.value, counted.count]),
    keys: [{ expression: columnReference(counted.value), descending: false, nullsFirst: false }],
    limit: null,
  }
  const packed: Expression = {
    kind: 'call',
    fn: 'struct_pack',
    args: [columnReference(counted.value), typedCast(columnReference(counted.count), types.uint64)],
    type: entry,
    nullable: false,
  }
  const found = newColumn('histogram', type, true)
  const grouped = aggregate({ plan: input, keys: counted.keys }, [callOf('array_agg', [packed], found)])
  return { ...grouped, values: new Map(calls.map(({ output }) => [output.id, columnReference(found)])) }
}
