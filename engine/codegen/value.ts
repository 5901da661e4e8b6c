import { physicalType, type DataType, type PhysicalType } from '../arrow/types.ts'
import type { FunctionBuilder, Local, WasmType } from './assembler.ts'

/**
 * A value of the current row, held in Wasm locals as `physicalType` says. `valid` is an i32 that is 1 when the value is
 * not NULL; null instead of a local means that the value is never NULL. Under a NULL the other locals are unspecified.
 */
export interface Value {
  readonly type: DataType
  readonly physical: PhysicalType
  readonly locals: readonly Local[]
  readonly valid: Local | null
}

const WASM_TYPES = {
  bool: ['i32'],
  i8: ['i32'],
  i16: ['i32'],
  i32: ['i32'],
  i64: ['i64'],
  u8: ['i32'],
  u16: ['i32'],
  u32: ['i32'],
  u64: ['i64'],
  f32: ['f32'],
  f64: ['f64'],
  i128: ['i64', 'i64'],
  bytes: ['i32', 'i32'],
  interval: ['i32', 'i32', 'i64'],
  list: ['i32', 'i32'],
} as const satisfies Record<PhysicalType, readonly WasmType[]>

export function wasmTypes(physical: PhysicalType): readonly WasmType[] {
  return WASM_TYPES[physical]
}

/** A value in fresh locals, not yet set. */
export function declareValue(f: FunctionBuilder, type: DataType, nullable: boolean): Value {
  const physical = physicalType(type)
  return {
    type,
    physical,
    locals: wasmTypes(physical).map((wasm) => f.local(wasm)),
    valid: nullable ? f.local('i32') : null,
  }
}

/** Loads a value from `address + offset`, in the layout of rows and staging vectors. Sets its locals, not `valid`. */
export function loadValue(f: FunctionBuilder, value: Value, address: Local, offset: number): void {
  value.locals.forEach((local, part) => {
    pushPart(f, value.physical, part, address, offset)
    f.set(local)
  })
}

/** Stores a value's locals at `address + offset`, in the layout of rows and staging vectors. */
export function storeValue(f: FunctionBuilder, value: Value, address: Local, offset: number): void {
  value.locals.forEach((local, part) => {
    storePart(f, value.physical, part, address, offset, local)
  })
}

/** Pushes one of the locals that `loadValue` would set. */
export function pushPart(
  f: FunctionBuilder,
  physical: PhysicalType,
  part: number,
  address: Local,
  offset: number,
): void {
  const [load, , at] = accessOf(physical, part)
  f.get(address)
  f.memory(load, offset + at)
}

/** Stores one local as `storeValue` would. */
export function storePart(
  f: FunctionBuilder,
  physical: PhysicalType,
  part: number,
  address: Local,
  offset: number,
  local: Local,
): void {
  const [, store, at] = accessOf(physical, part)
  f.get(address)
  f.get(local)
  f.memory(store, offset + at)
}

/** Copies into another value's locals (and its `valid`, which must exist where the source can be NULL). */
export function copyValue(f: FunctionBuilder, from: Value, to: Value): void {
  from.locals.forEach((local, part) => {
    f.get(local)
    f.set(to.locals[part]!)
  })
  if (to.valid !== null) {
    pushValid(f, from)
    f.set(to.valid)
  }
}

/** Pushes 1 when the value is not NULL, else 0. */
export function pushValid(f: FunctionBuilder, value: Value): void {
  if (value.valid === null) f.i32(1)
  else f.get(value.valid)
}

type Access = readonly [
  load: Parameters<FunctionBuilder['memory']>[0],
  store: Parameters<FunctionBuilder['memory']>[0],
  at: number,
]

const ACCESS = {
  bool: [['i32.load8_u', 'i32.store8', 0]],
  i8: [['i32.load8_s', 'i32.store8', 0]],
  i16: [['i32.load16_s', 'i32.store16', 0]],
  i32: [['i32.load', 'i32.store', 0]],
  i64: [['i64.load', 'i64.store', 0]],
  u8: [['i32.load8_u', 'i32.store8', 0]],
  u16: [['i32.load16_u', 'i32.store16', 0]],
  u32: [['i32.load', 'i32.store', 0]],
  u64: [['i64.load', 'i64.store', 0]],
  f32: [['f32.load', 'f32.store', 0]],
  f64: [['f64.load', 'f64.store', 0]],
  i128: [
    ['i64.load', 'i64.store', 0],
    ['i64.load', 'i64.store', 8],
  ],
  bytes: [
    ['i32.load', 'i32.store', 0],
    ['i32.load', 'i32.store', 4],
  ],
  interval: [
    ['i32.load', 'i32.store', 0],
    ['i32.load', 'i32.store', 4],
    ['i64.load', 'i64.store', 8],
  ],
  list: [
    ['i32.load', 'i32.store', 0],
    ['i32.load', 'i32.store', 4],
  ],
} as const satisfies Record<PhysicalType, readonly Access[]>

function accessOf(physical: PhysicalType, part: number): Access {
  const access: readonly Access[] = ACCESS[physical]
  return access[part]!
}
