import { parse_timestamp, parse_timetz_parts, read_nanos, timetz_had_date, timetz_offset_read } from './temporal-reading'
import { format_timestamp, write_padded, write_time } from './temporal-text'
import { floor_div, MICROS_PER_DAY } from './calendar'
import { INFINITE_MICROS } from './infinite-time'
import { say, take_outcome } from './outcome'
import { pack, scratch_allocate, scratch_trim } from './scratch'
import { micros_to_nanos, nanos_to_micros, timetz_local, timetz_of, timetz_offset } from './time-units'

/** A timestamp of nanoseconds, with as many decimals as it takes. */
export function format_timestamp_ns(thread: u32, value: i64): u64 {
  const micros = nanos_to_micros(value)
  const text = format_timestamp(thread, micros, 0)
  if (value == INFINITE_MICROS || value == -INFINITE_MICROS || value % 1000 == 0) return text
  // the decimals are written anew, and what follows them is moved behind
  const from = <u32>text
  const len = <u32>(text >> 32)
  let dot: u32 = 0
  while (dot < len && load<u8>(from + dot) != 46) dot++
  const whole = dot < len ? dot : len
  const target = scratch_allocate(thread, len + 16)
  memory.copy(target, from, whole)
  store<u8>(target + whole, 46)
  const fraction = value - floor_div(value, 1000000000) * 1000000000
  let at = write_padded(target + whole + 1, fraction, 9)
  while (load<u8>(at - 1) == 48) at--
  return pack(target, at - target)
}

/** As `parse_timestamp`, with nine decimals; in UTC where there is an offset. */
export function parse_timestamp_ns(ptr: u32, len: u32): i64 {
  const micros = parse_timestamp(ptr, len, 1)
  const below = read_nanos()
  const outcome = take_outcome()
  const nanos = micros_to_nanos(micros)
  if (outcome) say(outcome)
  return micros == INFINITE_MICROS || micros == -INFINITE_MICROS ? nanos : nanos + below
}

/** `12:30:00+05:30`: minutes and seconds of the offset only where there are any. */
export function format_timetz(thread: u32, value: i64): u64 {
  const buffer = scratch_allocate(thread, 80)
  const end = write_timetz(buffer, value)
  scratch_trim(thread, buffer, end - buffer)
  return pack(buffer, end - buffer)
}

function write_timetz(target: u32, value: i64): u32 {
  let at = write_time(target, timetz_local(value))
  const offset = timetz_offset(value)
  store<u8>(at, offset < 0 ? 45 : 43)
  const seconds = offset < 0 ? -offset : offset
  at = write_padded(at + 1, seconds / 3600, 2)
  if (seconds % 3600) {
    store<u8>(at, 58)
    at = write_padded(at + 1, (seconds / 60) % 60, 2)
  }
  if (seconds % 60) {
    store<u8>(at, 58)
    at = write_padded(at + 1, seconds % 60, 2)
  }
  return at
}

/** Writes the texts of `count` times with offsets at `text`, and where each ends, after `before` bytes, at `ends`; bytes written. */
export function timetz_texts(values: u32, start: u32, count: u32, ends: u32, text: u32, before: u32): u32 {
  let at = text
  for (let i: u32 = 0; i < count; i++) {
    at = write_timetz(at, load<i64>(values + ((start + i) << 3)))
    store<u32>(ends + (i << 2), before + at - text)
  }
  return at - text
}

/** A time, with an offset or in UTC; one behind a date is the time of that instant in UTC. */
export function parse_timetz(ptr: u32, len: u32): i64 {
  const local = parse_timetz_parts(ptr, len)
  if (local < 0 || local > MICROS_PER_DAY) {
    say(1)
    return 0
  }
  const offset = timetz_offset_read()
  if (!timetz_had_date()) return timetz_of(local, offset)
  const utc = local - offset * 1000000
  return timetz_of(utc - floor_div(utc, MICROS_PER_DAY) * MICROS_PER_DAY, 0)
}
