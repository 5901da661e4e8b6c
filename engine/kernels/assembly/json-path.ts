import { bytes_equal } from './bytes'
import {
  begin,
  enter_members,
  key_end,
  move_to,
  next_member,
  peek,
  place,
  skip_blanks,
  skip_key,
  skip_value,
} from './json-cursor'
import { has_escape, unescape } from './json-text'
import { is_digit } from './number-text'
import { say } from './outcome'
import { scratch_allocate_wide, scratch_trim } from './scratch'

/** The path is not one. */
const BAD_PATH: i32 = 3

// The value that was found.
let found: u32 = 0
let foundEnd: u32 = 0

/** Passes over the value at the place and makes it what was found. */
export function find_here(): void {
  skip_blanks()
  found = place()
  skip_value()
  foundEnd = place()
}

/** Where what was found begins. */
export function found_from(): u32 {
  return found
}

export function found_to(): u32 {
  return foundEnd
}

/** Whether the string between two quotes says this key. */
function says(thread: u32, from: u32, to: u32, key: u32, keyLen: u32): bool {
  if (!has_escape(from, to)) return to - from == keyLen && bytes_equal(from, key, keyLen) != 0
  const text = <u32>scratch_allocate_wide(thread, to - from + 1)
  const length = unescape(text, from, to) - text
  const same = length == keyLen && bytes_equal(text, key, keyLen) != 0
  scratch_trim(thread, text, 0)
  return same
}

/** From the value at the place to the member of that key. */
export function step_to_key(thread: u32, key: u32, keyLen: u32): bool {
  skip_blanks()
  if (peek() != 123) return false
  enter_members()
  while (peek() != 125) {
    const from = place()
    skip_key()
    if (says(thread, from + 1, key_end() - 1, key, keyLen)) return true
    skip_value()
    next_member()
  }
  return false
}

/** Items of the list at the place, which stays there; 0 for any other value. */
export function count_items(): u32 {
  const start = place()
  skip_blanks()
  let count: u32 = 0
  if (peek() == 91) {
    enter_members()
    while (peek() != 93) {
      skip_value()
      count++
      next_member()
    }
  }
  move_to(start)
  return count
}

/** From the value at the place to an item; negative places count from the end. */
export function step_to_item(index: i64): bool {
  skip_blanks()
  if (peek() != 91) return false
  let left = index < 0 ? index + count_items() : index
  if (left < 0) return false
  enter_members()
  while (peek() != 93) {
    if (left-- == 0) return true
    skip_value()
    next_member()
  }
  return false
}

// The step of a path that was read last: a key, or an item's place.
let stepKey: u32 = 0
let stepLength: u32 = 0
let stepIndex: i64 = 0
let stepLeads: bool = false

/** Reads the key behind a dot, `a` or `"a"`. Where it ends; 0 when it is none. */
export function read_key(path: u32, pathEnd: u32): u32 {
  let p = path
  const isQuoted = p < pathEnd && load<u8>(p) == 34
  if (isQuoted) p++
  stepKey = p
  while (p < pathEnd) {
    const next = load<u8>(p)
    if (isQuoted ? next == 34 : next == 46 || next == 91) break
    p++
  }
  stepLength = p - stepKey
  if (isQuoted) return p < pathEnd ? p + 1 : 0
  return stepLength == 0 || (stepLength == 1 && load<u8>(stepKey) == 42) ? 0 : p
}

/** Reads the place behind a bracket, and the bracket that closes: `0]`, `-1]`, `#-1]`, or `#]`, where nothing is. */
export function read_index(path: u32, pathEnd: u32): u32 {
  let p = path
  const isBack = p < pathEnd && load<u8>(p) == 35
  if (isBack) p++
  const isNegative = p < pathEnd && load<u8>(p) == 45
  if (isNegative) p++
  const from = p
  stepIndex = 0
  stepLeads = isNegative || !isBack
  if (stepLeads) {
    while (p < pathEnd && is_digit(load<u8>(p)) && p - from < 18) stepIndex = stepIndex * 10 + (load<u8>(p++) - 48)
  }
  if (isNegative) stepIndex = -stepIndex
  return (p == from && !isBack) || p >= pathEnd || load<u8>(p) != 93 ? 0 : p + 1
}

/** From the value at the place to the member that `read_key` read. */
export function take_key(thread: u32): bool {
  return step_to_key(thread, stepKey, stepLength)
}

/** From the value at the place to the item that `read_index` read. */
export function take_item(): bool {
  return stepLeads && step_to_item(stepIndex)
}

/** Goes where a path leads: `$.a."b"[0][#-1]`, `/a/0`, or a key as it is; one that is empty leads to the whole. */
function follow(thread: u32, path: u32, pathLen: u32): bool {
  const pathEnd = path + pathLen
  if (pathLen == 0) return true
  if (load<u8>(path) != 36 && load<u8>(path) != 47) return step_to_key(thread, path, pathLen)
  let p = path
  if (load<u8>(p) == 47) {
    while (p < pathEnd) {
      const from = ++p
      while (p < pathEnd && load<u8>(p) != 47) p++
      if (!step_by_pointer(thread, from, p)) return false
    }
    return true
  }
  p++
  let leads = true
  while (p < pathEnd) {
    const char = load<u8>(p++)
    if (char == 46) {
      p = read_key(p, pathEnd)
      leads = leads && p != 0 && take_key(thread)
    } else if (char == 91) {
      p = read_index(p, pathEnd)
      leads = leads && p != 0 && take_item()
    } else return bad_path()
    if (p == 0) return bad_path()
  }
  return leads
}

export function bad_path(): bool {
  say(BAD_PATH)
  return false
}

/** One step of a JSON pointer, whose `~1` and `~0` are a slash and a tilde. */
function step_by_pointer(thread: u32, from: u32, to: u32): bool {
  skip_blanks()
  if (peek() == 91) {
    let index: i64 = 0
    for (let i = from; i < to; i++) {
      if (!is_digit(load<u8>(i)) || to - from > 18) return false
      index = index * 10 + (load<u8>(i) - 48)
    }
    return to > from && step_to_item(index)
  }
  const key = <u32>scratch_allocate_wide(thread, to - from + 1)
  let length: u32 = 0
  for (let i = from; i < to; i++) {
    let char = load<u8>(i)
    if (char == 126 && i + 1 < to) char = load<u8>(++i) == 49 ? 47 : 126
    store<u8>(key + length++, char)
  }
  return step_to_key(thread, key, length)
}

/** Where a path leads in a document; false, and an outcome, when nowhere. */
export function locate(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): bool {
  if (!begin(ptr, len)) return false
  if (!follow(thread, path, pathLen)) return false
  find_here()
  return true
}

export function locate_item(ptr: u32, len: u32, index: i64): bool {
  if (!begin(ptr, len) || !step_to_item(index)) return false
  find_here()
  return true
}
