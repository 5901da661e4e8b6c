import { scratch_allocate } from './scratch'

/**
 * Jaro's similarity of two texts, byte by byte: the mean of the shares of bytes that match, within half of the longer
 * text, and of the matches that are in order (Jaro, "Advances in record-linkage methodology", 1989).
 */
export function jaro_similarity(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): f64 {
  if (!aLen || !bLen) return 0
  const longer = max(aLen, bLen)
  const reach: u32 = longer / 2 > 0 ? longer / 2 - 1 : 0
  const inA = scratch_allocate(thread, aLen)
  const inB = scratch_allocate(thread, bLen)
  memory.fill(inA, 0, aLen)
  memory.fill(inB, 0, bLen)
  let matches: u32 = 0
  for (let i: u32 = 0; i < aLen; i++) {
    const end = min(bLen, i + reach + 1)
    for (let j: u32 = i > reach ? i - reach : 0; j < end; j++) {
      if (load<u8>(inB + j) || load<u8>(a + i) != load<u8>(b + j)) continue
      store<u8>(inA + i, 1)
      store<u8>(inB + j, 1)
      matches++
      break
    }
  }
  if (!matches) return 0
  let moved: u32 = 0
  let j: u32 = 0
  for (let i: u32 = 0; i < aLen; i++) {
    if (!load<u8>(inA + i)) continue
    while (!load<u8>(inB + j)) j++
    if (load<u8>(a + i) != load<u8>(b + j)) moved++
    j++
  }
  const m = <f64>matches
  return (m / <f64>aLen + m / <f64>bLen + (m - <f64>(moved / 2)) / m) / 3
}

/** Jaro's similarity, raised by a tenth of what is missing for each byte of a common start, four at the most (Winkler, 1990). */
export function jaro_winkler_similarity(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): f64 {
  const similarity = jaro_similarity(thread, a, aLen, b, bLen)
  if (similarity <= 0.7) return similarity
  let common: u32 = 0
  while (common < 4 && common < aLen && common < bLen && load<u8>(a + common) === load<u8>(b + common)) common++
  return similarity + <f64>common * 0.1 * (1 - similarity)
}
