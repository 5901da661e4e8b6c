import { hex_digit, hex_value } from './hex'
import { host_parse_f64 } from './host'
import {
  current_high,
  current_low,
  divide_by_u64,
  give,
  has_digits,
  power_low,
  push_digit,
  round_digits,
  set_unsigned,
  shift_digits,
  take_signed,
} from './i128'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide, scratch_trim } from './scratch'

// @ts-ignore: AssemblyScript's decorator
@inline
export function is_space(char: u32): bool {
  return char == 32 || (char >= 9 && char <= 13)
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function is_digit(char: u32): bool {
  return char - 48 < 10
}

// The text being read: what is left after `trim_text`.
let at: u32 = 0
let end: u32 = 0

function trim_text(ptr: u32, len: u32): void {
  at = ptr
  end = ptr + len
  while (at < end && is_space(load<u8>(at))) at++
  while (end > at && is_space(load<u8>(end - 1))) end--
}

/** Writes the decimal digits of a number before `end`; where they begin. */
export function write_digits_before(end: u32, value: u64): u32 {
  let position = end
  let rest = value
  do {
    const quotient = rest / 10
    store<u8>(--position, 48 + <u32>(rest - quotient * 10))
    rest = quotient
  } while (rest)
  return position
}

/** Keeps what was written, from `start` to `end`, at the start of a buffer that has just been allocated. */
export function finish(thread: u32, buffer: u32, start: u32, end: u32): u64 {
  const len = end - start
  if (start != buffer) memory.copy(buffer, start, len)
  scratch_trim(thread, buffer, len)
  return pack(buffer, len)
}

export function format_u64(thread: u32, value: u64): u64 {
  const buffer = scratch_allocate(thread, 24)
  return finish(thread, buffer, write_digits_before(buffer + 24, value), buffer + 24)
}

export function format_i64(thread: u32, value: i64): u64 {
  const buffer = scratch_allocate(thread, 24)
  const negative = value < 0
  let start = write_digits_before(buffer + 24, negative ? <u64>-value : <u64>value)
  if (negative) store<u8>(--start, 45)
  return finish(thread, buffer, start, buffer + 24)
}

export function format_bool(thread: u32, value: i32): u64 {
  const buffer = scratch_allocate(thread, 8)
  store<u64>(buffer, value ? 0x65757274 : 0x65736c6166)
  return pack(buffer, value ? 4 : 5)
}

export function format_decimal(thread: u32, lo: u64, hi: u64, scale: i32): u64 {
  const buffer = scratch_allocate(thread, 48)
  const last = buffer + 48
  const negative = take_signed(lo, hi)
  let start = last
  for (let digits = 0; digits <= scale || (current_low() | current_high()); digits++) {
    if (digits == scale && scale > 0) store<u8>(--start, 46)
    store<u8>(--start, 48 + <u32>divide_by_u64(10))
  }
  if (negative) store<u8>(--start, 45)
  return finish(thread, buffer, start, last)
}

export function format_decimal_i64(thread: u32, value: i64, scale: i32): u64 {
  return format_decimal(thread, <u64>value, <u64>(value >> 63), scale)
}

/** Whether there is an underscore between two digits, where something lies before it. */
function is_separator(position: u32): bool {
  if (load<u8>(position) != 95 || position + 1 >= end) return false
  return is_digit(load<u8>(position - 1)) && is_digit(load<u8>(position + 1))
}

/** Reads a number with an optional fraction and exponent, times 10^scale and rounded half away from zero. */
function scan_scaled(ptr: u32, len: u32, scale: i32): bool {
  trim_text(ptr, len)
  set_unsigned(0, 0)
  if (at == end) return false
  negative = false
  const sign = load<u8>(at)
  if (sign == 45 || sign == 43) {
    negative = sign == 45
    at++
  }
  let digits = 0
  let significant = 0
  let exponent: i32 = 0
  let afterPoint = false
  while (at < end) {
    const char = <u32>load<u8>(at)
    if (is_digit(char)) {
      digits++
      if (significant > 0 || char != 48) significant++
      if (significant > 38) {
        if (!afterPoint) exponent++
      } else {
        push_digit(char - 48)
        if (afterPoint) exponent--
      }
    } else if (char == 46 && !afterPoint) {
      afterPoint = true
    } else if (digits == 0 || !is_separator(at)) {
      break
    }
    at++
  }
  if (digits == 0) return false
  if (at < end) {
    if ((load<u8>(at) | 32) != 101) return false
    at++
    let exponentNegative = false
    if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) {
      exponentNegative = load<u8>(at) == 45
      at++
    }
    if (at == end) return false
    let written: i32 = 0
    for (; at < end; at++) {
      const char = <u32>load<u8>(at)
      if (is_separator(at)) continue
      if (!is_digit(char)) return false
      if (written < 100000) written = written * 10 + <i32>(char - 48)
    }
    exponent += exponentNegative ? -written : written
  }
  const shift = exponent + scale
  if (shift >= 0) return shift_digits(shift)
  round_digits(-shift)
  return true
}

let negative = false

export function parse_decimal(ptr: u32, len: u32, precision: i32, scale: i32): u64 {
  if (!scan_scaled(ptr, len, scale) || !has_digits(precision)) say(1)
  return give(negative)
}

/** The bits that a digit of a number behind 0x (4) or 0b (1) stands for; 255 for any other character. */
function bits_of_digit(char: u32, width: u32): u32 {
  const letter = (char | 32) - 97
  const value = is_digit(char) ? char - 48 : letter < 6 ? letter + 10 : 255
  return value < 1 << width ? value : 255
}

/** How many bits a digit of the trimmed text has: 4 behind 0x, 1 behind 0b, 0 where it is no such number. */
function digit_width(): u32 {
  if (end - at <= 2 || load<u8>(at) != 48) return 0
  const letter = load<u8>(at, 1) | 32
  return letter == 120 ? 4 : letter == 98 ? 1 : 0
}

/** The number behind 0x or 0b, whose digits may have single underscores between them. */
function scan_bits(width: u32): u64 {
  let value: u64 = 0
  let wasDigit = false
  for (at += 2; at < end; at++) {
    const char = <u32>load<u8>(at)
    if (char == 95 && wasDigit && at + 1 < end) {
      wasDigit = false
      continue
    }
    const digit = bits_of_digit(char, width)
    if (digit == 255 || value >> (64 - width)) {
      say(1)
      return 0
    }
    value = (value << width) | digit
    wasDigit = true
  }
  return value
}

/** Fractions are rounded half away from zero. */
export function parse_i64(ptr: u32, len: u32): i64 {
  trim_text(ptr, len)
  let position = at
  const isNegative = position < end && load<u8>(position) == 45
  if (isNegative) position++
  if (position < end && end - position <= 18) {
    let value: i64 = 0
    while (position < end) {
      const digit = <u32>load<u8>(position) - 48
      if (digit >= 10) break
      value = value * 10 + digit
      position++
    }
    if (position == end) return isNegative ? -value : value
  }
  const width = digit_width()
  if (width) {
    const value = <i64>scan_bits(width)
    if (value < 0) say(1)
    return value
  }
  if (!scan_scaled(ptr, len, 0)) {
    say(1)
    return 0
  }
  const size = current_low()
  if (current_high() || size > <u64>i64.MAX_VALUE + u64(negative)) say(1)
  return negative ? -(<i64>size) : <i64>size
}

export function parse_u64(ptr: u32, len: u32): u64 {
  trim_text(ptr, len)
  const width = digit_width()
  if (width) return scan_bits(width)
  if (!scan_scaled(ptr, len, 0) || current_high() || (negative && current_low())) {
    say(1)
    return 0
  }
  return current_low()
}

// @ts-ignore: AssemblyScript's decorator
@inline
function letter_at(position: u32): u32 {
  return <u32>load<u8>(position) | 32
}

/** inf, infinity and nan, in any case, after an optional sign. */
function scan_special(position: u32): f64 {
  const len = end - position
  if (len == 3 || len == 8) {
    const a = letter_at(position)
    const b = letter_at(position + 1)
    const c = letter_at(position + 2)
    if (len == 3 && a == 110 && b == 97 && c == 110) return NaN
    if (a == 105 && b == 110 && c == 102) {
      if (len == 3) return Infinity
      const rest = load<u32>(position + 3) | 0x20202020
      // "init", "y"
      if (rest == 0x74696e69 && letter_at(position + 7) == 121) return Infinity
    }
  }
  say(1)
  return 0
}

export function parse_f64(ptr: u32, len: u32): f64 {
  trim_text(ptr, len)
  let position = at
  let isNegative = false
  if (position < end && (load<u8>(position) == 45 || load<u8>(position) == 43)) {
    isNegative = load<u8>(position) == 45
    position++
  }
  const first = position
  let mantissa: u64 = 0
  let digits = 0
  let significant = 0
  let exponent: i32 = 0
  let afterPoint = false
  while (position < end) {
    const char = <u32>load<u8>(position)
    if (is_digit(char)) {
      digits++
      if (significant > 0 || char != 48) significant++
      if (significant <= 18) {
        mantissa = mantissa * 10 + (char - 48)
        if (afterPoint) exponent--
      }
    } else if (char == 46 && !afterPoint) {
      afterPoint = true
    } else if (digits == 0 || !is_separator(position)) {
      break
    }
    position++
  }
  if (digits == 0) {
    const special = scan_special(first)
    return isNegative ? -special : special
  }
  if (position < end) {
    if (letter_at(position) != 101) {
      say(1)
      return 0
    }
    position++
    let exponentNegative = false
    if (position < end && (load<u8>(position) == 45 || load<u8>(position) == 43)) {
      exponentNegative = load<u8>(position) == 45
      position++
    }
    if (position == end) {
      say(1)
      return 0
    }
    let written: i32 = 0
    for (; position < end; position++) {
      const char = <u32>load<u8>(position)
      if (is_separator(position)) continue
      if (!is_digit(char)) {
        say(1)
        return 0
      }
      if (written < 100000) written = written * 10 + <i32>(char - 48)
    }
    exponent += exponentNegative ? -written : written
  }
  let value: f64
  // both factors are exact, so the result is rounded once
  if (significant <= 18 && mantissa <= 0x20000000000000 && exponent >= -22 && exponent <= 22) {
    value = <f64>mantissa
    if (exponent < 0) value /= small_power(-exponent)
    else value *= small_power(exponent)
  } else {
    value = host_parse_f64(first, end - first)
  }
  return isNegative ? -value : value
}

function small_power(n: i32): f64 {
  return n <= 19 ? <f64>power_low(n) : <f64>power_low(19) * <f64>power_low(n - 19)
}

export function parse_bool(ptr: u32, len: u32): i32 {
  trim_text(ptr, len)
  const size = end - at
  if (size == 1) {
    const char = letter_at(at)
    if (char == 116 || char == 49 || char == 121) return 1
    if (char == 102 || char == 48 || char == 110) return 0
  }
  let word: u64 = 0
  if (size <= 5) for (let i: u32 = 0; i < size; i++) word |= <u64>letter_at(at + i) << (8 * i)
  if (word == 0x65757274 || word == 0x736579) return 1
  if (word == 0x65736c6166 || word == 0x6f6e) return 0
  say(1)
  return 0
}

/** Bytes that are not printable ASCII, and the backslash, as \xAB. */
export function format_blob(thread: u32, ptr: u32, len: u32): u64 {
  const buffer = scratch_allocate_wide(thread, <u64>len * 4)
  let target = buffer
  for (let i: u32 = 0; i < len; i++) {
    const byte = <u32>load<u8>(ptr + i)
    if (byte >= 32 && byte <= 126 && byte != 92 && byte != 39 && byte != 34) {
      store<u8>(target++, byte)
    } else {
      store<u16>(target, 0x785c)
      store<u8>(target, hex_digit(byte >> 4), 2)
      store<u8>(target, hex_digit(byte & 15), 3)
      target += 4
    }
  }
  scratch_trim(thread, buffer, target - buffer)
  return pack(buffer, target - buffer)
}

export function parse_blob(thread: u32, ptr: u32, len: u32): u64 {
  const buffer = scratch_allocate(thread, len)
  let target = buffer
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    if (char == 92) {
      const digits = i + 3 < len && load<u8>(ptr + i + 1) == 120
      const upper = digits ? hex_value(load<u8>(ptr + i + 2)) : 16
      const lower = digits ? hex_value(load<u8>(ptr + i + 3)) : 16
      if (upper > 15 || lower > 15) {
        say(1)
        return 0
      }
      store<u8>(target++, (upper << 4) | lower)
      i += 3
    } else {
      if (char > 127) {
        say(1)
        return 0
      }
      store<u8>(target++, char)
    }
  }
  return pack(buffer, target - buffer)
}

export function bytes_hex(thread: u32, ptr: u32, len: u32): u64 {
  const buffer = scratch_allocate_wide(thread, <u64>len * 2)
  for (let i: u32 = 0; i < len; i++) {
    const byte = <u32>load<u8>(ptr + i)
    store<u8>(buffer + 2 * i, hex_digit(byte >> 4))
    store<u8>(buffer + 2 * i + 1, hex_digit(byte & 15))
  }
  return pack(buffer, len * 2)
}

/** Digits of so many bits each, a divisor of 64. */
function format_base(thread: u32, low: u64, high: u64, bits: u32): u64 {
  const buffer = scratch_allocate(thread, 128)
  let start = buffer + 128
  let restLow = low
  let restHigh = high
  do {
    store<u8>(--start, hex_digit(<u32>(restLow & ((1 << bits) - 1))))
    restLow = (restLow >> bits) | (restHigh << (64 - bits))
    restHigh >>= bits
  } while (restLow | restHigh)
  return finish(thread, buffer, start, buffer + 128)
}

export function int64_hex(thread: u32, value: u64): u64 {
  return format_base(thread, value, 0, 4)
}

export function int64_binary(thread: u32, value: u64): u64 {
  return format_base(thread, value, 0, 1)
}

export function i128_hex(thread: u32, low: u64, high: u64): u64 {
  return format_base(thread, low, high, 4)
}

export function i128_binary(thread: u32, low: u64, high: u64): u64 {
  return format_base(thread, low, high, 1)
}

/** Eight digits for each byte. */
export function bytes_binary(thread: u32, ptr: u32, len: u32): u64 {
  const buffer = scratch_allocate_wide(thread, <u64>len * 8)
  for (let i: u32 = 0; i < len * 8; i++) {
    const bit = (<u32>load<u8>(ptr + (i >> 3)) >> (7 - (i & 7))) & 1
    store<u8>(buffer + i, 48 + bit)
  }
  return pack(buffer, len * 8)
}

/** As DuckDB: bytes, then KiB, MiB, … with one decimal that is cut off, or kB, MB, … where units are of 1000. */
export function format_bytes(thread: u32, value: i64, step: i32): u64 {
  const buffer = scratch_allocate(thread, 40)
  const last = buffer + 32
  const size = value < 0 ? <u64>-value : <u64>value
  let start: u32
  if (size < <u64>step) {
    // " bytes" or " byte"
    store<u64>(last - 8, 0x7365747962200000)
    const stop = size == 1 ? last - 1 : last
    start = write_digits_before(last - 6, size)
    if (value < 0) store<u8>(--start, 45)
    return finish(thread, buffer, start, stop)
  }
  let unit = 0
  let whole = size
  let rest: u64 = 0
  while (whole >= <u64>step && unit < 5) {
    rest = whole % step
    whole /= step
    unit++
  }
  const isDecimal = step == 1000
  // K M G T P, or k M G T P
  const letters: u64 = isDecimal ? 0x5054474d6b : 0x5054474d4b
  const letter = <u32>((letters >> (8 * (unit - 1))) & 255)
  const tail: u32 = isDecimal ? last - 3 : last - 4
  store<u8>(tail, 32)
  store<u8>(tail + 1, letter)
  if (!isDecimal) store<u8>(tail + 2, 105)
  store<u8>(last - 1, 66)
  store<u8>(tail - 1, 48 + <u32>((rest * 10) / step))
  store<u8>(tail - 2, 46)
  start = write_digits_before(tail - 2, whole)
  if (value < 0) store<u8>(--start, 45)
  return finish(thread, buffer, start, last)
}

