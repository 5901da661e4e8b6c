import {
  MICROS_PER_DAY,
  MICROS_PER_SECOND,
  add_months,
  date_day,
  date_month,
  date_year,
  day_of_week,
  days_from_civil,
  days_in_month,
  floor_div,
  monday_of,
  month_number,
  split_date,
  split_timestamp,
  time_of_day,
} from './calendar'
import { INFINITE_MICROS } from './infinite-time'
import { keep_interval, say } from './outcome'

const MICROS_PER_MINUTE: i64 = 60000000
const MICROS_PER_HOUR: i64 = 3600000000
const LAST_DAY: i64 = 106751991

// Parts, as functions/scalar/date-parts.ts numbers them.
const YEAR = 0
const MONTH = 1
const DAY = 2
const DECADE = 3
const CENTURY = 4
const MILLENNIUM = 5
const QUARTER = 6
const HOUR = 7
const MINUTE = 8
const SECOND = 9
const MILLISECOND = 10
const MICROSECOND = 11
const NANOSECOND = 12
const DOW = 13
const ISODOW = 14
const WEEK = 15
const DOY = 16
const ISOYEAR = 17
const YEARWEEK = 18
const ERA = 19
const EPOCH = 21

/** From a day number and microseconds; failure 2 when an int64 does not hold it. */
function join(days: i64, micros: i64): i64 {
  if (days > LAST_DAY || days < -LAST_DAY) say(2)
  return days * MICROS_PER_DAY + micros
}

export function timestamp_add_interval(value: i64, months: i32, days: i32, micros: i64, sign: i32): i64 {
  let day = <i64>split_timestamp(value)
  const time = time_of_day()
  if (months) day = add_months(<i32>day, <i64>months * sign)
  day += <i64>days * sign
  const base = join(day, time)
  const moved = sign < 0 ? base - micros : base + micros
  const overflows = sign < 0 ? (base ^ micros) & (base ^ moved) : (base ^ moved) & (micros ^ moved)
  if (overflows < 0) say(2)
  return moved
}

export function date_add_duration(days: i32, micros: i64, sign: i32): i32 {
  const moved = <i64>days + floor_div(sign < 0 ? -micros : micros, MICROS_PER_DAY)
  if (moved != <i64>(<i32>moved)) say(2)
  return <i32>moved
}

/** Around the clock: days and months do not move a time of day. */
export function time_add_interval(time: i64, _months: i32, _days: i32, micros: i64, sign: i32): i64 {
  const moved = (time + (sign < 0 ? -(micros % MICROS_PER_DAY) : micros % MICROS_PER_DAY)) % MICROS_PER_DAY
  return moved < 0 ? moved + MICROS_PER_DAY : moved
}

/** Failure 2 when one of them is infinite. */
export function timestamp_difference(a: i64, b: i64): i64 {
  if (a == INFINITE_MICROS || a == -INFINITE_MICROS || b == INFINITE_MICROS || b == -INFINITE_MICROS) say(2)
  const micros = a - b
  const days = micros / MICROS_PER_DAY
  return keep_interval(0, <i32>days, micros - days * MICROS_PER_DAY)
}

function iso_week(days: i32): i32 {
  const thursday = monday_of(days) + 3
  split_date(thursday)
  return <i32>(thursday - days_from_civil(date_year(), 1, 1)) / 7 + 1
}

function iso_year(days: i32): i32 {
  split_date(monday_of(days) + 3)
  return date_year()
}

export function date_part(days: i32, part: i32): i64 {
  switch (part) {
    case DOW:
      return day_of_week(days)
    case ISODOW: {
      const dow = day_of_week(days)
      return dow ? dow : 7
    }
    case WEEK:
      return iso_week(days)
    case ISOYEAR:
      return iso_year(days)
    case YEARWEEK: {
      const year = <i64>iso_year(days) * 100
      return year > 0 ? year + iso_week(days) : year - iso_week(days)
    }
  }
  if (part >= HOUR && part <= NANOSECOND) return 0
  split_date(days)
  const year = <i64>date_year()
  switch (part) {
    case YEAR:
      return year
    case MONTH:
      return date_month()
    case DAY:
      return date_day()
    case DECADE:
      return year / 10
    case CENTURY:
      return year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1
    case MILLENNIUM:
      return year > 0 ? (year - 1) / 1000 + 1 : year / 1000 - 1
    case QUARTER:
      return (date_month() - 1) / 3 + 1
    case DOY:
      return <i64>days - days_from_civil(year, 1, 1) + 1
    case ERA:
      return i64(year > 0)
    default:
      return 0
  }
}

export function time_part(micros: i64, part: i32): i64 {
  switch (part) {
    case HOUR:
      return micros / MICROS_PER_HOUR
    case MINUTE:
      return (micros / MICROS_PER_MINUTE) % 60
    case SECOND:
      return (micros / MICROS_PER_SECOND) % 60
    case MILLISECOND:
      return (micros % MICROS_PER_MINUTE) / 1000
    case MICROSECOND:
      return micros % MICROS_PER_MINUTE
    case NANOSECOND:
      return (micros % MICROS_PER_MINUTE) * 1000
    default:
      return 0
  }
}

export function timestamp_part(value: i64, part: i32): i64 {
  const days = split_timestamp(value)
  if (part >= HOUR && part <= NANOSECOND) return time_part(time_of_day(), part)
  return date_part(days, part)
}

export function interval_part(months: i32, days: i32, micros: i64, part: i32): i64 {
  switch (part) {
    case YEAR:
      return months / 12
    case MONTH:
      return months % 12
    case DAY:
      return days
    case DECADE:
      return months / 120
    case CENTURY:
      return months / 1200
    case MILLENNIUM:
      return months / 12000
    case QUARTER:
      return (months % 12) / 3 + 1
    default:
      return time_part(micros, part)
  }
}

/** epoch: seconds since 1970; julian: days since noon of 1 January 4713 BC, by whole days from midnight. */
export function timestamp_part_fraction(value: i64, part: i32): f64 {
  if (part == EPOCH) return <f64>value / 1e6
  const days = split_timestamp(value)
  return <f64>days + 2440588.0 + <f64>time_of_day() / <f64>MICROS_PER_DAY
}

export function date_part_fraction(days: i32, part: i32): f64 {
  return part == EPOCH ? <f64>days * 86400.0 : <f64>days + 2440588.0
}

export function time_part_fraction(micros: i64, _part: i32): f64 {
  return <f64>micros / 1e6
}

/** A year counts 365.25 days, a month 30. */
export function interval_part_fraction(months: i32, days: i32, micros: i64, _part: i32): f64 {
  const years = <i64>(months / 12)
  const wholeDays = years * 365 + 30 * (months % 12) + days
  return <f64>(wholeDays * 86400 + years * 21600) + <f64>micros / 1e6
}

/** The first year of a decade, century or millennium. */
function period_start(year: i64, part: i32): i64 {
  switch (part) {
    case DECADE:
      return (year / 10) * 10
    case CENTURY:
      return (year / 100) * 100
    case MILLENNIUM:
      return (year / 1000) * 1000
    default:
      return year
  }
}

export function timestamp_truncate(value: i64, part: i32): i64 {
  const days = split_timestamp(value)
  const time = time_of_day()
  switch (part) {
    case HOUR:
      return value - (time % MICROS_PER_HOUR)
    case MINUTE:
      return value - (time % MICROS_PER_MINUTE)
    case SECOND:
    case EPOCH:
      return value - (time % MICROS_PER_SECOND)
    case MILLISECOND:
      return value - (time % 1000)
    case MICROSECOND:
    case NANOSECOND:
      return value
    case WEEK:
    case YEARWEEK:
      return <i64>monday_of(days) * MICROS_PER_DAY
    case ISOYEAR: {
      const fourth = <i32>days_from_civil(iso_year(days), 1, 4)
      return <i64>monday_of(fourth) * MICROS_PER_DAY
    }
    case YEAR:
    case DECADE:
    case CENTURY:
    case MILLENNIUM:
      split_date(days)
      return days_from_civil(period_start(date_year(), part), 1, 1) * MICROS_PER_DAY
    case QUARTER:
      split_date(days)
      return days_from_civil(date_year(), ((date_month() - 1) / 3) * 3 + 1, 1) * MICROS_PER_DAY
    case MONTH:
      split_date(days)
      return days_from_civil(date_year(), date_month(), 1) * MICROS_PER_DAY
    default:
      return <i64>days * MICROS_PER_DAY
  }
}

export function interval_truncate(months: i32, days: i32, micros: i64, part: i32): i64 {
  switch (part) {
    case MILLENNIUM:
      return keep_interval(months - (months % 12000), 0, 0)
    case CENTURY:
      return keep_interval(months - (months % 1200), 0, 0)
    case DECADE:
      return keep_interval(months - (months % 120), 0, 0)
    case YEAR:
    case ISOYEAR:
      return keep_interval(months - (months % 12), 0, 0)
    case QUARTER:
      return keep_interval(months - (months % 3), 0, 0)
    case MONTH:
      return keep_interval(months, 0, 0)
    case WEEK:
    case YEARWEEK:
      return keep_interval(months, days - (days % 7), 0)
    case HOUR:
      return keep_interval(months, days, micros - (micros % MICROS_PER_HOUR))
    case MINUTE:
      return keep_interval(months, days, micros - (micros % MICROS_PER_MINUTE))
    case SECOND:
    case EPOCH:
      return keep_interval(months, days, micros - (micros % MICROS_PER_SECOND))
    case MILLISECOND:
      return keep_interval(months, days, micros - (micros % 1000))
    case MICROSECOND:
    case NANOSECOND:
      return keep_interval(months, days, micros)
    default:
      return keep_interval(months, days, 0)
  }
}

/** Microseconds of a part that has a fixed length; 0 when it has none. */
function fixed_length(part: i32): i64 {
  switch (part) {
    case DAY:
    case DOW:
    case ISODOW:
    case DOY:
      return MICROS_PER_DAY
    case HOUR:
      return MICROS_PER_HOUR
    case MINUTE:
      return MICROS_PER_MINUTE
    case SECOND:
    case EPOCH:
      return MICROS_PER_SECOND
    case MILLISECOND:
      return 1000
    case MICROSECOND:
      return 1
    case WEEK:
    case YEARWEEK:
      return 7 * MICROS_PER_DAY
    default:
      return 0
  }
}

/** Months of a part that is made of months; 0 when it is not. */
function month_length(part: i32): i64 {
  switch (part) {
    case YEAR:
    case ISOYEAR:
      return 12
    case MONTH:
      return 1
    case QUARTER:
      return 3
    case DECADE:
      return 120
    case CENTURY:
      return 1200
    case MILLENNIUM:
      return 12000
    default:
      return 0
  }
}

/** How many boundaries of the part lie between: the difference of the numbers of the parts they lie in. */
export function timestamp_diff(from: i64, to: i64, part: i32): i64 {
  // weeks are counted from the first date, not from Mondays
  if (part == WEEK || part == YEARWEEK) return (split_timestamp(to) - split_timestamp(from)) / 7
  if (part == ISOYEAR) return <i64>iso_year(split_timestamp(to)) - iso_year(split_timestamp(from))
  const length = fixed_length(part)
  if (length) return floor_div(to, length) - floor_div(from, length)
  if (part == NANOSECOND) return (to - from) * 1000
  const months = month_length(part)
  if (!months) return 0
  split_date(split_timestamp(to))
  const last = floor_div(month_number(), months)
  split_date(split_timestamp(from))
  return last - floor_div(month_number(), months)
}

/** Whole months from one to the other; a month is over on the same day and time, or on the last day of a shorter one. */
function whole_months(from: i64, to: i64): i64 {
  if (from > to) return -whole_months(to, from)
  const toDays = split_timestamp(to)
  const toTime = time_of_day()
  split_date(toDays)
  const toMonth = month_number()
  const toDay = date_day()
  const isLast = toDay == days_in_month(date_year(), date_month())
  const fromDays = split_timestamp(from)
  const fromTime = time_of_day()
  split_date(fromDays)
  let months = toMonth - month_number()
  const reached = toDay > date_day() || (toDay == date_day() && toTime >= fromTime)
  const reachedShort = isLast && toDay < date_day() && toTime >= fromTime
  if (!reached && !reachedShort) months--
  return months
}

export function timestamp_whole_diff(from: i64, to: i64, part: i32): i64 {
  const length = fixed_length(part)
  if (length) return (to - from) / length
  if (part == NANOSECOND) return (to - from) * 1000
  const months = month_length(part)
  return months ? whole_months(from, to) / months : 0
}

/** Months, days and time of day from `from` to `to`, counted as people count ages. */
export function timestamp_age(to: i64, from: i64): i64 {
  const sign: i32 = to < from ? -1 : 1
  const late = sign < 0 ? from : to
  const early = sign < 0 ? to : from
  const lateDays = split_timestamp(late)
  let micros = time_of_day()
  const earlyDays = split_timestamp(early)
  micros -= time_of_day()
  split_date(lateDays)
  const lateMonth = month_number()
  let days = date_day()
  split_date(earlyDays)
  let months = <i32>(lateMonth - month_number())
  days -= date_day()
  if (micros < 0) {
    micros += MICROS_PER_DAY
    days--
  }
  // a borrowed month is as long as that of the earlier date
  while (days < 0) {
    days += days_in_month(date_year(), date_month())
    months--
  }
  return keep_interval(sign * months, sign * days, sign < 0 ? -micros : micros)
}

export function date_last_day(days: i32): i32 {
  split_date(days)
  return days - date_day() + days_in_month(date_year(), date_month())
}

export function timestamp_last_day(value: i64): i32 {
  return date_last_day(split_timestamp(value))
}

export function timestamp_from_seconds(seconds: f64): i64 {
  const micros = nearest(seconds * 1e6)
  if (!(Math.abs(micros) < 9.2e18)) say(2)
  return <i64>micros
}

export function timestamp_to_unit(value: i64, unitMicros: i32): i64 {
  return value / unitMicros
}

export function timestamp_from_unit(value: i64, unitMicros: i32): i64 {
  const limit = i64.MAX_VALUE / unitMicros
  if (value > limit || value < -limit) say(2)
  return value * unitMicros
}

export function timestamp_to_nanos(value: i64): i64 {
  return timestamp_from_unit(value, 1000)
}
