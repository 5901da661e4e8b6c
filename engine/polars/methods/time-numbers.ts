import { types, type DataType } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import { call, castTo } from '../lowered.ts'
import { polarsCast } from '../polars-cast.ts'
import { clockMicros, micros } from './time-micros.ts'

/** Whether values of the type are averaged by their microseconds. */
export function isTimeLike({ kind }: DataType): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'time' || kind === 'duration'
}

/** The microseconds that a date, a time or a duration stands for. */
export function timeNumber(value: Expression): Expression {
  switch (value.type.kind) {
    case 'duration':
      return micros(value)
    case 'time':
      return clockMicros(value)
    default:
      return call('epoch_us', [castTo(value, types.timestamp)])
  }
}

/** The time behind so many microseconds; what lies between dates is a point in time. */
export function numberAsTime(number: Expression, type: DataType): Expression {
  const whole = polarsCast(number, types.int64, false)
  switch (type.kind) {
    case 'duration':
      return call('duration_microseconds', [whole])
    case 'time':
      return castTo(call('make_timestamp', [whole]), types.time)
    default:
      return castTo(call('make_timestamp', [whole]), type.kind === 'date' ? types.timestamp : type)
  }
}
