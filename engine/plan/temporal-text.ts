import { infiniteName, INFINITE_DAY, INFINITE_MICROS, namedTime } from '../arrow/infinite-time.ts'
import type { IntervalValue } from './plan.ts'

/** Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return (
    era * 146097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719468
  )
}

export function civilFromDays(days: number): {
  readonly year: number
  readonly month: number
  readonly day: number
} {
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted + (shifted < 10 ? 3 : -9)
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

export function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** `2024-02-29`, `infinity`, `epoch` → days since 1970; null when it is not a date. */
export function parseDate(text: string): bigint | null {
  const named = namedTime(text, INFINITE_DAY)
  if (named !== null) return named
  const match = /^\s*(-?\d{1,7})([-/ \\])(\d{1,2})\2(\d{1,2})( \(BC\))?\s*$/.exec(text)
  if (!match) return null
  const [written, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])]
  if (match[5] !== undefined && written < 1) return null
  const year = match[5] === undefined ? written : 1 - written
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  const days = BigInt(daysFromCivil(year, month, day))
  return days < INFINITE_DAY && days > -INFINITE_DAY ? days : null
}

/** `10:20[:30[.5]]` → microseconds since midnight; null when it is not a time. */
export function parseTime(text: string): bigint | null {
  const match = /^\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?\s*$/.exec(text)
  if (!match) return null
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  if (minute > 59 || second > 59) return null
  const micros = Number((match[4] ?? '').padEnd(6, '0').slice(0, 6))
  const time = BigInt(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
  return time > MICROS_PER_DAY ? null : time
}

export const MICROS_PER_DAY = 86_400_000_000n

/** The days before and after 1970 that timestamps reach. */
const MOST_DAYS = 106_751_991n

/**
 * `2024-02-29[T10:20:30.5[Z|+02:00]]`, `infinity`, `epoch` → microseconds since 1970; null when it is not a timestamp.
 * An offset counts for instants only (`zoned`).
 */
export function parseTimestamp(text: string, zoned: boolean): bigint | null {
  const named = namedTime(text, INFINITE_MICROS)
  if (named !== null) return named
  const match =
    /^\s*(-?\d+[-/]\d+[-/]\d+(?: \(BC\))?)(?:(?:T|\s+)([\d:.]+)\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?\s*$/i.exec(
      text,
    )
  if (!match) return null
  const days = parseDate(match[1]!)
  const time = match[2] === undefined ? 0n : parseTime(match[2])
  if (days === null || time === null || days > MOST_DAYS || days < -MOST_DAYS) return null
  const reading = days * MICROS_PER_DAY + time
  if (reading >= INFINITE_MICROS) return null
  if (!zoned) return reading
  const zone = /^([+-])(\d{2}):?(\d{2})?$/.exec(match[3] ?? '')
  const minutes = zone ? Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3] ?? 0)) : 0
  const instant = reading - BigInt(minutes) * 60_000_000n
  return instant < INFINITE_MICROS ? instant : null
}

type IntervalPart = { readonly months?: number; readonly days?: number; readonly micros?: number }

const second = 1_000_000
const units: Readonly<Record<string, IntervalPart>> = {
  millennium: { months: 12_000 },
  century: { months: 1200 },
  decade: { months: 120 },
  year: { months: 12 },
  quarter: { months: 3 },
  month: { months: 1 },
  week: { days: 7 },
  day: { days: 1 },
  hour: { micros: 3600 * second },
  minute: { micros: 60 * second },
  second: { micros: second },
  millisecond: { micros: 1000 },
  microsecond: { micros: 1 },
}

const shortUnits: Readonly<Record<string, string>> = {
  y: 'year',
  yr: 'year',
  mon: 'month',
  w: 'week',
  d: 'day',
  h: 'hour',
  hr: 'hour',
  m: 'minute',
  min: 'minute',
  s: 'second',
  sec: 'second',
  ms: 'millisecond',
  msec: 'millisecond',
  us: 'microsecond',
  usec: 'microsecond',
  centuries: 'century',
  millennia: 'millennium',
}

/** One of a unit, by its name in singular, plural or short form; null when there is no such unit. */
export function intervalUnit(name: string): IntervalValue | null {
  const lower = name.toLowerCase()
  const singular =
    lower.length > 2 && lower.endsWith('s') && !Object.hasOwn(units, lower) ? lower.slice(0, -1) : lower
  const unit = units[shortUnits[lower] ?? shortUnits[singular] ?? singular]
  if (!unit) return null
  return { months: unit.months ?? 0, days: unit.days ?? 0, micros: BigInt(unit.micros ?? 0) }
}

/** A number of units. What is left of a fraction goes to the next smaller part, a month having 30 days. */
export function multiplyInterval(unit: IntervalValue, count: number): IntervalValue {
  const months = unit.months * count
  const days = unit.days * count + (months - Math.trunc(months)) * 30
  const micros = Number(unit.micros) * count + (days - Math.trunc(days)) * Number(MICROS_PER_DAY)
  return { months: Math.trunc(months), days: Math.trunc(days), micros: BigInt(Math.round(micros)) }
}

export function addIntervals(a: IntervalValue, b: IntervalValue): IntervalValue {
  return { months: a.months + b.months, days: a.days + b.days, micros: a.micros + b.micros }
}

/** `1 year 2 days -03:00:00` → its parts; null when it is not an interval. */
export function parseInterval(text: string): IntervalValue | null {
  let rest = text.trim()
  let total: IntervalValue | null = null
  const add = (part: IntervalValue) => {
    total = total ? addIntervals(total, part) : part
  }
  while (rest !== '') {
    // an offset counts no more than after a time without a zone
    const clock = /^(-?)(\d+:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:[+-]\S*)?\s*/.exec(rest)
    if (clock) {
      const micros = parseTime(clock[2]!)
      if (micros === null) return null
      add({ months: 0, days: 0, micros: clock[1] ? -micros : micros })
      rest = rest.slice(clock[0].length)
      continue
    }
    const counted = /^([+-]?\s*\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*,?\s*/.exec(rest)
    if (counted) {
      const unit = intervalUnit(counted[2]!)
      if (!unit) return null
      add(multiplyInterval(unit, Number(counted[1]!.replaceAll(' ', ''))))
      rest = rest.slice(counted[0].length)
      continue
    }
    const ago = /^ago\s*$/i.exec(rest)
    if (!ago || !total) return null
    total = multiplyInterval(total, -1)
    rest = ''
  }
  return total
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

export function formatDate(days: bigint): string {
  const name = infiniteName(days, INFINITE_DAY)
  if (name !== null) return name
  const { year, month, day } = civilFromDays(Number(days))
  const isBefore = year <= 0
  return `${pad(isBefore ? 1 - year : year, 4)}-${pad(month, 2)}-${pad(day, 2)}${isBefore ? ' (BC)' : ''}`
}

export function formatTime(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n)
  const fraction = Number(micros % 1_000_000n)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => pad(part, 2))
    .join(':')
  return fraction === 0 ? clock : `${clock}.${pad(fraction, 6).replace(/0+$/, '')}`
}

export function formatTimestamp(micros: bigint): string {
  const name = infiniteName(micros, INFINITE_MICROS)
  if (name !== null) return name
  const timeOfDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  return `${formatDate((micros - timeOfDay) / MICROS_PER_DAY)} ${formatTime(timeOfDay)}`
}

export function formatInterval({ months, days, micros }: IntervalValue): string {
  const parts: string[] = []
  const add = (count: number, unit: string) => {
    if (count !== 0) parts.push(`${count} ${unit}${Math.abs(count) === 1 ? '' : 's'}`)
  }
  add(Math.trunc(months / 12), 'year')
  add(months % 12, 'month')
  add(days, 'day')
  if (micros !== 0n || parts.length === 0)
    parts.push(`${micros < 0n ? '-' : ''}${formatTime(micros < 0n ? -micros : micros)}`)
  return parts.join(' ')
}

/** A point in time plus an interval: months first (the day is cut to the month's length), then days, then the rest. */
export function addInterval(micros: bigint, interval: IntervalValue, sign: 1 | -1 = 1): bigint {
  let days = micros >= 0n ? micros / MICROS_PER_DAY : (micros - MICROS_PER_DAY + 1n) / MICROS_PER_DAY
  const timeOfDay = micros - days * MICROS_PER_DAY
  if (interval.months !== 0) {
    const { year, month, day } = civilFromDays(Number(days))
    const total = year * 12 + month - 1 + sign * interval.months
    const nextYear = Math.floor(total / 12)
    const nextMonth = total - nextYear * 12 + 1
    days = BigInt(daysFromCivil(nextYear, nextMonth, Math.min(day, daysInMonth(nextYear, nextMonth))))
  }
  return (days + BigInt(sign * interval.days)) * MICROS_PER_DAY + timeOfDay + BigInt(sign) * interval.micros
}
