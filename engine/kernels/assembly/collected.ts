import { bytes_compare } from './bytes'
import { interval_compare } from './interval'
import { keep_high } from './outcome'
import { scratch_allocate } from './scratch'

// Items of a list without NULLs, `width` bytes each, that are put in order. How they compare is their `form`; texts are
// pointer and length.

const SIGNED: i32 = 0
const UNSIGNED: i32 = 1
const FLOAT: i32 = 2
const WIDE: i32 = 3
const TEXT: i32 = 4
const INTERVAL: i32 = 5

function signed(at: u32, width: u32): i64 {
  switch (width) {
    case 1:
      return load<i8>(at)
    case 2:
      return load<i16>(at)
    case 4:
      return load<i32>(at)
    default:
      return load<i64>(at)
  }
}

function unsigned(at: u32, width: u32): u64 {
  switch (width) {
    case 1:
      return load<u8>(at)
    case 2:
      return load<u16>(at)
    case 4:
      return load<u32>(at)
    default:
      return load<u64>(at)
  }
}

function sign<T>(a: T, b: T): i32 {
  return i32(a > b) - i32(a < b)
}

/** Below, at or above zero; NaN is greater than any number and equal to itself. */
function compare(a: u32, b: u32, width: u32, form: i32): i32 {
  switch (form) {
    case UNSIGNED:
      return sign<u64>(unsigned(a, width), unsigned(b, width))
    case FLOAT: {
      const x: f64 = width === 4 ? load<f32>(a) : load<f64>(a)
      const y: f64 = width === 4 ? load<f32>(b) : load<f64>(b)
      if (x !== x || y !== y) return i32(x !== x) - i32(y !== y)
      return sign<f64>(x, y)
    }
    case WIDE: {
      const high = sign<i64>(load<i64>(a, 8), load<i64>(b, 8))
      return high ? high : sign<u64>(load<u64>(a), load<u64>(b))
    }
    case TEXT:
      return bytes_compare(load<u32>(a), load<u32>(a, 4), load<u32>(b), load<u32>(b, 4))
    case INTERVAL:
      return interval_compare(load<i32>(a), load<i32>(a, 4), load<i64>(a, 8), load<i32>(b), load<i32>(b, 4), load<i64>(b, 8))
    default:
      return sign<i64>(signed(a, width), signed(b, width))
  }
}

function swap(a: u32, b: u32, width: u32): void {
  for (let at: u32 = 0; at < width; at++) {
    const byte = load<u8>(a + at)
    store<u8>(a + at, load<u8>(b + at))
    store<u8>(b + at, byte)
  }
}

/** Where the item lies that is `nth` (from 0) in ascending order. Items change places (Hoare's selection). */
function select_item(items: u32, count: u32, nth: u32, width: u32, form: i32): u32 {
  let low: i32 = 0
  let high: i32 = <i32>count - 1
  const pivot = scratch
  while (low < high) {
    memory.copy(pivot, items + <u32>(low + ((high - low) >> 1)) * width, width)
    let i = low
    let j = high
    while (i <= j) {
      while (compare(items + <u32>i * width, pivot, width, form) < 0) i++
      while (compare(items + <u32>j * width, pivot, width, form) > 0) j--
      if (i <= j) {
        swap(items + <u32>i * width, items + <u32>j * width, width)
        i++
        j--
      }
    }
    if (<i32>nth <= j) high = j
    else if (<i32>nth >= i) low = i
    else break
  }
  return items + nth * width
}

/** Room for one item. */
let scratch: u32 = 0

/** Where the item lies of which `fraction` of the items are no greater; below 0 it counts from the greatest. */
export function list_quantile(thread: u32, items: u32, count: u32, fraction: f64, width: u32, form: i32): u32 {
  scratch = scratch_allocate(thread, 16)
  const n = <f64>count
  const share = Math.abs(fraction)
  const rank = min(<u32>Math.max(1, n - Math.floor(n - share * n)), count) - 1
  const backwards = reinterpret<i64>(fraction) < 0
  return select_item(items, count, backwards ? count - 1 - rank : rank, width, form)
}

/** The int128 that stands at `fraction` of the way from the least to the greatest, between two that are neighbours. */
export function list_quantile_between(thread: u32, items: u32, count: u32, fraction: f64): u64 {
  scratch = scratch_allocate(thread, 16)
  const place = fraction * <f64>(count - 1)
  const below = select_item(items, count, <u32>Math.floor(place), 16, WIDE)
  const low = load<u64>(below)
  const high = load<i64>(below, 8)
  const above = select_item(items, count, <u32>Math.ceil(place), 16, WIDE)
  const aboveLow = load<u64>(above)
  const distanceLow = aboveLow - low
  const distanceHigh = load<i64>(above, 8) - high - i64(aboveLow < low)
  const distance = (<f64>distanceHigh * 18446744073709551616.0 + <f64>distanceLow) * (place - Math.floor(place))
  const moreHigh = <u64>(distance / 18446744073709551616.0)
  const moreLow = <u64>(distance - <f64>moreHigh * 18446744073709551616.0)
  const resultLow = low + moreLow
  keep_high(<u64>high + moreHigh + u64(resultLow < low))
  return resultLow
}

/** Places of the items (u32 each) in ascending order; equal items keep theirs. */
function places_in_order(thread: u32, items: u32, count: u32, width: u32, form: i32): u32 {
  let from = scratch_allocate(thread, count * 4)
  let to = scratch_allocate(thread, count * 4)
  for (let i: u32 = 0; i < count; i++) store<u32>(from + i * 4, i)
  for (let run: u32 = 1; run < count; run *= 2) {
    for (let start: u32 = 0; start < count; start += 2 * run) {
      const middle = min(start + run, count)
      const end = min(start + 2 * run, count)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const takeLeft =
          right >= end ||
          (left < middle &&
            compare(items + load<u32>(from + left * 4) * width, items + load<u32>(from + right * 4) * width, width, form) <= 0)
        store<u32>(to + at * 4, load<u32>(from + (takeLeft ? left : right) * 4))
        if (takeLeft) left++
        else right++
      }
    }
    const swapped = from
    from = to
    to = swapped
  }
  return from
}

/** Behind the run of equal items that begins at `start`. */
function run_end(places: u32, start: u32, items: u32, count: u32, width: u32, form: i32): u32 {
  const first = items + load<u32>(places + start * 4) * width
  let end = start + 1
  while (end < count && !compare(first, items + load<u32>(places + end * 4) * width, width, form)) end++
  return end
}

/** Where the item lies that is there most often; of several the one that comes first in the list. */
export function list_mode(thread: u32, items: u32, count: u32, width: u32, form: i32): u32 {
  const places = places_in_order(thread, items, count, width, form)
  let most: u32 = 0
  let best: u32 = 0
  for (let start: u32 = 0; start < count; ) {
    const end = run_end(places, start, items, count, width, form)
    const place = load<u32>(places + start * 4)
    if (end - start > most || (end - start === most && place < best)) {
      most = end - start
      best = place
    }
    start = end
  }
  return items + best * width
}

/** Shannon's entropy of the items' frequencies, in bits. */
export function list_entropy(thread: u32, items: u32, count: u32, width: u32, form: i32): f64 {
  const places = places_in_order(thread, items, count, width, form)
  let entropy: f64 = 0
  for (let start: u32 = 0; start < count; ) {
    const end = run_end(places, start, items, count, width, form)
    const share = <f64>(end - start) / <f64>count
    entropy -= share * Math.log2(share)
    start = end
  }
  return entropy === 0 ? 0 : entropy
}
