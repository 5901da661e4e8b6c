import { keep_high, say } from './outcome'

// Working registers of this file: functions leave a 128-bit result here. `low` is returned, `high` is kept.
let low: u64 = 0
let high: u64 = 0
let remainderLow: u64 = 0
let remainderHigh: u64 = 0

/** The high half of 64 × 64 → 128 bits. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function high_of_product(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = b & 0xffffffff
  const b1 = b >> 32
  const p01 = a0 * b1
  const p10 = a1 * b0
  const middle = ((a0 * b0) >> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff)
  return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32)
}

/** 64 × 64 → 128 bits into low, high. */
export function multiply_u64(a: u64, b: u64): void {
  low = a * b
  high = high_of_product(a, b)
}

export function multiply_u64_overflows(a: u64, b: u64): i32 {
  multiply_u64(a, b)
  return i32(high != 0)
}

export function multiply_i64_overflows(a: i64, b: i64): i32 {
  const negative = (a ^ b) < 0
  multiply_u64(magnitude(a), magnitude(b))
  if (high) return 1
  return i32(low > <u64>i64.MAX_VALUE + u64(negative))
}

// @ts-ignore: AssemblyScript's decorator
@inline
function magnitude(value: i64): u64 {
  return value < 0 ? <u64>(-value) : <u64>value
}

/** Negates low, high. */
function negate(): void {
  low = ~low + 1
  high = ~high + u64(low == 0)
}

/** Takes the magnitude of a signed value into low, high; whether it was negative. */
function take(lo: u64, hi: u64): bool {
  low = lo
  high = hi
  if (<i64>hi >= 0) return false
  negate()
  return true
}

export function give(negative: bool): u64 {
  if (negative) negate()
  keep_high(high)
  return low
}

/** Divides the unsigned low, high by a 64-bit divisor; the remainder is returned. */
export function divide_by_u64(divisor: u64): u64 {
  if (high == 0) {
    const quotient = low / divisor
    const rest = low - quotient * divisor
    low = quotient
    return rest
  }
  if (divisor <= 0xffffffff) {
    // long division by 32-bit digits
    let rest = high % divisor
    const q1 = high / divisor
    let digit = (rest << 32) | (low >> 32)
    const q2 = digit / divisor
    rest = digit % divisor
    digit = (rest << 32) | (low & 0xffffffff)
    low = (q2 << 32) | (digit / divisor)
    high = q1
    return digit % divisor
  }
  divide_long(divisor, 0)
  return remainderLow
}

/** Binary long division of the unsigned low, high; quotient into low, high, the rest into the remainder. */
function divide_long(dLow: u64, dHigh: u64): void {
  let qLow: u64 = 0
  let qHigh: u64 = 0
  let rLow: u64 = 0
  let rHigh: u64 = 0
  const bits = high ? 128 - <i32>clz(high) : 64 - <i32>clz(low)
  for (let i = bits - 1; i >= 0; i--) {
    const carry = rHigh >> 63
    rHigh = (rHigh << 1) | (rLow >> 63)
    rLow = (rLow << 1) | (i >= 64 ? (high >> (i - 64)) & 1 : (low >> i) & 1)
    if (carry || rHigh > dHigh || (rHigh == dHigh && rLow >= dLow)) {
      const borrow = u64(rLow < dLow)
      rLow -= dLow
      rHigh -= dHigh + borrow
      if (i >= 64) qHigh |= <u64>1 << (i - 64)
      else qLow |= <u64>1 << i
    }
  }
  low = qLow
  high = qHigh
  remainderLow = rLow
  remainderHigh = rHigh
}

/** Divides the magnitudes, truncating; the remainder's registers hold the rest. The divisor is not zero. */
function divide(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): void {
  take(bLow, bHigh)
  const dLow = low
  const dHigh = high
  take(aLow, aHigh)
  if (dHigh == 0) {
    remainderLow = divide_by_u64(dLow)
    remainderHigh = 0
  } else {
    divide_long(dLow, dHigh)
  }
}

function is_negative(hi: u64): bool {
  return <i64>hi < 0
}

export function i128_div(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  divide(aLow, aHigh, bLow, bHigh)
  return give(is_negative(aHigh) != is_negative(bHigh))
}

export function i128_rem(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  divide(aLow, aHigh, bLow, bHigh)
  low = remainderLow
  high = remainderHigh
  return give(is_negative(aHigh))
}

export function i128_floor_div(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  divide(aLow, aHigh, bLow, bHigh)
  const negative = is_negative(aHigh) != is_negative(bHigh)
  if (negative && (remainderLow | remainderHigh)) increment()
  return give(negative)
}

export function i128_floor_rem(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  const restLow = i128_rem(aLow, aHigh, bLow, bHigh)
  const restHigh = high
  if ((restLow | restHigh) && is_negative(aHigh) != is_negative(bHigh)) {
    low = restLow + bLow
    high = restHigh + bHigh + u64(low < restLow)
    keep_high(high)
    return low
  }
  return restLow
}

/** Adds one to low, high. */
export function increment(): void {
  low++
  if (low == 0) high++
}

// 10^0 to 10^38 as (low, high): bytes 16 n and 16 n + 8
const powers: usize = memory.data<u64>([
  0x1, 0x0, 0xa, 0x0, 0x64, 0x0, 0x3e8, 0x0, 0x2710, 0x0, 0x186a0, 0x0, 0xf4240, 0x0, 0x989680, 0x0,
  0x5f5e100, 0x0, 0x3b9aca00, 0x0, 0x2540be400, 0x0, 0x174876e800, 0x0, 0xe8d4a51000, 0x0, 0x9184e72a000,
  0x0, 0x5af3107a4000, 0x0, 0x38d7ea4c68000, 0x0, 0x2386f26fc10000, 0x0, 0x16345785d8a0000, 0x0,
  0xde0b6b3a7640000, 0x0, 0x8ac7230489e80000, 0x0, 0x6bc75e2d63100000, 0x5, 0x35c9adc5dea00000, 0x36,
  0x19e0c9bab2400000, 0x21e, 0x2c7e14af6800000, 0x152d, 0x1bcecceda1000000, 0xd3c2, 0x161401484a000000,
  0x84595, 0xdcc80cd2e4000000, 0x52b7d2, 0x9fd0803ce8000000, 0x33b2e3c, 0x3e25026110000000, 0x204fce5e,
  0x6d7217caa0000000, 0x1431e0fae, 0x4674edea40000000, 0xc9f2c9cd0, 0xc0914b2680000000, 0x7e37be2022,
  0x85acef8100000000, 0x4ee2d6d415b, 0x38c15b0a00000000, 0x314dc6448d93, 0x378d8e6400000000,
  0x1ed09bead87c0, 0x2b878fe800000000, 0x13426172c74d82, 0xb34b9f1000000000, 0xc097ce7bc90715,
  0xf436a000000000, 0x785ee10d5da46d9, 0x98a224000000000, 0x4b3b4ca85a86c47a,
])

export function power_low(n: i32): u64 {
  return load<u64>(powers + (<usize>n << 4))
}

export function power_high(n: i32): u64 {
  return load<u64>(powers + (<usize>n << 4), 8)
}

/** Whether the unsigned low, high has at most so many decimal digits. */
function fits_digits(digits: i32): bool {
  if (digits > 38) return high < 0x8000000000000000
  const pHigh = power_high(digits)
  return high < pHigh || (high == pHigh && low < power_low(digits))
}

/** Adds with the range of DECIMAL(38, …): failure 2 beyond. */
export function decimal_add(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  const sumLow = aLow + bLow
  const sumHigh = aHigh + bHigh + u64(sumLow < aLow)
  const overflows = <i64>((aHigh ^ sumHigh) & (bHigh ^ sumHigh)) < 0
  const negative = take(sumLow, sumHigh)
  if (overflows || !fits_digits(38)) say(2)
  return give(negative)
}

export function decimal_subtract(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  const differenceLow = aLow - bLow
  const differenceHigh = aHigh - bHigh - u64(aLow < bLow)
  const overflows = <i64>((aHigh ^ bHigh) & (aHigh ^ differenceHigh)) < 0
  const negative = take(differenceLow, differenceHigh)
  if (overflows || !fits_digits(38)) say(2)
  return give(negative)
}

/** low, high times (bLow, bHigh), all unsigned; whether it fits into 128 bits. */
function multiply_wide(bLow: u64, bHigh: u64): bool {
  const aLow = low
  const aHigh = high
  if (aHigh && bHigh) return false
  multiply_u64(aLow, bLow)
  const productLow = low
  let productHigh = high
  let fits = true
  if (aHigh || bHigh) {
    multiply_u64(aHigh ? aHigh : aLow, aHigh ? bLow : bHigh)
    fits = high == 0
    const sum = productHigh + low
    fits = fits && sum >= productHigh
    productHigh = sum
  }
  low = productLow
  high = productHigh
  return fits
}

export function decimal_multiply(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  const bNegative = take(bLow, bHigh)
  const factorLow = low
  const factorHigh = high
  const aNegative = take(aLow, aHigh)
  if (!multiply_wide(factorLow, factorHigh) || !fits_digits(38)) say(2)
  return give(aNegative != bNegative)
}

/** Divides low, high by 10^digits, rounding half away from zero; more than 38 digits give 0. */
function drop_digits(digits: i32): void {
  if (digits > 38) {
    low = 0
    high = 0
    return
  }
  let halfLow: u64
  let halfHigh: u64
  if (digits <= 19) {
    const divisor = power_low(digits)
    const rest = divide_by_u64(divisor)
    if (rest >= divisor - rest) increment()
    return
  }
  const pLow = power_low(digits)
  const pHigh = power_high(digits)
  divide_long(pLow, pHigh)
  // twice the rest reaches the divisor
  halfHigh = (remainderHigh << 1) | (remainderLow >> 63)
  halfLow = remainderLow << 1
  if (halfHigh > pHigh || (halfHigh == pHigh && halfLow >= pLow)) increment()
}

/** To another scale, rounding half away from zero; NULL when it has more than `precision` digits. */
export function decimal_rescale(lo: u64, hi: u64, from: i32, to: i32, precision: i32): u64 {
  const negative = take(lo, hi)
  let fits = true
  if (to > from) fits = multiply_wide(power_low(to - from), power_high(to - from))
  else if (from > to) drop_digits(from - to)
  if (!fits || !fits_digits(precision)) say(1)
  return give(negative)
}

/** Modes: 0 half away from zero, 1 down, 2 up, 3 towards zero. Then puts `zeros` zeros back. */
export function decimal_round_i128(lo: u64, hi: u64, digits: i32, zeros: i32, mode: i32, precision: i32): u64 {
  const negative = take(lo, hi)
  if (digits > 38) {
    low = 0
    high = 0
  } else if (mode == 0) {
    drop_digits(digits)
  } else {
    divide_long(power_low(digits), power_high(digits))
    if ((remainderLow | remainderHigh) && ((mode == 1 && negative) || (mode == 2 && !negative))) increment()
  }
  if (zeros > 0 && (low | high)) {
    if (zeros > 38 || !multiply_wide(power_low(zeros), power_high(zeros))) say(2)
  }
  if (precision > 0 && !fits_digits(precision)) say(2)
  return give(negative)
}

export function decimal_round_i64(value: i64, digits: i32, zeros: i32, mode: i32, precision: i32): i64 {
  if (digits > 18 || zeros > 18) {
    const result = decimal_round_i128(<u64>value, <u64>(value >> 63), digits, zeros, mode, precision)
    return <i64>result
  }
  const divisor = <i64>power_low(digits)
  let result = value / divisor
  const rest = value - result * divisor
  if (rest) {
    if (mode == 0) {
      const size = rest < 0 ? -rest : rest
      if (size >= divisor - size) result += value < 0 ? -1 : 1
    } else if (mode == 1) {
      if (value < 0) result--
    } else if (mode == 2) {
      if (value > 0) result++
    }
  }
  if (zeros > 0) result *= <i64>power_low(zeros)
  if (precision > 0 && magnitude(result) >= power_low(precision)) say(2)
  return result
}

/** Whether an int128 lies between two int64 (`unsignedRange`: between 0 and a uint64). */
export function i128_within(lo: u64, hi: u64, least: i64, greatest: i64, unsignedRange: i32): i32 {
  if (unsignedRange) return i32(hi == 0 && lo <= <u64>greatest)
  return i32(<i64>hi == <i64>lo >> 63 && <i64>lo >= least && <i64>lo <= greatest)
}

export function i128_to_f64(lo: u64, hi: u64): f64 {
  const negative = take(lo, hi)
  // bits below the mantissa only matter for rounding: keep one that says whether any is set
  let result: f64
  if (high == 0) {
    result = <f64>low
  } else {
    const shift = 64 - <i32>clz(high)
    const top = shift == 64 ? high : (high << (64 - shift)) | (low >> shift)
    const lost = shift == 64 ? low : low << (64 - shift)
    result = <f64>(top | u64(lost != 0)) * reinterpret<f64>(<u64>(1023 + shift) << 52)
  }
  return negative ? -result : result
}

// @ts-ignore: AssemblyScript's decorator
@inline
function power_f64(n: i32): f64 {
  return i128_to_f64(power_low(n), power_high(n))
}

/** The whole part and the fraction are converted apart, so that large values keep their digits. */
export function decimal_to_f64(lo: u64, hi: u64, scale: i32): f64 {
  const negative = take(lo, hi)
  let result: f64
  if (high == 0 && low <= 0x20000000000000) {
    result = <f64>low
    if (scale) result /= power_f64(scale)
    return negative ? -result : result
  }
  if (scale == 0) {
    result = i128_to_f64(low, high)
    return negative ? -result : result
  }
  if (scale <= 19) {
    remainderLow = divide_by_u64(power_low(scale))
    remainderHigh = 0
  } else {
    divide_long(power_low(scale), power_high(scale))
  }
  const restLow = remainderLow
  const restHigh = remainderHigh
  const whole = i128_to_f64(low, high)
  result = whole + i128_to_f64(restLow, restHigh) / power_f64(scale)
  return negative ? -result : result
}

export function decimal_to_f64_i64(value: i64, scale: i32): f64 {
  return decimal_to_f64(<u64>value, <u64>(value >> 63), scale)
}

/** Rounds half away from zero; NULL for what has too many digits, NaN and infinities. */
export function decimal_from_f64(value: f64, precision: i32, scale: i32): u64 {
  const scaled = value * power_f64(scale)
  let rounded = Math.trunc(scaled)
  if (Math.abs(scaled - rounded) >= 0.5) rounded += scaled < 0 ? -1 : 1
  const limit = power_f64(precision)
  if (!(Math.abs(rounded) < limit)) {
    say(1)
    keep_high(0)
    return 0
  }
  const size = Math.abs(rounded)
  if (size < 18446744073709551616.0) {
    low = <u64>size
    high = 0
  } else {
    const bits = reinterpret<u64>(size)
    const mantissa = (bits & 0xfffffffffffff) | 0x10000000000000
    const shift = <i32>(bits >> 52) - 1075
    // 64 <= 53 + shift < 128, so shift is from 11 to 74
    low = shift >= 64 ? 0 : mantissa << shift
    high = shift >= 64 ? mantissa << (shift - 64) : mantissa >> (64 - shift)
  }
  return give(rounded < 0)
}

// Access for the files that parse and print int128.
export function set_unsigned(lo: u64, hi: u64): void {
  low = lo
  high = hi
}

export function take_signed(lo: u64, hi: u64): bool {
  return take(lo, hi)
}

export function current_low(): u64 {
  return low
}

export function current_high(): u64 {
  return high
}

/** low, high × 10 + digit; whether it still has at most 38 digits. */
export function push_digit(digit: u32): bool {
  if (!multiply_wide(10, 0)) return false
  const sum = low + digit
  if (sum < low) high++
  low = sum
  return fits_digits(38)
}

/** low, high × 10^n; whether it still has at most 38 digits. */
export function shift_digits(n: i32): bool {
  if (n > 38) return (low | high) == 0
  return multiply_wide(power_low(n), power_high(n)) && fits_digits(38)
}

export function round_digits(n: i32): void {
  drop_digits(n)
}

export function has_digits(digits: i32): bool {
  return fits_digits(digits)
}

export function sign_i128(lo: u64, hi: u64): i32 {
  return (lo | hi) == 0 ? 0 : <i64>hi < 0 ? -1 : 1
}

/** n! for n from 0 to 33; failure 2 beyond. */
export function factorial(n: i32): u64 {
  if (n < 0) say(2)
  low = 1
  high = 0
  for (let i = 2; i <= n; i++) {
    if (!multiply_wide(i, 0) || !fits_digits(38)) {
      say(2)
      break
    }
  }
  return give(false)
}
