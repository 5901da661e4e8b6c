/**
 * A 64-bit hash of `len` bytes at `ptr`: eight bytes a step, each step one multiply and one fold of the
 * 128-bit product's halves (the mixing of wyhash, with the low product only, finished by MurmurHash3's
 * 64-bit finaliser so that every output bit depends on every input bit).
 */
export function hash_bytes(ptr: u32, len: u32): u64 {
  let h: u64 = 0x9e3779b97f4a7c15 ^ (<u64>len * 0xff51afd7ed558ccd)
  let p = ptr
  let left = len
  while (left >= 8) {
    h = step(h, load<u64>(p))
    p += 8
    left -= 8
  }
  if (left >= 4) {
    h = step(h, <u64>load<u32>(p))
    p += 4
    left -= 4
  }
  while (left > 0) {
    h = step(h, <u64>load<u8>(p))
    p += 1
    left -= 1
  }
  h ^= h >> 33
  h *= 0xff51afd7ed558ccd
  h ^= h >> 33
  h *= 0xc4ceb9fe1a85ec53
  return h ^ (h >> 33)
}

function step(h: u64, word: u64): u64 {
  const mixed = (rotl<u64>(h, 27) ^ word) * 0x9fb21c651e98df25
  return mixed ^ (mixed >> 32)
}
