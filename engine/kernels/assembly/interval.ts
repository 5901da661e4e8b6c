import { MICROS_PER_DAY, floor_div } from './calendar'
import { keep_interval, say } from './outcome'

/** Days of an interval with a month as 30 days, and the microseconds within the last day. */
function total_days(months: i32, days: i32, micros: i64): i64 {
  return <i64>months * 30 + <i64>days + floor_div(micros, MICROS_PER_DAY)
}

function rest_of_day(micros: i64): i64 {
  return micros - floor_div(micros, MICROS_PER_DAY) * MICROS_PER_DAY
}

export function interval_compare(am: i32, ad: i32, au: i64, bm: i32, bd: i32, bu: i64): i32 {
  const a = total_days(am, ad, au)
  const b = total_days(bm, bd, bu)
  if (a != b) return a < b ? -1 : 1
  const left = rest_of_day(au)
  const right = rest_of_day(bu)
  return i32(left > right) - i32(left < right)
}

export function interval_hash(months: i32, days: i32, micros: i64): u64 {
  return (<u64>total_days(months, days, micros) * 0x9e3779b97f4a7c15) ^ <u64>rest_of_day(micros)
}

/** Order-preserving: 38 bits of days, 26 bits of the time of day. */
export function interval_prefix(months: i32, days: i32, micros: i64): u64 {
  const day = <u64>(total_days(months, days, micros) + (<i64>1 << 37))
  return (day << 26) | (<u64>rest_of_day(micros) >> 11)
}

export function interval_add(am: i32, ad: i32, au: i64, bm: i32, bd: i32, bu: i64, sign: i32): i64 {
  const months = <i64>am + <i64>sign * bm
  const days = <i64>ad + <i64>sign * bd
  const micros = sign < 0 ? au - bu : au + bu
  const overflows = sign < 0 ? (au ^ bu) & (au ^ micros) : (au ^ micros) & (bu ^ micros)
  if (months != <i64>(<i32>months) || days != <i64>(<i32>days) || overflows < 0) say(2)
  return keep_interval(<i32>months, <i32>days, micros)
}

export function interval_negate(months: i32, days: i32, micros: i64): i64 {
  return keep_interval(-months, -days, -micros)
}

export function interval_multiply(months: i32, days: i32, micros: i64, factor: i64): i64 {
  const m = <i64>months * factor
  const d = <i64>days * factor
  const product = micros * factor
  const fits = <i64>(<i32>factor) == factor || (months == 0 && days == 0)
  const exact = Math.abs(<f64>micros * <f64>factor) < 9.2e18
  if (!fits || !exact || m != <i64>(<i32>m) || d != <i64>(<i32>d)) say(2)
  return keep_interval(<i32>m, <i32>d, product)
}

/** To millionths, the way PostgreSQL rounds what is left of months and days. */
function to_millionths(value: f64): f64 {
  return nearest(value * 1e6) / 1e6
}

/**
 * From months, days and microseconds with fractions: what is left of a month goes into days, 30 to the month, and what
 * is left of a day into the time. Failure 2 when a part does not fit.
 */
function whole_parts(months: f64, days: f64, micros: f64): i64 {
  const wholeMonths = trunc(months)
  const restDays = to_millionths((months - wholeMonths) * 30)
  let wholeDays = trunc(days)
  let seconds = to_millionths((days - wholeDays + restDays - trunc(restDays)) * 86400)
  if (Math.abs(seconds) >= 86400) {
    const more = trunc(seconds / 86400)
    wholeDays += more
    seconds -= more * 86400
  }
  wholeDays += trunc(restDays)
  const time = nearest(micros + seconds * 1e6)
  const fits = Math.abs(wholeMonths) < 2147483648.0 && Math.abs(wholeDays) < 2147483648.0
  if (!fits || !(Math.abs(time) < 9.2e18)) {
    say(2)
    return keep_interval(0, 0, 0)
  }
  return keep_interval(<i32>wholeMonths, <i32>wholeDays, <i64>time)
}

export function interval_scale(months: i32, days: i32, micros: i64, factor: f64): i64 {
  return whole_parts(<f64>months * factor, <f64>days * factor, <f64>micros * factor)
}

export function interval_divide(months: i32, days: i32, micros: i64, divisor: f64): i64 {
  return whole_parts(<f64>months / divisor, <f64>days / divisor, <f64>micros / divisor)
}

/** Hours into days of 24, and days into months of 30, as far as they go. */
export function interval_normalized(months: i32, days: i32, micros: i64): i64 {
  const moreDays = micros / MICROS_PER_DAY
  const allDays = <i64>days + moreDays
  const allMonths = <i64>months + allDays / 30
  if (allMonths != <i64>(<i32>allMonths)) say(2)
  return keep_interval(<i32>allMonths, <i32>(allDays % 30), micros % MICROS_PER_DAY)
}

export function interval_from_months(count: i64, factor: i32): i64 {
  const months = count * factor
  if (count > i32.MAX_VALUE || count < i32.MIN_VALUE || months != <i64>(<i32>months)) say(2)
  return keep_interval(<i32>months, 0, 0)
}

export function interval_from_days(count: i64, factor: i32): i64 {
  const days = count * factor
  if (count > i32.MAX_VALUE || count < i32.MIN_VALUE || days != <i64>(<i32>days)) say(2)
  return keep_interval(0, <i32>days, 0)
}

export function interval_from_seconds(count: i64, factor: i32): i64 {
  const unit = <i64>factor * 1000000
  const limit = i64.MAX_VALUE / unit
  if (count > limit || count < -limit) say(2)
  return keep_interval(0, 0, count * unit)
}

export function interval_from_micros(count: i64, factor: i32): i64 {
  return keep_interval(0, 0, count * factor)
}

export function interval_from_real(count: f64, unitMicros: i32): i64 {
  const micros = nearest(count * unitMicros)
  if (!(Math.abs(micros) < 9.2e18)) say(2)
  return keep_interval(0, 0, <i64>micros)
}

/** The time of day that the microseconds make, days aside. */
export function interval_to_time(_months: i32, _days: i32, micros: i64): i64 {
  return rest_of_day(micros)
}

export function interval_to_micros(months: i32, days: i32, micros: i64): i64 {
  return (<i64>months * 30 + days) * MICROS_PER_DAY + micros
}

/** A month has 30 days. */
export function interval_to_unit(months: i32, days: i32, micros: i64, unitMicros: i32): i64 {
  return interval_to_micros(months, days, micros) / unitMicros
}

/** Failure 2 when it does not fit. */
export function interval_to_nanos(months: i32, days: i32, micros: i64): i64 {
  const total = interval_to_micros(months, days, micros)
  const limit = i64.MAX_VALUE / 1000
  if (total > limit || total < -limit) say(2)
  return total * 1000
}
