import { FIELD_ESCAPED, FIELD_LENGTH, FIELD_QUOTED } from './delimited'
import { ASCII, fail_record, field_is_null, JSON_FIELDS, RAW_JSON, REASON_UNICODE } from './fields'
import { json_string } from './json'
import { is_utf8 } from './utf8'

export function text_is_ascii(at: u32, end: u32): i32 {
  for (; at + 16 <= end; at += 16) if (i8x16.bitmask(v128.load(at))) return 0
  for (; at < end; at++) if (load<u8>(at) > 127) return 0
  return 1
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
    if (field_is_null(state, start, word)) {
      nullRows++
    } else {
      if (flags & RAW_JSON && word & FIELD_QUOTED) {
        start--
        word = (word & FIELD_LENGTH) + 2
      }
      const length = word & FIELD_LENGTH
      bits |= 1 << (row & 7)
      if (!(flags & ASCII) && !is_utf8(start, start + length)) {
        fail_record(state, row, REASON_UNICODE)
      } else if (json && word & FIELD_ESCAPED) {
        const written = json_string(start, length, values ? values + to : 0)
        if (written < 0) fail_record(state, row, REASON_UNICODE)
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
