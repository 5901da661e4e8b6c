import { types, type DataType } from '../../arrow/types.ts'
import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, Literals, ScalarFunction } from '../scalar-function.ts'
import { chooseOverload } from '../scalar-overloads.ts'
import { DATE_PARTS, findDatePart, type DatePart } from './date-parts.ts'
import { nullOfInfinite, sameOfInfinite } from './infinite-time.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

const { date, time, timestamp, interval, int64, float64, utf8 } = types
const zoned: DataType = { kind: 'timestamp', zone: 'UTC' }
const outOfRange: KernelFailure[] = [{ code: 'overflow', message: 'Date or timestamp out of range' }]

function temporal(
  name: string,
  overloads: readonly KernelOverload[],
  summary: string,
  example: string,
  options: {
    readonly aliases?: readonly string[]
    readonly failures?: readonly KernelFailure[]
    readonly nullable?: boolean
  } = {},
): EagerFunction {
  return kernelFunction({ name, category: 'date and time', summary, example, overloads, ...options })
}

/** Of the day of a date or a timestamp; NULL of an infinite one. */
function ofDay(
  name: string,
  type: DataType,
  kernel: string,
  summary: string,
  example: string,
): EagerFunction {
  const overloads = [
    { args: [date], type, kernel: `date_${kernel}` },
    { args: [timestamp], type, kernel: `timestamp_${kernel}` },
  ]
  return nullOfInfinite(temporal(name, overloads, summary, example))
}

function isFraction(part: DatePart): boolean {
  return part === 'epoch' || part === 'julian'
}

/** The parts that need a calendar; a time of day or an interval has no others than these lack. */
const CALENDAR_ONLY = new Set<DatePart>([
  'dow',
  'isodow',
  'week',
  'doy',
  'isoyear',
  'yearweek',
  'julian',
  'era',
  'timezone',
  'timezone_hour',
  'timezone_minute',
])

function partOverloads(part: DatePart): KernelOverload[] {
  const fraction = isFraction(part)
  const type = fraction ? float64 : int64
  const suffix = fraction ? '_fraction' : ''
  const constants = [DATE_PARTS[part]]
  const overload = (arg: DataType, source: string) => ({
    args: [arg],
    type,
    kernel: `${source}_part${suffix}`,
    constants,
  })
  const overloads: KernelOverload[] = [
    overload(date, 'date'),
    overload(timestamp, 'timestamp'),
    overload(zoned, 'timestamp'),
  ]
  if (!CALENDAR_ONLY.has(part)) overloads.push(overload(interval, 'interval'))
  const isOfDay = DATE_PARTS[part] >= DATE_PARTS.hour && DATE_PARTS[part] <= DATE_PARTS.nanosecond
  if (isOfDay || part === 'epoch') overloads.push(overload(time, 'time'))
  if (isOfDay || part === 'epoch' || part.startsWith('timezone'))
    overloads.push(overload(types.timetz, 'timetz'))
  if (part === 'nanosecond')
    overloads.push({ args: [types.timestampNs], type: int64, kernel: 'nanos_of_minute' })
  return overloads
}

function partFunction(part: DatePart, name: string, summary: string): EagerFunction {
  return nullOfInfinite(temporal(name, partOverloads(part), summary, `${name}(DATE '2024-02-29')`))
}

/** A function whose first argument is a part, given as a literal. */
function withPart(
  described: Pick<EagerFunction, 'name' | 'aliases' | 'summary' | 'example'>,
  overloadsOf: (part: DatePart) => readonly KernelOverload[],
  failures: readonly KernelFailure[] = [],
): EagerFunction {
  return {
    ...described,
    category: 'date and time',
    nulls: 'strict',
    guarded: true,
    resolve(args, literals) {
      const part = literalPart(literals) ?? 'day'
      const chosen = chooseOverload(overloadsOf(part), args.slice(1))
      return args[0]?.kind === 'utf8' && chosen !== null
        ? { argTypes: [utf8, ...chosen.args], type: chosen.type }
        : null
    },
    lower(context, args, call) {
      const overloads = overloadsOf(partOf(call))
      const rest = args.slice(1)
      const chosen = chooseOverload(
        overloads,
        rest.map((arg) => arg.type),
      )!
      const { kernel, type, constants = [] } = chosen
      return emitKernelCall(context, { kernel, args: rest, type, constants, failures, span: call.span })
    },
  }
}

function literalPart(literals: Literals | undefined): DatePart | undefined {
  const name = literals?.[0]
  return typeof name === 'string' ? findDatePart(name) : undefined
}

function partOf(call: CallExpression): DatePart {
  const specifier = call.args[0]!
  if (specifier.kind !== 'literal' || typeof specifier.value !== 'string') {
    throw unsupported(`${call.fn} with a part that is not a literal`, call.span)
  }
  const part = findDatePart(specifier.value)
  if (part !== undefined) return part
  throw new LakebookError('invalid_argument', `There is no date part '${specifier.value}'`, {
    span: specifier.span ?? call.span,
    hint: `Parts are ${Object.keys(DATE_PARTS).join(', ')}.`,
  })
}

const datePart: EagerFunction = nullOfInfinite(
  withPart(
    {
      name: 'date_part',
      aliases: ['datepart', 'extract'],
      summary: 'One part of a date, time, timestamp or interval, as a number.',
      example: "date_part('year', DATE '2024-02-29')",
    },
    partOverloads,
  ),
)

const dateTrunc: EagerFunction = sameOfInfinite(
  withPart(
    {
      name: 'date_trunc',
      aliases: ['datetrunc'],
      summary: 'Set back to the start of the part that it lies in.',
      example: "date_trunc('month', TIMESTAMP '2024-02-29 12:30:00')",
    },
    (part) => {
      const constants = [DATE_PARTS[part]]
      return [
        { args: [timestamp], type: timestamp, kernel: 'timestamp_truncate', constants },
        { args: [zoned], type: zoned, kernel: 'timestamp_truncate', constants },
        { args: [interval], type: interval, kernel: 'interval_truncate', constants },
      ]
    },
  ),
)

/** Parts that times of day differ by. */
const OF_TIMES: ReadonlySet<DatePart> = new Set(['hour', 'minute', 'second', 'millisecond', 'microsecond'])

function difference(
  name: string,
  alias: string,
  kernel: string,
  summary: string,
  example: string,
): EagerFunction {
  return nullOfInfinite(
    withPart({ name, aliases: [alias], summary, example }, (part) =>
      [timestamp, zoned, ...(OF_TIMES.has(part) ? [time] : [])].map((type) => ({
        args: [type, type],
        type: int64,
        kernel,
        constants: [DATE_PARTS[part]],
      })),
    ),
  )
}

const INTERVAL_UNITS = [
  ['to_millennia', 'millennia', 'interval_from_months', 12_000],
  ['to_centuries', 'centuries', 'interval_from_months', 1200],
  ['to_decades', 'decades', 'interval_from_months', 120],
  ['to_years', 'years', 'interval_from_months', 12],
  ['to_quarters', 'quarters', 'interval_from_months', 3],
  ['to_months', 'months', 'interval_from_months', 1],
  ['to_weeks', 'weeks', 'interval_from_days', 7],
  ['to_days', 'days', 'interval_from_days', 1],
  ['to_hours', 'hours', 'interval_from_seconds', 3600],
  ['to_minutes', 'minutes', 'interval_from_seconds', 60],
  ['to_microseconds', 'microseconds', 'interval_from_micros', 1],
] as const

const intervalMakers = INTERVAL_UNITS.map(([name, unit, kernel, factor]) =>
  temporal(
    name,
    [{ args: [int64], type: interval, kernel, constants: [factor] }],
    `An interval of so many ${unit}.`,
    `${name}(2)`,
    { failures: [{ code: 'overflow', message: 'Interval out of range' }] },
  ),
)

function parsed(name: string, summary: string, nullable: boolean): EagerFunction {
  return temporal(
    name,
    [{ args: [utf8, utf8], type: timestamp, kernel: 'strptime', thread: true }],
    summary,
    `${name}('29/02/2024', '%d/%m/%Y')`,
    nullable
      ? { nullable: true, failures: [] }
      : { failures: [{ code: 'cast', message: 'Could not parse the text by the format given to strptime' }] },
  )
}

const zoneFailure: KernelFailure[] = [{ code: 'invalid_argument', message: 'Unknown time zone' }]

const plainParts = [
  'year',
  'month',
  'day',
  'decade',
  'century',
  'millennium',
  'quarter',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
  'nanosecond',
  'isodow',
  'week',
  'isoyear',
  'yearweek',
  'era',
  'epoch',
  'julian',
] as const

export const temporalFunctions: readonly ScalarFunction[] = [
  datePart,
  dateTrunc,
  ...plainParts.map((part) => partFunction(part, part, `The ${part} as a number.`)),
  partFunction('dow', 'dayofweek', 'Day of the week, 0 for Sunday.'),
  partFunction('dow', 'weekday', 'Day of the week, 0 for Sunday.'),
  partFunction('doy', 'dayofyear', 'Day of the year, from 1.'),
  partFunction('day', 'dayofmonth', 'Day of the month, from 1.'),
  partFunction('week', 'weekofyear', 'Week of the year by ISO 8601.'),
  difference(
    'date_diff',
    'datediff',
    'timestamp_diff',
    'Number of part boundaries between two points in time.',
    "date_diff('month', DATE '2024-01-31', DATE '2024-02-01')",
  ),
  difference(
    'date_sub',
    'datesub',
    'timestamp_whole_diff',
    'Number of whole parts between two points in time.',
    "date_sub('month', DATE '2024-01-31', DATE '2024-02-01')",
  ),
  nullOfInfinite(
    temporal(
      'age',
      [
        { args: [timestamp, timestamp], type: interval, kernel: 'timestamp_age' },
        { args: [zoned, zoned], type: interval, kernel: 'timestamp_age' },
      ],
      'The time from the second to the first in months, days and time of day.',
      "age(DATE '2024-03-01', DATE '2024-01-31')",
    ),
  ),
  ofDay('last_day', date, 'last_day', 'The last day of the month.', "last_day(DATE '2024-02-10')"),
  temporal(
    'make_date',
    [{ args: [int64, int64, int64], type: date, kernel: 'make_date' }],
    'A date from year, month and day.',
    'make_date(2024, 2, 29)',
    { failures: outOfRange },
  ),
  temporal(
    'make_time',
    [{ args: [int64, int64, float64], type: time, kernel: 'make_time' }],
    'A time of day from hour, minute and second.',
    'make_time(12, 30, 1.5)',
    { failures: outOfRange },
  ),
  temporal(
    'make_timestamp',
    [
      { args: [int64, int64, int64, int64, int64, float64], type: timestamp, kernel: 'make_timestamp' },
      { args: [int64], type: timestamp, kernel: 'timestamp_of_micros' },
    ],
    'A timestamp from its parts, or from microseconds since 1970.',
    'make_timestamp(2024, 2, 29, 12, 30, 1.5)',
    { failures: outOfRange },
  ),
  temporal(
    'to_timestamp',
    [{ args: [float64], type: zoned, kernel: 'timestamp_from_seconds' }],
    'The instant so many seconds after 1970 began (UTC).',
    'to_timestamp(1709210096)',
    { failures: outOfRange },
  ),
  nullOfInfinite(
    temporal(
      'epoch_ms',
      [
        { args: [timestamp], type: int64, kernel: 'timestamp_to_unit', constants: [1000] },
        { args: [zoned], type: int64, kernel: 'timestamp_to_unit', constants: [1000] },
        { args: [int64], type: timestamp, kernel: 'timestamp_from_unit', constants: [1000] },
        { args: [time], type: int64, kernel: 'timestamp_to_unit', constants: [1000] },
        { args: [interval], type: int64, kernel: 'interval_to_unit', constants: [1000] },
      ],
      'Milliseconds since 1970, or the timestamp of them.',
      "epoch_ms(TIMESTAMP '1970-01-01 00:00:01')",
      { failures: outOfRange },
    ),
  ),
  nullOfInfinite(
    temporal(
      'epoch_us',
      [
        ...[timestamp, zoned, time].map((type) => ({ args: [type], type: int64, kernel: 'same_i64' })),
        { args: [interval], type: int64, kernel: 'interval_to_unit', constants: [1] },
      ],
      'Microseconds since 1970.',
      "epoch_us(TIMESTAMP '1970-01-01 00:00:01')",
    ),
  ),
  nullOfInfinite(
    temporal(
      'epoch_ns',
      [
        { args: [timestamp], type: int64, kernel: 'timestamp_to_nanos' },
        { args: [types.timestampNs], type: int64, kernel: 'same_i64' },
        { args: [time], type: int64, kernel: 'timestamp_to_nanos' },
        { args: [interval], type: int64, kernel: 'interval_to_nanos' },
      ],
      'Nanoseconds since 1970.',
      "epoch_ns(TIMESTAMP '1970-01-01 00:00:01')",
      { failures: outOfRange },
    ),
  ),
  ofDay('dayname', utf8, 'day_name', 'English name of the day of the week.', "dayname(DATE '2024-02-29')"),
  ofDay('monthname', utf8, 'month_name', 'English name of the month.', "monthname(DATE '2024-02-29')"),
  sameOfInfinite(
    temporal(
      'time_bucket',
      [
        { args: [interval, date], type: date, kernel: 'time_bucket_date' },
        { args: [interval, date, date], type: date, kernel: 'time_bucket_date_from' },
        { args: [interval, date, interval], type: date, kernel: 'time_bucket_date_shifted' },
        { args: [interval, timestamp], type: timestamp, kernel: 'time_bucket' },
        { args: [interval, zoned], type: zoned, kernel: 'time_bucket' },
        { args: [interval, timestamp, timestamp], type: timestamp, kernel: 'time_bucket_from' },
        { args: [interval, zoned, zoned], type: zoned, kernel: 'time_bucket_from' },
        { args: [interval, timestamp, interval], type: timestamp, kernel: 'time_bucket_shifted' },
      ],
      'Set back to a multiple of the interval, counted from 2000-01-03 (months: from 2000-01-01), from another point in time, or moved by an interval.',
      "time_bucket(INTERVAL '2 weeks', TIMESTAMP '2024-02-29 12:00:00')",
      {
        failures: [
          {
            code: 'invalid_argument',
            message: 'The width of a bucket must be positive, and months cannot be mixed with days or time',
          },
        ],
      },
    ),
  ),
  temporal(
    'strftime',
    [
      { args: [timestamp, utf8], type: utf8, kernel: 'strftime' },
      { args: [types.timestampNs, utf8], type: utf8, kernel: 'strftime_ns' },
    ],
    'As text, by a format of % directives.',
    "strftime(DATE '2024-02-29', '%d.%m.%Y')",
    { failures: [{ code: 'invalid_argument', message: 'The format given to strftime is not valid' }] },
  ),
  parsed(
    'strptime',
    'The timestamp that a text names by a format of % directives; an error when it does not fit.',
    false,
  ),
  parsed('try_strptime', 'As strptime, but NULL when the text does not fit.', true),
  sameOfInfinite(
    temporal(
      'timezone',
      [
        { args: [utf8, timestamp], type: zoned, kernel: 'timestamp_to_instant' },
        { args: [utf8, zoned], type: timestamp, kernel: 'timestamp_at_zone' },
      ],
      'The instant of a wall-clock reading in a time zone, or the reading of an instant (AT TIME ZONE).',
      "timezone('Asia/Taipei', TIMESTAMP '2024-02-29 12:00:00')",
      { failures: zoneFailure },
    ),
  ),
  temporal(
    'make_timestamp_ns',
    [{ args: [int64], type: types.timestampNs, kernel: 'timestamp_of_nanos' }],
    'The timestamp so many nanoseconds after 1970 began.',
    'make_timestamp_ns(1000000001)',
    { aliases: ['to_timestamp_nanos'], failures: outOfRange },
  ),
  temporal(
    'normalized_interval',
    [{ args: [interval], type: interval, kernel: 'interval_normalized' }],
    'Whole days of the time as days, and every 30 days as a month.',
    "normalized_interval(INTERVAL '40 days 25 hours')",
    { failures: [{ code: 'overflow', message: 'Interval out of range' }] },
  ),
  temporal(
    'to_seconds',
    [{ args: [float64], type: interval, kernel: 'interval_from_real', constants: [1_000_000] }],
    'An interval of so many seconds.',
    'to_seconds(2.5)',
    { failures: [{ code: 'overflow', message: 'Interval out of range' }] },
  ),
  temporal(
    'to_milliseconds',
    [{ args: [float64], type: interval, kernel: 'interval_from_real', constants: [1000] }],
    'An interval of so many milliseconds.',
    'to_milliseconds(2.5)',
    { failures: [{ code: 'overflow', message: 'Interval out of range' }] },
  ),
  ...intervalMakers,
]
