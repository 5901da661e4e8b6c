import { types } from '../../arrow/types.ts'
import { keepInt64, validValue, zeroValue } from './values.ts'
import type { Accumulator, AggregateFunction } from './aggregate-function.ts'

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

const trueCountAccumulator: Accumulator = {
  ...countAccumulator,
  name: 'count_true',
  update: ({ f }, state, [condition]) => {
    f.get(state.load(0).locals[0]!)
    f.get(condition!.locals[0]!)
    f.op('i64.extend_i32_u')
    f.op('i64.add')
    state.store(0, keepInt64(f))
  },
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
      const low = state!.load(0).locals[0]!
      f.i64(0n)
      return validValue(result, low, f.keep('i64'))
    },
  },
]
