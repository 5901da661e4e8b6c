import { begin, enter_members, is_digit, move_to, next_member, peek, place, skip_blanks, skip_key, skip_value } from './json-cursor'
import { bad_path, step_to_item, step_to_key } from './json-path'
import { written, written_text } from './json-write'
import { say, take_outcome } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'

// Paths that lead to several values: `[*]` to the items of a list, `.*` to the members of an object, and `..key` or
// `**.key` to members at any depth.

let pathEnd: u32 = 0
/** Where the matches' beginnings and ends go; 0 while they are counted. */
let matches: u32 = 0
let matchCount: u32 = 0

function take_match(): void {
  skip_blanks()
  const from = place()
  skip_value()
  if (matches != 0) {
    store<u32>(matches + 8 * matchCount, from)
    store<u32>(matches + 8 * matchCount, place(), 4)
  }
  matchCount++
}

/** Runs on over every member of the value at the place: the items of a list, or the values of an object. */
function follow_members(thread: u32, p: u32, deep: bool): bool {
  skip_blanks()
  const isObject = peek() == 123
  if (!isObject && peek() != 91) return true
  const close: u32 = isObject ? 125 : 93
  enter_members()
  while (peek() != close) {
    if (isObject) skip_key()
    const from = place()
    if (!(deep ? follow_deep(thread, p) : follow_all(thread, p))) return false
    move_to(from)
    skip_value()
    next_member()
  }
  return true
}

/** The rest of the path from here, and from every member at any depth. */
function follow_deep(thread: u32, p: u32): bool {
  const from = place()
  if (!follow_all(thread, p)) return false
  move_to(from)
  return follow_members(thread, p, true)
}

/** Takes every value to which the rest of the path leads from the place. False for what is no path. */
function follow_all(thread: u32, p: u32): bool {
  if (p == pathEnd) {
    take_match()
    return true
  }
  const char = load<u8>(p++)
  if (char == 46) {
    if (p < pathEnd && load<u8>(p) == 46) return follow_deep(thread, p)
    if (p + 1 < pathEnd && load<u16>(p) == 0x2a2a) return p + 2 < pathEnd && follow_deep(thread, p + 2)
    if (p < pathEnd && load<u8>(p) == 42) {
      skip_blanks()
      return peek() == 123 ? follow_members(thread, p + 1, false) : true
    }
    const isQuoted = p < pathEnd && load<u8>(p) == 34
    if (isQuoted) p++
    const from = p
    while (p < pathEnd) {
      const next = load<u8>(p)
      if (isQuoted ? next == 34 : next == 46 || next == 91) break
      p++
    }
    if (isQuoted ? p >= pathEnd : p == from) return bad_path()
    const to = p
    return step_to_key(thread, from, to - from) ? follow_all(thread, isQuoted ? p + 1 : p) : true
  }
  if (char != 91 || p >= pathEnd) return bad_path()
  if (load<u8>(p) == 42) {
    if (p + 1 >= pathEnd || load<u8>(p, 1) != 93) return bad_path()
    skip_blanks()
    return peek() == 91 ? follow_members(thread, p + 2, false) : true
  }
  const isBack = load<u8>(p) == 35
  if (isBack) p++
  const isNegative = p < pathEnd && load<u8>(p) == 45
  if (isNegative) p++
  const from = p
  let index: i64 = 0
  while (p < pathEnd && is_digit(load<u8>(p)) && p - from < 18) index = index * 10 + (load<u8>(p++) - 48)
  if ((p == from && !isBack) || p >= pathEnd || load<u8>(p) != 93) return bad_path()
  if (isBack && !isNegative) return true
  return step_to_item(isNegative ? -index : index) ? follow_all(thread, p + 1) : true
}

/** Finds all matches in two rounds, of which the first counts. False, and an outcome, when there is no document or path. */
function find_all(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): bool {
  if (!begin(ptr, len)) return false
  const from = place()
  if (pathLen == 0 || load<u8>(path) != 36) return bad_path()
  pathEnd = path + pathLen
  matches = 0
  matchCount = 0
  if (!follow_all(thread, path + 1)) return false
  matches = <u32>scratch_allocate_wide(thread, <u64>matchCount * 8 + 8)
  matchCount = 0
  move_to(from)
  return follow_all(thread, path + 1)
}

/** A list of what each match is, `asText` or as JSON. */
export function json_extract_all(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32, asText: i32): u64 {
  if (!find_all(thread, ptr, len, path, pathLen)) return 0
  const count = matchCount
  const places = matches
  const list = <u32>scratch_allocate_wide(thread, <u64>count * 9 + 8)
  for (let i: u32 = 0; i < count; i++) {
    const from = load<u32>(places + 8 * i)
    const to = load<u32>(places + 8 * i, 4)
    store<u64>(list + 8 * i, asText ? written_text(thread, from, to) : written(thread, from, to))
    store<u8>(list + 8 * count + i, u8(take_outcome() == 0))
  }
  say(0)
  return pack(list, count)
}
