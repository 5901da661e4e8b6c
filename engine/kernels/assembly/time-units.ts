import { floor_div, MICROS_PER_DAY, split_timestamp, time_of_day } from './calendar'
import { INFINITE_MICROS } from './infinite-time'
import { say } from './outcome'
import { time_part } from './timestamp'

// Timestamps of other precisions. Infinite ones are the same numbers in every unit.

// @ts-ignore: AssemblyScript's decorator
@inline
function is_infinite(value: i64): bool {
  return value == INFINITE_MICROS || value == -INFINITE_MICROS
}

/** Rounded to the nearest multiple of so many microseconds; what lies in the middle goes away from 1970. */
export function micros_rounded(value: i64, unitMicros: i32): i64 {
  if (is_infinite(value)) return value
  const half = <i64>(unitMicros / 2)
  return ((value < 0 ? value - half : value + half) / unitMicros) * unitMicros
}

export function nanos_to_micros(value: i64): i64 {
  return is_infinite(value) ? value : floor_div(value, 1000)
}

/** Says NULL when it does not fit. */
export function micros_to_nanos(value: i64): i64 {
  if (is_infinite(value)) return value
  const limit = i64.MAX_VALUE / 1000
  if (value > limit || value < -limit) say(1)
  return value * 1000
}

/** Nanoseconds within the minute. */
export function nanos_of_minute(value: i64): i64 {
  return value - floor_div(value, 60000000000) * 60000000000
}

// A time with an offset: microseconds of the day in UTC, times 2^18, and 65536 less the seconds east of UTC.

const OFFSET_BITS: i64 = 18
const OFFSET_MASK: i64 = (1 << 18) - 1
const OFFSET_BASE: i64 = 65536

export function timetz_of(local: i64, offsetSeconds: i64): i64 {
  return ((local - offsetSeconds * 1000000) << OFFSET_BITS) | (OFFSET_BASE - offsetSeconds)
}

/** Seconds east of UTC. */
export function timetz_offset(value: i64): i64 {
  return OFFSET_BASE - (value & OFFSET_MASK)
}

/** What the clock shows. */
export function timetz_local(value: i64): i64 {
  return (value >> OFFSET_BITS) + timetz_offset(value) * 1000000
}

export function time_to_timetz(micros: i64): i64 {
  return timetz_of(micros, 0)
}

/** The time of day of an instant, in UTC. */
export function instant_to_timetz(value: i64): i64 {
  if (is_infinite(value)) {
    say(1)
    return 0
  }
  split_timestamp(value)
  return timetz_of(time_of_day(), 0)
}

/** Around the clock: days and months do not move a time of day. */
export function timetz_add_interval(value: i64, _months: i32, _days: i32, micros: i64, sign: i32): i64 {
  const offset = timetz_offset(value)
  const moved = (timetz_local(value) + sign * (micros % MICROS_PER_DAY)) % MICROS_PER_DAY
  return timetz_of(moved < 0 ? moved + MICROS_PER_DAY : moved, offset)
}

/** The instant of a time on a day. */
export function date_at_timetz(days: i32, value: i64): i64 {
  return <i64>days * MICROS_PER_DAY + (value >> OFFSET_BITS)
}

const TIMEZONE = 20
const TIMEZONE_HOUR = 23
const TIMEZONE_MINUTE = 24

export function timetz_part(value: i64, part: i32): i64 {
  switch (part) {
    case TIMEZONE:
      return timetz_offset(value)
    case TIMEZONE_HOUR:
      return timetz_offset(value) / 3600
    case TIMEZONE_MINUTE:
      return (timetz_offset(value) / 60) % 60
    default:
      return time_part(timetz_local(value), part)
  }
}

/** Seconds of the day that the clock shows. */
export function timetz_part_fraction(value: i64, _part: i32): f64 {
  return <f64>timetz_local(value) / 1e6
}
