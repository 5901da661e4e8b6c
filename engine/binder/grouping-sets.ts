import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { sameExpression } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { changeDeep } from '../plan/plan-tree.ts'
import type { Aggregate, AggregateCall, Column, Expression, LogicalPlan, Project } from '../plan/plan.ts'
import { passThrough } from '../plan/project-columns.ts'
import { castTo, literal } from './coerce.ts'
import { readShared, sharedRows } from './common-tables.ts'
import type { AggregateCollector, GroupingCall } from './expression-context.ts'

export type Groups = readonly { readonly output: Column; readonly expression: Expression }[]

/** A group of which rows may be one that are not the same, as texts under a collation. */
export interface KeyedGroup {
  /** The value that the query has, and where it is found. */
  readonly output: Column
  readonly expression: Expression
  /** What rows of one group have in common. */
  readonly key: Groups[number]
  /** What takes the value of the first row; null where the key is the value. */
  readonly first: AggregateCall | null
}

/** What a SELECT groups by: every expression once, and for each grouping set the places of its own. */
export interface Grouping {
  readonly groups: readonly Expression[]
  /** Null for one set of all. */
  readonly sets: readonly (readonly number[])[] | null
}

/** Aggregates by every grouping set and puts the results one after the other. */
export function aggregateSets(
  input: LogicalPlan,
  groups: readonly KeyedGroup[],
  sets: readonly (readonly number[])[],
  { calls, groupings }: AggregateCollector,
): LogicalPlan {
  const rows = sharedRows('GROUP BY', input, null)
  const columns = [
    ...groups.map(({ output }) => ({ ...output, nullable: true })),
    ...calls.map((call) => call.output),
    ...groupings.map((call) => call.output),
  ]
  const inputs = sets.map((set) =>
    aggregateSet(readShared(rows), outputColumns(input), groups, set, calls, groupings),
  )
  return { kind: 'union', inputs, columns }
}

function aggregateSet(
  input: LogicalPlan,
  originals: readonly Column[],
  groups: readonly KeyedGroup[],
  set: readonly number[],
  calls: readonly AggregateCall[],
  groupings: readonly GroupingCall[],
): LogicalPlan {
  const copies = outputColumns(input)
  const byId = new Map(originals.map((column, index) => [column.id, columnReference(copies[index]!)]))
  const here = (expression: Expression): Expression =>
    changeDeep(expression, (node) => (node.kind === 'column' ? (byId.get(node.id) ?? node) : node))
  const renewed = (call: AggregateCall): AggregateCall => ({
    ...call,
    args: call.args.map(here),
    filter: call.filter && here(call.filter),
    orderBy: call.orderBy.map((key) => ({ ...key, expression: here(key.expression) })),
    output: newColumn(call.output.name, call.output.type, call.output.nullable),
  })
  const own = set.map((index) => {
    const { key, first } = groups[index]!
    const { name, type, nullable } = key.output
    return {
      index,
      output: newColumn(name, type, nullable),
      expression: here(key.expression),
      first: first && renewed(first),
    }
  })
  const aggregates = calls.map(renewed)
  const firsts = own.flatMap(({ first }) => first ?? [])
  const aggregate: Aggregate = {
    kind: 'aggregate',
    input,
    groups: own,
    aggregates: [...aggregates, ...firsts],
  }
  const items: Project['items'] = [
    ...groups.map(({ output }, index) => {
      const found = own.find((each) => each.index === index)
      if (found) return passThrough(found.first?.output ?? found.output)
      const expression = castTo(literal(null, types.null), output.type)
      return { output: newColumn(output.name, output.type, true), expression }
    }),
    ...aggregates.map((call) => passThrough(call.output)),
    ...groupings.map((call) => groupingItem(call, groups, set)),
  ]
  return { kind: 'project', input: aggregate, items }
}

/** The value of GROUPING in one grouping set. */
export function groupingItem(
  call: GroupingCall,
  groups: Groups,
  set: readonly number[],
): Project['items'][number] {
  const places =
    call.args.length === 0
      ? groups.map((_, index) => index)
      : call.args.map((arg) => groups.findIndex((group) => sameExpression(group.expression, arg)))
  if (places.includes(-1)) {
    throw new LakebookError('type', 'GROUPING takes expressions of GROUP BY', {
      span: call.args[places.indexOf(-1)]?.span ?? call.span,
    })
  }
  const value = places.reduce((bits, place) => bits * 2n + (set.includes(place) ? 0n : 1n), 0n)
  return {
    output: newColumn(call.output.name, types.int64, false),
    expression: literal(value, types.int64),
  }
}
