const PRIME_1: u64 = 0x9e3779b185ebca87
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f
const PRIME_3: u64 = 0x165667b19e3779f9
const PRIME_4: u64 = 0x85ebca77c2b2ae63
const PRIME_5: u64 = 0x27d4eb2f165667c5

/** XXH64 (xxHash's specification, doc/xxhash_spec.md) of `length` bytes at `pointer`. */
export function xxh64(pointer: u32, length: u32, seed: u64): u64 {
  let at = pointer
  let left = length
  let hash: u64
  if (left >= 32) {
    let a = seed + PRIME_1 + PRIME_2
    let b = seed + PRIME_2
    let c = seed
    let d = seed - PRIME_1
    while (left >= 32) {
      a = lane(a, load<u64>(at))
      b = lane(b, load<u64>(at, 8))
      c = lane(c, load<u64>(at, 16))
      d = lane(d, load<u64>(at, 24))
      at += 32
      left -= 32
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18)
    hash = merge(merge(merge(merge(hash, a), b), c), d)
  } else {
    hash = seed + PRIME_5
  }
  hash += <u64>length
  while (left >= 8) {
    hash = rotl<u64>(hash ^ lane(0, load<u64>(at)), 27) * PRIME_1 + PRIME_4
    at += 8
    left -= 8
  }
  if (left >= 4) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * PRIME_1), 23) * PRIME_2 + PRIME_3
    at += 4
    left -= 4
  }
  while (left > 0) {
    hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * PRIME_5), 11) * PRIME_1
    at += 1
    left -= 1
  }
  hash = (hash ^ (hash >> 33)) * PRIME_2
  hash = (hash ^ (hash >> 29)) * PRIME_3
  return hash ^ (hash >> 32)
}

// @ts-ignore: AssemblyScript's decorator
@inline
function lane(accumulator: u64, word: u64): u64 {
  return rotl<u64>(accumulator + word * PRIME_2, 31) * PRIME_1
}

// @ts-ignore: AssemblyScript's decorator
@inline
function merge(hash: u64, accumulator: u64): u64 {
  return (hash ^ lane(0, accumulator)) * PRIME_1 + PRIME_4
}
