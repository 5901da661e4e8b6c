import { LakebookError, type SourceSpan } from '../errors.ts'

/** Microseconds of each unit. */
export const MICROS = {
  microseconds: 1n,
  milliseconds: 1000n,
  seconds: 1_000_000n,
  minutes: 60_000_000n,
  hours: 3_600_000_000n,
  days: 86_400_000_000n,
}

export interface CalendarLength {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

const UNITS: Readonly<Record<string, CalendarLength>> = {
  y: { months: 12, days: 0, micros: 0n },
  q: { months: 3, days: 0, micros: 0n },
  mo: { months: 1, days: 0, micros: 0n },
  w: { months: 0, days: 7, micros: 0n },
  d: { months: 0, days: 1, micros: 0n },
  h: { months: 0, days: 0, micros: MICROS.hours },
  m: { months: 0, days: 0, micros: MICROS.minutes },
  s: { months: 0, days: 0, micros: MICROS.seconds },
  ms: { months: 0, days: 0, micros: 1000n },
  us: { months: 0, days: 0, micros: 1n },
  // of a column of whole numbers
  i: { months: 0, days: 0, micros: 1n },
}

/** `1h30m`, `-2mo`, `1d12h`. */
export function parseLength(text: string, span: SourceSpan | undefined): CalendarLength {
  const match = /^(-?)((?:\d+(?:mo|ms|us|y|q|w|d|h|m|s|i))+)$/.exec(text)
  if (match === null) {
    throw new LakebookError('invalid_argument', `"${text}" is not a length of time`, {
      span,
      hint: 'Write it like "30m", "1h", "1d12h" or "1mo".',
    })
  }
  const sign = match[1] === '-' ? -1 : 1
  let [months, days, length] = [0, 0, 0n]
  for (const [, count, unit] of (match[2] ?? '').matchAll(/(\d+)(mo|ms|us|y|q|w|d|h|m|s|i)/g)) {
    const each = UNITS[unit ?? '']!
    months += sign * each.months * Number(count)
    days += sign * each.days * Number(count)
    length += BigInt(sign) * each.micros * BigInt(count ?? 0)
  }
  return { months, days, micros: length }
}

/** Microseconds of a length that has no calendar part; null when it has months. */
export function fixedMicros({ months, days, micros: rest }: CalendarLength): bigint | null {
  return months === 0 ? BigInt(days) * MICROS.days + rest : null
}
