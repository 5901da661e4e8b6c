import { multiply_i64_overflows } from './i128'
import { say } from './outcome'

export function math_cbrt(x: f64): f64 {
  return Math.cbrt(x)
}

export function math_exp(x: f64): f64 {
  return Math.exp(x)
}

export function math_expm1(x: f64): f64 {
  return Math.expm1(x)
}

/** Failure 2 of zero, 3 below zero. */
function check_logarithm(x: f64): void {
  if (x == 0) say(2)
  else if (x < 0) say(3)
}

export function math_ln(x: f64): f64 {
  check_logarithm(x)
  return Math.log(x)
}

export function math_log1p(x: f64): f64 {
  check_logarithm(1 + x)
  return Math.log1p(x)
}

export function math_log2(x: f64): f64 {
  check_logarithm(x)
  return Math.log2(x)
}

export function math_log10(x: f64): f64 {
  check_logarithm(x)
  return Math.log10(x)
}

export function math_log_base(base: f64, x: f64): f64 {
  check_logarithm(base)
  check_logarithm(x)
  return Math.log10(x) / Math.log10(base)
}

/** As C has it: 1 to any power is 1, also to NaN. */
export function math_pow(x: f64, y: f64): f64 {
  if (x == 1) return 1
  if (x == -1 && (y == Infinity || y == -Infinity)) return 1
  return Math.pow(x, y)
}

/** Failure 2 of what is infinite. */
function check_angle(x: f64): void {
  if (abs(x) == Infinity) say(2)
}

export function math_sin(x: f64): f64 {
  check_angle(x)
  return Math.sin(x)
}

export function math_cos(x: f64): f64 {
  check_angle(x)
  return Math.cos(x)
}

export function math_tan(x: f64): f64 {
  check_angle(x)
  return Math.tan(x)
}

/** Failure 3 of zero. */
export function math_cot(x: f64): f64 {
  check_angle(x)
  if (x == 0) say(3)
  return 1 / Math.tan(x)
}

export function math_asin(x: f64): f64 {
  if (x < -1 || x > 1) say(2)
  return Math.asin(x)
}

export function math_acos(x: f64): f64 {
  if (x < -1 || x > 1) say(2)
  return Math.acos(x)
}

export function math_atan(x: f64): f64 {
  return Math.atan(x)
}

export function math_atan2(y: f64, x: f64): f64 {
  return Math.atan2(y, x)
}

export function math_sinh(x: f64): f64 {
  return Math.sinh(x)
}

export function math_cosh(x: f64): f64 {
  return Math.cosh(x)
}

export function math_tanh(x: f64): f64 {
  return Math.tanh(x)
}

export function math_asinh(x: f64): f64 {
  return Math.asinh(x)
}

export function math_acosh(x: f64): f64 {
  return Math.acosh(x)
}

export function math_atanh(x: f64): f64 {
  if (x < -1 || x > 1) say(2)
  return Math.atanh(x)
}

export function math_degrees(x: f64): f64 {
  return x * (180 / Math.PI)
}

export function math_radians(x: f64): f64 {
  return x * (Math.PI / 180)
}

/** The next even number away from zero. */
export function math_even(x: f64): f64 {
  let value = x >= 0 ? ceil(x) : -ceil(-x)
  if (Math.trunc(value / 2) * 2 != value) value += value >= 0 ? 1 : -1
  return value
}

export function mod_f64(a: f64, b: f64): f64 {
  return a % b
}

export function mod_f32(a: f32, b: f32): f32 {
  return a % b
}

export function floor_mod_f64(a: f64, b: f64): f64 {
  const rest = a % b
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest
}

export function floor_mod_f32(a: f32, b: f32): f32 {
  const rest = a % b
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest
}

/** Half away from zero. */
export function round_f64(x: f64): f64 {
  const whole = Math.trunc(x)
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
}

export function round_f32(x: f32): f32 {
  return <f32>round_f64(x)
}

/** Scaled by a power of ten, rounded, and back; as it was where that is not finite. */
export function round_places_f64(x: f64, places: i32): f64 {
  const unit = Math.pow(10, <f64>(places < 0 ? -places : places))
  const rounded = places < 0 ? round_f64(x / unit) * unit : round_f64(x * unit) / unit
  return isFinite(rounded) ? rounded : places < 0 ? 0 : x
}

/** Cut off, not rounded, to so many decimal places. */
export function trunc_places_f64(x: f64, places: i32): f64 {
  const unit = Math.pow(10, <f64>(places < 0 ? -places : places))
  const cut = places < 0 ? Math.trunc(x / unit) * unit : Math.trunc(x * unit) / unit
  return isFinite(cut) ? cut : places < 0 ? 0 : x
}

export function round_places_f32(x: f32, places: i32): f32 {
  return <f32>round_places_f64(x, places)
}

/** Whole numbers change only where tens or more are rounded to. */
export function round_places_i64(x: i64, places: i32): i64 {
  if (places >= 0) return x
  if (places < -18) return 0
  let unit: i64 = 1
  for (let i = places; i < 0; i++) unit *= 10
  const rest = x % unit
  const half = (rest < 0 ? -rest : rest) >= unit - (rest < 0 ? -rest : rest)
  return x - rest + (half ? (x < 0 ? -unit : unit) : 0)
}

export function round_places_i32(x: i32, places: i32): i32 {
  return <i32>round_places_i64(x, places)
}

export function is_nan_f64(x: f64): i32 {
  return i32(x != x)
}

export function is_nan_f32(x: f32): i32 {
  return i32(x != x)
}

export function is_infinite_f64(x: f64): i32 {
  return i32(Math.abs(x) == Infinity)
}

export function is_infinite_f32(x: f32): i32 {
  return is_infinite_f64(x)
}

export function is_finite_f64(x: f64): i32 {
  return i32(isFinite(x))
}

export function is_finite_f32(x: f32): i32 {
  return i32(isFinite(x))
}

export function sign_i64(x: i64): i32 {
  return i32(x > 0) - i32(x < 0)
}

export function sign_f64(x: f64): i32 {
  return i32(x > 0) - i32(x < 0)
}

/** Failure 2 where the result is 2^63. */
export function gcd_i64(a: i64, b: i64): i64 {
  let x = a
  let y = b
  while (y) {
    const rest = y == -1 ? 0 : x % y
    x = y
    y = rest
  }
  if (x == i64.MIN_VALUE) say(2)
  return x < 0 ? -x : x
}

/** Failure 2 on overflow. */
export function lcm_i64(a: i64, b: i64): i64 {
  if (a == 0 || b == 0) return 0
  const factor = a / gcd_i64(a, b)
  const result = factor * b
  if (multiply_i64_overflows(factor, b) || result == i64.MIN_VALUE) say(2)
  return result < 0 ? -result : result
}

/** Failure 2 when bits are lost, or the shift is negative. `width` is the number of a value's bits. */
export function shift_left_u64(value: u64, by: u64, width: i32): u64 {
  if (by == 0 || value == 0) return value
  if (by >= <u64>width || value >> (<u64>width - by)) {
    say(2)
    return 0
  }
  return value << by
}

export function shift_left_i64(value: i64, by: i64, width: i32): i64 {
  if (by < 0 || value < 0) {
    say(2)
    return 0
  }
  return <i64>shift_left_u64(<u64>value, <u64>by, width)
}

export function shift_left_i32(value: i32, by: i32, width: i32): i32 {
  return <i32>shift_left_i64(value, by, width)
}

export function shift_left_u32(value: u32, by: u32, width: i32): u32 {
  return <u32>shift_left_u64(value, by, width)
}

export function shift_right_i64(value: i64, by: i64, width: i32): i64 {
  return by < 0 || by > <i64>width ? 0 : value >> by
}

export function shift_right_i32(value: i32, by: i32, width: i32): i32 {
  return by < 0 || by > width ? 0 : value >> by
}

export function shift_right_u32(value: u32, by: u32, width: i32): u32 {
  return by >= <u32>width ? 0 : value >> by
}

export function shift_right_u64(value: u64, by: u64, width: i32): u64 {
  return by >= <u64>width ? 0 : value >> by
}

// PostgreSQL shifts as the machine does: by a count modulo the width.

export function postgres_shift_left_i32(value: i32, by: i32): i32 {
  return value << by
}

export function postgres_shift_left_i64(value: i64, by: i32): i64 {
  return value << <i64>by
}

export function postgres_shift_right_i32(value: i32, by: i32): i32 {
  return value >> by
}

export function postgres_shift_right_i64(value: i64, by: i32): i64 {
  return value >> <i64>by
}

export function bit_count_i8(value: i32): i32 {
  return popcnt(value & 0xff)
}

export function bit_count_i16(value: i32): i32 {
  return popcnt(value & 0xffff)
}

export function bit_count_i32(value: i32): i32 {
  return popcnt(value)
}

export function bit_count_i64(value: i64): i32 {
  return <i32>popcnt(value)
}

let state: u64 = 0x9e3779b97f4a7c15

export function random_seed(seed: u64): void {
  state = seed
}

/** SplitMix64 (Steele, Lea, Flood 2014). */
export function random_bits(): u64 {
  state += 0x9e3779b97f4a7c15
  let z = state
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb
  return z ^ (z >> 31)
}

/** From 0 up to 1: the upper 53 bits. */
export function random_next(): f64 {
  return <f64>(random_bits() >> 11) * (1.0 / 9007199254740992.0)
}

/** Says NULL. */
export function random_seeded(seed: f64): i32 {
  state = reinterpret<u64>(seed)
  say(1)
  return 0
}

/** Lanczos approximation with g = 7 and nine coefficients (Godfrey 2001): the series at x - 1. */
function lanczos(x: f64): f64 {
  return (
    0.99999999999980993 +
    676.5203681218851 / (x + 1) -
    1259.1392167224028 / (x + 2) +
    771.32342877765313 / (x + 3) -
    176.61502916214059 / (x + 4) +
    12.507343278686905 / (x + 5) -
    0.13857109526572012 / (x + 6) +
    9.9843695780195716e-6 / (x + 7) +
    1.5056327351493116e-7 / (x + 8)
  )
}

/** Failure 2 at zero. */
export function math_gamma(x: f64): f64 {
  if (x == 0) say(2)
  if (x > 171.7) return Infinity
  // a pole at every whole number below
  if (x < 0 && Math.trunc(x) == x) return NaN
  if (x > 0 && Math.trunc(x) == x) {
    let product: f64 = 1
    for (let n: f64 = 2; n < x; n++) product *= n
    return product
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * math_gamma(1 - x))
  const shifted = x - 1
  const base = shifted + 7.5
  // in two factors, so that the power does not overflow before the exponential shrinks it
  const half = Math.pow(base, (shifted + 0.5) / 2)
  return Math.sqrt(2 * Math.PI) * half * Math.exp(-base) * half * lanczos(shifted)
}

/** Failure 2 at zero. */
export function math_lgamma(x: f64): f64 {
  if (x == 0) say(2)
  if (x == Infinity) return Infinity
  if (x == 1 || x == 2) return 0
  if (x < 0 && Math.trunc(x) == x) return Infinity
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - math_lgamma(1 - x)
  const shifted = x - 1
  const base = shifted + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(lanczos(shifted))
}

/** The next float from the first towards the second. */
export function math_nextafter_f32(x: f32, towards: f32): f32 {
  if (x != x || towards != towards) return NaN
  if (x == towards) return towards
  if (x == 0) return towards > 0 ? f32.MIN_VALUE : -f32.MIN_VALUE
  const bits = reinterpret<u32>(x)
  return reinterpret<f32>(x > 0 == towards > x ? bits + 1 : bits - 1)
}

/** The next double from the first towards the second. */
export function math_nextafter(x: f64, towards: f64): f64 {
  if (x != x || towards != towards) return NaN
  if (x == towards) return towards
  if (x == 0) return towards > 0 ? f64.MIN_VALUE : -f64.MIN_VALUE
  const bits = reinterpret<u64>(x)
  return reinterpret<f64>(x > 0 == towards > x ? bits + 1 : bits - 1)
}
