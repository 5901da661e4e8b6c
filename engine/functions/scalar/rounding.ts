import { decimal, isFloat, isInteger, isNumeric, sameType, types, type DataType } from '../../arrow/types.ts'
import type { Opcode } from '../../codegen/opcodes.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitDecimalRound, type DecimalRounding } from '../../codegen/cast-decimal.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, Literals, ScalarFunction, Signature } from '../scalar-function.ts'
import { sameForAll } from './arithmetic-types.ts'

const { float64, int64, int32 } = types

/** floor, ceil, trunc and round to whole numbers: floats and decimals stay what they are, decimals lose their scale. */
function rounding(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  mode: DecimalRounding,
  emitFloat: (context: CodeContext, value: Value, result: Value) => void,
): EagerFunction {
  return {
    name,
    aliases,
    category: 'math',
    summary,
    example,
    nulls: 'strict',
    guarded: true,
    resolve(args) {
      const [type] = args
      if (args.length !== 1) return null
      if (type!.kind === 'null') return { argTypes: [float64], type: float64 }
      if (type!.kind === 'decimal') return { argTypes: args, type: decimal(type.precision, 0) }
      if (isFloat(type!) || (mode === 'nearest' && isInteger(type!))) return sameForAll(type!, 1)
      return isInteger(type!) ? sameForAll(float64, 1) : null
    },
    lower(context, args, call) {
      const value = args[0]!
      if (isInteger(value.type)) return value
      if (value.type.kind === 'decimal')
        return emitDecimalRound(context, value, 0, mode, call.type, call.span)
      const result = declareValue(context.f, call.type, false)
      emitFloat(context, value, result)
      return result
    },
  }
}

function floatOpcode(operation: 'floor' | 'ceil' | 'trunc') {
  return ({ f }: CodeContext, value: Value, result: Value): void => {
    f.get(value.locals[0]!)
    f.op(`${value.physical}.${operation}` as Opcode)
    f.set(result.locals[0]!)
  }
}

function roundFloat(context: CodeContext, value: Value, result: Value): void {
  copyValue(
    context.f,
    emitKernelCall(context, { kernel: `round_${value.physical}`, args: [value], type: value.type }),
    result,
  )
}

/** The same with a second argument: the number of decimal places, negative for tens, hundreds and so on. */
function withPlaces(
  whole: EagerFunction,
  mode: DecimalRounding,
  kernelOf: (value: Value) => string,
): EagerFunction {
  return {
    ...whole,
    resolve(args, literals) {
      return args.length === 2 ? resolvePlaces(args, literals, mode) : whole.resolve(args)
    },
    lower(context, args, call) {
      const [value, places] = args
      if (places === undefined) return whole.lower(context, args, call)
      if (value!.type.kind === 'decimal') {
        const literal = call.args[1]!
        const digits =
          literal.kind === 'literal' && typeof literal.value === 'bigint' ? Number(literal.value) : 0
        return emitDecimalRound(context, value!, digits, mode, call.type, call.span)
      }
      return emitKernelCall(context, { kernel: kernelOf(value!), args, type: call.type })
    },
  }
}

/** A decimal rounded to a constant number of places has that scale; by a computed number it becomes DOUBLE. */
function resolvePlaces(
  args: readonly DataType[],
  literals: Literals | undefined,
  mode: DecimalRounding,
): Signature | null {
  const [type, places] = args as [DataType, DataType]
  if (!isInteger(places) && places.kind !== 'null') return null
  const digits = literals?.[1]
  if (type.kind === 'decimal' && typeof digits === 'bigint') {
    const scale = Math.max(0, Math.min(type.scale, Number(digits)))
    return { argTypes: [type, int32], type: decimal(type.precision, scale) }
  }
  if (mode === 'nearest' && type.kind === 'float32') return { argTypes: [type, int32], type }
  if (mode === 'nearest' && isInteger(type)) {
    const whole =
      sameType(type, int64) || sameType(type, types.uint32) || sameType(type, types.uint64) ? int64 : int32
    return { argTypes: [whole, int32], type: whole }
  }
  return isNumeric(type) || type.kind === 'null' ? { argTypes: [float64, int32], type: float64 } : null
}

export const roundingFunctions: readonly ScalarFunction[] = [
  withPlaces(
    rounding(
      'round',
      [],
      'Rounded half away from zero, to a whole number or so many decimal places.',
      'round(2.345, 2)',
      'nearest',
      roundFloat,
    ),
    'nearest',
    (value) => `round_places_${value.physical}`,
  ),
  rounding(
    'floor',
    [],
    'The greatest whole number that is not above.',
    'floor(2.7)',
    'down',
    floatOpcode('floor'),
  ),
  rounding(
    'ceil',
    ['ceiling'],
    'The least whole number that is not below.',
    'ceil(2.1)',
    'up',
    floatOpcode('ceil'),
  ),
  withPlaces(
    rounding(
      'trunc',
      [],
      'Cut off towards zero, at a whole number or so many decimal places.',
      'trunc(-2.7)',
      'zero',
      floatOpcode('trunc'),
    ),
    'zero',
    () => 'trunc_places_f64',
  ),
]
