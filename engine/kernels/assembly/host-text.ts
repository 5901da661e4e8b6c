import { host_map_text, host_measure_text, host_take_text } from './host'
import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

/** Failure 2 when it cannot be done. */
function mapped(thread: u32, op: i32, ptr: u32, len: u32, other: u32, otherLen: u32, a: i64, b: i64): u64 {
  const bytes = host_map_text(op, ptr, len, other, otherLen, <f64>a, <f64>b)
  if (bytes < 0) {
    say(2)
    return 0
  }
  const target = scratch_allocate(thread, bytes)
  host_take_text(target)
  return pack(target, bytes)
}

export function text_mapped(thread: u32, ptr: u32, len: u32, op: i32): u64 {
  return mapped(thread, op, ptr, len, 0, 0, 0, 0)
}

export function text_mapped_by(thread: u32, ptr: u32, len: u32, a: i64, op: i32): u64 {
  return mapped(thread, op, ptr, len, 0, 0, a, 0)
}

export function text_mapped_from(thread: u32, ptr: u32, len: u32, a: i64, op: i32): u64 {
  return mapped(thread, op, ptr, len, 0, 0, a, i32.MAX_VALUE)
}

export function text_mapped_within(thread: u32, ptr: u32, len: u32, a: i64, b: i64, op: i32): u64 {
  return mapped(thread, op, ptr, len, 0, 0, a, b)
}

export function text_mapped_with(thread: u32, ptr: u32, len: u32, other: u32, otherLen: u32, op: i32): u64 {
  return mapped(thread, op, ptr, len, other, otherLen, 0, 0)
}

export function text_measured(ptr: u32, len: u32, op: i32): i64 {
  return <i64>host_measure_text(op, ptr, len)
}
