import { small_hex_digit } from './hex'
import { pack, scratch_allocate } from './scratch'

// Round constants of SHA-256 (FIPS 180-4, section 4.2.2).
const sha256Constants: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])

// Shifts of MD5 (RFC 1321), four of each round.
const md5Shifts: usize = memory.data<u8>([7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21])

/** The text, a one bit, zeros, and its length in bits, as whole blocks of 64 bytes; where they begin. */
function padded(thread: u32, ptr: u32, len: u32, bigEndian: bool): u32 {
  const size = padded_size(len)
  const message = scratch_allocate(thread, size)
  memory.copy(message, ptr, len)
  memory.fill(message + len, 0, size - len)
  store<u8>(message + len, 0x80)
  const bits = <u64>len << 3
  store<u64>(message + size - 8, bigEndian ? bswap(bits) : bits)
  return message
}

function padded_size(len: u32): u32 {
  return (len + 9 + 63) & ~63
}

/** Words of a digest in hexadecimal. */
function hex_words(thread: u32, words: u32, count: u32, bigEndian: bool): u64 {
  const text = scratch_allocate(thread, count * 8)
  for (let i: u32 = 0; i < count; i++) {
    const loaded = load<u32>(words + 4 * i)
    const word = bigEndian ? loaded : bswap(loaded)
    for (let digit: u32 = 0; digit < 8; digit++) {
      store<u8>(text + 8 * i + digit, small_hex_digit((word >> (28 - 4 * digit)) & 15))
    }
  }
  return pack(text, count * 8)
}

export function md5(thread: u32, ptr: u32, len: u32): u64 {
  const message = padded(thread, ptr, len, false)
  const blocks = padded_size(len) >> 6
  let a0: u32 = 0x67452301
  let b0: u32 = 0xefcdab89
  let c0: u32 = 0x98badcfe
  let d0: u32 = 0x10325476
  for (let block: u32 = 0; block < blocks; block++) {
    const words = message + block * 64
    let a = a0
    let b = b0
    let c = c0
    let d = d0
    for (let i: u32 = 0; i < 64; i++) {
      const round = i >> 4
      let f: u32
      let g: u32
      if (round == 0) {
        f = (b & c) | (~b & d)
        g = i
      } else if (round == 1) {
        f = (d & b) | (~d & c)
        g = (5 * i + 1) & 15
      } else if (round == 2) {
        f = b ^ c ^ d
        g = (3 * i + 5) & 15
      } else {
        f = c ^ (b | ~d)
        g = (7 * i) & 15
      }
      // floor(2^32 × |sin(i + 1)|)
      const constant = <u32>(<u64>(Math.abs(Math.sin(<f64>i + 1)) * 4294967296.0))
      const sum = a + f + constant + load<u32>(words + 4 * g)
      a = d
      d = c
      c = b
      b = b + rotl<u32>(sum, load<u8>(md5Shifts + round * 4 + (i & 3)))
    }
    a0 += a
    b0 += b
    c0 += c
    d0 += d
  }
  const digest = scratch_allocate(thread, 16)
  store<u32>(digest, a0)
  store<u32>(digest, b0, 4)
  store<u32>(digest, c0, 8)
  store<u32>(digest, d0, 12)
  return hex_words(thread, digest, 4, false)
}

export function sha1(thread: u32, ptr: u32, len: u32): u64 {
  const message = padded(thread, ptr, len, true)
  const blocks = padded_size(len) >> 6
  const schedule = scratch_allocate(thread, 320)
  const digest = scratch_allocate(thread, 24)
  store<u32>(digest, 0x67452301)
  store<u32>(digest, 0xefcdab89, 4)
  store<u32>(digest, 0x98badcfe, 8)
  store<u32>(digest, 0x10325476, 12)
  store<u32>(digest, 0xc3d2e1f0, 16)
  for (let block: u32 = 0; block < blocks; block++) {
    for (let i: u32 = 0; i < 80; i++) {
      const at = schedule + 4 * i
      if (i < 16) store<u32>(at, bswap(load<u32>(message + block * 64 + 4 * i)))
      else store<u32>(at, rotl<u32>(load<u32>(at - 12) ^ load<u32>(at - 32) ^ load<u32>(at - 56) ^ load<u32>(at - 64), 1))
    }
    let a = load<u32>(digest)
    let b = load<u32>(digest, 4)
    let c = load<u32>(digest, 8)
    let d = load<u32>(digest, 12)
    let e = load<u32>(digest, 16)
    for (let i: u32 = 0; i < 80; i++) {
      let f: u32
      let k: u32
      if (i < 20) {
        f = (b & c) | (~b & d)
        k = 0x5a827999
      } else if (i < 40) {
        f = b ^ c ^ d
        k = 0x6ed9eba1
      } else if (i < 60) {
        f = (b & c) | (b & d) | (c & d)
        k = 0x8f1bbcdc
      } else {
        f = b ^ c ^ d
        k = 0xca62c1d6
      }
      const next = rotl<u32>(a, 5) + f + e + k + load<u32>(schedule + 4 * i)
      e = d
      d = c
      c = rotl<u32>(b, 30)
      b = a
      a = next
    }
    store<u32>(digest, load<u32>(digest) + a)
    store<u32>(digest, load<u32>(digest, 4) + b, 4)
    store<u32>(digest, load<u32>(digest, 8) + c, 8)
    store<u32>(digest, load<u32>(digest, 12) + d, 12)
    store<u32>(digest, load<u32>(digest, 16) + e, 16)
  }
  return hex_words(thread, digest, 5, true)
}

export function sha256(thread: u32, ptr: u32, len: u32): u64 {
  const message = padded(thread, ptr, len, true)
  const blocks = padded_size(len) >> 6
  const schedule = scratch_allocate(thread, 256)
  const digest = scratch_allocate(thread, 32)
  store<u32>(digest, 0x6a09e667)
  store<u32>(digest, 0xbb67ae85, 4)
  store<u32>(digest, 0x3c6ef372, 8)
  store<u32>(digest, 0xa54ff53a, 12)
  store<u32>(digest, 0x510e527f, 16)
  store<u32>(digest, 0x9b05688c, 20)
  store<u32>(digest, 0x1f83d9ab, 24)
  store<u32>(digest, 0x5be0cd19, 28)
  for (let block: u32 = 0; block < blocks; block++) {
    for (let i: u32 = 0; i < 64; i++) {
      const at = schedule + 4 * i
      if (i < 16) {
        store<u32>(at, bswap(load<u32>(message + block * 64 + 4 * i)))
      } else {
        const w15 = load<u32>(at - 60)
        const w2 = load<u32>(at - 8)
        const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3)
        const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10)
        store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1)
      }
    }
    let a = load<u32>(digest)
    let b = load<u32>(digest, 4)
    let c = load<u32>(digest, 8)
    let d = load<u32>(digest, 12)
    let e = load<u32>(digest, 16)
    let f = load<u32>(digest, 20)
    let g = load<u32>(digest, 24)
    let h = load<u32>(digest, 28)
    for (let i: u32 = 0; i < 64; i++) {
      const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)
      const choice = (e & f) ^ (~e & g)
      const t1 = h + s1 + choice + load<u32>(sha256Constants + 4 * i) + load<u32>(schedule + 4 * i)
      const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)
      const majority = (a & b) ^ (a & c) ^ (b & c)
      h = g
      g = f
      f = e
      e = d + t1
      d = c
      c = b
      b = a
      a = t1 + s0 + majority
    }
    store<u32>(digest, load<u32>(digest) + a)
    store<u32>(digest, load<u32>(digest, 4) + b, 4)
    store<u32>(digest, load<u32>(digest, 8) + c, 8)
    store<u32>(digest, load<u32>(digest, 12) + d, 12)
    store<u32>(digest, load<u32>(digest, 16) + e, 16)
    store<u32>(digest, load<u32>(digest, 20) + f, 20)
    store<u32>(digest, load<u32>(digest, 24) + g, 24)
    store<u32>(digest, load<u32>(digest, 28) + h, 28)
  }
  return hex_words(thread, digest, 8, true)
}
