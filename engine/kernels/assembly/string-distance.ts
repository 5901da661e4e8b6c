import { say } from './outcome'
import { scratch_allocate, scratch_allocate_wide } from './scratch'

/** By bytes, keeping one row of the table. */
export function string_levenshtein(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): i64 {
  const row = scratch_allocate(thread, (bLen + 1) * 4)
  for (let j: u32 = 0; j <= bLen; j++) store<u32>(row + 4 * j, j)
  for (let i: u32 = 0; i < aLen; i++) {
    let diagonal = load<u32>(row)
    store<u32>(row, i + 1)
    for (let j: u32 = 0; j < bLen; j++) {
      const above = load<u32>(row + 4 * j, 4)
      const left = load<u32>(row + 4 * j)
      const change = diagonal + u32(load<u8>(a + i) != load<u8>(b + j))
      diagonal = above
      store<u32>(row + 4 * j, min(change, min(above, left) + 1), 4)
    }
  }
  return load<u32>(row + 4 * bLen)
}

/** Failure 2 where the texts are empty or differ in length. */
export function string_hamming(a: u32, aLen: u32, b: u32, bLen: u32): i64 {
  if (aLen != bLen || aLen == 0) {
    say(2)
    return 0
  }
  let count: i64 = 0
  for (let i: u32 = 0; i < aLen; i++) count += i64(load<u8>(a + i) != load<u8>(b + i))
  return count
}

/** Share of the different bytes that two texts have in common, of all that they have. Failure 2 where one is empty. */
export function string_jaccard(a: u32, aLen: u32, b: u32, bLen: u32): f64 {
  if (aLen == 0 || bLen == 0) {
    say(2)
    return 0
  }
  let common: u32 = 0
  let all: u32 = 0
  for (let part: u32 = 0; part < 4; part++) {
    const inA = bytes_present(a, aLen, part)
    const inB = bytes_present(b, bLen, part)
    common += <u32>popcnt(inA & inB)
    all += <u32>popcnt(inA | inB)
  }
  return <f64>common / <f64>all
}

/** Which of the 64 bytes from 64 × part on occur, as a bit set. */
function bytes_present(ptr: u32, len: u32, part: u32): u64 {
  let set: u64 = 0
  for (let i: u32 = 0; i < len; i++) {
    const byte = <u32>load<u8>(ptr + i)
    if (byte >> 6 == part) set |= <u64>1 << (byte & 63)
  }
  return set
}

/** As Levenshtein's, where two neighbours that changed places count once. */
export function string_damerau_levenshtein(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): i64 {
  const columns = bLen + 2
  const table = scratch_allocate_wide(thread, (<u64>aLen + 2) * columns * 4)
  const lastRow = scratch_allocate(thread, 1024)
  memory.fill(lastRow, 0, 1024)
  const far = aLen + bLen
  store<u32>(table, far)
  for (let i: u32 = 0; i <= aLen; i++) {
    store<u32>(table + 4 * ((i + 1) * columns), far)
    store<u32>(table + 4 * ((i + 1) * columns + 1), i)
  }
  for (let j: u32 = 0; j <= bLen; j++) {
    store<u32>(table + 4 * (j + 1), far)
    store<u32>(table + 4 * (columns + j + 1), j)
  }
  for (let i: u32 = 1; i <= aLen; i++) {
    let lastColumn: u32 = 0
    for (let j: u32 = 1; j <= bLen; j++) {
      const row = load<u32>(lastRow + 4 * <u32>load<u8>(b + j - 1))
      const column = lastColumn
      const isSame = load<u8>(a + i - 1) == load<u8>(b + j - 1)
      if (isSame) lastColumn = j
      const changed = load<u32>(table + 4 * (i * columns + j)) + u32(!isSame)
      const inserted = load<u32>(table + 4 * ((i + 1) * columns + j)) + 1
      const deleted = load<u32>(table + 4 * (i * columns + j + 1)) + 1
      const swapped = load<u32>(table + 4 * (row * columns + column)) + (i - row - 1) + 1 + (j - column - 1)
      store<u32>(table + 4 * ((i + 1) * columns + j + 1), min(min(changed, inserted), min(deleted, swapped)))
    }
    store<u32>(lastRow + 4 * <u32>load<u8>(a + i - 1), i)
  }
  return load<u32>(table + 4 * ((aLen + 1) * columns + bLen + 1))
}
