import { begin, enter_members, move_to, next_member, peek, place, skip_blanks, skip_key, skip_value } from './json-cursor'
import { bad_path, read_index, read_key, take_item, take_key } from './json-path'
import { written, written_text } from './json-write'
import { say, take_outcome } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'

// Paths that lead to several values: `[*]` to the items of a list, `.*` to the members of an object. `..*` and `.**` lead
// to all that is in a value, nearest first, and what comes after them, as after `..`, is looked for in the value too.

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

/** Whether a path is one, wherever it leads. */
function is_path(path: u32): bool {
  let p = path
  while (p < pathEnd) {
    const char = load<u8>(p++)
    if (char == 46) {
      const isDeep = p < pathEnd && load<u8>(p) == 46
      if (isDeep) p++
      if (p < pathEnd && load<u8>(p) == 42) p += !isDeep && p + 1 < pathEnd && load<u8>(p, 1) == 42 ? 2 : 1
      else if (!isDeep || p == pathEnd || load<u8>(p) != 91) p = read_key(p, pathEnd)
    } else if (char == 91) {
      if (p + 1 < pathEnd && load<u16>(p) == 0x5d2a) p += 2
      else p = read_index(p, pathEnd)
    } else return false
    if (p == 0) return false
  }
  return true
}

/**
 * The rest of the path from every value that lies so many levels below the one at the place: below a list are its items,
 * below an object the values of its members. Whether there is any.
 */
function follow_level(thread: u32, p: u32, level: u32): bool {
  if (level == 0) {
    follow_all(thread, p)
    return true
  }
  skip_blanks()
  const isObject = peek() == 123
  if (!isObject && peek() != 91) return false
  const close: u32 = isObject ? 125 : 93
  let any = false
  enter_members()
  while (peek() != close) {
    if (isObject) skip_key()
    const from = place()
    if (follow_level(thread, p, level - 1)) any = true
    move_to(from)
    skip_value()
    next_member()
  }
  return any
}

/** The rest of the path from all that is in the value at the place, level by level, and if there is a rest from itself. */
function follow_deep(thread: u32, p: u32): void {
  const from = place()
  let level: u32 = p == pathEnd ? 1 : 0
  while (follow_level(thread, p, level++)) move_to(from)
}

/** Takes every value to which the rest of the path, which is one, leads from the place. */
function follow_all(thread: u32, p: u32): void {
  if (p == pathEnd) {
    take_match()
    return
  }
  const isKey = load<u8>(p) == 46
  const next: u32 = p + 1 < pathEnd ? load<u8>(p, 1) : 0
  const after: u32 = p + 2 < pathEnd ? load<u8>(p, 2) : 0
  if (isKey && next == 46) {
    follow_deep(thread, after == 42 ? p + 3 : after == 91 ? p + 2 : p + 1)
  } else if (isKey && next == 42 && after == 42) {
    follow_deep(thread, p + 3)
  } else if (next == 42) {
    skip_blanks()
    const open: u32 = isKey ? 123 : 91
    if (peek() == open) follow_level(thread, isKey ? p + 2 : p + 3, 1)
  } else {
    const rest = isKey ? read_key(p + 1, pathEnd) : read_index(p + 1, pathEnd)
    if (isKey ? take_key(thread) : take_item()) follow_all(thread, rest)
  }
}

/** Finds all matches in two rounds, of which the first counts. False, and an outcome, when there is no document or path. */
function find_all(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): bool {
  if (!begin(ptr, len)) return false
  const from = place()
  pathEnd = path + pathLen
  if (pathLen == 0 || load<u8>(path) != 36 || !is_path(path + 1)) return bad_path()
  matches = 0
  matchCount = 0
  follow_all(thread, path + 1)
  matches = <u32>scratch_allocate_wide(thread, <u64>matchCount * 8 + 8)
  matchCount = 0
  move_to(from)
  follow_all(thread, path + 1)
  return true
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
