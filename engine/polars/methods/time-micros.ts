import { types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import { call, castTo, int64 } from '../lowered.ts'
import { MICROS } from '../time-length.ts'

/** A duration's microseconds as a number. */
export function micros(duration: Expression): Expression {
  return call('dt_total_microseconds', [duration])
}

/** Microseconds since midnight. */
export function clockMicros(clock: Expression): Expression {
  const parts = ['hour', 'minute', 'second', 'microsecond'] as const
  const each = [MICROS.hours, MICROS.minutes, MICROS.seconds, 1n]
  return parts
    .map((part, i) => {
      const count = castTo(call(part, [clock]), types.int64)
      const own = part === 'microsecond' ? call('pl_mod', [count, int64(1_000_000)]) : count
      return call('*', [own, int64(each[i]!)])
    })
    .reduce((left, right) => call('+', [left, right]))
}
