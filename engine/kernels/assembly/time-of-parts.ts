import { MICROS_PER_DAY, days_from_civil, days_in_month } from './calendar'
import { INFINITE_DAY, INFINITE_MICROS } from './infinite-time'
import { say } from './outcome'

/** The midnight before which there is no timestamp. */
const FIRST_MICROS: i64 = -9223372022400000000
const LAST_DAY: i64 = 106751991
const FIRST_NANOS: i64 = -9223286400000000000
const MOST_YEARS: i64 = 5881580

// Failure 2 is for what is no date, no time, or out of range.

function days_of(year: i64, month: i64, day: i64): i64 {
  const isMonth = month >= 1 && month <= 12 && year >= -MOST_YEARS && year <= MOST_YEARS
  if (isMonth && day >= 1 && day <= days_in_month(year, <i32>month)) return days_from_civil(year, <i32>month, <i32>day)
  say(2)
  return 0
}

export function make_date(year: i64, month: i64, day: i64): i32 {
  const days = days_of(year, month, day)
  if (days >= INFINITE_DAY || days <= -INFINITE_DAY) say(2)
  return <i32>days
}

/** The day ends with 24:00:00. */
export function make_time(hour: i64, minute: i64, second: f64): i64 {
  const isEnd = hour == 24 && minute == 0 && second == 0
  if (!isEnd && (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second <= 60))) {
    say(2)
    return 0
  }
  return (hour * 60 + minute) * 60000000 + <i64>nearest(second * 1e6)
}

export function make_timestamp(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: f64): i64 {
  const micros = make_time(hour, minute, second)
  const days = days_of(year, month, day)
  const sum = days * MICROS_PER_DAY + micros
  if (days > LAST_DAY || days < -LAST_DAY || (days > 0 && sum < 0)) {
    say(2)
    return 0
  }
  return timestamp_of_micros(sum)
}

export function timestamp_of_micros(micros: i64): i64 {
  if (micros < FIRST_MICROS || micros == INFINITE_MICROS) say(2)
  return micros
}

export function timestamp_of_nanos(nanos: i64): i64 {
  if (nanos < FIRST_NANOS || nanos == i64.MAX_VALUE) say(2)
  return nanos
}
