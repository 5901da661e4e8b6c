import {
  physicalType,
  physicalWidth,
  typeName,
  types,
  type DataType,
  type PhysicalType,
} from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { declareValue, loadValue, type Value } from '../../codegen/value.ts'
import { unsupported, type SourceSpan } from '../../errors.ts'
import type { AccumulatorUse, AggregateFunction, AggregateState } from './aggregate-function.ts'
import { collectedValues, emitCollectedList } from './collected-list.ts'
import { anyAccumulator } from './positional.ts'
import { validValue } from './values.ts'

/** How `kernels/assembly/collected.ts` compares items. */
const FORMS: Partial<Record<PhysicalType, number>> = {
  i8: 0,
  i16: 0,
  i32: 0,
  i64: 0,
  bool: 1,
  u8: 1,
  u16: 1,
  u32: 1,
  u64: 1,
  f32: 2,
  f64: 2,
  i128: 3,
  bytes: 4,
  interval: 5,
}

function formOf(name: string, type: DataType, span?: SourceSpan): number {
  const form = FORMS[physicalType(type)]
  if (form === undefined) throw unsupported(`${name} of ${typeName(type)}`, span)
  return form
}

interface Items {
  readonly list: Local
  readonly count: Local
  readonly form: number
}

/** An aggregate of all values; of the second argument, a number, any one. */
function ofItems(
  name: string,
  emit: (
    context: CodeContext,
    items: Items,
    states: readonly AggregateState[],
    types: { readonly type: DataType; readonly result: DataType },
  ) => Value,
): AggregateFunction {
  return {
    name,
    accumulators: ([type, ...rest]) => {
      formOf(name, type!)
      const uses: AccumulatorUse[] = [{ accumulator: collectedValues, args: [0] }]
      return rest.length === 0 ? uses : [...uses, { accumulator: anyAccumulator, args: [1] }]
    },
    finish: (context, states, [type], result, span) => {
      const { f } = context
      const value = declareValue(f, result, true)
      const { valid } = states[0]!.load(0)
      f.get(valid!)
      f.set(value.valid!)
      f.get(valid!)
      f.if(() => {
        const [list, count] = emitCollectedList(context, states[0]!, type!)
        const items = { list, count, form: formOf(name, type!, span) }
        const found = emit(context, items, states, { type: type!, result })
        found.locals.forEach((local, part) => {
          f.get(local)
          f.set(value.locals[part]!)
        })
      })
      return value
    },
  }
}

/** Pushes what the kernels take first: the thread's block, the items and how many they are. */
function pushItems({ f, thread }: CodeContext, { list, count }: Items): void {
  f.get(thread)
  f.get(list)
  f.get(count)
}

/** Pushes how an item lies and compares. */
function pushForm({ f }: CodeContext, type: DataType, { form }: Items): void {
  f.i32(physicalWidth(physicalType(type)))
  f.i32(form)
}

function pushFraction({ f }: CodeContext, state: AggregateState | undefined): void {
  if (state === undefined) f.f64(0.5)
  else f.get(state.load(0).locals[0]!)
}

/** The item at the address on the stack. */
function loadItem({ f }: CodeContext, type: DataType): Value {
  const item = declareValue(f, type, false)
  loadValue(f, item, f.keep('i32'), 0)
  return item
}

export const wideQuantile = ofItems('quantile', (context, items, states, { type }) => {
  pushItems(context, items)
  pushFraction(context, states[1])
  pushForm(context, type, items)
  context.f.call(
    context.kernel('list_quantile', { params: ['i32', 'i32', 'i32', 'f64', 'i32', 'i32'], results: ['i32'] }),
  )
  return loadItem(context, type)
})

/** Of 128 bits. */
export const wideQuantileBetween = ofItems('quantile_cont', (context, items, states, { type }) => {
  const { f } = context
  pushItems(context, items)
  pushFraction(context, states[1])
  f.call(context.kernel('list_quantile_between', { params: ['i32', 'i32', 'i32', 'f64'], results: ['i64'] }))
  const low = f.keep('i64')
  f.call(context.kernel('result_high', { params: [], results: ['i64'] }))
  return validValue(type, low, f.keep('i64'))
})

export const mode = ofItems('mode', (context, items, _states, { type }) => {
  pushItems(context, items)
  pushForm(context, type, items)
  context.f.call(
    context.kernel('list_mode', { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] }),
  )
  return loadItem(context, type)
})

const entropyOfItems = ofItems('entropy', (context, items, _states, { type }) => {
  const { f } = context
  pushItems(context, items)
  pushForm(context, type, items)
  f.call(context.kernel('list_entropy', { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['f64'] }))
  return validValue(types.float64, f.keep('f64'))
})

/** 0 of no values. */
export const entropy: AggregateFunction = {
  ...entropyOfItems,
  finish: (context, states, args, result, span) => {
    const { f } = context
    const value = entropyOfItems.finish(context, states, args, result, span)
    f.get(value.locals[0]!)
    f.f64(0)
    f.get(value.valid!)
    f.op('select')
    return validValue(types.float64, f.keep('f64'))
  },
}
