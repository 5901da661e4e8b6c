import { small_hex_digit } from './hex'
import { random_bits } from './math'
import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

/** A random UUID (RFC 9562, version 4). */
export function random_uuid_v4(thread: u32): u64 {
  return uuid_text(thread, (random_bits() & 0xffffffffffff0fff) | 0x4000)
}

/** A UUID (RFC 9562, version 7) of an instant in microseconds: its milliseconds and what is left of them, and chance. */
export function random_uuid_v7(thread: u32, micros: i64): u64 {
  const rest = <u64>(micros % 1000) * 4096 / 1000
  return uuid_text(thread, (<u64>(micros / 1000) << 16) | 0x7000 | rest)
}

/** The text of a UUID of which the first half is given, and the second one random. */
function uuid_text(thread: u32, high: u64): u64 {
  const low = (random_bits() & 0x3fffffffffffffff) | 0x8000000000000000
  const text = scratch_allocate(thread, 40)
  let at = text
  for (let digit: u32 = 0; digit < 32; digit++) {
    if (digit === 8 || digit === 12 || digit === 16 || digit === 20) store<u8>(at++, 45)
    const word = digit < 16 ? high : low
    store<u8>(at++, small_hex_digit(<u32>(word >> (60 - 4 * (digit & 15))) & 15))
  }
  return pack(text, 36)
}

/** The bytes that binary digits stand for, the first one filled up with zeros. Failure 2 for any other character. */
export function binary_digits(thread: u32, ptr: u32, len: u32): u64 {
  const bytes = (len + 7) >> 3
  const target = scratch_allocate(thread, bytes)
  memory.fill(target, 0, bytes)
  const shift = bytes * 8 - len
  for (let i: u32 = 0; i < len; i++) {
    const digit: u32 = <u32>load<u8>(ptr + i) - 48
    if (digit > 1) {
      say(2)
      return 0
    }
    const bit = shift + i
    const at = target + (bit >> 3)
    store<u8>(at, load<u8>(at) | <u8>(digit << (7 - (bit & 7))))
  }
  return pack(target, bytes)
}
