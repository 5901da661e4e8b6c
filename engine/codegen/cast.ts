import {
  isFloat,
  isInteger,
  isNested,
  isUnion,
  sameType,
  typeName,
  types,
  type DataType,
} from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { Local } from './assembler.ts'
import { castBits } from './cast-bits.ts'
import { castFromBool, castNumber, castToBool } from './cast-number.ts'
import { castDecimal } from './cast-decimal.ts'
import { castToOpenDecimal } from './cast-open-decimal.ts'
import { fromJson, textAsJson, toJson, toNormalJson } from './cast-json.ts'
import { castNested, castToArray } from './cast-nested.ts'
import { enumToText } from './cast-enum.ts'
import { formatValue, parseText } from './cast-text.ts'
import { parseNested } from './cast-nested-text.ts'
import { castTemporal } from './cast-temporal.ts'
import { castUnion } from './cast-union.ts'
import { castTimeUnits } from './cast-time-units.ts'
import type { CodeContext } from './code-context.ts'
import { copyValue, declareValue, type Value } from './value.ts'

export interface CastOptions {
  /** NULL instead of an error where the value does not convert. */
  readonly try: boolean
  readonly span?: SourceSpan | undefined
}

/** A converted value, and an i32 that is 0 where it did not convert; null when it always does. */
export interface Converted {
  readonly value: Value
  readonly ok: Local | null
}

/**
 * Emits a cast as DuckDB has it: whole numbers out of range are an error, floats round half to even and decimals half
 * away from zero, text is parsed strictly but for white space around it.
 */
export function emitCast(context: CodeContext, value: Value, to: DataType, options: CastOptions): Value {
  if (sameType(value.type, to)) return value
  const { f } = context
  if (value.type.kind === 'null') {
    const result = declareValue(f, to, true)
    f.i32(0)
    f.set(result.valid!)
    return result
  }
  if (isRelabelled(value.type, to)) return { ...value, type: to }
  if (to.kind === 'decimal' && to.isOpen === true)
    return castToOpenDecimal(context, value, to, options, emitCast)
  if (to.kind === 'list' && to.size !== undefined) return castToArray(context, value, to, options, emitCast)
  if (value.valid === null) return convertOrFail(context, value, to, options)
  const result = declareValue(f, to, true)
  f.i32(0)
  f.set(result.valid!)
  f.get(value.valid)
  f.if(() => copyValue(f, convertOrFail(context, { ...value, valid: null }, to, options), result))
  return result
}

/** Casts parts of a value, where a cast of the whole is emitted. */
export type EmitCast = typeof emitCast

/** The same bits mean the same in both types. */
function isRelabelled(from: DataType, to: DataType): boolean {
  const kinds = `${from.kind} ${to.kind}`
  if (kinds === 'timestamp timestamp' || kinds === 'duration int64' || kinds === 'int64 duration') return true
  if (kinds === 'timestamp int64' || kinds === 'int64 timestamp') return true
  if (kinds === 'uuid utf8' || kinds === 'enum uint32') return true
  if (from.kind === 'list' && to.kind === 'list' && to.size === undefined) return sameType(from.item, to.item)
  if (kinds === 'date int32' || kinds === 'int32 date' || kinds === 'time int64') return true
  if (kinds === 'int64 time') return true
  return false
}

function convertOrFail(context: CodeContext, value: Value, to: DataType, options: CastOptions): Value {
  const { f } = context
  const { value: result, ok } = convert(context, value, to, options)
  if (ok === null) return result
  if (options.try) return { ...result, valid: ok }
  f.get(ok)
  f.op('i32.eqz')
  f.if(() => raiseCast(context, value, to, options.span))
  return result
}

function convert(context: CodeContext, value: Value, to: DataType, options: CastOptions): Converted {
  const from = value.type
  if (from.kind === 'utf8' && to.kind === 'json') {
    if (to.binary === true) {
      const normal = toNormalJson(context, value, true)
      return { value: { ...normal, valid: null }, ok: normal.valid }
    }
    const { value: json, ok } = textAsJson(context, value)
    return { value: json, ok: ok.locals[0]! }
  }
  if (to.kind !== 'json' && isUnion(from))
    return { value: castUnion(context, value, to, options, emitCast), ok: null }
  if (isUnion(to))
    throw new LakebookError('type', `${typeName(from)} is no member of ${typeName(to)}`, {
      span: options.span,
    })
  const units = castTimeUnits(context, value, to, options, emitCast)
  if (units !== null) return units
  if (from.kind === 'utf8' && isNested(to)) return parseNested(context, value, to, options, emitCast)
  if (from.kind === 'utf8') return parseText(context, value, to, options)
  if (to.kind === 'json') {
    const json = toJson(context, value, emitCast)
    return { value: to.binary === true ? toNormalJson(context, json) : json, ok: null }
  }
  if (from.kind === 'enum' && to.kind !== 'utf8') {
    return convert(context, enumToText(context, value), to, options)
  }
  if (from.kind === 'json' && to.kind !== 'utf8') {
    return { value: fromJson(context, value, to, options, emitCast), ok: null }
  }
  const nested = castNested(context, value, to, options, emitCast)
  if (nested !== null) return { value: nested, ok: null }
  const bits = castBits(context, value, to)
  if (bits !== null) return bits
  if (to.kind === 'utf8') return { value: formatValue(context, value, options, emitCast), ok: null }
  if (from.kind === 'bool' && isNumber(to)) return castFromBool(context, value, to)
  if (to.kind === 'bool' && isNumber(from)) return castToBool(context, value)
  if (from.kind === 'decimal' || to.kind === 'decimal') {
    if (isNumber(from) && isNumber(to)) return castDecimal(context, value, to)
  } else if (isNumber(from) && isNumber(to)) {
    return castNumber(context, value, to)
  }
  const temporal = castTemporal(context, value, to)
  if (temporal !== null) return temporal
  throw new LakebookError('type', `${typeName(from)} cannot be cast to ${typeName(to)}`, {
    span: options.span,
  })
}

function isNumber(type: DataType): boolean {
  return isInteger(type) || isFloat(type) || type.kind === 'decimal'
}

/** Names of types as DuckDB's messages have them. */
const MESSAGE_NAMES: Readonly<Record<string, string>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  bool: 'BOOL',
}

function messageName(type: DataType): string {
  return sameType(type, types.hugeint) ? 'INT128' : (MESSAGE_NAMES[type.kind] ?? typeName(type))
}

function raiseCast(context: CodeContext, value: Value, to: DataType, span: SourceSpan | undefined): void {
  const text = value.type.kind === 'utf8' ? value : emitCast(context, value, types.utf8, { try: true })
  const message =
    value.type.kind === 'utf8'
      ? `Could not convert string '{}' to ${messageName(to)}`
      : `Type ${messageName(value.type)} with value {} can't be cast because the value is out of range for the destination type ${messageName(to)}`
  const hint =
    value.type.kind === 'utf8'
      ? 'TRY_CAST gives NULL for text that does not convert.'
      : 'TRY_CAST gives NULL for values that do not fit.'
  context.raise('cast', message, span, hint, { pointer: text.locals[0]!, length: text.locals[1]! })
}
