import { hash_bytes } from './hash'
import {
  host_regexp_all,
  host_regexp_compile,
  host_regexp_count,
  host_regexp_extract,
  host_regexp_groups,
  host_regexp_replace,
  host_regexp_replace_from,
  host_regexp_test,
  host_regexp_width,
  host_take_ends,
  host_take_text,
} from './host'
import { list_pack } from './nested'
import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

// The last pattern and its handle: patterns are nearly always the same for every row.
let lastHash: u64 = 0
let lastOptions: u64 = 0
let lastLength: u32 = u32.MAX_VALUE
let lastHandle: i32 = 0

/** Failure 2 when the pattern is not valid. */
function compile(pattern: u32, patternLen: u32, options: u32, optionsLen: u32): i32 {
  const hash = hash_bytes(pattern, patternLen)
  const optionsHash = hash_bytes(options, optionsLen)
  if (hash != lastHash || patternLen != lastLength || optionsHash != lastOptions) {
    lastHandle = host_regexp_compile(pattern, patternLen, options, optionsLen)
    lastHash = hash
    lastLength = patternLen
    lastOptions = optionsHash
  }
  if (!lastHandle) say(2)
  return lastHandle
}

function taken(thread: u32, len: u32): u64 {
  const target = scratch_allocate(thread, len)
  host_take_text(target)
  return pack(target, len)
}

export function regexp_matches(_thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): i32 {
  const regexp = compile(pattern, patternLen, 0, 0)
  return regexp ? host_regexp_test(regexp, ptr, len, 0) : 0
}

export function regexp_matches_with(_thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, options: u32, optionsLen: u32): i32 {
  const regexp = compile(pattern, patternLen, options, optionsLen)
  return regexp ? host_regexp_test(regexp, ptr, len, 0) : 0
}

export function regexp_full_match(_thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): i32 {
  const regexp = compile(pattern, patternLen, 0, 0)
  return regexp ? host_regexp_test(regexp, ptr, len, 1) : 0
}

export function regexp_count(_thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): i64 {
  const regexp = compile(pattern, patternLen, 0, 0)
  return regexp ? host_regexp_count(regexp, ptr, len) : 0
}

export function regexp_replace(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, by: u32, byLen: u32): u64 {
  return regexp_replace_with(thread, ptr, len, pattern, patternLen, by, byLen, 0, 0)
}

export function regexp_replace_with(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, by: u32, byLen: u32, options: u32, optionsLen: u32): u64 {
  const regexp = compile(pattern, patternLen, options, optionsLen)
  return regexp ? taken(thread, host_regexp_replace(regexp, ptr, len, by, byLen)) : 0
}

export function regexp_extract(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): u64 {
  return regexp_extract_group(thread, ptr, len, pattern, patternLen, 0)
}

export function regexp_extract_group(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, group: i32): u64 {
  const regexp = compile(pattern, patternLen, 0, 0)
  const size = regexp ? host_regexp_extract(regexp, ptr, len, group) : -1
  return size < 0 ? pack(ptr, 0) : taken(thread, size)
}

export function regexp_extract_or_null(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, group: i32): u64 {
  const regexp = compile(pattern, patternLen, 0, 0)
  const size = regexp ? host_regexp_extract(regexp, ptr, len, group) : -1
  if (size >= 0) return taken(thread, size)
  if (regexp) say(1)
  return pack(ptr, 0)
}

/** An end with this bit is that of no text: it is NULL. */
const NO_TEXT: u32 = 0x80000000

/** The kept texts as a list. */
function taken_list(thread: u32, count: u32): u64 {
  const items = scratch_allocate(thread, count * 9)
  const ends = scratch_allocate(thread, count * 4)
  host_take_ends(ends)
  const total = count ? load<u32>(ends + 4 * (count - 1)) & ~NO_TEXT : 0
  const text = scratch_allocate(thread, total)
  host_take_text(text)
  let start: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const end = load<u32>(ends + 4 * i)
    const isText = !(end & NO_TEXT)
    store<u64>(items + 8 * i, isText ? pack(text + start, end - start) : 0)
    store<u8>(items + 8 * count + i, isText ? 1 : 0)
    if (isText) start = end
  }
  return pack(items, count)
}

export function regexp_extract_all(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): u64 {
  return regexp_extract_all_groups(thread, ptr, len, pattern, patternLen, 0)
}

export function regexp_extract_all_groups(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, group: i32): u64 {
  const regexp = compile(pattern, patternLen, 0, 0)
  return taken_list(thread, regexp ? host_regexp_all(regexp, ptr, len, group) : 0)
}

export function regexp_split(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): u64 {
  return regexp_extract_all_groups(thread, ptr, len, pattern, patternLen, -1)
}

/** As `regexp_split`, but by the rule of PostgreSQL. */
export function regexp_split_wide(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32): u64 {
  return regexp_extract_all_groups(thread, ptr, len, pattern, patternLen, -2)
}

/** The groups of the first match; NULL when there is none. */
export function regexp_match(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, options: u32, optionsLen: u32): u64 {
  const regexp = compile(pattern, patternLen, options, optionsLen)
  if (!regexp) return 0
  const count = host_regexp_groups(regexp, ptr, len, 0)
  if (!count) say(1)
  return taken_list(thread, count)
}

/** A list of the groups for each match, where the options have a g; otherwise for the first one, if there is one. */
export function regexp_match_all(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, options: u32, optionsLen: u32): u64 {
  const regexp = compile(pattern, patternLen, options, optionsLen)
  if (!regexp) return 0
  let all = 0
  for (let i: u32 = 0; i < optionsLen; i++) if (load<u8>(options + i) == 103) all = 1
  const texts = host_regexp_groups(regexp, ptr, len, all)
  const width = host_regexp_width(regexp)
  const flat = <u32>taken_list(thread, texts)
  const count: u32 = texts / width
  const list = scratch_allocate_wide(thread, <u64>count * 9)
  memory.fill(list + 8 * count, 1, count)
  const groups = scratch_allocate_wide(thread, width * 9)
  for (let i: u32 = 0; i < count; i++) {
    memory.copy(groups, flat + 8 * i * width, 8 * width)
    memory.copy(groups + 8 * width, flat + 8 * texts + i * width, width)
    store<u64>(list + 8 * i, list_pack(thread, groups, width, 8, 1))
  }
  return pack(list, count)
}

export function regexp_replace_from(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, by: u32, byLen: u32, start: i32, nth: i32, options: u32, optionsLen: u32): u64 {
  const regexp = compile(pattern, patternLen, options, optionsLen)
  return regexp ? taken(thread, host_regexp_replace_from(regexp, ptr, len, by, byLen, start, nth)) : 0
}

/** With a backslash before everything but letters, digits, _ and what is not ASCII. */
export function regexp_escape(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 2)
  let at = target
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    const isPlain = char - 48 < 10 || (char | 32) - 97 < 26 || char == 95 || char > 127
    if (!isPlain) store<u8>(at++, 92)
    store<u8>(at++, char)
  }
  return pack(target, at - target)
}
