import { copy_bytes } from './bytes'

/**
 * LZ4 blocks (lz4's doc/lz4_Block_format.md): sequences of a token (4 bits of literal length, 4 of match length less 4,
 * 15 meaning that bytes of 255 follow), the literals, and a u16 offset back to the match. The last five bytes are
 * literals, and no match begins in the last twelve.
 */
const LEAST_MATCH: u32 = 4
const LAST_LITERALS: u32 = 5
const LAST_MATCH_START: u32 = 12

/** u16 positions by hash of four bytes: the table takes `2 << TABLE_BITS` bytes. */
const TABLE_BITS: u32 = 13

/** After so many misses in a row, a byte more is skipped each time: what does not compress is passed quickly. */
const SKIP_SHIFT: u32 = 6

// @ts-ignore: AssemblyScript's decorator
@inline
function slot(table: u32, at: u32): u32 {
  return table + (((load<u32>(at) * 2654435761) >> (32 - TABLE_BITS)) << 1)
}

/** What a sequence takes at the most. */
// @ts-ignore: AssemblyScript's decorator
@inline
function sequence_bytes(literals: u32, match: u32): u32 {
  return 1 + literals / 255 + 1 + literals + 2 + match / 255 + 1
}

/** Writes what is left of a length beyond 15. Returns where the next byte goes. */
// @ts-ignore: AssemblyScript's decorator
@inline
function put_length(to: u32, left: u32): u32 {
  while (left >= 255) {
    store<u8>(to++, 255)
    left -= 255
  }
  store<u8>(to++, <u8>left)
  return to
}

/**
 * Compresses up to 65,536 bytes at `from` into one block at `to`. Returns its length, or 0 when it would be longer than
 * `capacity`.
 */
export function lz4_compress(from: u32, length: u32, to: u32, capacity: u32, table: u32): u32 {
  const end = from + length
  const limit = to + capacity
  let out = to
  let anchor = from
  if (length > LAST_MATCH_START) {
    memory.fill(table, 0, 2 << TABLE_BITS)
    const lastStart = end - LAST_MATCH_START
    const matchEnd = end - LAST_LITERALS
    let at = from + 1
    let misses: u32 = 1 << SKIP_SHIFT
    while (at <= lastStart) {
      const place = slot(table, at)
      let match = from + load<u16>(place)
      store<u16>(place, <u16>(at - from))
      if (match >= at || load<u32>(match) != load<u32>(at)) {
        at += misses++ >> SKIP_SHIFT
        continue
      }
      misses = 1 << SKIP_SHIFT
      while (at > anchor && match > from && load<u8>(at - 1) == load<u8>(match - 1)) {
        at--
        match--
      }
      const offset = at - match
      let stop = at + LEAST_MATCH
      while (stop + 8 <= matchEnd) {
        const difference = load<u64>(stop) ^ load<u64>(stop - offset)
        if (difference != 0) {
          stop += <u32>(ctz(difference) >> 3)
          break
        }
        stop += 8
      }
      while (stop < matchEnd && load<u8>(stop) == load<u8>(stop - offset)) stop++
      const literals = at - anchor
      const matched = stop - at - LEAST_MATCH
      if (out + sequence_bytes(literals, matched) > limit) return 0
      store<u8>(out++, <u8>((min<u32>(literals, 15) << 4) | min<u32>(matched, 15)))
      if (literals >= 15) out = put_length(out, literals - 15)
      copy_bytes(out, anchor, literals)
      out += literals
      store<u16>(out, <u16>offset)
      out += 2
      if (matched >= 15) out = put_length(out, matched - 15)
      anchor = stop
      at = stop
      if (at <= lastStart) store<u16>(slot(table, at - 2), <u16>(at - 2 - from))
    }
  }
  const literals = end - anchor
  if (out + 1 + literals / 255 + 1 + literals > limit) return 0
  store<u8>(out++, <u8>(min<u32>(literals, 15) << 4))
  if (literals >= 15) out = put_length(out, literals - 15)
  copy_bytes(out, anchor, literals)
  return out + literals - to
}

const DAMAGED: u32 = u32.MAX_VALUE

/**
 * Takes a block of `length` bytes at `from` apart. Returns how many bytes it wrote to `to`, or u32.MAX_VALUE for what is
 * no block, or one of more than `capacity` bytes: nothing outside of the two areas is read or written.
 */
export function lz4_decompress(from: u32, length: u32, to: u32, capacity: u32): u32 {
  const end = from + length
  const limit = to + capacity
  let at = from
  let out = to
  while (at < end) {
    const token = <u32>load<u8>(at++)
    let literals = token >> 4
    if (literals == 15) {
      let more: u32 = 255
      while (more == 255) {
        if (at >= end || literals > capacity) return DAMAGED
        more = load<u8>(at++)
        literals += more
      }
    }
    if (literals > end - at || literals > limit - out) return DAMAGED
    copy_words(out, at, literals, limit, end)
    at += literals
    out += literals
    if (at == end) return out - to
    if (end - at < 2) return DAMAGED
    const offset = <u32>load<u16>(at)
    at += 2
    if (offset == 0 || offset > out - to) return DAMAGED
    let matched = token & 15
    if (matched == 15) {
      let more: u32 = 255
      while (more == 255) {
        if (at >= end || matched > capacity) return DAMAGED
        more = load<u8>(at++)
        matched += more
      }
    }
    matched += LEAST_MATCH
    if (matched > limit - out) return DAMAGED
    let source = out - offset
    const stop = out + matched
    // What repeats within eight bytes repeats over twice as many, too.
    for (let distance = offset; distance < 8 && out < stop; distance = out - source) {
      const until = min<u32>(stop, out + distance)
      for (let byte = source; out < until; byte++) store<u8>(out++, load<u8>(byte))
    }
    while (out + 8 <= stop) {
      store<u64>(out, load<u64>(source))
      out += 8
      source += 8
    }
    while (out < stop) store<u8>(out++, load<u8>(source++))
  }
  return DAMAGED
}

/** Copies literals eight bytes at a time where both areas go on for long enough. */
// @ts-ignore: AssemblyScript's decorator
@inline
function copy_words(to: u32, from: u32, length: u32, limit: u32, end: u32): void {
  if (length <= 32 && limit - to >= 32 && end - from >= 32) {
    for (let i: u32 = 0; i < length; i += 8) store<u64>(to + i, load<u64>(from + i))
  } else {
    memory.copy(to, from, length)
  }
}
