import { itemPhysical, itemTypeOf as itemsOf, physicalWidth, type DataType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { Label, Local } from './assembler.ts'
import type { CodeContext } from './code-context.ts'
import type { KernelContext } from './compare.ts'
import {
  itemAddress,
  packedValue,
  pushValidityAddress,
  unpackList,
  type ScratchContext,
} from './nested-value.ts'
import { declareValue, loadValue, pushValid, storeValue, type Value } from './value.ts'

export function itemTypeOf(type: DataType): DataType {
  const item = itemsOf(type)
  if (item === null) throw internalError(`${type.kind} is not a list`)
  return item
}

/** Bytes of one item of such a list. */
export function itemWidth(list: DataType): number {
  return physicalWidth(itemPhysical(itemTypeOf(list)))
}

/** Loads the item at `index` (an i32 below the list's count) and its `valid`, which it must have. */
export function loadItem(context: ScratchContext, list: Value, index: Local, item: Value): void {
  const { f } = context
  pushValidityAddress(f, list, index, item.type)
  f.memory('i32.load8_u')
  f.set(item.valid!)
  const address = itemAddress(f, list, index, item.type)
  if (item.physical !== 'list') {
    loadValue(f, item, address, 0)
    return
  }
  f.get(item.valid!)
  f.if(() => {
    f.get(address)
    f.memory('i32.load')
    unpackList(context, f.keep('i32'), item)
  })
}

/** Stores an item, and zeros where it is NULL: what lies there must be readable. */
export function storeItem(context: ScratchContext, list: Value, index: Local, item: Value): void {
  const { f } = context
  const address = itemAddress(f, list, index, item.type)
  if (item.valid === null) {
    storeValue(f, packedValue(context, item), address, 0)
  } else {
    f.get(item.valid)
    f.if(
      () => storeValue(f, packedValue(context, item), address, 0),
      () => {
        f.get(address)
        f.i32(0)
        f.i32(physicalWidth(itemPhysical(item.type)))
        f.memoryFill()
      },
    )
  }
  pushValidityAddress(f, list, index, item.type)
  pushValid(f, item)
  f.memory('i32.store8')
}

/** Runs `body` for every item, in order; a branch to `done` ends the loop. */
export function forEachItem(
  context: ScratchContext,
  list: Value,
  body: (item: Value, index: Local, done: Label) => void,
): void {
  const item = declareValue(context.f, itemTypeOf(list.type), true)
  forEachIndex(context, list.locals[1]!, (index, done) => {
    loadItem(context, list, index, item)
    body(item, index, done)
  })
}

/** Runs `body` for 0 up to but without `count`; a branch to `done` ends the loop. */
export function forEachIndex(
  { f }: KernelContext,
  count: Local,
  body: (index: Local, done: Label) => void,
): void {
  const index = f.local('i32')
  f.i32(0)
  f.set(index)
  f.block((done) => {
    f.loop((again) => {
      f.get(index)
      f.get(count)
      f.op('i32.ge_u')
      f.brIf(done)
      body(index, done)
      f.get(index)
      f.i32(1)
      f.op('i32.add')
      f.set(index)
      f.br(again)
    })
  })
}

/** A list in scratch space whose items are yet to be stored. */
export function allocateList(context: CodeContext, type: DataType, count: Local): Value {
  const { f } = context
  const list = declareValue(f, type, false)
  f.get(count)
  f.set(list.locals[1]!)
  f.get(context.thread)
  f.get(count)
  f.i32(itemWidth(type) + 1)
  f.op('i32.mul')
  f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
  f.set(list.locals[0]!)
  return list
}
