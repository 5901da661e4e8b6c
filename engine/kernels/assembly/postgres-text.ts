import { hex_value, small_hex_digit } from './hex'
import { is_space } from './number-text'
import { say } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'

// Values as PostgreSQL writes them: `{1,NULL,"a b"}`, `(1,,"a b")`, `\x0a`, `1 mon`; and the same read back.

/** The text is not such a value. */
const MALFORMED: i32 = 2

function is_null_word(ptr: u32, len: u32): bool {
  return len == 4 && (load<u32>(ptr) | 0x20202020) == 0x6c6c756e
}

/** Whether a text could be mistaken for what lists, or rows, are written with. */
function needs_quotes(ptr: u32, len: u32, isRow: bool): bool {
  if (!len || (!isRow && is_null_word(ptr, len))) return true
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    if (char == 34 || char == 92 || char == 44 || is_space(char)) return true
    if (isRow ? char == 40 || char == 41 : char == 123 || char == 125) return true
  }
  return false
}

/** In quotes; a quote or a backslash has a backslash before it in a list, and itself in a row. */
function put_quoted(target: u32, ptr: u32, len: u32, isRow: bool): u32 {
  store<u8>(target++, 34)
  for (let i: u32 = 0; i < len; i++) {
    const char = load<u8>(ptr + i)
    if (char == 34 || char == 92) store<u8>(target++, isRow ? char : 92)
    store<u8>(target++, char)
  }
  store<u8>(target++, 34)
  return target
}

function written(thread: u32, ptr: u32, count: u32, areLists: i32, isRow: bool): u64 {
  let size: u64 = <u64>count * 8 + 2
  for (let i: u32 = 0; i < count; i++) size += 2 * <u64>load<u32>(ptr + 8 * i, 4)
  const target = scratch_allocate_wide(thread, size)
  let at = target
  store<u8>(at++, isRow ? 40 : 123)
  for (let i: u32 = 0; i < count; i++) {
    if (i) store<u8>(at++, 44)
    const text = load<u32>(ptr + 8 * i)
    const len = load<u32>(ptr + 8 * i, 4)
    if (!load<u8>(ptr + 8 * count + i)) {
      if (isRow) continue
      store<u32>(at, 0x4c4c554e)
      at += 4
    } else if (!areLists && needs_quotes(text, len, isRow)) {
      at = put_quoted(at, text, len, isRow)
    } else {
      memory.copy(at, text, len)
      at += len
    }
  }
  store<u8>(at++, isRow ? 41 : 125)
  return pack(target, at - target)
}

/** A list of its items' texts; those of lists are never put in quotes. */
export function postgres_list(thread: u32, ptr: u32, count: u32, areLists: i32): u64 {
  return written(thread, ptr, count, areLists, false)
}

/** A row of its fields' texts. */
export function postgres_row(thread: u32, ptr: u32, count: u32): u64 {
  return written(thread, ptr, count, 0, true)
}

/** The text of a float: whole numbers without a point, infinities in full. */
export function postgres_float(thread: u32, ptr: u32, len: u32): u64 {
  if (len > 2 && load<u16>(ptr + len - 2) == 0x302e) return pack(ptr, len - 2)
  const isNegative = load<u8>(ptr) == 45
  const word = isNegative ? ptr + 1 : ptr
  const first = load<u8>(word)
  if (first == 110) {
    const nan = scratch_allocate_wide(thread, 8)
    store<u32>(nan, 0x004e614e)
    return pack(nan, 3)
  }
  if (first != 105) return pack(ptr, len)
  const target = scratch_allocate_wide(thread, 16)
  let at = target
  if (isNegative) store<u8>(at++, 45)
  store<u64>(at, 0x7974696e69666e49) // Infinity
  return pack(target, at + 8 - target)
}

/** The text of an interval: `mons` for `months`. */
export function postgres_interval(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, len)
  let at = target
  for (let i: u32 = 0; i < len; i++) {
    // the th of month
    if (load<u8>(ptr + i) == 116 && i + 1 < len && load<u8>(ptr + i + 1) == 104) i++
    else store<u8>(at++, load<u8>(ptr + i))
  }
  return pack(target, at - target)
}

/** Bytes as `\x0aff`. */
export function postgres_bytes(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 2 + 2)
  store<u16>(target, 0x785c)
  for (let i: u32 = 0; i < len; i++) {
    const byte = <u32>load<u8>(ptr + i)
    store<u8>(target + 2 * i + 2, small_hex_digit(byte >> 4))
    store<u8>(target + 2 * i + 3, small_hex_digit(byte & 15))
  }
  return pack(target, 2 * len + 2)
}

/** Bytes with a backslash and three octal digits for those that are not ASCII, and a backslash before a backslash. */
export function escape_bytes(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 4)
  let at = target
  for (let i: u32 = 0; i < len; i++) {
    const byte = <u32>load<u8>(ptr + i)
    if (byte == 0 || byte > 127) {
      store<u8>(at, 92)
      store<u8>(at + 1, 48 + (byte >> 6))
      store<u8>(at + 2, 48 + ((byte >> 3) & 7))
      store<u8>(at + 3, 48 + (byte & 7))
      at += 4
      continue
    }
    if (byte == 92) store<u8>(at++, 92)
    store<u8>(at++, byte)
  }
  return pack(target, at - target)
}

/** What `escape_bytes` writes. */
export function unescape_bytes(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, len)
  let at = target
  let i: u32 = 0
  while (i < len) {
    const char = load<u8>(ptr + i++)
    if (char != 92) {
      store<u8>(at++, char)
    } else if (i < len && load<u8>(ptr + i) == 92) {
      store<u8>(at++, 92)
      i++
    } else {
      if (i + 3 > len) {
        say(MALFORMED)
        return 0
      }
      let byte: u32 = 0
      for (let digit = 0; digit < 3; digit++) {
        const value = <u32>load<u8>(ptr + i++) - 48
        if (value > 7) say(MALFORMED)
        byte = (byte << 3) | (value & 7)
      }
      if (byte > 255) say(MALFORMED)
      store<u8>(at++, byte)
    }
  }
  return pack(target, at - target)
}

/** Bytes that a text stands for: hexadecimal digits behind `\x`, with blanks between bytes; otherwise as escaped. */
export function bytes_from_text(thread: u32, ptr: u32, len: u32): u64 {
  if (len < 2 || load<u16>(ptr) != 0x785c) return unescape_bytes(thread, ptr, len)
  const target = scratch_allocate_wide(thread, len)
  let at = target
  let i: u32 = 2
  while (i < len) {
    if (is_space(load<u8>(ptr + i))) {
      i++
      continue
    }
    const high = hex_value(load<u8>(ptr + i))
    const low: u32 = i + 1 < len ? hex_value(load<u8>(ptr + i + 1)) : 16
    if (high > 15 || low > 15) {
      say(MALFORMED)
      return 0
    }
    store<u8>(at++, (high << 4) | low)
    i += 2
  }
  return pack(target, at - target)
}

/** `{a, "b c", {d}}` as `["a", "b c", ["d"]]`, which casts to lists read. A text that begins otherwise stays. */
export function list_from_postgres(thread: u32, ptr: u32, len: u32): u64 {
  let i: u32 = 0
  while (i < len && is_space(load<u8>(ptr + i))) i++
  if (i == len || load<u8>(ptr + i) != 123) return pack(ptr, len)
  const target = scratch_allocate_wide(thread, <u64>len * 3 + 8)
  let at = target
  let depth = 0
  while (i < len) {
    const char = <u32>load<u8>(ptr + i)
    if (char == 123 || char == 125 || char == 44) {
      store<u8>(at++, char == 123 ? 91 : char == 125 ? 93 : 44)
      depth += char == 123 ? 1 : char == 125 ? -1 : 0
      i++
    } else if (is_space(char)) {
      i++
    } else if (char == 34) {
      const from = i++
      while (i < len && load<u8>(ptr + i) != 34) i += load<u8>(ptr + i) == 92 ? 2 : 1
      i++
      if (i > len) break
      memory.copy(at, ptr + from, i - from)
      at += i - from
    } else {
      const from = i
      let to = i
      while (i < len) {
        const next = <u32>load<u8>(ptr + i)
        if (next == 44 || next == 123 || next == 125) break
        i += next == 92 ? 2 : 1
        if (!is_space(next)) to = min(i, len)
      }
      if (is_null_word(ptr + from, to - from)) {
        store<u32>(at, 0x4c4c554e)
        at += 4
        continue
      }
      store<u8>(at++, 34)
      for (let j = from; j < to; j++) {
        if (load<u8>(ptr + j) == 34) store<u8>(at++, 92)
        store<u8>(at++, load<u8>(ptr + j))
      }
      store<u8>(at++, 34)
    }
  }
  if (depth != 0 || i != len) return pack(ptr, len)
  return pack(target, at - target)
}

function holds(set: u32, setLen: u32, byte: u8): bool {
  for (let i: u32 = 0; i < setLen; i++) if (load<u8>(set + i) == byte) return true
  return false
}

/** Without the bytes of a set at the sides: 1 the start, 2 the end, 3 both. */
export function bytes_trim(_thread: u32, ptr: u32, len: u32, set: u32, setLen: u32, sides: i32): u64 {
  let start = ptr
  let end = ptr + len
  if (sides & 1) while (start < end && holds(set, setLen, load<u8>(start))) start++
  if (sides & 2) while (end > start && holds(set, setLen, load<u8>(end - 1))) end--
  return pack(start, end - start)
}
