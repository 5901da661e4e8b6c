/**
 * What a kernel says beside its result: 0 fine, 1 NULL (or: does not convert), 2 and up the caller's failures in
 * order. It is fetched, and reset, right after the call. Globals belong to one instance, so to one thread.
 */
let outcome: i32 = 0

export function take_outcome(): i32 {
  const said = outcome
  outcome = 0
  return said
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function say(what: i32): void {
  outcome = what
}

let high: u64 = 0
let months: i32 = 0
let days: i32 = 0

/** The high half of the int128 that the last kernel returned the low half of. */
export function result_high(): u64 {
  return high
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function keep_high(value: u64): void {
  high = value
}

/** The months of the interval that the last kernel returned the microseconds of. */
export function result_months(): i32 {
  return months
}

export function result_days(): i32 {
  return days
}

export function keep_interval(m: i32, d: i32, micros: i64): i64 {
  months = m
  days = d
  return micros
}
