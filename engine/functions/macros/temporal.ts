import type { DataType } from '../../arrow/types.ts'
import { isNumeric } from '../../arrow/types.ts'
import type { Macro } from '../macro.ts'
import { category, form, isText } from './define.ts'

const temporal = category('date and time')

function isNumber([type]: readonly DataType[]): boolean {
  return type !== undefined && isNumeric(type)
}

export const temporalMacros: readonly Macro[] = [
  temporal(
    'date_add',
    'd, i → d + i',
    'A date or timestamp moved by an interval.',
    "date_add(DATE '2024-01-31', INTERVAL '1 month')",
  ),
  temporal('ago', 'i → now() - i', 'The time so long ago.', "ago(INTERVAL '1 day') < now()"),
  temporal(
    'timetz_byte_comparable',
    `t → CAST((epoch_us(CAST(t AS TIME)) + (57599 - date_part('timezone', t)) * 1000000) * 16777216
      + 57599 - date_part('timezone', t) AS UBIGINT)`,
    'A number that compares as a time with an offset does.',
    "timetz_byte_comparable('12:00:00+01'::TIMETZ)",
  ),
  temporal(
    'days_in_month',
    'd → day(last_day(d))',
    'How many days the month has.',
    "days_in_month(DATE '2024-02-10')",
  ),
  temporal(
    'add_months',
    'd, n → CAST(d + to_months(n) AS DATE)',
    'A date so many months later.',
    "add_months(DATE '2024-01-31', 1)",
  ),
  temporal(
    'date_bin',
    [
      "width, t → time_bucket(width, t, TIMESTAMP '1970-01-01 00:00:00')",
      'width, t, origin → time_bucket(width, t, origin)',
    ],
    'Set back to a multiple of the interval, counted from 1970 or from the third argument.',
    "date_bin(INTERVAL '15 minutes', TIMESTAMP '2024-02-29 12:34:56')",
  ),
  temporal(
    'to_unixtime',
    't → CAST(floor(epoch(CAST(t AS TIMESTAMP))) AS BIGINT)',
    'Whole seconds since 1970.',
    "to_unixtime(TIMESTAMP '1970-01-02 00:00:00')",
    ['unix_timestamp'],
  ),
  temporal(
    'from_unixtime',
    'n → make_timestamp(CAST(n AS BIGINT) * 1000000)',
    'The timestamp so many seconds after 1970 began.',
    'from_unixtime(86400)',
  ),
  temporal(
    'to_timestamp_seconds',
    [
      form('x → make_timestamp(CAST(floor(x * 1000000) AS BIGINT))', isNumber),
      "x → date_trunc('second', CAST(x AS TIMESTAMP))",
    ],
    'The timestamp of a text, or so many seconds after 1970 began.',
    "to_timestamp_seconds('2024-02-29T12:30:00')",
  ),
  temporal(
    'to_timestamp_millis',
    [
      form('x → make_timestamp(CAST(x AS BIGINT) * 1000)', isNumber),
      "x → date_trunc('milliseconds', CAST(x AS TIMESTAMP))",
    ],
    'The timestamp of a text, or so many milliseconds after 1970 began.',
    'to_timestamp_millis(1000)',
    ['make_timestamp_ms'],
  ),
  temporal(
    'to_timestamp_micros',
    [form('x → make_timestamp(CAST(x AS BIGINT))', isNumber), 'x → CAST(x AS TIMESTAMP)'],
    'The timestamp of a text, or so many microseconds after 1970 began.',
    'to_timestamp_micros(1000000)',
  ),
  temporal(
    'make_timestamptz',
    [
      "y, mo, d, h, mi, s → timezone('UTC', make_timestamp(y, mo, d, h, mi, s))",
      'y, mo, d, h, mi, s, zone → timezone(zone, make_timestamp(y, mo, d, h, mi, s))',
      "micros → timezone('UTC', make_timestamp(micros))",
    ],
    'An instant from its parts in a time zone, by default UTC.',
    "make_timestamptz(2024, 2, 29, 12, 30, 0, 'Asia/Taipei')",
  ),
  temporal(
    'timezone_hour',
    "t → date_part('timezone_hour', t)",
    'Hours that the time zone lies east of UTC.',
    'timezone_hour(now())',
  ),
  temporal(
    'timezone_minute',
    "t → date_part('timezone_minute', t)",
    'Minutes that the time zone lies east of UTC beside its hours.',
    'timezone_minute(now())',
  ),
  temporal(
    'to_date',
    [
      form('s → CAST(s AS DATE)', isText),
      'd → CAST(d AS DATE)',
      's, format → CAST(to_timestamp(s, format) AS DATE)',
    ],
    'The date of a text, by a format where one is given.',
    "to_date('29 02 2024', 'DD MM YYYY')",
  ),
  temporal(
    'date_format',
    't, format → strftime(t, format)',
    'As text, by a format of % directives.',
    "date_format(DATE '2024-02-29', '%d.%m.%Y')",
  ),
]
