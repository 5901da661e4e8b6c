import { itemPhysical, physicalWidth, typeName, types, type DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { zeroedPacked } from '../../codegen/nested-value.ts'
import { pushValid, storeValue, type Value } from '../../codegen/value.ts'
import { unsupported } from '../../errors.ts'
import type { Accumulator, AggregateFunction, AggregateState } from './aggregate-function.ts'
import {
  appendOther,
  growBy,
  growingFields,
  initGrowing,
  pushGrowthRoom,
  pushOtherRoom,
} from './growing-bytes.ts'
import { validValue } from './values.ts'

/** All values that are not NULL, in the order of the rows; how they lie: kernels/assembly/collect.ts. */
export const collectedValues: Accumulator = {
  name: 'collected',
  appends: true,
  fields: () => growingFields(types.binary),
  init: (context, state) => {
    initGrowing(context, state, types.binary)
  },
  update: (context, state, [argument]) => {
    const { f } = context
    const value = zeroedPacked(context, argument!)
    const begin = growBy(context, state, addedBytes(context, value))
    if (value.physical !== 'bytes') {
      storeValue(f, value, begin, 0)
      f.get(begin)
      pushValid(f, value)
      f.memory('i32.store8', physicalWidth(value.physical))
      return
    }
    const [pointer, length] = value.locals
    const copy = (): void => {
      f.get(begin)
      f.get(length!)
      f.memory('i32.store')
      f.get(begin)
      f.i32(LENGTH_BYTES)
      f.op('i32.add')
      f.get(pointer!)
      f.get(length!)
      f.memoryCopy()
    }
    if (value.valid === null) {
      copy()
      return
    }
    f.get(value.valid)
    f.if(copy, () => {
      f.get(begin)
      f.i32(-1)
      f.memory('i32.store')
    })
  },
  merge: (context, state, [other]) => {
    context.f.get(other!.valid!)
    context.f.if(() => context.branch(() => appendOther(context, state, other!)))
  },
  room: (context, state, [value]) => {
    if (value!.type.kind === 'binary') pushOtherRoom(context, state, value!)
    else pushGrowthRoom(context, state, addedBytes(context, zeroedPacked(context, value!)))
  },
}

/** As `collectedValues`, with NULLs. */
const collected: Accumulator = { ...collectedValues, name: 'array_agg', takesNulls: true }

const LENGTH_BYTES = 4

function addedBytes({ f }: CodeContext, value: Value): Local {
  if (value.physical !== 'bytes') {
    f.i32(physicalWidth(value.physical) + 1)
    return f.keep('i32')
  }
  f.get(value.locals[1]!)
  if (value.valid !== null) {
    f.i32(0)
    f.get(value.valid)
    f.op('select')
  }
  f.i32(LENGTH_BYTES)
  f.op('i32.add')
  return f.keep('i32')
}

function checkFits(type: DataType): void {
  if (type.kind === 'binary') throw unsupported(`array_agg of ${typeName(type)}`)
}

export const collectedLists: readonly AggregateFunction[] = [
  {
    name: 'array_agg',
    accumulators: (args) => {
      checkFits(args[0]!)
      return [{ accumulator: collected, args: [0] }]
    },
    finish: (context, [state], [type], result) => ({
      ...validValue(result, ...emitCollectedList(context, state!, type!)),
      valid: state!.load(0).valid,
    }),
  },
]

/** Emits the collected values as a list: its address, and how many items it has (none when the state is NULL). */
export function emitCollectedList(
  context: CodeContext,
  state: AggregateState,
  type: DataType,
): readonly [list: Local, count: Local] {
  const { f, thread } = context
  const physical = itemPhysical(type)
  const { locals, valid } = state.load(0)
  const packed = f.local('i64')
  f.i64(0n)
  f.set(packed)
  f.get(valid!)
  f.if(() => {
    f.get(thread)
    f.get(locals[0]!)
    f.get(locals[1]!)
    f.i32(physical === 'bytes' ? 0 : physicalWidth(physical))
    f.call(context.kernel('collected_list', { params: ['i32', 'i32', 'i32', 'i32'], results: ['i64'] }))
    f.set(packed)
  })
  f.get(packed)
  f.op('i32.wrap_i64')
  const list = f.keep('i32')
  f.get(packed)
  f.i64(32n)
  f.op('i64.shr_u')
  f.op('i32.wrap_i64')
  return [list, f.keep('i32')]
}
