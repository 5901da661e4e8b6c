import { bit_at, bit_length_of, bits_bytes, pad, parse_bit, put_bit, zero_bits } from './bit-text'
import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

function copied(thread: u32, ptr: u32, len: u32): u32 {
  const target = scratch_allocate(thread, len)
  memory.copy(target, ptr, len)
  return target
}

export function bit_copy(thread: u32, ptr: u32, len: u32): u64 {
  return pack(copied(thread, ptr, len), len)
}

/** Failure 2 for values of different lengths. */
function differs(a: u32, aLength: u32, b: u32, bLength: u32): bool {
  if (aLength == bLength && load<u8>(a) == load<u8>(b)) return false
  say(2)
  return true
}

export function bit_and(thread: u32, a: u32, aLength: u32, b: u32, bLength: u32): u64 {
  const target = copied(thread, a, aLength)
  if (!differs(a, aLength, b, bLength))
    for (let i: u32 = 1; i < aLength; i++) store<u8>(target + i, load<u8>(a + i) & load<u8>(b + i))
  return pack(target, aLength)
}

export function bit_or(thread: u32, a: u32, aLength: u32, b: u32, bLength: u32): u64 {
  const target = copied(thread, a, aLength)
  if (!differs(a, aLength, b, bLength))
    for (let i: u32 = 1; i < aLength; i++) store<u8>(target + i, load<u8>(a + i) | load<u8>(b + i))
  return pack(target, aLength)
}

export function bit_xor(thread: u32, a: u32, aLength: u32, b: u32, bLength: u32): u64 {
  const target = copied(thread, a, aLength)
  if (!differs(a, aLength, b, bLength)) {
    for (let i: u32 = 1; i < aLength; i++) store<u8>(target + i, load<u8>(a + i) ^ load<u8>(b + i))
    pad(target)
  }
  return pack(target, aLength)
}

export function bit_not(thread: u32, ptr: u32, len: u32): u64 {
  const target = copied(thread, ptr, len)
  for (let i: u32 = 1; i < len; i++) store<u8>(target + i, ~<u32>load<u8>(ptr + i))
  pad(target)
  return pack(target, len)
}

/** Zeros come in; failure 2 for a shift that is negative. */
export function bit_shift_left(thread: u32, ptr: u32, len: u32, by: i32): u64 {
  const count = bit_length_of(ptr, len)
  const target = zero_bits(thread, count)
  if (by < 0) say(2)
  for (let i = <u32>max(by, 0); i < count; i++) put_bit(target, i - by, bit_at(ptr, i))
  return pack(target, len)
}

/** All zeros for a shift that is negative. */
export function bit_shift_right(thread: u32, ptr: u32, len: u32, by: i32): u64 {
  const count = bit_length_of(ptr, len)
  const target = zero_bits(thread, count)
  if (by >= 0) for (let i = <u32>by; i < count; i++) put_bit(target, i, bit_at(ptr, i - by))
  return pack(target, len)
}

export function bit_count_bits(ptr: u32, len: u32): i64 {
  let count: i64 = -<i64>load<u8>(ptr)
  for (let i: u32 = 1; i < len; i++) count += popcnt(<u32>load<u8>(ptr + i))
  return count
}

export function bit_length_bits(ptr: u32, len: u32): i64 {
  return bit_length_of(ptr, len)
}

export function bit_octets(_ptr: u32, len: u32): i64 {
  return len - 1
}

/** Failure 2 for a place that there is not. */
export function bit_get(ptr: u32, len: u32, index: i32): i32 {
  if (index >= 0 && <u32>index < bit_length_of(ptr, len)) return bit_at(ptr, index)
  say(2)
  return 0
}

/** Bits for so many whole numbers may be asked for at once. */
const MOST_RANGE: u64 = 1_000_000_000

/** How many bytes a bit for each whole number between two takes; 0 where there are too many, or none. */
export function bit_range_bytes(least: i64, most: i64): u32 {
  const count = <u64>most - <u64>least + 1
  return most < least || count > MOST_RANGE || count == 0 ? 0 : bits_bytes(<u32>count)
}

/** All of them 0; failure 2 where there are too many, or none. */
export function bit_range(thread: u32, least: i64, most: i64): u64 {
  if (bit_range_bytes(least, most) == 0) {
    say(2)
    return 0
  }
  const count = <u32>(most - least + 1)
  return pack(zero_bits(thread, count), bits_bytes(count))
}

/** Sets the bit of a whole number in its place; failure 2 for a number or a range that it is not made for. */
export function bit_range_put(ptr: u32, len: u32, value: i64, least: i64, most: i64): i32 {
  const isFit = value >= least && value <= most && bit_length_of(ptr, len) == <u32>(most - least + 1)
  if (isFit) put_bit(ptr, <u32>(value - least), 1)
  else say(2)
  return isFit
}

/** Sets what is set in another of the same length; failure 2 for one of another length. */
export function bit_add(target: u32, len: u32, other: u32, otherLength: u32): i32 {
  if (differs(target, len, other, otherLength)) return 0
  for (let i: u32 = 1; i < len; i++) store<u8>(target + i, load<u8>(target + i) | load<u8>(other + i))
  return 1
}

/** Failure 2 for a place that there is not, 3 for a value that is no bit. */
export function bit_set(thread: u32, ptr: u32, len: u32, index: i32, bit: i32): u64 {
  const target = copied(thread, ptr, len)
  if (bit != 0 && bit != 1) say(3)
  else if (index >= 0 && <u32>index < bit_length_of(ptr, len)) put_bit(target, index, bit)
  else say(2)
  return pack(target, len)
}

/** With zeros before it; failure 2 for a length that is too small. */
export function bit_padded(thread: u32, ptr: u32, len: u32, count: i32): u64 {
  const own = bit_length_of(ptr, len)
  if (count < <i32>own) {
    say(2)
    return pack(ptr, len)
  }
  const target = zero_bits(thread, count)
  for (let i: u32 = 0; i < own; i++) put_bit(target, count - own + i, bit_at(ptr, i))
  return pack(target, bits_bytes(count))
}

/** As `bit_padded`, of a text; failure 3 for one that is no BIT. */
export function bit_padded_text(thread: u32, ptr: u32, len: u32, count: i32): u64 {
  for (let i: u32 = 0; i < len; i++) if (<u32>load<u8>(ptr + i) - 48 > 1) say(3)
  if (len == 0) say(3)
  const parsed = parse_bit(thread, ptr, len)
  return bit_padded(thread, <u32>parsed, <u32>(parsed >> 32), count)
}

/** The place of the first in the second, from 1 on; 0 where it is not there. */
export function bit_position_of(part: u32, partLength: u32, whole: u32, wholeLength: u32): i32 {
  const least = bit_length_of(part, partLength)
  const count = bit_length_of(whole, wholeLength)
  for (let from: u32 = 0; from + least <= count; from++) {
    let i: u32 = 0
    while (i < least && bit_at(part, i) == bit_at(whole, from + i)) i++
    if (i == least) return from + 1
  }
  return 0
}
