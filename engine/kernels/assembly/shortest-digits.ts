import { high_of_product } from './i128'

/**
 * The shortest decimal that reads back as the same floating-point number, and of several the nearest: Raffaello
 * Giulietti's Schubfach. Its powers of ten have 128 bits; they are made from every 27th, kept with 192, and powers of 5.
 */

const bases: usize = memory.data<u64>([
  0xa76c582338ed2621, 0xaf2af2b80af6f24e, 0x657c8f4d43323a36,
  0x873e4f75e2224e68, 0x5a7744a6e804a291, 0xcc35eddfcf0996d7,
  0xda7f5bf590966848, 0xaf39a475506a899e, 0xa30294cc2934e662,
  0xb080392cc4349dec, 0xbd8d794d96aacfb3, 0xfe13a5c86af64418,
  0x8e938662882af53e, 0x547eb47b7282ee9c, 0x41b0230e1421487d,
  0xe65829b3046b0afa, 0x0cb4a5a3112a5112, 0xa3b561b1cb208396,
  0xba121a4650e4ddeb, 0x92f34d62616ce413, 0x21a0183e10583cd3,
  0x964e858c91ba2655, 0x3a6a07f8d510f86f, 0xe9082f25e9c5e9ec,
  0xf2d56790ab41c2a2, 0xfae27299423fb9c3, 0x3695dad7e8858901,
  0xc428d05aa4751e4c, 0xaa97e14c3c26b886, 0x96842dc95323f5a8,
  0x9e74d1b791e07e48, 0x775ea264cf55347d, 0xca49f1c05120c9c7,
  0x8000000000000000, 0x0000000000000000, 0x0000000000000000,
  0xcecb8f27f4200f3a, 0x0000000000000000, 0x0000000000000000,
  0xa70c3c40a64e6c51, 0x999090b65f67d924, 0x0000000000000000,
  0x86f0ac99b4e8dafd, 0x69a028bb3ded71a3, 0xdf9f915627c04e28,
  0xda01ee641a708de9, 0xe80e6f4820cc9495, 0xd74baad03bc1d8d3,
  0xb01ae745b101e9e4, 0x5ec05dcff72e7f8f, 0xc04c79ffe324301f,
  0x8e41ade9fbebc27d, 0x14588f13be847307, 0x23bd6a2059c002f5,
  0xe5d3ef282a242e81, 0x8f1668c8a86da5fa, 0xf0b5ccf5176ecc7c,
  0xb9a74a0637ce2ee1, 0x6d953e2bd7173692, 0x88efb0037ac08bde,
  0x95f83d0a1fb69cd9, 0x4abdaf101564f98e, 0x0d5a4af7b3a98e47,
  0xf24a01a73cf2dccf, 0xbc633b39673c8cec, 0x3d9c44cd2f36917c,
  0xc3b8358109e84f07, 0x0a862f80ec4700c8, 0x02606ea01029dc37,
  0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 0x4944d9f52cd0dec2,
])

const powersOf5: usize = memory.data<u64>([
  1, 5, 25, 125, 625,
  3125, 15625, 78125, 390625, 1953125,
  9765625, 48828125, 244140625, 1220703125, 6103515625,
  30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125,
  95367431640625, 476837158203125, 2384185791015625, 11920928955078125, 59604644775390625,
  298023223876953125, 1490116119384765625,
])

/** 10^k = (high, low) · 2^(log2 − 127), rounded up. */
let powerHigh: u64 = 0
let powerLow: u64 = 0

/** Exponents of the powers that are whole below 2^128. */
const LAST_EXACT = 55

// @ts-ignore: AssemblyScript's decorator
@inline
function floor_log2_of_power(k: i32): i32 {
  return (k * 1741647) >> 19
}

function take_power(k: i32): void {
  const index = <u32>(k + 297) / 27
  const offset = k + 297 - <i32>index * 27
  const entry = bases + 24 * index
  const first = load<u64>(entry)
  const second = load<u64>(entry, 8)
  if (offset == 0) {
    powerHigh = first
    powerLow = second
  } else {
    const factor = load<u64>(powersOf5 + 8 * offset)
    const second0 = second * factor
    const low = second0 + high_of_product(load<u64>(entry, 16), factor)
    const first0 = first * factor
    const middle = first0 + high_of_product(second, factor) + u64(low < second0)
    // at most one carry comes out of the three terms, as the product has no more than 256 bits
    const high = high_of_product(first, factor) + u64(middle < first0)
    const shift = <u64>(floor_log2_of_power(k) - floor_log2_of_power(k - offset) - offset)
    powerHigh = shift ? (high << (64 - shift)) | (middle >> shift) : middle
    powerLow = shift ? (middle << (64 - shift)) | (low >> shift) : low
  }
  if (k < 0 || k > LAST_EXACT) {
    powerLow++
    if (powerLow == 0) powerHigh++
  }
}

/** The power's product with a number, without its lowest 128 bits; its last bit says whether any of them was set. */
function product_to_odd(factor: u64): u64 {
  const low = powerHigh * factor
  const sum = low + high_of_product(powerLow, factor)
  return (high_of_product(powerHigh, factor) + u64(sum < low)) | u64(sum > 1)
}

/** The power of ten that the digits of `shortest_digits` are to be multiplied by. */
let exponent: i32 = 0

export function shortest_exponent(): i32 {
  return exponent
}

/** Whether the number is half-way between two that are equally short. */
let isTie = false
let roundedUp = false

/**
 * Digits of c · 2^q, a finite number above 0. `closer`: the number below is half as far away as the one above. `strict`
 * (0 or 1): what lies half-way to the next number does not count as this one.
 */
function shortest(c: u64, q: i32, closer: bool, strict: u64): u64 {
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22
  const shift = <u64>(q + floor_log2_of_power(-k) + 1)
  take_power(-k)
  const value = product_to_odd((4 * c) << shift)
  const lower = product_to_odd((4 * c - 2 + u64(closer)) << shift) + strict
  const upper = product_to_odd((4 * c + 2) << shift) - strict
  const s = value >> 2
  exponent = k
  isTie = false
  if (s >= 10) {
    const tens = s / 10
    const isBelow = lower <= 40 * tens
    const isAbove = 40 * tens + 40 <= upper
    if (isBelow != isAbove) {
      exponent = k + 1
      return tens + u64(isAbove)
    }
  }
  const isBelow = lower <= 4 * s
  const isAbove = 4 * s + 4 <= upper
  if (isBelow != isAbove) return s + u64(isAbove)
  const middle = 4 * s + 2
  isTie = value == middle
  roundedUp = value > middle || (isTie && (s & 1) != 0)
  return s + u64(roundedUp)
}

export function shortest_digits_f64(value: f64): u64 {
  const bits = reinterpret<u64>(value)
  const fraction = bits & 0xfffffffffffff
  const biased = <i32>((bits >> 52) & 0x7ff)
  if (biased == 0) return shortest(fraction, -1074, false, fraction & 1)
  return shortest(fraction | 0x10000000000000, biased - 1075, fraction == 0 && biased > 1, fraction & 1)
}

/**
 * As DuckDB writes single precision: no digits that lie half-way to another number, and one digit more where the number
 * itself is half-way between two of the shortest.
 */
export function shortest_digits_f32(value: f32): u64 {
  const bits = reinterpret<u32>(value)
  const fraction = bits & 0x7fffff
  const biased = <i32>((bits >> 23) & 0xff)
  const digits =
    biased == 0
      ? shortest(fraction, -149, false, 1)
      : shortest(fraction | 0x800000, biased - 150, fraction == 0 && biased > 1, 1)
  if (!isTie) return digits
  exponent--
  // the half belongs to the even neighbour, which is above or below
  return digits * 10 + (roundedUp ? -5 : 5)
}
