import { types, type DataType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import { LENGTHS_DIFFER } from '../scalar/bits.ts'
import {
  plainAggregate,
  type Accumulator,
  type AggregateFunction,
  type AggregateState,
} from './aggregate-function.ts'
import { heldFields, initHeld, pushRoom, replaceHeld } from './held-value.ts'
import { markedValid } from './values.ts'

type Operation = 'and' | 'or' | 'xor'

/**
 * Folds values with a bitwise operation, which over BOOLEAN is the logical one; starts at its neutral element. Values of
 * BIT have none: the first one is held, and folded with those after it.
 */
function bitwiseAccumulator(name: string, operation: Operation): Accumulator {
  const takeBits = (context: CodeContext, state: AggregateState, value: Value): void => {
    const { f } = context
    const current = { ...state.load(0), valid: null }
    f.get(state.load(0).valid!)
    f.if(
      () =>
        context.branch(() => {
          const args = [current, value]
          const kernel = `bit_${operation}`
          const folded = emitKernelCall(context, {
            kernel,
            args,
            type: types.bit,
            failures: [LENGTHS_DIFFER],
          })
          replaceHeld(context, state, folded)
        }),
      () => context.branch(() => replaceHeld(context, state, value)),
    )
  }
  const take = (context: CodeContext, state: AggregateState, given: Value): void => {
    const value = { ...given, valid: null }
    if (value.type.kind === 'bit') {
      takeBits(context, state, value)
      return
    }
    const { f } = context
    const current = state.load(0)
    const locals = value.locals.map((local, index) => {
      const wasm = local.type === 'i64' ? 'i64' : 'i32'
      f.get(current.locals[index]!)
      f.get(local)
      f.op(`${wasm}.${operation}`)
      return f.keep(wasm)
    })
    state.store(0, markedValid(f, { ...current, locals }))
  }
  return {
    name,
    fields: ({ types: [type] }) => heldFields(type!),
    init: (context, state, { types: [type] }) => {
      if (type!.kind === 'bit') {
        initHeld(context, state, type)
        return
      }
      const { f } = context
      const value = declareValue(f, type!, true)
      for (const local of value.locals) {
        if (local.type === 'i64') f.i64(operation === 'and' ? -1n : 0n)
        else f.i32(operation === 'and' ? allBits(type!) : 0)
        f.set(local)
      }
      f.i32(0)
      f.set(value.valid!)
      state.store(0, value)
    },
    update: (context, state, [argument]) => take(context, state, argument!),
    merge: (context, state, [other]) => {
      context.f.get(other!.valid!)
      context.f.if(() => context.branch(() => take(context, state, other!)))
    },
    room: (context, state, [argument]) => pushRoom(context, state, argument!),
  }
}

function allBits(type: DataType): number {
  return type.kind === types.bool.kind ? 1 : -1
}

export const bitwise: readonly AggregateFunction[] = [
  plainAggregate('bool_and', bitwiseAccumulator('bool_and', 'and')),
  plainAggregate('bool_or', bitwiseAccumulator('bool_or', 'or')),
  plainAggregate('bit_and', bitwiseAccumulator('bit_and', 'and')),
  plainAggregate('bit_or', bitwiseAccumulator('bit_or', 'or')),
  plainAggregate('bit_xor', bitwiseAccumulator('bit_xor', 'xor')),
]
