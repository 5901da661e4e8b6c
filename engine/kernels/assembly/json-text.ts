import { format_f64 } from './float-text'
import { hex4_value, hex_digit } from './hex'
import { parse_f64 } from './number-text'
import { scratch_allocate_wide } from './scratch'
import { put_utf8 } from './utf8'

// Strings and numbers of JSON as DuckDB writes them: numbers in their shortest form, and no escapes but those that must be.

/** Writes what a string between its quotes says; returns the end. Never longer than the string. */
export function unescape(target: u32, from: u32, to: u32): u32 {
  while (from < to) {
    const char = load<u8>(from)
    if (char != 92) {
      store<u8>(target++, char)
      from++
      continue
    }
    const kind = load<u8>(from + 1)
    from += 2
    switch (kind) {
      case 98:
        store<u8>(target++, 8)
        break
      case 102:
        store<u8>(target++, 12)
        break
      case 110:
        store<u8>(target++, 10)
        break
      case 114:
        store<u8>(target++, 13)
        break
      case 116:
        store<u8>(target++, 9)
        break
      case 117: {
        let code = <u32>hex4_value(from)
        from += 4
        if (code - 0xd800 < 0x400 && from + 6 <= to && load<u16>(from) == 0x755c) {
          const low = <u32>hex4_value(from + 2)
          if (low - 0xdc00 < 0x400) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
            from += 6
          }
        }
        target = put_utf8(target, code)
        break
      }
      default:
        store<u8>(target++, kind)
    }
  }
  return target
}

/** Writes a text as a JSON string with its quotes; returns the end. At most 6 bytes for each, and 2. */
export function put_string(target: u32, ptr: u32, len: u32): u32 {
  store<u8>(target++, 34)
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    if (char >= 32 && char != 34 && char != 92) {
      store<u8>(target++, char)
      continue
    }
    store<u8>(target++, 92)
    let short: u32 = 0
    switch (char) {
      case 34:
      case 92:
        short = char
        break
      case 8:
        short = 98
        break
      case 9:
        short = 116
        break
      case 10:
        short = 110
        break
      case 12:
        short = 102
        break
      case 13:
        short = 114
        break
    }
    if (short) {
      store<u8>(target++, short)
      continue
    }
    store<u32>(target, 0x30303075) // u000
    store<u8>(target + 3, 48 + (char >> 4))
    store<u8>(target + 4, hex_digit(char & 15))
    target += 5
  }
  store<u8>(target++, 34)
  return target
}

/** Where a string between its quotes has an escape. */
export function has_escape(from: u32, to: u32): bool {
  for (let i = from; i < to; i++) if (load<u8>(i) == 92) return true
  return false
}

/** Writes a number in its shortest form; returns the end. At most 32 bytes more than it has. */
export function put_number(thread: u32, target: u32, from: u32, to: u32): u32 {
  let isReal = false
  for (let i = from; i < to; i++) {
    const char = load<u8>(i)
    if (char == 46 || (char | 32) == 101) isReal = true
  }
  if (!isReal) {
    if (to - from == 2 && load<u16>(from) == 0x302d) {
      store<u8>(target, 48)
      return target + 1
    }
    memory.copy(target, from, to - from)
    return target + (to - from)
  }
  return put_double(thread, target, parse_f64(from, to - from))
}

/** Writes a number as JSON has it: digits with a point up to 21 places, an exponent beyond. */
export function put_double(thread: u32, target: u32, value: f64): u32 {
  if (value != value) {
    store<u32>(target, 0x004e614e) // NaN
    return target + 3
  }
  if (!isFinite<f64>(value)) {
    if (value < 0) store<u8>(target++, 45)
    store<u64>(target, 0x7974696e69666e49) // Infinity
    return target + 8
  }
  const text = format_f64(thread, value)
  const from = <u32>text
  const len = <u32>(text >> 32)
  // the digits without point and exponent, and where the point is behind them
  const digits = <u32>scratch_allocate_wide(thread, 32)
  let count: u32 = 0
  let point: i32 = -1
  let exponent: i32 = 0
  let i: u32 = 0
  if (load<u8>(from) == 45) {
    store<u8>(target++, 45)
    i++
  }
  for (; i < len; i++) {
    const char = <u32>load<u8>(from + i)
    if (char == 46) {
      point = count
    } else if (char == 101) {
      const negative = load<u8>(from + i + 1) == 45
      for (let j = i + 2; j < len; j++) exponent = exponent * 10 + (load<u8>(from + j) - 48)
      if (negative) exponent = -exponent
      break
    } else {
      store<u8>(digits + count++, char)
    }
  }
  if (point < 0) point = count
  point += exponent
  let first: u32 = 0
  while (first + 1 < count && load<u8>(digits + first) == 48) {
    first++
    point--
  }
  while (count > first + 1 && load<u8>(digits + count - 1) == 48) count--
  const significant = <i32>(count - first)
  if (significant == 1 && load<u8>(digits + first) == 48) {
    store<u16>(target, 0x2e30)
    store<u8>(target + 2, 48)
    return target + 3
  }
  if (point > -6 && point <= 21) {
    if (point <= 0) {
      store<u16>(target, 0x2e30)
      target += 2
      for (let j = point; j < 0; j++) store<u8>(target++, 48)
    }
    for (let j: i32 = 0; j < max<i32>(significant, point); j++) {
      if (j == point && point > 0) store<u8>(target++, 46)
      store<u8>(target++, j < significant ? load<u8>(digits + first + j) : 48)
    }
    if (significant <= point) {
      store<u16>(target, 0x302e)
      target += 2
    }
    return target
  }
  store<u8>(target++, load<u8>(digits + first))
  if (significant > 1) {
    store<u8>(target++, 46)
    memory.copy(target, digits + first + 1, significant - 1)
    target += significant - 1
  }
  store<u8>(target++, 101)
  let shown = point - 1
  if (shown < 0) {
    store<u8>(target++, 45)
    shown = -shown
  }
  if (shown >= 100) store<u8>(target++, 48 + shown / 100)
  if (shown >= 10) store<u8>(target++, 48 + ((shown / 10) % 10))
  store<u8>(target++, 48 + (shown % 10))
  return target
}

/** Bytes that `put_value` may take for a value of so many: strings grow by their escapes, numbers by their zeros. */
export function written_room(bytes: u32): u64 {
  return <u64>bytes * 6 + 64
}
