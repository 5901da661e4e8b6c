import {
  MICROS_PER_DAY,
  days_from_civil,
  floor_div,
  month_number,
  split_date,
  split_timestamp,
} from './calendar'
import { say } from './outcome'
import { timestamp_add_interval } from './timestamp'

export function timestamp_truncate_micros(value: i64, width: i64, origin: i64): i64 {
  return floor_div(value - origin, width) * width + origin
}

export function timestamp_truncate_months(value: i64, width: i32): i64 {
  split_date(split_timestamp(value))
  const months = floor_div(month_number(), width) * width
  const year = floor_div(months, 12)
  return days_from_civil(year, <i32>(months - year * 12) + 1, 1) * MICROS_PER_DAY
}

/** Months are counted from January 2000; days and times from Monday, 3 January 2000. Failure 2 for a bad width. */
export function time_bucket(months: i32, days: i32, micros: i64, value: i64): i64 {
  if (months) {
    if (days || micros || months < 0) {
      say(2)
      return 0
    }
    split_date(split_timestamp(value))
    const start = floor_div(month_number() - 24000, months) * months + 24000
    const year = floor_div(start, 12)
    return days_from_civil(year, <i32>(start - year * 12) + 1, 1) * MICROS_PER_DAY
  }
  const width = <i64>days * MICROS_PER_DAY + micros
  if (width <= 0) {
    say(2)
    return 0
  }
  return timestamp_truncate_micros(value, width, 946857600000000)
}

/** As `time_bucket`, counted from another point in time. */
export function time_bucket_from(months: i32, days: i32, micros: i64, value: i64, origin: i64): i64 {
  if (months) {
    if (days || micros || months < 0) {
      say(2)
      return 0
    }
    split_date(split_timestamp(origin))
    const first = month_number()
    split_date(split_timestamp(value))
    const start = floor_div(month_number() - first, months) * months + first
    const year = floor_div(start, 12)
    return days_from_civil(year, <i32>(start - year * 12) + 1, 1) * MICROS_PER_DAY
  }
  const width = <i64>days * MICROS_PER_DAY + micros
  if (width <= 0) {
    say(2)
    return 0
  }
  return timestamp_truncate_micros(value, width, origin)
}

/** The day on which the bucket of a day begins. */
export function time_bucket_date(months: i32, days: i32, micros: i64, value: i32): i32 {
  const start = time_bucket(months, days, micros, <i64>value * MICROS_PER_DAY)
  return <i32>floor_div(start, MICROS_PER_DAY)
}

export function time_bucket_date_from(months: i32, days: i32, micros: i64, value: i32, origin: i32): i32 {
  const from = <i64>origin * MICROS_PER_DAY
  const start = time_bucket_from(months, days, micros, <i64>value * MICROS_PER_DAY, from)
  return <i32>floor_div(start, MICROS_PER_DAY)
}

/** As `time_bucket`, of buckets that are moved by another interval. */
export function time_bucket_shifted(months: i32, days: i32, micros: i64, value: i64, sm: i32, sd: i32, su: i64): i64 {
  const back = timestamp_add_interval(value, sm, sd, su, -1)
  return timestamp_add_interval(time_bucket(months, days, micros, back), sm, sd, su, 1)
}

export function time_bucket_date_shifted(months: i32, days: i32, micros: i64, value: i32, sm: i32, sd: i32, su: i64): i32 {
  const start = time_bucket_shifted(months, days, micros, <i64>value * MICROS_PER_DAY, sm, sd, su)
  return <i32>floor_div(start, MICROS_PER_DAY)
}
