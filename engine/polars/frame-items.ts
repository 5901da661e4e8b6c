import { unsupported, type SourceSpan } from '../errors.ts'
import { columnNode, type PolarsExpression } from './expression.ts'
import { limited, tail } from './frame-rows.ts'
import type { Frame } from './frame.ts'
import { callExpressionMethod } from './method-registry.ts'
import { selectFrame } from './select.ts'
import { selectColumns } from './selector.ts'
import { seriesOf } from './series.ts'
import { scalar, type Value } from './values.ts'

/** `start:stop:step` in square brackets. */
export interface SliceBounds {
  readonly start: number | string | null
  readonly stop: number | string | null
  readonly step: number
}

/** What stands between the square brackets after a frame: a value, or a slice. */
export type FrameIndex = Value | { readonly kind: 'slice'; readonly bounds: SliceBounds }

function invoke(node: PolarsExpression, name: string, count: number): PolarsExpression {
  const args = [scalar(BigInt(count))]
  return callExpressionMethod(node, name, { args, keywords: [], span: node.span }, node.span)
}

function everyColumn(frame: Frame): readonly PolarsExpression[] {
  return frame.columns.map((column) => columnNode(column.name))
}

/** The rows of a slice. Throws `unsupported` for one whose ends are counted from different sides. */
export function slicedRows(frame: Frame, bounds: SliceBounds, span: SourceSpan | undefined): Frame {
  const [from, to] = [bounds.start ?? 0, bounds.stop]
  if (typeof from === 'string' || typeof to === 'string')
    throw unsupported('A slice of rows by names', span, 'Use filter.')
  if (bounds.step === 0) throw unsupported('A slice whose step is 0', span)
  const rows = contiguous(frame, from, to, span)
  if (bounds.step === 1) return rows
  if (bounds.step < 0) throw unsupported('A slice backwards', span, 'Use .reverse(), then a slice.')
  return selectFrame(
    rows,
    everyColumn(rows).map((column) => invoke(column, 'gather_every', bounds.step)),
    span,
  )
}

function contiguous(frame: Frame, from: number, to: number | null, span: SourceSpan | undefined): Frame {
  if (from >= 0 && (to === null || to >= 0))
    return limited(frame, to === null ? null : Math.max(0, to - from), from)
  if (from >= 0 && to !== null) {
    const rest = from === 0 ? frame : limited(frame, null, from)
    return tail(rest, null, -to)
  }
  if (to === null) return tail(frame, -from)
  if (to < 0) return tail(frame, Math.max(0, to - from), -to)
  throw unsupported('This slice of a frame', span, 'Use .slice(offset, length), .head(n) or .tail(n).')
}

/** `frame[...]`: columns by names, rows by numbers, or both. */
export function itemOfFrame(
  frame: Frame,
  index: FrameIndex,
  isSeries: boolean,
  span: SourceSpan | undefined,
): Value {
  if (index.kind === 'slice') {
    const { start, stop } = index.bounds
    if (typeof start === 'string' || typeof stop === 'string')
      return { kind: 'frame', frame: columnsBetween(frame, index.bounds, span) }
    return { kind: 'frame', frame: slicedRows(frame, index.bounds, span), isSeries }
  }
  if (index.kind === 'scalar' && typeof index.value === 'string')
    return seriesOf(selectFrame(frame, [columnNode(index.value, span)], span))
  if (index.kind === 'scalar' && typeof index.value === 'bigint') {
    const place = Number(index.value)
    if (isSeries) return valueAt(frame, place, span)
    return { kind: 'frame', frame: place >= 0 ? limited(frame, 1, place) : tail(frame, 1, -1 - place) }
  }
  if (index.kind === 'list' && index.items.length > 0) {
    const items = index.items
    if (items.every((item) => item.kind === 'scalar' && typeof item.value === 'string')) {
      const columns = items.map((item) => columnNode((item as { value: string }).value, span))
      return { kind: 'frame', frame: selectFrame(frame, columns, span) }
    }
    if (items.every((item) => item.kind === 'scalar' && typeof item.value === 'bigint')) {
      const args = { args: [index], keywords: [], span }
      const picked = everyColumn(frame).map((column) => callExpressionMethod(column, 'gather', args, span))
      return { kind: 'frame', frame: selectFrame(frame, picked, span), isSeries }
    }
  }
  throw unsupported(
    'This in square brackets after a frame',
    span,
    'Use names for columns, numbers and slices for rows, frame[rows, columns] for both; filter for conditions.',
  )
}

/** `frame[rows, columns]`. */
export function cellsOfFrame(
  frame: Frame,
  rows: FrameIndex,
  columns: FrameIndex,
  span: SourceSpan | undefined,
): Value {
  const chosen = columnsAt(frame, columns, span)
  if (rows.kind === 'scalar' && typeof rows.value === 'bigint') {
    if (chosen.kind === 'frame' && chosen.isSeries === true)
      return valueAt(chosen.frame, Number(rows.value), span)
  }
  if (chosen.kind !== 'frame') return chosen
  return itemOfFrame(chosen.frame, rows, chosen.isSeries === true, span)
}

function columnsAt(frame: Frame, index: FrameIndex, span: SourceSpan | undefined): Value {
  if (index.kind === 'slice') {
    const { start, stop, step } = index.bounds
    if (typeof start === 'string' || typeof stop === 'string')
      return { kind: 'frame', frame: columnsBetween(frame, index.bounds, span) }
    if (step !== 1) throw unsupported('A step between columns', span, 'Name the columns.')
    return only(
      frame,
      frame.columns.slice(start ?? 0, stop ?? undefined).map(({ name }) => name),
      span,
    )
  }
  if (index.kind === 'scalar' && typeof index.value === 'bigint')
    return seriesOf(selectFrame(frame, [columnNode(nameAt(frame, Number(index.value), span))], span))
  if (
    index.kind === 'list' &&
    index.items.every((item) => item.kind === 'scalar' && typeof item.value === 'bigint')
  )
    return only(
      frame,
      index.items.map((item) => nameAt(frame, Number((item as { value: bigint }).value), span)),
      span,
    )
  return itemOfFrame(frame, index, false, span)
}

function only(frame: Frame, names: readonly string[], span: SourceSpan | undefined): Value {
  return {
    kind: 'frame',
    frame: selectFrame(
      frame,
      names.map((name) => columnNode(name, span)),
      span,
    ),
  }
}

function nameAt(frame: Frame, index: number, span: SourceSpan | undefined): string {
  const [column] = selectColumns({ kind: 'position', index }, frame.columns, span)
  return column?.name ?? ''
}

/** From one name to another, both of them there. */
function columnsBetween(frame: Frame, { start, stop }: SliceBounds, span: SourceSpan | undefined): Frame {
  const placeOf = (name: number | string | null, otherwise: number) => {
    if (typeof name !== 'string') return otherwise
    const [column] = selectColumns({ kind: 'names', names: [name], required: true }, frame.columns, span)
    return frame.columns.findIndex(({ id }) => id === column?.id)
  }
  const [from, to] = [placeOf(start, 0), placeOf(stop, frame.columns.length - 1)]
  return selectFrame(frame, everyColumn(frame).slice(from, to + 1), span)
}

/** The series' value at a place, as a frame of one value. */
export function valueAt(series: Frame, place: number, span: SourceSpan | undefined): Value {
  const column = columnNode(series.columns[0]?.name ?? '', span)
  return seriesOf(selectFrame(series, [invoke(column, 'get', place)], span))
}
