import { explainExpression } from '../plan/explain-expression.ts'
import { computesWhatMayFail } from '../plan/may-fail.ts'
import { inputs, outputColumns } from '../plan/output.ts'
import { mapInputs, outputIds } from '../plan/plan-tree.ts'
import type { ColumnId, Expression, Join, JoinFilterKey, LogicalPlan } from '../plan/plan.ts'

/** A column whose rows are of no use unless its value is one of the keys of a hash table. NULL never is. */
interface Wanted {
  readonly column: ColumnId
  readonly filter: JoinFilterKey
}

/**
 * Where a join has no use for rows of its probe side that meet nothing, the scans below that side learn the keys of the
 * hash table, which is built first. They pass through whatever keeps or drops such rows as a whole: projections,
 * conditions, groups and partitions by that column, unions, and joins, where they go on to the columns that are equal.
 * Runs when build sides are chosen. A hash table of all rows of a table tells nothing, so it is not asked, unless what is
 * computed of the other side could be an error in a row that meets nothing.
 */
export function pushJoinFilters(plan: LogicalPlan): LogicalPlan {
  // A build side that is asked for its keys may be narrowed by a join above it.
  return mapInputs(plan.kind === 'join' ? askBuildSide(plan) : plan, pushJoinFilters)
}

function askBuildSide(join: Join): Join {
  const buildIsLeft = join.buildSide === 'left'
  const [probe, build] = buildIsLeft ? [join.right, join.left] : [join.left, join.right]
  if (!dropsProbeRows(join, buildIsLeft)) return join
  if (!isNarrowed(build) && !computesWhatMayFail(probe)) return join
  const asked = join.keys.flatMap(({ left, right, nullSafe }, key) => {
    const [own, other] = buildIsLeft ? [right, left] : [left, right]
    if (nullSafe || own.kind !== 'column') return []
    return [{ column: own.id, key, filter: { name: explainExpression(other) } }]
  })
  const given = new Set<JoinFilterKey>()
  const pushed = push(probe, asked, given)
  const joinFilters = asked
    .filter(({ filter }) => given.has(filter))
    .map(({ key, filter }) => ({ key, filter }))
  if (joinFilters.length === 0) return join
  return { ...join, [buildIsLeft ? 'right' : 'left']: pushed, joinFilters }
}

/** Probe rows without a match are in no way part of the answer. */
function dropsProbeRows({ type }: Join, buildIsLeft: boolean): boolean {
  switch (type) {
    case 'inner':
    case 'semi':
      return true
    case 'left':
    case 'anti':
      return buildIsLeft
    case 'right':
      return !buildIsLeft
    default:
      return false
  }
}

/** It has perhaps fewer rows than the tables that it reads. */
function isNarrowed(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'scan':
      return plan.filters.length > 0 || (plan.joinFilters?.length ?? 0) > 0
    case 'project':
    case 'aggregate':
    case 'window':
    case 'row_number':
    case 'union':
      return inputs(plan).some(isNarrowed)
    case 'sort':
      return plan.limit !== null || isNarrowed(plan.input)
    case 'join':
      return plan.type === 'semi' || plan.type === 'anti' || inputs(plan).some(isNarrowed)
    default:
      return true
  }
}

/** The plan with these conditions at its scans, as far as they get; `given` gathers those that some scan took. */
function push(plan: LogicalPlan, wanted: readonly Wanted[], given: Set<JoinFilterKey>): LogicalPlan {
  if (wanted.length === 0) return plan
  switch (plan.kind) {
    case 'scan': {
      const own = outputIds(plan)
      const taken = wanted.filter(({ column }) => own.has(column))
      if (taken.length === 0) return plan
      for (const { filter } of taken) given.add(filter)
      return { ...plan, joinFilters: [...(plan.joinFilters ?? []), ...taken] }
    }
    case 'filter':
    case 'row_number':
      return { ...plan, input: push(plan.input, wanted, given) }
    case 'unnest':
      return { ...plan, input: push(plan.input, among(wanted, outputIds(plan.input)), given) }
    case 'sort':
      return plan.limit === null ? { ...plan, input: push(plan.input, wanted, given) } : plan
    case 'project':
      return { ...plan, input: push(plan.input, renamed(wanted, plan.items), given) }
    case 'aggregate':
      return { ...plan, input: push(plan.input, renamed(wanted, plan.groups), given) }
    case 'window': {
      const partition = new Set(plan.partitionBy.flatMap((each) => (each.kind === 'column' ? [each.id] : [])))
      return { ...plan, input: push(plan.input, among(wanted, partition), given) }
    }
    case 'union': {
      const places = new Map(plan.columns.map(({ id }, place) => [id, place]))
      const unionInputs = plan.inputs.map((input) => {
        const columns = outputColumns(input)
        const own = wanted.flatMap(({ column, filter }) => {
          const place = places.get(column)
          return place === undefined ? [] : [{ column: columns[place]!.id, filter }]
        })
        return push(input, own, given)
      })
      return { ...plan, inputs: unionInputs }
    }
    case 'join':
      return pushThroughJoin(plan, wanted, given)
    default:
      return plan
  }
}

/**
 * A side that is kept whatever it meets takes the conditions on its own columns, and so do both sides of an inner join.
 * Rows of the other side then serve only rows with an equal key, so that the same holds for their key.
 */
function pushThroughJoin(join: Join, wanted: readonly Wanted[], given: Set<JoinFilterKey>): LogicalPlan {
  const own = { left: among(wanted, outputIds(join.left)), right: among(wanted, outputIds(join.right)) }
  const equal = (from: 'left' | 'right', to: 'left' | 'right'): readonly Wanted[] =>
    own[from].flatMap(({ column, filter }) =>
      join.keys.flatMap((key) => {
        const [a, b] = [key[from], key[to]]
        const isEqual = !key.nullSafe && a.kind === 'column' && a.id === column && b.kind === 'column'
        return isEqual ? [{ column: b.id, filter }] : []
      }),
    )
  const into = (left: readonly Wanted[], right: readonly Wanted[]): LogicalPlan => ({
    ...join,
    left: push(join.left, left, given),
    right: push(join.right, right, given),
  })
  switch (join.type) {
    case 'inner':
      return into([...own.left, ...equal('right', 'left')], [...own.right, ...equal('left', 'right')])
    case 'left':
    case 'semi':
    case 'anti':
      return into(own.left, equal('left', 'right'))
    case 'right':
      return into(equal('right', 'left'), own.right)
    case 'mark':
    case 'single':
      return into(own.left, [])
    default:
      return join
  }
}

function among(wanted: readonly Wanted[], ids: ReadonlySet<ColumnId>): readonly Wanted[] {
  return wanted.filter(({ column }) => ids.has(column))
}

/** The conditions on columns that are passed on, as conditions on what they are passed on from. */
function renamed(
  wanted: readonly Wanted[],
  items: readonly { readonly output: { readonly id: ColumnId }; readonly expression: Expression }[],
): readonly Wanted[] {
  return wanted.flatMap(({ column, filter }) => {
    const expression = items.find(({ output }) => output.id === column)?.expression
    return expression?.kind === 'column' ? [{ column: expression.id, filter }] : []
  })
}
