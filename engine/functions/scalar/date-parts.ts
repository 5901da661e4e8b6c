/**
 * Parts of dates and times, numbered as `kernels/assembly/date-parts.ts` numbers them. `epoch` and `julian` are
 * fractions (DOUBLE), all others whole numbers (BIGINT).
 */
export const DATE_PARTS = {
  year: 0,
  month: 1,
  day: 2,
  decade: 3,
  century: 4,
  millennium: 5,
  quarter: 6,
  hour: 7,
  minute: 8,
  second: 9,
  millisecond: 10,
  microsecond: 11,
  nanosecond: 12,
  dow: 13,
  isodow: 14,
  week: 15,
  doy: 16,
  isoyear: 17,
  yearweek: 18,
  era: 19,
  timezone: 20,
  epoch: 21,
  julian: 22,
  timezone_hour: 23,
  timezone_minute: 24,
} as const

export type DatePart = keyof typeof DATE_PARTS

const PART_ALIASES: Readonly<Record<string, DatePart>> = {
  years: 'year',
  yr: 'year',
  yrs: 'year',
  y: 'year',
  months: 'month',
  mon: 'month',
  mons: 'month',
  days: 'day',
  d: 'day',
  dayofmonth: 'day',
  decades: 'decade',
  dec: 'decade',
  decs: 'decade',
  centuries: 'century',
  cent: 'century',
  c: 'century',
  millennia: 'millennium',
  millenium: 'millennium',
  mil: 'millennium',
  quarters: 'quarter',
  hours: 'hour',
  hr: 'hour',
  hrs: 'hour',
  h: 'hour',
  minutes: 'minute',
  min: 'minute',
  mins: 'minute',
  m: 'minute',
  seconds: 'second',
  sec: 'second',
  secs: 'second',
  s: 'second',
  milliseconds: 'millisecond',
  ms: 'millisecond',
  msec: 'millisecond',
  msecs: 'millisecond',
  microseconds: 'microsecond',
  us: 'microsecond',
  usec: 'microsecond',
  usecs: 'microsecond',
  nanoseconds: 'nanosecond',
  ns: 'nanosecond',
  dayofweek: 'dow',
  weekday: 'dow',
  weeks: 'week',
  w: 'week',
  weekofyear: 'week',
  dayofyear: 'doy',
  timezonehour: 'timezone_hour',
  timezoneminute: 'timezone_minute',
}

/** The part that a specifier names in any of its spellings; undefined when none. */
export function findDatePart(name: string): DatePart | undefined {
  const key = name.trim().toLowerCase()
  if (Object.hasOwn(DATE_PARTS, key)) return key as DatePart
  return Object.hasOwn(PART_ALIASES, key) ? PART_ALIASES[key] : undefined
}
