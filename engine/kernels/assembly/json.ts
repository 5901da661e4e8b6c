import { bytes_equal } from './bytes'
import {
  count_newlines,
  FIELD_ESCAPED,
  FIELD_LENGTH,
  FIELD_MISSING,
  FIELD_QUOTED,
  find_either,
  NO_SLOT,
} from './delimited'
import { hex4_value } from './hex'
import { is_digit } from './number-text'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'
import { put_utf8, utf8_bytes } from './utf8'

/**
 * Cuts JSON objects into the values of their keys. `state` is that of `delimited_split` but for
 *
 * ```
 * 12 u32 keys         (address, length) pairs, one for each of `columns`
 * 16 u32 free         0: one object a line; 1: objects one after the other, or the items of one array
 * 20 u32 scratch      64 KiB, where keys with escapes are put
 * 76 u32 unknownKey   result: address of a key that is not among the keys (its first), or 0
 * 80 u32 unknownBytes result
 * ```
 *
 * Texts lose their quotes and are marked as quoted; other values stay as they are written.
 */

const REASON_JSON: u32 = 7
const REASON_NO_OBJECT: u32 = 8
const REASON_UNKNOWN_KEY: u32 = 9
const REASON_TWICE: u32 = 10
const SCRATCH_BYTES: u32 = 65536

// @ts-ignore: AssemblyScript's decorator
@inline
function is_blank(char: u32): bool {
  return char == 32 || char == 10 || char == 13 || char == 9
}

let escaped: bool = false

/** Where the string whose first byte is at `at` closes; 0 when it does not. `escaped` tells of escapes in it. */
function string_end(at: u32, end: u32): u32 {
  escaped = false
  for (;;) {
    const found = find_either(at, end, 34, 92)
    if (found == end) return 0
    if (load<u8>(found) == 34) return found
    escaped = true
    at = found + 2
    if (at > end) return 0
  }
  return 0
}

/** The byte after the value at `at`; 0 when it is none, or not whole. */
function value_end(at: u32, end: u32): u32 {
  const first = <u32>load<u8>(at)
  if (first == 34) {
    const close = string_end(at + 1, end)
    return close == 0 ? 0 : close + 1
  }
  if (first == 123 || first == 91) {
    let depth = 0
    while (at < end) {
      const char = <u32>load<u8>(at)
      if (char == 34) {
        const close = string_end(at + 1, end)
        if (close == 0) return 0
        at = close + 1
        continue
      }
      if (char == 123 || char == 91) depth++
      if (char == 125 || char == 93) depth--
      at++
      if (depth == 0) return at
    }
    return 0
  }
  const start = at
  while (at < end) {
    const char = <u32>load<u8>(at)
    if (char == 44 || char == 125 || char == 93 || is_blank(char)) break
    at++
  }
  return is_scalar(start, at) ? at : 0
}

/** true, false, null or a number. */
function is_scalar(at: u32, end: u32): bool {
  const length = end - at
  if (length == 4) {
    const word = load<u32>(at)
    // true, null
    if (word == 0x65757274 || word == 0x6c6c756e) return true
  }
  // false
  if (length == 5 && load<u32>(at) == 0x736c6166 && load<u8>(at, 4) == 101) return true
  if (at < end && load<u8>(at) == 45) at++
  const whole = at
  while (at < end && is_digit(load<u8>(at))) at++
  if (at == whole || (at - whole > 1 && load<u8>(whole) == 48)) return false
  if (at < end && load<u8>(at) == 46) {
    at++
    const fraction = at
    while (at < end && is_digit(load<u8>(at))) at++
    if (at == fraction) return false
  }
  if (at < end && (load<u8>(at) | 32) == 101) {
    at++
    if (at < end && (load<u8>(at) == 43 || load<u8>(at) == 45)) at++
    const exponent = at
    while (at < end && is_digit(load<u8>(at))) at++
    if (at == exponent) return false
  }
  return at == end
}

// @ts-ignore: AssemblyScript's decorator
@inline
function skip_blank(at: u32, end: u32): u32 {
  while (at < end && is_blank(load<u8>(at))) at++
  return at
}

/** The text of a string without its quotes, written to `target` (0: only measured). Its bytes, -1 when it is no text. */
export function json_string(start: u32, length: u32, target: u32): i32 {
  const end = start + length
  const write = target != 0
  let to = target
  let at = start
  while (at < end) {
    let char = <u32>load<u8>(at)
    if (char != 92) {
      if (write) store<u8>(to, char)
      to++
      at++
      continue
    }
    if (at + 1 >= end) return -1
    char = load<u8>(at, 1)
    at += 2
    let code: u32
    switch (char) {
      case 34:
      case 92:
      case 47:
        code = char
        break
      case 98:
        code = 8
        break
      case 102:
        code = 12
        break
      case 110:
        code = 10
        break
      case 114:
        code = 13
        break
      case 116:
        code = 9
        break
      case 117: {
        if (at + 4 > end) return -1
        const unit = hex4_value(at)
        if (unit < 0) return -1
        at += 4
        code = unit
        if (code >= 0xd800 && code < 0xe000) {
          // a surrogate is one half of a pair
          if (code >= 0xdc00 || at + 6 > end || load<u16>(at) != 0x755c) return -1
          const second = hex4_value(at + 2)
          if (second < 0xdc00 || second > 0xdfff) return -1
          at += 6
          code = 0x10000 + ((code - 0xd800) << 10) + (<u32>second - 0xdc00)
        }
        break
      }
      default:
        return -1
    }
    if (write) put_utf8(to, code)
    to += utf8_bytes(code)
  }
  return to - target
}

let unknownKey: u32 = 0
let unknownBytes: u32 = 0
/** After the object. */
let objectEnd: u32 = 0
/** The column of what is wrong with it. */
let badColumn: u32 = 0

function column_of(key: u32, length: u32, keys: u32, columns: u32, guess: u32): u32 {
  for (let i: u32 = 0; i < columns; i++) {
    let column = guess + i
    if (column >= columns) column -= columns
    const pair = keys + (column << 3)
    if (load<u32>(pair, 4) == length && bytes_equal(load<u32>(pair), key, length)) return column
  }
  return columns
}

/** Reads the object at `at`; the reason why it is none, or 0. Whether it may only be cut off is for the caller to say. */
function read_object(state: u32, at: u32, end: u32, record: u32): u32 {
  const keys = load<u32>(state, 12)
  const scratch = load<u32>(state, 20)
  const columns = load<u32>(state, 28)
  const fields = load<u32>(state, 36)
  const slots = load<u32>(state, 84)
  const stride = load<u32>(state, 40) << 3
  badColumn = 0
  if (load<u8>(at) != 123) return REASON_NO_OBJECT
  if (fields) {
    for (let column: u32 = 0; column < columns; column++) {
      const slot = slots ? load<u32>(slots + (column << 2)) : column
      if (slot != NO_SLOT) store<u64>(fields + slot * stride + (record << 3), <u64>FIELD_MISSING << 32)
    }
  }
  let reason: u32 = 0
  let guess: u32 = 0
  at = skip_blank(at + 1, end)
  if (at < end && load<u8>(at) == 125) {
    objectEnd = at + 1
    return 0
  }
  for (;;) {
    if (at >= end || load<u8>(at) != 34) return REASON_JSON
    const close = string_end(at + 1, end)
    if (close == 0) return REASON_JSON
    let key = at + 1
    let length = close - key
    if (escaped) {
      const written = length <= SCRATCH_BYTES ? json_string(key, length, scratch) : -1
      if (written < 0) return REASON_JSON
      key = scratch
      length = written
    }
    const column = column_of(key, length, keys, columns, guess)
    at = skip_blank(close + 1, end)
    if (at >= end || load<u8>(at) != 58) return REASON_JSON
    at = skip_blank(at + 1, end)
    if (at >= end) return REASON_JSON
    const stop = value_end(at, end)
    if (stop == 0) {
      badColumn = column
      return REASON_JSON
    }
    if (column == columns) {
      if (unknownKey == 0) {
        unknownKey = key
        unknownBytes = length
      }
      reason = REASON_UNKNOWN_KEY
    } else {
      guess = column + 1
      const slot = slots ? load<u32>(slots + (column << 2)) : column
      if (fields && slot != NO_SLOT) {
        const field = fields + slot * stride + (record << 3)
        if (load<u32>(field, 4) != FIELD_MISSING && reason == 0) {
          reason = REASON_TWICE
          badColumn = column
        }
        if (load<u8>(at) == 34) {
          store<u32>(field, at + 1)
          store<u32>(field, (stop - at - 2) | FIELD_QUOTED | (escaped ? FIELD_ESCAPED : 0), 4)
        } else {
          store<u32>(field, at)
          store<u32>(field, stop - at, 4)
        }
      }
    }
    at = skip_blank(stop, end)
    if (at >= end) return REASON_JSON
    const next = load<u8>(at)
    if (next == 125) {
      objectEnd = at + 1
      return reason
    }
    if (next != 44) return REASON_JSON
    at = skip_blank(at + 1, end)
  }
  return REASON_JSON
}

/** With `free`, what is between objects: blanks, commas and the array's brackets. */
function skip_between(at: u32, end: u32): u32 {
  while (at < end) {
    const char = <u32>load<u8>(at)
    if (!is_blank(char) && char != 44 && char != 91 && char != 93) break
    at++
  }
  return at
}

export function json_split(state: u32): void {
  const end = load<u32>(state, 4)
  const last = load<u32>(state, 8) != 0
  const free = load<u32>(state, 16) != 0
  const capacity = load<u32>(state, 40)
  const rejects = load<u32>(state, 44)
  const room = load<u32>(state, 48)
  const places = load<u32>(state, 52)
  let line = load<u32>(state, 60)
  let records: u32 = 0
  let rejected: u32 = 0
  let at = load<u32>(state)
  unknownKey = 0
  unknownBytes = 0
  while (at < end && records < capacity) {
    const from = at
    let begin = free ? skip_between(at, end) : at
    if (!free) while (begin < end && (load<u8>(begin) == 32 || load<u8>(begin) == 9)) begin++
    const stop = free ? end : find_either(begin, end, 10, 10)
    if (!free && stop == end && !last) break
    if (begin == end || (!free && skip_blank(begin, stop) == stop)) {
      // nothing but blanks
      if (begin == end && !last && free) {
        line += count_newlines(from, end)
        at = end
        break
      }
      line += free ? count_newlines(from, end) : u32(stop < end)
      at = free ? end : min(stop + 1, end)
      continue
    }
    if (free) line += count_newlines(from, begin)
    objectEnd = 0
    let reason = read_object(state, begin, stop, records)
    if (reason == 0 && !free && skip_blank(objectEnd, stop) != stop) reason = REASON_JSON
    if (free) {
      // an object that is not whole may be so with more text
      if (objectEnd == 0 && !last && reason == REASON_JSON && value_end(begin, end) == 0) {
        at = begin
        break
      }
      at = objectEnd == 0 ? end : objectEnd
    } else {
      at = min(stop + 1, end)
    }
    const begun = line
    line += free ? count_newlines(begin, at) : u32(stop < end)
    if (reason) {
      if (rejects && rejected < room) {
        const reject = rejects + rejected * 24
        let close = free ? at : stop
        while (close > begin && is_blank(load<u8>(close - 1))) close--
        store<u32>(reject, begin)
        store<u32>(reject, close - begin, 4)
        store<u32>(reject, begun, 8)
        store<u32>(reject, badColumn, 12)
        store<u32>(reject, reason, 16)
      }
      rejected++
      continue
    }
    if (places) {
      store<u32>(places + (records << 3), begin)
      store<u32>(places + (records << 3), begun, 4)
    }
    records++
  }
  store<u32>(state, line, 60)
  store<u32>(state, records, 64)
  store<u32>(state, rejected, 68)
  store<u32>(state, at, 72)
  store<u32>(state, unknownKey, 76)
  store<u32>(state, unknownBytes, 80)
}

/** Which kinds of values a column has: 1 null, 2 bool, 4 whole number, 8 other number, 16 text, 32 object, 64 array. */
export function json_kinds(fields: u32, records: u32): u32 {
  let kinds: u32 = 0
  for (let row: u32 = 0; row < records; row++) {
    const start = load<u32>(fields + (row << 3))
    const word = load<u32>(fields + (row << 3), 4)
    if (word & FIELD_MISSING) {
      kinds |= 1
    } else if (word & FIELD_QUOTED) {
      kinds |= 16
    } else {
      switch (load<u8>(start)) {
        case 110:
          kinds |= 1
          break
        case 116:
        case 102:
          kinds |= 2
          break
        case 123:
          kinds |= 32
          break
        case 91:
          kinds |= 64
          break
        default: {
          const length = word & FIELD_LENGTH
          let whole = true
          for (let i: u32 = 0; i < length && whole; i++) {
            const char = load<u8>(start + i)
            if (char != 45 && !is_digit(char)) whole = false
          }
          kinds |= whole ? 4 : 8
        }
      }
    }
  }
  return kinds
}

const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102])

/** The text as a JSON string, in quotes. */
export function json_quote(thread: u32, ptr: u32, len: u32): u64 {
  const buffer = scratch_allocate_wide(thread, <u64>len * 6 + 2)
  let to = buffer
  store<u8>(to++, 34)
  for (let at = ptr; at < ptr + len; at++) {
    const char = <u32>load<u8>(at)
    if (char >= 32 && char != 34 && char != 92) {
      store<u8>(to++, char)
      continue
    }
    store<u8>(to++, 92)
    let letter: u32 = 0
    if (char == 34 || char == 92) letter = char
    else if (char == 10) letter = 110
    else if (char == 13) letter = 114
    else if (char == 9) letter = 116
    else if (char == 8) letter = 98
    else if (char == 12) letter = 102
    if (letter) {
      store<u8>(to++, letter)
    } else {
      // u00
      store<u8>(to, 117)
      store<u8>(to, 48, 1)
      store<u8>(to, 48, 2)
      store<u8>(to, load<u8>(HEX + (char >> 4)), 3)
      store<u8>(to, load<u8>(HEX + (char & 15)), 4)
      to += 5
    }
  }
  store<u8>(to++, 34)
  scratch_trim(thread, buffer, to - buffer)
  return pack(buffer, to - buffer)
}
