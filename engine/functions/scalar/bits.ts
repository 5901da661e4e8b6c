import { types, type DataType } from '../../arrow/types.ts'
import type { Opcode } from '../../codegen/opcodes.ts'
import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { declareValue } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { chooseOverload, overloadSignature } from '../scalar-overloads.ts'
import { bitStringFunctions } from './bit-strings.ts'
import { kernelFunction } from './kernel-function.ts'

const INTEGERS = [
  types.int8,
  types.int16,
  types.int32,
  types.int64,
  types.uint8,
  types.uint16,
  types.uint32,
  types.uint64,
  types.hugeint,
] as const satisfies readonly DataType[]

const { bit } = types

const binaryOverloads = [...INTEGERS, bit].map((type) => ({ args: [type, type], type }))

/** Failure 2 of the kernels of BIT. */
export const LENGTHS_DIFFER: KernelFailure = {
  code: 'invalid_argument',
  message: 'The values have different lengths',
}

function bitwise(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  operation: 'and' | 'or' | 'xor',
): EagerFunction {
  return {
    name,
    aliases,
    summary,
    example,
    category: 'bits',
    nulls: 'strict',
    resolve: (args) => overloadSignature(chooseOverload(binaryOverloads, args)),
    lower(context, args, call) {
      if (call.type.kind === 'bit') {
        const kernel = `bit_${operation}`
        return emitKernelCall(context, {
          kernel,
          args,
          type: bit,
          failures: [LENGTHS_DIFFER],
          span: call.span,
        })
      }
      const { f } = context
      const result = declareValue(f, call.type, false)
      for (const [index, out] of result.locals.entries()) {
        f.get(args[0]!.locals[index]!)
        f.get(args[1]!.locals[index]!)
        f.op(`${out.type}.${operation}` as Opcode)
        f.set(out)
      }
      return result
    },
  }
}

const invert: EagerFunction = {
  name: '~',
  aliases: ['bit_not'],
  category: 'bits',
  summary: 'Every bit inverted.',
  example: '~5',
  nulls: 'strict',
  resolve: (args) =>
    overloadSignature(
      chooseOverload(
        [...INTEGERS, bit].map((type) => ({ args: [type], type })),
        args,
      ),
    ),
  lower(context, args, call) {
    if (call.type.kind === 'bit') return emitKernelCall(context, { kernel: 'bit_not', args, type: bit })
    const { f } = context
    const result = declareValue(f, call.type, false)
    for (const [index, out] of result.locals.entries()) {
      f.get(args[0]!.locals[index]!)
      if (out.type === 'i64') f.i64(-1n)
      else f.i32({ u8: 0xff, u16: 0xffff }[result.physical as string] ?? -1)
      f.op(out.type === 'i64' ? 'i64.xor' : 'i32.xor')
      f.set(out)
    }
    return result
  },
}

/** How many bits a value has, without the sign where there is one. */
const WIDTHS = [
  [types.int32, 31, 'i32'],
  [types.int64, 63, 'i64'],
  [types.int8, 7, 'i32'],
  [types.int16, 15, 'i32'],
  [types.uint8, 8, 'u32'],
  [types.uint16, 16, 'u32'],
  [types.uint32, 32, 'u32'],
  [types.uint64, 64, 'u64'],
] as const

const shiftOverloads = (kernel: string) => [
  ...WIDTHS.map(([type, width, suffix]) => ({
    args: [type, type],
    type,
    kernel: `${kernel}_${suffix}`,
    constants: [width],
  })),
  { args: [types.hugeint, types.hugeint], type: types.hugeint, kernel: `${kernel}_i128` },
  { args: [bit, types.int32], type: bit, kernel: `bit_${kernel}` },
]

export const bitFunctions: readonly ScalarFunction[] = [
  bitwise('&', [], 'Bits that are set in both.', '91 & 15', 'and'),
  bitwise('|', [], 'Bits that are set in one or both.', '32 | 3', 'or'),
  bitwise('xor', [], 'Bits that are set in exactly one.', 'xor(17, 5)', 'xor'),
  invert,
  kernelFunction({
    name: '<<',
    category: 'bits',
    summary: 'Shifts bits to the left; an error when set bits are lost.',
    example: '1 << 4',
    overloads: shiftOverloads('shift_left'),
    failures: [{ code: 'overflow', message: 'Overflow in left shift' }],
  }),
  kernelFunction({
    name: '>>',
    category: 'bits',
    summary: 'Shifts bits to the right; 0 when all are shifted out.',
    example: '8 >> 2',
    overloads: shiftOverloads('shift_right'),
  }),
  kernelFunction({
    name: 'bit_count',
    category: 'bits',
    summary: 'Number of bits that are set.',
    example: 'bit_count(31)',
    overloads: [
      { args: [types.int8], type: types.int8, kernel: 'bit_count_i8' },
      { args: [types.int16], type: types.int8, kernel: 'bit_count_i16' },
      { args: [types.int32], type: types.int8, kernel: 'bit_count_i32' },
      { args: [types.int64], type: types.int8, kernel: 'bit_count_i64' },
      { args: [types.hugeint], type: types.int8, kernel: 'bit_count_i128' },
      { args: [bit], type: types.int64, kernel: 'bit_count_bits' },
    ],
  }),
  ...bitStringFunctions,
]
