import { bytes_compare } from './bytes'
import { begin, enter_members, key_end, move_to, next_member, peek, place, skip_blanks, skip_key, skip_value } from './json-cursor'
import { count_items, find_here, found_from, found_to, locate, locate_item } from './json-path'
import { has_escape, put_double, put_string, unescape } from './json-text'
import { written, written_text } from './json-write'
import { say } from './outcome'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'

// JSON as text. Results are written as DuckDB writes them: without blanks, numbers in their shortest form, and with no
// escapes but those that must be. A comma at the end of a list or an object is let pass, as DuckDB does.

const NULL: i32 = 1

export function json_extract(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return written(thread, found_from(), found_to())
}

export function json_extract_item(thread: u32, ptr: u32, len: u32, index: i64): u64 {
  say(NULL)
  if (!locate_item(ptr, len, index)) return 0
  say(0)
  return written(thread, found_from(), found_to())
}

export function json_extract_string(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return written_text(thread, found_from(), found_to())
}

export function json_extract_string_item(thread: u32, ptr: u32, len: u32, index: i64): u64 {
  say(NULL)
  if (!locate_item(ptr, len, index)) return 0
  say(0)
  return written_text(thread, found_from(), found_to())
}

/** What a whole document says, as `json_extract_string` has it. */
export function json_text(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return written_text(thread, found_from(), found_to())
}

export function json_exists(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): i32 {
  return locate(thread, ptr, len, path, pathLen) ? 1 : 0
}

/** The document without blanks. */
export function json_minify(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return written(thread, found_from(), found_to())
}

const TYPE_TEXTS: usize = memory.data<u8>([
  79, 66, 74, 69, 67, 84, 65, 82, 82, 65, 89, 86, 65, 82, 67, 72, 65, 82, 66, 79, 79, 76, 69, 65, 78, 78, 85, 76, 76, 85,
  66, 73, 71, 73, 78, 84, 68, 79, 85, 66, 76, 69,
])

// 18446744073709551615 and -9223372036854775808
const LAST_INTEGERS: usize = memory.data<u8>([
  49, 56, 52, 52, 54, 55, 52, 52, 48, 55, 51, 55, 48, 57, 53, 53, 49, 54, 49, 53, 45, 57, 50, 50, 51, 51, 55, 50, 48, 51,
  54, 56, 53, 52, 55, 55, 53, 56, 48, 56,
])

/** OBJECT, ARRAY, VARCHAR, BOOLEAN, NULL, UBIGINT, BIGINT or DOUBLE. */
export function type_of(found: u32, foundEnd: u32): u64 {
  const texts = <u32>TYPE_TEXTS
  switch (load<u8>(found)) {
    case 123:
      return pack(texts, 6)
    case 91:
      return pack(texts + 6, 5)
    case 34:
      return pack(texts + 11, 7)
    case 116:
    case 102:
      return pack(texts + 18, 7)
    case 110:
      return pack(texts + 25, 4)
  }
  for (let i = found; i < foundEnd; i++) {
    const char = load<u8>(i)
    if (char == 46 || (char | 32) == 101) return pack(texts + 36, 6)
  }
  const isNegative = load<u8>(found) == 45
  const length = foundEnd - found
  const last = <u32>LAST_INTEGERS + (isNegative ? 20 : 0)
  // an integer that no type holds is kept as it is written, and is a DOUBLE to DuckDB
  if (length > 20 || (length == 20 && bytes_compare(found, 20, last, 20) > 0)) return pack(texts + 36, 6)
  return isNegative ? pack(texts + 30, 6) : pack(texts + 29, 7)
}

export function json_type(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return type_of(found_from(), found_to())
}

export function json_type_at(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return type_of(found_from(), found_to())
}

export function json_array_length(ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? count_items() : 0
}

export function json_array_length_at(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  move_to(found_from())
  return count_items()
}

/**
 * The members of a list, or of an object: a list of texts that stay where they are, `keys` or values. An object's keys
 * with escapes are made anew. Any other value has none.
 */
function members(thread: u32, keys: bool): u64 {
  const start = place()
  const isObject = peek() == 123
  if (!isObject && (keys || peek() != 91)) return pack(<u32>scratch_allocate_wide(thread, 8), 0)
  const close: u32 = isObject ? 125 : 93
  let count: u32 = 0
  let list: u32 = 0
  for (let pass = 0; pass < 2; pass++) {
    move_to(start)
    enter_members()
    let index: u32 = 0
    while (peek() != close) {
      let from = place()
      if (isObject) {
        skip_key()
        const to = key_end()
        if (pass == 1 && keys) {
          let text = from + 1
          let length = to - from - 2
          if (has_escape(text, to - 1)) {
            text = <u32>scratch_allocate_wide(thread, length)
            length = unescape(text, from + 1, to - 1) - text
          }
          store<u32>(list + 8 * index, text)
          store<u32>(list + 8 * index, length, 4)
        }
      }
      from = place()
      skip_value()
      if (pass == 1 && !keys) {
        store<u32>(list + 8 * index, from)
        store<u32>(list + 8 * index, place() - from, 4)
      }
      index++
      next_member()
    }
    if (pass == 0) {
      count = index
      list = <u32>scratch_allocate_wide(thread, <u64>count * 9)
      memory.fill(list + 8 * count, 1, count)
    }
  }
  return pack(list, count)
}

export function json_keys(thread: u32, ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? members(thread, true) : 0
}

/** The items of a list, or the values of an object, as they are written. */
export function json_items(thread: u32, ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? members(thread, false) : 0
}

/** A text as a JSON string. */
export function json_string(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 6 + 2)
  const last = put_string(target, ptr, len)
  scratch_trim(thread, target, last - target)
  return pack(target, last - target)
}

export function json_double(thread: u32, value: f64): u64 {
  const target = scratch_allocate_wide(thread, 64)
  return pack(target, put_double(thread, target, value) - target)
}
