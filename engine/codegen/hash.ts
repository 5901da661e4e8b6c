import type { Local } from './assembler.ts'
import type { KernelContext } from './compare.ts'
import { forEachIndex } from './list-loop.ts'
import { viewField, viewItem } from './nested-value.ts'
import type { Value } from './value.ts'

const MULTIPLIER = 0x9fb21c651e98df25n
const NULL_WORD = 0x9e3779b97f4a7c15n
const CANONICAL_NAN = 0x7ff8_0000_0000_0000n

/**
 * Pushes an i64: `seed` combined with the value, so that hashes of several keys are chained through the seed. Equal
 * values (as `emitEquals` has it: -0 and 0, any two NaN) hash alike; NULL hashes as a constant. Every word takes one
 * multiplication and one fold, as `hash_bytes` does it (`kernels/assembly/hash.ts`), so both halves of the result are
 * well mixed.
 */
export function emitHash(context: KernelContext, value: Value, seed: Local): void {
  const { f } = context
  if (value.valid === null) {
    emitHashValid(context, value, seed)
    return
  }
  f.get(value.valid)
  f.if(
    () => emitHashValid(context, value, seed),
    () => emitStep(context, seed, () => f.i64(NULL_WORD)),
    'i64',
  )
}

function emitHashValid(context: KernelContext, value: Value, seed: Local): void {
  const { f } = context
  const [first, second] = value.locals
  switch (value.physical) {
    case 'bool':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'i8':
    case 'i16':
    case 'i32':
      emitStep(context, seed, () => {
        f.get(first!)
        f.op('i64.extend_i32_u')
      })
      return
    case 'i64':
    case 'u64':
      emitStep(context, seed, () => f.get(first!))
      return
    case 'f32':
    case 'f64':
      emitStep(context, seed, () => pushFloatBits(context, value))
      return
    case 'i128': {
      emitStep(context, seed, () => f.get(first!))
      const low = f.keep('i64')
      emitStep(context, low, () => f.get(second!))
      return
    }
    case 'bytes':
      if (value.type.kind === 'struct') {
        const hash = f.local('i64')
        f.get(seed)
        f.set(hash)
        for (const index of value.type.fields.keys()) {
          emitHash(context, viewField(context, value, index), hash)
          f.set(hash)
        }
        f.get(hash)
        return
      }
      emitStep(context, seed, () => {
        f.get(first!)
        f.get(second!)
        f.call(context.kernel('hash_bytes', { params: ['i32', 'i32'], results: ['i64'] }))
      })
      return
    case 'interval':
      emitStep(context, seed, () => {
        for (const local of value.locals) f.get(local)
        f.call(context.kernel('interval_hash', { params: ['i32', 'i32', 'i64'], results: ['i64'] }))
      })
      return
    case 'list': {
      const hash = f.local('i64')
      emitStep(context, seed, () => {
        f.get(second!)
        f.op('i64.extend_i32_u')
      })
      f.set(hash)
      forEachIndex(context, second!, (index) => {
        emitHash(context, viewItem(context, value, index), hash)
        f.set(hash)
      })
      f.get(hash)
      return
    }
  }
}

/** `mixed = (rotl(seed, 27) ^ word) * multiplier; mixed ^ (mixed >> 32)` */
function emitStep(context: KernelContext, seed: Local, pushWord: () => void): void {
  const { f } = context
  f.get(seed)
  f.i64(27n)
  f.op('i64.rotl')
  pushWord()
  f.op('i64.xor')
  f.i64(MULTIPLIER)
  f.op('i64.mul')
  const mixed = f.local('i64')
  f.tee(mixed)
  f.get(mixed)
  f.i64(32n)
  f.op('i64.shr_u')
  f.op('i64.xor')
}

function pushFloatBits(context: KernelContext, value: Value): void {
  const { f } = context
  const wide = f.local('f64')
  f.get(value.locals[0]!)
  if (value.physical === 'f32') f.op('f64.promote_f32')
  // -0 + 0 is 0
  f.f64(0)
  f.op('f64.add')
  f.tee(wide)
  f.op('i64.reinterpret_f64')
  f.i64(CANONICAL_NAN)
  f.get(wide)
  f.get(wide)
  f.op('f64.eq')
  f.op('select')
}
