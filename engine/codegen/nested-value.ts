import {
  itemPhysical,
  itemTypeOf,
  physicalWidth,
  types,
  type DataType,
  type StructType,
} from '../arrow/types.ts'
import { structPlaces } from '../arrow/struct-places.ts'
import { internalError } from '../errors.ts'
import type { FunctionBuilder, Local } from './assembler.ts'
import type { CodeContext } from './code-context.ts'
import type { KernelContext } from './compare.ts'
import { declareValue, loadValue, storeValue, type Value } from './value.ts'

export function structFields(type: DataType): StructType['fields'] {
  if (type.kind !== 'struct') throw internalError(`${type.kind} is not a struct`)
  return type.fields
}

/** Where code may take scratch space. */
export type ScratchContext = Pick<CodeContext, 'f' | 'kernel' | 'thread'>

/**
 * A list read where it is packed: its locals say where the items are and how many, and `base` what the items' pointers
 * count from. Without a base they are addresses.
 */
export type ListView = Value & { readonly base?: Local }

/** The field of a struct; NULL when the field or the struct is. Texts stay where they are. */
export function loadField(context: ScratchContext, struct: Value, index: number): Value {
  return field(context, struct, index, (pointer, list) => unpackList(context, pointer, list))
}

/** As `loadField`, but that lists stay where they are, so that nothing is allocated. */
export function viewField(context: KernelContext, struct: Value, index: number): ListView {
  const base = context.f.local('i32')
  const value = field(context, struct, index, (pointer, list) => viewPacked(context, pointer, list, base))
  return value.physical === 'list' ? { ...value, base } : value
}

type TakeList = (pointer: Local, list: Value) => void

function field(context: KernelContext, struct: Value, index: number, takeList: TakeList): Value {
  const { f } = context
  const layout = structPlaces(struct.type)
  const value = declareValue(f, structFields(struct.type)[index]!.type, true)
  const base = struct.locals[0]!
  const guarded = (): void => {
    f.get(base)
    f.memory('i32.load8_u', layout.valid + index)
    f.tee(value.valid!)
    f.if(() => loadStored(context, value, base, layout.offsets[index]!, base, takeList))
  }
  if (struct.valid === null) {
    guarded()
    return value
  }
  f.i32(0)
  f.set(value.valid!)
  f.get(struct.valid)
  f.if(guarded)
  return value
}

/** Where the item at `index` of a list lies. */
export function itemAddress(f: FunctionBuilder, list: Value, index: Local, item: DataType): Local {
  f.get(list.locals[0]!)
  f.get(index)
  f.i32(physicalWidth(itemPhysical(item)))
  f.op('i32.mul')
  f.op('i32.add')
  return f.keep('i32')
}

/** Pushes the address of an item's validity: a byte for each, behind all items. */
export function pushValidityAddress(f: FunctionBuilder, list: Value, index: Local, item: DataType): void {
  const [pointer, count] = list.locals as [Local, Local]
  f.get(pointer)
  f.get(count)
  f.i32(physicalWidth(itemPhysical(item)))
  f.op('i32.mul')
  f.op('i32.add')
  f.get(index)
  f.op('i32.add')
}

/** Item `index` of a list, which stays where it is: nothing is allocated. */
export function viewItem(context: KernelContext, list: ListView, index: Local): ListView {
  const { f } = context
  const type = itemTypeOf(list.type)
  if (type === null) throw internalError(`${list.type.kind} is not a list`)
  const value = declareValue(f, type, true)
  pushValidityAddress(f, list, index, type)
  f.memory('i32.load8_u')
  f.set(value.valid!)
  const address = itemAddress(f, list, index, type)
  const base = f.local('i32')
  f.get(value.valid!)
  f.if(() =>
    loadStored(context, value, address, 0, list.base ?? null, (packed, inner) =>
      viewPacked(context, packed, inner, base),
    ),
  )
  return value.physical === 'list' ? { ...value, base } : value
}

/** Loads what lies at `address + offset` of a list or a struct, whose pointers count from `base`. */
function loadStored(
  context: KernelContext,
  value: Value,
  address: Local,
  offset: number,
  base: Local | null,
  takeList: TakeList,
): void {
  const { f } = context
  if (itemPhysical(value.type) !== 'bytes') {
    loadValue(f, value, address, offset)
    return
  }
  f.get(address)
  f.memory('i32.load', offset)
  if (base !== null) {
    f.get(base)
    f.op('i32.add')
  }
  const pointer = f.keep('i32')
  if (value.physical === 'list') {
    takeList(pointer, value)
    return
  }
  f.get(pointer)
  f.set(value.locals[0]!)
  f.get(address)
  f.memory('i32.load', offset + 4)
  f.set(value.locals[1]!)
}

function viewPacked({ f }: KernelContext, packed: Local, list: Value, base: Local): void {
  f.get(packed)
  f.tee(base)
  f.i32(4)
  f.op('i32.add')
  f.set(list.locals[0]!)
  f.get(packed)
  f.memory('i32.load')
  f.set(list.locals[1]!)
}

/** A struct in scratch space. A field that is NULL is all zeros. */
export function packStruct(context: ScratchContext, type: DataType, values: readonly Value[]): Value {
  const { f } = context
  const { offsets, valid, fixedBytes } = structPlaces(type)
  const fields = values.map((value) => zeroedPacked(context, value))
  f.get(context.thread)
  f.i64(BigInt(fixedBytes))
  for (const { physical, locals } of fields) {
    if (physical !== 'bytes') continue
    f.get(locals[1]!)
    f.op('i64.extend_i32_u')
    f.op('i64.add')
  }
  f.call(context.kernel('scratch_allocate_wide', { params: ['i32', 'i64'], results: ['i32'] }))
  const struct = declareValue(f, type, false)
  const [base, length] = struct.locals as [Local, Local]
  f.set(base)
  f.i32(fixedBytes)
  f.set(length)
  fields.forEach((field, index) => {
    const stored = field.physical === 'bytes' ? copyBehind(context, field, base, length) : field
    storeValue(f, stored, base, offsets[index]!)
    f.get(base)
    if (field.valid === null) f.i32(1)
    else f.get(field.valid)
    f.memory('i32.store8', valid + index)
  })
  return struct
}

/** Copies bytes to the end of the struct. Their pointer becomes relative. */
function copyBehind({ f }: ScratchContext, bytes: Value, base: Local, length: Local): Value {
  f.get(base)
  f.get(length)
  f.op('i32.add')
  f.get(bytes.locals[0]!)
  f.get(bytes.locals[1]!)
  f.memoryCopy()
  f.get(length)
  const at = f.keep('i32')
  f.get(length)
  f.get(bytes.locals[1]!)
  f.op('i32.add')
  f.set(length)
  return { ...bytes, locals: [at, bytes.locals[1]!] }
}

/** As it lies inside a list or a struct, with zeros under a NULL. */
export function zeroedPacked(context: ScratchContext, value: Value): Value {
  if (value.valid === null) return packedValue(context, value)
  const { f } = context
  const stored = value.physical === 'list' ? types.binary : value.type
  const result = declareValue(f, stored, true)
  f.get(value.valid)
  f.tee(result.valid!)
  f.if(
    () => {
      packedValue(context, { ...value, valid: null }).locals.forEach((local, part) => {
        f.get(local)
        f.set(result.locals[part]!)
      })
    },
    () => {
      for (const local of result.locals) {
        if (local.type === 'i32') f.i32(0)
        else if (local.type === 'i64') f.i64(0n)
        else f[local.type](0)
        f.set(local)
      }
    },
  )
  return result
}

/** A list as the bytes that it is inside a list or a struct, made in scratch space; any other value as it is. */
export function packedValue(context: ScratchContext, value: Value): Value {
  if (value.physical !== 'list') return value
  const { f } = context
  const packed = declareValue(f, types.binary, false)
  const [width, areTexts] = itemLayout(value.type)
  f.get(context.thread)
  f.get(value.locals[0]!)
  f.get(value.locals[1]!)
  f.i32(width)
  f.i32(areTexts)
  f.call(context.kernel('list_pack', { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['i64'] }))
  takePacked(context, packed)
  return packed
}

/** Sets `list` to what the bytes at `pointer` hold; items of fixed width stay where they are. */
export function unpackList(context: ScratchContext, pointer: Local, list: Value): void {
  const { f } = context
  const [, areTexts] = itemLayout(list.type)
  f.get(context.thread)
  f.get(pointer)
  f.i32(areTexts)
  f.call(context.kernel('list_unpack', { params: ['i32', 'i32', 'i32'], results: ['i64'] }))
  takePacked(context, list)
}

function itemLayout(list: DataType): readonly [width: number, areTexts: 0 | 1] {
  const item = itemTypeOf(list)
  if (item === null) throw internalError(`${list.kind} is not a list`)
  const physical = itemPhysical(item)
  return [physicalWidth(physical), physical === 'bytes' ? 1 : 0]
}

function takePacked({ f }: ScratchContext, value: Value): void {
  const both = f.local('i64')
  f.tee(both)
  f.op('i32.wrap_i64')
  f.set(value.locals[0]!)
  f.get(both)
  f.i64(32n)
  f.op('i64.shr_u')
  f.op('i32.wrap_i64')
  f.set(value.locals[1]!)
}
