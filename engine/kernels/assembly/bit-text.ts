import { keep_high, say } from './outcome'
import { pack, scratch_allocate, scratch_allocate_wide } from './scratch'

// A BIT is a byte that says how many bits of the first byte after it are no part of it; those are set. So bytes compare
// as DuckDB compares values. The first bit is the highest.

export function bit_length_of(ptr: u32, len: u32): u32 {
  return (len - 1) * 8 - load<u8>(ptr)
}

export function bit_at(ptr: u32, index: u32): u32 {
  const place = index + load<u8>(ptr)
  return (<u32>load<u8>(ptr + 1 + (place >> 3)) >> (7 - (place & 7))) & 1
}

export function put_bit(ptr: u32, index: u32, bit: u32): void {
  const place = index + load<u8>(ptr)
  const at = ptr + 1 + (place >> 3)
  const mask: u32 = 128 >> (place & 7)
  const byte = <u32>load<u8>(at)
  store<u8>(at, bit ? byte | mask : byte & ~mask)
}

/** Sets the bits before the first one, in its byte. */
export function pad(target: u32): void {
  store<u8>(target, <u32>load<u8>(target, 1) | ((0xff00 >> <u32>load<u8>(target)) & 0xff), 1)
}

/** A value of so many bits, all of them 0. */
export function zero_bits(thread: u32, count: u32): u32 {
  const bytes = (count + 7) >> 3
  const target = scratch_allocate(thread, bytes + 1)
  const padding = bytes * 8 - count
  store<u8>(target, padding)
  memory.fill(target + 1, 0, bytes)
  if (bytes) pad(target)
  return target
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function bits_bytes(count: u32): u32 {
  return ((count + 7) >> 3) + 1
}

/** Zeros and ones; NULL for any other text, and for none. */
export function parse_bit(thread: u32, ptr: u32, len: u32): u64 {
  const target = zero_bits(thread, len)
  if (len == 0) say(1)
  for (let i: u32 = 0; i < len; i++) {
    const digit = <u32>load<u8>(ptr + i) - 48
    if (digit > 1) {
      say(1)
      break
    }
    if (digit) put_bit(target, i, 1)
  }
  return pack(target, bits_bytes(len))
}

export function format_bit(thread: u32, ptr: u32, len: u32): u64 {
  const count = bit_length_of(ptr, len)
  const target = scratch_allocate_wide(thread, count)
  for (let i: u32 = 0; i < count; i++) store<u8>(target + i, 48 + bit_at(ptr, i))
  return pack(target, count)
}

/** The bits of an integer of so many. */
export function bit_of_integer(thread: u32, value: i64, count: i32): u64 {
  const target = zero_bits(thread, count)
  for (let i = 0; i < count; i += 8) store<u8>(target + 1 + (i >> 3), <u32>(value >> (count - 8 - i)))
  return pack(target, bits_bytes(count))
}

/** The bits of an integer of 128. */
export function bit_of_huge(thread: u32, low: u64, high: u64): u64 {
  const target = zero_bits(thread, 128)
  store<u64>(target + 1, bswap(high))
  store<u64>(target + 1, bswap(low), 8)
  return pack(target, bits_bytes(128))
}

/** NULL where there are more than 128. */
export function huge_of_bit(ptr: u32, len: u32): u64 {
  const bits = bit_length_of(ptr, len)
  if (bits > 128) say(1)
  let low: u64 = 0
  let high: u64 = 0
  for (let i: u32 = 0; i < bits; i++) {
    high = (high << 1) | (low >> 63)
    low = (low << 1) | bit_at(ptr, i)
  }
  keep_high(high)
  return low
}

/** NULL where there are more than the integer has. */
export function integer_of_bit(ptr: u32, len: u32, count: i32): i64 {
  const bits = bit_length_of(ptr, len)
  if (bits > <u32>count) say(1)
  let value: i64 = 0
  for (let i: u32 = 0; i < bits; i++) value = (value << 1) | bit_at(ptr, i)
  const unused = 64 - count
  return (value << unused) >> unused
}

export function bit_of_bytes(thread: u32, ptr: u32, len: u32): u64 {
  const target = zero_bits(thread, len * 8)
  memory.copy(target + 1, ptr, len)
  if (len == 0) say(1)
  return pack(target, len + 1)
}

export function bytes_of_bit(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, len)
  memory.copy(target, ptr + 1, len - 1)
  if (len > 1) store<u8>(target, <u32>load<u8>(target) & (0xff >> <u32>load<u8>(ptr)))
  return pack(target, len - 1)
}
