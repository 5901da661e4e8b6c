import { listOf, types } from '../../arrow/types.ts'
import type { KernelFailure } from '../../codegen/kernel-call.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { float32, float64 } = types

const failures: readonly KernelFailure[] = [
  { code: 'invalid_argument', message: 'Vectors must have the same number of dimensions' },
  { code: 'invalid_argument', message: 'A vector must not contain NULL' },
  { code: 'invalid_argument', message: 'A cross product takes vectors of three dimensions' },
]

/** Numbered as in `kernels/assembly/vector.ts`. */
const OPERATIONS = [
  'distance',
  'inner_product',
  'negative_inner_product',
  'cosine_similarity',
  'cosine_distance',
]

function measure(
  operation: (typeof OPERATIONS)[number],
  aliases: readonly string[],
  summary: string,
): EagerFunction {
  const constants = [OPERATIONS.indexOf(operation)]
  return kernelFunction({
    name: `list_${operation}`,
    aliases: [`array_${operation}`, ...aliases],
    category: 'list',
    summary,
    example: `list_${operation}([1, 2, 3], [1, 2, 5])`,
    overloads: [
      {
        args: [listOf(float32), listOf(float32)],
        type: float32,
        kernel: 'vector_measure_f32',
        constants,
        thread: true,
      },
      {
        args: [listOf(float64), listOf(float64)],
        type: float64,
        kernel: 'vector_measure_f64',
        constants,
        thread: true,
      },
    ],
    failures: failures.slice(0, 2),
  })
}

export const listVectorFunctions: readonly ScalarFunction[] = [
  measure('distance', ['<->'], 'The distance of two points (Euclid’s).'),
  measure('inner_product', ['list_dot_product', 'array_dot_product'], 'The inner product of two vectors.'),
  measure(
    'negative_inner_product',
    ['list_negative_dot_product', 'array_negative_dot_product'],
    'The inner product of two vectors with its sign changed.',
  ),
  measure('cosine_similarity', [], 'The cosine of the angle between two vectors.'),
  measure('cosine_distance', [], '1 less the cosine of the angle between two vectors.'),
  kernelFunction({
    name: 'array_cross_product',
    category: 'list',
    summary: 'The cross product of two vectors of three dimensions.',
    example: 'array_cross_product([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])',
    overloads: [
      { args: [listOf(float32), listOf(float32)], type: listOf(float32), kernel: 'vector_cross_f32' },
      { args: [listOf(float64), listOf(float64)], type: listOf(float64), kernel: 'vector_cross_f64' },
    ],
    failures,
  }),
]
