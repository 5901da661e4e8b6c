const STAR = 42
const QUESTION = 63
const OPEN = 91
const CLOSE = 93
const BACKSLASH = 92
const EXCLAMATION = 33
const DASH = 45

/** Where the pattern's piece at `p` (which is no star) ends if it matches the byte; 0 where it does not. */
function matched_piece(byte: u32, p: u32, patternEnd: u32): u32 {
  const head = <u32>load<u8>(p)
  if (head == QUESTION) return p + 1
  if (head == BACKSLASH) return p + 1 < patternEnd && load<u8>(p + 1) == byte ? p + 2 : 0
  if (head != OPEN) return head == byte ? p + 1 : 0
  let at = p + 1
  const isNegated = at < patternEnd && load<u8>(at) == EXCLAMATION
  if (isNegated) at++
  let isFound = false
  // a bracket that is first stands for itself
  for (let isFirst = true; at < patternEnd && (isFirst || load<u8>(at) != CLOSE); isFirst = false) {
    const low = <u32>load<u8>(at++)
    let high = low
    if (at + 1 < patternEnd && load<u8>(at) == DASH && load<u8>(at + 1) != CLOSE) {
      high = load<u8>(at + 1)
      at += 2
    }
    if (byte >= low && byte <= high) isFound = true
  }
  if (at >= patternEnd) return 0
  return isFound != isNegated ? at + 1 : 0
}

/**
 * Whether a text matches a pattern in which * stands for any bytes, ? for one, and [a-c] and [!a-c] for one among some
 * or not among them; a backslash makes the next byte plain. On a mismatch the last * takes one byte more.
 */
export function string_glob(ptr: u32, len: u32, pattern: u32, patternLen: u32): i32 {
  const patternEnd = pattern + patternLen
  const end = ptr + len
  let i = ptr
  let p = pattern
  let resumePattern: u32 = 0
  let resumeText: u32 = 0
  while (i < end) {
    if (p < patternEnd && load<u8>(p) == STAR) {
      p++
      resumePattern = p
      resumeText = i
      continue
    }
    const next = p < patternEnd ? matched_piece(load<u8>(i), p, patternEnd) : 0
    if (next != 0) {
      p = next
      i++
      continue
    }
    if (resumePattern == 0) return 0
    p = resumePattern
    resumeText++
    i = resumeText
  }
  while (p < patternEnd && load<u8>(p) == STAR) p++
  return i32(p == patternEnd)
}
