import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { bannedMethod, isBanned } from './banned.ts'
import { renameNode, type PolarsExpression } from './expression.ts'
import type { Frame } from './frame.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { edgeOfGroups, type GroupedFrame } from './group-by.ts'
import { callExpressionMethod } from './method-registry.ts'
import { withConstraints, withNamedOutputs } from './named-outputs.ts'
import { bindArguments, optional, rest, type GivenArguments } from './parameters.ts'
import { callPlFunction } from './pl-functions.ts'
import { aggregateTimeGroups, type TimeGroups } from './time-groups.ts'
import { unknownMethod } from './unknown-name.ts'
import { describeValue, toExpression, type Value } from './values.ts'

/** frame.group_by(...), waiting for its aggregates. */
export function groupBy(object: Extract<Value, { kind: 'frame' }>, given: GivenArguments): Value {
  const flag = given.keywords.find((keyword) => keyword.name === 'maintain_order')
  const others = withNamedOutputs({
    ...given,
    keywords: given.keywords.filter((keyword) => keyword !== flag),
  })
  const args = bindArguments('group_by', [rest('by', 'columns')], others, null)
  const keys = args.expressions('by')
  if (keys.length === 0)
    throw new LakebookError('invalid_argument', '`group_by` needs at least one key', { span: given.span })
  const maintainOrder = flag?.value.kind === 'scalar' && flag.value.value === true
  return { kind: 'group', group: { frame: object.frame, keys, maintainOrder, span: given.span } }
}

const AGGREGATES = [rest('aggs', 'columns')]

const GROUP_AGGREGATES = [
  'sum',
  'mean',
  'min',
  'max',
  'median',
  'first',
  'last',
  'n_unique',
  'all',
  'quantile',
] as const

/** Everything that `group_by(...)` can be asked for. */
export function groupMethodNames(): readonly string[] {
  return ['agg', 'having', 'head', 'tail', 'len', 'count', ...GROUP_AGGREGATES]
}

/** `group_by(...).having(...)`: the groups for which the conditions are true. */
export function groupsHaving(group: GroupedFrame, given: GivenArguments): Value {
  const args = bindArguments('having', [rest('predicates', 'columns')], withConstraints(given), null)
  const having = [...(group.having ?? []), ...args.expressions('predicates')]
  return { kind: 'group', group: { ...group, having } }
}

/** A method of `group_by(...)` that gives a frame. Throws `unsupported` with the nearest for one that is not known. */
export function callGroup(
  group: GroupedFrame,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
) {
  switch (name) {
    case 'agg': {
      const args = bindArguments('agg', AGGREGATES, withNamedOutputs(given), null)
      return aggregateGroups(group, args.expressions('aggs'))
    }
    case 'head':
    case 'tail':
      if (group.having !== undefined)
        throw unsupported(`\`${name}\` after having`, nameSpan, 'Use .agg(pl.all().head(n)).')
      return edgeOfGroups(group, bindArguments(name, [optional('n', 'int')], given, null).int('n', 5), name)
    case 'count':
    case 'len': {
      const args = bindArguments(name, [optional('name', 'string')], given, null)
      const length = callPlFunction(
        'len',
        { args: [], keywords: [], span: given.span },
        { table: () => null, names: () => [] },
        nameSpan,
      )
      const label = args.string('name', name)
      return aggregateGroups(group, [renameNode(toExpression(length, 'literal', given.span), () => label)])
    }
    default: {
      const method = GROUP_AGGREGATES.find((known) => known === name)
      if (method === undefined) {
        if (isBanned(name)) throw bannedMethod(name, group.frame, nameSpan)
        throw unknownMethod(`\`${name}\` of a group_by`, name, groupMethodNames(), nameSpan)
      }
      const every: PolarsExpression = { kind: 'columns', selector: { kind: 'all' }, span: given.span }
      if (method === 'all') return aggregateGroups(group, [every])
      return aggregateGroups(group, [callExpressionMethod(every, method, given, nameSpan)])
    }
  }
}

/** A method of `group_by_dynamic(...)` or `rolling(...)`. */
export function callTimeGroup(
  group: TimeGroups,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Frame {
  if (name !== 'agg') {
    throw unknownMethod(
      `\`${name}\` of ${describeValue({ kind: 'time_group', group })}`,
      name,
      ['agg'],
      nameSpan,
    )
  }
  const args = bindArguments('agg', AGGREGATES, withNamedOutputs(given), null)
  return aggregateTimeGroups(group, args.expressions('aggs'))
}
