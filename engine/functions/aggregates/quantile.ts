import { physicalType, types, type DataType, type PhysicalType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import type { Accumulator, AggregateFunction, AggregateState } from './aggregate-function.ts'
import { entropy, mode, wideQuantile, wideQuantileBetween } from './collected-values.ts'
import {
  appendOther,
  growBy,
  growingFields,
  initGrowing,
  pushGrowthRoom,
  pushOtherRoom,
} from './growing-bytes.ts'
import { keepFloat64, validValue, withValidity, zeroValue } from './values.ts'

const VALUE_BYTES = 8
/** After the fields of the values: which part of them is to be no greater than the result. */
const FRACTION = 2

/** All values, as int64 or float64, in the order of the rows. */
const values: Accumulator = {
  name: 'values',
  appends: true,
  fields: () => [...growingFields(types.binary), { type: types.float64, nullable: false }],
  init: (context, state) => {
    initGrowing(context, state, types.binary)
    state.store(FRACTION, zeroValue(context.f, types.float64, false))
  },
  update: (context, state, [value, fraction]) => {
    const { f } = context
    f.i32(VALUE_BYTES)
    f.get(growBy(context, state, f.keep('i32')))
    pushWide(context, value!)
    f.memory(isFloat(value!.physical) ? 'f64.store' : 'i64.store')
    if (fraction !== undefined) {
      state.store(FRACTION, fraction)
      return
    }
    f.f64(0.5)
    state.store(FRACTION, keepFloat64(f))
  },
  merge: (context, state, [other, fraction]) => {
    context.f.get(other!.valid!)
    context.f.if(() =>
      context.branch(() => {
        appendOther(context, state, other!)
        state.store(FRACTION, fraction!)
      }),
    )
  },
  room: (context, state, [value]) => {
    if (value!.type.kind === 'binary') {
      pushOtherRoom(context, state, value!)
      return
    }
    context.f.i32(VALUE_BYTES)
    pushGrowthRoom(context, state, context.f.keep('i32'))
  },
}

function isFloat(physical: PhysicalType): boolean {
  return physical === 'f32' || physical === 'f64'
}

/** Pushes a number as i64 or f64. */
function pushWide({ f }: CodeContext, value: Value): void {
  const [local] = value.locals
  f.get(local!)
  if (value.physical === 'f32') f.op('f64.promote_f32')
  else if (local!.type === 'i32') f.op(value.physical === 'u32' ? 'i64.extend_i32_u' : 'i64.extend_i32_s')
}

/** Whether the values are kept as numbers of 8 bytes each; what they are else: collected-values.ts. */
function isNarrow(type: DataType): boolean {
  return !['i128', 'bytes', 'interval', 'list', 'u64'].includes(physicalType(type))
}

function quantileAggregate(name: string, interpolated: boolean): AggregateFunction {
  const wide = (type: DataType): AggregateFunction =>
    interpolated && physicalType(type) === 'i128' ? wideQuantileBetween : wideQuantile
  return {
    name,
    accumulators: (args) =>
      isNarrow(args[0]!)
        ? [{ accumulator: values, args: args.map((_, index) => index) }]
        : wide(args[0]!).accumulators(args),
    finish: (context, states, args, result, span) => {
      const [type] = args
      if (!isNarrow(type!)) return wide(type!).finish(context, states, args, result, span)
      return interpolated && physicalType(type!) !== 'bool'
        ? finishContinuous(context, states[0]!, type!, result)
        : finishDiscrete(context, states[0]!, type!)
    },
  }
}

/** Values of its own: finishing replaces them by their distances. */
const deviations: Accumulator = { ...values, name: 'deviations' }

/** The median of the distances from the median. */
const medianDeviation: AggregateFunction = {
  name: 'mad',
  accumulators: () => [{ accumulator: deviations, args: [0] }],
  finish: (context, [state], [type], result) => {
    const { f } = context
    const { locals, valid } = state!.load(0)
    const suffix = isFloat(physicalType(type!)) ? 'f64' : 'i64'
    f.get(valid!)
    f.if(
      () => {
        f.get(locals[0]!)
        f.get(locals[1]!)
        f.i32(Math.log2(VALUE_BYTES))
        f.op('i32.shr_u')
        f.call(context.kernel(`median_deviation_${suffix}`, { params: ['i32', 'i32'], results: [suffix] }))
      },
      () => (suffix === 'f64' ? f.f64(0) : f.i64(0n)),
      suffix,
    )
    return { ...validValue(result, f.keep(suffix)), valid }
  },
}

function finishContinuous(
  context: CodeContext,
  state: AggregateState,
  type: DataType,
  result: DataType,
): Value {
  const { f } = context
  const float = isFloat(physicalType(type))
  const pushed = (): void => {
    pushValues(context, state)
    f.call(
      context.kernel(float ? 'quantile_cont_f64' : 'quantile_cont_i64', {
        params: ['i32', 'i32', 'f64'],
        results: [float ? 'f64' : 'i64'],
      }),
    )
  }
  f.get(state.load(0).valid!)
  f.if(pushed, () => (float ? f.f64(0) : f.i64(0n)), float ? 'f64' : 'i64')
  const value = validValue(result, f.keep(float ? 'f64' : 'i64'))
  f.get(state.load(0).valid!)
  return withValidity(f, value)
}

function finishDiscrete(context: CodeContext, state: AggregateState, type: DataType): Value {
  const { f } = context
  const physical = physicalType(type)
  f.get(state.load(0).valid!)
  f.if(
    () => {
      pushValues(context, state)
      f.i32(isFloat(physical) ? 1 : 0)
      f.call(context.kernel('quantile_disc', { params: ['i32', 'i32', 'f64', 'i32'], results: ['i64'] }))
    },
    () => f.i64(0n),
    'i64',
  )
  if (isFloat(physical)) {
    f.op('f64.reinterpret_i64')
    if (physical === 'f32') f.op('f32.demote_f64')
  } else if (physical !== 'i64') {
    f.op('i32.wrap_i64')
  }
  const value = validValue(
    type,
    f.keep(physical === 'f32' || physical === 'f64' || physical === 'i64' ? physical : 'i32'),
  )
  f.get(state.load(0).valid!)
  return withValidity(f, value)
}

/** Pushes address and number of the values, and the fraction. */
function pushValues({ f }: CodeContext, state: AggregateState): void {
  const [pointer, bytes] = state.load(0).locals
  f.get(pointer!)
  f.get(bytes!)
  f.i32(Math.log2(VALUE_BYTES))
  f.op('i32.shr_u')
  f.get(state.load(FRACTION).locals[0]!)
}

export const quantiles: readonly AggregateFunction[] = [
  quantileAggregate('median', true),
  quantileAggregate('quantile_cont', true),
  quantileAggregate('quantile_disc', false),
  medianDeviation,
  mode,
  entropy,
]
