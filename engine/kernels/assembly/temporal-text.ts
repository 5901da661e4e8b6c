import { date_day, date_month, date_year, MICROS_PER_DAY, split_date, split_timestamp, time_of_day } from './calendar'
import { format_infinity, INFINITE_DAY, INFINITE_MICROS } from './infinite-time'
import { write_digits_before } from './number-text'
import { pack, scratch_allocate, scratch_trim } from './scratch'

/** Writes at least `width` digits; the end. */
export function write_padded(target: u32, value: u64, width: u32): u32 {
  const end = target + 24
  let start = write_digits_before(end, value)
  while (end - start < width) store<u8>(--start, 48)
  const len = end - start
  memory.copy(target, start, len)
  return target + len
}

/** YYYY-MM-DD, which `write_era` follows. */
function write_date(target: u32, days: i32): u32 {
  split_date(days)
  const year = date_year()
  let at = write_padded(target, year > 0 ? year : 1 - <i64>year, 4)
  store<u8>(at, 45)
  at = write_padded(at + 1, date_month(), 2)
  store<u8>(at, 45)
  at = write_padded(at + 1, date_day(), 2)
  return at
}

/** " (BC)" for years before 1. */
function write_era(target: u32, days: i32): u32 {
  split_date(days)
  if (date_year() > 0) return target
  // " (BC)"
  store<u32>(target, 0x43422820 & 0xffffffff)
  store<u8>(target, 41, 4)
  return target + 5
}

/** HH:MM:SS and as many decimals as it takes. */
export function write_time(target: u32, micros: u64): u32 {
  let at = write_padded(target, micros / 3600000000, 2)
  store<u8>(at, 58)
  at = write_padded(at + 1, (micros / 60000000) % 60, 2)
  store<u8>(at, 58)
  at = write_padded(at + 1, (micros / 1000000) % 60, 2)
  const fraction = micros % 1000000
  if (fraction == 0) return at
  store<u8>(at, 46)
  at = write_padded(at + 1, fraction, 6)
  while (load<u8>(at - 1) == 48) at--
  return at
}

function finish(thread: u32, buffer: u32, end: u32): u64 {
  scratch_trim(thread, buffer, end - buffer)
  return pack(buffer, end - buffer)
}

export function format_date(thread: u32, days: i32): u64 {
  if (days == INFINITE_DAY || days == -INFINITE_DAY) return format_infinity(thread, days < 0)
  const buffer = scratch_allocate(thread, 80)
  return finish(thread, buffer, write_era(write_date(buffer, days), days))
}

export function format_time(thread: u32, micros: i64): u64 {
  const buffer = scratch_allocate(thread, 80)
  return finish(thread, buffer, write_time(buffer, micros))
}

export function format_timestamp(thread: u32, value: i64, zoned: i32): u64 {
  if (value == INFINITE_MICROS || value == -INFINITE_MICROS) return format_infinity(thread, value < 0)
  const buffer = scratch_allocate(thread, 96)
  const days = split_timestamp(value)
  const time = time_of_day()
  let at = write_era(write_date(buffer, days), days)
  store<u8>(at, 32)
  at = write_time(at + 1, time)
  if (zoned) {
    // "+00"
    store<u16>(at, 0x302b)
    store<u8>(at, 48, 2)
    at += 3
  }
  return finish(thread, buffer, at)
}

function write_text(target: u32, text: u64, len: u32): u32 {
  store<u64>(target, text)
  return target + len
}

/** " year", " month" or " day", and "s" but for 1 and -1. */
function write_unit(target: u32, value: i64, unit: u64, unitLen: u32): u32 {
  let at = target
  if (value < 0) store<u8>(at++, 45)
  at = write_padded(at, value < 0 ? -value : value, 1)
  at = write_text(at, unit, unitLen)
  if (value != 1 && value != -1) store<u8>(at++, 115)
  store<u8>(at++, 32)
  return at
}

export function format_interval(thread: u32, months: i32, days: i32, micros: i64): u64 {
  const buffer = scratch_allocate(thread, 160)
  let at = buffer
  const years = months / 12
  const rest = months - years * 12
  if (years) at = write_unit(at, years, 0x7261657920, 5)
  if (rest) at = write_unit(at, rest, 0x68746e6f6d20, 6)
  if (days) at = write_unit(at, days, 0x79616420, 4)
  if (micros || at == buffer) {
    if (micros < 0) store<u8>(at++, 45)
    at = write_time(at, micros < 0 ? <u64>-micros : <u64>micros)
  } else {
    at--
  }
  return finish(thread, buffer, at)
}

/** As an interval of days and time. */
export function format_duration(thread: u32, micros: i64): u64 {
  const days = <i32>(micros / MICROS_PER_DAY)
  return format_interval(thread, 0, days, micros - days * MICROS_PER_DAY)
}
