import { types } from '../../arrow/types.ts'
import type { KernelFailure } from '../../codegen/kernel-call.ts'
import type { ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { bit, utf8, int32 } = types

const noBit: KernelFailure = { code: 'invalid_argument', message: 'There is no bit at that place' }
const tooShort: KernelFailure = {
  code: 'invalid_argument',
  message: 'The length is smaller than that of the value',
}

/** Functions over BIT alone; operators that integers have too are in `bits.ts`, lengths in `text.ts`. */
export const bitStringFunctions: readonly ScalarFunction[] = [
  kernelFunction({
    name: 'get_bit',
    category: 'bits',
    summary: 'The bit at a place, from 0 on.',
    example: "get_bit('0110'::BIT, 2)",
    overloads: [{ args: [bit, int32], type: int32, kernel: 'bit_get' }],
    failures: [noBit],
  }),
  kernelFunction({
    name: 'set_bit',
    category: 'bits',
    summary: 'The value with another bit at a place.',
    example: "set_bit('0110'::BIT, 0, 1)::VARCHAR",
    overloads: [{ args: [bit, int32, int32], type: bit, kernel: 'bit_set' }],
    failures: [noBit, { code: 'invalid_argument', message: 'A bit is 0 or 1' }],
  }),
  kernelFunction({
    name: 'bitstring',
    category: 'bits',
    summary: 'A BIT of so many bits, with zeros before those that are given.',
    example: "bitstring('101', 8)::VARCHAR",
    overloads: [
      { args: [bit, int32], type: bit, kernel: 'bit_padded' },
      { args: [utf8, int32], type: bit, kernel: 'bit_padded_text' },
    ],
    failures: [tooShort, { code: 'invalid_argument', message: 'A BIT is made of zeros and ones' }],
  }),
  kernelFunction({
    name: 'bit_position',
    category: 'bits',
    summary: 'Where the first value begins in the second, from 1 on; 0 where it does not.',
    example: "bit_position('11'::BIT, '0110'::BIT)",
    overloads: [{ args: [bit, bit], type: int32, kernel: 'bit_position_of' }],
  }),
]
