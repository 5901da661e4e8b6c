import { isFloat, physicalType, type DataType } from '../arrow/types.ts'
import type { Converted } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { declareValue, type Value } from './value.ts'

interface IntegerRange {
  readonly least: bigint
  readonly greatest: bigint
}

/** Null for types that are not integers. */
export function integerRange(type: DataType): IntegerRange | null {
  const match = /^(u?)int(\d+)$/.exec(type.kind)
  if (match === null) return null
  const bits = BigInt(match[2]!)
  if (match[1] === 'u') return { least: 0n, greatest: (1n << bits) - 1n }
  return { least: -(1n << (bits - 1n)), greatest: (1n << (bits - 1n)) - 1n }
}

/** Among integers and floats. */
export function castNumber(context: CodeContext, value: Value, to: DataType): Converted {
  if (isFloat(value.type))
    return isFloat(to) ? castFloat(context, value, to) : castFloatToInteger(context, value, to)
  return isFloat(to) ? castIntegerToFloat(context, value, to) : castInteger(context, value, to)
}

/** Pushes an integer or bool as an i64; a u64 keeps its bits. */
export function pushWide(context: CodeContext, value: Value): void {
  const { f } = context
  f.get(value.locals[0]!)
  if (value.locals[0]!.type === 'i32') f.op(isUnsigned(value) ? 'i64.extend_i32_u' : 'i64.extend_i32_s')
}

function isUnsigned(value: Value): boolean {
  return value.physical.startsWith('u') || value.physical === 'bool'
}

function castInteger(context: CodeContext, value: Value, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  const [out] = result.locals
  pushWide(context, value)
  const wide = f.keep('i64')
  f.get(wide)
  if (out!.type === 'i32') f.op('i32.wrap_i64')
  f.set(out!)
  const source = integerRange(value.type)!
  const target = integerRange(to)!
  if (source.least >= target.least && source.greatest <= target.greatest) return { value: result, ok: null }
  f.get(wide)
  if (value.physical === 'u64') {
    f.i64(target.greatest)
    f.op('i64.le_u')
  } else if (result.physical === 'u64') {
    f.i64(0n)
    f.op('i64.ge_s')
  } else {
    f.i64(target.least)
    f.op('i64.sub')
    f.i64(target.greatest - target.least)
    f.op('i64.le_u')
  }
  return { value: result, ok: f.keep('i32') }
}

function castIntegerToFloat(context: CodeContext, value: Value, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  pushWide(context, value)
  const target = result.physical as 'f32' | 'f64'
  f.op(value.physical === 'u64' ? `${target}.convert_i64_u` : `${target}.convert_i64_s`)
  f.set(result.locals[0]!)
  return { value: result, ok: null }
}

function castFloat(context: CodeContext, value: Value, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  f.get(value.locals[0]!)
  if (result.physical === 'f64') {
    f.op('f64.promote_f32')
    f.set(result.locals[0]!)
    return { value: result, ok: null }
  }
  f.op('f32.demote_f64')
  f.set(result.locals[0]!)
  // a finite number must not become infinite
  f.get(result.locals[0]!)
  f.op('f32.abs')
  f.f32(Infinity)
  f.op('f32.ne')
  f.get(value.locals[0]!)
  f.op('f64.abs')
  f.f64(Infinity)
  f.op('f64.eq')
  f.op('i32.or')
  return { value: result, ok: f.keep('i32') }
}

function castFloatToInteger(context: CodeContext, value: Value, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  const rounded = f.local('f64')
  f.get(value.locals[0]!)
  if (value.physical === 'f32') f.op('f64.promote_f32')
  f.op('f64.nearest')
  f.set(rounded)
  f.get(rounded)
  switch (physicalType(to)) {
    case 'u64':
      f.op('i64.trunc_sat_f64_u')
      break
    case 'i64':
      f.op('i64.trunc_sat_f64_s')
      break
    default:
      f.op('i64.trunc_sat_f64_s')
      f.op('i32.wrap_i64')
  }
  f.set(result.locals[0]!)
  const { least, greatest } = integerRange(to)!
  f.get(rounded)
  f.f64(Number(least))
  f.op('f64.ge')
  f.get(rounded)
  f.f64(Number(greatest + 1n))
  f.op('f64.lt')
  f.op('i32.and')
  return { value: result, ok: f.keep('i32') }
}

export function castFromBool(context: CodeContext, value: Value, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  const [first, high] = result.locals
  const unit = to.kind === 'decimal' ? 10n ** BigInt(to.scale) : 1n
  f.get(value.locals[0]!)
  if (first!.type === 'i64') {
    f.op('i64.extend_i32_u')
    f.i64(unit)
    f.op('i64.mul')
  } else if (first!.type !== 'i32') {
    f.op(`${first!.type}.convert_i32_u`)
  }
  f.set(first!)
  if (high !== undefined) {
    f.get(value.locals[0]!)
    f.op('i64.extend_i32_u')
    f.i64(unit >> 64n)
    f.op('i64.mul')
    f.set(high)
  }
  return { value: result, ok: null }
}

export function castToBool(context: CodeContext, value: Value): Converted {
  const { f } = context
  const result = declareValue(f, { kind: 'bool' }, false)
  const [first, high] = value.locals
  f.get(first!)
  if (high !== undefined) {
    f.get(high)
    f.op('i64.or')
  }
  switch (first!.type) {
    case 'i32':
      f.i32(0)
      f.op('i32.ne')
      break
    case 'i64':
      f.i64(0n)
      f.op('i64.ne')
      break
    case 'f32':
      f.f32(0)
      f.op('f32.ne')
      break
    case 'f64':
      f.f64(0)
      f.op('f64.ne')
  }
  f.set(result.locals[0]!)
  return { value: result, ok: null }
}
