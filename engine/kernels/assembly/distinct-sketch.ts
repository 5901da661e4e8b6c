import { scratch_allocate } from './scratch'

// HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) over 64-bit hashes. A sketch is SPARSE_HASHES hashes at the
// most (8 bytes each), so that small counts are exact; then it is a byte for each of 2048 registers.

const SPARSE_BYTES: u32 = 512
const REGISTER_BITS: u64 = 11
const REGISTERS: u32 = 2048

/** By how many bytes the sketch grows when the hash is added. */
export function sketch_growth(sketch: u32, bytes: u32, hash: u64): u32 {
  if (bytes > SPARSE_BYTES) return 0
  for (let at: u32 = 0; at < bytes; at += 8) if (load<u64>(sketch + at) === hash) return 0
  return bytes < SPARSE_BYTES ? 8 : REGISTERS - SPARSE_BYTES
}

/** Adds a hash to a sketch of `before` bytes that has room for what `sketch_growth` said. */
export function sketch_add(thread: u32, sketch: u32, before: u32, hash: u64): void {
  if (before > SPARSE_BYTES) {
    put(sketch, hash)
    return
  }
  for (let at: u32 = 0; at < before; at += 8) if (load<u64>(sketch + at) === hash) return
  if (before < SPARSE_BYTES) {
    store<u64>(sketch + before, hash)
    return
  }
  widen(thread, sketch, before)
  put(sketch, hash)
}

/** Makes registers of a list of hashes. */
function widen(thread: u32, sketch: u32, bytes: u32): void {
  const hashes = scratch_allocate(thread, bytes)
  memory.copy(hashes, sketch, bytes)
  memory.fill(sketch, 0, REGISTERS)
  for (let at: u32 = 0; at < bytes; at += 8) put(sketch, load<u64>(hashes + at))
}

function put(sketch: u32, hash: u64): void {
  const register = sketch + <u32>(hash >> (64 - REGISTER_BITS))
  const rank = <u8>(min(clz(hash << REGISTER_BITS), 64 - REGISTER_BITS) + 1)
  if (rank > load<u8>(register)) store<u8>(register, rank)
}

/** By how many bytes the sketch may grow at the most when another one is merged into it. */
export function sketch_merge_growth(bytes: u32, otherBytes: u32): u32 {
  if (bytes > SPARSE_BYTES) return 0
  return otherBytes > SPARSE_BYTES || bytes + otherBytes > SPARSE_BYTES ? REGISTERS - bytes : otherBytes
}

/** Merges another sketch into one of `before` bytes, which was made to have `after`. Returns the bytes that it has. */
export function sketch_merge(thread: u32, sketch: u32, before: u32, after: u32, other: u32, otherBytes: u32): u32 {
  if (after > SPARSE_BYTES && before <= SPARSE_BYTES) widen(thread, sketch, before)
  if (after <= SPARSE_BYTES) {
    let end = before
    for (let at: u32 = 0; at < otherBytes; at += 8) {
      const hash = load<u64>(other + at)
      if (!sketch_growth(sketch, end, hash)) continue
      store<u64>(sketch + end, hash)
      end += 8
    }
    return end
  }
  if (otherBytes <= SPARSE_BYTES) {
    for (let at: u32 = 0; at < otherBytes; at += 8) put(sketch, load<u64>(other + at))
    return REGISTERS
  }
  for (let at: u32 = 0; at < REGISTERS; at++) {
    if (load<u8>(other + at) > load<u8>(sketch + at)) store<u8>(sketch + at, load<u8>(other + at))
  }
  return REGISTERS
}

/** How many different values were added: exact while the sketch is a list of hashes. */
export function sketch_count(sketch: u32, bytes: u32): i64 {
  if (bytes <= SPARSE_BYTES) return bytes >> 3
  let sum: f64 = 0
  let zeros: f64 = 0
  for (let at: u32 = 0; at < REGISTERS; at++) {
    const rank = load<u8>(sketch + at)
    sum += 1.0 / <f64>(<u64>1 << rank)
    zeros += rank ? 0 : 1
  }
  const m = <f64>REGISTERS
  const estimate = ((0.7213 / (1.0 + 1.079 / m)) * m * m) / sum
  if (estimate <= 2.5 * m && zeros > 0) return <i64>Math.round(m * Math.log(m / zeros))
  return <i64>Math.round(estimate)
}
