/**
 * Cuts delimited text into fields. `state` addresses
 *
 * ```
 *  0 u32 text         the first byte of a record
 *  4 u32 end          after the last byte; 16 bytes more can be read
 *  8 u32 last         1: the text ends the file
 * 12 u32 delimiter    a byte
 * 16 u32 quote        a byte, or 256 for none
 * 20 u32 escape       a byte, or 256 for none
 * 24 u32 comment      a byte that begins lines to be skipped, or 256 for none
 * 28 u32 columns      fields of a record
 * 32 u32 padding      1: records with too few fields end in NULLs
 * 36 u32 fields       column after column, a u64 for each of `capacity` records; 0: nobody wants them
 * 40 u32 capacity     stops after so many records
 * 44 u32 rejects      24 bytes for each record that is left out; 0: nobody wants them
 * 48 u32 room         for so many rejects
 * 52 u32 places       two u32 for each record: where it begins, and its line; 0: nobody wants them
 * 56 u32 counts       u32 fields of each record, the top bit set when the last is empty, 0 for bad quotes: then no record
 *                     is rejected; 0: nobody wants them
 * 60 u32 line         of the first byte; after the call, of the byte at `next`
 * 64 u32 records      result: good records
 * 68 u32 rejected     result: records left out
 * 72 u32 next         result: where the first record begins that is not whole or for which there is no room
 * 84 u32 slots        u32 for each column: its place among those of `fields`, NO_SLOT when nobody wants it; 0: all in order
 * ```
 *
 * A field is its address (u32) and its length (u32) with flags. A reject is its address, length, line, column, reason and
 * a u32 of nothing.
 */

export const FIELD_QUOTED: u32 = 0x80000000
/** There are escapes in it. */
export const FIELD_ESCAPED: u32 = 0x40000000
/** NULL whatever it holds: the record has no such field. */
export const FIELD_MISSING: u32 = 0x20000000
export const FIELD_LENGTH: u32 = 0x1fffffff

export const NO_SLOT: u32 = 0xffffffff

export const REASON_TOO_FEW: u32 = 1
export const REASON_TOO_MANY: u32 = 2
export const REASON_OPEN_QUOTE: u32 = 3
export const REASON_AFTER_QUOTE: u32 = 4

// @ts-ignore: AssemblyScript's decorator
@inline
function special_mask(at: u32, delimiter: v128): u32 {
  const block = v128.load(at)
  const newline = v128.or(i8x16.eq(block, i8x16.splat(10)), i8x16.eq(block, i8x16.splat(13)))
  return <u32>i8x16.bitmask(v128.or(newline, i8x16.eq(block, delimiter)))
}

/** The first of two bytes from `at` on, or `end`. */
export function find_either(at: u32, end: u32, a: u32, b: u32): u32 {
  const first = i8x16.splat(<i8>a)
  const second = i8x16.splat(<i8>b)
  while (at < end) {
    const block = v128.load(at)
    const mask = <u32>i8x16.bitmask(v128.or(i8x16.eq(block, first), i8x16.eq(block, second)))
    if (mask) {
      const found = at + ctz(mask)
      return found < end ? found : end
    }
    at += 16
  }
  return end
}

export function count_newlines(at: u32, end: u32): u32 {
  const newline = i8x16.splat(10)
  let count: u32 = 0
  while (at < end) {
    let mask = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), newline))
    if (end - at < 16) mask &= (1 << (end - at)) - 1
    count += popcnt(mask)
    at += 16
  }
  return count
}

// @ts-ignore: AssemblyScript's decorator
@inline
function is_newline(char: u32): bool {
  return char == 10 || char == 13
}

/** Where the quoted text that begins at `at` closes; `end` when it does not. `sawEscape` tells of escapes in it. */
function closing_quote(at: u32, end: u32, quote: u32, escape: u32): u32 {
  sawEscape = false
  const other = escape > 255 ? quote : escape
  for (;;) {
    const found = find_either(at, end, quote, other)
    if (found == end) return end
    const char = <u32>load<u8>(found)
    if (char == escape && (escape != quote || (found + 1 < end && <u32>load<u8>(found + 1) == quote))) {
      if (found + 1 >= end) return end
      sawEscape = true
      at = found + 2
      if (at > end) return end
      continue
    }
    return found
  }
  return end
}

let sawEscape: bool = false

export function delimited_split(state: u32): void {
  const end = load<u32>(state, 4)
  const last = load<u32>(state, 8) != 0
  const delimiter = load<u32>(state, 12)
  const quote = load<u32>(state, 16)
  const escape = load<u32>(state, 20)
  const comment = load<u32>(state, 24)
  const columns = load<u32>(state, 28)
  const padding = load<u32>(state, 32) != 0
  const fields = load<u32>(state, 36)
  const capacity = load<u32>(state, 40)
  const rejects = load<u32>(state, 44)
  const room = load<u32>(state, 48)
  const places = load<u32>(state, 52)
  const counts = load<u32>(state, 56)
  const slots = load<u32>(state, 84)
  const stride = capacity << 3
  const delimiters = i8x16.splat(<i8>delimiter)
  let line = load<u32>(state, 60)
  let records: u32 = 0
  let rejected: u32 = 0
  let at = load<u32>(state)

  while (at < end && records < capacity) {
    const begin = at
    const beginLine = line
    const first = <u32>load<u8>(at)
    if (first == comment || (is_newline(first) && columns != 1)) {
      let stop = first == comment ? find_either(at, end, 10, 13) : at
      if (stop == end) {
        if (!last) break
        at = end
        break
      }
      if (<u32>load<u8>(stop) == 13) {
        if (stop + 1 == end && !last) break
        if (stop + 1 < end && <u32>load<u8>(stop + 1) == 10) stop++
      }
      line++
      at = stop + 1
      continue
    }
    let column: u32 = 0
    let reason: u32 = 0
    let lastLength: u32 = 0
    let whole = false
    let base = at
    let mask = special_mask(base, delimiters)
    for (;;) {
      let start = at
      let position = at
      let flags: u32 = 0
      let length: u32 = 0
      let char = at < end ? <u32>load<u8>(at) : 0
      if (char == 32 && quote < 256 && delimiter != 32) {
        let after = at + 1
        while (after < end && <u32>load<u8>(after) == 32) after++
        if (after < end && <u32>load<u8>(after) == quote) {
          start = after
          char = quote
        }
      }
      if (char == quote && start < end && reason == 0) {
        start++
        const close = closing_quote(start, end, quote, escape)
        if (close == end) {
          if (!last) break
          // the rest of its first line is left out, and reading goes on after that
          reason = REASON_OPEN_QUOTE
          position = find_either(at, end, 10, 13)
        } else {
          flags = sawEscape ? FIELD_QUOTED | FIELD_ESCAPED : FIELD_QUOTED
          length = close - start
          line += count_newlines(start, close)
          position = close + 1
          while (position < end && <u32>load<u8>(position) == 32 && delimiter != 32) position++
          if (position < end) {
            const next = <u32>load<u8>(position)
            if (next != delimiter && !is_newline(next)) {
              reason = REASON_AFTER_QUOTE
              position = find_either(position, end, 10, 13)
            }
          }
        }
        base = position
        mask = special_mask(base, delimiters) & ~1
      } else {
        while (mask == 0) {
          base += 16
          if (base >= end) break
          mask = special_mask(base, delimiters)
        }
        if (mask == 0) {
          position = end
        } else {
          position = base + ctz(mask)
          mask &= mask - 1
          if (position > end) position = end
        }
        length = position - start
      }
      if (position >= end && !last) break
      if (column < columns && fields != 0) {
        const slot = slots ? load<u32>(slots + (column << 2)) : column
        if (slot != NO_SLOT) {
          const field = fields + slot * stride + (records << 3)
          store<u32>(field, start)
          store<u32>(field, length | flags, 4)
        }
      }
      column++
      lastLength = length | flags
      if (position < end) {
        const separator = <u32>load<u8>(position)
        at = position + 1
        if (separator == delimiter && reason != REASON_AFTER_QUOTE && reason != REASON_OPEN_QUOTE) continue
        if (separator == 13) {
          if (at == end && !last) break
          if (at < end && <u32>load<u8>(at) == 10) at++
        }
        line++
      } else {
        at = end
      }
      whole = true
      break
    }
    if (!whole) {
      at = begin
      line = beginLine
      break
    }
    if (counts != 0) {
      store<u32>(counts + (records << 2), reason ? 0 : lastLength ? column : column | FIELD_QUOTED)
    } else if (reason == 0 && column != columns) {
      if (column == columns + 1 && lastLength == 0) {
        // a delimiter at the end of the line is no field
      } else if (column > columns) {
        reason = REASON_TOO_MANY
      } else if (padding) {
        for (let index = column; index < columns && fields != 0; index++) {
          const slot = slots ? load<u32>(slots + (index << 2)) : index
          if (slot != NO_SLOT) store<u64>(fields + slot * stride + (records << 3), <u64>FIELD_MISSING << 32)
        }
      } else {
        reason = REASON_TOO_FEW
      }
    }
    if (reason && counts == 0) {
      if (rejects != 0 && rejected < room) {
        const reject = rejects + rejected * 24
        let stop = at
        while (stop > begin && is_newline(<u32>load<u8>(stop - 1))) stop--
        store<u32>(reject, begin)
        store<u32>(reject, stop - begin, 4)
        store<u32>(reject, beginLine, 8)
        store<u32>(reject, reason == REASON_TOO_FEW ? column : column - 1, 12)
        store<u32>(reject, reason, 16)
      }
      rejected++
      continue
    }
    if (places != 0) {
      store<u32>(places + (records << 3), begin)
      store<u32>(places + (records << 3), beginLine, 4)
    }
    records++
  }
  store<u32>(state, line, 60)
  store<u32>(state, records, 64)
  store<u32>(state, rejected, 68)
  store<u32>(state, at, 72)
}
