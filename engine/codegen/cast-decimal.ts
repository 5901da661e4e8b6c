import { isFloat, typeName, types, type DataType } from '../arrow/types.ts'
import { internalError, type SourceSpan } from '../errors.ts'
import type { Converted } from './cast.ts'
import { castNumber, integerRange, pushWide } from './cast-number.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { declareValue, type Value } from './value.ts'

interface DecimalSize {
  readonly precision: number
  readonly scale: number
}

/** Between decimals, and between decimals and other numbers. */
export function castDecimal(context: CodeContext, value: Value, to: DataType): Converted {
  if (value.type.kind === 'decimal') {
    if (to.kind === 'decimal') return rescale(context, value, value.type, to)
    return isFloat(to)
      ? decimalToFloat(context, value, value.type, to)
      : decimalToInteger(context, value, value.type, to)
  }
  if (to.kind !== 'decimal') throw internalError('neither side of a decimal cast is a decimal')
  if (!isFloat(value.type)) return integerToDecimal(context, value, to)
  const real = value.physical === 'f64' ? value : castNumber(context, value, types.float64).value
  const wide = emitKernelCall(context, {
    kernel: 'decimal_from_f64',
    args: [to.isHuge === true ? toEvenWhole(context, real) : real],
    constants: [to.precision, to.scale],
    type: types.hugeint,
    nullable: true,
  })
  return { value: narrow(context, wide, to), ok: wide.valid }
}

/** Whole numbers, HUGEINT among them, are rounded half to even; decimals half away from zero. */
function toEvenWhole({ f }: CodeContext, real: Value): Value {
  const whole = declareValue(f, types.float64, false)
  f.get(real.locals[0]!)
  f.op('f64.nearest')
  f.set(whole.locals[0]!)
  return whole
}

function integerToDecimal(context: CodeContext, value: Value, to: DataType & DecimalSize): Converted {
  const { f } = context
  const range = integerRange(value.type)!
  const whole = 10n ** BigInt(to.precision - to.scale)
  const isSafe = -range.least < whole && range.greatest < whole
  if (value.physical === 'u64' || (!isSafe && to.precision > 18)) {
    const wide = widen(context, value)
    return rescaleWide(context, wide, 0, to)
  }
  pushWide(context, value)
  const source = f.keep('i64')
  if (to.precision > 18) {
    const wide = declareValue(f, types.hugeint, false)
    f.get(source)
    f.set(wide.locals[0]!)
    f.get(source)
    f.i64(63n)
    f.op('i64.shr_s')
    f.set(wide.locals[1]!)
    return to.scale === 0 ? { value: { ...wide, type: to }, ok: null } : rescaleWide(context, wide, 0, to)
  }
  const result = declareValue(f, to, false)
  f.get(source)
  f.i64(10n ** BigInt(to.scale))
  f.op('i64.mul')
  f.set(result.locals[0]!)
  if (isSafe) return { value: result, ok: null }
  pushWithin(context, source, whole - 1n)
  return { value: result, ok: f.keep('i32') }
}

/** Pushes |value| <= limit. */
function pushWithin(context: CodeContext, value: Value['locals'][0], limit: bigint): void {
  const { f } = context
  f.get(value)
  f.i64(limit)
  f.op('i64.add')
  f.i64(2n * limit)
  f.op('i64.le_u')
}

function rescale(
  context: CodeContext,
  value: Value,
  from: DecimalSize,
  to: DataType & DecimalSize,
): Converted {
  const { f } = context
  const wholeFits = to.precision - to.scale >= from.precision - from.scale
  if (value.physical === 'i128' || to.precision > 18) {
    const isSame = value.physical === 'i128' && to.precision > 18 && from.scale === to.scale && wholeFits
    return isSame
      ? { value: { ...value, type: to }, ok: null }
      : rescaleWide(context, widen(context, value), from.scale, to)
  }
  if (from.scale === to.scale) {
    if (wholeFits) return { value: { ...value, type: to }, ok: null }
    pushWithin(context, value.locals[0]!, 10n ** BigInt(to.precision) - 1n)
    return { value: { ...value, type: to }, ok: f.keep('i32') }
  }
  const result = declareValue(f, to, false)
  const [out] = result.locals
  if (to.scale > from.scale) {
    const factor = 10n ** BigInt(to.scale - from.scale)
    f.get(value.locals[0]!)
    f.i64(factor)
    f.op('i64.mul')
    f.set(out!)
    if (wholeFits) return { value: result, ok: null }
    pushWithin(context, value.locals[0]!, 10n ** BigInt(to.precision - (to.scale - from.scale)) - 1n)
    return { value: result, ok: f.keep('i32') }
  }
  const rounded = emitDecimalRound(context, value, to.scale, 'nearest', to, undefined, false)
  // rounding 9.9 up needs a digit more
  if (to.precision - to.scale > from.precision - from.scale) return { value: rounded, ok: null }
  pushWithin(context, rounded.locals[0]!, 10n ** BigInt(to.precision) - 1n)
  return { value: rounded, ok: f.keep('i32') }
}

function rescaleWide(
  context: CodeContext,
  wide: Value,
  fromScale: number,
  to: DataType & DecimalSize,
): Converted {
  const rescaled = emitKernelCall(context, {
    kernel: 'decimal_rescale',
    args: [wide],
    constants: [fromScale, to.scale, to.precision],
    type: types.hugeint,
    nullable: true,
  })
  return { value: narrow(context, rescaled, to), ok: rescaled.valid }
}

/** An int128 as a decimal type; its low half where that is held in an int64. */
function narrow(context: CodeContext, wide: Value, to: DataType): Value {
  const { f } = context
  const result = declareValue(f, to, false)
  result.locals.forEach((local, i) => {
    f.get(wide.locals[i]!)
    f.set(local)
  })
  return result
}

/** An integer or decimal as an int128. */
export function widen(context: CodeContext, value: Value): Value {
  if (value.physical === 'i128') return value
  const { f } = context
  const wide = declareValue(f, types.hugeint, false)
  const [low, high] = wide.locals
  pushWide(context, value)
  f.set(low!)
  if (value.physical === 'u64') {
    f.i64(0n)
  } else {
    f.get(low!)
    f.i64(63n)
    f.op('i64.shr_s')
  }
  f.set(high!)
  return wide
}

function decimalToInteger(context: CodeContext, value: Value, from: DecimalSize, to: DataType): Converted {
  const { f } = context
  if (value.physical === 'i64') {
    const whole: DataType = { kind: 'decimal', precision: 18, scale: 0 }
    const rounded = emitDecimalRound(context, value, 0, 'nearest', whole, undefined, false)
    return castNumber(context, { ...rounded, type: types.int64, physical: 'i64' }, to)
  }
  const rounded = rescaleWide(context, value, from.scale, { kind: 'decimal', precision: 38, scale: 0 }).value
  const { least, greatest } = integerRange(to)!
  const result = declareValue(f, to, false)
  f.get(rounded.locals[0]!)
  if (result.locals[0]!.type === 'i32') f.op('i32.wrap_i64')
  f.set(result.locals[0]!)
  for (const local of rounded.locals) f.get(local)
  f.i64(least)
  f.i64(greatest)
  f.i32(least === 0n ? 1 : 0)
  f.call(context.kernel('i128_within', { params: ['i64', 'i64', 'i64', 'i64', 'i32'], results: ['i32'] }))
  return { value: result, ok: f.keep('i32') }
}

function decimalToFloat(context: CodeContext, value: Value, from: DecimalSize, to: DataType): Converted {
  const { f } = context
  const result = declareValue(f, to, false)
  if (value.physical === 'i64') {
    const [source] = value.locals
    const exact = 2n ** 53n
    pushWithin(context, source!, exact)
    f.if(
      () => {
        f.get(source!)
        f.op('f64.convert_i64_s')
        if (from.scale > 0) {
          f.f64(10 ** from.scale)
          f.op('f64.div')
        }
      },
      () => {
        f.get(source!)
        f.i32(from.scale)
        f.call(context.kernel('decimal_to_f64_i64', { params: ['i64', 'i32'], results: ['f64'] }))
      },
      'f64',
    )
  } else {
    for (const local of value.locals) f.get(local)
    f.i32(from.scale)
    f.call(context.kernel('decimal_to_f64', { params: ['i64', 'i64', 'i32'], results: ['f64'] }))
  }
  if (result.physical === 'f32') f.op('f32.demote_f64')
  f.set(result.locals[0]!)
  return { value: result, ok: null }
}

/** Towards the nearest (half away from zero), minus infinity, plus infinity, or zero. */
export type DecimalRounding = 'nearest' | 'down' | 'up' | 'zero'

const ROUNDING_CODE = { nearest: 0, down: 1, up: 2, zero: 3 } as const satisfies Record<
  DecimalRounding,
  number
>

/**
 * A decimal rounded to `places` decimal places (negative: tens, hundreds, …), as a decimal of `type`, which has the
 * same physical type and a scale of `places` or 0. Rounding up may need one digit more than the type has: `overflow`
 * unless `checked` is false.
 */
export function emitDecimalRound(
  context: CodeContext,
  value: Value,
  places: number,
  mode: DecimalRounding,
  type: DataType,
  span: SourceSpan | undefined,
  checked = true,
): Value {
  const { scale } = value.type as DecimalSize
  const { precision, scale: resultScale } = type as DecimalSize
  if (places >= scale && resultScale === scale) return { ...value, type }
  // digits dropped, and zeros put back where `places` is negative
  const constants = [scale - places, resultScale - places, ROUNDING_CODE[mode], checked ? precision : 0]
  return emitKernelCall(context, {
    kernel: value.physical === 'i64' ? 'decimal_round_i64' : 'decimal_round_i128',
    args: [value],
    constants,
    type,
    failures: checked
      ? [{ code: 'overflow', message: `The rounded value does not fit into ${typeName(type)}` }]
      : [],
    span,
  })
}
