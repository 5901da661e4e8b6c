import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { findColumn, projectFrame, type Frame, type NamedExpression } from './frame.ts'
import { aggregateGroups } from './group-by.ts'
import { int64 } from './lowered.ts'
import { Lowering, type RowScope } from './lowering.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { intRangesMethod } from './methods/lists.ts'
import { binaryExpression } from './methods/operators.ts'
import { durationMethod } from './methods/time.ts'
import { uniqueOutputs } from './outputs.ts'
import type { BoundArguments } from './parameters.ts'
import { explodeFrame } from './reshape.ts'
import { filterFrame, sortFrame, withColumns } from './select.ts'
import { withSortedColumn } from './sorted-column.ts'
import { WHOLE_PARTITION } from './stage.ts'
import { timeFrame, timeKey } from './time-frame.ts'
import { fixedMicros, parseLength } from './time-length.ts'
import type { Value } from './values.ts'

/** frame.group_by_dynamic(...) or frame.rolling(...), waiting for its aggregates. */
export interface TimeGroups {
  readonly kind: 'dynamic' | 'rolling'
  readonly frame: Frame
  readonly args: BoundArguments
}

/** Names that no column of a person's has. */
const START = '\0start'
const FIRST = '\0first'
const STEP = '\0step'

export function aggregateTimeGroups(groups: TimeGroups, aggregates: readonly PolarsExpression[]): Frame {
  return groups.kind === 'dynamic'
    ? aggregateDynamic(groups, aggregates)
    : aggregateRolling(groups, aggregates)
}

function invoke(
  receiver: PolarsExpression,
  name: string,
  ...args: readonly (string | PolarsExpression)[]
): PolarsExpression {
  const values = args.map((arg): Value =>
    typeof arg === 'string' ? { kind: 'scalar', value: arg } : { kind: 'expression', expression: arg },
  )
  return callExpressionMethod(
    receiver,
    name,
    { args: values, keywords: [], span: receiver.span },
    receiver.span,
  )
}

export function microseconds(count: PolarsExpression, span: SourceSpan | undefined): PolarsExpression {
  const value: Value = { kind: 'expression', expression: count }
  return callMethod(durationMethod, null, {
    args: [],
    keywords: [{ name: 'microseconds', value, span }],
    span,
  })
}

/** The column that tells the time, by its name. */
export function timeColumn(frame: Frame, args: BoundArguments, name: string): string {
  const given = args.expression(name)
  if (given.kind !== 'columns' || given.selector.kind !== 'names')
    throw unsupported(`An expression as \`${name}\``, given.span, 'Name a column.')
  const column = findColumn(frame, given.selector.names[0] ?? '', given.span)
  if (column.type.kind === 'timestamp' || column.type.kind === 'date') return column.name
  throw new LakebookError('type', `"${column.name}" is no date or datetime`, {
    span: given.span,
    hint: 'Cast it, or read it with .str.to_datetime().',
  })
}

/**
 * Windows of one length, one after the other or overlapping; every row falls into those that hold its time. Rows come
 * by group in order of appearance, then by time.
 */
function aggregateDynamic(groups: TimeGroups, aggregates: readonly PolarsExpression[]): Frame {
  const { args } = groups
  const { span } = args
  const time = timeColumn(groups.frame, args, 'index_column')
  const every = args.string('every', '')
  const period = args.string('period', every)
  const offset = args.string('offset', '0us')
  const closed = args.choice('closed', ['left', 'right'], 'left')
  const label = args.choice('label', ['left', 'right'], 'left')
  const by = args.expressions('group_by')
  const frame = withSortedColumn(groups.frame, time, by, 'group_by_dynamic', span)
  const t = columnNode(time, span)
  const inside = closed === 'left' ? t : binaryExpression('-', t, microseconds(literalNode(1n), span), span)
  const backwards = offset.startsWith('-') ? offset.slice(1) : `-${offset}`
  const start = invoke(
    invoke(invoke(inside, 'dt.offset_by', backwards), 'dt.truncate', every),
    'dt.offset_by',
    offset,
  )
  let rows = withColumns(frame, [renameNode(start, () => START)], span)
  if (period !== every) rows = overlapping(rows, by, t, { every, period, closed, span })
  rows = withFirstOfGroup(rows, by)
  const shown =
    label === 'left' ? columnNode(START, span) : invoke(columnNode(START, span), 'dt.offset_by', period)
  const keys = [...by, renameNode(shown, () => time), columnNode(FIRST, span)]
  const hidden = new Set([START, FIRST, STEP, time])
  const grouped = aggregateGroups({ frame: rows, keys, maintainOrder: false, span, hidden }, aggregates)
  const sorted = sortFrame(grouped, [columnNode(FIRST, span), columnNode(time, span)], {
    descending: [],
    nullsLast: [],
    stable: false,
  })
  const visible = sorted.columns.filter((column) => column.name !== FIRST)
  return projectFrame(
    sorted,
    visible.map((column) => ({ name: column.name, expression: columnReference(column) })),
  )
}

/** One row for each window that holds the row's time, from the group's first window on. */
function overlapping(
  rows: Frame,
  by: readonly PolarsExpression[],
  t: PolarsExpression,
  options: {
    readonly every: string
    readonly period: string
    readonly closed: 'left' | 'right'
    readonly span: SourceSpan | undefined
  },
): Frame {
  const { closed, span } = options
  const every = fixedMicros(parseLength(options.every, span))
  const period = fixedMicros(parseLength(options.period, span))
  if (every === null || period === null || every <= 0n || period <= 0n) {
    throw unsupported(
      'A `period` other than `every` by calendar months',
      span,
      'Use lengths such as "1h" or "1d".',
    )
  }
  const start = columnNode(START, span)
  const firstStart = by.length === 0 ? invoke(start, 'min') : invoke(invoke(start, 'min'), 'over', ...by)
  const count = (period + every - 1n) / every
  const ranges: Value[] = [literalNode(0n), literalNode(count)].map((expression) => ({
    kind: 'expression',
    expression,
  }))
  const steps = callMethod(intRangesMethod, null, { args: ranges, keywords: [], span })
  const listed = withColumns(rows, [renameNode(steps, () => STEP), renameNode(firstStart, () => FIRST)], span)
  const exploded = explodeFrame(listed, [findColumn(listed, STEP, span)], span)
  const back = microseconds(binaryExpression('*', columnNode(STEP, span), literalNode(every), span), span)
  const moved = withColumns(
    exploded,
    [renameNode(binaryExpression('-', start, back, span), () => START)],
    span,
  )
  const end = binaryExpression('+', start, microseconds(literalNode(period), span), span)
  return filterFrame(moved, [
    binaryExpression(closed === 'left' ? '<' : '<=', t, end, span),
    binaryExpression('>=', start, columnNode(FIRST, span), span),
  ])
}

/** A column with the place in the frame of the group's first row, so that groups keep their order of appearance. */
function withFirstOfGroup(frame: Frame, by: readonly PolarsExpression[]): Frame {
  const lowering = new Lowering(frame)
  const ordinal = by.length === 0 ? int64(0) : lowering.stage.ordinal()
  const partitionBy = by.map((key) => lowering.row(key))
  const first =
    by.length === 0
      ? ordinal
      : lowering.stage.window('min', [ordinal], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  const kept = frame.columns.filter((column) => column.name !== FIRST)
  const outputs: NamedExpression[] = kept.map((column) => ({
    name: column.name,
    expression: columnReference(column),
  }))
  return projectFrame(lowering.stage.finish(), [...outputs, { name: FIRST, expression: first }])
}

function aggregateRolling(groups: TimeGroups, aggregates: readonly PolarsExpression[]): Frame {
  const { args } = groups
  const { span } = args
  const time = timeColumn(groups.frame, args, 'index_column')
  const frame = withSortedColumn(groups.frame, time, args.expressions('group_by'), 'rolling', span)
  const closed = args.choice('closed', ['right', 'left', 'both', 'none'], 'right')
  const lowering = new Lowering(frame)
  const keys = uniqueOutputs(args.expressions('group_by'), frame.columns).map(
    ({ name, expression }): NamedExpression => ({
      name,
      expression: lowering.row(expression),
    }),
  )
  const partition = keys.map((key) => key.expression)
  const scope: RowScope = { mode: 'rows', partition, order: null }
  const key = timeKey(lowering.row(columnNode(time, span), scope))
  const offset = args.has('offset') ? args.string('offset', '0us') : undefined
  const range = { order: [key], frame: timeFrame(key, args.string('period', ''), closed, span, offset) }
  const t = findColumn(frame, time, span)
  const outputs = uniqueOutputs(
    aggregates,
    frame.columns.filter((column) => column !== t && !keys.some((key) => key.name === column.name)),
  ).map(({ name, expression }): NamedExpression => ({
    name,
    expression: lowering.row(expression, { ...scope, range }),
  }))
  return projectFrame(lowering.stage.finish(), [
    ...keys,
    { name: time, expression: columnReference(t) },
    ...outputs,
  ])
}
