import { types, type DataType } from '../../arrow/types.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { emitChecked } from './checked-arithmetic.ts'

const { duration, timestamp, int64, utf8 } = types

const UNIT_MICROS = {
  weeks: 604_800_000_000n,
  days: 86_400_000_000n,
  hours: 3_600_000_000n,
  minutes: 60_000_000n,
  seconds: 1_000_000n,
  milliseconds: 1000n,
  microseconds: 1n,
} as const

type DurationUnit = keyof typeof UNIT_MICROS
const UNITS = Object.keys(UNIT_MICROS) as DurationUnit[]

function constantInt64(context: CodeContext, value: bigint): Value {
  const result = declareValue(context.f, int64, false)
  context.f.i64(value)
  context.f.set(result.locals[0]!)
  return result
}

function maker(unit: DurationUnit): EagerFunction {
  return {
    name: `duration_${unit}`,
    category: 'date and time',
    summary: `A duration of so many ${unit}.`,
    example: `duration_${unit}(90)`,
    nulls: 'strict',
    guarded: true,
    resolve: (args) => (args.length === 1 ? { argTypes: [int64], type: duration } : null),
    lower(context, args, call) {
      if (unit === 'microseconds') return { ...args[0]!, type: duration }
      return emitChecked(
        context,
        'mul',
        args[0]!,
        constantInt64(context, UNIT_MICROS[unit]),
        duration,
        call.span,
      )
    },
  }
}

function total(unit: DurationUnit): EagerFunction {
  return {
    name: `dt_total_${unit}`,
    category: 'date and time',
    summary: `Whole ${unit} in a duration, towards zero.`,
    example: `dt_total_${unit}(duration_minutes(90))`,
    nulls: 'strict',
    resolve: (args) =>
      args.length === 1 && (args[0]!.kind === 'duration' || args[0]!.kind === 'null')
        ? { argTypes: [duration], type: int64 }
        : null,
    lower(context, args) {
      const { f } = context
      const result = declareValue(f, int64, false)
      f.get(args[0]!.locals[0]!)
      f.i64(UNIT_MICROS[unit])
      f.op('i64.div_s')
      f.set(result.locals[0]!)
      return result
    },
  }
}

const durationBetween: EagerFunction = {
  name: 'duration_between',
  category: 'date and time',
  summary: 'The duration from the second point in time to the first.',
  example: "duration_between(TIMESTAMP '2024-01-01 01:00:00', TIMESTAMP '2024-01-01 00:00:00')",
  nulls: 'strict',
  guarded: true,
  resolve(args) {
    if (args.length !== 2) return null
    const [a, b] = args
    const zone = [a, b].find((type) => type?.kind === 'timestamp' && type.zone !== null)
    if (![a, b].every((type) => type!.kind === 'timestamp' || type!.kind === 'date' || type!.kind === 'null'))
      return null
    const point = zone ?? timestamp
    return { argTypes: [point, point], type: duration }
  },
  lower: (context, args, call) => emitChecked(context, 'sub', args[0]!, args[1]!, duration, call.span),
}

interface Offset {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

const OFFSET_UNITS: Readonly<Record<string, Offset>> = {
  y: { months: 12, days: 0, micros: 0n },
  q: { months: 3, days: 0, micros: 0n },
  mo: { months: 1, days: 0, micros: 0n },
  w: { months: 0, days: 7, micros: 0n },
  d: { months: 0, days: 1, micros: 0n },
  h: { months: 0, days: 0, micros: UNIT_MICROS.hours },
  m: { months: 0, days: 0, micros: UNIT_MICROS.minutes },
  s: { months: 0, days: 0, micros: UNIT_MICROS.seconds },
  ms: { months: 0, days: 0, micros: 1000n },
  us: { months: 0, days: 0, micros: 1n },
}

/** `1h30m`, `-2mo`, `1w`: the spelling of durations in Polars. */
function parseOffset(call: CallExpression): Offset {
  const argument = call.args[1]!
  if (argument.kind !== 'literal' || typeof argument.value !== 'string') {
    throw unsupported(`${call.fn} by something that is not a literal`, call.span)
  }
  const text = argument.value.trim()
  const match = /^(-?)((?:\d+(?:mo|ms|us|[yqwdhms]))+)$/.exec(text)
  if (match === null) {
    throw new LakebookError('invalid_argument', `'${text}' is not a duration such as 1h30m or 2mo`, {
      span: argument.span ?? call.span,
      hint: 'Units are y, q, mo, w, d, h, m, s, ms and us.',
    })
  }
  const sign = match[1] === '-' ? -1 : 1
  let [months, days, micros] = [0, 0, 0n]
  for (const [, count, unit] of match[2]!.matchAll(/(\d+)(mo|ms|us|[yqwdhms])/g)) {
    const offset = OFFSET_UNITS[unit!]!
    months += sign * Number(count) * offset.months
    days += sign * Number(count) * offset.days
    micros += BigInt(sign) * BigInt(count!) * offset.micros
  }
  return { months, days, micros }
}

const truncate: EagerFunction = {
  name: 'dt_truncate',
  category: 'date and time',
  summary: 'Set back to a multiple of a duration such as 1h or 1mo; weeks begin on Monday.',
  example: "dt_truncate(TIMESTAMP '2024-02-29 12:34:56', '15m')",
  nulls: 'strict',
  guarded: true,
  resolve: resolveOffset,
  lower(context, args, call) {
    const { months, days, micros } = parseOffset(call)
    const [point] = args as [Value, Value]
    const span = BigInt(days) * UNIT_MICROS.days + micros
    if (months > 0 && span === 0n) {
      return emitKernelCall(context, {
        kernel: 'timestamp_truncate_months',
        args: [point],
        constants: [months],
        type: call.type,
      })
    }
    if (months !== 0 || span <= 0n) {
      throw new LakebookError(
        'invalid_argument',
        'dt_truncate takes a positive duration of months or of time, not both',
        {
          span: call.span,
        },
      )
    }
    // 1970-01-01 was a Thursday, so Mondays are 4 days off
    const origin = days > 0 && days % 7 === 0 && micros === 0n ? 4n * UNIT_MICROS.days : 0n
    const parts = [point, constantInt64(context, span), constantInt64(context, origin)]
    return emitKernelCall(context, { kernel: 'timestamp_truncate_micros', args: parts, type: call.type })
  },
}

const offsetBy: EagerFunction = {
  name: 'dt_offset_by',
  category: 'date and time',
  summary: 'Moved by a duration such as 1mo or -2d.',
  example: "dt_offset_by(TIMESTAMP '2024-01-31 00:00:00', '1mo')",
  nulls: 'strict',
  guarded: true,
  resolve: resolveOffset,
  lower(context, args, call) {
    const { f } = context
    const { months, days, micros } = parseOffset(call)
    const offset = declareValue(f, types.interval, false)
    f.i32(months)
    f.set(offset.locals[0]!)
    f.i32(days)
    f.set(offset.locals[1]!)
    f.i64(micros)
    f.set(offset.locals[2]!)
    return emitKernelCall(context, {
      kernel: 'timestamp_add_interval',
      args: [args[0]!, offset],
      constants: [1],
      type: call.type,
      failures: [{ code: 'overflow', message: 'Timestamp out of range' }],
      span: call.span,
    })
  },
}

function resolveOffset(args: readonly DataType[]): ReturnType<EagerFunction['resolve']> {
  const [point, offset] = args
  if (args.length !== 2 || offset?.kind !== 'utf8') return null
  if (point?.kind === 'timestamp') return { argTypes: [point, utf8], type: point }
  return point?.kind === 'date' || point?.kind === 'null'
    ? { argTypes: [timestamp, utf8], type: timestamp }
    : null
}

export const durationFunctions: readonly ScalarFunction[] = [
  ...UNITS.map(maker),
  ...UNITS.map(total),
  durationBetween,
  truncate,
  offsetBy,
]
