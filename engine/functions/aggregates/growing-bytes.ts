import { types, type DataType } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import type { AggregateState, StateField } from './aggregate-function.ts'
import { markedValid, validValue, zeroValue } from './values.ts'

/** A state of bytes that are only ever appended to (NULL at first), and the room that they have. */
export function growingFields(type: DataType): readonly StateField[] {
  return [
    { type, nullable: true },
    { type: types.uint32, nullable: false, spilled: false },
  ]
}

export function initGrowing({ f }: CodeContext, state: AggregateState, type: DataType): void {
  state.store(0, zeroValue(f, type, true))
  state.store(1, zeroValue(f, types.uint32, false))
}

/** Emits: room for `added` more bytes, which count as used. Returns where they begin. */
export function growBy({ f }: CodeContext, state: AggregateState, added: Local): Local {
  const current = state.load(0)
  const [pointer, length] = current.locals
  const newPointer = f.local('i32')
  const newLength = pushedSum(f, length!, added)
  const begin = f.local('i32')
  f.get(length!)
  f.set(begin)
  f.get(newLength)
  f.get(state.load(1).locals[0]!)
  f.op('i32.le_u')
  f.if(
    () => {
      f.get(pointer!)
      f.set(newPointer)
    },
    () => {
      pushCapacity(f, newLength)
      const capacity = f.keep('i32')
      f.get(state.copyBytes(pointer!, length!, capacity))
      f.set(newPointer)
      state.store(1, validValue(types.uint32, capacity))
    },
  )
  f.get(newPointer)
  f.get(begin)
  f.op('i32.add')
  f.set(begin)
  state.store(0, markedValid(f, { ...current, locals: [newPointer, newLength] }))
  return begin
}

/** Pushes how many bytes `growBy` may take. */
export function pushGrowthRoom({ f }: CodeContext, state: AggregateState, added: Local): void {
  const newLength = pushedSum(f, state.load(0).locals[1]!, added)
  pushCapacity(f, newLength)
  f.i32(0)
  f.get(newLength)
  f.get(state.load(1).locals[0]!)
  f.op('i32.gt_u')
  f.op('select')
}

/** Above it bytes are copied more often rather than have as much room again. */
const MUCH_BYTES = 1024 * 1024

/** Pushes the room that is taken for `length` bytes. */
function pushCapacity(f: FunctionBuilder, length: Local): void {
  f.get(length)
  pushSpare(f, length)
  f.op('i32.add')
}

/** Pushes how much more room than `length` bytes there is to be: as much again, a quarter of it where it is much. */
export function pushSpare(f: FunctionBuilder, length: Local): void {
  f.get(length)
  f.get(length)
  f.i32(2)
  f.op('i32.shr_u')
  f.get(length)
  f.i32(MUCH_BYTES)
  f.op('i32.lt_u')
  f.op('select')
}

/** Emits: append the bytes that another state of this kind holds. */
export function appendOther(context: CodeContext, state: AggregateState, other: Value): void {
  const { f } = context
  const [pointer, length] = other.locals
  f.get(growBy(context, state, length!))
  f.get(pointer!)
  f.get(length!)
  f.memoryCopy()
}

/** Pushes the room of `appendOther`, whose argument may be NULL. */
export function pushOtherRoom(context: CodeContext, state: AggregateState, other: Value): void {
  const { f } = context
  f.get(other.locals[1]!)
  f.i32(0)
  f.get(other.valid!)
  f.op('select')
  pushGrowthRoom(context, state, f.keep('i32'))
}

function pushedSum(f: FunctionBuilder, a: Local, b: Local): Local {
  f.get(a)
  f.get(b)
  f.op('i32.add')
  return f.keep('i32')
}
