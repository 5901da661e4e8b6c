import { bytes_compare } from './bytes'
import { pack, scratch_allocate } from './scratch'

/**
 * Entries that stand for the items of a list while it is ordered, 16 bytes each:
 *
 *   0: u64 prefix   order-preserving start of the item; see codegen/normalized-key.ts
 *   8: u32 index    place in the list
 *  12: u32 rank     where NULLs go: entries of a lesser rank come first
 */
const ENTRY: u32 = 16

// Of the list being ordered: where texts lie whose prefixes are equal, and the direction.
let items: u32 = 0
let texts: bool = false
let descending: bool = false

/** Below, at or above zero; the place in the list does not count. */
function compare_items(a: u32, b: u32): i32 {
  const aRank = load<u32>(a, 12)
  const bRank = load<u32>(b, 12)
  if (aRank != bRank) return aRank < bRank ? -1 : 1
  const aPrefix = load<u64>(a)
  const bPrefix = load<u64>(b)
  if (aPrefix != bPrefix) return aPrefix < bPrefix ? -1 : 1
  // the prefix of a NULL is all zeros and so is its text
  if (!texts) return 0
  const left = items + 8 * load<u32>(a, 8)
  const right = items + 8 * load<u32>(b, 8)
  const order = bytes_compare(load<u32>(left), load<u32>(left, 4), load<u32>(right), load<u32>(right, 4))
  return descending ? -order : order
}

/** Merge sort, which keeps equal items in order; the result lies in `entries`. */
function sort(thread: u32, entries: u32, count: u32): void {
  if (count < 2) return
  let from = entries
  let to = scratch_allocate(thread, count * ENTRY)
  for (let run: u32 = 1; run < count; run *= 2) {
    for (let start: u32 = 0; start < count; start += 2 * run) {
      const middle = min(start + run, count)
      const end = min(start + 2 * run, count)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const fromLeft =
          right >= end || (left < middle && compare_items(from + left * ENTRY, from + right * ENTRY) <= 0)
        const source = from + (fromLeft ? left : right) * ENTRY
        memory.copy(to + at * ENTRY, source, ENTRY)
        if (fromLeft) left++
        else right++
      }
    }
    const swap = from
    from = to
    to = swap
  }
  if (from != entries) memory.copy(entries, from, count * ENTRY)
}

function begin(ptr: u32, areTexts: i32, isDescending: i32): void {
  items = ptr
  texts = areTexts != 0
  descending = isDescending != 0
}

export function list_sorted(thread: u32, entries: u32, ptr: u32, count: u32, width: i32, areTexts: i32, isDescending: i32): u64 {
  begin(ptr, areTexts, isDescending)
  sort(thread, entries, count)
  const target = scratch_allocate(thread, count * (width + 1))
  for (let i: u32 = 0; i < count; i++) {
    const index = load<u32>(entries + i * ENTRY, 8)
    memory.copy(target + i * width, ptr + index * width, width)
    store<u8>(target + count * width + i, load<u8>(ptr + count * width + index))
  }
  return pack(target, count)
}

/** Every item once, where it first occurs; NULL too unless `dropNulls`. */
export function list_distinct(thread: u32, entries: u32, ptr: u32, count: u32, width: i32, areTexts: i32, dropNulls: i32): u64 {
  begin(ptr, areTexts, 0)
  sort(thread, entries, count)
  const kept = scratch_allocate(thread, count)
  memory.fill(kept, 0, count)
  let total: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const entry = entries + i * ENTRY
    const index = load<u32>(entry, 8)
    const isNull = !load<u8>(ptr + count * width + index)
    if ((isNull && dropNulls) || (i > 0 && compare_items(entry - ENTRY, entry) == 0)) continue
    store<u8>(kept + index, 1)
    total++
  }
  const target = scratch_allocate(thread, total * (width + 1))
  let at: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(kept + i)) continue
    memory.copy(target + at * width, ptr + i * width, width)
    store<u8>(target + total * width + at, load<u8>(ptr + count * width + i))
    at++
  }
  return pack(target, total)
}
