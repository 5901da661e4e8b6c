import {
  date_day,
  date_month,
  date_year,
  day_of_week,
  days_from_civil,
  days_in_month,
  MICROS_PER_DAY,
  split_date,
  split_timestamp,
  time_of_day,
} from './calendar'
import { format_infinity, INFINITE_MICROS } from './infinite-time'
import { is_digit, is_space } from './number-text'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide, scratch_trim } from './scratch'
import { write_padded } from './temporal-text'
import { nanos_to_micros } from './time-units'
import { date_part } from './timestamp'

const names: usize = memory.data<u8>([
  83, 117, 110, 100, 97, 121, 0, 0, 0, 0, 77, 111, 110, 100, 97, 121, 0, 0, 0, 0, 84, 117, 101, 115, 100, 97,
  121, 0, 0, 0, 87, 101, 100, 110, 101, 115, 100, 97, 121, 0, 84, 104, 117, 114, 115, 100, 97, 121, 0, 0, 70,
  114, 105, 100, 97, 121, 0, 0, 0, 0, 83, 97, 116, 117, 114, 100, 97, 121, 0, 0, 74, 97, 110, 117, 97, 114,
  121, 0, 0, 0, 70, 101, 98, 114, 117, 97, 114, 121, 0, 0, 77, 97, 114, 99, 104, 0, 0, 0, 0, 0, 65, 112, 114,
  105, 108, 0, 0, 0, 0, 0, 77, 97, 121, 0, 0, 0, 0, 0, 0, 0, 74, 117, 110, 101, 0, 0, 0, 0, 0, 0, 74, 117,
  108, 121, 0, 0, 0, 0, 0, 0, 65, 117, 103, 117, 115, 116, 0, 0, 0, 0, 83, 101, 112, 116, 101, 109, 98, 101,
  114, 0, 79, 99, 116, 111, 98, 101, 114, 0, 0, 0, 78, 111, 118, 101, 109, 98, 101, 114, 0, 0, 68, 101, 99,
  101, 109, 98, 101, 114, 0, 0,
])
/** Names above: Sunday to Saturday, January to December, ten bytes each. */
const NAME_BYTES: u32 = 10
const FIRST_MONTH: u32 = 7

function name_length(name: u32): u32 {
  let len: u32 = 0
  while (len < NAME_BYTES && load<u8>(name + len)) len++
  return len
}

function write_name(target: u32, index: u32, most: u32): u32 {
  const name = <u32>names + index * NAME_BYTES
  const len = min(name_length(name), most)
  memory.copy(target, name, len)
  return target + len
}

function name_text(thread: u32, index: u32): u64 {
  const buffer = scratch_allocate(thread, 16)
  return pack(buffer, write_name(buffer, index, NAME_BYTES) - buffer)
}

export function date_day_name(thread: u32, days: i32): u64 {
  return name_text(thread, day_of_week(days))
}

export function date_month_name(thread: u32, days: i32): u64 {
  split_date(days)
  return name_text(thread, FIRST_MONTH + date_month() - 1)
}

export function timestamp_day_name(thread: u32, value: i64): u64 {
  return date_day_name(thread, split_timestamp(value))
}

export function timestamp_month_name(thread: u32, value: i64): u64 {
  return date_month_name(thread, split_timestamp(value))
}

/** Nanoseconds below the microseconds of the timestamp being written. */
let nanosBelow: i64 = 0

/** As `strftime`, of nanoseconds. */
export function strftime_ns(thread: u32, value: i64, format: u32, len: u32): u64 {
  const whole = nanos_to_micros(value)
  nanosBelow = whole == value ? 0 : value - whole * 1000
  const text = strftime(thread, whole, format, len)
  nanosBelow = 0
  return text
}

// The timestamp being written or read.
let days: i32 = 0
let micros: i64 = 0

function write_clock(target: u32): u32 {
  let at = write_padded(target, micros / 3600000000, 2)
  store<u8>(at, 58)
  at = write_padded(at + 1, (micros / 60000000) % 60, 2)
  store<u8>(at, 58)
  return write_padded(at + 1, (micros / 1000000) % 60, 2)
}

function write_year(target: u32, width: u32): u32 {
  split_date(days)
  const year = date_year()
  if (year >= 0) return write_padded(target, year, width)
  store<u8>(target, 45)
  return write_padded(target + 1, -year, width)
}

function write_iso_date(target: u32): u32 {
  let at = write_year(target, 4)
  store<u8>(at, 45)
  at = write_padded(at + 1, date_month(), 2)
  store<u8>(at, 45)
  return write_padded(at + 1, date_day(), 2)
}

/** One directive; `short`: without leading zeros (%-d). 0 when there is no such directive. */
function write_directive(target: u32, directive: u32, short: bool): u32 {
  const width = short ? 1 : 2
  const hour = micros / 3600000000
  split_date(days)
  switch (directive) {
    case 37: // %
      store<u8>(target, 37)
      return target + 1
    case 97: // a
      return write_name(target, day_of_week(days), 3)
    case 65: // A
      return write_name(target, day_of_week(days), NAME_BYTES)
    case 98: // b
    case 104: // h
      return write_name(target, FIRST_MONTH + date_month() - 1, 3)
    case 66: // B
      return write_name(target, FIRST_MONTH + date_month() - 1, NAME_BYTES)
    case 119: // w
      return write_padded(target, day_of_week(days), 1)
    case 117: // u
      return write_padded(target, date_part(days, 14), 1)
    case 100: // d
      return write_padded(target, date_day(), width)
    case 109: // m
      return write_padded(target, date_month(), width)
    case 121: // y
      return write_padded(target, ((date_year() % 100) + 100) % 100, width)
    case 89: // Y
      return write_year(target, 4)
    case 71: // G
      return write_padded(target, date_part(days, 17), 4)
    case 86: // V
      return write_padded(target, date_part(days, 15), 2)
    case 85: // U, weeks from the first Sunday
      return write_padded(target, (date_part(days, 16) + 6 - day_of_week(days)) / 7, 2)
    case 87: // W, weeks from the first Monday
      return write_padded(target, (date_part(days, 16) + 6 - ((day_of_week(days) + 6) % 7)) / 7, 2)
    case 72: // H
      return write_padded(target, hour, width)
    case 73: // I
      return write_padded(target, hour % 12 ? hour % 12 : 12, width)
    case 112: // p
      store<u16>(target, hour < 12 ? 0x4d41 : 0x4d50)
      return target + 2
    case 77: // M
      return write_padded(target, (micros / 60000000) % 60, width)
    case 83: // S
      return write_padded(target, (micros / 1000000) % 60, width)
    case 102: // f
      return write_padded(target, micros % 1000000, 6)
    case 110: // n
      return write_padded(target, (micros % 1000000) * 1000 + nanosBelow, 9)
    case 103: // g
      return write_padded(target, (micros % 1000000) / 1000, 3)
    case 122: // z
      store<u16>(target, 0x302b)
      store<u8>(target, 48, 2)
      return target + 3
    case 90: // Z
      return target
    case 106: // j
      return write_padded(target, date_part(days, 16), short ? 1 : 3)
    case 120: // x
      return write_iso_date(target)
    case 88: // X
      return write_clock(target)
    case 99: { // c
      const at = write_iso_date(target)
      store<u8>(at, 32)
      return write_clock(at + 1)
    }
    case 84: // T
      return write_clock(target)
    case 70: // F
      return write_iso_date(target)
    default:
      return 0
  }
}

export function strftime(thread: u32, value: i64, format: u32, len: u32): u64 {
  if (value == INFINITE_MICROS || value == -INFINITE_MICROS) return format_infinity(thread, value < 0)
  days = split_timestamp(value)
  micros = time_of_day()
  const buffer = scratch_allocate_wide(thread, <u64>len * 32 + 64)
  let target = buffer
  for (let i: u32 = 0; i < len; i++) {
    const char = load<u8>(format + i)
    if (char != 37) {
      store<u8>(target++, char)
      continue
    }
    i++
    const short = i < len && load<u8>(format + i) == 45
    if (short) i++
    const written = i < len ? write_directive(target, load<u8>(format + i), short) : 0
    if (!written) {
      say(2)
      return pack(buffer, 0)
    }
    target = written
  }
  scratch_trim(thread, buffer, target - buffer)
  return pack(buffer, target - buffer)
}

let at: u32 = 0
let end: u32 = 0

function read_number(most: u32): i64 {
  const start = at
  let value: i64 = 0
  while (at < end && at - start < most && is_digit(load<u8>(at))) {
    value = value * 10 + (load<u8>(at) - 48)
    at++
  }
  return at == start ? -1 : value
}

/** Which of the names the text continues with, whole or by its first three letters; -1 when none. */
function read_name(first: u32, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const name = <u32>names + (first + i) * NAME_BYTES
    const full = name_length(name)
    let len: u32 = 0
    while (len < full && at + len < end && (load<u8>(at + len) | 32) == (load<u8>(name + len) | 32)) len++
    if (len < 3) continue
    at += len == full ? len : 3
    return i
  }
  return -1
}

let year: i64 = 1900
let month: i64 = 1
let day: i64 = 1
let dayOfYear: i64 = 0
let hour: i64 = 0
let afternoon: i32 = -1
let minute: i64 = 0
let second: i64 = 0
let fraction: i64 = 0
let offset: i64 = 0

/** Microseconds from the digits of a fraction, `most` at the most. */
function read_fraction(most: u32): i64 {
  const start = at
  let unit: i64 = 100000
  let value: i64 = 0
  while (at < end && at - start < most && is_digit(load<u8>(at))) {
    value += unit * (load<u8>(at) - 48)
    unit /= 10
    at++
  }
  return at == start ? -1 : value
}

function read_offset(): bool {
  if (at < end && (load<u8>(at) == 90 || load<u8>(at) == 122)) {
    at++
    return true
  }
  if (at == end || (load<u8>(at) != 43 && load<u8>(at) != 45)) return false
  const sign: i64 = load<u8>(at) == 45 ? -1 : 1
  at++
  const hours = read_number(2)
  if (hours < 0) return false
  let minutes: i64 = 0
  if (at < end && load<u8>(at) == 58) at++
  if (at < end && is_digit(load<u8>(at))) minutes = read_number(2)
  offset = sign * (hours * 60 + minutes) * 60000000
  return true
}

function read_iso_date(): bool {
  return read_directive(89) && read_literal(45) && read_directive(109) && read_literal(45) && read_directive(100)
}

function read_clock(): bool {
  return read_directive(72) && read_literal(58) && read_directive(77) && read_literal(58) && read_directive(83)
}

function read_literal(char: u32): bool {
  if (at == end || <u32>load<u8>(at) != char) return false
  at++
  return true
}

function read_directive(directive: u32): bool {
  switch (directive) {
    case 37:
      return read_literal(37)
    case 97:
    case 65:
      return read_name(0, 7) >= 0
    case 98:
    case 104:
    case 66:
      month = read_name(FIRST_MONTH, 12) + 1
      return month > 0
    case 119:
    case 117:
      return read_number(1) >= 0
    case 100:
      day = read_number(2)
      return day >= 1
    case 109:
      month = read_number(2)
      return month >= 1 && month <= 12
    case 121:
      year = read_number(2)
      if (year < 0) return false
      year += year < 69 ? 2000 : 1900
      return true
    case 89: {
      const negative = at < end && load<u8>(at) == 45
      if (negative) at++
      year = read_number(6)
      if (year < 0) return false
      if (negative) year = -year
      return true
    }
    case 106:
      dayOfYear = read_number(3)
      return dayOfYear >= 1 && dayOfYear <= 366
    case 72:
      hour = read_number(2)
      return hour >= 0 && hour < 24
    case 73:
      hour = read_number(2)
      if (hour < 1 || hour > 12) return false
      if (afternoon < 0) afternoon = 2
      return true
    case 112: {
      if (at + 2 > end || (load<u8>(at, 1) | 32) != 109) return false
      const letter = <u32>load<u8>(at) | 32
      if (letter != 97 && letter != 112) return false
      afternoon = i32(letter == 112)
      at += 2
      return true
    }
    case 77:
      minute = read_number(2)
      return minute >= 0 && minute < 60
    case 83:
      second = read_number(2)
      return second >= 0 && second < 60
    case 102:
      fraction = read_fraction(9)
      return fraction >= 0
    case 110:
      fraction = read_fraction(9)
      return fraction >= 0
    case 103:
      fraction = read_fraction(3)
      return fraction >= 0
    case 122:
      return read_offset()
    case 120:
    case 70:
      return read_iso_date()
    case 88:
    case 84:
      return read_clock()
    case 99:
      return read_iso_date() && read_literal(32) && read_clock()
    default:
      return false
  }
}

function refuse(failure: i32): i64 {
  say(failure)
  return 0
}

/**
 * The timestamp that a text names by a format; what the format leaves out is that of 1900-01-01 00:00. Says 2 when the
 * text does not fit, which a caller that wants NULL reads as such.
 */
export function strptime(_thread: u32, ptr: u32, len: u32, format: u32, formatLen: u32): i64 {
  at = ptr
  end = ptr + len
  year = 1900
  month = 1
  day = 1
  dayOfYear = 0
  hour = 0
  afternoon = -1
  minute = 0
  second = 0
  fraction = 0
  offset = 0
  while (at < end && is_space(load<u8>(at))) at++
  for (let i: u32 = 0; i < formatLen; i++) {
    const char = <u32>load<u8>(format + i)
    if (char == 37) {
      i++
      if (i < formatLen && load<u8>(format + i) == 45) i++
      if (i >= formatLen || !read_directive(load<u8>(format + i))) return refuse(2)
    } else if (is_space(char)) {
      while (at < end && is_space(load<u8>(at))) at++
    } else if (!read_literal(char)) {
      return refuse(2)
    }
  }
  while (at < end && is_space(load<u8>(at))) at++
  if (at != end) return refuse(2)
  if (afternoon >= 0) {
    hour %= 12
    if (afternoon == 1) hour += 12
  }
  let date: i64
  if (dayOfYear) {
    date = days_from_civil(year, 1, 1) + dayOfYear - 1
  } else {
    if (day > days_in_month(year, <i32>month)) return refuse(2)
    date = days_from_civil(year, <i32>month, <i32>day)
  }
  if (date > 106751991 || date < -106751991) return refuse(2)
  return date * MICROS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000000 + fraction - offset
}
