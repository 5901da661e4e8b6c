import { days_from_civil, days_in_month, floor_div, MICROS_PER_DAY } from './calendar'
import { EPOCH_NAME, INFINITE_DAY, INFINITE_MICROS, named_time } from './infinite-time'
import { is_digit, is_space } from './number-text'
import { keep_interval, say, take_outcome } from './outcome'
import { timestamp_to_instant } from './time-zone'

// What is being read.
let at: u32 = 0
let end: u32 = 0

function skip_spaces(): void {
  while (at < end && is_space(load<u8>(at))) at++
}

/** Reads up to `most` digits; -1 when there is none. */
function read_digits(most: u32): i64 {
  const start = at
  let value: i64 = 0
  while (at < end && at - start < most && is_digit(load<u8>(at))) {
    value = value * 10 + (load<u8>(at) - 48)
    at++
  }
  return at == start ? -1 : value
}

// @ts-ignore: AssemblyScript's decorator
@inline
function next_is(char: u32): bool {
  return at < end && <u32>load<u8>(at) == char
}

let daysRead: i64 = 0
let microsRead: i64 = 0

/** year-month-day, the separator being -, /, \ or a space; into `daysRead`. */
function read_date(): bool {
  skip_spaces()
  let negative = false
  if (next_is(45)) {
    negative = true
    at++
  }
  let year = read_digits(7)
  if (year < 0 || at >= end) return false
  const separator = <u32>load<u8>(at)
  if (separator != 45 && separator != 47 && separator != 32 && separator != 92) return false
  at++
  const month = read_digits(2)
  if (month < 1 || month > 12 || !next_is(separator)) return false
  at++
  const day = read_digits(2)
  if (day < 1) return false
  // " (BC)"
  if (end - at >= 5 && load<u32>(at) == 0x43422820 && load<u8>(at, 4) == 41) {
    if (negative || year == 0) return false
    year = 1 - year
    at += 5
  } else if (negative) {
    year = -year
  }
  if (year > 5881580 || year < -5877641 || day > days_in_month(year, <i32>month)) return false
  daysRead = days_from_civil(year, <i32>month, <i32>day)
  return daysRead < INFINITE_DAY && daysRead > -INFINITE_DAY
}

let nanosRead: i64 = 0

/** The nanoseconds below a microsecond of the last timestamp that was read. */
export function read_nanos(): i64 {
  return nanosRead
}

/** The digits after a decimal point as microseconds, rounded down; what is below goes into `nanosRead`. */
function read_fraction(): i64 {
  let value: i64 = 0
  let unit: i64 = 100000000
  while (at < end && is_digit(load<u8>(at))) {
    value += unit * (load<u8>(at) - 48)
    unit /= 10
    at++
  }
  nanosRead = value % 1000
  return value / 1000
}

/** hour:minute[:second[.fraction]], when `lax` with nothing after the second colon; into `microsRead`. */
function read_time(hourDigits: u32, lax: bool = false): bool {
  const hour = read_digits(hourDigits)
  if (hour < 0 || !next_is(58)) return false
  at++
  const minute = read_digits(2)
  if (minute < 0 || minute > 59) return false
  let micros = (hour * 60 + minute) * 60000000
  if (next_is(58)) {
    at++
    const second = read_digits(2)
    if (second < 0 ? !lax : second > 59) return false
    if (second >= 0) micros += second * 1000000
    if (second >= 0 && next_is(46)) {
      at++
      micros += read_fraction()
    }
  }
  microsRead = micros
  return true
}

/** Z, UTC, or a signed offset of hours, optionally with minutes; into `microsRead`, 0 when there is none. */
function read_offset(): bool {
  microsRead = 0
  if (at == end) return true
  const char = <u32>load<u8>(at)
  if (char == 90 || char == 122) {
    at++
    return true
  }
  if (end - at == 3 && (load<u16>(at) | 0x2020) == 0x7475 && (load<u8>(at, 2) | 32) == 99) {
    at += 3
    return true
  }
  if (char != 43 && char != 45) return true
  at++
  const hours = read_digits(2)
  if (hours < 0 || hours > 23) return false
  let minutes: i64 = 0
  if (next_is(58)) at++
  if (at < end && is_digit(load<u8>(at))) {
    minutes = read_digits(2)
    if (minutes > 59) return false
  }
  microsRead = (hours * 60 + minutes) * (char == 45 ? -60000000 : 60000000)
  return true
}

function start(ptr: u32, len: u32): void {
  at = ptr
  end = ptr + len
  while (end > at && is_space(load<u8>(end - 1))) end--
  skip_spaces()
}

/** What follows the date is not looked at, as in DuckDB, but must not continue it. */
export function parse_date(ptr: u32, len: u32): i32 {
  start(ptr, len)
  const name = named_time(at, end - at)
  if (name) return name == EPOCH_NAME ? 0 : name * INFINITE_DAY
  if (!read_date() || (at < end && is_digit(load<u8>(at)))) say(1)
  return <i32>daysRead
}

/** A date and nothing else. */
export function parse_date_whole(ptr: u32, len: u32): i32 {
  start(ptr, len)
  if (!read_date() || at != end) say(1)
  return <i32>daysRead
}

export function parse_time(ptr: u32, len: u32): i64 {
  start(ptr, len)
  if (!read_time(2) || at != end || microsRead >= MICROS_PER_DAY) say(1)
  return microsRead
}

/** An offset counts for instants only (`zoned`): without a zone a timestamp is what the clock shows. */
export function parse_timestamp(ptr: u32, len: u32, zoned: i32): i64 {
  start(ptr, len)
  nanosRead = 0
  const name = named_time(at, end - at)
  if (name) return name == EPOCH_NAME ? 0 : name * INFINITE_MICROS
  if (!read_date() || daysRead > 106751991 || daysRead < -106751991) {
    say(1)
    return 0
  }
  const midnight = daysRead * MICROS_PER_DAY
  if (at == end) return midnight
  const separator = <u32>load<u8>(at)
  if (separator != 32 && separator != 84 && separator != 116) {
    say(1)
    return 0
  }
  at++
  skip_spaces()
  if (!read_time(2) || microsRead > MICROS_PER_DAY) {
    say(1)
    return 0
  }
  const reading = midnight + microsRead
  if (reading < midnight || reading == INFINITE_MICROS) say(1)
  const timeEnd = at
  skip_spaces()
  const from = at
  if (!read_offset()) say(1)
  else if (zoned && at != end && at == from && from != timeEnd) return in_named_zone(from, reading)
  else if (at != end || (zoned && microsRead < 0 && reading - microsRead < reading)) say(1)
  return zoned ? reading - microsRead : reading
}

/** What the clock shows in the zone whose name is the rest of the text. */
function in_named_zone(name: u32, reading: i64): i64 {
  const instant = timestamp_to_instant(name, end - name, reading)
  if (take_outcome()) say(1)
  return instant
}

/** As `parse_time`, where a date may stand before the time, and an offset after it; neither counts. */
export function parse_time_part(ptr: u32, len: u32): i64 {
  start(ptr, len)
  if (read_time(2) && at == end && microsRead < MICROS_PER_DAY) return microsRead
  const local = parse_timetz_parts(ptr, len)
  if (local >= 0) {
    if (local > MICROS_PER_DAY) say(1)
    return local
  }
  const reading = parse_timestamp(ptr, len, 0)
  if (reading == INFINITE_MICROS || reading == -INFINITE_MICROS) say(1)
  return reading - floor_div(reading, MICROS_PER_DAY) * MICROS_PER_DAY
}

let offsetSeconds: i64 = 0

/** Seconds east of UTC of the last time that `parse_timetz_parts` read. */
export function timetz_offset_read(): i64 {
  return offsetSeconds
}

let hadDate: bool = false

/** Whether a date stood before the last time that `parse_timetz_parts` read. */
export function timetz_had_date(): bool {
  return hadDate
}

/** Of a time with an offset what the clock shows, in microseconds; below 0 when it is none. A date may stand before it. */
export function parse_timetz_parts(ptr: u32, len: u32): i64 {
  start(ptr, len)
  const begin = at
  hadDate = read_date() && at < end && (next_is(32) || next_is(84))
  if (hadDate) {
    at++
    skip_spaces()
  } else {
    at = begin
  }
  if (!read_time(2)) return -1
  const local = microsRead
  skip_spaces()
  offsetSeconds = 0
  if (next_is(43) || next_is(45)) {
    const sign: i64 = next_is(45) ? -1 : 1
    at++
    const hours = read_digits(2)
    if (hours < 0 || hours > 15) return -1
    offsetSeconds = hours * 3600
    for (let unit: i64 = 60; unit; unit /= 60) {
      const before = at
      if (next_is(58)) at++
      const part = read_digits(2)
      if (part < 0) {
        at = before
        break
      }
      if (part > 59) return -1
      offsetSeconds += part * unit
    }
    offsetSeconds *= sign
  } else if (!read_offset()) {
    return -1
  }
  return at == end ? local : -1
}

/** The unit a word names: index into months / days / micros; 0 when none. Two letters more are read by the caller. */
function unit_of(ptr: u32, len: u32): i32 {
  // first letters decide, singular and plural alike
  const a = <u32>load<u8>(ptr) | 32
  const b = len > 1 ? <u32>load<u8>(ptr, 1) | 32 : 0
  const c = len > 2 ? <u32>load<u8>(ptr, 2) | 32 : 0
  const d = len > 3 ? <u32>load<u8>(ptr, 3) | 32 : 0
  switch (a) {
    case 121: // y, year
      return len == 1 || b == 101 || b == 114 ? 1 : 0
    case 109:
      if (len == 1) return 6 // m is a minute
      if (b == 111) return 2 // month
      if (b == 115) return 8 // ms
      if (b == 105 && c == 110) return 6 // minute
      if (b == 105 && c == 108 && d == 108 && len > 5) return (<u32>load<u8>(ptr, 5) | 32) == 115 ? 8 : 12 // millisecond, millennium
      if (b == 105 && c == 99) return 9 // microsecond
      return 0
    case 119:
      return 3
    case 100:
      if (len == 1 || b == 97) return 4
      return b == 101 ? 10 : 0 // decade
    case 104:
      return len == 1 || b == 111 || b == 114 ? 5 : 0
    case 115:
      return len == 1 || b == 101 ? 7 : 0
    case 117:
      return b == 115 ? 9 : 0 // us
    case 99:
      return b == 101 || len == 1 ? 11 : 0 // century
    case 113:
      return 13 // quarter
    default:
      return 0
  }
}

/** Pieces such as `3 days`, `-1.5 hours` and `04:05:06`, in any order. */
export function parse_interval(ptr: u32, len: u32): i64 {
  start(ptr, len)
  let months: i64 = 0
  let days: i64 = 0
  let micros: i64 = 0
  let pieces = 0
  if (next_is(64)) at++ // the verbose style of PostgreSQL begins with @
  for (;;) {
    skip_spaces()
    if (at == end) break
    let negative = false
    if (next_is(45) || next_is(43)) {
      negative = next_is(45)
      at++
    }
    const begin = at
    const count = read_digits(18)
    const sign: i64 = negative ? -1 : 1
    if (next_is(58)) {
      at = begin
      if (!read_time(9, true)) return refuse()
      micros += sign * microsRead
      pieces++
      // an offset counts no more than after a time without a zone
      if (next_is(43) || next_is(45)) while (at < end && !is_space(load<u8>(at))) at++
      continue
    }
    let fraction: i64 = 0
    if (next_is(46)) {
      at++
      fraction = read_fraction()
    } else if (count < 0) {
      // "ago" turns everything around
      if (pieces > 0 && end - at == 3 && (load<u16>(at) | 0x2020) == 0x6761 && (load<u8>(at, 2) | 32) == 111) {
        return keep_interval(<i32>-months, <i32>-days, -micros)
      }
      return refuse()
    }
    const whole = sign * (count < 0 ? 0 : count)
    const part = sign * fraction
    skip_spaces()
    const word = at
    while (at < end && (<u32>load<u8>(at) | 32) - 97 < 26) at++
    if (at == word) {
      // a number alone is seconds
      if (at < end) return refuse()
      micros += whole * 1000000 + part
      pieces++
      continue
    }
    switch (unit_of(word, at - word)) {
      case 1:
        months += whole * 12 + (part * 12) / 1000000
        break
      case 2:
        months += whole
        days += (part * 30) / 1000000
        break
      case 3:
        days += whole * 7 + (part * 7) / 1000000
        break
      case 4:
        days += whole
        micros += part * 86400
        break
      case 5:
        micros += whole * 3600000000 + part * 3600
        break
      case 6:
        micros += whole * 60000000 + part * 60
        break
      case 7:
        micros += whole * 1000000 + part
        break
      case 8:
        micros += whole * 1000 + part / 1000
        break
      case 9:
        micros += whole
        break
      case 10:
        months += whole * 120 + (part * 120) / 1000000
        break
      case 11:
        months += whole * 1200 + (part * 1200) / 1000000
        break
      case 12:
        months += whole * 12000 + (part * 12000) / 1000000
        break
      case 13:
        months += whole * 3
        break
      default:
        return refuse()
    }
    pieces++
  }
  if (pieces == 0 || months != <i64>(<i32>months) || days != <i64>(<i32>days)) say(1)
  return keep_interval(<i32>months, <i32>days, micros)
}

function refuse(): i64 {
  say(1)
  return keep_interval(0, 0, 0)
}
