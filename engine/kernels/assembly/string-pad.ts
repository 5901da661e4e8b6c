import { say } from './outcome'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'
import { clamp, point_bytes, slice, string_length } from './string'

/** Writes so many code points of the padding, again and again; the end. */
function write_padding(target: u32, pad: u32, padLen: u32, count: i64): u32 {
  let at = target
  let i: u32 = 0
  for (let left = count; left > 0; left--) {
    const size = min(point_bytes(load<u8>(pad + i)), padLen - i)
    memory.copy(at, pad + i, size)
    at += size
    i += size
    if (i >= padLen) i = 0
  }
  return at
}

function pad_text(thread: u32, ptr: u32, len: u32, width: i32, pad: u32, padLen: u32, left: bool): u64 {
  const missing = <i64>width - string_length(ptr, len)
  if (missing <= 0) return slice(ptr, len, 0, width)
  if (padLen == 0) {
    say(2)
    return pack(ptr, 0)
  }
  const target = scratch_allocate_wide(thread, <u64>len + <u64>missing * 4)
  let at = target
  if (left) at = write_padding(at, pad, padLen, missing)
  memory.copy(at, ptr, len)
  at += len
  if (!left) at = write_padding(at, pad, padLen, missing)
  scratch_trim(thread, target, at - target)
  return pack(target, at - target)
}

export function string_pad_left(thread: u32, ptr: u32, len: u32, width: i32, pad: u32, padLen: u32): u64 {
  return pad_text(thread, ptr, len, width, pad, padLen, true)
}

export function string_pad_right(thread: u32, ptr: u32, len: u32, width: i32, pad: u32, padLen: u32): u64 {
  return pad_text(thread, ptr, len, width, pad, padLen, false)
}

const space: usize = memory.data<u8>([32])

export function string_pad_left_spaces(thread: u32, ptr: u32, len: u32, width: i32): u64 {
  return pad_text(thread, ptr, len, width, <u32>space, 1, true)
}

export function string_pad_right_spaces(thread: u32, ptr: u32, len: u32, width: i32): u64 {
  return pad_text(thread, ptr, len, width, <u32>space, 1, false)
}

export function string_zero_fill(thread: u32, ptr: u32, len: u32, width: i64): u64 {
  const missing = clamp(width) - string_length(ptr, len)
  if (missing <= 0) return pack(ptr, len)
  const zeros = <u32>missing
  const target = scratch_allocate_wide(thread, <u64>len + missing)
  const signed = len > 0 && (load<u8>(ptr) == 45 || load<u8>(ptr) == 43) ? 1 : 0
  if (signed) store<u8>(target, load<u8>(ptr))
  memory.fill(target + signed, 48, zeros)
  memory.copy(target + signed + zeros, ptr + signed, len - signed)
  return pack(target, len + zeros)
}
