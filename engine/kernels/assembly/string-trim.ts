import { is_space } from './number-text'
import { pack } from './scratch'
import { is_continuation, place_in, point_bytes, string_ends_with, string_starts_with } from './string'

/** Sides: 1 the start, 2 the end, 3 both. */
export function string_trim_spaces(_thread: u32, ptr: u32, len: u32, sides: i32): u64 {
  let start = ptr
  let end = ptr + len
  if (sides & 1) while (start < end && load<u8>(start) == 32) start++
  if (sides & 2) while (end > start && load<u8>(end - 1) == 32) end--
  return pack(start, end - start)
}

/** Without white space of Unicode that is one or two or three bytes long. */
export function string_strip_whitespace(_thread: u32, ptr: u32, len: u32, sides: i32): u64 {
  let start = ptr
  let end = ptr + len
  if (sides & 1) {
    for (;;) {
      const size = space_bytes(start, end)
      if (!size) break
      start += size
    }
  }
  if (sides & 2) {
    while (end > start) {
      let last = end - 1
      while (last > start && is_continuation(load<u8>(last))) last--
      if (space_bytes(last, end) != end - last) break
      end = last
    }
  }
  return pack(start, end - start)
}

/** Bytes of the white space character at a place; 0 when there is none. */
function space_bytes(at: u32, end: u32): u32 {
  if (at >= end) return 0
  const first = <u32>load<u8>(at)
  if (is_space(first) || (first >= 28 && first <= 31)) return 1
  // U+0085 and U+00A0
  if (first == 0xc2 && at + 1 < end) return load<u8>(at, 1) == 0x85 || load<u8>(at, 1) == 0xa0 ? 2 : 0
  if (at + 2 >= end) return 0
  const point = ((first & 15) << 12) | ((<u32>load<u8>(at, 1) & 63) << 6) | (<u32>load<u8>(at, 2) & 63)
  if (first < 0xe0 || first > 0xef) return 0
  const isSpace =
    point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000
  return isSpace ? 3 : 0
}

export function string_trim(_thread: u32, ptr: u32, len: u32, set: u32, setLen: u32, sides: i32): u64 {
  let start = ptr
  let end = ptr + len
  if (sides & 1) {
    while (start < end) {
      const size = point_bytes(load<u8>(start))
      if (place_in(set, setLen, start, size) < 0) break
      start += size
    }
  }
  if (sides & 2) {
    while (end > start) {
      let last = end - 1
      while (last > start && is_continuation(load<u8>(last))) last--
      if (place_in(set, setLen, last, end - last) < 0) break
      end = last
    }
  }
  return pack(start, end - start)
}

export function string_strip_prefix(_thread: u32, ptr: u32, len: u32, prefix: u32, prefixLen: u32): u64 {
  const cut = string_starts_with(ptr, len, prefix, prefixLen) ? prefixLen : 0
  return pack(ptr + cut, len - cut)
}

export function string_strip_suffix(_thread: u32, ptr: u32, len: u32, suffix: u32, suffixLen: u32): u64 {
  return pack(ptr, string_ends_with(ptr, len, suffix, suffixLen) ? len - suffixLen : len)
}
