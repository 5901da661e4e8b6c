import { types, type DataType } from '../arrow/types.ts'
import type { CastOptions, Converted, EmitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { declareValue, type Value } from './value.ts'

const UNIT_MICROS: Partial<Record<DataType['kind'], number>> = { timestamp_s: 1_000_000, timestamp_ms: 1000 }

/** Whether the type is a timestamp of another precision than microseconds. */
function isUnit({ kind }: DataType): boolean {
  return kind === 'timestamp_s' || kind === 'timestamp_ms' || kind === 'timestamp_ns'
}

/**
 * From and to timestamps in other units, through microseconds, and from and to times with an offset; null for any other
 * cast.
 */
export function castTimeUnits(
  context: CodeContext,
  value: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Converted | null {
  const from = value.type
  if (isUnit(from)) {
    if (from.kind === 'timestamp_ns' && to.kind === 'utf8') return null
    const micros = toMicros(context, value)
    return then(context, micros, emitCast(context, micros.value, to, options))
  }
  if (isUnit(to)) {
    if (from.kind === 'utf8') {
      if (to.kind === 'timestamp_ns') return checked(context, 'parse_timestamp_ns', value, to)
      const micros = checked(context, 'parse_timestamp', value, types.timestamp, [0])
      return { value: ofMicros(context, micros.value, to).value, ok: micros.ok }
    }
    return ofMicros(context, emitCast(context, value, types.timestamp, options), to)
  }
  switch (`${from.kind} ${to.kind}`) {
    case 'utf8 timetz':
      return checked(context, 'parse_timetz', value, to)
    case 'utf8 uuid':
      return checked(context, 'parse_uuid', value, to)
    case 'time timetz':
      return plain(context, 'time_to_timetz', value, to)
    case 'timetz time':
      return plain(context, 'timetz_local', value, to)
    case 'timestamp timetz':
      return checked(context, 'instant_to_timetz', value, to)
    default:
      return null
  }
}

function plain(context: CodeContext, kernel: string, value: Value, type: DataType): Converted {
  return { value: emitKernelCall(context, { kernel, args: [value], type }), ok: null }
}

/** A kernel that says NULL where the value does not convert. */
function checked(
  context: CodeContext,
  kernel: string,
  value: Value,
  type: DataType,
  constants: readonly number[] = [],
): Converted {
  const converted = emitKernelCall(context, { kernel, args: [value], constants, type, nullable: true })
  return { value: { ...converted, valid: null }, ok: converted.valid }
}

function toMicros(context: CodeContext, value: Value): Converted {
  if (value.type.kind === 'timestamp_ns') return plain(context, 'nanos_to_micros', value, types.timestamp)
  return { value: { ...value, type: types.timestamp }, ok: null }
}

function ofMicros(context: CodeContext, value: Value, to: DataType): Converted {
  const unit = UNIT_MICROS[to.kind]
  if (unit === undefined) {
    const nanos = checked(context, 'micros_to_nanos', { ...value, valid: null }, to)
    return then(context, { value, ok: nanos.ok }, { ...nanos.value, valid: value.valid })
  }
  const made = emitKernelCall(context, {
    kernel: 'micros_rounded',
    args: [{ ...value, valid: null }],
    constants: [unit],
    type: to,
  })
  return { value: made, ok: value.valid }
}

/** The second conversion of two: it converts where both do. */
function then(context: CodeContext, first: Converted, value: Value): Converted {
  const { f } = context
  if (first.ok === null || value.valid === null) {
    return { value: { ...value, valid: null }, ok: first.ok ?? value.valid }
  }
  f.get(first.ok)
  f.get(value.valid)
  f.op('i32.and')
  const ok = f.keep('i32')
  const copy = declareValue(f, value.type, false)
  value.locals.forEach((local, part) => {
    f.get(local)
    f.set(copy.locals[part]!)
  })
  return { value: copy, ok }
}
