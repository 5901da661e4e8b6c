import { unreachable } from '../errors.ts'
import type { KernelContext, SortOrder } from './compare.ts'
import { pushValid, type Value } from './value.ts'

export interface SortKeyValue extends SortOrder {
  readonly value: Value
}

const BITS = {
  bool: 1,
  i8: 8,
  u8: 8,
  i16: 16,
  u16: 16,
  i32: 32,
  u32: 32,
  f32: 32,
  i64: 64,
  u64: 64,
  f64: 64,
  // a prefix only: more bits follow than fit
  i128: 65,
  bytes: 65,
  interval: 65,
  list: 0,
} as const

/** Where a prefix ends, when not all was told. */
export interface KeyRest {
  /** The first key of which something is left. */
  readonly key: number
  /** Whether it is told if that is NULL. */
  readonly nullTold: boolean
  /** Of a text: how many of its bytes, padded with zeros, are told. */
  readonly bytes: number
}

/** A key's part in a prefix. */
interface KeyPiece {
  readonly nullBits: 0 | 1
  /** The value's bits, and how many of them are told. */
  readonly bits: number
  readonly taken: number
}

type KeyShape = Pick<Value, 'physical' | 'valid'> & { readonly type: Pick<Value['type'], 'kind'> }

interface KeyPrefix {
  readonly pieces: readonly KeyPiece[]
  /** Null: equal prefixes mean equal keys. */
  readonly rest: KeyRest | null
}

/** What a prefix of these keys tells. `nullTold`: whether the first is NULL is known. */
export function planKeyPrefix(keys: readonly KeyShape[], nullTold = false): KeyPrefix {
  const pieces: KeyPiece[] = []
  let bitsLeft = 64
  for (const [key, { physical, type, valid }] of keys.entries()) {
    const isNullTold = key === 0 && nullTold
    const nullBits = valid === null || isNullTold ? 0 : 1
    const bits = type.kind === 'struct' ? 0 : BITS[physical]
    if (bits === 0 || bitsLeft <= nullBits) return { pieces, rest: { key, nullTold: isNullTold, bytes: 0 } }
    const taken = Math.min(bits, 64, bitsLeft - nullBits)
    bitsLeft -= nullBits + taken
    pieces.push({ nullBits, bits: Math.min(bits, 64), taken })
    if (taken < bits) {
      return { pieces, rest: { key, nullTold: true, bytes: physical === 'bytes' ? taken >>> 3 : 0 } }
    }
  }
  return { pieces, rest: null }
}

/**
 * Pushes a u64 (as i64) such that unsigned order of prefixes never contradicts the order of the keys: where two
 * prefixes differ, their order is that of the rows. Without a rest, nothing else need be compared.
 *
 * From the most significant bit on, each key has one bit for NULL (when its value can be NULL, and that is not told) and
 * then its value, mapped to an unsigned number and inverted when descending; the value under a NULL is zero. What does
 * not fit into the 64 bits is cut off.
 */
export function emitKeyPrefix(
  context: KernelContext,
  keys: readonly SortKeyValue[],
  nullTold = false,
): Pick<KeyPrefix, 'rest'> {
  const { f } = context
  const { pieces, rest } = planKeyPrefix(
    keys.map(({ value }) => value),
    nullTold,
  )
  const prefix = f.local('i64')
  f.i64(0n)
  f.set(prefix)
  let bitsLeft = 64
  pieces.forEach(({ nullBits, bits, taken }, index) => {
    const key = keys[index]!
    bitsLeft -= nullBits
    if (nullBits === 1) {
      pushNullBit(context, key)
      orShifted(context, prefix, bitsLeft)
    }
    bitsLeft -= taken
    pushValueBits(context, key, bits, taken)
    orShifted(context, prefix, bitsLeft)
  })
  f.get(prefix)
  return { rest }
}

function orShifted(context: KernelContext, prefix: Value['locals'][0], shift: number): void {
  const { f } = context
  if (shift > 0) {
    f.i64(BigInt(shift))
    f.op('i64.shl')
  }
  f.get(prefix)
  f.op('i64.or')
  f.set(prefix)
}

function pushNullBit(context: KernelContext, key: SortKeyValue): void {
  const { f } = context
  pushValid(f, key.value)
  if (!key.nullsFirst) f.op('i32.eqz')
  f.op('i64.extend_i32_u')
}

/** Pushes the `taken` most significant of the `bits` bits that order the value; zero under a NULL. */
function pushValueBits(context: KernelContext, key: SortKeyValue, bits: number, taken: number): void {
  const { f } = context
  const push = () => {
    pushOrdered(context, key.value)
    if (key.descending) {
      f.i64(bits === 64 ? -1n : (1n << BigInt(bits)) - 1n)
      f.op('i64.xor')
    }
    if (taken < bits) {
      f.i64(BigInt(bits - taken))
      f.op('i64.shr_u')
    }
  }
  if (key.value.valid === null) {
    push()
    return
  }
  f.get(key.value.valid)
  f.if(push, () => f.i64(0n), 'i64')
}

/** Pushes an i64 whose low bits, as many as `BITS` says, order valid values as unsigned numbers. */
function pushOrdered(context: KernelContext, value: Value): void {
  const { f } = context
  const [first, second, third] = value.locals
  switch (value.physical) {
    case 'bool':
    case 'u8':
    case 'u16':
    case 'u32':
      f.get(first!)
      f.op('i64.extend_i32_u')
      return
    case 'i8':
    case 'i16':
    case 'i32':
      f.get(first!)
      f.op('i64.extend_i32_s')
      f.i64(1n << BigInt(BITS[value.physical] - 1))
      f.op('i64.add')
      return
    case 'u64':
      f.get(first!)
      return
    case 'i64':
      f.get(first!)
      f.i64(1n << 63n)
      f.op('i64.xor')
      return
    case 'f64':
      pushOrderedDouble(context, value)
      return
    case 'f32':
      pushOrderedFloat(context, value)
      return
    case 'i128':
      // clamped to an int64: (high >> 63) ^ max where high is not the sign of low
      f.get(first!)
      f.get(second!)
      f.i64(63n)
      f.op('i64.shr_s')
      f.i64((1n << 63n) - 1n)
      f.op('i64.xor')
      f.get(second!)
      f.get(first!)
      f.i64(63n)
      f.op('i64.shr_s')
      f.op('i64.eq')
      f.op('select')
      f.i64(1n << 63n)
      f.op('i64.xor')
      return
    case 'bytes':
      f.get(first!)
      f.get(second!)
      f.call(context.kernel('bytes_prefix', { params: ['i32', 'i32'], results: ['i64'] }))
      return
    case 'interval':
      f.get(first!)
      f.get(second!)
      f.get(third!)
      f.call(context.kernel('interval_prefix', { params: ['i32', 'i32', 'i64'], results: ['i64'] }))
      return
    case 'list':
      return
    default:
      unreachable(value.physical)
  }
}

/** Negative numbers have all bits inverted, others the sign bit; any NaN becomes the one above infinity, -0 becomes 0. */
function pushOrderedDouble(context: KernelContext, value: Value): void {
  const { f } = context
  const number = f.local('f64')
  const bits = f.local('i64')
  f.get(value.locals[0]!)
  f.f64(0)
  f.op('f64.add')
  f.tee(number)
  f.op('i64.reinterpret_f64')
  f.i64(0x7ff8_0000_0000_0000n)
  f.get(number)
  f.get(number)
  f.op('f64.eq')
  f.op('select')
  f.tee(bits)
  f.get(bits)
  f.i64(63n)
  f.op('i64.shr_s')
  f.i64(1n << 63n)
  f.op('i64.or')
  f.op('i64.xor')
}

function pushOrderedFloat(context: KernelContext, value: Value): void {
  const { f } = context
  const number = f.local('f32')
  const bits = f.local('i32')
  f.get(value.locals[0]!)
  f.f32(0)
  f.op('f32.add')
  f.tee(number)
  f.op('i32.reinterpret_f32')
  f.i32(0x7fc0_0000)
  f.get(number)
  f.get(number)
  f.op('f32.eq')
  f.op('select')
  f.tee(bits)
  f.get(bits)
  f.i32(31)
  f.op('i32.shr_s')
  f.i32(1 << 31)
  f.op('i32.or')
  f.op('i32.xor')
  f.op('i64.extend_i32_u')
}
