import { isInteger, types } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import type { Expression, SortKey, WindowFrame } from '../plan/plan.ts'
import { ascending } from './frame.ts'
import { call, castTo, int64 } from './lowered.ts'
import { fixedMicros, parseLength } from './time-length.ts'

/**
 * Rows whose time lies at most `length` before this row's: (t - length, t], or closed as asked; with an offset,
 * (t + offset, t + offset + length]. `key` is `timeKey` of the time, in microseconds.
 */
export function timeFrame(
  key: SortKey,
  length: string,
  closed: 'right' | 'left' | 'both' | 'none',
  span: SourceSpan | undefined,
  offset?: string,
): WindowFrame {
  const micros = microsOf(length, span)
  if (micros <= 0n) throw unsupported(`A window of "${length}"`, span, 'Use a length such as "30m" or "7d".')
  const from = offset === undefined ? -micros : microsOf(offset, span)
  const hasStart = closed === 'left' || closed === 'both'
  const hasEnd = closed === 'right' || closed === 'both'
  const { expression, ...order } = key
  const start = rangeBound(expression, hasStart ? from : from + 1n)
  const end = rangeBound(expression, hasEnd ? from + micros : from + micros - 1n)
  return {
    unit: 'range',
    start: start.bound,
    end: end.bound,
    exclude: 'none',
    range: { ...order, key: expression, start: start.at, end: end.at },
  }
}

function microsOf(length: string, span: SourceSpan | undefined): bigint {
  const micros = fixedMicros(parseLength(length, span))
  if (micros !== null) return micros
  throw unsupported(`A window of "${length}"`, span, 'Use a fixed length such as "30m" or "7d".')
}

/** The bound so many microseconds after the row's own time, and the time that it lies at. */
function rangeBound(
  key: Expression,
  distance: bigint,
): { readonly bound: WindowFrame['start']; readonly at: Expression | null } {
  if (distance === 0n) return { bound: { kind: 'current_row' }, at: null }
  const offset = int64(distance < 0n ? -distance : distance)
  return distance < 0n
    ? { bound: { kind: 'preceding', offset }, at: call('-', [key, offset]) }
    : { bound: { kind: 'following', offset }, at: call('+', [key, offset]) }
}

/** The time in microseconds, as the key that such a frame is measured on. */
export function timeKey(time: Expression): SortKey {
  if (isInteger(time.type)) return { ...ascending(castTo(time, types.int64)), nullsFirst: false }
  const stamp = castTo(time, time.type.kind === 'date' ? types.timestamp : time.type)
  return { ...ascending(call('epoch_us', [stamp])), nullsFirst: false }
}
