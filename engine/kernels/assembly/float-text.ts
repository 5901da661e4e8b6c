import { finish, write_digits_before } from './number-text'
import { pack, scratch_allocate } from './scratch'
import { shortest_digits_f32, shortest_digits_f64, shortest_exponent } from './shortest-digits'

/**
 * Shortest text that reads back as the same number, spelled as DuckDB does: `1.0`, `1e+16`, `1e-05`, `inf`, `nan`. From
 * 1e16 up and below 1e-4 the exponent stays, with two digits at least.
 */
export function format_f64(thread: u32, value: f64): u64 {
  const negative = reinterpret<i64>(value) < 0
  if (!isFinite(value)) return format_special(thread, value, negative)
  if (value == 0) return format_digits(thread, negative, 0, 0)
  if (Math.abs(value) < 1e15 && Math.trunc(value) == value) {
    return format_digits(thread, negative, <u64>Math.abs(value), 0)
  }
  const digits = shortest_digits_f64(value)
  return format_digits(thread, negative, digits, shortest_exponent())
}

export function format_f32(thread: u32, value: f32): u64 {
  const negative = reinterpret<i32>(value) < 0
  if (!isFinite(value)) return format_special(thread, value, negative)
  if (value == 0) return format_digits(thread, negative, 0, 0)
  const digits = shortest_digits_f32(value)
  return format_digits(thread, negative, digits, shortest_exponent())
}

function format_special(thread: u32, value: f64, negative: bool): u64 {
  const buffer = scratch_allocate(thread, 8)
  // "nan", "-inf", "inf"
  if (isNaN(value)) store<u32>(buffer, 0x6e616e)
  else if (negative) store<u32>(buffer, 0x666e692d)
  else store<u32>(buffer, 0x666e69)
  return pack(buffer, negative && !isNaN(value) ? 4 : 3)
}

/** Text of digits · 10^exponent. */
function format_digits(thread: u32, negative: bool, value: u64, power: i32): u64 {
  let digits = value
  let exponent = power
  while (digits && exponent < 0) {
    const tenth = digits / 10
    if (tenth * 10 != digits) break
    digits = tenth
    exponent++
  }
  const buffer = scratch_allocate(thread, 56)
  const last = buffer + 32
  let first = write_digits_before(last, digits)
  const magnitude = <i32>(last - first) + exponent - 1
  if (negative) store<u8>(buffer, 45)
  const start = buffer + u32(negative)
  if (magnitude < -4 || magnitude >= 16) {
    let stop = last
    while (stop > first + 1 && load<u8>(stop - 1) == 48) stop--
    store<u8>(start, load<u8>(first))
    let target = start + 1
    if (stop > first + 1) {
      store<u8>(target++, 46)
      memory.copy(target, first + 1, stop - first - 1)
      target += stop - first - 1
    }
    store<u8>(target, 101)
    store<u8>(target, magnitude < 0 ? 45 : 43, 1)
    const size = <u64>(magnitude < 0 ? -magnitude : magnitude)
    const end = target + (size < 100 ? 4 : 5)
    store<u8>(target, 48, 2)
    write_digits_before(end, size)
    return finish(thread, buffer, buffer, end)
  }
  let target = start
  if (magnitude < 0) {
    memory.fill(target, 48, 8)
    store<u8>(target, 46, 1)
    target += 1 - magnitude
  } else {
    for (let i = 0; i <= magnitude; i++) store<u8>(target++, first < last ? load<u8>(first++) : 48)
    store<u8>(target++, 46)
    if (first == last) store<u8>(target++, 48)
  }
  memory.copy(target, first, last - first)
  return finish(thread, buffer, buffer, target + (last - first))
}
