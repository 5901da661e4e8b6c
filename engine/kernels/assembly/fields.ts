import { bytes_equal } from './bytes'
import { days_from_civil, days_in_month } from './calendar'
import { FIELD_ESCAPED, FIELD_LENGTH, FIELD_MISSING, FIELD_QUOTED } from './delimited'
import { json_string } from './json'
import { is_digit, is_space, parse_bool, parse_decimal, parse_f64, parse_i64, parse_u64 } from './number-text'
import { result_days, result_high, result_months, take_outcome } from './outcome'
import { strptime } from './strftime'
import { parse_date_whole, parse_interval, parse_time, parse_timestamp } from './temporal-text'

/**
 * Turns the fields of one column into a vector. `state` addresses
 *
 * ```
 *  0 u32 type         one of the codes below
 *  4 u32 fields       u64 for each record, as `delimited_split` leaves them
 *  8 u32 records
 * 12 u32 values       room for the values; 0: they are only checked
 * 16 u32 validity     room for the bitmap
 * 20 u32 offsets      of texts: room for records + 1 offsets
 * 24 u32 format       of dates and timestamps; 0 for ISO
 * 28 u32 formatBytes
 * 32 u32 nulls        texts that stand for NULL, (address, length) pairs
 * 36 u32 nullCount
 * 40 u32 status       u32 for each record: 0, or column and reason of its first failure; 0: nobody wants it
 * 44 u32 column       for `status`
 * 48 u32 flags        1: only plain spellings of numbers; 2: quoted texts are never NULL; 4: all text is ASCII;
 *                     8: fields are JSON; 16: and stay JSON, strings with their quotes
 * 52 u32 escape       of quoted texts
 * 56 i32 precision
 * 60 i32 scale
 * 64 u32 decimal      the byte between whole number and fraction
 * 68 u32 nullRows     result
 * 72 u32 failures     result
 * 76 u32 failed       result: the first record that failed
 * 80 u32 bytes        result: of all texts
 * ```
 */

export const REASON_UNICODE: u32 = 5
export const REASON_CAST: u32 = 6

const PLAIN: u32 = 1
const QUOTED_VALUES: u32 = 2
const ASCII: u32 = 4
const JSON_FIELDS: u32 = 8
const RAW_JSON: u32 = 16

/** A bound for the bytes that the column's texts take: escapes only shorten them. */
export function fields_bytes(fields: u32, records: u32): u64 {
  let total: u64 = 0
  for (let row: u32 = 0; row < records; row++) total += load<u32>(fields + (row << 3), 4) & FIELD_LENGTH
  return total
}

export function text_is_ascii(at: u32, end: u32): i32 {
  for (; at + 16 <= end; at += 16) if (i8x16.bitmask(v128.load(at))) return 0
  for (; at < end; at++) if (load<u8>(at) > 127) return 0
  return 1
}

function is_null(state: u32, start: u32, word: u32): bool {
  if (word & FIELD_MISSING) return true
  const flags = load<u32>(state, 48)
  const length = word & FIELD_LENGTH
  if (flags & JSON_FIELDS) {
    // null
    return length == 4 && (word & FIELD_QUOTED) == 0 && load<u32>(start) == 0x6c6c756e
  }
  if (word & FIELD_QUOTED && flags & QUOTED_VALUES) return false
  const nulls = load<u32>(state, 32)
  const count = load<u32>(state, 36)
  for (let index: u32 = 0; index < count; index++) {
    const pair = nulls + (index << 3)
    if (load<u32>(pair, 4) == length && bytes_equal(load<u32>(pair), start, length)) return true
  }
  return false
}

/** Digits alone, at most 18 of them after a minus; `plainValue` is the number. */
// @ts-ignore: AssemblyScript's decorator
@inline
function plain_digits(start: u32, length: u32): bool {
  let at = start
  const end = start + length
  const negative = length > 1 && load<u8>(at) == 45
  if (negative) at++
  if (end - at > 18 || at == end) return false
  let value: i64 = 0
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 48
    if (digit > 9) return false
    value = value * 10 + digit
  }
  plainValue = negative ? -value : value
  return true
}

let plainValue: i64 = 0

/** Neither a plus, nor zeros in front, nor letters but an exponent's: what the sniffer takes for a number. */
function is_plain_number(start: u32, length: u32): bool {
  let at = start
  let end = start + length
  while (at < end && is_space(load<u8>(at))) at++
  while (end > at && is_space(load<u8>(end - 1))) end--
  if (at < end && load<u8>(at) == 45) at++
  if (at == end) return false
  const first = <u32>load<u8>(at)
  if (!is_digit(first) && first != 46) return false
  if (first == 48 && at + 1 < end) {
    const next = <u32>load<u8>(at + 1)
    if (is_digit(next)) return false
    if ((next | 32) == 120) return true
  }
  for (; at < end; at++) {
    const char = <u32>load<u8>(at)
    if (!is_digit(char) && char != 46 && (char | 32) != 101 && char != 43 && char != 45) return false
  }
  return true
}

/** YYYY-MM-DD at `at`; `civilDays` is the day. */
function iso_date(at: u32): bool {
  // digits lie at 0-3, 5-6 and 8-9, dashes at 4 and 7
  const low = load<u64>(at)
  if ((low & 0xff0000ff00000000) != 0x2d00002d00000000) return false
  const year =
    (<i64>load<u8>(at) - 48) * 1000 + (<i64>load<u8>(at, 1) - 48) * 100 + (<i64>load<u8>(at, 2) - 48) * 10 + load<u8>(at, 3) - 48
  const month = (<i32>load<u8>(at, 5) - 48) * 10 + <i32>load<u8>(at, 6) - 48
  const day = (<i32>load<u8>(at, 8) - 48) * 10 + <i32>load<u8>(at, 9) - 48
  for (let i: u32 = 0; i < 10; i++) if (i != 4 && i != 7 && !is_digit(load<u8>(at + i))) return false
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false
  civilDays = days_from_civil(year, month, day)
  return true
}

let civilDays: i64 = 0

/** HH:MM:SS at `at`; `clockMicros` is the time. */
function iso_clock(at: u32): bool {
  if (load<u8>(at, 2) != 58 || load<u8>(at, 5) != 58) return false
  for (let i: u32 = 0; i < 8; i++) if (i != 2 && i != 5 && !is_digit(load<u8>(at + i))) return false
  const hour = (<i64>load<u8>(at) - 48) * 10 + load<u8>(at, 1) - 48
  const minute = (<i64>load<u8>(at, 3) - 48) * 10 + load<u8>(at, 4) - 48
  const second = (<i64>load<u8>(at, 6) - 48) * 10 + load<u8>(at, 7) - 48
  if (hour > 23 || minute > 59 || second > 59) return false
  clockMicros = ((hour * 60 + minute) * 60 + second) * 1000000
  return true
}

let clockMicros: i64 = 0

const MICROS_PER_DAY: i64 = 86400000000

function read_timestamp(start: u32, length: u32, zoned: i32): i64 {
  if (length == 19 && (load<u8>(start, 10) == 32 || load<u8>(start, 10) == 84)) {
    if (iso_date(start) && iso_clock(start + 11)) return civilDays * MICROS_PER_DAY + clockMicros
  }
  return parse_timestamp(start, length, zoned)
}

/** Whether there is an offset from UTC, or Z, behind the time: then the text is an instant. */
function has_offset(start: u32, length: u32): bool {
  if ((<u32>load<u8>(start + length - 1) | 32) == 122) return true
  for (let at: u32 = 11; at < length; at++) {
    const char = load<u8>(start + at)
    if (char == 43 || char == 45) return true
  }
  return false
}

// @ts-ignore: AssemblyScript's decorator
@inline
function store_integer(type: u32, values: u32, row: u32, value: i64): bool {
  switch (type) {
    case 1:
      if (values) store<i8>(values + row, <i8>value)
      return value == <i64>(<i8>value)
    case 2:
      if (values) store<i16>(values + (row << 1), <i16>value)
      return value == <i64>(<i16>value)
    case 3:
      if (values) store<i32>(values + (row << 2), <i32>value)
      return value == <i64>(<i32>value)
    case 4:
      if (values) store<i64>(values + (row << 3), value)
      return true
    case 5:
      if (values) store<u8>(values + row, <u8>value)
      return value == <i64>(<u8>value)
    case 6:
      if (values) store<u16>(values + (row << 1), <u16>value)
      return value == <i64>(<u16>value)
    default:
      if (values) store<u32>(values + (row << 2), <u32>value)
      return value == <i64>(<u32>value)
  }
}

function store_zero(type: u32, values: u32, row: u32): void {
  switch (type) {
    case 0:
      return
    case 1:
    case 5:
      store<u8>(values + row, 0)
      return
    case 2:
    case 6:
      store<u16>(values + (row << 1), 0)
      return
    case 3:
    case 7:
    case 9:
    case 13:
      store<u32>(values + (row << 2), 0)
      return
    case 12:
    case 17:
      store<u64>(values + (row << 4), 0)
      store<u64>(values + (row << 4), 0, 8)
      return
    default:
      store<u64>(values + (row << 3), 0)
  }
}

/**
 * One value; false when the text is none of the type. Codes: 0 bool, 1 to 4 int8 to int64, 5 to 8 uint8 to uint64,
 * 9 float32, 10 float64, 11 decimal of one int64, 12 decimal of an int128, 13 date, 14 time, 15 timestamp, 16 instant,
 * 17 interval.
 */
function store_value(state: u32, type: u32, values: u32, row: u32, start: u32, length: u32): bool {
  const format = load<u32>(state, 24)
  if (type >= 1 && type <= 8 && type != 8) {
    if (!plain_digits(start, length)) {
      plainValue = parse_i64(start, length)
      if (take_outcome()) return false
    }
    return store_integer(type, values, row, plainValue)
  }
  switch (type) {
    case 0: {
      const value = parse_bool(start, length)
      if (values && value) {
        const byte = values + (row >> 3)
        store<u8>(byte, <u8>(<u32>load<u8>(byte) | (1 << (row & 7))))
      }
      break
    }
    case 8: {
      const value = parse_u64(start, length)
      if (values) store<u64>(values + (row << 3), value)
      break
    }
    case 9: {
      const value = parse_f64(start, length)
      if (values) store<f32>(values + (row << 2), <f32>value)
      break
    }
    case 10: {
      const value = parse_f64(start, length)
      if (values) store<f64>(values + (row << 3), value)
      break
    }
    case 11: {
      const value = parse_decimal(start, length, load<i32>(state, 56), load<i32>(state, 60))
      if (values) store<u64>(values + (row << 3), value)
      break
    }
    case 12: {
      const value = parse_decimal(start, length, load<i32>(state, 56), load<i32>(state, 60))
      if (values) {
        store<u64>(values + (row << 4), value)
        store<u64>(values + (row << 4), result_high(), 8)
      }
      break
    }
    case 13: {
      let days: i32
      if (format != 0) {
        const micros = strptime(0, start, length, format, load<u32>(state, 28))
        days = <i32>(micros / MICROS_PER_DAY)
        if (micros - <i64>days * MICROS_PER_DAY < 0) days--
      } else if (length == 10 && iso_date(start)) {
        days = <i32>civilDays
      } else {
        days = parse_date_whole(start, length)
      }
      if (values) store<i32>(values + (row << 2), days)
      break
    }
    case 14: {
      let micros: i64
      if (length == 8 && iso_clock(start)) micros = clockMicros
      else micros = parse_time(start, length)
      if (values) store<i64>(values + (row << 3), micros)
      break
    }
    case 15:
    case 16: {
      const micros =
        format != 0
          ? strptime(0, start, length, format, load<u32>(state, 28))
          : read_timestamp(start, length, i32(type == 16))
      if (values) store<i64>(values + (row << 3), micros)
      break
    }
    case 17: {
      const micros = parse_interval(start, length)
      if (values) {
        store<i32>(values + (row << 4), result_months())
        store<i32>(values + (row << 4), result_days(), 4)
        store<i64>(values + (row << 4), micros, 8)
      }
      break
    }
    default:
      return false
  }
  return take_outcome() == 0
}

function is_boolean_word(start: u32, length: u32): bool {
  let first: u32 = 32
  let letters: u32 = 0
  for (let at: u32 = 0; at < length; at++) {
    const char = <u32>load<u8>(start + at)
    if (is_digit(char)) return false
    if (is_space(char)) continue
    if (letters++ == 0) first = char | 32
  }
  return letters > 1 || first == 116 || first == 102
}

function is_four_digits(start: u32): bool {
  for (let at: u32 = 0; at < 4; at++) if (!is_digit(load<u8>(start + at))) return false
  return true
}

/** What only the sniffer asks for: a BIGINT has no fraction, a TIMESTAMP has a time and no offset. */
function is_plain(state: u32, type: u32, start: u32, length: u32): bool {
  switch (type) {
    case 0:
      // neither 1 nor y
      return is_boolean_word(start, length)
    case 4:
    case 12:
      if (!is_plain_number(start, length)) return false
      for (let at: u32 = 0; at < length; at++) {
        const char = <u32>load<u8>(start + at)
        if (char == 46 || (char == 101 || char == 69) && !(length > 1 && (load<u8>(start, 1) | 32) == 120)) return false
      }
      return true
    case 10:
      return is_plain_number(start, length)
    case 13:
      // a year has four digits
      return load<u32>(state, 24) != 0 || (length > 7 && is_four_digits(start))
    case 15:
      return (
        load<u32>(state, 24) != 0 || (length > 10 && is_four_digits(start) && !has_offset(start, length))
      )
    case 16:
      return length > 10 && has_offset(start, length)
    default:
      return true
  }
}

function fail(state: u32, row: u32, reason: u32): void {
  const failures = load<u32>(state, 72)
  if (failures == 0) store<u32>(state, row, 76)
  store<u32>(state, failures + 1, 72)
  const status = load<u32>(state, 40)
  if (status != 0 && load<u32>(status + (row << 2)) == 0) {
    store<u32>(status + (row << 2), (load<u32>(state, 44) << 8) | reason)
  }
}

/** Every type but texts. */
export function fields_to_values(state: u32): void {
  const type = load<u32>(state)
  const fields = load<u32>(state, 4)
  const records = load<u32>(state, 8)
  const values = load<u32>(state, 12)
  const validity = load<u32>(state, 16)
  const flags = load<u32>(state, 48)
  let nullRows: u32 = 0
  let bits: u32 = 0
  store<u32>(state, 0, 72)
  if (type == 0 && values) memory.fill(values, 0, (records + 7) >> 3)
  for (let row: u32 = 0; row < records; row++) {
    const field = fields + (row << 3)
    const start = load<u32>(field)
    const word = load<u32>(field, 4)
    if (is_null(state, start, word)) {
      nullRows++
      if (values) store_zero(type, values, row)
    } else {
      const length = word & FIELD_LENGTH
      if (
        (flags & PLAIN && !is_plain(state, type, start, length)) ||
        !store_value(state, type, values, row, start, length)
      ) {
        fail(state, row, REASON_CAST)
        if (values) store_zero(type, values, row)
      }
      bits |= 1 << (row & 7)
    }
    if ((row & 7) == 7) {
      if (validity) store<u8>(validity + (row >> 3), <u8>bits)
      bits = 0
    }
  }
  if (validity && records & 7) store<u8>(validity + (records >> 3), <u8>bits)
  store<u32>(state, nullRows, 68)
}

/** Whether the bytes are UTF-8, as Unicode's table 3-7 has it. */
export function is_utf8(at: u32, end: u32): bool {
  while (at < end) {
    const first = <u32>load<u8>(at)
    if (first < 0x80) {
      at++
      continue
    }
    let more: u32
    let least: u32 = 0x80
    let most: u32 = 0xbf
    if (first < 0xc2) return false
    if (first < 0xe0) more = 1
    else if (first < 0xf0) {
      more = 2
      if (first == 0xe0) least = 0xa0
      if (first == 0xed) most = 0x9f
    } else if (first < 0xf5) {
      more = 3
      if (first == 0xf0) least = 0x90
      if (first == 0xf4) most = 0x8f
    } else return false
    if (end - at <= more) return false
    const second = <u32>load<u8>(at + 1)
    if (second < least || second > most) return false
    for (let i: u32 = 2; i <= more; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return false
    at += more + 1
  }
  return true
}

/** Without the escapes: the byte after each stands for itself. The bytes written. */
function copy_unescaped(start: u32, length: u32, escape: u32, target: u32): u32 {
  const end = start + length
  let to = target
  for (let at = start; at < end; at++) {
    let char = <u32>load<u8>(at)
    if (char == escape && at + 1 < end) char = load<u8>(++at)
    store<u8>(to++, char)
  }
  return to - target
}

/** Texts, into `values` and `offsets`. Blocks of 16 bytes are copied, so that 16 bytes more are written. */
export function fields_to_texts(state: u32): void {
  const fields = load<u32>(state, 4)
  const records = load<u32>(state, 8)
  const values = load<u32>(state, 12)
  const validity = load<u32>(state, 16)
  const offsets = load<u32>(state, 20)
  const flags = load<u32>(state, 48)
  const escape = load<u32>(state, 52)
  const json = (flags & JSON_FIELDS) != 0
  let nullRows: u32 = 0
  let bits: u32 = 0
  let to: u32 = 0
  store<u32>(state, 0, 72)
  if (offsets) store<u32>(offsets, 0)
  for (let row: u32 = 0; row < records; row++) {
    const field = fields + (row << 3)
    let start = load<u32>(field)
    let word = load<u32>(field, 4)
    if (is_null(state, start, word)) {
      nullRows++
    } else {
      if (flags & RAW_JSON && word & FIELD_QUOTED) {
        start--
        word = (word & FIELD_LENGTH) + 2
      }
      const length = word & FIELD_LENGTH
      bits |= 1 << (row & 7)
      if (!(flags & ASCII) && !is_utf8(start, start + length)) {
        fail(state, row, REASON_UNICODE)
      } else if (json && word & FIELD_ESCAPED) {
        const written = json_string(start, length, values ? values + to : 0)
        if (written < 0) fail(state, row, REASON_UNICODE)
        else to += written
      } else if (values) {
        if (word & FIELD_ESCAPED) {
          to += copy_unescaped(start, length, escape, values + to)
        } else {
          const target = values + to
          for (let at: u32 = 0; at < length; at += 16) v128.store(target + at, v128.load(start + at))
          to += length
        }
      }
    }
    if (offsets) store<u32>(offsets + (row << 2), to, 4)
    if ((row & 7) == 7) {
      if (validity) store<u8>(validity + (row >> 3), <u8>bits)
      bits = 0
    }
  }
  if (validity && records & 7) store<u8>(validity + (records >> 3), <u8>bits)
  store<u32>(state, nullRows, 68)
  store<u32>(state, to, 80)
}

/** Takes the records that `status` says are bad out of every column's fields. The records left. */
export function fields_compact(fields: u32, columns: u32, capacity: u32, records: u32, status: u32): u32 {
  let kept: u32 = 0
  for (let column: u32 = 0; column < columns; column++) {
    const base = fields + column * (capacity << 3)
    kept = 0
    for (let row: u32 = 0; row < records; row++) {
      if (load<u32>(status + (row << 2)) != 0) continue
      if (kept != row) store<u64>(base + (kept << 3), load<u64>(base + (row << 3)))
      kept++
    }
  }
  return kept
}

/** Adds the records that `status` says are bad to `rejects`, from index `count` on while there is room. How many then. */
export function fields_reject(
  places: u32,
  status: u32,
  records: u32,
  end: u32,
  rejects: u32,
  count: u32,
  room: u32,
): u32 {
  for (let row: u32 = 0; row < records; row++) {
    const bad = load<u32>(status + (row << 2))
    if (bad == 0) continue
    if (count < room) {
      const reject = rejects + count * 24
      const begin = load<u32>(places + (row << 3))
      let stop = row + 1 < records ? load<u32>(places + (row << 3), 8) : end
      while (stop > begin && (load<u8>(stop - 1) == 10 || load<u8>(stop - 1) == 13)) stop--
      store<u32>(reject, begin)
      store<u32>(reject, stop - begin, 4)
      store<u32>(reject, load<u32>(places + (row << 3), 4), 8)
      store<u32>(reject, bad >> 8, 12)
      store<u32>(reject, bad & 255, 16)
    }
    count++
  }
  return count
}

/** The same text in every row. Blocks of 16 bytes are copied, so that 16 bytes more are read and written. */
export function repeat_text(text: u32, bytes: u32, rows: u32, offsets: u32, values: u32): void {
  let to: u32 = 0
  store<u32>(offsets, 0)
  for (let row: u32 = 0; row < rows; row++) {
    for (let at: u32 = 0; at < bytes; at += 16) v128.store(values + to + at, v128.load(text + at))
    to += bytes
    store<u32>(offsets + (row << 2), to, 4)
  }
}

/**
 * Turns rejects into columns: `lines` int64, `columns` int32 counted from 1 and at most `most`, `reasons` one byte each,
 * and the texts.
 * Bytes that are not UTF-8 become question marks. Returns the bytes of the texts, which are at most those of the rejects.
 */
export function reject_columns(
  rejects: u32,
  count: u32,
  most: u32,
  lines: u32,
  columns: u32,
  reasons: u32,
  offsets: u32,
  values: u32,
): u32 {
  let to: u32 = 0
  store<u32>(offsets, 0)
  for (let row: u32 = 0; row < count; row++) {
    const reject = rejects + row * 24
    const start = load<u32>(reject)
    const length = load<u32>(reject, 4)
    store<i64>(lines + (row << 3), load<u32>(reject, 8))
    store<i32>(columns + (row << 2), min(load<u32>(reject, 12) + 1, most))
    store<u8>(reasons + row, load<u32>(reject, 16))
    memory.copy(values + to, start, length)
    if (!is_utf8(values + to, values + to + length)) {
      for (let at = to; at < to + length; at++) if (load<u8>(values + at) > 127) store<u8>(values + at, 63)
    }
    to += length
    store<u32>(offsets + (row << 2), to, 4)
  }
  return to
}
