import { bit_at } from './bitmap'

/** What conversions between the heap's columns and Arrow's interchange types need. Pointers are byte addresses. */

/** How many of the first `bits` bits of a bitmap are 1. */
export function count_ones(bitmap: u32, bits: u32): u32 {
  let at = bitmap
  let left = bits
  let ones: u32 = 0
  while (left >= 64) {
    ones += <u32>popcnt<u64>(load<u64>(at))
    at += 8
    left -= 64
  }
  while (left >= 8) {
    ones += popcnt<u32>(<u32>load<u8>(at))
    at += 1
    left -= 8
  }
  if (left > 0) ones += popcnt<u32>(<u32>load<u8>(at) & ((1 << left) - 1))
  return ones
}

/** Copies `bits` bits that begin at bit `start` of a bitmap to bit 0 of `out`; bits after the last are 0. */
export function slice_bitmap(bitmap: u32, start: u32, bits: u32, out: u32): void {
  const first = bitmap + (start >> 3)
  const shift = start & 7
  const bytes = (bits + 7) >> 3
  if (shift === 0) {
    memory.copy(out, first, bytes)
  } else {
    const last = (shift + bits - 1) >> 3
    for (let i: u32 = 0; i < bytes; i++) {
      const high: u32 = i + 1 <= last ? load<u8>(first + i + 1) : 0
      store<u8>(out + i, (<u32>load<u8>(first + i) >> shift) | (high << (8 - shift)))
    }
  }
  if ((bits & 7) !== 0) {
    const at = out + bytes - 1
    store<u8>(at, <u32>load<u8>(at) & ((1 << (bits & 7)) - 1))
  }
}

/** int64 to int128, sign-extended. `out` is elsewhere. */
export function widen_int64_to_int128(values: u32, count: u32, out: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(values + (i << 3))
    store<i64>(out + (i << 4), value)
    store<i64>(out + (i << 4), value >> 63, 8)
  }
}

/** int64 to int32: the low halves. The caller knows that values fit. `out` may be `values`. */
export function narrow_int64_to_int32(values: u32, count: u32, out: u32): void {
  for (let i: u32 = 0; i < count; i++) store<i32>(out + (i << 2), load<i32>(values + (i << 3)))
}

/**
 * Intervals (months, days, microseconds) to Arrow's MonthDayNano (months, days, nanoseconds); 16 bytes both. Returns
 * how many valid ones are too long: their nanoseconds do not fit int64.
 */
export function intervals_to_nanos(values: u32, validity: u32, start: u32, count: u32, out: u32): u32 {
  let tooLong: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const from = values + ((start + i) << 4)
    const to = out + (i << 4)
    const micros = load<i64>(from, 8)
    store<u64>(to, load<u64>(from))
    store<i64>(to, micros * 1000, 8)
    if (bit_at(validity, start + i) && (micros > 9223372036854775 || micros < -9223372036854775)) tooLong += 1
  }
  return tooLong
}

/** Arrow's MonthDayNano to intervals, in place; nanoseconds below one microsecond are dropped. */
export function nanos_to_intervals(values: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = values + (i << 4)
    store<i64>(at, load<i64>(at, 8) / 1000, 8)
  }
}

/** Values of `width` bytes (4: months; 8: days and milliseconds) to intervals, at `out` elsewhere. */
export function short_intervals(values: u32, width: u32, count: u32, out: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const to = out + (i << 4)
    if (width === 4) {
      store<i32>(to, load<i32>(values + (i << 2)))
      store<i32>(to, 0, 4)
      store<i64>(to, 0, 8)
    } else {
      store<i32>(to, 0)
      store<i32>(to, load<i32>(values + (i << 3)), 4)
      store<i64>(to, <i64>load<i32>(values + (i << 3), 4) * 1000, 8)
    }
  }
}

/**
 * Offsets of `count` dictionary codes, decoded: writes count + 1 offsets that count from `base` and returns the bytes
 * of their text.
 */
export function decoded_offsets(
  codes: u32,
  codeBytes: u32,
  validity: u32,
  start: u32,
  count: u32,
  dictionary: u32,
  base: u32,
  out: u32,
): u64 {
  let total: u64 = 0
  store<u32>(out, base)
  for (let i: u32 = 0; i < count; i++) {
    const row = start + i
    if (bit_at(validity, row)) {
      const entry = dictionary + (code(codes, codeBytes, row) << 2)
      total += <u64>(load<u32>(entry, 4) - load<u32>(entry))
    }
    store<u32>(out + (i << 2), base + <u32>total, 4)
  }
  return total
}

/** The text of `count` dictionary codes, one after the other. */
export function decode_dictionary(
  codes: u32,
  codeBytes: u32,
  validity: u32,
  start: u32,
  count: u32,
  dictionary: u32,
  text: u32,
  out: u32,
): void {
  let to = out
  for (let i: u32 = 0; i < count; i++) {
    const row = start + i
    if (!bit_at(validity, row)) continue
    const entry = dictionary + (code(codes, codeBytes, row) << 2)
    const from = load<u32>(entry)
    const length = load<u32>(entry, 4) - from
    memory.copy(to, text + from, length)
    to += length
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function code(codes: u32, codeBytes: u32, row: u32): u32 {
  if (codeBytes === 1) return <u32>load<u8>(codes + row)
  if (codeBytes === 2) return <u32>load<u16>(codes + (row << 1))
  return load<u32>(codes + (row << 2))
}

/**
 * Offsets of `count` Arrow views, whose buffers are (address, bytes) at `buffers`; bit `start` of the validity belongs
 * to the first. Returns the bytes of all, or u64.MAX_VALUE where a view points outside its buffer.
 */
export function view_offsets(
  views: u32,
  validity: u32,
  start: u32,
  count: u32,
  buffers: u32,
  bufferCount: u32,
  out: u32,
): u64 {
  let total: u64 = 0
  store<u32>(out, 0)
  for (let i: u32 = 0; i < count; i++) {
    if (bit_at(validity, start + i)) {
      const view = views + (i << 4)
      const length = load<u32>(view)
      if (length > 12) {
        const buffer = load<u32>(view, 8)
        if (buffer >= bufferCount) return u64.MAX_VALUE
        const end = <u64>load<u32>(view, 12) + length
        if (end > load<u32>(buffers + (buffer << 3), 4)) return u64.MAX_VALUE
      }
      total += length
    }
    store<u32>(out + (i << 2), <u32>total, 4)
  }
  return total
}

/** The bytes of `count` Arrow views, one after the other. The views were looked at by `view_offsets`. */
export function copy_views(
  views: u32,
  validity: u32,
  start: u32,
  count: u32,
  buffers: u32,
  out: u32,
): void {
  let to = out
  for (let i: u32 = 0; i < count; i++) {
    if (!bit_at(validity, start + i)) continue
    const view = views + (i << 4)
    const length = load<u32>(view)
    const from = length <= 12 ? view + 4 : load<u32>(buffers + (load<u32>(view, 8) << 3)) + load<u32>(view, 12)
    memory.copy(to, from, length)
    to += length
  }
}

/** Decimals of 256 bits to 128 bits, in place; the number of those that do not fit, which become wrong. */
export function narrow_int256_to_int128(values: u32, validity: u32, start: u32, count: u32): u32 {
  let tooWide: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const from = values + (i << 5)
    const low = load<u64>(from)
    const high = load<i64>(from, 8)
    const sign = high >> 63
    const fits = load<i64>(from, 16) === sign && load<i64>(from, 24) === sign
    if (!fits && bit_at(validity, start + i)) tooWide += 1
    const to = values + (i << 4)
    store<u64>(to, low)
    store<i64>(to, high, 8)
  }
  return tooWide
}
