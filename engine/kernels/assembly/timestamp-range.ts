import { timestamp_is_infinite } from './infinite-time'
import { say } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'
import { timestamp_add_interval } from './timestamp'

/** Timestamps of a range; more are not made. */
const MOST_TIMESTAMPS: u32 = 1 << 26

/**
 * Timestamps from `start` by an interval up to `stop`, as a list; each is counted from the one before. Failure 2 for an
 * interval that does not move or mixes directions, 3 for too many, 4 for an infinite end.
 */
export function timestamp_range(thread: u32, start: i64, stop: i64, months: i32, days: i32, micros: i64, inclusive: i32): u64 {
  const up = months > 0 || days > 0 || micros > 0
  const down = months < 0 || days < 0 || micros < 0
  if (up == down) {
    say(2)
    return 0
  }
  if (timestamp_is_infinite(start) || timestamp_is_infinite(stop)) {
    say(4)
    return 0
  }
  let count: u32 = 0
  let value = start
  while (count <= MOST_TIMESTAMPS && is_before(value, stop, up, inclusive)) {
    value = timestamp_add_interval(value, months, days, micros, 1)
    count++
  }
  if (count > MOST_TIMESTAMPS) {
    say(3)
    return 0
  }
  const items = scratch_allocate_wide(thread, <u64>count * 9)
  value = start
  for (let i: u32 = 0; i < count; i++) {
    store<i64>(items + 8 * i, value)
    value = timestamp_add_interval(value, months, days, micros, 1)
  }
  memory.fill(items + 8 * count, 1, count)
  return pack(items, count)
}

// @ts-ignore: AssemblyScript's decorator
@inline
function is_before(value: i64, stop: i64, up: bool, inclusive: i32): bool {
  return value == stop ? inclusive != 0 : up ? value < stop : value > stop
}
