import { small_hex_digit } from './hex'

/**
 * Conversions of whole columns of `n` values, as readers of file formats need them. Pointers are byte addresses.
 * Where values grow, `dst` may equal `src`: they run backwards. Where they shrink, `dst` may equal `src` too.
 */

/** int32 to int64, times `factor`. */
export function convert_int32_to_int64(src: u32, dst: u32, n: u32, factor: i64): void {
  for (let i = n; i > 0; ) {
    i -= 1
    store<i64>(dst + (i << 3), <i64>load<i32>(src + (i << 2)) * factor)
  }
}

/** int64 times `factor`, in place. */
export function convert_int64_times(values: u32, n: u32, factor: i64): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = values + (i << 3)
    store<i64>(at, load<i64>(at) * factor)
  }
}

/** int64 divided by `divisor` > 0, rounded towards negative infinity, in place. */
export function convert_int64_floor_div(values: u32, n: u32, divisor: i64): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = values + (i << 3)
    const value = load<i64>(at)
    const quotient = value / divisor
    store<i64>(at, quotient * divisor > value ? quotient - 1 : quotient)
  }
}

/** int128 to int64: the low halves. The caller knows that values fit. */
export function convert_int128_to_int64(src: u32, dst: u32, n: u32): void {
  for (let i: u32 = 0; i < n; i++) store<i64>(dst + (i << 3), load<i64>(src + (i << 4)))
}

/**
 * Parquet's INT96 (int64 nanoseconds of the day, int32 Julian day; 12 bytes a value) to int64 microseconds since
 * 1970-01-01, which is Julian day 2,440,588. Dates beyond the range wrap around.
 */
export function convert_int96_to_micros(src: u32, dst: u32, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = src + i * 12
    const days = <i64>load<i32>(at, 8) - 2440588
    store<i64>(dst + (i << 3), days * 86400000000 + load<i64>(at) / 1000)
  }
}

/** Parquet's INTERVAL (unsigned months, days and milliseconds, 12 bytes) as ours; in place, hence from the end. */
export function convert_parquet_intervals(src: u32, dst: u32, n: u32): void {
  for (let i = n; i > 0; ) {
    i -= 1
    const at = src + i * 12
    const target = dst + (i << 4)
    const months = load<u32>(at)
    const days = load<u32>(at, 4)
    const millis = load<u32>(at, 8)
    store<u32>(target, months)
    store<u32>(target, days, 4)
    store<u64>(target, <u64>millis * 1000, 8)
  }
}

/** IEEE 754 half precision to single precision. */
export function convert_float16_to_float32(src: u32, dst: u32, n: u32): void {
  for (let i = n; i > 0; ) {
    i -= 1
    const half = <u32>load<u16>(src + (i << 1))
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 0x1f
    const fraction = half & 0x3ff
    let bits: u32
    if (exponent === 0x1f) {
      bits = sign | 0x7f800000 | (fraction << 13)
    } else if (exponent !== 0) {
      bits = sign | ((exponent + 112) << 23) | (fraction << 13)
    } else {
      bits = sign | reinterpret<u32>(<f32>fraction * <f32>(1.0 / 16777216.0))
    }
    store<u32>(dst + (i << 2), bits)
  }
}

/** 16 bytes a value to the 36 characters of a UUID in lower case. `dst` is elsewhere. */
export function format_uuids(src: u32, dst: u32, n: u32): void {
  let to = dst
  for (let i: u32 = 0; i < n; i++) {
    for (let b: u32 = 0; b < 16; b++) {
      if (b === 4 || b === 6 || b === 8 || b === 10) {
        store<u8>(to, 0x2d)
        to += 1
      }
      const byte = <u32>load<u8>(src + (i << 4) + b)
      store<u8>(to, small_hex_digit(byte >> 4))
      store<u8>(to + 1, small_hex_digit(byte & 15))
      to += 2
    }
  }
}

/** The `n + 1` int32 offsets of values that all take `width` bytes. */
export function fixed_width_offsets(dst: u32, n: u32, width: u32): void {
  for (let i: u32 = 0; i <= n; i++) store<u32>(dst + (i << 2), i * width)
}

/** Takes `base` off each of `n` int32 offsets, in place. */
export function rebase_offsets(offsets: u32, n: u32, base: u32): void {
  for (let i: u32 = 0; i < n; i++) store<u32>(offsets + (i << 2), load<u32>(offsets + (i << 2)) - base)
}

/**
 * Moves a bitmap of `n` bits that begins at bit `shift` (0 to 7) of its first byte to bit 0, in place. Bits after the
 * last are unspecified.
 */
export function align_bitmap(bitmap: u32, n: u32, shift: u32): void {
  const bytes = (n + 7) >> 3
  for (let i: u32 = 0; i < bytes; i++) {
    const at = bitmap + i
    const next: u32 = (i << 3) + 8 < n + shift ? load<u8>(at + 1) : 0
    store<u8>(at, (<u32>load<u8>(at) >> shift) | (next << (8 - shift)))
  }
}
