import type { DataType } from '../arrow/types.ts'
import {
  MICROS_PER_DAY,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  formatTimestamp,
} from '../plan/temporal-text.ts'
import { integer, isInterval, text, type Implementation, type Value } from './reference-value.ts'

interface Parts {
  readonly days: number
  readonly timeOfDay: bigint
}

export function pointParts(value: Value, type: DataType): Parts {
  const micros = integer(value) * (type.kind === 'date' ? MICROS_PER_DAY : 1n)
  const timeOfDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  return { days: Number((micros - timeOfDay) / MICROS_PER_DAY), timeOfDay }
}

/** ISO week and its year. */
function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const weekday = (((days + 3) % 7) + 7) % 7
  const thursday = days - weekday + 3
  const { year } = civilFromDays(thursday)
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 }
}

function datePart(part: string, value: Value, type: DataType): Value {
  if (isInterval(value)) {
    const parts: Record<string, bigint> = {
      year: BigInt(Math.trunc(value.months / 12)),
      month: BigInt(value.months % 12),
      day: BigInt(value.days),
      hour: value.micros / 3_600_000_000n,
      minute: (value.micros / 60_000_000n) % 60n,
      second: (value.micros / 1_000_000n) % 60n,
    }
    return parts[part] ?? null
  }
  if (type.kind === 'time') return datePart(part, value, { kind: 'timestamp', zone: null })
  const { days, timeOfDay } = pointParts(value, type)
  const { year, month, day } = civilFromDays(days)
  const dayOfWeek = (((days + 4) % 7) + 7) % 7
  switch (part) {
    case 'year':
      return BigInt(year)
    case 'quarter':
      return BigInt(Math.floor((month - 1) / 3) + 1)
    case 'month':
      return BigInt(month)
    case 'day':
      return BigInt(day)
    case 'dow':
      return BigInt(dayOfWeek)
    case 'isodow':
      return BigInt(dayOfWeek === 0 ? 7 : dayOfWeek)
    case 'doy':
      return BigInt(days - daysFromCivil(year, 1, 1) + 1)
    case 'week':
      return BigInt(isoWeek(days).week)
    case 'isoyear':
      return BigInt(isoWeek(days).year)
    case 'hour':
      return timeOfDay / 3_600_000_000n
    case 'minute':
      return (timeOfDay / 60_000_000n) % 60n
    case 'second':
      return (timeOfDay / 1_000_000n) % 60n
    case 'millisecond':
      return (timeOfDay / 1000n) % 60_000n
    case 'microsecond':
      return timeOfDay % 60_000_000n
    case 'decade':
      return BigInt(Math.floor(year / 10))
    case 'century':
      return BigInt(Math.ceil(year / 100))
    case 'epoch':
      return Number(BigInt(days) * MICROS_PER_DAY + timeOfDay) / 1_000_000
    default:
      throw new Error(`date part ${part}`)
  }
}

function dateTrunc(part: string, value: Value, type: DataType, result: DataType): Value {
  const { days, timeOfDay } = pointParts(value, type)
  const { year, month } = civilFromDays(days)
  const weekday = (((days + 3) % 7) + 7) % 7
  const startDays: Record<string, number> = {
    year: daysFromCivil(year, 1, 1),
    quarter: daysFromCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1),
    month: daysFromCivil(year, month, 1),
    week: days - weekday,
    day: days,
  }
  const unit: Record<string, bigint> = {
    hour: 3_600_000_000n,
    minute: 60_000_000n,
    second: 1_000_000n,
    millisecond: 1000n,
    microsecond: 1n,
  }
  const start = startDays[part]
  const step = unit[part]
  const micros =
    start === undefined
      ? BigInt(days) * MICROS_PER_DAY + timeOfDay - (timeOfDay % (step ?? 1n))
      : BigInt(start) * MICROS_PER_DAY
  return result.kind === 'date' ? micros / MICROS_PER_DAY : micros
}

function dateDiff(part: string, from: Value, to: Value, type: DataType): Value {
  const months = (value: Value) =>
    integer(datePart('year', value, type)) * 12n + integer(datePart('month', value, type)) - 1n
  switch (part) {
    case 'year':
      return integer(datePart('year', to, type)) - integer(datePart('year', from, type))
    case 'month':
      return months(to) - months(from)
    case 'day':
      return BigInt(pointParts(to, type).days - pointParts(from, type).days)
    default: {
      const start = (value: Value) => integer(dateTrunc(part, value, type, { kind: 'timestamp', zone: null }))
      const unit: Record<string, bigint> = {
        hour: 3_600_000_000n,
        minute: 60_000_000n,
        second: 1_000_000n,
        week: 7n * MICROS_PER_DAY,
      }
      return (start(to) - start(from)) / (unit[part] ?? 1n)
    }
  }
}

const dateParts = [
  'year',
  'quarter',
  'month',
  'day',
  'week',
  'isodow',
  'isoyear',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
  'decade',
  'century',
  'epoch',
]
const renamedParts: Readonly<Record<string, string>> = {
  dayofweek: 'dow',
  weekday: 'dow',
  dayofyear: 'doy',
  dayofmonth: 'day',
  weekofyear: 'week',
  ordinal_day: 'doy',
}

function partOf(part: string): Implementation {
  return ([value], call) => datePart(part, value!, call.args[0]!.type)
}

/** Functions of dates, times and spans; NULL in is NULL out. */
export const temporalFunctions: Readonly<Record<string, Implementation>> = {
  ...Object.fromEntries(dateParts.map((part) => [part, partOf(part)])),
  ...Object.fromEntries(Object.entries(renamedParts).map(([name, part]) => [name, partOf(part)])),
  date_part: ([part, value], call) =>
    datePart(text(part).toLowerCase().replace(/s$/, ''), value!, call.args[1]!.type),
  date_trunc: ([part, value], call) =>
    dateTrunc(text(part).toLowerCase(), value!, call.args[1]!.type, call.type),
  last_day: ([value], call) => {
    const { year, month } = civilFromDays(pointParts(value!, call.args[0]!.type).days)
    return BigInt(daysFromCivil(year, month, daysInMonth(year, month)))
  },
  date_diff: ([part, from, to], call) => dateDiff(text(part).toLowerCase(), from!, to!, call.args[1]!.type),
  make_date: ([year, month, day]) =>
    BigInt(daysFromCivil(Number(integer(year)), Number(integer(month)), Number(integer(day)))),
  epoch_us: ([value]) => value!,
  epoch_ms: ([value]) => (integer(value) - (((integer(value) % 1000n) + 1000n) % 1000n)) / 1000n,
  make_timestamp: ([first, ...rest]) => {
    if (rest.length === 0) return first!
    const [month, day, hour, minute, second] = rest
    const days = BigInt(daysFromCivil(Number(first), Number(month), Number(day)))
    return (
      days * MICROS_PER_DAY +
      integer(hour) * 3_600_000_000n +
      integer(minute) * 60_000_000n +
      BigInt(Math.round(Number(second) * 1e6))
    )
  },
  strftime: ([value]) => formatTimestamp(integer(value)),
  duration_between: ([a, b]) => integer(a) - integer(b),
  dt_total_minutes: ([a]) => integer(a) / 60_000_000n,
  dt_total_seconds: ([a]) => integer(a) / 1_000_000n,
  dt_total_hours: ([a]) => integer(a) / 3_600_000_000n,
  dt_total_days: ([a]) => integer(a) / MICROS_PER_DAY,
  dt_total_milliseconds: ([a]) => integer(a) / 1000n,
  dt_total_microseconds: ([a]) => integer(a),
}
