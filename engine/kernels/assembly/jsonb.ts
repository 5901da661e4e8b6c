import { bytes_equal } from './bytes'
import { has_escape, unescape } from './json-text'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

// JSONB: JSON in PostgreSQL's normal form. A blank follows each comma and colon; the keys of an object are there once,
// the shorter before the longer and those of one length in the order of their bytes; numbers have no exponent. What the
// kernels here are given is in that form, which `jsonb-normal.ts` makes.

const NULL: i32 = 1

// @ts-ignore: AssemblyScript's decorator
@inline
function is_blank(char: u32): bool {
  return char == 32 || char == 10 || char == 13 || char == 9
}

export function jsonb_blanks(at: u32): u32 {
  while (is_blank(load<u8>(at))) at++
  return at
}

/** Behind the string whose quote is at `at`. */
export function jsonb_string_end(at: u32): u32 {
  at++
  while (load<u8>(at) != 34) at += load<u8>(at) == 92 ? 2 : 1
  return at + 1
}

/** Behind the valid value at `at`. */
export function jsonb_value_end(at: u32, end: u32): u32 {
  let depth = 0
  do {
    const char = <u32>load<u8>(at)
    if (char == 34) {
      at = jsonb_string_end(at)
    } else if (char == 123 || char == 91) {
      depth++
      at++
    } else if (char == 125 || char == 93) {
      depth--
      at++
    } else {
      at++
      if (depth) continue
      // the rest of a number or a word
      while (at < end) {
        const next = <u32>load<u8>(at)
        if (next == 44 || next == 125 || next == 93 || is_blank(next)) break
        at++
      }
    }
  } while (depth)
  return at
}

/** Whether what is open at `at` has no member left; `at` is behind a blank. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function jsonb_is_close(at: u32): bool {
  return load<u8>(at) == 125 || load<u8>(at) == 93
}

export function jsonb_same(a: u32, aLen: u32, b: u32, bLen: u32): bool {
  return aLen == bLen && bytes_equal(a, b, aLen) != 0
}

/** What the string whose quotes are at the ends says. */
export function jsonb_said(thread: u32, from: u32, to: u32): u64 {
  if (!has_escape(from + 1, to - 1)) return pack(from + 1, to - from - 2)
  const text = scratch_allocate(thread, to - from)
  return pack(text, unescape(text, from + 1, to - 1) - text)
}

/** What a value says as text: of a string what it says. NULL, said, for null. */
function text_of(thread: u32, from: u32, to: u32): u64 {
  const first = load<u8>(from)
  if (first == 110) {
    say(NULL)
    return 0
  }
  return first == 34 ? jsonb_said(thread, from, to) : pack(from, to - from)
}

/** The value of a key; 0 when it is not there. */
export function jsonb_find_key(thread: u32, at: u32, end: u32, key: u32, keyLen: u32): u32 {
  if (load<u8>(at) != 123) return 0
  at++
  while (!jsonb_is_close(at)) {
    const to = jsonb_string_end(at)
    const said = jsonb_said(thread, at, to)
    const value = to + 2
    if (jsonb_same(<u32>said, <u32>(said >> 32), key, keyLen)) return value
    at = jsonb_value_end(value, end)
    if (load<u8>(at) == 44) at += 2
  }
  return 0
}

export function jsonb_count(at: u32, end: u32): i64 {
  if (load<u8>(at) != 91) return 0
  let count: i64 = 0
  at++
  while (!jsonb_is_close(at)) {
    at = jsonb_value_end(at, end)
    if (load<u8>(at) == 44) at += 2
    count++
  }
  return count
}

/** An item of a list, from 0 on, or below 0 from the end; 0 when it is not there. */
export function jsonb_find_item(at: u32, end: u32, index: i64): u32 {
  if (load<u8>(at) != 91) return 0
  if (index < 0) index += jsonb_count(at, end)
  if (index < 0) return 0
  at++
  while (!jsonb_is_close(at)) {
    if (index-- == 0) return at
    at = jsonb_value_end(at, end)
    if (load<u8>(at) == 44) at += 2
  }
  return 0
}

function found(at: u32, end: u32): u64 {
  if (at) return pack(at, jsonb_value_end(at, end) - at)
  say(NULL)
  return 0
}

function found_text(thread: u32, at: u32, end: u32): u64 {
  if (at) return text_of(thread, at, jsonb_value_end(at, end))
  say(NULL)
  return 0
}

export function jsonb_get(thread: u32, ptr: u32, len: u32, key: u32, keyLen: u32): u64 {
  return found(jsonb_find_key(thread, ptr, ptr + len, key, keyLen), ptr + len)
}

export function jsonb_get_text(thread: u32, ptr: u32, len: u32, key: u32, keyLen: u32): u64 {
  return found_text(thread, jsonb_find_key(thread, ptr, ptr + len, key, keyLen), ptr + len)
}

export function jsonb_get_item(_thread: u32, ptr: u32, len: u32, index: i64): u64 {
  return found(jsonb_find_item(ptr, ptr + len, index), ptr + len)
}

export function jsonb_get_item_text(thread: u32, ptr: u32, len: u32, index: i64): u64 {
  return found_text(thread, jsonb_find_item(ptr, ptr + len, index), ptr + len)
}

/** The place in a list that a step of a path names; `i64.MIN_VALUE` when it names none. */
export function jsonb_step_index(ptr: u32, len: u32): i64 {
  const isNegative = len > 0 && load<u8>(ptr) == 45
  let index: i64 = 0
  const from: u32 = isNegative ? 1 : 0
  if (len == from || len > 18) return i64.MIN_VALUE
  for (let i = from; i < len; i++) {
    const digit = <i64>load<u8>(ptr + i) - 48
    if (digit < 0 || digit > 9) return i64.MIN_VALUE
    index = index * 10 + digit
  }
  return isNegative ? -index : index
}

/** Where the steps of a path lead; 0 when nowhere. */
function follow(thread: u32, at: u32, end: u32, steps: u32, count: u32): u32 {
  for (let i: u32 = 0; i < count && at; i++) {
    if (!load<u8>(steps + 8 * count + i)) return 0
    const step = load<u32>(steps + 8 * i)
    const length = load<u32>(steps + 8 * i, 4)
    if (load<u8>(at) == 123) {
      at = jsonb_find_key(thread, at, end, step, length)
    } else {
      const index = jsonb_step_index(step, length)
      at = index == i64.MIN_VALUE ? 0 : jsonb_find_item(at, end, index)
    }
  }
  return at
}

export function jsonb_path(thread: u32, ptr: u32, len: u32, steps: u32, count: u32): u64 {
  return found(follow(thread, ptr, ptr + len, steps, count), ptr + len)
}

export function jsonb_path_text(thread: u32, ptr: u32, len: u32, steps: u32, count: u32): u64 {
  return found_text(thread, follow(thread, ptr, ptr + len, steps, count), ptr + len)
}

/** Whether a text is a key of an object, an item of a list, or the string. */
function has_text(thread: u32, at: u32, end: u32, text: u32, length: u32): bool {
  const first = load<u8>(at)
  if (first == 123) return jsonb_find_key(thread, at, end, text, length) != 0
  if (first == 34) {
    const said = jsonb_said(thread, at, end)
    return jsonb_same(<u32>said, <u32>(said >> 32), text, length)
  }
  if (first != 91) return false
  at++
  while (!jsonb_is_close(at)) {
    const to = jsonb_value_end(at, end)
    if (load<u8>(at) == 34) {
      const said = jsonb_said(thread, at, to)
      if (jsonb_same(<u32>said, <u32>(said >> 32), text, length)) return true
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  return false
}

export function jsonb_has(thread: u32, ptr: u32, len: u32, text: u32, length: u32): i32 {
  return has_text(thread, ptr, ptr + len, text, length) ? 1 : 0
}

/** Whether any of the texts is there, or with `all` every one. */
export function jsonb_has_some(thread: u32, ptr: u32, len: u32, texts: u32, count: u32, all: i32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(texts + 8 * count + i)) continue
    const isThere = has_text(thread, ptr, ptr + len, load<u32>(texts + 8 * i), load<u32>(texts + 8 * i, 4))
    if (isThere != (all != 0)) return isThere ? 1 : 0
  }
  return all
}

/** Whether a value holds another: an object its members, a list its items, each in any place; else they are equal. */
function holds(thread: u32, a: u32, aEnd: u32, b: u32, bEnd: u32): bool {
  const kind = load<u8>(b)
  if (kind == 123) {
    if (load<u8>(a) != 123) return false
    b++
    while (!jsonb_is_close(b)) {
      const to = jsonb_string_end(b)
      const key = jsonb_said(thread, b, to)
      const value = to + 2
      const valueEnd = jsonb_value_end(value, bEnd)
      const other = jsonb_find_key(thread, a, aEnd, <u32>key, <u32>(key >> 32))
      if (!other || !holds(thread, other, jsonb_value_end(other, aEnd), value, valueEnd)) return false
      b = load<u8>(valueEnd) == 44 ? valueEnd + 2 : valueEnd
    }
    return true
  }
  if (kind == 91) {
    if (load<u8>(a) != 91) return false
    b++
    while (!jsonb_is_close(b)) {
      const to = jsonb_value_end(b, bEnd)
      if (!has_item(thread, a, aEnd, b, to)) return false
      b = load<u8>(to) == 44 ? to + 2 : to
    }
    return true
  }
  return jsonb_same(a, aEnd - a, b, bEnd - b)
}

function has_item(thread: u32, list: u32, end: u32, item: u32, itemEnd: u32): bool {
  list++
  while (!jsonb_is_close(list)) {
    const to = jsonb_value_end(list, end)
    const sameKind = load<u8>(list) == load<u8>(item) || (load<u8>(item) != 123 && load<u8>(item) != 91)
    if (sameKind && holds(thread, list, to, item, itemEnd)) return true
    list = load<u8>(to) == 44 ? to + 2 : to
  }
  return false
}

export function jsonb_contains(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): i32 {
  const first = load<u8>(b)
  // a list holds a plain value that is one of its items
  if (load<u8>(a) == 91 && first != 123 && first != 91) return has_item(thread, a, a + aLen, b, b + bLen) ? 1 : 0
  return holds(thread, a, a + aLen, b, b + bLen) ? 1 : 0
}

/** The items of a list, or the values of an object, each as text. */
export function jsonb_item_texts(thread: u32, ptr: u32, len: u32): u64 {
  const end = ptr + len
  const isObject = load<u8>(ptr) == 123
  if (!isObject && load<u8>(ptr) != 91) return pack(scratch_allocate(thread, 8), 0)
  const list = scratch_allocate_wide(thread, <u64>len * 9 + 9)
  let count: u32 = 0
  for (let pass = 0; pass < 2; pass++) {
    const valid = list + 8 * count
    let index: u32 = 0
    let at = ptr + 1
    while (!jsonb_is_close(at)) {
      if (isObject) at = jsonb_string_end(at) + 2
      const to = jsonb_value_end(at, end)
      if (pass) {
        const isNull = load<u8>(at) == 110
        store<u64>(list + 8 * index, isNull ? 0 : text_of(thread, at, to))
        store<u8>(valid + index, isNull ? 0 : 1)
      }
      index++
      at = load<u8>(to) == 44 ? to + 2 : to
    }
    count = index
  }
  return pack(list, count)
}

