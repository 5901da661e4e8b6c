import { set_bit } from './bitmap'
import { days_from_civil, days_in_month, MICROS_PER_DAY } from './calendar'
import { FIELD_LENGTH } from './delimited'
import { fail_record, field_is_null, PLAIN, REASON_CAST } from './fields'
import { is_digit, parse_bool, parse_decimal, parse_f64, parse_i64, parse_u64 } from './number-text'
import { result_days, result_high, result_months, take_outcome } from './outcome'
import { is_plain } from './plain-spelling'
import { strptime } from './strftime'
import { parse_date_whole, parse_interval, parse_time, parse_timestamp } from './temporal-reading'

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

function read_timestamp(start: u32, length: u32, zoned: i32): i64 {
  if (length == 19 && (load<u8>(start, 10) == 32 || load<u8>(start, 10) == 84)) {
    if (iso_date(start) && iso_clock(start + 11)) return civilDays * MICROS_PER_DAY + clockMicros
  }
  return parse_timestamp(start, length, zoned)
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
  if (type >= 1 && type <= 7) {
    if (!plain_digits(start, length)) {
      plainValue = parse_i64(start, length)
      if (take_outcome()) return false
    }
    return store_integer(type, values, row, plainValue)
  }
  switch (type) {
    case 0: {
      const value = parse_bool(start, length)
      if (values && value) set_bit(values, row)
      break
    }
    case 8: {
      const value = parse_u64(start, length)
      if (values) store<u64>(values + (row << 3), value)
      break
    }
    case 9:
    case 10: {
      const value = parse_f64(start, length)
      if (values && type == 9) store<f32>(values + (row << 2), <f32>value)
      else if (values) store<f64>(values + (row << 3), value)
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

/** A vector of any type but texts, from the fields that `state` (`fields.ts`) tells of. */
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
    if (field_is_null(state, start, word)) {
      nullRows++
      if (values) store_zero(type, values, row)
    } else {
      const length = word & FIELD_LENGTH
      if (
        (flags & PLAIN && !is_plain(state, type, start, length)) ||
        !store_value(state, type, values, row, start, length)
      ) {
        fail_record(state, row, REASON_CAST)
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
