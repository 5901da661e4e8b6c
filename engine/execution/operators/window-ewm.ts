import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import { declareValue, pushValid } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitStoreField } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import {
  emitArgument,
  type PartitionLocals,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'

const NAMES: ReadonlySet<string> = new Set(['ewm_mean', 'ewm_var', 'ewm_std'])

/** Functions that weigh earlier rows less and less, from the partition's first row on. */
export function isExponential(fn: string): boolean {
  return NAMES.has(fn)
}

type Step = Local | number | 'add' | 'sub' | 'mul' | 'div' | 'sqrt'

/** Emits arithmetic over f64 locals in reverse Polish order, into `target`. */
function assign(f: FunctionBuilder, target: Local, ...steps: readonly Step[]): void {
  for (const step of steps) {
    if (typeof step === 'number') f.f64(step)
    else if (typeof step === 'string') f.op(`f64.${step}`)
    else f.get(step)
  }
  f.set(target)
}

/**
 * EWM_MEAN, EWM_VAR and EWM_STD: (value, alpha, adjust, ignore_nulls, min_samples, bias); null for any other function.
 *
 * The weight of a row falls by `1 - alpha` with each row that follows (with `ignore_nulls`, with each value that
 * follows). With `adjust` a new value weighs 1, else `alpha`, where those before it together weigh 1. Mean and variance
 * are kept up to date by West's formula ("Updating Mean and Variance Estimates: An Improved Method", 1979); without
 * `bias` the variance is put right by the sums of weights and of their squares. NULL gives NULL, and so do the rows
 * before there are `min_samples` values.
 */
export function emitExponential(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode | null {
  if (!isExponential(shape.call.fn)) return null
  const { f } = compiler
  const state = {
    count: f.local('i64'),
    mean: f.local('f64'),
    variance: f.local('f64'),
    /** What the values so far weigh beside a new one. */
    weight: f.local('f64'),
    sum: f.local('f64'),
    squares: f.local('f64'),
  }
  const carried = Object.values(state)
  const end = emitCarried(compiler, locals, carried, () => {
    for (const local of carried) {
      if (local.type === 'i64') f.i64(0n)
      else f.f64(0)
      f.set(local)
    }
  })
  return {
    row: () => {
      emitRow(compiler, shape, locals, state)
    },
    end,
  }
}

interface ExponentialState {
  readonly count: Local
  readonly mean: Local
  readonly variance: Local
  readonly weight: Local
  readonly sum: Local
  readonly squares: Local
}

function emitRow(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  state: ExponentialState,
): void {
  const { f } = compiler
  const argument = (index: number) => emitArgument(compiler, locals.row, shape.args[index]!)
  const value = argument(0)
  pushValid(f, value)
  const isValue = f.keep('i32')
  const decay = f.local('f64')
  const fresh = f.local('f64')
  const alpha = argument(1).locals[0]!
  const adjust = argument(2).locals[0]!
  assign(f, decay, 1, alpha, 'sub')
  f.f64(1)
  f.get(alpha)
  f.get(adjust)
  f.op('select')
  f.set(fresh)
  f.get(state.count)
  f.op('i64.eqz')
  f.if(
    () => {
      f.get(isValue)
      f.if(() => {
        assign(f, state.mean, value.locals[0]!)
        for (const local of [state.weight, state.sum, state.squares]) assign(f, local, 1)
        emitCountUp(f, state.count)
      })
    },
    () => {
      const ignoresNulls = argument(3).locals[0]!
      f.get(isValue)
      f.get(ignoresNulls)
      f.op('i32.eqz')
      f.op('i32.or')
      f.if(() => {
        assign(f, state.weight, state.weight, decay, 'mul')
        assign(f, state.sum, state.sum, decay, 'mul')
        assign(f, state.squares, state.squares, decay, decay, 'mul', 'mul')
        f.get(isValue)
        f.if(() => {
          emitTakeIn(f, state, value.locals[0]!, fresh, adjust)
          emitCountUp(f, state.count)
        })
      })
    },
  )
  const result = declareValue(f, shape.call.output.type, true)
  f.get(isValue)
  f.get(state.count)
  f.get(argument(4).locals[0]!)
  f.op('i64.ge_s')
  f.op('i32.and')
  f.set(result.valid!)
  const [found] = result.locals
  if (shape.call.fn === 'ewm_mean') assign(f, found!, state.mean)
  else emitVariance(f, state, argument(5).locals[0]!, found!)
  if (shape.call.fn === 'ewm_std') assign(f, found!, found!, 'sqrt')
  emitStoreField(f, locals.row, shape.result, result)
}

function emitCountUp(f: FunctionBuilder, count: Local): void {
  f.get(count)
  f.i64(1n)
  f.op('i64.add')
  f.set(count)
}

function emitTakeIn(
  f: FunctionBuilder,
  { mean, variance, weight, sum, squares }: ExponentialState,
  x: Local,
  fresh: Local,
  adjust: Local,
): void {
  const before = f.local('f64')
  const total = f.local('f64')
  const near = f.local('f64')
  const far = f.local('f64')
  assign(f, before, mean)
  assign(f, total, weight, fresh, 'add')
  f.get(mean)
  f.get(x)
  f.op('f64.ne')
  f.if(() => {
    assign(f, mean, weight, mean, 'mul', fresh, x, 'mul', 'add', total, 'div')
  })
  assign(f, near, before, mean, 'sub')
  assign(f, near, variance, near, near, 'mul', 'add', weight, 'mul')
  assign(f, far, x, mean, 'sub')
  assign(f, far, far, far, 'mul', fresh, 'mul')
  assign(f, variance, near, far, 'add', total, 'div')
  assign(f, sum, sum, fresh, 'add')
  assign(f, squares, squares, fresh, fresh, 'mul', 'add')
  assign(f, weight, total)
  f.get(adjust)
  f.op('i32.eqz')
  f.if(() => {
    assign(f, sum, sum, total, 'div')
    assign(f, squares, squares, total, total, 'mul', 'div')
    assign(f, weight, 1)
  })
}

/** Emits: `target` becomes the variance; 0 of a single value. */
function emitVariance(f: FunctionBuilder, state: ExponentialState, bias: Local, target: Local): void {
  const square = f.local('f64')
  const divisor = f.local('f64')
  assign(f, target, state.variance)
  f.get(bias)
  f.op('i32.eqz')
  f.if(() => {
    assign(f, square, state.sum, state.sum, 'mul')
    assign(f, divisor, square, state.squares, 'sub')
    f.get(divisor)
    f.f64(0)
    f.op('f64.gt')
    f.if(
      () => assign(f, target, square, divisor, 'div', target, 'mul'),
      () => assign(f, target, 0),
    )
  })
}
