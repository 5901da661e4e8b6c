import { say } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'

// The parts of a list, `[a, b]`, a struct or a map, `{k: v}` and `{k=v}`, or a struct without names, `(a, b)`, that is
// written as a text.

/** It is not written so. */
const MALFORMED: i32 = 1

let at: u32 = 0
let end: u32 = 0
/** Where the next part's text goes. */
let out: u32 = 0
/** Of the part that was read last. */
let partStart: u32 = 0
let partIsNull: bool = false
/** What stands between a key and its value. */
let keySign: u32 = 0

// @ts-ignore: AssemblyScript's decorator
@inline
function is_blank(char: u32): bool {
  return char == 32 || char - 9 < 5
}

function skip_blanks(): void {
  while (at < end && is_blank(load<u8>(at))) at++
}

function closing_of(char: u32): u32 {
  return char == 91 ? 93 : char == 123 ? 125 : char == 40 ? 41 : 0
}

/** Passes over a bracket and what is in it. False when it does not close. */
function skip_brackets(): bool {
  let depth = 0
  while (at < end) {
    const char = <u32>load<u8>(at)
    if (char == 92) {
      at++
    } else if (char == 34 || char == 39) {
      at++
      while (at < end && load<u8>(at) != char) at += load<u8>(at) == 92 ? 2 : 1
    } else if (closing_of(char)) {
      depth++
    } else if (char == 93 || char == 125 || char == 41) {
      depth--
      if (depth == 0) {
        at++
        return true
      }
    }
    at++
  }
  return false
}

/** Reads one part, up to a sign that ends it, which is not passed over. Quotes and backslashes are taken off. */
function read_part(close: u32, isKey: bool): bool {
  skip_blanks()
  partStart = out
  partIsNull = false
  if (at >= end) return false
  const first = <u32>load<u8>(at)
  if (closing_of(first)) {
    const from = at
    if (!skip_brackets() || at > end) return false
    memory.copy(out, from, at - from)
    out += at - from
    skip_blanks()
    return at < end
  }
  if (first == 34 || first == 39) {
    at++
    while (at < end && load<u8>(at) != first) {
      if (load<u8>(at) == 92) at++
      if (at >= end) return false
      store<u8>(out++, load<u8>(at++))
    }
    at++
    skip_blanks()
    return at < end
  }
  let kept = out
  while (at < end) {
    const char = <u32>load<u8>(at)
    if (char == 44 || char == close || (isKey && char == keySign)) break
    if (char == 92) {
      at++
      if (at >= end) return false
      store<u8>(out++, load<u8>(at++))
      kept = out
      continue
    }
    store<u8>(out++, char)
    if (!is_blank(char)) kept = out
    at++
  }
  out = kept
  if (at >= end || out == partStart) return false
  partIsNull = out - partStart == 4 && (load<u32>(partStart) | 0x20202020) == 0x6c6c756e
  return true
}

/**
 * The parts as a list of texts, NULL where NULL is written without quotes; of `{…}` keys and values in turn. `open` is
 * the bracket that the text must begin with, `separator` the sign behind a key.
 */
export function text_parts(thread: u32, ptr: u32, len: u32, open: i32, separator: i32): u64 {
  keySign = separator
  at = ptr
  end = ptr + len
  out = <u32>scratch_allocate_wide(thread, len)
  // every part has a sign that ends it, so there are no more than bytes
  const list = <u32>scratch_allocate_wide(thread, <u64>len * 9 + 9)
  const pairs = open == 123
  const close = closing_of(open)
  let count: u32 = 0
  say(MALFORMED)
  skip_blanks()
  if (at >= end || load<u8>(at) != open) return 0
  at++
  skip_blanks()
  if (at < end && load<u8>(at) == close) {
    at++
  } else {
    for (;;) {
      for (let part = pairs ? 0 : 1; part < 2; part++) {
        const isKey = part == 0
        if (!read_part(close, isKey)) return 0
        const sign = <u32>load<u8>(at)
        if (isKey ? sign != keySign : sign != 44 && sign != close) return 0
        store<u32>(list + 8 * count, partStart)
        store<u32>(list + 8 * count, partIsNull ? 0xffffffff : out - partStart, 4)
        count++
        if (isKey) at++
      }
      if (load<u8>(at++) == close) break
    }
  }
  skip_blanks()
  if (at != end) return 0
  const valid = list + 8 * count
  for (let i: u32 = 0; i < count; i++) {
    const isNull = load<u32>(list + 8 * i, 4) == 0xffffffff
    store<u8>(valid + i, isNull ? 0 : 1)
    if (isNull) store<u64>(list + 8 * i, 0)
  }
  say(0)
  return pack(list, count)
}
