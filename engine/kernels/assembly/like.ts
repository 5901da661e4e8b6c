import { string_lower } from './string'

const PERCENT: u32 = 37
const UNDERSCORE: u32 = 95

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
