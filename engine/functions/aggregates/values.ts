import { physicalType, types, type DataType } from '../../arrow/types.ts'
import type { FunctionBuilder, Local } from '../../codegen/assembler.ts'
import { declareValue, type Value } from '../../codegen/value.ts'

/** A value that is never NULL, of locals that hold it already. */
export function validValue(type: DataType, ...locals: readonly Local[]): Value {
  return { type, physical: physicalType(type), locals, valid: null }
}

/** The value with validity taken from the stack (i32). */
export function withValidity(f: FunctionBuilder, value: Value): Value {
  return { ...value, valid: f.keep('i32') }
}

/** The value marked as not NULL, as a nullable field wants it. */
export function markedValid(f: FunctionBuilder, value: Value): Value {
  f.i32(1)
  return withValidity(f, value)
}

/** All locals zero; NULL if nullable. */
export function zeroValue(f: FunctionBuilder, type: DataType, nullable: boolean): Value {
  const value = declareValue(f, type, nullable)
  for (const local of value.valid === null ? value.locals : [...value.locals, value.valid]) {
    if (local.type === 'i32') f.i32(0)
    else if (local.type === 'i64') f.i64(0n)
    else if (local.type === 'f32') f.f32(0)
    else f.f64(0)
    f.set(local)
  }
  return value
}

/** The i64 on the stack as a BIGINT. */
export function keepInt64(f: FunctionBuilder): Value {
  return validValue(types.int64, f.keep('i64'))
}

/** The f64 on the stack as a DOUBLE. */
export function keepFloat64(f: FunctionBuilder): Value {
  return validValue(types.float64, f.keep('f64'))
}
