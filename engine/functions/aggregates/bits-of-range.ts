import { types } from '../../arrow/types.ts'
import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { LENGTHS_DIFFER } from '../scalar/bits.ts'
import type { Accumulator, AggregateFunction } from './aggregate-function.ts'
import { heldFields, initHeld, pushRoom, replaceHeld } from './held-value.ts'
import { zeroValue } from './values.ts'

const RANGE: readonly KernelFailure[] = [
  {
    code: 'invalid_argument',
    message: 'The range of bitstring_agg is empty, or of more than 1,000,000,000 numbers',
  },
]
const OUTSIDE: readonly KernelFailure[] = [
  { code: 'invalid_argument', message: 'A value of bitstring_agg is outside of its range' },
]

/** A BIT with a bit for each number of a range, which the first row makes and each row sets one of. */
const bitsOfRange: Accumulator = {
  name: 'bitstring_agg',
  appends: true,
  fields: () => heldFields(types.bit),
  init: (context, state) => initHeld(context, state, types.bit),
  update: (context, state, [value, least, most], span) => {
    const { f } = context
    const range = [least!, most!]
    f.get(state.load(0).valid!)
    f.op('i32.eqz')
    f.if(() =>
      context.branch(() => {
        const call = { kernel: 'bit_range', args: range, type: types.bit, failures: RANGE, span }
        replaceHeld(context, state, emitKernelCall(context, call))
      }),
    )
    const held = state.load(0)
    const args = [held, value!, ...range]
    emitKernelCall(context, { kernel: 'bit_range_put', args, type: types.bool, failures: OUTSIDE, span })
  },
  merge: (context, state, [other], span) => {
    const { f } = context
    const given = { ...other!, valid: null }
    const add = (): void => {
      const args = [state.load(0), given]
      emitKernelCall(context, { kernel: 'bit_add', args, type: types.bool, failures: [LENGTHS_DIFFER], span })
    }
    f.get(other!.valid!)
    f.if(() =>
      context.branch(() => {
        f.get(state.load(0).valid!)
        f.if(
          () => context.branch(add),
          () => context.branch(() => replaceHeld(context, state, given)),
        )
      }),
    )
  },
  room: (context, state, [value, least, most]) => {
    const { f } = context
    if (value!.type.kind === 'bit') {
      pushRoom(context, state, value!)
      return
    }
    f.i32(0)
    f.get(least!.locals[0]!)
    f.get(most!.locals[0]!)
    f.call(context.kernel('bit_range_bytes', { params: ['i64', 'i64'], results: ['i32'] }))
    f.get(state.load(0).valid!)
    f.op('select')
  },
}

export const bitsOfRanges: readonly AggregateFunction[] = [
  {
    name: 'bitstring_agg',
    accumulators: () => [{ accumulator: bitsOfRange, args: [0, 1, 2] }],
    // a window goes on writing to the state of the rows before
    finish: (context, [state], _types, type) => {
      const held = state!.load(0)
      const { f } = context
      const result = zeroValue(f, type, true)
      f.get(held.valid!)
      f.if(() => {
        const copy = emitKernelCall(context, { kernel: 'bit_copy', args: [held], type })
        copy.locals.forEach((local, part) => {
          f.get(local)
          f.set(result.locals[part]!)
        })
      })
      return { ...result, valid: held.valid }
    },
  },
]
