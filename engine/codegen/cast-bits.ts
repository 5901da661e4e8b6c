import { isFloat, isInteger, types, type DataType } from '../arrow/types.ts'
import type { Converted } from './cast.ts'
import { castNumber, castToBool, pushWide } from './cast-number.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { declareValue, type Value } from './value.ts'

/** How many bits a number has as a BIT; null for what has no own. A truth value has as many as a byte. */
function bitsOf(type: DataType): number | null {
  if (type.kind === 'bool') return 8
  return isInteger(type) || isFloat(type) ? Number(/\d+/.exec(type.kind)![0]) : null
}

function isHuge(type: DataType): boolean {
  return type.kind === 'decimal' && type.isHuge === true
}

/** Between BIT and integers, floats, BOOLEAN and BLOB; null for any other two types. */
export function castBits(context: CodeContext, value: Value, to: DataType): Converted | null {
  const { type: from } = value
  const call = (kernel: string, type: DataType, constants: readonly number[] = []): Converted => {
    const result = emitKernelCall(context, { kernel, args: [value], constants, type, nullable: true })
    return { value: { ...result, valid: null }, ok: result.valid }
  }
  if (from.kind === 'bit') {
    if (to.kind === 'binary') return call('bytes_of_bit', to)
    if (isHuge(to)) return call('huge_of_bit', to)
    const bits = bitsOf(to)
    if (bits === null) return null
    const { value: wide, ok } = call('integer_of_bit', to.kind === 'uint64' ? to : types.int64, [bits])
    if (to.kind === 'bool') return { value: castToBool(context, wide).value, ok }
    if (isFloat(to)) return { value: floatOfBits(context, wide, to), ok }
    return { value: narrowed(context, wide, to), ok }
  }
  if (to.kind !== 'bit') return null
  if (from.kind === 'binary') return call('bit_of_bytes', to)
  if (isHuge(from)) return call('bit_of_huge', to)
  const bits = bitsOf(from)
  if (bits === null) return null
  const { f } = context
  const wide = declareValue(f, types.int64, false)
  if (isFloat(from)) pushFloatBits(context, value)
  else pushWide(context, value)
  f.set(wide.locals[0]!)
  const made = emitKernelCall(context, {
    kernel: 'bit_of_integer',
    args: [wide],
    constants: [bits],
    type: to,
  })
  return { value: made, ok: null }
}

function pushFloatBits({ f }: CodeContext, value: Value): void {
  f.get(value.locals[0]!)
  if (value.physical === 'f32') {
    f.op('i32.reinterpret_f32')
    f.op('i64.extend_i32_u')
  } else f.op('i64.reinterpret_f64')
}

function floatOfBits({ f }: CodeContext, wide: Value, to: DataType): Value {
  const result = declareValue(f, to, false)
  f.get(wide.locals[0]!)
  if (result.physical === 'f32') {
    f.op('i32.wrap_i64')
    f.op('f32.reinterpret_i32')
  } else f.op('f64.reinterpret_i64')
  f.set(result.locals[0]!)
  return result
}

/** The low bits, which are all that there are. */
function narrowed(context: CodeContext, wide: Value, to: DataType): Value {
  if (to.kind === 'int64' || to.kind === 'uint64') return wide
  const { f } = context
  if (!to.kind.startsWith('u')) return castNumber(context, wide, to).value
  const result = declareValue(f, to, false)
  f.get(wide.locals[0]!)
  f.op('i32.wrap_i64')
  if (to.kind !== 'uint32') {
    f.i32(to.kind === 'uint8' ? 0xff : 0xffff)
    f.op('i32.and')
  }
  f.set(result.locals[0]!)
  return result
}
