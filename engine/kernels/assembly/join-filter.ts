/**
 * What a finished hash table tells the scans of the other side: the range of a key, and a set of its values. A key is a
 * whole number of `bytes` bytes at byte `offset` of rows of `width` bytes; `valid` is where its validity byte is, 0 for
 * none. Sets are bits, whole u64 words.
 */

/** The key at an address. */
export function keyAt(at: u32, bytes: u32, signed: u32): i64 {
  if (bytes == 8) return load<i64>(at)
  if (bytes == 4) return signed != 0 ? <i64>load<i32>(at) : <i64>load<u32>(at)
  if (bytes == 2) return signed != 0 ? <i64>load<i16>(at) : <i64>load<u16>(at)
  return signed != 0 ? <i64>load<i8>(at) : <i64>load<u8>(at)
}

/** Widens the range at `out`: i64 least, i64 greatest. */
export function filter_range(
  page: u32,
  rows: u32,
  width: u32,
  offset: u32,
  bytes: u32,
  signed: u32,
  valid: u32,
  out: u32,
): void {
  const end = page + rows * width
  let least = load<i64>(out)
  let greatest = load<i64>(out, 8)
  for (let row = page; row != end; row += width) {
    if (valid != 0 && load<u8>(row + valid) == 0) continue
    const key = keyAt(row + offset, bytes, signed)
    if (key < least) least = key
    if (key > greatest) greatest = key
  }
  store<i64>(out, least)
  store<i64>(out, greatest, 8)
}

/** Sets the bit `key - base` of each row. Says how many were not set before. */
export function filter_set_keys(
  page: u32,
  rows: u32,
  width: u32,
  offset: u32,
  bytes: u32,
  signed: u32,
  valid: u32,
  base: i64,
  shift: u32,
  bits: u32,
): u32 {
  const end = page + rows * width
  let fresh: u32 = 0
  for (let row = page; row != end; row += width) {
    if (valid != 0 && load<u8>(row + valid) == 0) continue
    const at = <u32>(<u64>(keyAt(row + offset, bytes, signed) - base) >> shift)
    const byte = bits + (at >> 3)
    const bit: u32 = 1 << (at & 7)
    const known: u32 = load<u8>(byte)
    fresh += u32((known & bit) == 0)
    store<u8>(byte, known | bit)
  }
  return fresh
}

/** Sets the bit `hash & mask` of each row, whose first u32 is the hash, but for those with a bit of `loose` at byte 8. */
export function filter_set_hashes(
  page: u32,
  rows: u32,
  width: u32,
  mask: u32,
  loose: u32,
  bits: u32,
): void {
  const end = page + rows * width
  for (let row = page; row != end; row += width) {
    if ((load<u32>(row, 8) & loose) != 0) continue
    const at = load<u32>(row) & mask
    const byte = bits + (at >> 3)
    store<u8>(byte, <u32>load<u8>(byte) | (1 << (at & 7)))
  }
}

/** Whether any bit from `from` to `to` is set, both included. */
export function filter_any(bits: u32, from: u32, to: u32): u32 {
  const first = from >> 6
  const last = to >> 6
  const head: u64 = u64.MAX_VALUE << (from & 63)
  const tail: u64 = u64.MAX_VALUE >> (63 - (to & 63))
  if (first == last) return u32((load<u64>(bits + (first << 3)) & head & tail) != 0)
  if ((load<u64>(bits + (first << 3)) & head) != 0) return 1
  for (let word = first + 1; word < last; word++) {
    if (load<u64>(bits + (word << 3)) != 0) return 1
  }
  return u32((load<u64>(bits + (last << 3)) & tail) != 0)
}
