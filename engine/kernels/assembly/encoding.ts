import { hex_digit, hex_value } from './hex'
import { is_digit } from './number-text'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

/** The character of a base64 digit. */
function base64_char(value: u32): u32 {
  if (value < 26) return 65 + value
  if (value < 52) return 71 + value
  if (value < 62) return value - 4
  return value == 62 ? 43 : 47
}

/** The digit of a base64 character; 64 when it is none. */
function base64_value(char: u32): u32 {
  if (char - 65 < 26) return char - 65
  if (char - 97 < 26) return char - 71
  if (is_digit(char)) return char + 4
  return char == 43 ? 62 : char == 47 ? 63 : 64
}

export function to_base64(thread: u32, ptr: u32, len: u32): u64 {
  const size = ((len + 2) / 3) * 4
  const target = scratch_allocate_wide(thread, ((<u64>len + 2) / 3) * 4)
  let at = target
  for (let i: u32 = 0; i < len; i += 3) {
    const left = len - i
    const a = <u32>load<u8>(ptr + i)
    const b = left > 1 ? <u32>load<u8>(ptr + i, 1) : 0
    const c = left > 2 ? <u32>load<u8>(ptr + i, 2) : 0
    const bits = (a << 16) | (b << 8) | c
    store<u8>(at, base64_char(bits >> 18))
    store<u8>(at, base64_char((bits >> 12) & 63), 1)
    store<u8>(at, left > 1 ? base64_char((bits >> 6) & 63) : 61, 2)
    store<u8>(at, left > 2 ? base64_char(bits & 63) : 61, 3)
    at += 4
  }
  return pack(target, size)
}

/** Failure 2 when the text is not base64. */
export function from_base64(thread: u32, ptr: u32, len: u32): u64 {
  if (len % 4) {
    say(2)
    return 0
  }
  const target = scratch_allocate(thread, (len / 4) * 3)
  let at = target
  for (let i: u32 = 0; i < len; i += 4) {
    const isLast = i + 4 == len
    const padding: u32 = isLast && load<u8>(ptr + i, 3) == 61 ? (load<u8>(ptr + i, 2) == 61 ? 2 : 1) : 0
    let bits: u32 = 0
    for (let j: u32 = 0; j < 4; j++) {
      const value = j + padding >= 4 ? 0 : base64_value(load<u8>(ptr + i + j))
      if (value > 63) {
        say(2)
        return 0
      }
      bits = (bits << 6) | value
    }
    store<u8>(at++, bits >> 16)
    if (padding < 2) store<u8>(at++, bits >> 8)
    if (padding < 1) store<u8>(at++, bits)
  }
  return pack(target, at - target)
}

/** The bytes that hexadecimal digits stand for; an odd first digit stands alone. Failure 2 for other characters. */
export function from_hex(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, (len + 1) / 2)
  let at = target
  let i: u32 = 0
  while (i < len) {
    const single = i == 0 && (len & 1) == 1
    const upper = single ? 0 : hex_value(load<u8>(ptr + i))
    const lower = hex_value(load<u8>(ptr + i + u32(!single)))
    if (upper > 15 || lower > 15) {
      say(2)
      return 0
    }
    store<u8>(at++, (upper << 4) | lower)
    i += single ? 1 : 2
  }
  return pack(target, at - target)
}

/** Everything but letters, digits and - _ . ~ as %XX. */
export function url_encode(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 3)
  let at = target
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    const isPlain = is_digit(char) || (char | 32) - 97 < 26 || char == 45 || char == 95 || char == 46 || char == 126
    if (isPlain) {
      store<u8>(at++, char)
    } else {
      store<u8>(at, 37)
      store<u8>(at, hex_digit(char >> 4), 1)
      store<u8>(at, hex_digit(char & 15), 2)
      at += 3
    }
  }
  return pack(target, at - target)
}

export function url_decode(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, len)
  let at = target
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    const upper = char == 37 && i + 2 < len ? hex_value(load<u8>(ptr + i, 1)) : 16
    const lower = upper < 16 ? hex_value(load<u8>(ptr + i, 2)) : 16
    if (lower < 16) {
      store<u8>(at++, (upper << 4) | lower)
      i += 2
    } else {
      store<u8>(at++, char)
    }
  }
  return pack(target, at - target)
}

/** Digits in a base from 2 to 36, at least `width` of them. Failure 2 for a base or a number out of range. */
export function to_base(thread: u32, value: i64, base: i32, width: i32): u64 {
  if (base < 2 || base > 36 || value < 0 || width < 0 || width > 64) {
    say(2)
    return 0
  }
  const buffer = scratch_allocate(thread, 72)
  let start = buffer + 72
  let rest = <u64>value
  while (rest || buffer + 72 - start < <u32>max(width, 1)) {
    const digit = <u32>(rest % base)
    store<u8>(--start, digit < 10 ? 48 + digit : 55 + digit)
    rest /= base
  }
  return pack(start, buffer + 72 - start)
}

export function to_base_short(thread: u32, value: i64, base: i32): u64 {
  return to_base(thread, value, base, 0)
}

/** Whether bytes are UTF-8; NULL or failure 2 is left to the caller. */
function is_utf8(ptr: u32, len: u32): bool {
  let i: u32 = 0
  while (i < len) {
    const first = <u32>load<u8>(ptr + i)
    if (first < 0x80) {
      i++
      continue
    }
    const size: u32 = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    if (first < 0xc2 || first > 0xf4 || i + size > len) return false
    for (let j: u32 = 1; j < size; j++) if ((load<u8>(ptr + i + j) & 0xc0) != 0x80) return false
    const second = <u32>load<u8>(ptr + i, 1)
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false
    i += size
  }
  return true
}

/** The bytes as text; failure 2 when they are not UTF-8. */
export function bytes_to_text(_thread: u32, ptr: u32, len: u32): u64 {
  if (!is_utf8(ptr, len)) say(2)
  return pack(ptr, len)
}

export function text_to_bytes(_thread: u32, ptr: u32, len: u32): u64 {
  return pack(ptr, len)
}
