/** The proleptic Gregorian calendar, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms". */

export const MICROS_PER_SECOND: i64 = 1000000
export const MICROS_PER_DAY: i64 = 86400000000

// Year, month and day of the last `split_date`, and microseconds of day of the last `split_timestamp`.
let year: i32 = 0
let month: i32 = 0
let day: i32 = 0
let microsOfDay: i64 = 0

export function date_year(): i32 {
  return year
}

export function date_month(): i32 {
  return month
}

export function date_day(): i32 {
  return day
}

export function time_of_day(): i64 {
  return microsOfDay
}

export function split_date(days: i32): void {
  const z = <i64>days + 719468
  const era = (z >= 0 ? z : z - 146096) / 146097
  const doe = <u32>(z - era * 146097)
  const yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365
  const doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
  const mp = (5 * doy + 2) / 153
  day = doy - (153 * mp + 2) / 5 + 1
  month = mp < 10 ? mp + 3 : mp - 9
  year = <i32>(<i64>yoe + era * 400) + i32(month <= 2)
}

/** Splits into day number (returned) and `time_of_day`. */
export function split_timestamp(micros: i64): i32 {
  let days = micros / MICROS_PER_DAY
  let rest = micros - days * MICROS_PER_DAY
  if (rest < 0) {
    days--
    rest += MICROS_PER_DAY
  }
  microsOfDay = rest
  return <i32>days
}

export function days_from_civil(y: i64, m: i32, d: i32): i64 {
  const shifted = m <= 2 ? y - 1 : y
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400
  const yoe = shifted - era * 400
  const doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1
  const doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
  return era * 146097 + doe - 719468
}

export function is_leap(y: i64): bool {
  return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)
}

export function days_in_month(y: i64, m: i32): i32 {
  if (m == 2) return is_leap(y) ? 29 : 28
  return 30 + ((m + (m >> 3)) & 1)
}

/** 0 for Sunday. */
export function day_of_week(days: i32): i32 {
  const rest = (days + 4) % 7
  return rest < 0 ? rest + 7 : rest
}

/** The day number of the Monday of its week. */
export function monday_of(days: i32): i32 {
  return days - ((day_of_week(days) + 6) % 7)
}

/** Months since year 0, of the last split. */
export function month_number(): i64 {
  return <i64>year * 12 + (month - 1)
}

/** A day so many months later; days that the month lacks become its last. */
export function add_months(days: i32, count: i64): i64 {
  split_date(days)
  const total = month_number() + count
  let y = total / 12
  let m = <i32>(total - y * 12)
  if (m < 0) {
    m += 12
    y--
  }
  return days_from_civil(y, m + 1, min(day, days_in_month(y, m + 1)))
}

export function floor_div(value: i64, divisor: i64): i64 {
  const quotient = value / divisor
  return quotient - i64(value - quotient * divisor < 0)
}
