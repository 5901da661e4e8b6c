import { string_lower } from './string'

const PERCENT = 37
const UNDERSCORE = 95

/**
 * The first position from `from` on where a text may match what follows a % in the pattern: where its next byte is,
 * and the one after that, as far as the pattern names them. `len` when there is none.
 */
function candidate(
  ptr: u32,
  from: u32,
  len: u32,
  pattern: u32,
  p: u32,
  patternLen: u32,
  escape: i32,
): u32 {
  const first = plainByte(pattern, p, patternLen, escape)
  if (first < 0) return from
  const second = plainByte(pattern, p + 1, patternLen, escape)
  const width: u32 = second < 0 ? 16 : 17
  let i = from
  if (len >= width) {
    const firsts = i8x16.splat(<i8>first)
    const seconds = i8x16.splat(<i8>second)
    while (i < len) {
      // the last window begins early enough to end with the text
      const at = i + width <= len ? i : len - width
      let found = i8x16.eq(v128.load(ptr + at), firsts)
      if (second >= 0) found = v128.and(found, i8x16.eq(v128.load(ptr + at + 1), seconds))
      const mask = (<u32>i8x16.bitmask(found) >> (i - at)) << (i - at)
      if (mask != 0) return at + ctz(mask)
      if (at != i) return len
      i += 16
    }
    return len
  }
  while (i < len && <i32>load<u8>(ptr + i) != first) i++
  return i
}

/** The pattern's byte at `p` where it stands for itself, else -1. */
function plainByte(pattern: u32, p: u32, patternLen: u32, escape: i32): i32 {
  if (p >= patternLen) return -1
  const byte = <i32>load<u8>(pattern + p)
  return byte == PERCENT || byte == UNDERSCORE || byte == escape ? -1 : byte
}

/**
 * Whether a text matches a pattern in which % stands for any characters and _ for one. `escape` is the byte that makes
 * the next character plain; -1 for none. On a mismatch it goes back to the last % and lets that take one byte more.
 */
export function string_like(ptr: u32, len: u32, pattern: u32, patternLen: u32, escape: i32): i32 {
  let i: u32 = 0
  let p: u32 = 0
  let resumePattern: u32 = u32.MAX_VALUE
  let resumeText: u32 = 0
  while (i < len) {
    let matched = false
    if (p < patternLen) {
      let char = <u32>load<u8>(pattern + p)
      if (<i32>char == escape && p + 1 < patternLen) {
        if (load<u8>(ptr + i) == load<u8>(pattern + p + 1)) {
          p += 2
          i++
          matched = true
        }
      } else if (char == PERCENT) {
        p++
        // a % at the end takes the rest
        if (p == patternLen) return 1
        resumePattern = p
        i = candidate(ptr, i, len, pattern, p, patternLen, escape)
        resumeText = i
        matched = true
      } else if (char == UNDERSCORE) {
        p++
        i++
        while (i < len && (load<u8>(ptr + i) & 0xc0) == 0x80) i++
        matched = true
      } else if (<u32>load<u8>(ptr + i) == char) {
        p++
        i++
        matched = true
      }
    }
    if (!matched) {
      if (resumePattern == u32.MAX_VALUE) return 0
      p = resumePattern
      resumeText++
      while (resumeText < len && (load<u8>(ptr + resumeText) & 0xc0) == 0x80) resumeText++
      resumeText = candidate(ptr, resumeText, len, pattern, p, patternLen, escape)
      i = resumeText
    }
  }
  while (p < patternLen && load<u8>(pattern + p) == PERCENT) p++
  return i32(p == patternLen)
}

export function string_ilike(thread: u32, ptr: u32, len: u32, pattern: u32, patternLen: u32, escape: i32): i32 {
  const text = string_lower(thread, ptr, len)
  const lowered = string_lower(thread, pattern, patternLen)
  return string_like(<u32>text, <u32>(text >> 32), <u32>lowered, <u32>(lowered >> 32), escape)
}
