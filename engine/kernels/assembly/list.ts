import { say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

/** A list of int64 must not take more than 1 GiB. */
const MOST_ITEMS: u64 = 1 << 27

/** Whole numbers from `start` by `step` up to `stop`; failure 2 for no step, 3 for too many items. */
export function int_range(thread: u32, start: i64, stop: i64, step: i64, inclusive: i32): u64 {
  if (step == 0) {
    say(2)
    return 0
  }
  const up = step > 0
  if (up ? start > stop : start < stop) return pack(scratch_allocate(thread, 8), 0)
  const distance = up ? <u64>stop - <u64>start : <u64>start - <u64>stop
  const width = up ? <u64>step : <u64>-step
  let count = distance / width + 1
  if (!inclusive && distance % width == 0) count--
  if (count > MOST_ITEMS) {
    say(3)
    return 0
  }
  const items = scratch_allocate(thread, <u32>count * 9)
  let value = start
  for (let i: u32 = 0; i < <u32>count; i++) {
    store<i64>(items + 8 * i, value)
    value += step
  }
  memory.fill(items + 8 * <u32>count, 1, <u32>count)
  return pack(items, <u32>count)
}

/** `rows` int64 values, the first being `start` and each `step` after the one before. */
export function fill_series(target: u32, rows: u32, start: i64, step: i64): void {
  let value = start
  for (let i: u32 = 0; i < rows; i++) {
    store<i64>(target + (i << 3), value)
    value += step
  }
}

export function int_range_between(thread: u32, start: i64, stop: i64, inclusive: i32): u64 {
  return int_range(thread, start, stop, 1, inclusive)
}

export function int_range_to(thread: u32, stop: i64, inclusive: i32): u64 {
  return int_range(thread, 0, stop, 1, inclusive)
}

// A list is `count` items of `width` bytes, and then `count` validity bytes.

function copy_items(target: u32, targetCount: u32, at: u32, ptr: u32, count: u32, from: u32, items: u32, width: u32): void {
  memory.copy(target + at * width, ptr + from * width, items * width)
  memory.copy(target + targetCount * width + at, ptr + count * width + from, items)
}

/** Items `from` (from 0) up to but without `to`. */
function take_items(thread: u32, ptr: u32, count: u32, from: i64, to: i64, width: i32): u64 {
  const start = <u32>max<i64>(0, min<i64>(from, count))
  const stop = <u32>max<i64>(start, min<i64>(to, count))
  const target = scratch_allocate(thread, (stop - start) * (width + 1))
  copy_items(target, stop - start, 0, ptr, count, start, stop - start, width)
  return pack(target, stop - start)
}

/** SQL's slice: 1 is the first item, negative positions count from the end, both ends are included. */
export function list_slice(thread: u32, ptr: u32, count: u32, begin: i64, end: i64, width: i32): u64 {
  const from = begin < 0 ? begin + count : max<i64>(begin - 1, 0)
  const to = end < 0 ? end + count + 1 : end
  return take_items(thread, ptr, count, from, to, width)
}

/** Polars' slice: 0 is the first item, negative offsets count from the end. */
export function list_slice_by_offset(thread: u32, ptr: u32, count: u32, offset: i64, length: i64, width: i32): u64 {
  const from = offset < 0 ? offset + count : offset
  return take_items(thread, ptr, count, from, from + max<i64>(0, min<i64>(length, count)), width)
}

export function list_slice_from(thread: u32, ptr: u32, count: u32, offset: i64, width: i32): u64 {
  return take_items(thread, ptr, count, offset < 0 ? offset + count : offset, count, width)
}

/** Each so many places after the last, both ends included; failure 2 for a step of 0. */
export function list_slice_by_step(thread: u32, ptr: u32, count: u32, begin: i64, end: i64, step: i64, width: i32): u64 {
  if (step == 0) {
    say(2)
    return 0
  }
  let from = begin < 0 ? begin + count : begin - 1
  let to = end < 0 ? end + count : end - 1
  if (step > 0) {
    from = max<i64>(from, 0)
    to = min<i64>(to, <i64>count - 1)
  } else {
    from = min<i64>(from, <i64>count - 1)
    to = max<i64>(to, 0)
  }
  const isEmpty = step > 0 ? from > to : from < to
  const items: u32 = isEmpty ? <u32>0 : <u32>((to - from) / step) + 1
  const target = scratch_allocate_wide(thread, <u64>items * (width + 1))
  for (let i: u32 = 0; i < items; i++) copy_items(target, items, i, ptr, count, <u32>(from + i * step), 1, width)
  return pack(target, items)
}

export function list_concat(thread: u32, a: u32, aCount: u32, b: u32, bCount: u32, width: i32): u64 {
  const count = aCount + bCount
  const target = scratch_allocate_wide(thread, <u64>count * (width + 1))
  copy_items(target, count, 0, a, aCount, 0, aCount, width)
  copy_items(target, count, aCount, b, bCount, 0, bCount, width)
  return pack(target, count)
}

export function list_reverse(thread: u32, ptr: u32, count: u32, width: i32): u64 {
  const target = scratch_allocate_wide(thread, <u64>count * (width + 1))
  for (let i: u32 = 0; i < count; i++) copy_items(target, count, count - 1 - i, ptr, count, i, 1, width)
  return pack(target, count)
}

/** The items of all lists, packed as they are, in a list of lists, one after the other; NULL lists have none. */
export function list_flatten(thread: u32, ptr: u32, count: u32, width: i32, areTexts: i32): u64 {
  let total: u64 = 0
  const valid = ptr + 8 * count
  for (let i: u32 = 0; i < count; i++) if (load<u8>(valid + i)) total += load<u32>(load<u32>(ptr + 8 * i))
  const target = scratch_allocate_wide(thread, total * (width + 1))
  let at: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(valid + i)) continue
    const packed = load<u32>(ptr + 8 * i)
    const items = load<u32>(packed)
    copy_items(target, <u32>total, at, packed + 4, items, 0, items, width)
    if (areTexts) {
      for (let j = at; j < at + items; j++) store<u32>(target + 8 * j, load<u32>(target + 8 * j) + packed)
    }
    at += items
  }
  return pack(target, <u32>total)
}

/** The items at `chosen` places (u32 each), in their order. */
export function list_gather(thread: u32, ptr: u32, count: u32, places: u32, chosen: u32, width: i32): u64 {
  const target = scratch_allocate_wide(thread, <u64>chosen * (width + 1))
  for (let i: u32 = 0; i < chosen; i++) copy_items(target, chosen, i, ptr, count, load<u32>(places + 4 * i), 1, width)
  return pack(target, chosen)
}

/** Texts that are not NULL, with a separator between them. */
export function list_join(thread: u32, ptr: u32, count: u32, separator: u32, separatorLen: u32): u64 {
  let size: u64 = 0
  for (let i: u32 = 0; i < count; i++) size += <u64>load<u32>(ptr + 8 * i, 4) + separatorLen
  const target = scratch_allocate_wide(thread, size)
  let at = target
  let isFirst = true
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(ptr + 8 * count + i)) continue
    if (isFirst) {
      isFirst = false
    } else {
      memory.copy(at, separator, separatorLen)
      at += separatorLen
    }
    const len = load<u32>(ptr + 8 * i, 4)
    memory.copy(at, load<u32>(ptr + 8 * i), len)
    at += len
  }
  return pack(target, at - target)
}

function is_blank(char: u32): bool {
  return char == 32 || char - 9 < 5
}

/** Whether DuckDB quotes a text inside a list: it is empty, reads as NULL, has white space at an end or a sign of its own. */
function needs_quotes(ptr: u32, len: u32): bool {
  if (len == 0 || is_blank(load<u8>(ptr)) || is_blank(load<u8>(ptr + len - 1))) return true
  if (len == 4 && (load<u32>(ptr) | 0x20202020) == 0x6c6c756e) return true
  for (let i: u32 = 0; i < len; i++) {
    switch (load<u8>(ptr + i)) {
      case 34: // "
      case 39: // '
      case 40: // (
      case 41: // )
      case 44: // ,
      case 58: // :
      case 61: // =
      case 91: // [
      case 92: // backslash
      case 93: // ]
      case 123: // {
      case 125: // }
        return true
    }
  }
  return false
}

/** Writes a text as it stands inside a list or a struct; returns the end. */
export function put_text(target: u32, text: u32, len: u32, quotes: i32): u32 {
  let at = target
  if (!quotes || !needs_quotes(text, len)) {
    memory.copy(at, text, len)
    return at + len
  }
  store<u8>(at++, 39)
  for (let j: u32 = 0; j < len; j++) {
    const char = load<u8>(text + j)
    if (char == 39 || char == 92) store<u8>(at++, 92)
    store<u8>(at++, char)
  }
  store<u8>(at++, 39)
  return at
}

/** `[a, NULL, 'b, c']` of a list of texts, or `{a, NULL}` of a map's entries. */
export function list_format(thread: u32, ptr: u32, count: u32, quotes: i32, braces: i32): u64 {
  let size: u64 = 2
  for (let i: u32 = 0; i < count; i++) size += 2 * <u64>load<u32>(ptr + 8 * i, 4) + 8
  const target = scratch_allocate_wide(thread, size)
  let at = target
  store<u8>(at++, braces ? 123 : 91)
  for (let i: u32 = 0; i < count; i++) {
    if (i) {
      store<u16>(at, 0x202c)
      at += 2
    }
    if (!load<u8>(ptr + 8 * count + i)) {
      store<u32>(at, 0x4c4c554e)
      at += 4
      continue
    }
    const text = load<u32>(ptr + 8 * i)
    const len = load<u32>(ptr + 8 * i, 4)
    at = put_text(at, text, len, quotes)
  }
  store<u8>(at++, braces ? 125 : 93)
  return pack(target, at - target)
}
