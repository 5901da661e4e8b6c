import { types } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import {
  plainAggregate,
  type Accumulator,
  type AggregateFunction,
  type AggregateState,
} from './aggregate-function.ts'
import { countAccumulator } from './count.ts'
import { keepFloat64, markedValid, withValidity, zeroValue } from './values.ts'

/** What the rounding of the sum has lost so far. */
const LOST = 1

/** A sum of floating-point numbers that makes up for its rounding (Kahan, "Further remarks on reducing truncation errors", 1965). */
const compensated: Accumulator = {
  name: 'fsum',
  fields: () => [
    { type: types.float64, nullable: true },
    { type: types.float64, nullable: false },
  ],
  init: ({ f }, state) => {
    state.store(0, zeroValue(f, types.float64, true))
    state.store(LOST, zeroValue(f, types.float64, false))
  },
  update: (context, state, [value]) => {
    add(context, state, value!.locals[0]!)
  },
  merge: (context, state, [sum, lost]) => {
    const { f } = context
    f.get(sum!.valid!)
    f.if(() =>
      context.branch(() => {
        add(context, state, sum!.locals[0]!)
        f.get(lost!.locals[0]!)
        f.op('f64.neg')
        add(context, state, f.keep('f64'))
      }),
    )
  },
}

function add({ f }: CodeContext, state: AggregateState, value: Local): void {
  const sum = state.load(0).locals[0]!
  const wanted = subtracted(f, value, state.load(LOST).locals[0]!)
  f.get(sum)
  f.get(wanted)
  f.op('f64.add')
  const total = f.keep('f64')
  const lost = subtracted(f, subtracted(f, total, sum), wanted)
  // of infinities nothing is lost
  f.get(lost)
  f.f64(0)
  f.get(lost)
  f.get(lost)
  f.op('f64.eq')
  f.op('select')
  state.store(LOST, keepFloat64(f))
  f.get(total)
  state.store(0, markedValid(f, keepFloat64(f)))
}

function subtracted(f: FunctionBuilder, a: Local, b: Local): Local {
  f.get(a)
  f.get(b)
  f.op('f64.sub')
  return f.keep('f64')
}

export const compensatedSums: readonly AggregateFunction[] = [
  plainAggregate('fsum', compensated),
  {
    name: 'favg',
    accumulators: () => [
      { accumulator: compensated, args: [0] },
      { accumulator: countAccumulator, args: [0] },
    ],
    finish: ({ f }, [sum, count]) => {
      const total = sum!.load(0)
      f.get(total.locals[0]!)
      f.get(count!.load(0).locals[0]!)
      f.op('f64.convert_i64_u')
      f.op('f64.div')
      const average = keepFloat64(f)
      f.get(total.valid!)
      return withValidity(f, average)
    },
  },
]
