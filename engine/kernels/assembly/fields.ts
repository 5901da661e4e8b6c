import { bytes_equal } from './bytes'
import { FIELD_LENGTH, FIELD_MISSING, FIELD_QUOTED } from './delimited'

// The fields of one column, which become a vector: of values (`field-values.ts`) or of texts (`field-texts.ts`).

/**
 * What `state` addresses:
 *
 * ```
 *  0 u32 type         one of the codes of `store_value`
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

export const PLAIN: u32 = 1
const QUOTED_VALUES: u32 = 2
export const ASCII: u32 = 4
export const JSON_FIELDS: u32 = 8
export const RAW_JSON: u32 = 16

/** A bound for the bytes that the column's texts take: escapes only shorten them. */
export function fields_bytes(fields: u32, records: u32): u64 {
  let total: u64 = 0
  for (let row: u32 = 0; row < records; row++) total += load<u32>(fields + (row << 3), 4) & FIELD_LENGTH
  return total
}

export function field_is_null(state: u32, start: u32, word: u32): bool {
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

/** Marks a record as one that cannot be read. */
export function fail_record(state: u32, row: u32, reason: u32): void {
  const failures = load<u32>(state, 72)
  if (failures == 0) store<u32>(state, row, 76)
  store<u32>(state, failures + 1, 72)
  const status = load<u32>(state, 40)
  if (status != 0 && load<u32>(status + (row << 2)) == 0) {
    store<u32>(status + (row << 2), (load<u32>(state, 44) << 8) | reason)
  }
}
