import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { CastOptions, Converted, EmitCast } from './cast.ts'
import { enumToText, textToEnum } from './cast-enum.ts'
import { formatNested } from './cast-nested.ts'
import { pushWide, castNumber } from './cast-number.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { declareValue, type Value } from './value.ts'

/** The value as DuckDB prints it. */
export function formatValue(
  context: CodeContext,
  value: Value,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const format = (kernel: string, args: readonly Value[], constants: readonly number[] = []): Value =>
    emitKernelCall(context, { kernel, args, constants, type: types.utf8 })
  switch (value.type.kind) {
    case 'utf8':
      return value
    case 'json':
    case 'uuid':
      return { ...value, type: types.utf8 }
    case 'enum':
      return enumToText(context, value)
    case 'list':
    case 'map':
    case 'struct':
      return formatNested(context, value, options, emitCast)
    case 'bool':
      return format('format_bool', [value])
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return format('format_i64', [wideInteger(context, value)])
    case 'uint64':
      return format('format_u64', [value])
    case 'float32':
      return format('format_f32', [value])
    case 'float64':
      return format('format_f64', [value])
    case 'decimal':
      if (value.physical === 'i64') return format('format_decimal_i64', [value], [value.type.scale])
      return format('format_decimal', [value], [value.type.scale])
    case 'date':
      return format('format_date', [value])
    case 'time':
      return format('format_time', [value])
    case 'timestamp':
      return format('format_timestamp', [value], [value.type.zone === null ? 0 : 1])
    case 'timestamp_ns':
      return format('format_timestamp_ns', [value])
    case 'timetz':
      return format('format_timetz', [value])
    case 'duration':
      return format('format_duration', [value])
    case 'interval':
      return format('format_interval', [value])
    case 'binary':
      return format('format_blob', [value])
    case 'bit':
      return format('format_bit', [value])
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'null':
      throw new LakebookError('type', `${typeName(value.type)} cannot be cast to VARCHAR`, {
        span: options.span,
      })
  }
}

function wideInteger(context: CodeContext, value: Value): Value {
  const { f } = context
  const wide = declareValue(f, types.int64, false)
  pushWide(context, value)
  f.set(wide.locals[0]!)
  return wide
}

/** What a text says; `ok` is 0 where it is not a value of the type. White space around it is skipped. */
export function parseText(context: CodeContext, value: Value, to: DataType, options: CastOptions): Converted {
  const parse = (kernel: string, type: DataType, constants: readonly number[] = []): Converted => {
    const parsed = emitKernelCall(context, { kernel, args: [value], constants, type, nullable: true })
    return { value: { ...parsed, valid: null }, ok: parsed.valid }
  }
  switch (to.kind) {
    case 'bool':
      return parse('parse_bool', to)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return both(context, parse('parse_i64', types.int64), (wide) => castNumber(context, wide, to))
    case 'int64':
      return parse('parse_i64', to)
    case 'uint64':
      return parse('parse_u64', to)
    case 'float64':
      return parse('parse_f64', to)
    case 'float32':
      return both(context, parse('parse_f64', types.float64), (wide) => castNumber(context, wide, to))
    case 'decimal': {
      const { value: wide, ok } = parse('parse_decimal', types.hugeint, [to.precision, to.scale])
      const result = declareValue(context.f, to, false)
      result.locals.forEach((local, i) => {
        context.f.get(wide.locals[i]!)
        context.f.set(local)
      })
      return { value: result, ok }
    }
    case 'date':
      return parse('parse_date', to)
    case 'time':
      return parse('parse_time_part', to)
    case 'timestamp':
      return parse('parse_timestamp', to, [to.zone === null ? 0 : 1])
    case 'interval':
      return parse('parse_interval', to)
    case 'binary':
      return parse('parse_blob', to)
    case 'bit':
      return parse('parse_bit', to)
    case 'enum':
      return textToEnum(context, value, to)
    case 'null':
    case 'duration':
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_ns':
    case 'timetz':
    case 'uuid':
    case 'utf8':
    case 'json':
    case 'list':
    case 'map':
    case 'struct':
      throw new LakebookError('type', `VARCHAR cannot be cast to ${typeName(to)}`, { span: options.span })
  }
}

function both(context: CodeContext, first: Converted, next: (value: Value) => Converted): Converted {
  const { f } = context
  const second = next(first.value)
  if (first.ok === null || second.ok === null) return { value: second.value, ok: second.ok ?? first.ok }
  f.get(first.ok)
  f.get(second.ok)
  f.op('i32.and')
  return { value: second.value, ok: f.keep('i32') }
}
