import { say } from './outcome'
import { pack, scratch_allocate } from './scratch'

// What `vector_measure` computes, as `functions/scalar/list-vectors.ts` numbers it.
const DISTANCE = 0
const INNER_PRODUCT = 1
const NEGATIVE_INNER_PRODUCT = 2
const COSINE_SIMILARITY = 3

/** Whether two lists are vectors of the same space. Failure 2 when their lengths differ, 3 when an item is NULL. */
function are_vectors(a: u32, aCount: u32, b: u32, bCount: u32, width: u32): bool {
  if (aCount != bCount) {
    say(2)
    return false
  }
  for (let i: u32 = 0; i < aCount; i++) {
    if (!load<u8>(a + aCount * width + i) || !load<u8>(b + bCount * width + i)) {
      say(3)
      return false
    }
  }
  return true
}

/** Sums run in the items' own precision, as in DuckDB. */
function measure<T extends number>(a: u32, b: u32, count: u32, op: i32): T {
  let product: T = <T>0
  let squares: T = <T>0
  let aSquares: T = <T>0
  let bSquares: T = <T>0
  for (let i: u32 = 0; i < count; i++) {
    const x = load<T>(a + i * sizeof<T>())
    const y = load<T>(b + i * sizeof<T>())
    const between: T = <T>(x - y)
    product = <T>(product + x * y)
    squares = <T>(squares + between * between)
    aSquares = <T>(aSquares + x * x)
    bSquares = <T>(bSquares + y * y)
  }
  switch (op) {
    case DISTANCE:
      return sqrt<T>(squares)
    case INNER_PRODUCT:
      return product
    case NEGATIVE_INNER_PRODUCT:
      return <T>-product
    default: {
      // a vector of zeros has no direction; DuckDB says -1
      const ratio: T = <T>(product / sqrt<T>(<T>(aSquares * bSquares)))
      const similarity: T = ratio == ratio ? max<T>(<T>-1, min<T>(<T>1, ratio)) : <T>-1
      return op == COSINE_SIMILARITY ? similarity : <T>(<T>1 - similarity)
    }
  }
}

export function vector_measure_f64(_thread: u32, a: u32, aCount: u32, b: u32, bCount: u32, op: i32): f64 {
  return are_vectors(a, aCount, b, bCount, 8) ? measure<f64>(a, b, aCount, op) : 0
}

export function vector_measure_f32(_thread: u32, a: u32, aCount: u32, b: u32, bCount: u32, op: i32): f32 {
  return are_vectors(a, aCount, b, bCount, 4) ? measure<f32>(a, b, aCount, op) : 0
}

function cross<T extends number>(thread: u32, a: u32, b: u32): u64 {
  const items = scratch_allocate(thread, 3 * (sizeof<T>() + 1))
  for (let i: u32 = 0; i < 3; i++) {
    const next = ((i + 1) % 3) * sizeof<T>()
    const last = ((i + 2) % 3) * sizeof<T>()
    const value: T = <T>(load<T>(a + next) * load<T>(b + last) - load<T>(a + last) * load<T>(b + next))
    store<T>(items + i * sizeof<T>(), value)
  }
  memory.fill(items + 3 * sizeof<T>(), 1, 3)
  return pack(items, 3)
}

/** Failure 4 when the vectors do not have three dimensions. */
export function vector_cross_f64(thread: u32, a: u32, aCount: u32, b: u32, bCount: u32): u64 {
  if (!are_vectors(a, aCount, b, bCount, 8)) return 0
  if (aCount != 3) {
    say(4)
    return 0
  }
  return cross<f64>(thread, a, b)
}

export function vector_cross_f32(thread: u32, a: u32, aCount: u32, b: u32, bCount: u32): u64 {
  if (!are_vectors(a, aCount, b, bCount, 4)) return 0
  if (aCount != 3) {
    say(4)
    return 0
  }
  return cross<f32>(thread, a, b)
}
