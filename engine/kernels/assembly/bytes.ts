/** Above this, the instruction that copies memory is quicker than words are. */
const LONG_COPY: u32 = 64

/** Copies bytes between places that do not overlap. Most texts are short. */
export function copy_bytes(to: u32, from: u32, length: u32): void {
  if (length > LONG_COPY) {
    memory.copy(to, from, length)
    return
  }
  if (length >= 8) {
    const last = length - 8
    for (let i: u32 = 0; i < last; i += 8) store<u64>(to + i, load<u64>(from + i))
    store<u64>(to + last, load<u64>(from + last))
  } else if (length >= 4) {
    const last = length - 4
    const end = load<u32>(from + last)
    store<u32>(to, load<u32>(from))
    store<u32>(to + last, end)
  } else {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i))
  }
}

export function bytes_equal(a: u32, b: u32, len: u32): i32 {
  let i: u32 = 0
  while (i + 8 <= len) {
    if (load<u64>(a + i) != load<u64>(b + i)) return 0
    i += 8
  }
  if (i + 4 <= len) {
    if (load<u32>(a + i) != load<u32>(b + i)) return 0
    i += 4
  }
  while (i < len) {
    if (load<u8>(a + i) != load<u8>(b + i)) return 0
    i++
  }
  return 1
}

/** Below, at or above zero as `a` comes before, with or after `b`, byte by byte; a prefix comes first. */
export function bytes_compare(a: u32, aLen: u32, b: u32, bLen: u32): i32 {
  const len = min(aLen, bLen)
  let i: u32 = 0
  while (i + 8 <= len) {
    const left = load<u64>(a + i)
    const right = load<u64>(b + i)
    if (left != right) return bswap(left) < bswap(right) ? -1 : 1
    i += 8
  }
  while (i < len) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i)
    if (difference) return difference
    i++
  }
  return i32(aLen > bLen) - i32(aLen < bLen)
}

/** The first eight bytes as a big-endian number, filled up with zeros. */
export function bytes_prefix(ptr: u32, len: u32): u64 {
  if (len >= 8) return bswap(load<u64>(ptr))
  let prefix: u64 = 0
  for (let i: u32 = 0; i < len; i++) prefix |= <u64>load<u8>(ptr + i) << (56 - 8 * i)
  return prefix
}

/**
 * 7 bytes of a text from `from` on, 0 behind its end, above 5 bits that say how many there are: 8 more than the bytes
 * from there on, of which 8 too few and 8 are the most. Two zero bits lie between.
 */
export function bytes_word(ptr: u32, len: u32, from: u32): u64 {
  const left = <i32>len - <i32>from
  if (left >= 8) return (bswap(load<u64>(ptr + from)) >>> 8 << 7) | 16
  let word: u64 = 0
  for (let i = 0; i < min(left, 7); i++) word |= <u64>load<u8>(ptr + from + i) << (55 - 8 * i)
  return word | <u64>(8 + max(left, -8))
}

export function same_i64(value: i64): i64 {
  return value
}

/** Where `needle` begins in the text at or after `from`; `len` when nowhere. */
export function find(ptr: u32, len: u32, needle: u32, needleLen: u32, from: u32): u32 {
  if (needleLen == 0) return from
  if (needleLen > len) return len
  const first = load<u8>(needle)
  const last = len - needleLen
  for (let i = from; i <= last; i++) {
    if (load<u8>(ptr + i) == first && bytes_equal(ptr + i, needle, needleLen)) return i
  }
  return len
}

