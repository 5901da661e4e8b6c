import { bytes_compare, bytes_equal } from './bytes'
import { json_valid } from './json-cursor'
import { has_escape, put_string, unescape } from './json-text'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

// JSONB: JSON in PostgreSQL's normal form. A blank follows each comma and colon; the keys of an object are there once,
// the shorter before the longer and those of one length in the order of their bytes; numbers have no exponent. What the
// kernels here are given is in that form, but for `jsonb_normal`, which makes it.

const NULL: i32 = 1
const MALFORMED: i32 = 2

// @ts-ignore: AssemblyScript's decorator
@inline
function is_blank(char: u32): bool {
  return char == 32 || char == 10 || char == 13 || char == 9
}

function blanks(at: u32): u32 {
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

/** The exponents that are written out. */
const MOST_EXPONENT: i32 = 24

/** A number without an exponent, unless that is far from 0; returns the end. */
function put_number(target: u32, from: u32, to: u32): u32 {
  let mark = from
  while (mark < to && (load<u8>(mark) | 32) != 101) mark++
  if (mark == to) {
    const isMinusZero = to - from == 2 && load<u16>(from) == 0x302d
    memory.copy(target, isMinusZero ? from + 1 : from, isMinusZero ? 1 : to - from)
    return target + (isMinusZero ? 1 : to - from)
  }
  let exponent: i32 = 0
  const isNegative = load<u8>(mark + 1) == 45
  for (let i = mark + 1; i < to; i++) {
    const digit = <i32>load<u8>(i) - 48
    if (digit >= 0 && exponent < 10000) exponent = exponent * 10 + digit
  }
  if (exponent > MOST_EXPONENT) {
    memory.copy(target, from, to - from)
    return target + (to - from)
  }
  if (isNegative) exponent = -exponent
  if (load<u8>(from) == 45) store<u8>(target++, load<u8>(from++))
  let whole = from
  while (whole < mark && load<u8>(whole) != 46) whole++
  const digits = whole < mark ? mark - from - 1 : mark - from
  // places before the point
  const point = <i32>(whole - from) + exponent
  if (point <= 0) {
    store<u16>(target, 0x2e30)
    target += 2
    for (let i = point; i < 0; i++) store<u8>(target++, 48)
  }
  let written: i32 = 0
  let isLeading = point > 0
  for (let i: i32 = 0; i < max<i32>(digits, point); i++) {
    if (i == point && point > 0) {
      if (!written) store<u8>(target++, 48)
      store<u8>(target++, 46)
      isLeading = false
    }
    const place = from + i + (from + i >= whole ? 1 : 0)
    const digit: u32 = i < <i32>digits ? <u32>load<u8>(place) : 48
    if (isLeading && digit == 48 && i + 1 < point) continue
    isLeading = false
    store<u8>(target++, digit)
    written++
  }
  return target
}

/** Where `put_normal` stopped reading. */
let read: u32 = 0

/** Writes the valid value at `at` in normal form; returns the end. */
function put_normal(thread: u32, target: u32, at: u32, end: u32): u32 {
  at = blanks(at)
  const first = load<u8>(at)
  if (first == 123) return put_object(thread, target, at, end)
  if (first == 91) {
    store<u8>(target++, 91)
    at = blanks(at + 1)
    let isFirst = true
    while (load<u8>(at) != 93) {
      if (!isFirst) {
        store<u16>(target, 0x202c)
        target += 2
      }
      isFirst = false
      target = put_normal(thread, target, at, end)
      at = blanks(read)
      if (load<u8>(at) == 44) at = blanks(at + 1)
    }
    store<u8>(target, 93)
    read = at + 1
    return target + 1
  }
  read = jsonb_value_end(at, end)
  if (first == 34) {
    const text = jsonb_said(thread, at, read)
    return put_string(target, <u32>text, <u32>(text >> 32))
  }
  if (first == 45 || first - 48 < 10) return put_number(target, at, read)
  memory.copy(target, at, read - at)
  return target + (read - at)
}

/** A member of an object: its key, where its value begins, and its place in the text. */
const MEMBER: u32 = 16

function is_before(a: u32, b: u32): bool {
  const lengths = <i32>load<u32>(a, 4) - <i32>load<u32>(b, 4)
  if (lengths) return lengths < 0
  const order = bytes_compare(load<u32>(a), load<u32>(a, 4), load<u32>(b), load<u32>(b, 4))
  return order ? order < 0 : load<u32>(a, 12) < load<u32>(b, 12)
}

/** By key, with members of one key in the order of the text. */
function sort_members(members: u32, count: u32): void {
  let gap: u32 = 1
  while (gap * 3 + 1 < count) gap = gap * 3 + 1
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < count; i++) {
      let j = i
      while (j >= gap && is_before(members + MEMBER * j, members + MEMBER * (j - gap))) {
        const a = members + MEMBER * j
        const b = members + MEMBER * (j - gap)
        const low = load<u64>(a)
        const high = load<u64>(a, 8)
        store<u64>(a, load<u64>(b))
        store<u64>(a, load<u64>(b, 8), 8)
        store<u64>(b, low)
        store<u64>(b, high, 8)
        j -= gap
      }
    }
  }
}

function put_object(thread: u32, target: u32, at: u32, end: u32): u32 {
  const start = blanks(at + 1)
  let count: u32 = 0
  for (at = start; load<u8>(at) != 125; count++) {
    at = blanks(jsonb_string_end(at)) + 1
    at = blanks(jsonb_value_end(blanks(at), end))
    if (load<u8>(at) == 44) at = blanks(at + 1)
  }
  const close = at
  const members = scratch_allocate_wide(thread, <u64>count * MEMBER)
  at = start
  for (let i: u32 = 0; i < count; i++) {
    const member = members + MEMBER * i
    const to = jsonb_string_end(at)
    store<u64>(member, jsonb_said(thread, at, to))
    at = blanks(blanks(to) + 1)
    store<u32>(member, at, 8)
    store<u32>(member, i, 12)
    at = blanks(jsonb_value_end(at, end))
    if (load<u8>(at) == 44) at = blanks(at + 1)
  }
  sort_members(members, count)
  store<u8>(target++, 123)
  let isFirst = true
  for (let i: u32 = 0; i < count; i++) {
    const member = members + MEMBER * i
    const key = load<u32>(member)
    const length = load<u32>(member, 4)
    // of equal keys the last one counts
    if (i + 1 < count && jsonb_same(key, length, load<u32>(member + MEMBER), load<u32>(member + MEMBER, 4))) continue
    if (!isFirst) {
      store<u16>(target, 0x202c)
      target += 2
    }
    isFirst = false
    target = put_string(target, key, length)
    store<u16>(target, 0x203a)
    target = put_normal(thread, target + 2, load<u32>(member, 8), end)
  }
  store<u8>(target, 125)
  read = close + 1
  return target + 1
}

/** Any JSON in normal form. */
export function jsonb_normal(thread: u32, ptr: u32, len: u32): u64 {
  if (!json_valid(ptr, len)) {
    say(MALFORMED)
    return 0
  }
  // numbers grow by their exponents, strings by their escapes
  const target = scratch_allocate_wide(thread, <u64>len * 8 + 64)
  const last = put_normal(thread, target, ptr, ptr + len)
  return pack(target, last - target)
}

/** As `jsonb_normal`, of a text that may be no JSON: NULL is said then. */
export function jsonb_parse(thread: u32, ptr: u32, len: u32): u64 {
  if (json_valid(ptr, len)) return jsonb_normal(thread, ptr, len)
  say(NULL)
  return 0
}

/** The text of a float as JSON: what is no number is a string. */
export function jsonb_number(thread: u32, ptr: u32, len: u32): u64 {
  const first = load<u8>(len > 1 && load<u8>(ptr) == 45 ? ptr + 1 : ptr)
  if (first - 48 < 10) return pack(ptr, len)
  const target = scratch_allocate(thread, len + 2)
  return pack(target, put_string(target, ptr, len) - target)
}

/** The text of a timestamp as a JSON string in the form of ISO 8601. */
export function jsonb_timestamp(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, len + 8)
  let at = put_string(target, ptr, len) - 1
  for (let i = target; i < at; i++) {
    if (load<u8>(i) != 32) continue
    store<u8>(i, 84)
    break
  }
  // +00 becomes +00:00
  if (len > 3 && load<u8>(at - 3) == 43) {
    store<u8>(at, 58)
    store<u16>(at + 1, 0x3030)
    at += 3
  }
  store<u8>(at, 34)
  return pack(target, at + 1 - target)
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

