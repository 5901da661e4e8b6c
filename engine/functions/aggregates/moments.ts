import { types } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import type { SourceSpan } from '../../errors.ts'
import type { Accumulator, AggregateFunction, AggregateState, StateField } from './aggregate-function.ts'
import { keepFloat64, keepInt64, markedValid, withValidity, zeroValue } from './values.ts'

const COUNT: StateField = { type: types.int64, nullable: false }
const NUMBER: StateField = { type: types.float64, nullable: false }

function initZero({ f }: CodeContext, state: AggregateState, fields: readonly StateField[]): void {
  fields.forEach(({ type }, index) => state.store(index, zeroValue(f, type, false)))
}

/** Emits arithmetic over f64 locals in reverse Polish order; a string is an operator, a number a constant. */
function compute(
  f: FunctionBuilder,
  ...steps: readonly (Local | number | 'add' | 'sub' | 'mul' | 'div' | 'sqrt')[]
): Local {
  for (const step of steps) {
    if (typeof step === 'number') f.f64(step)
    else if (typeof step === 'string') f.op(`f64.${step}`)
    else f.get(step)
  }
  return f.keep('f64')
}

function storeNumber(state: AggregateState, field: number, local: Local): void {
  state.store(field, { type: types.float64, physical: 'f64', locals: [local], valid: null })
}

/** The count put up by one, in the state and as f64. */
function countUp(f: FunctionBuilder, state: AggregateState): Local {
  f.get(state.load(0).locals[0]!)
  f.i64(1n)
  f.op('i64.add')
  const count = keepInt64(f)
  state.store(0, count)
  return asFloat(f, count)
}

function asFloat(f: FunctionBuilder, count: Value): Local {
  f.get(count.locals[0]!)
  f.op('f64.convert_i64_u')
  return f.keep('f64')
}

/** Adds the counts; `combine` gets mine, the other's and the sum as f64. Nothing happens when the other has none. */
function mergeCounts(
  context: CodeContext,
  state: AggregateState,
  other: Value,
  combine: (mine: Local, others: Local, total: Local) => void,
): void {
  const { f } = context
  f.get(other.locals[0]!)
  f.i64(0n)
  f.op('i64.ne')
  f.if(() =>
    context.branch(() => {
      const mine = asFloat(f, state.load(0))
      f.get(state.load(0).locals[0]!)
      f.get(other.locals[0]!)
      f.op('i64.add')
      const total = keepInt64(f)
      combine(mine, asFloat(f, other), asFloat(f, total))
      state.store(0, total)
    }),
  )
}

/**
 * Count, mean and sum of squared deviations of the first argument (Welford, "Note on a Method for Calculating
 * Corrected Sums of Squares and Products", 1962); merged by the formula of Chan, Golub and LeVeque (1979).
 */
const momentsAccumulator: Accumulator = {
  name: 'moments',
  fields: () => [COUNT, NUMBER, NUMBER],
  init: (context, state) => initZero(context, state, [COUNT, NUMBER, NUMBER]),
  update: ({ f }, state, [argument]) => {
    const x = argument!.locals[0]!
    const count = countUp(f, state)
    const [mean] = state.load(1).locals
    const [squares] = state.load(2).locals
    const newMean = compute(f, mean!, x, mean!, 'sub', count, 'div', 'add')
    const newSquares = compute(f, squares!, x, newMean, 'sub', x, mean!, 'sub', 'mul', 'add')
    storeNumber(state, 1, newMean)
    storeNumber(state, 2, newSquares)
  },
  merge: (context, state, [otherCount, otherMean, otherSquares]) => {
    const { f } = context
    mergeCounts(context, state, otherCount!, (mine, others, total) => {
      const [mean] = state.load(1).locals
      const [squares] = state.load(2).locals
      const [theirMean] = otherMean!.locals
      const newMean = meanOfBoth(f, [mean!, mine], [theirMean!, others], total)
      const delta = compute(f, theirMean!, mean!, 'sub')
      const between = compute(f, delta, delta, 'mul', others, 'mul', mine, 'mul', total, 'div')
      const newSquares = compute(f, otherSquares!.locals[0]!, squares!, 'add', between, 'add')
      storeNumber(state, 1, newMean)
      storeNumber(state, 2, newSquares)
    })
  },
}

/** Count, both means and the co-moment of (y, x). */
const comomentAccumulator: Accumulator = {
  name: 'comoment',
  fields: () => [COUNT, NUMBER, NUMBER, NUMBER],
  init: (context, state) => initZero(context, state, [COUNT, NUMBER, NUMBER, NUMBER]),
  update: ({ f }, state, args) => {
    const [y, x] = args.map((argument) => argument.locals[0]!)
    const count = countUp(f, state)
    const [meanY] = state.load(1).locals
    const [meanX] = state.load(2).locals
    const [comoment] = state.load(3).locals
    const deltaX = compute(f, x!, meanX!, 'sub')
    const newMeanX = compute(f, meanX!, deltaX, count, 'div', 'add')
    const newMeanY = compute(f, meanY!, y!, meanY!, 'sub', count, 'div', 'add')
    const newComoment = compute(f, comoment!, deltaX, y!, newMeanY, 'sub', 'mul', 'add')
    storeNumber(state, 1, newMeanY)
    storeNumber(state, 2, newMeanX)
    storeNumber(state, 3, newComoment)
  },
  merge: (context, state, [otherCount, otherMeanY, otherMeanX, otherComoment]) => {
    const { f } = context
    mergeCounts(context, state, otherCount!, (mine, others, total) => {
      const [meanY] = state.load(1).locals
      const [meanX] = state.load(2).locals
      const [comoment] = state.load(3).locals
      const [theirY] = otherMeanY!.locals
      const [theirX] = otherMeanX!.locals
      const newMeanY = meanOfBoth(f, [meanY!, mine], [theirY!, others], total)
      const newMeanX = meanOfBoth(f, [meanX!, mine], [theirX!, others], total)
      const deltas = compute(f, theirX!, meanX!, 'sub', theirY!, meanY!, 'sub', 'mul')
      const between = compute(f, deltas, others, 'mul', mine, 'mul', total, 'div')
      const newComoment = compute(f, otherComoment!.locals[0]!, comoment!, 'add', between, 'add')
      storeNumber(state, 1, newMeanY)
      storeNumber(state, 2, newMeanX)
      storeNumber(state, 3, newComoment)
    })
  },
}

type Weighted = readonly [mean: Local, count: Local]

function meanOfBoth(f: FunctionBuilder, [a, countA]: Weighted, [b, countB]: Weighted, total: Local): Local {
  return compute(f, b, countB, 'mul', a, countA, 'mul', 'add', total, 'div')
}

const productAccumulator: Accumulator = {
  name: 'product',
  fields: () => [{ type: types.float64, nullable: true }],
  init: ({ f }, state) => {
    f.f64(1)
    const one = keepFloat64(f)
    f.i32(0)
    state.store(0, withValidity(f, one))
  },
  update: ({ f }, state, [argument]) => {
    const product = compute(f, state.load(0).locals[0]!, argument!.locals[0]!, 'mul')
    state.store(0, markedValid(f, { ...state.load(0), locals: [product] }))
  },
  merge: (context, state, other, span) => {
    context.f.get(other[0]!.valid!)
    context.f.if(() => context.branch(() => productAccumulator.update(context, state, other, span)))
  },
}

/** Of `sample` statistics one row says nothing; of a population it says 0. */
interface Spread {
  readonly sample: boolean
  readonly root: boolean
}

function finishSpread(
  context: CodeContext,
  name: string,
  state: AggregateState,
  spread: Spread,
  span: SourceSpan | undefined,
): Value {
  const { f } = context
  const count = state.load(0)
  const result = divideByCount(f, state.load(2).locals[0]!, count, spread.sample)
  if (spread.root) {
    f.get(result.locals[0]!)
    f.op('f64.sqrt')
    f.set(result.locals[0]!)
  }
  raiseUnlessFinite(context, name, result, span)
  return result
}

/** `sum / count`, or `sum / (count - 1)` of a sample; NULL when there are too few rows. */
function divideByCount(f: FunctionBuilder, sum: Local, count: Value, sample: boolean): Value {
  f.get(sum)
  f.get(asFloat(f, count))
  if (sample) {
    f.f64(1)
    f.op('f64.sub')
  }
  f.op('f64.div')
  const result = keepFloat64(f)
  f.get(count.locals[0]!)
  f.i64(sample ? 1n : 0n)
  f.op('i64.gt_u')
  return withValidity(f, result)
}

function raiseUnlessFinite(
  context: CodeContext,
  name: string,
  value: Value,
  span: SourceSpan | undefined,
): void {
  const { f } = context
  f.get(value.valid!)
  // x - x is 0 of finite numbers only
  f.get(value.locals[0]!)
  f.get(value.locals[0]!)
  f.op('f64.sub')
  f.f64(0)
  f.op('f64.ne')
  f.op('i32.and')
  f.if(() => context.raise('overflow', `The result of ${name} is out of range`, span))
}

function spreadAggregate(name: string, spread: Spread): AggregateFunction {
  return {
    name,
    accumulators: () => [{ accumulator: momentsAccumulator, args: [0] }],
    finish: (context, [state], _types, _result, span) => finishSpread(context, name, state!, spread, span),
  }
}

function covarianceAggregate(name: string, sample: boolean): AggregateFunction {
  return {
    name,
    accumulators: () => [{ accumulator: comomentAccumulator, args: [0, 1] }],
    finish: ({ f }, [state]) => divideByCount(f, state!.load(3).locals[0]!, state!.load(0), sample),
  }
}

const correlation: AggregateFunction = {
  name: 'corr',
  // of both arguments, so that rows with a NULL in either are passed over everywhere
  accumulators: () => [
    { accumulator: comomentAccumulator, args: [0, 1] },
    { accumulator: momentsAccumulator, args: [0, 1] },
    { accumulator: momentsAccumulator, args: [1, 0] },
  ],
  finish: (context, [both, y, x], _types, _result, span) => {
    const { f } = context
    const count = both!.load(0)
    const covariance = divideByCount(f, both!.load(3).locals[0]!, count, false)
    const [deviationY, deviationX] = [y, x].map((state) =>
      finishSpread(context, 'corr', state!, { sample: false, root: true }, span),
    )
    f.get(covariance.locals[0]!)
    f.get(deviationX!.locals[0]!)
    f.get(deviationY!.locals[0]!)
    f.op('f64.mul')
    f.op('f64.div')
    return { ...keepFloat64(f), valid: covariance.valid }
  },
}

export const moments: readonly AggregateFunction[] = [
  spreadAggregate('stddev_samp', { sample: true, root: true }),
  spreadAggregate('stddev_pop', { sample: false, root: true }),
  spreadAggregate('var_samp', { sample: true, root: false }),
  spreadAggregate('var_pop', { sample: false, root: false }),
  covarianceAggregate('covar_samp', true),
  covarianceAggregate('covar_pop', false),
  correlation,
  {
    name: 'product',
    accumulators: () => [{ accumulator: productAccumulator, args: [0] }],
    finish: (_context, [state]) => state!.load(0),
  },
]
