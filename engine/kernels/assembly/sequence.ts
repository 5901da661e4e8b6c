import { say } from './outcome'

/**
 * The state of a sequence in the heap (`engine/sequences.ts` lays it out): next value, increment, least and greatest
 * value, last value (i64 each), then what has happened (u32).
 */
const INCREMENT: usize = 8
const LEAST: usize = 16
const GREATEST: usize = 24
const LAST: usize = 32
const FLAGS: usize = 40

const CYCLES: u32 = 1
const CALLED: u32 = 2
const EXHAUSTED: u32 = 4

/** The next value. Failure 2 behind the greatest value, 3 behind the least. Not for two threads at a time. */
export function sequence_next(state: u32): i64 {
  const increment = load<i64>(state, INCREMENT)
  const flags = load<u32>(state, FLAGS)
  if ((flags & EXHAUSTED) !== 0) {
    say(increment > 0 ? 2 : 3)
    return 0
  }
  const value = load<i64>(state)
  const least = load<i64>(state, LEAST)
  const greatest = load<i64>(state, GREATEST)
  // distances as unsigned numbers, which hold those from end to end
  const left: u64 = increment > 0 ? <u64>greatest - <u64>value : <u64>value - <u64>least
  const step: u64 = increment > 0 ? <u64>increment : 0 - <u64>increment
  let said = flags | CALLED
  if (left >= step) store<i64>(state, value + increment)
  else if ((flags & CYCLES) !== 0) store<i64>(state, increment > 0 ? least : greatest)
  else said |= EXHAUSTED
  store<i64>(state, value, LAST)
  store<u32>(state, said, FLAGS)
  return value
}

/** What `sequence_next` gave last. Failure 2 when it gave nothing yet. */
export function sequence_last(state: u32): i64 {
  if ((load<u32>(state, FLAGS) & CALLED) === 0) say(2)
  return load<i64>(state, LAST)
}
