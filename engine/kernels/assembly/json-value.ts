import { bytes_equal } from './bytes'
import { format_f64 } from './float-text'
import { parse_f64 } from './number-text'
import { say } from './outcome'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'

// JSON as text. Results are written as DuckDB writes them: without blanks, numbers in their shortest form, and with no
// escapes but those that must be. A comma at the end of a list or an object is let pass, as DuckDB does.

const NULL: i32 = 1
/** The document is not JSON. */
const MALFORMED: i32 = 2
/** The path is not one. */
const BAD_PATH: i32 = 3

const MOST_DEPTH: i32 = 500

let at: u32 = 0
let end: u32 = 0
let depth: i32 = 0

// @ts-ignore: AssemblyScript's decorator
@inline
function peek(): u32 {
  return at < end ? <u32>load<u8>(at) : 0
}

function skip_blanks(): void {
  while (at < end) {
    const char = load<u8>(at)
    if (char != 32 && char != 10 && char != 13 && char != 9) return
    at++
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function is_digit(char: u32): bool {
  return char - 48 < 10
}

// @ts-ignore: AssemblyScript's decorator
@inline
function is_hex(char: u32): bool {
  return char - 48 < 10 || (char | 32) - 97 < 6
}

/** Passes over a string whose quote is at `at`. False when it is none. */
function skip_string(): bool {
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
          for (let i: u32 = 1; i <= 4; i++) if (at + i >= end || !is_hex(load<u8>(at + i))) return false
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
function skip_value(): bool {
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

/** The code unit of four hexadecimal digits. */
function hex4(ptr: u32): u32 {
  let value: u32 = 0
  for (let i: u32 = 0; i < 4; i++) {
    const char = <u32>load<u8>(ptr + i)
    value = (value << 4) | (char <= 57 ? char - 48 : (char | 32) - 87)
  }
  return value
}

/** Writes a character as UTF-8; returns the end. */
function put_char(target: u32, code: u32): u32 {
  if (code < 0x80) {
    store<u8>(target, code)
    return target + 1
  }
  if (code < 0x800) {
    store<u8>(target, 0xc0 | (code >> 6))
    store<u8>(target, 0x80 | (code & 63), 1)
    return target + 2
  }
  if (code < 0x10000) {
    store<u8>(target, 0xe0 | (code >> 12))
    store<u8>(target, 0x80 | ((code >> 6) & 63), 1)
    store<u8>(target, 0x80 | (code & 63), 2)
    return target + 3
  }
  store<u8>(target, 0xf0 | (code >> 18))
  store<u8>(target, 0x80 | ((code >> 12) & 63), 1)
  store<u8>(target, 0x80 | ((code >> 6) & 63), 2)
  store<u8>(target, 0x80 | (code & 63), 3)
  return target + 4
}

/** Writes what a string between its quotes says; returns the end. Never longer than the string. */
export function unescape(target: u32, from: u32, to: u32): u32 {
  while (from < to) {
    const char = load<u8>(from)
    if (char != 92) {
      store<u8>(target++, char)
      from++
      continue
    }
    const kind = load<u8>(from + 1)
    from += 2
    switch (kind) {
      case 98:
        store<u8>(target++, 8)
        break
      case 102:
        store<u8>(target++, 12)
        break
      case 110:
        store<u8>(target++, 10)
        break
      case 114:
        store<u8>(target++, 13)
        break
      case 116:
        store<u8>(target++, 9)
        break
      case 117: {
        let code = hex4(from)
        from += 4
        if (code - 0xd800 < 0x400 && from + 6 <= to && load<u16>(from) == 0x755c) {
          const low = hex4(from + 2)
          if (low - 0xdc00 < 0x400) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
            from += 6
          }
        }
        target = put_char(target, code)
        break
      }
      default:
        store<u8>(target++, kind)
    }
  }
  return target
}

function hex_digit(value: u32): u32 {
  return value < 10 ? 48 + value : 55 + value
}

/** Writes a text as a JSON string with its quotes; returns the end. At most 6 bytes for each, and 2. */
export function put_string(target: u32, ptr: u32, len: u32): u32 {
  store<u8>(target++, 34)
  for (let i: u32 = 0; i < len; i++) {
    const char = <u32>load<u8>(ptr + i)
    if (char >= 32 && char != 34 && char != 92) {
      store<u8>(target++, char)
      continue
    }
    store<u8>(target++, 92)
    let short: u32 = 0
    switch (char) {
      case 34:
      case 92:
        short = char
        break
      case 8:
        short = 98
        break
      case 9:
        short = 116
        break
      case 10:
        short = 110
        break
      case 12:
        short = 102
        break
      case 13:
        short = 114
        break
    }
    if (short) {
      store<u8>(target++, short)
      continue
    }
    store<u32>(target, 0x30303075) // u000
    store<u8>(target + 3, 48 + (char >> 4))
    store<u8>(target + 4, hex_digit(char & 15))
    target += 5
  }
  store<u8>(target++, 34)
  return target
}

/** Where a string between its quotes has an escape. */
export function has_escape(from: u32, to: u32): bool {
  for (let i = from; i < to; i++) if (load<u8>(i) == 92) return true
  return false
}

/** Writes a number in its shortest form; returns the end. At most 32 bytes more than it has. */
function put_number(thread: u32, target: u32, from: u32, to: u32): u32 {
  let isReal = false
  for (let i = from; i < to; i++) {
    const char = load<u8>(i)
    if (char == 46 || (char | 32) == 101) isReal = true
  }
  if (!isReal) {
    if (to - from == 2 && load<u16>(from) == 0x302d) {
      store<u8>(target, 48)
      return target + 1
    }
    memory.copy(target, from, to - from)
    return target + (to - from)
  }
  return put_double(thread, target, parse_f64(from, to - from))
}

/** Writes a number as JSON has it: digits with a point up to 21 places, an exponent beyond. */
function put_double(thread: u32, target: u32, value: f64): u32 {
  if (value != value) {
    store<u32>(target, 0x004e614e) // NaN
    return target + 3
  }
  if (!isFinite<f64>(value)) {
    if (value < 0) store<u8>(target++, 45)
    store<u64>(target, 0x7974696e69666e49) // Infinity
    return target + 8
  }
  const text = format_f64(thread, value)
  const from = <u32>text
  const len = <u32>(text >> 32)
  // the digits without point and exponent, and where the point is behind them
  const digits = <u32>scratch_allocate_wide(thread, 32)
  let count: u32 = 0
  let point: i32 = -1
  let exponent: i32 = 0
  let i: u32 = 0
  if (load<u8>(from) == 45) {
    store<u8>(target++, 45)
    i++
  }
  for (; i < len; i++) {
    const char = <u32>load<u8>(from + i)
    if (char == 46) {
      point = count
    } else if (char == 101) {
      const negative = load<u8>(from + i + 1) == 45
      for (let j = i + 2; j < len; j++) exponent = exponent * 10 + (load<u8>(from + j) - 48)
      if (negative) exponent = -exponent
      break
    } else {
      store<u8>(digits + count++, char)
    }
  }
  if (point < 0) point = count
  point += exponent
  let first: u32 = 0
  while (first + 1 < count && load<u8>(digits + first) == 48) {
    first++
    point--
  }
  while (count > first + 1 && load<u8>(digits + count - 1) == 48) count--
  const significant = <i32>(count - first)
  if (significant == 1 && load<u8>(digits + first) == 48) {
    store<u16>(target, 0x2e30)
    store<u8>(target + 2, 48)
    return target + 3
  }
  if (point > -6 && point <= 21) {
    if (point <= 0) {
      store<u16>(target, 0x2e30)
      target += 2
      for (let j = point; j < 0; j++) store<u8>(target++, 48)
    }
    for (let j: i32 = 0; j < max<i32>(significant, point); j++) {
      if (j == point && point > 0) store<u8>(target++, 46)
      store<u8>(target++, j < significant ? load<u8>(digits + first + j) : 48)
    }
    if (significant <= point) {
      store<u16>(target, 0x302e)
      target += 2
    }
    return target
  }
  store<u8>(target++, load<u8>(digits + first))
  if (significant > 1) {
    store<u8>(target++, 46)
    memory.copy(target, digits + first + 1, significant - 1)
    target += significant - 1
  }
  store<u8>(target++, 101)
  let shown = point - 1
  if (shown < 0) {
    store<u8>(target++, 45)
    shown = -shown
  }
  if (shown >= 100) store<u8>(target++, 48 + shown / 100)
  if (shown >= 10) store<u8>(target++, 48 + ((shown / 10) % 10))
  store<u8>(target++, 48 + (shown % 10))
  return target
}

/** Bytes that `put_value` may take for a value of so many: strings grow by their escapes, numbers by their zeros. */
function written_room(bytes: u32): u64 {
  return <u64>bytes * 6 + 64
}

/** Writes the valid value at `at` in DuckDB's spelling, and passes over it; returns the end. */
function put_value(thread: u32, target: u32): u32 {
  skip_blanks()
  const from = at
  switch (peek()) {
    case 34: {
      skip_string()
      if (!has_escape(from + 1, at - 1)) {
        memory.copy(target, from, at - from)
        return target + (at - from)
      }
      const text = <u32>scratch_allocate_wide(thread, at - from)
      const length = unescape(text, from + 1, at - 1) - text
      return put_string(target, text, length)
    }
    case 123:
    case 91: {
      const close: u32 = peek() == 123 ? 125 : 93
      store<u8>(target++, peek())
      at++
      skip_blanks()
      let isFirst = true
      while (peek() != close) {
        if (!isFirst) store<u8>(target++, 44)
        isFirst = false
        target = put_value(thread, target)
        skip_blanks()
        if (close == 125) {
          at++ // the colon
          store<u8>(target++, 58)
          target = put_value(thread, target)
          skip_blanks()
        }
        if (peek() == 44) {
          at++
          skip_blanks()
        }
      }
      at++
      store<u8>(target++, close)
      return target
    }
    default: {
      skip_value()
      const first = load<u8>(from)
      if (first == 45 || is_digit(first)) return put_number(thread, target, from, at)
      memory.copy(target, from, at - from)
      return target + (at - from)
    }
  }
}

/** A value between two places in DuckDB's spelling. */
function written(thread: u32, from: u32, to: u32): u64 {
  const target = scratch_allocate_wide(thread, written_room(to - from))
  at = from
  end = to
  const last = put_value(thread, target)
  return pack(target, last - target)
}

/** What a string says, or another value's text; NULL for `null`. */
function written_text(thread: u32, from: u32, to: u32): u64 {
  const first = load<u8>(from)
  if (first == 110) {
    say(NULL)
    return 0
  }
  if (first != 34) return written(thread, from, to)
  if (!has_escape(from + 1, to - 1)) return pack(from + 1, to - from - 2)
  const target = scratch_allocate_wide(thread, to - from)
  return pack(target, unescape(target, from + 1, to - 1) - target)
}

// The value that was found.
let found: u32 = 0
let foundEnd: u32 = 0

/** Passes over the value at `at` and makes it what was found. */
function find_here(): void {
  skip_blanks()
  found = at
  skip_value()
  foundEnd = at
}

/** Whether the string between two quotes says this key. */
function says(thread: u32, from: u32, to: u32, key: u32, keyLen: u32): bool {
  if (!has_escape(from, to)) return to - from == keyLen && bytes_equal(from, key, keyLen) != 0
  const text = <u32>scratch_allocate_wide(thread, to - from + 1)
  const length = unescape(text, from, to) - text
  const same = length == keyLen && bytes_equal(text, key, keyLen) != 0
  scratch_trim(thread, text, 0)
  return same
}

/** From the value at `at` to the member of that key. */
function step_to_key(thread: u32, key: u32, keyLen: u32): bool {
  skip_blanks()
  if (peek() != 123) return false
  at++
  skip_blanks()
  while (peek() != 125) {
    const from = at
    skip_string()
    const isIt = says(thread, from + 1, at - 1, key, keyLen)
    skip_blanks()
    at++
    if (isIt) return true
    skip_value()
    skip_blanks()
    if (peek() == 44) {
      at++
      skip_blanks()
    }
  }
  return false
}

/** Items of the list at `at`, which stays there; 0 for any other value. */
function count_items(): u32 {
  const start = at
  skip_blanks()
  let count: u32 = 0
  if (peek() == 91) {
    at++
    skip_blanks()
    while (peek() != 93) {
      skip_value()
      count++
      skip_blanks()
      if (peek() == 44) {
        at++
        skip_blanks()
      }
    }
  }
  at = start
  return count
}

/** From the value at `at` to an item; negative places count from the end. */
function step_to_item(index: i64): bool {
  skip_blanks()
  if (peek() != 91) return false
  let place = index < 0 ? index + count_items() : index
  if (place < 0) return false
  at++
  skip_blanks()
  while (peek() != 93) {
    if (place-- == 0) return true
    skip_value()
    skip_blanks()
    if (peek() == 44) {
      at++
      skip_blanks()
    }
  }
  return false
}

/** Begins at the document's value. False, and an outcome, when it is not JSON. */
function begin(ptr: u32, len: u32): bool {
  if (!json_valid(ptr, len)) {
    say(MALFORMED)
    return false
  }
  at = ptr
  end = ptr + len
  skip_blanks()
  return true
}

/** Goes where a path leads: `$.a."b"[0][#-1]`, `/a/0`, or a key as it is. */
function follow(thread: u32, path: u32, pathLen: u32): bool {
  const pathEnd = path + pathLen
  if (pathLen == 0 || (load<u8>(path) != 36 && load<u8>(path) != 47)) return step_to_key(thread, path, pathLen)
  let p = path
  if (load<u8>(p) == 47) {
    while (p < pathEnd) {
      const from = ++p
      while (p < pathEnd && load<u8>(p) != 47) p++
      if (!step_by_pointer(thread, from, p)) return false
    }
    return true
  }
  p++
  let leads = true
  while (p < pathEnd) {
    const char = load<u8>(p++)
    if (char == 46) {
      const isQuoted = p < pathEnd && load<u8>(p) == 34
      if (isQuoted) p++
      const from = p
      while (p < pathEnd) {
        const next = load<u8>(p)
        if (isQuoted ? next == 34 : next == 46 || next == 91) break
        p++
      }
      const to = p
      if (isQuoted ? p >= pathEnd : to == from || (to - from == 1 && load<u8>(from) == 42)) return bad_path()
      if (isQuoted) p++
      leads = leads && step_to_key(thread, from, to - from)
    } else if (char == 91) {
      let isBack = false
      if (p < pathEnd && load<u8>(p) == 35) {
        p++
        isBack = true
      }
      let negative = false
      if (p < pathEnd && load<u8>(p) == 45) {
        p++
        negative = true
      } else if (isBack && !(p < pathEnd && load<u8>(p) == 93)) return bad_path()
      const from = p
      let index: i64 = 0
      while (p < pathEnd && is_digit(load<u8>(p)) && p - from < 18) index = index * 10 + (load<u8>(p++) - 48)
      if ((p == from && !isBack) || p >= pathEnd || load<u8>(p) != 93) return bad_path()
      p++
      leads = leads && !(isBack && !negative) && step_to_item(negative ? -index : index)
    } else return bad_path()
  }
  return leads
}

function bad_path(): bool {
  say(BAD_PATH)
  return false
}

/** One step of a JSON pointer, whose `~1` and `~0` are a slash and a tilde. */
function step_by_pointer(thread: u32, from: u32, to: u32): bool {
  skip_blanks()
  if (peek() == 91) {
    let index: i64 = 0
    for (let i = from; i < to; i++) {
      if (!is_digit(load<u8>(i)) || to - from > 18) return false
      index = index * 10 + (load<u8>(i) - 48)
    }
    return to > from && step_to_item(index)
  }
  const key = <u32>scratch_allocate_wide(thread, to - from + 1)
  let length: u32 = 0
  for (let i = from; i < to; i++) {
    let char = load<u8>(i)
    if (char == 126 && i + 1 < to) char = load<u8>(++i) == 49 ? 47 : 126
    store<u8>(key + length++, char)
  }
  return step_to_key(thread, key, length)
}

/** Where a path leads in a document; false, and an outcome, when nowhere. */
function locate(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): bool {
  if (!begin(ptr, len)) return false
  if (!follow(thread, path, pathLen)) return false
  find_here()
  return true
}

function locate_item(ptr: u32, len: u32, index: i64): bool {
  if (!begin(ptr, len) || !step_to_item(index)) return false
  find_here()
  return true
}

export function json_extract(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return written(thread, found, foundEnd)
}

export function json_extract_item(thread: u32, ptr: u32, len: u32, index: i64): u64 {
  say(NULL)
  if (!locate_item(ptr, len, index)) return 0
  say(0)
  return written(thread, found, foundEnd)
}

export function json_extract_string(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return written_text(thread, found, foundEnd)
}

export function json_extract_string_item(thread: u32, ptr: u32, len: u32, index: i64): u64 {
  say(NULL)
  if (!locate_item(ptr, len, index)) return 0
  say(0)
  return written_text(thread, found, foundEnd)
}

/** What a whole document says, as `json_extract_string` has it. */
export function json_text(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return written_text(thread, found, foundEnd)
}

export function json_exists(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): i32 {
  return locate(thread, ptr, len, path, pathLen) ? 1 : 0
}

/** The document without blanks. */
export function json_minify(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return written(thread, found, foundEnd)
}

const TYPE_TEXTS: usize = memory.data<u8>([
  79, 66, 74, 69, 67, 84, 65, 82, 82, 65, 89, 86, 65, 82, 67, 72, 65, 82, 66, 79, 79, 76, 69, 65, 78, 78, 85, 76, 76, 85,
  66, 73, 71, 73, 78, 84, 68, 79, 85, 66, 76, 69,
])

/** OBJECT, ARRAY, VARCHAR, BOOLEAN, NULL, UBIGINT, BIGINT or DOUBLE. */
function type_of_found(): u64 {
  const texts = <u32>TYPE_TEXTS
  switch (load<u8>(found)) {
    case 123:
      return pack(texts, 6)
    case 91:
      return pack(texts + 6, 5)
    case 34:
      return pack(texts + 11, 7)
    case 116:
    case 102:
      return pack(texts + 18, 7)
    case 110:
      return pack(texts + 25, 4)
  }
  for (let i = found; i < foundEnd; i++) {
    const char = load<u8>(i)
    if (char == 46 || (char | 32) == 101) return pack(texts + 36, 6)
  }
  const isNegative = load<u8>(found) == 45
  // more digits than an integer has are kept as they are written, and are a DOUBLE to DuckDB
  if (foundEnd - found > (isNegative ? <u32>20 : <u32>20)) return pack(texts + 36, 6)
  return isNegative ? pack(texts + 30, 6) : pack(texts + 29, 7)
}

export function json_type(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  return type_of_found()
}

export function json_type_at(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  return type_of_found()
}

export function json_array_length(ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? count_items() : 0
}

export function json_array_length_at(thread: u32, ptr: u32, len: u32, path: u32, pathLen: u32): u64 {
  say(NULL)
  if (!locate(thread, ptr, len, path, pathLen)) return 0
  say(0)
  at = found
  return count_items()
}

/**
 * The members of a list, or of an object: a list of texts that stay where they are, `keys` or values. An object's keys
 * with escapes are made anew. Any other value has none.
 */
function members(thread: u32, keys: bool): u64 {
  const start = at
  const isObject = peek() == 123
  if (!isObject && (keys || peek() != 91)) return pack(<u32>scratch_allocate_wide(thread, 8), 0)
  const close: u32 = isObject ? 125 : 93
  let count: u32 = 0
  let list: u32 = 0
  for (let pass = 0; pass < 2; pass++) {
    at = start + 1
    let index: u32 = 0
    skip_blanks()
    while (peek() != close) {
      let from = at
      if (isObject) {
        skip_string()
        const to = at
        skip_blanks()
        at++
        if (pass == 1 && keys) {
          let text = from + 1
          let length = to - from - 2
          if (has_escape(text, to - 1)) {
            text = <u32>scratch_allocate_wide(thread, length)
            length = unescape(text, from + 1, to - 1) - text
          }
          store<u32>(list + 8 * index, text)
          store<u32>(list + 8 * index, length, 4)
        }
      }
      skip_blanks()
      from = at
      skip_value()
      if (pass == 1 && !keys) {
        store<u32>(list + 8 * index, from)
        store<u32>(list + 8 * index, at - from, 4)
      }
      index++
      skip_blanks()
      if (peek() == 44) {
        at++
        skip_blanks()
      }
    }
    if (pass == 0) {
      count = index
      list = <u32>scratch_allocate_wide(thread, <u64>count * 9)
      memory.fill(list + 8 * count, 1, count)
    }
  }
  return pack(list, count)
}

export function json_keys(thread: u32, ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? members(thread, true) : 0
}

/** The items of a list, or the values of an object, as they are written. */
export function json_items(thread: u32, ptr: u32, len: u32): u64 {
  return begin(ptr, len) ? members(thread, false) : 0
}

/** A text as a JSON string. */
export function json_string(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, <u64>len * 6 + 2)
  const last = put_string(target, ptr, len)
  scratch_trim(thread, target, last - target)
  return pack(target, last - target)
}

export function json_double(thread: u32, value: f64): u64 {
  const target = scratch_allocate_wide(thread, 64)
  return pack(target, put_double(thread, target, value) - target)
}
