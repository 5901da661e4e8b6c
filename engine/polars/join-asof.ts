import { isNumeric, types } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column, Expression, SortKey, WindowFrame } from '../plan/plan.ts'
import type { PolarsExpression } from './expression.ts'
import {
  ascending,
  findColumn,
  projectFrame,
  withOrdinal,
  type Frame,
  type NamedExpression,
} from './frame.ts'
import { call, caseWhen, castTo, int64, literal } from './lowered.ts'
import { Lowering } from './lowering.ts'
import type { BoundArguments } from './parameters.ts'
import { concatFrames } from './reshape.ts'
import { selectColumns } from './selector.ts'
import { RUNNING, REMAINING, WHOLE_PARTITION } from './stage.ts'
import { withSortedColumn } from './sorted-column.ts'
import { fixedMicros, parseLength } from './time-length.ts'

function namedColumns(frame: Frame, expressions: readonly PolarsExpression[]): readonly Column[] {
  return expressions.flatMap((expression) => {
    if (expression.kind !== 'columns')
      throw unsupported('An expression as a key of join_asof', expression.span, 'Name a column.')
    return selectColumns(expression.selector, frame.columns, expression.span)
  })
}

function given(args: BoundArguments, shared: string, own: string): readonly PolarsExpression[] {
  return args.has(shared) ? args.expressions(shared) : args.expressions(own)
}

/** Names of the columns of both sides, one after the other in one frame. */
const TIME = '\0time'
const SIDE = '\0side'
const ORDINAL = '\0ordinal'
const leftName = (column: Column) => `\0l${column.name}`
const rightName = (column: Column) => `\0r${column.name}`
const keyName = (index: number) => `\0k${index}`

/**
 * left.join_asof(right, ...): for each left row the nearest right row before it (or after it). Both sides are put into
 * one sequence by time; each right row starts a run that lasts until the next one, and the left rows of the run are
 * those that it is nearest to.
 */
export function joinAsof(givenLeft: Frame, givenRight: Frame, args: BoundArguments): Frame {
  const { span } = args
  const left = sortedBy(givenLeft, 'left_on', args)
  const right = sortedBy(givenRight, 'right_on', args)
  const strategy = args.choice('strategy', ['backward', 'forward', 'nearest'], 'backward')
  const isExact = args.bool('allow_exact_matches', true)
  if (strategy === 'nearest' && !isExact)
    throw unsupported('strategy="nearest" without exact matches', span, 'Use "backward" or "forward".')
  const [leftOn] = namedColumns(left, given(args, 'on', 'left_on'))
  const [rightOn] = namedColumns(right, given(args, 'on', 'right_on'))
  if (leftOn === undefined || rightOn === undefined) {
    throw new LakebookError('invalid_argument', '`join_asof` needs `on`, or `left_on` and `right_on`', {
      span,
    })
  }
  const leftBy = namedColumns(left, given(args, 'by', 'by_left'))
  const rightBy = namedColumns(right, given(args, 'by', 'by_right'))
  if (leftBy.length !== rightBy.length) throw args.invalid('by', 'as many columns on both sides')

  const { frame: numbered, ordinal } = withOrdinal(left)
  // at equal times a right row must come before the left rows it matches, seen in the direction of the search
  const rightFirst = (strategy !== 'forward') === isExact
  const tagged = (
    frame: Frame,
    by: readonly Column[],
    on: Column,
    side: bigint,
    more: readonly NamedExpression[],
  ) =>
    projectFrame({ ...frame, order: null }, [
      ...by.map((column, i) => ({ name: keyName(i), expression: columnReference(column) })),
      { name: TIME, expression: columnReference(on) },
      { name: SIDE, expression: int64(side) },
      ...more,
    ])
  const leftRows = tagged(numbered, leftBy, leftOn, rightFirst ? 1n : 0n, [
    { name: ORDINAL, expression: columnReference(ordinal) },
    ...left.columns.map((column) => ({ name: leftName(column), expression: columnReference(column) })),
  ])
  const { frame: rightNumbered, ordinal: rightOrdinal } = withOrdinal(right)
  const rightRows = tagged(rightNumbered, rightBy, rightOn, rightFirst ? 0n : 1n, [
    { name: `${ORDINAL}right`, expression: columnReference(rightOrdinal) },
    ...right.columns.map((column) => ({ name: rightName(column), expression: columnReference(column) })),
  ])
  const both = concatFrames([leftRows, rightRows], 'diagonal_relaxed', span)

  const lowering = new Lowering(both)
  const column = (name: string): Expression => columnReference(findColumn(both, name, span))
  const keys = [TIME, SIDE, `${ORDINAL}right`, ORDINAL].map((name): SortKey => ascending(column(name)))
  const partition = leftBy.map((_, i) => column(keyName(i)))
  const marker = column(`${ORDINAL}right`)
  const along = (frame: WindowFrame) => {
    const spec = { partitionBy: partition, orderBy: keys }
    const run = lowering.stage.window('count', [marker], spec, frame)
    const runs = { partitionBy: [...partition, run], orderBy: [] }
    return (name: string) => lowering.stage.window('max', [column(name)], runs, WHOLE_PARTITION)
  }
  const matched =
    strategy === 'nearest'
      ? nearer(along(RUNNING), along(REMAINING), column(TIME), rightName(rightOn))
      : along(strategy === 'backward' ? RUNNING : REMAINING)
  const near = nearEnough(args, column(TIME), () => matched(rightName(rightOn)))
  const value = (name: string) => {
    const found = matched(name)
    return near === null ? found : caseWhen([{ when: near, then: found }], null)
  }
  const sameName =
    leftOn.name === rightOn.name && (args.value('coalesce') === undefined || args.bool('coalesce', true))
  const dropped = new Set<Column>([...rightBy, ...(sameName ? [rightOn] : [])])
  const names = new Set(left.columns.map(({ name }) => name))
  const suffix = args.string('suffix', '_right')
  const outputs: NamedExpression[] = [
    ...left.columns.map((one) => ({ name: one.name, expression: column(leftName(one)) })),
    ...right.columns
      .filter((one) => !dropped.has(one))
      .map((one) => ({
        name: names.has(one.name) ? `${one.name}${suffix}` : one.name,
        expression: value(rightName(one)),
      })),
  ]
  const staged = lowering.stage.finish()
  const predicate = call('is_not_null', [column(ORDINAL)])
  const leftOnly: Frame = {
    plan: { kind: 'filter', input: staged.plan, predicate },
    columns: staged.columns,
    order: { keys: [ascending(column(ORDINAL))], total: true },
  }
  return projectFrame(leftOnly, outputs)
}

/** What is matched before or after, whichever is nearer; after, where both are as near. */
function nearer(
  before: (name: string) => Expression,
  after: (name: string) => Expression,
  time: Expression,
  on: string,
): (name: string) => Expression {
  const distance = (found: Expression) => call('abs', [numberBetween(time, found)])
  const isAfter = call('<=', [distance(after(on)), distance(before(on))])
  const isFirst = call('is_null', [before(on)])
  return (name) => caseWhen([{ when: call('or', [isFirst, isAfter]), then: after(name) }], before(name))
}

function numberBetween(a: Expression, b: Expression): Expression {
  if (isNumeric(a.type)) return castTo(call('-', [a, b]), types.float64)
  const stamps = [a, b].map((side) => castTo(side, side.type.kind === 'date' ? types.timestamp : side.type))
  return castTo(call('dt_total_microseconds', [call('duration_between', stamps)]), types.float64)
}

/** As Polars does, the order is looked at where there are no groups, unless it is told not to. */
function sortedBy(frame: Frame, own: 'left_on' | 'right_on', args: BoundArguments): Frame {
  if (['by', 'by_left', 'by_right'].some((name) => args.has(name)) || !args.bool('check_sortedness', true))
    return frame
  const [on] = namedColumns(frame, given(args, 'on', own))
  return on === undefined ? frame : withSortedColumn(frame, on.name, [], 'join_asof', args.span, 'passed')
}

/** Whether the match lies within `tolerance`; null when any does. */
function nearEnough(args: BoundArguments, time: Expression, match: () => Expression): Expression | null {
  if (!args.has('tolerance')) return null
  const tolerance = args.value('tolerance')
  const length =
    tolerance?.kind === 'expression' && tolerance.expression.kind === 'literal' ? tolerance.expression : null
  if (length?.type?.kind === 'duration' && typeof length.value === 'bigint')
    return within(time, match(), length.value)
  if (tolerance?.kind !== 'scalar') throw args.invalid('tolerance', 'a number, or a length such as "10m"')
  const found = match()
  if (typeof tolerance.value === 'string') {
    const micros = fixedMicros(parseLength(tolerance.value, args.span))
    if (micros === null) throw args.invalid('tolerance', 'a fixed length such as "10m"')
    return within(time, found, micros)
  }
  const limit = args.number('tolerance', 0)
  return call('<=', [
    call('abs', [castTo(call('-', [time, found]), types.float64)]),
    literal(limit, types.float64),
  ])
}

function within(time: Expression, found: Expression, micros: bigint): Expression {
  const stamps = [time, found].map((side) =>
    castTo(side, side.type.kind === 'date' ? types.timestamp : side.type),
  )
  const distance = call('dt_total_microseconds', [call('duration_between', stamps)])
  return call('<=', [call('abs', [distance]), int64(micros)])
}
