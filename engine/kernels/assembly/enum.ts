import { bytes_compare } from './bytes'
import { say } from './outcome'

/**
 * The place of a text among the values of a type; outcome 1 where it is none. `table` holds `count` entries sorted by
 * their texts, each of three u32: where the text begins, counted from the table, its bytes, and its place.
 */
export function enum_place(ptr: u32, len: u32, table: u32, count: i32): u32 {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = table + middle * 12
    const order = bytes_compare(table + load<u32>(entry), load<u32>(entry, 4), ptr, len)
    if (order == 0) return load<u32>(entry, 8)
    if (order < 0) low = middle + 1
    else high = middle
  }
  say(1)
  return 0
}
