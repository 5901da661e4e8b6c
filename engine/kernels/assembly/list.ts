import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

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

export function int_range_between(thread: u32, start: i64, stop: i64, inclusive: i32): u64 {
  return int_range(thread, start, stop, 1, inclusive)
}

export function int_range_to(thread: u32, stop: i64, inclusive: i32): u64 {
  return int_range(thread, 0, stop, 1, inclusive)
}
