import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column } from '../plan/plan.ts'
import { columnNode, renameNode } from './expression.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { aggregateGroups } from './aggregate-groups.ts'
import { joinFrames } from './join.ts'
import { call, castTo, int64 } from './lowered.ts'
import { callExpressionMethod } from './method-registry.ts'
import type { BoundArguments } from './parameters.ts'
import { explodeFrame } from './reshape.ts'
import { selectFrame } from './select.ts'
import { withSortedColumn } from './sorted-column.ts'
import { timeColumn } from './time-groups.ts'
import { fixedMicros, parseLength } from './time-length.ts'

const FIRST = '\0first'
const LAST = '\0last'
const STEP = '\0step'

/** frame.upsample(...): a row for every step from the first time to the last (of each group), null where there was none. */
export function upsampleFrame(given: Frame, args: BoundArguments): Frame {
  const { span } = args
  const time = timeColumn(given, args, 'time_column')
  const every = fixedMicros(parseLength(args.string('every', ''), span))
  if (every === null || every <= 0n)
    throw unsupported('upsample by calendar months', span, 'Use a fixed length such as "1h".')
  const by = args.expressions('group_by')
  const frame = withSortedColumn(given, time, by, 'upsample', span)
  const edge = (name: string, label: string) =>
    renameNode(
      callExpressionMethod(columnNode(time), name, { args: [], keywords: [], span }, span),
      () => label,
    )
  const edges = [edge('min', FIRST), edge('max', LAST)]
  const bounds =
    by.length === 0
      ? selectFrame(frame, edges, span)
      : aggregateGroups({ frame, keys: by, maintainOrder: true, span }, edges)
  const grid = gridOf(bounds, time, every, span)
  const on = grid.columns.map((column) => columnNode(column.name))
  const joined = joinFrames(grid, frame, {
    how: 'left',
    leftOn: on,
    rightOn: on,
    nullsEqual: true,
    coalesce: true,
    span,
  })
  const others = frame.columns.filter((column) => column.name !== time)
  const keys = bounds.columns.map(({ name }) => name).filter((name) => name !== FIRST && name !== LAST)
  const rest = others.map(({ name }) => name).filter((name) => !keys.includes(name))
  const names = [...keys, time, ...rest]
  return projectFrame(
    joined,
    names.map((name) => ({ name, expression: columnReference(findColumn(joined, name, span)) })),
  )
}

/** The groups' columns and every time of each, in order. */
function gridOf(bounds: Frame, time: string, every: bigint, span: BoundArguments['span']): Frame {
  const [first, last] = [FIRST, LAST].map((name) => findColumn(bounds, name, span)) as [Column, Column]
  const [from, to] = [first, last].map((column) =>
    call('epoch_us', [castTo(columnReference(column), types.timestamp)]),
  )
  const keys = bounds.columns.filter((column) => column !== first && column !== last)
  const passed = keys.map((column) => ({ name: column.name, expression: columnReference(column) }))
  const steps = call('int_ranges', [from!, call('+', [to!, int64(1)]), int64(every)])
  const listed = projectFrame(bounds, [...passed, { name: STEP, expression: steps }])
  const exploded = explodeFrame(listed, [findColumn(listed, STEP, span)], span)
  const stamp = castTo(
    call('make_timestamp', [columnReference(findColumn(exploded, STEP, span))]),
    first.type,
  )
  return projectFrame(exploded, [
    ...exploded.columns
      .filter((column) => column.name !== STEP)
      .map((column) => ({ name: column.name, expression: columnReference(column) })),
    { name: time, expression: stamp },
  ])
}
