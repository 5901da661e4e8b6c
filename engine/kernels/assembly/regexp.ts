import { hash_bytes } from './hash'
import {
  host_regexp_all,
  host_regexp_compile,
  host_regexp_count,
  host_regexp_extract,
  host_regexp_replace,
  host_regexp_test,
  host_take_ends,
  host_take_text,
} from './host'
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

/** The kept texts as a list. */
function taken_list(thread: u32, count: u32): u64 {
  const items = scratch_allocate(thread, count * 9)
  const ends = scratch_allocate(thread, count * 4)
  host_take_ends(ends)
  const total = count ? load<u32>(ends + 4 * (count - 1)) : 0
  const text = scratch_allocate(thread, total)
  host_take_text(text)
  let start: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const end = load<u32>(ends + 4 * i)
    store<u32>(items + 8 * i, text + start)
    store<u32>(items + 8 * i, end - start, 4)
    start = end
  }
  memory.fill(items + 8 * count, 1, count)
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
