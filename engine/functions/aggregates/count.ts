import { types } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import { keepInt64, markedValid, validValue, zeroValue } from './values.ts'
import type { Accumulator, AggregateFunction, AggregateState } from './aggregate-function.ts'

/** Rows that reach it, as int64. Under a NULL argument it is not asked to update. */
export const countAccumulator: Accumulator = {
  name: 'count',
  fields: () => [{ type: types.int64, nullable: false }],
  init: ({ f }, state) => state.store(0, zeroValue(f, types.int64, false)),
  update: ({ f }, state) => {
    f.get(state.load(0).locals[0]!)
    f.i64(1n)
    f.op('i64.add')
    state.store(0, keepInt64(f))
  },
  merge: ({ f }, state, [other]) => {
    f.get(state.load(0).locals[0]!)
    f.get(other!.locals[0]!)
    f.op('i64.add')
    state.store(0, keepInt64(f))
  },
}

/** Over no condition that is known, the answer is NULL. */
const trueCountAccumulator: Accumulator = {
  name: 'count_true',
  fields: ({ mayBeEmpty }) => [{ type: types.int64, nullable: mayBeEmpty }],
  init: ({ f }, state, { mayBeEmpty }) => state.store(0, zeroValue(f, types.int64, mayBeEmpty)),
  update: ({ f }, state, [condition]) => {
    f.get(condition!.locals[0]!)
    f.op('i64.extend_i32_u')
    add(f, state, f.keep('i64'))
  },
  merge: (context, state, [other]) => {
    const { valid, locals } = other!
    const take = (): void => add(context.f, state, locals[0]!)
    if (valid === null) {
      take()
      return
    }
    context.f.get(valid)
    context.f.if(() => context.branch(take))
  },
}

function add(f: FunctionBuilder, state: AggregateState, more: Local): void {
  f.get(state.load(0).locals[0]!)
  f.get(more)
  f.op('i64.add')
  state.store(0, markedValid(f, keepInt64(f)))
}

export const counts: readonly AggregateFunction[] = [
  {
    name: 'count_star',
    accumulators: () => [{ accumulator: countAccumulator, args: [] }],
    finish: (_context, [state]) => state!.load(0),
  },
  {
    name: 'count',
    accumulators: () => [{ accumulator: countAccumulator, args: [0] }],
    finish: (_context, [state]) => state!.load(0),
  },
  {
    name: 'count_if',
    accumulators: () => [{ accumulator: trueCountAccumulator, args: [0] }],
    finish: ({ f }, [state], _types, result) => {
      const count = state!.load(0)
      f.i64(0n)
      return { ...validValue(result, count.locals[0]!, f.keep('i64')), valid: count.valid }
    },
  },
]
