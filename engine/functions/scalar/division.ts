import { isFloat, isNumeric, types, type DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction, Signature } from '../scalar-function.ts'
import {
  resolveQuotient,
  resolveRemainder,
  resolveWholeQuotient,
  sameForAll,
  withoutNullLiterals,
} from './arithmetic-types.ts'
import { scaledInterval } from './arithmetic.ts'
import { raiseOverflow } from './checked-arithmetic.ts'
import { commonNumeric } from '../scalar-types.ts'

const operator = { category: 'operator', nulls: 'strict', guarded: true, nullable: true } as const

function binary(resolve: (a: DataType, b: DataType) => Signature | null): EagerFunction['resolve'] {
  return (args) => {
    if (args.length !== 2) return null
    const [a, b] = withoutNullLiterals(args) as [DataType, DataType]
    return resolve(a, b)
  }
}

const divide: EagerFunction = {
  ...operator,
  name: '/',
  summary: 'Divides as floating-point numbers, or an interval by a number; NULL when the divisor is zero.',
  example: '7 / 2',
  resolve: binary((a, b) => resolveQuotient(a, b) ?? resolveShare(a, b)),
  lower: (context, args, call) =>
    call.type.kind === 'interval' ? lowerShare(context, args, call) : lowerQuotient(context, args, call),
}

const divideWhole: EagerFunction = {
  ...operator,
  name: '//',
  aliases: ['divide'],
  summary: 'Divides whole numbers, towards zero; NULL when the divisor is zero.',
  example: '7 // 2',
  resolve: binary(resolveWholeQuotient),
  lower: (context, args, call) =>
    isFloat(call.type) ? lowerQuotient(context, args, call) : lowerWhole(context, args, call, 'div'),
}

const remainder: EagerFunction = {
  ...operator,
  name: '%',
  aliases: ['mod'],
  summary: 'Remainder of a division, with the sign of the dividend; NULL when the divisor is zero.',
  example: '7 % 4',
  resolve: binary(resolveRemainder),
  lower(context, args, call) {
    if (isFloat(call.type)) return lowerFloatRemainder(context, args, call)
    return lowerWhole(context, args, call, 'rem')
  },
}

const floorDivide: EagerFunction = {
  ...operator,
  name: 'floordiv',
  summary:
    'Divides and rounds towards minus infinity, as `//` does in Python; NULL when a whole divisor is zero.',
  example: 'floordiv(-7, 2)',
  resolve: binary(resolvePythonDivision),
  lower(context, args, call) {
    const { f } = context
    if (!isFloat(call.type)) return lowerWhole(context, args, call, 'floor_div')
    const result = declareValue(f, call.type, false)
    const { physical } = result as { physical: 'f32' | 'f64' }
    f.get(args[0]!.locals[0]!)
    f.get(args[1]!.locals[0]!)
    f.op(`${physical}.div`)
    f.op(`${physical}.floor`)
    f.set(result.locals[0]!)
    return result
  },
}

const floorRemainder: EagerFunction = {
  ...operator,
  name: 'pl_mod',
  summary: 'Remainder of a division rounded down, with the sign of the divisor, as `%` has it in Python.',
  example: 'pl_mod(-7, 4)',
  resolve: binary(resolvePythonDivision),
  lower(context, args, call) {
    if (!isFloat(call.type)) return lowerWhole(context, args, call, 'floor_rem')
    const kernel = call.type.kind === 'float32' ? 'floor_mod_f32' : 'floor_mod_f64'
    return emitKernelCall(context, { kernel, args, type: call.type })
  },
}

const divideFloats: EagerFunction = {
  ...operator,
  nullable: false,
  name: 'div_float',
  summary: 'Divides floating-point numbers by the rules of IEEE 754: x / 0 is infinite, 0 / 0 is NaN.',
  example: 'div_float(1.0, 0.0)',
  resolve: binary(resolveQuotient),
  lower(context, args, call) {
    const { f } = context
    const result = declareValue(f, call.type, false)
    f.get(args[0]!.locals[0]!)
    f.get(args[1]!.locals[0]!)
    f.op(`${result.physical as 'f32' | 'f64'}.div`)
    f.set(result.locals[0]!)
    return result
  },
}

function resolvePythonDivision(a: DataType, b: DataType): Signature | null {
  const common = commonNumeric(a, b)
  if (common === null) return null
  return common.kind === 'decimal' && common.scale > 0 ? sameForAll(types.float64, 2) : sameForAll(common, 2)
}

/** A part of an interval. */
function resolveShare(a: DataType, b: DataType): Signature | null {
  const isShare = a.kind === 'interval' && isNumeric(b)
  return isShare ? { argTypes: [a, types.float64], type: a } : null
}

function lowerShare(context: CodeContext, args: readonly Value[], call: CallExpression): Value {
  const { f } = context
  const result = declareValue(f, call.type, true)
  f.get(args[1]!.locals[0]!)
  f.f64(0)
  f.op('f64.ne')
  f.tee(result.valid!)
  f.if(() =>
    context.branch(() => copyValue(f, scaledInterval(context, 'interval_divide', args, call), result)),
  )
  return result
}

function lowerQuotient(context: CodeContext, args: readonly Value[], call: CallExpression): Value {
  const { f } = context
  const result = declareValue(f, call.type, true)
  const physical = result.physical as 'f32' | 'f64'
  const [a, b] = [args[0]!.locals[0]!, args[1]!.locals[0]!]
  f.get(b)
  f[physical](0)
  f.op(`${physical}.ne`)
  f.set(result.valid!)
  f.get(a)
  f.get(b)
  f.op(`${physical}.div`)
  f.set(result.locals[0]!)
  return result
}

function lowerFloatRemainder(context: CodeContext, args: readonly Value[], call: CallExpression): Value {
  const { f } = context
  const kernel = call.type.kind === 'float32' ? 'mod_f32' : 'mod_f64'
  const quotient = emitKernelCall(context, { kernel, args, type: call.type })
  const valid = f.local('i32')
  const physical = quotient.physical as 'f32' | 'f64'
  f.get(args[1]!.locals[0]!)
  f[physical](0)
  f.op(`${physical}.ne`)
  f.set(valid)
  return { ...quotient, valid }
}

type WholeOperation = 'div' | 'rem' | 'floor_div' | 'floor_rem'

/** Sets `valid` by the divisor. */
function nullIfZero(context: CodeContext, divisor: Value, valid: Local): void {
  const { f } = context
  const [low, high] = divisor.locals
  f.get(low!)
  if (high !== undefined) {
    f.get(high)
    f.op('i64.or')
  }
  f.op(low!.type === 'i32' ? 'i32.eqz' : 'i64.eqz')
  f.op('i32.eqz')
  f.set(valid)
}

function lowerWhole(
  context: CodeContext,
  args: readonly Value[],
  call: CallExpression,
  operation: WholeOperation,
): Value {
  const { f } = context
  const [a, b] = args as [Value, Value]
  const result = declareValue(f, call.type, true)
  nullIfZero(context, b, result.valid!)
  f.get(result.valid!)
  f.if(() => {
    if (result.physical === 'i128') lowerWide(context, a, b, result, operation)
    else lowerNarrow(context, a, b, result, operation, call)
  })
  return result
}

function lowerWide(context: CodeContext, a: Value, b: Value, result: Value, operation: WholeOperation): void {
  const { f } = context
  const value = emitKernelCall(context, { kernel: `i128_${operation}`, args: [a, b], type: result.type })
  value.locals.forEach((local, i) => {
    f.get(local)
    f.set(result.locals[i]!)
  })
}

function lowerNarrow(
  context: CodeContext,
  a: Value,
  b: Value,
  result: Value,
  operation: WholeOperation,
  call: CallExpression,
): void {
  const { f } = context
  const [left, right, out] = [a.locals[0]!, b.locals[0]!, result.locals[0]!]
  const wasm = out.type as 'i32' | 'i64'
  const isUnsigned = result.physical.startsWith('u')
  const isQuotient = operation === 'div' || operation === 'floor_div'
  const emit = () => {
    f.get(left)
    f.get(right)
    f.op(`${wasm}.${isQuotient ? 'div' : 'rem'}_${isUnsigned ? 'u' : 's'}`)
    f.set(out)
  }
  if (isUnsigned) {
    emit()
    return
  }
  // the least value divided by -1 traps in Wasm, and does not fit
  f.get(right)
  if (wasm === 'i32') f.i32(-1)
  else f.i64(-1n)
  f.op(`${wasm}.eq`)
  f.if(
    () => {
      if (wasm === 'i32') f.i32(0)
      else f.i64(0n)
      if (isQuotient) {
        f.get(left)
        f.op(`${wasm}.sub`)
      }
      f.set(out)
      if (operation !== 'floor_rem') emitLeastValueCheck(context, left, result, call)
    },
    () => {
      emit()
      if (operation === 'floor_div' || operation === 'floor_rem')
        adjustToFloor(context, left, right, result, isQuotient)
    },
  )
}

function emitLeastValueCheck(context: CodeContext, left: Local, result: Value, call: CallExpression): void {
  const { f } = context
  const bits = { i8: 8, i16: 16, i32: 32, i64: 64 }[result.physical as 'i8' | 'i16' | 'i32' | 'i64']
  f.get(left)
  const least = -(1n << BigInt(bits - 1))
  if (left.type === 'i32') f.i32(Number(least))
  else f.i64(least)
  f.op(`${left.type as 'i32' | 'i64'}.eq`)
  f.if(() => raiseOverflow(context, 'division', call.type, call.span))
}

/** From truncation to flooring: one less (or one divisor more) when signs differ and it does not divide evenly. */
function adjustToFloor(
  context: CodeContext,
  left: Local,
  right: Local,
  result: Value,
  isQuotient: boolean,
): void {
  const { f } = context
  const out = result.locals[0]!
  const wasm = out.type as 'i32' | 'i64'
  const zero = () => (wasm === 'i32' ? f.i32(0) : f.i64(0n))
  f.get(left)
  f.get(right)
  f.op(`${wasm}.xor`)
  zero()
  f.op(`${wasm}.lt_s`)
  if (isQuotient) {
    f.get(out)
    f.get(right)
    f.op(`${wasm}.mul`)
    f.get(left)
    f.op(`${wasm}.ne`)
  } else {
    f.get(out)
    zero()
    f.op(`${wasm}.ne`)
  }
  f.op('i32.and')
  f.if(() => {
    f.get(out)
    if (isQuotient) {
      if (wasm === 'i32') f.i32(1)
      else f.i64(1n)
      f.op(`${wasm}.sub`)
    } else {
      f.get(right)
      f.op(`${wasm}.add`)
    }
    f.set(out)
  })
}

export const divisionFunctions: readonly ScalarFunction[] = [
  divide,
  divideWhole,
  remainder,
  floorDivide,
  floorRemainder,
  divideFloats,
]
