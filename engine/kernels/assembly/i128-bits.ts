import { current_high, decimal_multiply, give, has_digits, i128_div, i128_rem, set_unsigned, take_signed } from './i128'
import { keep_high, say } from './outcome'

/** The greatest common divisor, never negative. */
export function gcd_i128(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  let xLow = aLow
  let xHigh = aHigh
  let yLow = bLow
  let yHigh = bHigh
  while (yLow | yHigh) {
    const restLow = i128_rem(xLow, xHigh, yLow, yHigh)
    const restHigh = current_high()
    xLow = yLow
    xHigh = yHigh
    yLow = restLow
    yHigh = restHigh
  }
  take_signed(xLow, xHigh)
  return give(false)
}

/** Failure 2 beyond 38 digits. */
export function lcm_i128(aLow: u64, aHigh: u64, bLow: u64, bHigh: u64): u64 {
  if ((aLow | aHigh) == 0 || (bLow | bHigh) == 0) {
    set_unsigned(0, 0)
    return give(false)
  }
  const divisorLow = gcd_i128(aLow, aHigh, bLow, bHigh)
  const factorLow = i128_div(aLow, aHigh, divisorLow, current_high())
  const productLow = decimal_multiply(factorLow, current_high(), bLow, bHigh)
  take_signed(productLow, current_high())
  return give(false)
}

/** In a TINYINT, as DuckDB has it: 128 is -128. */
export function bit_count_i128(lo: u64, hi: u64): i32 {
  return (<i32>(popcnt(lo) + popcnt(hi)) << 24) >> 24
}

/** Failure 2 beyond 38 digits, or when one of both is negative. */
export function shift_left_i128(lo: u64, hi: u64, byLow: u64, byHigh: u64): u64 {
  let low = lo
  let high = hi
  const isLong = byHigh || byLow > 127
  if (<i64>hi < 0 || <i64>byHigh < 0 || (isLong && lo | hi)) say(2)
  else if (!isLong && byLow) {
    const unused = hi ? clz(hi) : 64 + clz(lo)
    if (byLow >= unused) say(2)
    high = byLow >= 64 ? lo << (byLow - 64) : (hi << byLow) | (lo >> (64 - byLow))
    low = byLow >= 64 ? 0 : lo << byLow
    set_unsigned(low, high)
    if (!has_digits(38)) say(2)
  }
  keep_high(high)
  return low
}

/** 0 when all bits are shifted out, or the shift is negative. */
export function shift_right_i128(lo: u64, hi: u64, byLow: u64, byHigh: u64): u64 {
  if (byHigh || byLow > 127) {
    keep_high(0)
    return 0
  }
  if (byLow == 0) {
    keep_high(hi)
    return lo
  }
  const signed = <i64>hi
  keep_high(byLow >= 64 ? signed >> 63 : signed >> byLow)
  return byLow >= 64 ? <u64>(signed >> (byLow - 64)) : (lo >> byLow) | (hi << (64 - byLow))
}
