import { bytes_compare } from './bytes'
import { jsonb_blanks, jsonb_said, jsonb_same, jsonb_string_end, jsonb_value_end } from './jsonb'
import { json_valid } from './json-cursor'
import { put_string } from './json-text'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

// What makes JSONB, in the form that `jsonb.ts` says.

const NULL: i32 = 1
const MALFORMED: i32 = 2

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
  at = jsonb_blanks(at)
  const first = load<u8>(at)
  if (first == 123) return put_object(thread, target, at, end)
  if (first == 91) {
    store<u8>(target++, 91)
    at = jsonb_blanks(at + 1)
    let isFirst = true
    while (load<u8>(at) != 93) {
      if (!isFirst) {
        store<u16>(target, 0x202c)
        target += 2
      }
      isFirst = false
      target = put_normal(thread, target, at, end)
      at = jsonb_blanks(read)
      if (load<u8>(at) == 44) at = jsonb_blanks(at + 1)
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
  const start = jsonb_blanks(at + 1)
  let count: u32 = 0
  for (at = start; load<u8>(at) != 125; count++) {
    at = jsonb_blanks(jsonb_string_end(at)) + 1
    at = jsonb_blanks(jsonb_value_end(jsonb_blanks(at), end))
    if (load<u8>(at) == 44) at = jsonb_blanks(at + 1)
  }
  const close = at
  const members = scratch_allocate_wide(thread, <u64>count * MEMBER)
  at = start
  for (let i: u32 = 0; i < count; i++) {
    const member = members + MEMBER * i
    const to = jsonb_string_end(at)
    store<u64>(member, jsonb_said(thread, at, to))
    at = jsonb_blanks(jsonb_blanks(to) + 1)
    store<u32>(member, at, 8)
    store<u32>(member, i, 12)
    at = jsonb_blanks(jsonb_value_end(at, end))
    if (load<u8>(at) == 44) at = jsonb_blanks(at + 1)
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
