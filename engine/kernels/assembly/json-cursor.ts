import { hex4_value } from './hex'
import { is_digit } from './number-text'
import { say } from './outcome'

/** The document is not JSON. */
const MALFORMED: i32 = 2

const MOST_DEPTH: i32 = 500

// A place in a document, and where that ends. Functions that pass over something begin at the place.

let at: u32 = 0
let end: u32 = 0
let depth: i32 = 0

// @ts-ignore: AssemblyScript's decorator
@inline
export function place(): u32 {
  return at
}

/** To a place of the same document. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function move_to(to: u32): void {
  at = to
}

/** To a place of a document that ends there, and is known to be JSON. */
export function enter(from: u32, to: u32): void {
  at = from
  end = to
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function peek(): u32 {
  return at < end ? <u32>load<u8>(at) : 0
}

export function skip_blanks(): void {
  while (at < end) {
    const char = load<u8>(at)
    if (char != 32 && char != 10 && char != 13 && char != 9) return
    at++
  }
}

/** Passes over a string whose quote is at `at`. False when it is none. */
export function skip_string(): bool {
  at++
  while (at < end) {
    const char = load<u8>(at)
    if (char == 34) {
      at++
      return true
    }
    if (char < 32) return false
    if (char == 92) {
      at++
      switch (peek()) {
        case 34: // "
        case 47: // /
        case 92: // backslash
        case 98: // b
        case 102: // f
        case 110: // n
        case 114: // r
        case 116: // t
          break
        case 117: // u
          if (end - at <= 4 || hex4_value(at + 1) < 0) return false
          at += 4
          break
        default:
          return false
      }
    }
    at++
  }
  return false
}

function skip_number(): bool {
  if (peek() == 45) at++
  if (peek() == 48) {
    at++
  } else {
    if (!is_digit(peek())) return false
    while (is_digit(peek())) at++
  }
  if (peek() == 46) {
    at++
    if (!is_digit(peek())) return false
    while (is_digit(peek())) at++
  }
  if ((peek() | 32) == 101) {
    at++
    if (peek() == 43 || peek() == 45) at++
    if (!is_digit(peek())) return false
    while (is_digit(peek())) at++
  }
  return true
}

function skip_word(word: u32, length: u32): bool {
  if (end - at < length || load<u32>(at + length - 4) != word) return false
  at += length
  return true
}

/** Passes over a value and the blanks before it. False when there is none. */
export function skip_value(): bool {
  skip_blanks()
  switch (peek()) {
    case 34:
      return skip_string()
    case 123:
      return skip_members(125)
    case 91:
      return skip_members(93)
    case 116: // true
      return skip_word(0x65757274, 4)
    case 110: // null
      return skip_word(0x6c6c756e, 4)
    case 102: // false
      return end - at >= 5 && skip_word(0x65736c61, 5)
    default:
      return skip_number()
  }
}

/** Passes over a list or an object, whose bracket is at `at`. */
function skip_members(close: u32): bool {
  if (++depth > MOST_DEPTH) return false
  at++
  skip_blanks()
  while (peek() != close) {
    if (close == 125) {
      if (peek() != 34 || !skip_string()) return false
      skip_blanks()
      if (peek() != 58) return false
      at++
    }
    if (!skip_value()) return false
    skip_blanks()
    if (peek() == 44) {
      at++
      skip_blanks()
    } else if (peek() != close) return false
  }
  at++
  depth--
  return true
}

export function json_valid(ptr: u32, len: u32): i32 {
  at = ptr
  end = ptr + len
  depth = 0
  if (!skip_value()) return 0
  skip_blanks()
  return at == end ? 1 : 0
}

/** Begins at the document's value. False, and an outcome, when it is not JSON. */
export function begin(ptr: u32, len: u32): bool {
  if (!json_valid(ptr, len)) {
    say(MALFORMED)
    return false
  }
  at = ptr
  end = ptr + len
  skip_blanks()
  return true
}

/** From the end of a member to the next one, or to the bracket that closes. */
export function next_member(): void {
  skip_blanks()
  if (peek() == 44) {
    at++
    skip_blanks()
  }
}

/** Behind the member whose value is at `value` of a document that ends there, to the next one or the bracket that closes. */
export function pass_member(value: u32, documentEnd: u32): void {
  enter(value, documentEnd)
  skip_value()
  next_member()
}

/** From a member's key to its value. The key, in its quotes, ends at `keyEnd`. */
export function skip_key(): void {
  skip_string()
  keyEnd = at
  skip_blanks()
  at++
  skip_blanks()
}

let keyEnd: u32 = 0

export function key_end(): u32 {
  return keyEnd
}

/** Into a list or an object, whose bracket is at the place: to its first member, or the bracket that closes. */
export function enter_members(): void {
  at++
  skip_blanks()
}
