import { hex_value } from './hex'
import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

/** In small letters with dashes; braces around it, and dashes between pairs of digits, are let pass. Says NULL for any other text. */
export function parse_uuid(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate(thread, 40)
  let from = ptr
  let end = ptr + len
  if (len > 1 && load<u8>(from) == 123) {
    if (load<u8>(end - 1) != 125) return refuse(target)
    from++
    end--
  }
  let digits: u32 = 0
  let at = target
  while (from < end) {
    const byte = <u32>load<u8>(from++)
    if (byte == 45) {
      if (digits & 1) return refuse(target)
      continue
    }
    if (hex_value(byte) > 15 || digits == 32) return refuse(target)
    if (digits == 8 || digits == 12 || digits == 16 || digits == 20) store<u8>(at++, 45)
    store<u8>(at++, byte | (byte > 57 ? 32 : 0))
    digits++
  }
  return digits == 32 ? pack(target, 36) : refuse(target)
}

function refuse(target: u32): u64 {
  say(1)
  return pack(target, 0)
}

/** The digit that tells how the UUID was made. */
export function uuid_version(ptr: u32, _len: u32): i32 {
  return <i32>hex_value(load<u8>(ptr, 14))
}

/** The instant in a UUID of version 7; failure 2 for any other. */
export function uuid_instant(ptr: u32, len: u32): i64 {
  if (uuid_version(ptr, len) != 7) {
    say(2)
    return 0
  }
  let millis: i64 = 0
  for (let i: u32 = 0; i < 13; i++) if (i != 8) millis = (millis << 4) | hex_value(load<u8>(ptr + i))
  return millis * 1000
}
