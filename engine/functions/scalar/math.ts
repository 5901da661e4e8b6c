import { isNumeric, types } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { KernelFailure } from '../../codegen/kernel-call.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonTypeOf } from '../scalar-types.ts'
import { sameForAll } from './arithmetic-types.ts'
import { comparisonFunctions } from './comparison.ts'
import { emitChecked } from './checked-arithmetic.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'
import { roundingFunctions } from './rounding.ts'

const { float64, float32, int64, int32, int8, hugeint, bool } = types

function real(
  name: string,
  parameters: 1 | 2,
  summary: string,
  example: string,
  options: { readonly aliases?: readonly string[]; readonly failures?: readonly KernelFailure[] } = {},
): EagerFunction {
  const args = Array.from({ length: parameters }, () => float64)
  return kernelFunction({
    name,
    category: 'math',
    summary,
    example,
    overloads: [{ args, type: float64, kernel: `math_${name}` }],
    ...options,
  })
}

function kernels(
  name: string,
  overloads: readonly KernelOverload[],
  summary: string,
  example: string,
  options: { readonly aliases?: readonly string[]; readonly failures?: readonly KernelFailure[] } = {},
): EagerFunction {
  return kernelFunction({ name, category: 'math', summary, example, overloads, ...options })
}

function invalid(message: string): KernelFailure {
  return { code: 'invalid_argument', message }
}

const negativeRoot = invalid('Cannot take the square root of a negative number')
const infiniteAngle = invalid('An angle cannot be infinite')
const logarithmFailures = [
  invalid('Cannot take the logarithm of zero'),
  invalid('Cannot take the logarithm of a negative number'),
]

const abs: EagerFunction = {
  name: 'abs',
  aliases: ['@'],
  category: 'math',
  summary: 'The value without its sign.',
  example: 'abs(-17)',
  nulls: 'strict',
  guarded: true,
  resolve(args) {
    const [type] = args
    if (args.length !== 1) return null
    if (type!.kind === 'null') return { argTypes: [float64], type: float64 }
    return isNumeric(type!) || type!.kind === 'duration' ? sameForAll(type!, 1) : null
  },
  lower(context, args, call) {
    const { f } = context
    const value = args[0]!
    const { physical } = value
    if (physical.startsWith('u')) return value
    const result = declareValue(f, call.type, false)
    const [first, high] = result.locals
    if (physical === 'f32' || physical === 'f64') {
      f.get(value.locals[0]!)
      f.op(`${physical}.abs`)
      f.set(first!)
      return result
    }
    copyValue(f, value, result)
    pushIsNegative(context, high ?? first!)
    f.if(() => {
      const zero = declareValue(f, call.type, false)
      for (const local of zero.locals) {
        if (local.type === 'i32') f.i32(0)
        else f.i64(0n)
        f.set(local)
      }
      copyValue(f, emitChecked(context, 'sub', zero, value, call.type, call.span), result)
    })
    return result
  },
}

function pushIsNegative(context: CodeContext, local: Value['locals'][0]): void {
  const { f } = context
  f.get(local)
  if (local.type === 'i32') {
    f.i32(0)
    f.op('i32.lt_s')
  } else {
    f.i64(0n)
    f.op('i64.lt_s')
  }
}

const sqrt: EagerFunction = {
  name: 'sqrt',
  category: 'math',
  summary: 'Square root; an error below zero.',
  example: 'sqrt(9)',
  nulls: 'strict',
  guarded: true,
  resolve: (args) =>
    args.length === 1 && (isNumeric(args[0]!) || args[0]!.kind === 'null') ? sameForAll(float64, 1) : null,
  lower(context, args, call) {
    const { f } = context
    const result = declareValue(f, float64, false)
    f.get(args[0]!.locals[0]!)
    f.f64(0)
    f.op('f64.lt')
    f.if(() => context.raise(negativeRoot.code, negativeRoot.message, call.span))
    f.get(args[0]!.locals[0]!)
    f.op('f64.sqrt')
    f.set(result.locals[0]!)
    return result
  },
}

/** The tests for infinity take dates and timestamps too. */
function pointTests(name: string): KernelOverload[] {
  if (name === 'is_nan') return []
  const test = name.slice(3)
  return [types.date, types.timestamp, { kind: 'timestamp', zone: 'UTC' } as const].map((type) => ({
    args: [type],
    type: bool,
    kernel: `${type.kind}_is_${test}`,
  }))
}

function floatTest(name: string, alias: string, summary: string, example: string): EagerFunction {
  return kernels(
    name,
    [
      { args: [float64], type: bool, kernel: `${name}_f64` },
      { args: [float32], type: bool, kernel: `${name}_f32` },
      ...pointTests(name),
    ],
    summary,
    example,
    { aliases: [alias] },
  )
}

/** `clip(x, low, high)`: a NULL bound does not bound. */
const clip: EagerFunction = {
  name: 'clip',
  category: 'math',
  summary: 'The value, but not below the second and not above the third; a NULL bound does not bound.',
  example: 'clip(12, 0, 10)',
  nulls: 'own',
  nullable: ([value]) => value === true,
  resolve(args) {
    const common = args.length === 3 ? commonTypeOf(args) : null
    return common === null ? null : { argTypes: args.map(() => common), type: common }
  },
  lower(context, args, call) {
    const [value, low, high] = args as [Value, Value, Value]
    const [greatest, least] = ['greatest', 'least'].map((name) =>
      comparisonFunctions.find((fn) => fn.name === name),
    )
    const raised = (greatest as EagerFunction).lower(context, [{ ...value, valid: null }, low], call)
    const lowered = (least as EagerFunction).lower(context, [{ ...raised, valid: null }, high], call)
    return { ...lowered, valid: value.valid }
  },
}

const pi: EagerFunction = {
  name: 'pi',
  category: 'math',
  summary: 'The ratio of a circle’s circumference to its diameter.',
  example: 'pi()',
  nulls: 'strict',
  resolve: (args) => (args.length === 0 ? { argTypes: [], type: float64 } : null),
  lower({ f }) {
    const result = declareValue(f, float64, false)
    f.f64(Math.PI)
    f.set(result.locals[0]!)
    return result
  },
}

export const mathFunctions: readonly ScalarFunction[] = [
  abs,
  ...roundingFunctions,
  sqrt,
  clip,
  pi,
  real('cbrt', 1, 'Cube root.', 'cbrt(27)'),
  real('exp', 1, 'e to the power of the value.', 'exp(1)'),
  real('expm1', 1, 'exp(x) - 1, exact near zero.', 'expm1(0)'),
  real('ln', 1, 'Natural logarithm.', 'ln(2)', { failures: logarithmFailures }),
  real('log1p', 1, 'ln(1 + x), exact near zero.', 'log1p(0)'),
  real('log2', 1, 'Logarithm to base 2.', 'log2(8)', { failures: logarithmFailures }),
  kernels(
    'log',
    [
      { args: [float64], type: float64, kernel: 'math_log10' },
      { args: [float64, float64], type: float64, kernel: 'math_log_base' },
    ],
    'Logarithm to base 10, or of the second value to the base of the first.',
    'log(100)',
    { aliases: ['log10'], failures: logarithmFailures },
  ),
  real('pow', 2, 'The first value to the power of the second.', 'pow(2, 10)', {
    aliases: ['power', '**', '^'],
  }),
  real('sin', 1, 'Sine of an angle in radians.', 'sin(0)', { failures: [infiniteAngle] }),
  real('cos', 1, 'Cosine of an angle in radians.', 'cos(0)', { failures: [infiniteAngle] }),
  real('tan', 1, 'Tangent of an angle in radians.', 'tan(0)', { failures: [infiniteAngle] }),
  real('cot', 1, 'Cotangent of an angle in radians.', 'cot(1)', {
    failures: [infiniteAngle, invalid('cot is not defined at zero')],
  }),
  real('asin', 1, 'Arcsine.', 'asin(1)', { failures: [invalid('asin is defined from -1 to 1')] }),
  real('acos', 1, 'Arccosine.', 'acos(1)', { failures: [invalid('acos is defined from -1 to 1')] }),
  real('atan', 1, 'Arctangent.', 'atan(1)'),
  real('atan2', 2, 'Angle of the point (second, first).', 'atan2(1, 1)'),
  real('sinh', 1, 'Hyperbolic sine.', 'sinh(1)'),
  real('cosh', 1, 'Hyperbolic cosine.', 'cosh(1)'),
  real('tanh', 1, 'Hyperbolic tangent.', 'tanh(1)'),
  real('asinh', 1, 'Inverse hyperbolic sine.', 'asinh(1)'),
  real('acosh', 1, 'Inverse hyperbolic cosine.', 'acosh(2)'),
  real('atanh', 1, 'Inverse hyperbolic tangent.', 'atanh(0.5)', {
    failures: [invalid('atanh is defined from -1 to 1')],
  }),
  real('degrees', 1, 'Radians as degrees.', 'degrees(pi())'),
  real('radians', 1, 'Degrees as radians.', 'radians(180)'),
  real('gamma', 1, 'Gamma function: (x - 1)! between whole numbers too.', 'gamma(5.5)', {
    failures: [invalid('gamma is not defined at zero')],
  }),
  real('lgamma', 1, 'Logarithm of the gamma function.', 'lgamma(5.5)', {
    failures: [invalid('lgamma is not defined at zero')],
  }),
  kernels(
    'nextafter',
    [
      { args: [float32, float32], type: float32, kernel: 'math_nextafter_f32' },
      { args: [float64, float64], type: float64, kernel: 'math_nextafter' },
    ],
    'The next number that can be told apart, towards the second.',
    'nextafter(1.0::DOUBLE, 2)',
  ),
  kernels(
    'sign',
    [
      { args: [int64], type: int8, kernel: 'sign_i64' },
      { args: [float64], type: int8, kernel: 'sign_f64' },
      { args: [hugeint], type: int8, kernel: 'sign_i128' },
    ],
    '-1, 0 or 1 for a negative value, zero or a positive one.',
    'sign(-3)',
  ),
  kernels(
    'gcd',
    [
      { args: [int64, int64], type: int64, kernel: 'gcd_i64' },
      { args: [hugeint, hugeint], type: hugeint, kernel: 'gcd_i128' },
    ],
    'Greatest common divisor.',
    'gcd(42, 57)',
    {
      aliases: ['greatest_common_divisor'],
      failures: [{ code: 'overflow', message: 'Overflow in gcd' }],
    },
  ),
  kernels(
    'lcm',
    [
      { args: [int64, int64], type: int64, kernel: 'lcm_i64' },
      { args: [hugeint, hugeint], type: hugeint, kernel: 'lcm_i128' },
    ],
    'Least common multiple.',
    'lcm(42, 57)',
    {
      aliases: ['least_common_multiple'],
      failures: [{ code: 'overflow', message: 'Overflow in lcm' }],
    },
  ),
  kernels(
    'factorial',
    [{ args: [int32], type: hugeint, kernel: 'factorial' }],
    'Product of all whole numbers up to it.',
    'factorial(5)',
    {
      failures: [{ code: 'overflow', message: 'The factorial does not fit into HUGEINT' }],
    },
  ),
  kernels(
    'even',
    [{ args: [float64], type: float64, kernel: 'math_even' }],
    'The next even number away from zero.',
    'even(2.9)',
  ),
  floatTest('is_nan', 'isnan', 'Whether the value is not a number.', "is_nan('nan'::DOUBLE)"),
  floatTest('is_infinite', 'isinf', 'Whether the value is infinite.', "is_infinite('inf'::DOUBLE)"),
  floatTest('is_finite', 'isfinite', 'Whether the value is neither infinite nor NaN.', 'is_finite(1.0)'),
  kernels(
    'random',
    [{ args: [], type: float64, kernel: 'random_next' }],
    'A pseudo-random number from 0 up to 1, another one for every row.',
    'random()',
  ),
]
