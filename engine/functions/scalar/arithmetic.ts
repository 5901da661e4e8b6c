import { isInteger, isNumeric, types, type DataType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import type { SourceSpan } from '../../errors.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction, Signature } from '../scalar-function.ts'
import { implicitCastCost } from '../scalar-types.ts'
import {
  isNumericOrNull,
  resolveProduct,
  resolveSum,
  sameForAll,
  withoutNullLiterals,
} from './arithmetic-types.ts'
import { emitChecked, type ArithmeticOperation } from './checked-arithmetic.ts'
import { unlessInfinite } from './infinite-time.ts'

const operator = { category: 'operator', nulls: 'strict', guarded: true } as const

const add: EagerFunction = {
  ...operator,
  name: '+',
  summary: 'Adds two numbers, days to a date, or an interval or duration to a point in time.',
  example: "DATE '2024-01-31' + INTERVAL '1 month'",
  resolve(args) {
    if (args.length === 1)
      return isNumericOrNull(args[0]!) ? sameForAll(withoutNullLiterals(args)[0]!, 1) : null
    if (args.length !== 2) return null
    const [a, b] = withoutNullLiterals(args) as [DataType, DataType]
    return resolveSum(a, b) ?? resolveTimeSum(a, b) ?? swapped(resolveTimeSum(b, a))
  },
  lower(context, args, call) {
    const [a, b] = args
    if (b === undefined) return a!
    if (isNumeric(call.type) && isNumeric(b.type))
      return emitChecked(context, 'add', a!, b, call.type, call.span)
    const isSecond =
      isDistance(a!.type) && (!isDistance(b.type) || b.type.kind === 'time' || b.type.kind === 'timetz')
    const [point, distance] = isSecond ? [b, a!] : [a!, b]
    if (point.type.kind === 'int32') return moveInTime(context, 'add', distance, point, call.type, call.span)
    return moveInTime(context, 'add', point, distance, call.type, call.span)
  },
}

const subtract: EagerFunction = {
  ...operator,
  name: '-',
  summary:
    'Subtracts; the difference of two dates is days, that of two timestamps an interval. With one operand: negates.',
  example: "DATE '2024-03-01' - DATE '2024-02-01'",
  resolve(args) {
    if (args.length === 1) return negate.resolve(args)
    if (args.length !== 2) return null
    const [a, b] = withoutNullLiterals(args) as [DataType, DataType]
    if (a.kind === 'date' && b.kind === 'date') return { argTypes: [a, b], type: types.int64 }
    if (isPoint(a) && isPoint(b)) {
      const zone =
        a.kind === 'timestamp' && a.zone !== null ? a : b.kind === 'timestamp' && b.zone !== null ? b : null
      const point = zone ?? types.timestamp
      return { argTypes: [point, point], type: types.interval }
    }
    if (a.kind === 'date' && b.kind === 'time') return null
    return resolveSum(a, b) ?? resolveTimeSum(a, b)
  },
  lower(context, args, call) {
    const [a, b] = args
    if (b === undefined) return negate.lower(context, args, call)
    if (isNumeric(a!.type)) return emitChecked(context, 'sub', a!, b, call.type, call.span)
    if (a!.type.kind === 'date' && b.type.kind === 'date') return dayDifference(context, a!, b)
    if (isPoint(a!.type) && isPoint(b.type)) {
      return emitKernelCall(context, {
        kernel: 'timestamp_difference',
        args: [a!, b],
        type: types.interval,
        failures: [{ code: 'overflow', message: 'Cannot subtract infinite timestamps' }],
        span: call.span,
      })
    }
    return moveInTime(context, 'sub', a!, b, call.type, call.span)
  },
}

const multiply: EagerFunction = {
  ...operator,
  name: '*',
  summary: 'Multiplies two numbers, an interval by a number, or a duration by a whole number.',
  example: '6 * 7',
  resolve(args) {
    if (args.length !== 2) return null
    const [a, b] = withoutNullLiterals(args) as [DataType, DataType]
    return resolveProduct(a, b) ?? resolveMultiple(a, b) ?? swapped(resolveMultiple(b, a))
  },
  lower(context, args, call) {
    const [a, b] = args as [Value, Value]
    if (call.type.kind === 'interval') {
      const [interval, factor] = a.type.kind === 'interval' ? [a, b] : [b, a]
      if (factor.type.kind === 'float64')
        return scaledInterval(context, 'interval_scale', [interval, factor], call)
      return emitKernelCall(context, {
        kernel: 'interval_multiply',
        args: [interval, factor],
        type: types.interval,
        failures: [{ code: 'overflow', message: 'Overflow in multiplication of INTERVAL' }],
        span: call.span,
      })
    }
    return emitChecked(context, 'mul', a, b, call.type, call.span)
  },
}

const negate: EagerFunction = {
  ...operator,
  name: 'negate',
  summary: 'Changes the sign.',
  example: '-(5)',
  resolve(args) {
    if (args.length !== 1) return null
    const [type] = withoutNullLiterals(args)
    const negatable = isNumeric(type!) || type!.kind === 'interval' || type!.kind === 'duration'
    return negatable ? sameForAll(type!, 1) : null
  },
  lower(context, args, call) {
    const { f } = context
    const value = args[0]!
    switch (value.physical) {
      case 'f32':
      case 'f64': {
        const result = declareValue(f, call.type, false)
        f.get(value.locals[0]!)
        f.op(`${value.physical}.neg`)
        f.set(result.locals[0]!)
        return result
      }
      case 'interval':
        return emitKernelCall(context, {
          kernel: 'interval_negate',
          args,
          type: call.type,
        })
      default: {
        const zero = declareValue(f, call.type, false)
        for (const local of zero.locals) {
          if (local.type === 'i32') f.i32(0)
          else f.i64(0n)
          f.set(local)
        }
        return emitChecked(context, 'sub', zero, value, call.type, call.span)
      }
    }
  },
}

/** An interval times or divided by a fraction. */
export function scaledInterval(
  context: CodeContext,
  kernel: 'interval_scale' | 'interval_divide',
  args: readonly Value[],
  call: CallExpression,
): Value {
  return emitKernelCall(context, {
    kernel,
    args,
    type: types.interval,
    failures: [{ code: 'overflow', message: 'Interval out of range' }],
    span: call.span,
  })
}

function isPoint(type: DataType): boolean {
  return type.kind === 'date' || type.kind.startsWith('timestamp')
}

function isDistance(type: DataType): boolean {
  return (
    type.kind === 'timetz' || type.kind === 'interval' || type.kind === 'duration' || type.kind === 'time'
  )
}

function swapped(signature: Signature | null): Signature | null {
  return signature === null ? null : { ...signature, argTypes: signature.argTypes.toReversed() }
}

/** A point in time moved by a distance, or two distances. */
function resolveTimeSum(a: DataType, b: DataType): Signature | null {
  if (a.kind === 'date' && isInteger(b) && implicitCastCost(b, types.int32) !== null) {
    return { argTypes: [a, types.int32], type: a }
  }
  if (a.kind === 'date' && b.kind === 'duration') return { argTypes: [a, b], type: a }
  if (a.kind === 'date' && (b.kind === 'interval' || b.kind === 'time')) {
    return { argTypes: [types.timestamp, b], type: types.timestamp }
  }
  if (a.kind === 'timestamp' && (b.kind === 'interval' || b.kind === 'duration'))
    return { argTypes: [a, b], type: a }
  if ((a.kind === 'time' || a.kind === 'timetz') && b.kind === 'interval')
    return { argTypes: [a, b], type: a }
  if (a.kind === 'date' && b.kind === 'timetz')
    return { argTypes: [a, b], type: { kind: 'timestamp', zone: 'UTC' } }
  if (a.kind.startsWith('timestamp_') && b.kind === 'interval')
    return { argTypes: [types.timestamp, b], type: types.timestamp }
  if (a.kind === 'interval' && b.kind === 'interval') return sameForAll(a, 2)
  if (a.kind === 'duration' && b.kind === 'duration') return sameForAll(a, 2)
  return null
}

function resolveMultiple(a: DataType, b: DataType): Signature | null {
  if (a.kind !== 'interval' && a.kind !== 'duration') return null
  if (implicitCastCost(b, types.int64) !== null) return { argTypes: [a, types.int64], type: a }
  const isFraction = a.kind === 'interval' && implicitCastCost(b, types.float64) !== null
  return isFraction ? { argTypes: [a, types.float64], type: a } : null
}

/** An infinite point in time stays where it is. */
function moveInTime(
  context: CodeContext,
  operation: ArithmeticOperation,
  point: Value,
  distance: Value,
  type: DataType,
  span: SourceSpan | undefined,
): Value {
  if (distance.type.kind === 'timetz')
    return emitKernelCall(context, { kernel: 'date_at_timetz', args: [point, distance], type })
  const move = () => moveFinite(context, operation, point, distance, type, span)
  return isPoint(point.type) ? unlessInfinite(context, point, move) : move()
}

function moveFinite(
  context: CodeContext,
  operation: ArithmeticOperation,
  point: Value,
  distance: Value,
  type: DataType,
  span: SourceSpan | undefined,
): Value {
  if (point.type.kind === 'date' && distance.type.kind === 'int32') {
    return emitChecked(context, operation, point, distance, type, span)
  }
  if (point.type.kind === 'date' && distance.type.kind === 'duration') {
    return emitKernelCall(context, {
      kernel: 'date_add_duration',
      args: [point, distance],
      constants: [operation === 'add' ? 1 : -1],
      type,
      failures: [{ code: 'overflow', message: 'Date out of range' }],
      span,
    })
  }
  if (distance.type.kind !== 'interval') return emitChecked(context, operation, point, distance, type, span)
  const kernel = {
    timestamp: 'timestamp_add_interval',
    time: 'time_add_interval',
    timetz: 'timetz_add_interval',
    interval: 'interval_add',
  }[point.type.kind as 'timestamp' | 'time' | 'timetz' | 'interval']
  return emitKernelCall(context, {
    kernel,
    args: [point, distance],
    constants: [operation === 'add' ? 1 : -1],
    type,
    failures: [{ code: 'overflow', message: 'Timestamp out of range' }],
    span,
  })
}

function dayDifference(context: CodeContext, a: Value, b: Value): Value {
  const { f } = context
  const result = declareValue(f, types.int64, false)
  f.get(a.locals[0]!)
  f.op('i64.extend_i32_s')
  f.get(b.locals[0]!)
  f.op('i64.extend_i32_s')
  f.op('i64.sub')
  f.set(result.locals[0]!)
  return result
}

export const arithmeticFunctions: readonly ScalarFunction[] = [add, subtract, multiply, negate]
