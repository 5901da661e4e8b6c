import { itemPhysical, itemTypeOf, physicalType, typeName, types, type DataType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Local } from '../../codegen/assembler.ts'
import { itemWidth } from '../../codegen/list-loop.ts'
import type { Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { AggregateState, StateField } from './aggregate-function.ts'
import { pushSpare } from './growing-bytes.ts'
import { markedValid, validValue, zeroValue } from './values.ts'

/**
 * A state that holds one value of any type, NULL at first. What a string or list points to is copied next to the
 * states; the second field says how much room its copy has, so that a state which changes often does not fill memory
 * with what it held before: there is more of it each time that it is too small (`growing-bytes.ts`).
 */
export function heldFields(type: DataType): readonly StateField[] {
  const item = itemTypeOf(type)
  if (item !== null && itemPhysical(item) === 'bytes') {
    throw internalError(
      `a list of texts or nested values, which must be in a struct here (${typeName(type)})`,
    )
  }
  const value = { type, nullable: true }
  return pointsAway(type) ? [value, { type: types.uint32, nullable: false, spilled: false }] : [value]
}

export function initHeld({ f }: CodeContext, state: AggregateState, type: DataType): void {
  state.store(0, zeroValue(f, type, true))
  if (pointsAway(type)) state.store(1, zeroValue(f, types.uint32, false))
}

/** Emits: from now on the state holds `value` (known to be valid when its `valid` is null). */
export function replaceHeld(context: CodeContext, state: AggregateState, value: Value): void {
  const { f } = context
  if (!pointsAway(value.type)) {
    state.store(0, value.valid === null ? markedValid(f, value) : value)
    return
  }
  const [from, count] = value.locals
  pushBytes(context, value)
  const bytes = f.keep('i32')
  const pointer = f.local('i32')
  f.get(bytes)
  f.get(state.load(1).locals[0]!)
  f.op('i32.le_u')
  f.if(
    () => {
      f.get(state.load(0).locals[0]!)
      f.tee(pointer)
      f.get(from!)
      f.get(bytes)
      f.memoryCopy()
    },
    () => {
      pushCapacity(context, state, bytes)
      const capacity = f.keep('i32')
      const copy = state.copyBytes(from!, bytes, capacity)
      f.get(copy)
      f.set(pointer)
      state.store(1, validValue(types.uint32, capacity))
    },
  )
  const held = { ...value, locals: [pointer, count!] }
  state.store(0, value.valid === null ? markedValid(f, held) : held)
}

/** Pushes how many bytes `replaceHeld` may take. */
export function pushRoom(context: CodeContext, state: AggregateState, value: Value): void {
  const { f } = context
  if (!pointsAway(value.type)) {
    f.i32(0)
    return
  }
  pushBytes(context, value)
  const bytes = f.keep('i32')
  pushCapacity(context, state, bytes)
  f.i32(0)
  f.get(bytes)
  f.get(state.load(1).locals[0]!)
  f.op('i32.gt_u')
  f.op('select')
}

/** Pushes the room that a copy of so many bytes gets: the first one has none to spare. */
function pushCapacity({ f }: CodeContext, state: AggregateState, bytes: Local): void {
  f.get(bytes)
  pushSpare(f, bytes)
  f.i32(0)
  f.get(state.load(1).locals[0]!)
  f.op('select')
  f.op('i32.add')
}

/** Whether values of this type need room at all. */
export function pointsAway(type: DataType): boolean {
  const physical = physicalType(type)
  return physical === 'bytes' || physical === 'list'
}

/** Pushes the bytes that a string or list points to; 0 for a NULL. */
function pushBytes({ f }: CodeContext, value: Value): void {
  f.get(value.locals[1]!)
  if (value.physical === 'list') {
    f.i32(itemWidth(value.type) + 1)
    f.op('i32.mul')
  }
  if (value.valid !== null) {
    f.i32(0)
    f.get(value.valid)
    f.op('select')
  }
}
