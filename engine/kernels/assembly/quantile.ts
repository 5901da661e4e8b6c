/** Floats as integers of the same order; a NaN, whatever its sign, is the greatest. */
function to_ordered(values: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<f64>(values + (i << 3))
    const bits = isNaN(value) ? 0x7ff8000000000000 : reinterpret<i64>(value)
    store<i64>(values + (i << 3), flipped(bits))
  }
}

/** Undoes `to_ordered`. */
function from_ordered(values: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    store<i64>(values + (i << 3), flipped(load<i64>(values + (i << 3))))
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function flipped(bits: i64): i64 {
  return bits ^ ((bits >> 63) & 0x7fffffffffffffff)
}

/**
 * The value that stands at `nth` (from 0) of `count` int64 in ascending order. Values are reordered: smaller ones stand
 * before it afterwards, larger ones after it (Hoare's selection).
 */
function select_nth(values: u32, count: u32, nth: u32): i64 {
  let low: i32 = 0
  let high: i32 = <i32>count - 1
  while (low < high) {
    const pivot = median_of_three(at(values, low), at(values, low + ((high - low) >> 1)), at(values, high))
    let i = low
    let j = high
    while (i <= j) {
      while (at(values, i) < pivot) i++
      while (at(values, j) > pivot) j--
      if (i <= j) {
        const swapped = at(values, i)
        store<i64>(values + (<u32>i << 3), at(values, j))
        store<i64>(values + (<u32>j << 3), swapped)
        i++
        j--
      }
    }
    if (<i32>nth <= j) high = j
    else if (<i32>nth >= i) low = i
    else break
  }
  return at(values, <i32>nth)
}

// @ts-ignore: AssemblyScript's decorator
@inline
function at(values: u32, index: i32): i64 {
  return load<i64>(values + (<u32>index << 3))
}

function median_of_three(a: i64, b: i64, c: i64): i64 {
  const low = min(a, b)
  const high = max(a, b)
  return max(low, min(high, c))
}

/**
 * The value (int64, or float64 with `floats`, as its bits) of which `fraction` of the `count` values are no greater;
 * below 0 it counts from the greatest.
 */
export function quantile_disc(values: u32, count: u32, fraction: f64, floats: bool): i64 {
  if (floats) to_ordered(values, count)
  const n = <f64>count
  const rank = min(<u32>Math.max(1, n - Math.floor(n - Math.abs(fraction) * n)), count) - 1
  const backwards = reinterpret<i64>(fraction) < 0
  const found = select_nth(values, count, backwards ? count - 1 - rank : rank)
  if (!floats) return found
  from_ordered(values, count)
  return flipped(found)
}

/** The value that stands at `fraction` of the way from the least to the greatest, between two that are neighbours. */
export function quantile_cont_i64(values: u32, count: u32, fraction: f64): i64 {
  const place = fraction * <f64>(count - 1)
  const low = select_nth(values, count, <u32>Math.floor(place))
  const high = select_nth(values, count, <u32>Math.ceil(place))
  return low === high ? low : low + <i64>(<f64>(high - low) * (place - Math.floor(place)))
}

/** As `quantile_cont_i64`, of float64. */
export function quantile_cont_f64(values: u32, count: u32, fraction: f64): f64 {
  to_ordered(values, count)
  const place = fraction * <f64>(count - 1)
  const low = float_of(select_nth(values, count, <u32>Math.floor(place)))
  const high = float_of(select_nth(values, count, <u32>Math.ceil(place)))
  from_ordered(values, count)
  return between(low, high, place - Math.floor(place))
}

/** Of an infinity and a number it is the infinity. */
function between(low: f64, high: f64, share: f64): f64 {
  if (low === high) return low
  const distance = high - low
  return isFinite(distance) ? low + distance * share : low * (1 - share) + high * share
}

function float_of(ordered: i64): f64 {
  return reinterpret<f64>(flipped(ordered))
}

/** The median of the distances of int64 from their median. Values are replaced by their distances. */
export function median_deviation_i64(values: u32, count: u32): i64 {
  const middle = quantile_cont_i64(values, count, 0.5)
  for (let i: u32 = 0; i < count; i++) {
    const distance = load<i64>(values + (i << 3)) - middle
    store<i64>(values + (i << 3), distance < 0 ? -distance : distance)
  }
  return quantile_cont_i64(values, count, 0.5)
}

/** As `median_deviation_i64`, of float64. */
export function median_deviation_f64(values: u32, count: u32): f64 {
  const middle = quantile_cont_f64(values, count, 0.5)
  for (let i: u32 = 0; i < count; i++) {
    store<f64>(values + (i << 3), Math.abs(load<f64>(values + (i << 3)) - middle))
  }
  return quantile_cont_f64(values, count, 0.5)
}
