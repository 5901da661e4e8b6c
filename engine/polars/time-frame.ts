import { types } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import type { Expression, SortKey, WindowFrame } from '../plan/plan.ts'
import { ascending } from './frame.ts'
import { call, castTo, int64 } from './lowered.ts'
import { fixedMicros, parseLength } from './time-length.ts'

/**
 * Rows whose time lies at most `length` before this row's: (t - length, t], or closed as asked. `key` is `timeKey` of
 * the time, in microseconds.
 */
export function timeFrame(
  key: SortKey,
  length: string,
  closed: 'right' | 'left' | 'both' | 'none',
  span: SourceSpan | undefined,
): WindowFrame {
  const micros = fixedMicros(parseLength(length, span))
  if (micros === null || micros <= 0n) {
    throw unsupported(`A window of "${length}"`, span, 'Use a fixed length such as "30m" or "7d".')
  }
  const hasStart = closed === 'left' || closed === 'both'
  const hasEnd = closed === 'right' || closed === 'both'
  const { expression, ...order } = key
  const offset = int64(hasStart ? micros : micros - 1n)
  const before = (distance: Expression) => call('-', [expression, distance])
  return {
    unit: 'range',
    start: { kind: 'preceding', offset },
    end: hasEnd ? { kind: 'current_row' } : { kind: 'preceding', offset: int64(1) },
    exclude: 'none',
    range: { ...order, key: expression, start: before(offset), end: hasEnd ? null : before(int64(1)) },
  }
}

/** The time in microseconds, as the key that such a frame is measured on. */
export function timeKey(time: Expression): SortKey {
  const stamp = castTo(time, time.type.kind === 'date' ? types.timestamp : time.type)
  return { ...ascending(call('epoch_us', [stamp])), nullsFirst: false }
}
