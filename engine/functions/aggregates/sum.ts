import { decimal, physicalType, typeName, types, type DataType } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import type { Value } from '../../codegen/value.ts'
import { internalError, type SourceSpan } from '../../errors.ts'
import {
  partsOf,
  type Accumulator,
  type AggregateFunction,
  type AggregateState,
  type StateParts,
} from './aggregate-function.ts'
import { countAccumulator } from './count.ts'
import { validValue, withValidity, zeroValue } from './values.ts'

/** What a sum of values of this type is kept in. */
function sumType(type: DataType): DataType {
  switch (type.kind) {
    case 'int64':
      return types.hugeint
    case 'decimal':
      return decimal(38, type.scale)
    case 'float64':
    case 'duration':
    case 'interval':
      return type
    default:
      throw internalError(`a sum of ${typeName(type)}`)
  }
}

/**
 * Integers and decimals add up in 128 bits, where 2^64 values of 64 bits fit. Sums of 128-bit values, of durations and
 * of intervals raise `overflow`. Floating-point numbers are added plainly, in the order of the rows.
 */
const sumAccumulator: Accumulator = {
  name: 'sum',
  fields: ({ types: [type], mayBeEmpty }) => [{ type: sumType(type!), nullable: mayBeEmpty }],
  init: ({ f }, state, { types: [type], mayBeEmpty }) =>
    state.store(0, zeroValue(f, sumType(type!), mayBeEmpty)),
  update: (context, state, [argument], span) => add(context, state, argument!, span),
  merge: (context, state, [other], span) => {
    const { valid } = other!
    if (valid === null) {
      add(context, state, other!, span)
      return
    }
    context.f.get(valid)
    context.f.if(() => context.branch(() => add(context, state, other!, span)))
  },
}

function add(
  context: CodeContext,
  state: AggregateState,
  argument: Value,
  span: SourceSpan | undefined,
): void {
  const { f } = context
  const type = sumType(argument.type)
  const physical = physicalType(type)
  if (physical === 'interval') {
    addInterval(context, state, argument, span)
    return
  }
  const [addendLow, addendHigh] = argument.locals
  const parts = partsOf(context, state)
  switch (physical) {
    case 'f64':
      parts.push(0, 0)
      f.get(addendLow!)
      f.op('f64.add')
      parts.store(0, 0, f.keep('f64'))
      return
    case 'i64': {
      parts.push(0, 0)
      const sum = f.keep('i64')
      const result = f.local('i64')
      f.get(sum)
      f.get(addendLow!)
      f.op('i64.add')
      f.set(result)
      pushSignedOverflow(f, sum, addendLow!, result)
      f.if(() => context.raise('overflow', 'The sum is out of range for DURATION', span))
      parts.store(0, 0, result)
      return
    }
    case 'i128': {
      const result = f.local('i64')
      parts.push(0, 0)
      f.get(addendLow!)
      f.op('i64.add')
      f.set(result)
      parts.store(0, 0, result)
      if (addendHigh === undefined) addCarry(f, parts, result, addendLow!)
      else addHigh(context, parts, addendHigh, result, addendLow!, type, span)
      return
    }
    default:
      throw internalError(`a sum kept as ${physical}`)
  }
}

/** Months, days and microseconds add up each for itself. */
function addInterval(
  context: CodeContext,
  state: AggregateState,
  argument: Value,
  span: SourceSpan | undefined,
): void {
  const sum = emitKernelCall(context, {
    kernel: 'interval_add',
    args: [state.load(0), argument],
    type: argument.type,
    constants: [1],
    failures: [{ code: 'overflow', message: 'The sum is out of range for INTERVAL' }],
    span,
  })
  state.store(0, sum)
}

/** The high half after 64 bits were added to the low one: it seldom changes, and is left alone then. */
function addCarry(f: FunctionBuilder, parts: StateParts, low: Local, addend: Local): void {
  const change = f.local('i64')
  f.get(addend)
  f.i64(63n)
  f.op('i64.shr_s')
  pushCarry(f, low, addend)
  f.op('i64.add')
  f.tee(change)
  f.i64(0n)
  f.op('i64.ne')
  f.if(() => {
    parts.push(0, 1)
    f.get(change)
    f.op('i64.add')
    parts.store(0, 1, f.keep('i64'))
  })
}

function addHigh(
  context: CodeContext,
  parts: StateParts,
  addend: Local,
  low: Local,
  addendLow: Local,
  type: DataType,
  span: SourceSpan | undefined,
): void {
  const { f } = context
  parts.push(0, 1)
  const high = f.keep('i64')
  const result = f.local('i64')
  f.get(high)
  f.get(addend)
  f.op('i64.add')
  pushCarry(f, low, addendLow)
  f.op('i64.add')
  f.set(result)
  pushSignedOverflow(f, high, addend, result)
  f.if(() => context.raise('overflow', `The sum is out of range for ${typeName(type)}`, span))
  parts.store(0, 1, result)
}

/** Pushes the i64 that is carried out of `result = something + addend`. */
function pushCarry(f: FunctionBuilder, result: Local, addend: Local): void {
  f.get(result)
  f.get(addend)
  f.op('i64.lt_u')
  f.op('i64.extend_i32_u')
}

/** Pushes 1 when `result = a + b` wrapped around as signed numbers. */
function pushSignedOverflow(f: FunctionBuilder, a: Local, b: Local, result: Local): void {
  f.get(a)
  f.get(result)
  f.op('i64.xor')
  f.get(b)
  f.get(result)
  f.op('i64.xor')
  f.op('i64.and')
  f.i64(0n)
  f.op('i64.lt_s')
}

/** Pushes a sum as f64, the decimal point moved by the caller. */
function pushAsFloat64(f: FunctionBuilder, sum: Value): void {
  const [low, high] = sum.locals
  switch (sum.physical) {
    case 'f64':
      f.get(low!)
      return
    case 'i64':
      f.get(low!)
      f.op('f64.convert_i64_s')
      return
    default:
      pushInt128AsFloat64(f, low!, high!)
  }
}

/** The magnitude is converted and the sign put back, so that x and -x come out alike. */
function pushInt128AsFloat64(f: FunctionBuilder, low: Local, high: Local): void {
  const sign = f.local('i64')
  const magnitudeLow = f.local('i64')
  f.get(high)
  f.i64(63n)
  f.op('i64.shr_s')
  f.set(sign)
  // (x ^ sign) - sign
  f.get(low)
  f.get(sign)
  f.op('i64.xor')
  f.get(sign)
  f.op('i64.sub')
  f.set(magnitudeLow)
  f.get(high)
  f.get(sign)
  f.op('i64.xor')
  // the borrow of the low half reaches the high one only when the low half is 0
  f.get(magnitudeLow)
  f.op('i64.eqz')
  f.op('i64.extend_i32_u')
  f.get(sign)
  f.op('i64.and')
  f.op('i64.add')
  f.op('f64.convert_i64_u')
  f.f64(2 ** 64)
  f.op('f64.mul')
  f.get(magnitudeLow)
  f.op('f64.convert_i64_u')
  f.op('f64.add')
  f.get(sign)
  f.op('f64.convert_i64_s')
  // -1 or 0, doubled and put up by one: -1 or 1
  f.f64(2)
  f.op('f64.mul')
  f.f64(1)
  f.op('f64.add')
  f.op('f64.mul')
}

/** The greatest scale at which `count * 10^scale` is surely an i64 while the count is below 2^32. */
const MOST_EXACT_SCALE = 9

/** Pushes `sum / (count * 10^scale)` as f64. Sums that fit 64 bits are divided as integers, which rounds only once. */
function pushQuotient(f: FunctionBuilder, sum: Value, count: Local, scale: number): void {
  const inFloat = (): void => {
    pushAsFloat64(f, sum)
    f.get(count)
    f.op('f64.convert_i64_u')
    f.f64(10 ** scale)
    f.op('f64.mul')
    f.op('f64.div')
  }
  const [low, high] = sum.locals
  if (high === undefined || scale > MOST_EXACT_SCALE) {
    inFloat()
    return
  }
  f.get(low!)
  f.i64(63n)
  f.op('i64.shr_s')
  f.get(high)
  f.op('i64.eq')
  // neither 0 nor too many
  f.get(count)
  f.i64(1n)
  f.op('i64.sub')
  f.i64(0xffff_fffen)
  f.op('i64.lt_u')
  f.op('i32.and')
  f.if(
    () => {
      f.get(count)
      f.i64(10n ** BigInt(scale))
      f.op('i64.mul')
      const divisor = f.keep('i64')
      f.get(low!)
      f.get(divisor)
      f.op('i64.div_s')
      f.op('f64.convert_i64_s')
      f.get(low!)
      f.get(divisor)
      f.op('i64.rem_s')
      f.op('f64.convert_i64_s')
      f.get(divisor)
      f.op('f64.convert_i64_s')
      f.op('f64.div')
      f.op('f64.add')
    },
    inFloat,
    'f64',
  )
}

export const sums: readonly AggregateFunction[] = [
  {
    name: 'sum',
    accumulators: () => [{ accumulator: sumAccumulator, args: [0] }],
    finish: (_context, [state], _types, result) => ({ ...state!.load(0), type: result }),
  },
  {
    name: 'avg',
    accumulators: () => [
      { accumulator: sumAccumulator, args: [0] },
      { accumulator: countAccumulator, args: [0] },
    ],
    finish: ({ f }, [sumState, countState], [type], result) => {
      const sum = sumState!.load(0)
      const count = countState!.load(0).locals[0]!
      f.get(count)
      f.i64(0n)
      f.op('i64.ne')
      const valid = f.keep('i32')
      if (physicalType(result) === 'i64') {
        f.get(sum.locals[0]!)
        f.get(count)
        f.i64(1n)
        f.get(valid)
        f.op('select')
        f.op('i64.div_s')
      } else {
        pushQuotient(f, sum, count, type?.kind === 'decimal' ? type.scale : 0)
      }
      const average = validValue(result, f.keep(physicalType(result) === 'i64' ? 'i64' : 'f64'))
      f.get(valid)
      return withValidity(f, average)
    },
  },
]
