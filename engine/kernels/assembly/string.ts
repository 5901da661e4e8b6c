import { bytes_equal, find } from './bytes'
import { host_map_case } from './host'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide, scratch_trim } from './scratch'
import { put_utf8 } from './utf8'

// Text is UTF-8; positions and lengths that people see count code points.

// @ts-ignore: AssemblyScript's decorator
@inline
export function is_continuation(byte: u32): bool {
  return (byte & 0xc0) == 0x80
}

/** Code points: bytes that do not continue one. */
export function string_length(ptr: u32, len: u32): i64 {
  let count: i64 = 0
  let i: u32 = 0
  for (; i + 8 <= len; i += 8) {
    const word = load<u64>(ptr + i)
    // a byte continues when its top bits are 10
    count += 8 - <i64>popcnt((word >> 7) & ~(word >> 6) & 0x0101010101010101)
  }
  for (; i < len; i++) count += i64(!is_continuation(load<u8>(ptr + i)))
  return count
}

export function bytes_length(_ptr: u32, len: u32): i64 {
  return len
}

export function bytes_bit_length(_ptr: u32, len: u32): i64 {
  return <i64>len * 8
}

export function is_ascii(ptr: u32, len: u32): bool {
  let i: u32 = 0
  for (; i + 8 <= len; i += 8) if (load<u64>(ptr + i) & 0x8080808080808080) return false
  for (; i < len; i++) if (load<u8>(ptr + i) & 0x80) return false
  return true
}

/** The byte offset of the n-th code point (from 0), at most `len`. */
function offset_of(ptr: u32, len: u32, n: i64): u32 {
  let left = n
  let i: u32 = 0
  while (i < len) {
    if (!is_continuation(load<u8>(ptr + i))) {
      if (left == 0) return i
      left--
    }
    i++
  }
  return len
}

/** Bytes that the code point beginning at `ptr` takes. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function point_bytes(first: u32): u32 {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** Code points `start` (from 0) up to but without `stop`. */
export function slice(ptr: u32, len: u32, start: i64, stop: i64): u64 {
  if (stop <= start) return pack(ptr, 0)
  const from = offset_of(ptr, len, start)
  const size = offset_of(ptr + from, len - from, stop - start)
  return pack(ptr + from, size)
}

const FAR: i64 = 1 << 40

export function clamp(value: i64): i64 {
  return max(min(value, FAR), -FAR)
}

/** SQL's substring: 1 is the first character, negative starts count from the end, a negative length goes backwards. */
export function string_substring(_thread: u32, ptr: u32, len: u32, start: i64, count: i64): u64 {
  const size = clamp(count)
  let from = clamp(start)
  if (from < 0) {
    const total = string_length(ptr, len)
    from += total
    if (from < 0 && size < 0) return pack(ptr, 0)
  } else {
    from--
  }
  let stop = from + size
  if (size < 0) {
    const swap = from
    from = stop
    stop = swap
  }
  return slice(ptr, len, max(from, 0), max(stop, 0))
}

export function string_substring_from(thread: u32, ptr: u32, len: u32, start: i64): u64 {
  return string_substring(thread, ptr, len, start, FAR)
}

/** Polars' slice: 0 is the first character. */
export function string_slice(_thread: u32, ptr: u32, len: u32, offset: i64, count: i64): u64 {
  let from = clamp(offset)
  const size = max(clamp(count), 0)
  if (from < 0) from += string_length(ptr, len)
  const stop = from + size
  return slice(ptr, len, max(from, 0), max(stop, 0))
}

export function string_slice_from(thread: u32, ptr: u32, len: u32, offset: i64): u64 {
  return string_slice(thread, ptr, len, offset, FAR)
}

export function string_left(_thread: u32, ptr: u32, len: u32, count: i64): u64 {
  const size = clamp(count)
  return slice(ptr, len, 0, size >= 0 ? size : string_length(ptr, len) + size)
}

export function string_right(_thread: u32, ptr: u32, len: u32, count: i64): u64 {
  const size = clamp(count)
  const total = string_length(ptr, len)
  return slice(ptr, len, size >= 0 ? max(total - size, 0) : -size, total)
}

export function string_concat(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): u64 {
  if (bLen == 0) return pack(a, aLen)
  if (aLen == 0) return pack(b, bLen)
  const target = scratch_allocate_wide(thread, <u64>aLen + bLen)
  memory.copy(target, a, aLen)
  memory.copy(target + aLen, b, bLen)
  return pack(target, aLen + bLen)
}

/** Changes the case of ASCII letters between `first` and `first` + 25. */
function flip_ascii(thread: u32, ptr: u32, len: u32, first: u32): u64 {
  const target = scratch_allocate(thread, len)
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    store<u8>(target + i, char - first < 26 ? char ^ 32 : char)
  }
  return pack(target, len)
}

function map_case(thread: u32, ptr: u32, len: u32, mapping: i32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 3 + 16)
  const written = host_map_case(ptr, len, mapping, target)
  scratch_trim(thread, target, written)
  return pack(target, written)
}

export function string_lower(thread: u32, ptr: u32, len: u32): u64 {
  return is_ascii(ptr, len) ? flip_ascii(thread, ptr, len, 65) : map_case(thread, ptr, len, 0)
}

export function string_upper(thread: u32, ptr: u32, len: u32): u64 {
  return is_ascii(ptr, len) ? flip_ascii(thread, ptr, len, 97) : map_case(thread, ptr, len, 1)
}

export function string_initcap(thread: u32, ptr: u32, len: u32): u64 {
  return map_case(thread, ptr, len, 2)
}

/** 1 for the first character; 0 when it does not occur. */
export function string_position(ptr: u32, len: u32, needle: u32, needleLen: u32): i64 {
  if (needleLen == 0) return 1
  const at = find(ptr, len, needle, needleLen, 0)
  return at == len ? 0 : string_length(ptr, at) + 1
}

export function string_contains(ptr: u32, len: u32, needle: u32, needleLen: u32): i32 {
  return i32(needleLen == 0 || find(ptr, len, needle, needleLen, 0) < len)
}

export function string_starts_with(ptr: u32, len: u32, prefix: u32, prefixLen: u32): i32 {
  return len < prefixLen ? 0 : bytes_equal(ptr, prefix, prefixLen)
}

export function string_ends_with(ptr: u32, len: u32, suffix: u32, suffixLen: u32): i32 {
  return len < suffixLen ? 0 : bytes_equal(ptr + len - suffixLen, suffix, suffixLen)
}

function count_occurrences(ptr: u32, len: u32, needle: u32, needleLen: u32): u32 {
  if (needleLen == 0) return 0
  let count: u32 = 0
  let at = find(ptr, len, needle, needleLen, 0)
  while (at < len) {
    count++
    at = find(ptr, len, needle, needleLen, at + needleLen)
  }
  return count
}

export function string_count(ptr: u32, len: u32, needle: u32, needleLen: u32): i64 {
  return count_occurrences(ptr, len, needle, needleLen)
}

function replace_some(thread: u32, ptr: u32, len: u32, needle: u32, needleLen: u32, by: u32, byLen: u32, most: u32): u64 {
  const count = min(count_occurrences(ptr, len, needle, needleLen), most)
  if (count == 0) return pack(ptr, len)
  const wanted = <u64>(len - count * needleLen) + <u64>count * byLen
  const size = <u32>wanted
  const target = scratch_allocate_wide(thread, wanted)
  let from: u32 = 0
  let to = target
  for (let i: u32 = 0; i < count; i++) {
    const at = find(ptr, len, needle, needleLen, from)
    memory.copy(to, ptr + from, at - from)
    to += at - from
    memory.copy(to, by, byLen)
    to += byLen
    from = at + needleLen
  }
  memory.copy(to, ptr + from, len - from)
  return pack(target, size)
}

export function string_replace(thread: u32, ptr: u32, len: u32, needle: u32, needleLen: u32, by: u32, byLen: u32): u64 {
  return replace_some(thread, ptr, len, needle, needleLen, by, byLen, u32.MAX_VALUE)
}

export function string_replace_first(thread: u32, ptr: u32, len: u32, needle: u32, needleLen: u32, by: u32, byLen: u32): u64 {
  return replace_some(thread, ptr, len, needle, needleLen, by, byLen, 1)
}

/** The place of a code point (`size` bytes at `point`) among those of a set; -1 when it is not there. */
export function place_in(set: u32, setLen: u32, point: u32, size: u32): i32 {
  let place = 0
  let i: u32 = 0
  while (i < setLen) {
    const bytes = point_bytes(load<u8>(set + i))
    if (bytes == size && i + bytes <= setLen && bytes_equal(set + i, point, size)) return place
    i += bytes
    place++
  }
  return -1
}

export function string_translate(thread: u32, ptr: u32, len: u32, from: u32, fromLen: u32, to: u32, toLen: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 4)
  let written = target
  let i: u32 = 0
  while (i < len) {
    const size = min(point_bytes(load<u8>(ptr + i)), len - i)
    const place = place_in(from, fromLen, ptr + i, size)
    if (place < 0) {
      memory.copy(written, ptr + i, size)
      written += size
    } else {
      const at = offset_of(to, toLen, place)
      if (at < toLen) {
        const bytes = min(point_bytes(load<u8>(to + at)), toLen - at)
        memory.copy(written, to + at, bytes)
        written += bytes
      }
    }
    i += size
  }
  scratch_trim(thread, target, written - target)
  return pack(target, written - target)
}

/** Pieces count from 1, negative ones from the end; an empty text beyond. Without a separator every character is one. */
export function string_split_part(_thread: u32, ptr: u32, len: u32, separator: u32, separatorLen: u32, n: i64): u64 {
  if (separatorLen == 0) {
    const from = n < 0 ? string_length(ptr, len) + n : n - 1
    return n == 0 || from < 0 ? pack(ptr, 0) : slice(ptr, len, from, from + 1)
  }
  const pieces = <i64>count_occurrences(ptr, len, separator, separatorLen) + 1
  const wanted = n < 0 ? pieces + n : n - 1
  if (n == 0 || wanted < 0 || wanted >= pieces) return pack(ptr, 0)
  let from: u32 = 0
  for (let i: i64 = 0; i < wanted; i++) from = find(ptr, len, separator, separatorLen, from) + separatorLen
  return pack(ptr + from, find(ptr, len, separator, separatorLen, from) - from)
}

/** A list of texts, each a pointer and a length into the text; without a separator every character is one. */
export function string_split(thread: u32, ptr: u32, len: u32, separator: u32, separatorLen: u32): u64 {
  const count = separatorLen ? count_occurrences(ptr, len, separator, separatorLen) + 1 : max(<u32>string_length(ptr, len), 1)
  const items = scratch_allocate(thread, count * 9)
  let from: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const stop = separatorLen
      ? find(ptr, len, separator, separatorLen, from)
      : from + (len ? min(point_bytes(load<u8>(ptr + from)), len - from) : 0)
    store<u32>(items + 8 * i, ptr + from)
    store<u32>(items + 8 * i, stop - from, 4)
    from = stop + separatorLen
  }
  memory.fill(items + 8 * count, 1, count)
  return pack(items, count)
}

export function string_reverse(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, len)
  let i: u32 = 0
  while (i < len) {
    const size = min(point_bytes(load<u8>(ptr + i)), len - i)
    memory.copy(target + len - i - size, ptr + i, size)
    i += size
  }
  return pack(target, len)
}

export function string_repeat(thread: u32, ptr: u32, len: u32, count: i64): u64 {
  if (count <= 0 || len == 0) return pack(ptr, 0)
  const times = <u32>min<i64>(count, u32.MAX_VALUE)
  const target = scratch_allocate_wide(thread, <u64>times * len)
  const bytes = times * len
  memory.copy(target, ptr, len)
  // what is there is copied behind itself, twice as much each time
  for (let done = len; done < bytes; ) {
    const more = min(done, bytes - done)
    memory.copy(target + done, target, more)
    done += more
  }
  return pack(target, bytes)
}

export function string_code_point(ptr: u32, len: u32, ofEmpty: i32): i32 {
  if (len == 0) return ofEmpty
  const first = <u32>load<u8>(ptr)
  const size = point_bytes(first)
  if (size == 1 || size > len) return first
  let point = first & (0x7f >> size)
  for (let i: u32 = 1; i < size; i++) point = (point << 6) | (<u32>load<u8>(ptr + i) & 63)
  return point
}

export function string_from_code_point(thread: u32, point: i32): u64 {
  const buffer = scratch_allocate(thread, 8)
  const code = <u32>point
  if (point < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    say(2)
    return pack(buffer, 0)
  }
  return pack(buffer, put_utf8(buffer, code) - buffer)
}

/** The character at a position, 1 being the first and -1 the last; an empty text beyond. */
export function string_extract(thread: u32, ptr: u32, len: u32, position: i64): u64 {
  if (position == 0) return pack(ptr, 0)
  if (position < 0 && -position > string_length(ptr, len)) return pack(ptr, 0)
  return string_substring(thread, ptr, len, position, 1)
}

/** Characters from one position to another, both included, as lists are cut. */
export function string_slice_positions(_thread: u32, ptr: u32, len: u32, begin: i64, end: i64): u64 {
  const total = string_length(ptr, len)
  const from = begin < 0 ? max(begin + total, 0) : max(begin - 1, 0)
  const to = end < 0 ? end + total + 1 : min(end, total)
  return slice(ptr, len, from, to)
}

/** Replaces so many characters from a position on. */
export function string_overlay_length(thread: u32, ptr: u32, len: u32, by: u32, byLen: u32, start: i64, count: i64): u64 {
  const from = max(start - 1, 0)
  const head = slice(ptr, len, 0, from)
  const tail = slice(ptr, len, max(from + count, 0), FAR)
  const joined = string_concat(thread, <u32>head, <u32>(head >> 32), by, byLen)
  return string_concat(thread, <u32>joined, <u32>(joined >> 32), <u32>tail, <u32>(tail >> 32))
}

export function string_overlay(thread: u32, ptr: u32, len: u32, by: u32, byLen: u32, start: i64): u64 {
  return string_overlay_length(thread, ptr, len, by, byLen, start, string_length(by, byLen))
}
