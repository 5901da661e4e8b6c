import { pack, scratch_allocate } from './scratch'

/** The dates and timestamps after all others; their negatives are before all others. */
export const INFINITE_DAY: i32 = i32.MAX_VALUE
export const INFINITE_MICROS: i64 = i64.MAX_VALUE

// What `named_time` tells.
export const NO_NAME: i32 = 0
export const INFINITY_NAME: i32 = 1
export const MINUS_INFINITY_NAME: i32 = -1
export const EPOCH_NAME: i32 = 2

/** "infinity" in small letters, as one word. */
const INFINITY_TEXT: u64 = 0x7974696e69666e69

function is_infinity(ptr: u32, len: u32): bool {
  if (len == 8) return (load<u64>(ptr) | 0x2020202020202020) == INFINITY_TEXT
  return len == 3 && (load<u16>(ptr) | 0x2020) == 0x6e69 && (load<u8>(ptr, 2) | 32) == 102
}

/** Whether a text is `infinity`, `-infinity` (or `inf`) or `epoch`, in any case. */
export function named_time(ptr: u32, len: u32): i32 {
  if (len == 5 && (load<u32>(ptr) | 0x20202020) == 0x636f7065 && (load<u8>(ptr, 4) | 32) == 104) return EPOCH_NAME
  if (len && load<u8>(ptr) == 45) return is_infinity(ptr + 1, len - 1) ? MINUS_INFINITY_NAME : NO_NAME
  return is_infinity(ptr, len) ? INFINITY_NAME : NO_NAME
}

/** `infinity`, or `-infinity` when `negative`. */
export function format_infinity(thread: u32, negative: bool): u64 {
  const buffer = scratch_allocate(thread, 16)
  let at = buffer
  if (negative) store<u8>(at++, 45)
  store<u64>(at, INFINITY_TEXT)
  return pack(buffer, at + 8 - buffer)
}

export function date_is_infinite(days: i32): i32 {
  return i32(days == INFINITE_DAY || days == -INFINITE_DAY)
}

export function date_is_finite(days: i32): i32 {
  return i32(!date_is_infinite(days))
}

export function timestamp_is_infinite(value: i64): i32 {
  return i32(value == INFINITE_MICROS || value == -INFINITE_MICROS)
}

export function timestamp_is_finite(value: i64): i32 {
  return i32(!timestamp_is_infinite(value))
}
