import { copy_bytes } from './bytes'

/** Validity bytes (1 = valid) to an Arrow bitmap, least significant bit first. Returns how many are 0. */
export function pack_bitmap(bytes: u32, count: u32, out: u32): u32 {
  let nulls: u32 = 0
  let at: u32 = 0
  for (; at + 8 <= count; at += 8) {
    // Each byte is 0 or 1: the multiplication gathers bit 0 of the eight bytes into the top byte.
    const eight = load<u64>(bytes + at)
    const packed = <u32>((eight * 0x0102040810204080) >> 56)
    store<u8>(out + (at >> 3), <u8>packed)
    nulls += 8 - popcnt<u32>(packed)
  }
  if (at < count) {
    let packed: u32 = 0
    for (let i: u32 = 0; at + i < count; i++) {
      const bit = <u32>load<u8>(bytes + at + i)
      packed |= bit << i
      nulls += 1 - bit
    }
    store<u8>(out + (at >> 3), <u8>packed)
  }
  return nulls
}

/** Sum of the lengths of `count` (pointer, length) pairs, NULLs counting 0; `valid` is 0 when none is NULL. */
export function bytes_total(pairs: u32, valid: u32, count: u32): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) total += load<u32>(pairs + (i << 3), 4)
  }
  return total
}

/** Copies the bytes behind `count` (pointer, length) pairs one after the other, and writes count + 1 offsets. */
export function seal_bytes(pairs: u32, valid: u32, count: u32, offsets: u32, data: u32): void {
  let at: u32 = 0
  store<u32>(offsets, 0)
  for (let i: u32 = 0; i < count; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) {
      const pair = pairs + (i << 3)
      const length = load<u32>(pair, 4)
      copy_bytes(data + at, load<u32>(pair), length)
      at += length
    }
    store<u32>(offsets + (i << 2), at, 4)
  }
}

/** Bytes of the longest of `count` texts. */
export function longest_bytes(offsets: u32, count: u32): u32 {
  let longest: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    longest = max(longest, load<u32>(offsets + (i << 2), 4) - load<u32>(offsets + (i << 2)))
  }
  return longest
}

/**
 * Copies the bytes behind pairs `from` to `to` to `arena` and points the pairs there, so that they outlive what they
 * pointed to. Returns the bytes used, or u32.MAX_VALUE (and changes nothing) when they exceed `capacity`.
 */
export function own_bytes(pairs: u32, valid: u32, from: u32, to: u32, arena: u32, capacity: u32): u32 {
  let total: u64 = 0
  for (let i: u32 = from; i < to; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) total += load<u32>(pairs + (i << 3), 4)
  }
  if (total > <u64>capacity) return u32.MAX_VALUE
  let at = arena
  for (let i: u32 = from; i < to; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) {
      const pair = pairs + (i << 3)
      const length = load<u32>(pair, 4)
      copy_bytes(at, load<u32>(pair), length)
      store<u32>(pair, at)
      at += length
    }
  }
  return <u32>total
}
