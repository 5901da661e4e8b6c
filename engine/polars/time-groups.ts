import { isInteger, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { findColumn, projectFrame, type Frame, type NamedExpression } from './frame.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { asAggregate } from './group-by.ts'
import { int64 } from './lowered.ts'
import { Lowering, type RowScope } from './lowering.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { intRangesMethod } from './methods/lists.ts'
import { binaryExpression } from './methods/operators.ts'
import { durationMethod } from './methods/time.ts'
import { uniqueOutputs } from './outputs.ts'
import type { BoundArguments } from './parameters.ts'
import { explodeFrame } from './reshape.ts'
import { filterFrame, selectFrame, sortFrame, withColumns } from './select.ts'
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
const DATAPOINT = '\0datapoint'
const INDEX = '\0index'

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
  if (
    isInteger(column.type) &&
    ['every', 'period'].some((one) => args.value(one) !== undefined && args.string(one, '').endsWith('i'))
  )
    return column.name
  throw new LakebookError('type', `"${column.name}" is no date or datetime`, {
    span: given.span,
    hint: 'Cast it, or read it with .str.to_datetime(); windows over whole numbers are written as "2i".',
  })
}

const CLOSED = ['left', 'right', 'both', 'none'] as const
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

interface Windows {
  readonly every: string
  readonly period: string
  readonly closed: (typeof CLOSED)[number]
  readonly span: SourceSpan | undefined
}

/**
 * Windows of one length, one after the other or overlapping; every row falls into those that hold its time. Rows come
 * by group in order of appearance, then by time.
 */
function aggregateDynamic(groups: TimeGroups, aggregates: readonly PolarsExpression[]): Frame {
  const { args } = groups
  const { span } = args
  const time = timeColumn(groups.frame, args, 'index_column')
  if (isInteger(findColumn(groups.frame, time, span).type)) return aggregateNumbers(groups, time, aggregates)
  const every = args.string('every', '')
  const period = args.string('period', every)
  const closed = args.choice('closed', CLOSED, 'left')
  const label = args.choice('label', ['left', 'right', 'datapoint'], 'left')
  const by = args.expressions('group_by')
  const frame = withSortedColumn(groups.frame, time, by, 'group_by_dynamic', span)
  const t = columnNode(time, span)
  const windows: Windows = { every, period, closed, span }
  let rows = withColumns(frame, [renameNode(windowStart(t, by, args, windows), () => START)], span)
  if (period !== every || closed === 'both') rows = overlapping(rows, by, t, windows)
  else if (closed === 'none')
    rows = filterFrame(rows, [binaryExpression('>', t, columnNode(START, span), span)])
  if (args.string('start_by', 'window') !== 'window') rows = fromFirstStart(rows, by, t, args)
  rows = withFirstOfGroup(rows, by)
  const start = columnNode(START, span)
  const end = invoke(start, 'dt.offset_by', period)
  const shown = label === 'right' ? end : start
  const keys = [...by, renameNode(shown, () => time), columnNode(FIRST, span)]
  const hidden = new Set([START, FIRST, STEP, time])
  const first = label === 'datapoint' ? [renameNode(invoke(t, 'first'), () => DATAPOINT)] : []
  const grouped = aggregateGroups({ frame: rows, keys, maintainOrder: false, span, hidden }, [
    ...aggregates,
    ...first,
  ])
  const sorted = sortFrame(grouped, [columnNode(FIRST, span), columnNode(time, span)], {
    descending: [],
    nullsLast: [],
    stable: false,
  })
  return labelled(sorted, time, by.length, args, period)
}

/** Windows over whole numbers: over the points in time that lie so many microseconds after 1970. */
function aggregateNumbers(
  { frame, args, kind }: TimeGroups,
  index: string,
  aggregates: readonly PolarsExpression[],
): Frame {
  const { span } = args
  const dtype = (type: DataType): Value => ({ kind: 'dtype', type })
  const cast = (node: PolarsExpression, type: DataType) =>
    callExpressionMethod(node, 'cast', { args: [dtype(type)], keywords: [], span }, span)
  const point = renameNode(cast(columnNode(index, span), types.timestamp), () => INDEX)
  const timed = withColumns(frame, [point], span)
  const inMicros = ['every', 'period', 'offset'].reduce(
    (made, name) => {
      if (args.value(name) === undefined) return made
      const length = args.string(name, '').replaceAll('i', 'us')
      return made.withValue(name, { kind: 'scalar', value: length })
    },
    args.withExpressions('index_column', [columnNode(INDEX, span)]),
  )
  const made = aggregateDynamic({ kind, frame: timed, args: inMicros }, aggregates)
  const { type } = findColumn(frame, index, span)
  const shown = made.columns.map(({ name }) => {
    if (name !== INDEX && !name.endsWith('_boundary')) return columnNode(name, span)
    return renameNode(cast(columnNode(name, span), type), () => (name === INDEX ? index : name))
  })
  return selectFrame(made, shown, span)
}

/** The columns as they are shown: after the keys the boundaries where they are asked for, then the time. */
function labelled(
  sorted: Frame,
  time: string,
  keyCount: number,
  args: BoundArguments,
  period: string,
): Frame {
  const { span } = args
  const names = sorted.columns
    .map((column) => column.name)
    .filter((name) => name !== FIRST && name !== DATAPOINT)
  const own = columnNode(time, span)
  const isRight = args.string('label', 'left') === 'right'
  const boundaries = args.bool('include_boundaries', false)
    ? [
        renameNode(isRight ? invoke(own, 'dt.offset_by', negated(period)) : own, () => '_lower_boundary'),
        renameNode(isRight ? own : invoke(own, 'dt.offset_by', period), () => '_upper_boundary'),
      ]
    : []
  const shown = names.map((name) =>
    name === time && args.string('label', 'left') === 'datapoint'
      ? renameNode(columnNode(DATAPOINT, span), () => time)
      : columnNode(name, span),
  )
  return selectFrame(sorted, [...shown.slice(0, keyCount), ...boundaries, ...shown.slice(keyCount)], span)
}

function negated(length: string): string {
  return length.startsWith('-') ? length.slice(1) : `-${length}`
}

/** The start of the last window that may hold the row's time. */
function windowStart(
  t: PolarsExpression,
  by: readonly PolarsExpression[],
  args: BoundArguments,
  { every, closed, span }: Windows,
): PolarsExpression {
  const offset = args.string('offset', '0us')
  const hasStart = closed === 'left' || closed === 'both'
  const isOpenEnd = closed === 'none'
  const inside =
    hasStart || isOpenEnd ? t : binaryExpression('-', t, microseconds(literalNode(1n), span), span)
  const startBy = args.choice('start_by', ['window', 'datapoint', ...WEEKDAYS], 'window')
  if (startBy === 'window') {
    const moved = invoke(inside, 'dt.offset_by', negated(offset))
    return invoke(invoke(moved, 'dt.truncate', every), 'dt.offset_by', offset)
  }
  const length = fixedMicros(parseLength(every, span))
  if (length === null || length <= 0n)
    throw unsupported(`start_by="${startBy}" with windows by calendar months`, span, 'Use start_by="window".')
  const first = firstStart(t, by, args, startBy)
  const since = invoke(binaryExpression('-', inside, first, span), 'dt.total_microseconds')
  const whole = binaryExpression('//', since, literalNode(length), span)
  const back = microseconds(binaryExpression('*', whole, literalNode(length), span), span)
  return binaryExpression('+', first, back, span)
}

/** Where the group's windows begin: at its first time, or at the weekday before it. */
function firstStart(
  t: PolarsExpression,
  by: readonly PolarsExpression[],
  args: BoundArguments,
  startBy: string,
): PolarsExpression {
  const least = by.length === 0 ? invoke(t, 'min') : invoke(invoke(t, 'min'), 'over', ...by)
  if (startBy === 'datapoint') return least
  const day = `${WEEKDAYS.findIndex((name) => name === startBy)}d`
  const offset = args.string('offset', '0us')
  const week = invoke(
    invoke(invoke(least, 'dt.offset_by', `-${day}`), 'dt.truncate', '1w'),
    'dt.offset_by',
    day,
  )
  return invoke(week, 'dt.offset_by', offset)
}

/** Without windows that would begin before the first. */
function fromFirstStart(
  rows: Frame,
  by: readonly PolarsExpression[],
  t: PolarsExpression,
  args: BoundArguments,
): Frame {
  const first = firstStart(t, by, args, args.string('start_by', 'window'))
  return filterFrame(rows, [binaryExpression('>=', columnNode(START, args.span), first, args.span)])
}

/** One row for each window that holds the row's time, from the group's first window on. */
function overlapping(
  rows: Frame,
  by: readonly PolarsExpression[],
  t: PolarsExpression,
  { every: everyText, period: periodText, closed, span }: Windows,
): Frame {
  const every = fixedMicros(parseLength(everyText, span))
  const period = fixedMicros(parseLength(periodText, span))
  if (every === null || period === null || every <= 0n || period <= 0n) {
    throw unsupported(
      'Windows by calendar months that overlap',
      span,
      'Use lengths such as "1h" or "1d", or `closed` other than "both".',
    )
  }
  const start = columnNode(START, span)
  const firstStart = by.length === 0 ? invoke(start, 'min') : invoke(invoke(start, 'min'), 'over', ...by)
  const count = (period + every - 1n) / every + (closed === 'both' ? 1n : 0n)
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
  const hasStart = closed === 'left' || closed === 'both'
  const hasEnd = closed === 'right' || closed === 'both'
  return filterFrame(moved, [
    binaryExpression(hasStart ? '>=' : '>', t, start, span),
    binaryExpression(hasEnd ? '<=' : '<', t, end, span),
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
    expression: lowering.row(asAggregate(expression), { ...scope, range }),
  }))
  return projectFrame(lowering.stage.finish(), [
    ...keys,
    { name: time, expression: columnReference(t) },
    ...outputs,
  ])
}
