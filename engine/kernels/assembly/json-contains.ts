import { bytes_equal } from './bytes'
import { begin, enter, enter_members, key_end, next_member, pass_member, peek, place, skip_key, skip_value } from './json-cursor'
import { find_here, found_from, found_to } from './json-path'
import { written } from './json-write'

// Both documents are written anew first, so that equal values are equal bytes.

let hayEnd: u32 = 0
let needleEnd: u32 = 0

function value_end(from: u32, end: u32): u32 {
  enter(from, end)
  skip_value()
  return place()
}

/** Whether the values are equal, but that what is searched may have more members, and its items in any order. */
function holds(hay: u32, needle: u32): bool {
  const first = load<u8>(needle)
  if (load<u8>(hay) != first) return false
  if (first == 91) {
    enter(needle, needleEnd)
    enter_members()
    while (peek() != 93) {
      const item = place()
      if (!some_item(hay, item)) return false
      pass_member(item, needleEnd)
    }
    return true
  }
  if (first == 123) {
    enter(needle, needleEnd)
    enter_members()
    while (peek() != 125) {
      const key = place()
      skip_key()
      const value = place()
      const own = member_of(hay, key, key_end())
      if (own == 0 || !holds(own, value)) return false
      pass_member(value, needleEnd)
    }
    return true
  }
  const length = value_end(needle, needleEnd) - needle
  return value_end(hay, hayEnd) - hay == length && bytes_equal(hay, needle, length) != 0
}

function some_item(hay: u32, needle: u32): bool {
  enter(hay, hayEnd)
  enter_members()
  while (peek() != 93) {
    const item = place()
    if (holds(item, needle)) return true
    pass_member(item, hayEnd)
  }
  return false
}

function member_of(hay: u32, key: u32, keyEnd: u32): u32 {
  enter(hay, hayEnd)
  enter_members()
  while (peek() != 125) {
    const from = place()
    skip_key()
    if (key_end() - from == keyEnd - key && bytes_equal(from, key, keyEnd - key)) return place()
    skip_value()
    next_member()
  }
  return 0
}

/** Whether the value, or one in it at any depth, holds the other. */
function contains(hay: u32, needle: u32): bool {
  if (holds(hay, needle)) return true
  const first = load<u8>(hay)
  if (first != 123 && first != 91) return false
  const close: u32 = first == 123 ? 125 : 93
  enter(hay, hayEnd)
  enter_members()
  while (peek() != close) {
    if (close == 125) skip_key()
    const value = place()
    if (contains(value, needle)) return true
    pass_member(value, hayEnd)
  }
  return false
}

export function json_contains(thread: u32, ptr: u32, len: u32, needle: u32, needleLen: u32): i32 {
  if (!begin(ptr, len)) return 0
  find_here()
  const hay = written(thread, found_from(), found_to())
  if (!begin(needle, needleLen)) return 0
  find_here()
  const wanted = written(thread, found_from(), found_to())
  hayEnd = <u32>hay + <u32>(hay >> 32)
  needleEnd = <u32>wanted + <u32>(wanted >> 32)
  return i32(contains(<u32>hay, <u32>wanted))
}
