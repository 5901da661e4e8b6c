import { isInteger, typeName, types, type DataType } from '../../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, float64, int64, literal, type Lowered } from '../lowered.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { clockReading, readIn, zoneOf } from '../zone-reading.ts'
import { fixedMicros, MICROS, parseLength } from '../time-length.ts'
import { element, self } from './elements.ts'
import { formattedTime } from './time-format.ts'
import { clockMicros, micros } from './time-micros.ts'

type Apply = (value: Expression, operands: readonly Lowered[], node: CallNode) => Expression

export function pointMethod(
  name: string,
  kinds: readonly DataType['kind'][],
  params: readonly Parameter[],
  apply: Apply,
): ElementMethod {
  return element(`dt.${name}`, params, (operands, node) => {
    const value = self(operands)
    if (!kinds.includes(value.type.kind)) {
      throw new LakebookError('type', `\`dt.${name}\` does not take ${typeName(value.type)}`, {
        span: node.span,
        hint:
          value.type.kind === 'utf8'
            ? 'Turn text into a date with .str.to_date() or .str.to_datetime().'
            : undefined,
      })
    }
    return apply(value, operands, node)
  })
}

/** The same, of what the clock shows in the value's time zone. A point in time that comes out is read in that zone. */
export function timeMethod(
  name: string,
  kinds: readonly DataType['kind'][],
  params: readonly Parameter[],
  apply: Apply,
): ElementMethod {
  return pointMethod(name, kinds, params, (value, operands, node) => {
    const zone = zoneOf(value.type)
    if (zone === null) return apply(value, operands, node)
    const made = apply(clockReading(value), operands, node)
    return made.type.kind === 'timestamp' ? readIn(made, zone) : made
  })
}

const POINTS = ['date', 'timestamp'] as const
const CLOCK = ['timestamp', 'time'] as const

function part(
  name: string,
  fn: string,
  type: DataType,
  kinds: readonly DataType['kind'][] = POINTS,
): ElementMethod {
  return timeMethod(name, kinds, [], (value) => castTo(call(fn, [value]), type))
}

const fractional = optional('fractional', 'bool')

/** Whole units, cut towards zero, or with their fraction. */
function total(unit: keyof typeof MICROS): ElementMethod {
  return timeMethod(`total_${unit}`, ['duration'], [fractional], (value, _operands, node) => {
    if (!node.args.bool('fractional', false)) return call(`dt_total_${unit}`, [value])
    return call('div_float', [castTo(micros(value), types.float64), float64(Number(MICROS[unit]))])
  })
}

/** Microseconds since 1970, floored to a unit that is coarser. */
function sinceEpoch(value: Expression, unit: string, node: CallNode): Expression {
  const stamp = value.type.kind === 'date' ? castTo(value, types.timestamp) : value
  const epoch = call('epoch_us', [stamp])
  switch (unit) {
    case 'us':
      return epoch
    case 'ns':
      return call('*', [epoch, int64(1000)])
    case 'ms':
      return call('floordiv', [epoch, int64(1000)])
    case 's':
      return call('floordiv', [epoch, int64(1_000_000)])
    case 'd':
      return castTo(call('floordiv', [epoch, int64(MICROS.days)]), types.int32)
    default:
      throw node.args.invalid('time_unit', '"ns", "us", "ms", "s" or "d"')
  }
}

function asTimestamp(value: Expression): Expression {
  return value.type.kind === 'date' ? castTo(value, types.timestamp) : value
}

/** The start of the window that a point in time falls into; weeks start on Monday. */
export function truncated(value: Expression, length: string, span: SourceSpan | undefined): Expression {
  const { months, days } = parseLength(length, span)
  // only lengths that are written in weeks begin on Mondays
  const isOfDays = months === 0 && days % 7 === 0 && days > 0 && !length.includes('w')
  const each = isOfDays ? `${fixedMicros(parseLength(length, span))}us` : length
  return castTo(call('dt_truncate', [asTimestamp(value), literal(each, types.utf8, span)], span), value.type)
}

function rounded(value: Expression, text: string, node: CallNode): Expression {
  const fixed = fixedMicros(parseLength(text, node.span))
  if (fixed === null) return roundedByCalendar(value, text, node)
  const moved = call('make_timestamp', [
    call('+', [call('epoch_us', [asTimestamp(value)]), int64(fixed / 2n)]),
  ])
  return castTo(truncated(moved, text, node.span), value.type)
}

/** The nearer of the starts of the window and of the one after it. */
function roundedByCalendar(value: Expression, text: string, node: CallNode): Expression {
  const start = truncated(asTimestamp(value), text, node.span)
  const next = offsetBy(start, text, node.span)
  const at = (point: Expression) => call('epoch_us', [point])
  const [before, after] = [
    call('-', [at(asTimestamp(value)), at(start)]),
    call('-', [at(next), at(asTimestamp(value))]),
  ]
  return castTo(caseWhen([{ when: call('>=', [before, after]), then: next }], start), value.type)
}

/** A point in time moved by calendar months and then by a fixed length. */
export function offsetBy(value: Expression, length: string, span: SourceSpan | undefined): Expression {
  return castTo(
    call('dt_offset_by', [asTimestamp(value), literal(length, types.utf8, span)], span),
    value.type,
  )
}

function every(node: CallNode, name: string): string {
  return node.args.string(name, '')
}

/** A length of time as a text; expressions are not taken. */
const lengthParameter = required('every', 'string')
const timeUnit = optional('time_unit', 'string')

const REPLACED = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const

/** The same point in time with some of its parts replaced. */
function replaced(value: Expression, operands: readonly Lowered[], node: CallNode): Expression {
  const given = REPLACED.filter((name) => node.args.expressions(name).length > 0)
  const parts = new Map(
    given.map((name, i) => [name as string, castTo(operands[i + 1]!.expression, types.int64)]),
  )
  const part = (name: string) => parts.get(name) ?? castTo(call(name, [value]), types.int64)
  if (value.type.kind === 'date') return call('make_date', ['year', 'month', 'day'].map(part))
  const micros =
    parts.get('microsecond') ??
    call('pl_mod', [castTo(call('microsecond', [value]), types.int64), int64(1_000_000)])
  const whole = call('make_timestamp', [
    ...['year', 'month', 'day', 'hour', 'minute'].map(part),
    castTo(part('second'), types.float64),
  ])
  return call('+', [whole, call('duration_microseconds', [micros])])
}

export const timeMethods: readonly ElementMethod[] = [
  part('year', 'year', types.int32),
  part('iso_year', 'isoyear', types.int32),
  part('quarter', 'quarter', types.int8),
  part('month', 'month', types.int8),
  part('week', 'week', types.int8),
  part('weekday', 'isodow', types.int8),
  part('day', 'day', types.int8),
  part('ordinal_day', 'dayofyear', types.int16),
  part('hour', 'hour', types.int8, CLOCK),
  part('minute', 'minute', types.int8, CLOCK),
  timeMethod('second', CLOCK, [fractional], (value, _operands, node) => {
    if (!node.args.bool('fractional', false)) return castTo(call('second', [value]), types.int8)
    // of a microsecond, the part of DuckDB counts the seconds too
    const inMinute = call('pl_mod', [
      castTo(call('microsecond', [value]), types.int64),
      int64(MICROS.minutes),
    ])
    return call('div_float', [castTo(inMinute, types.float64), float64(1_000_000)])
  }),
  timeMethod('millisecond', CLOCK, [], (value) =>
    castTo(call('pl_mod', [castTo(call('millisecond', [value]), types.int64), int64(1000)]), types.int32),
  ),
  timeMethod('microsecond', CLOCK, [], (value) =>
    castTo(
      call('pl_mod', [castTo(call('microsecond', [value]), types.int64), int64(1_000_000)]),
      types.int32,
    ),
  ),
  timeMethod('nanosecond', CLOCK, [], (value) =>
    castTo(
      call('*', [
        call('pl_mod', [castTo(call('microsecond', [value]), types.int64), int64(1_000_000)]),
        int64(1000),
      ]),
      types.int32,
    ),
  ),
  timeMethod('is_leap_year', POINTS, [], (value) => {
    const year = castTo(call('year', [value]), types.int64)
    const divides = (n: number) => call('=', [call('pl_mod', [year, int64(n)]), int64(0)])
    return call('and', [divides(4), call('or', [call('not', [divides(100)]), divides(400)])])
  }),
  timeMethod('date', POINTS, [], (value) => castTo(value, types.date)),
  part('century', 'century', types.int32),
  part('millennium', 'millennium', types.int32),
  timeMethod(
    'replace',
    POINTS,
    REPLACED.map((name) => optional(name, 'column')),
    replaced,
  ),
  timeMethod('combine', POINTS, [required('time', 'column')], (value, operands, node) => {
    const clock = operands[1]!.expression
    if (clock.type.kind !== 'time') throw node.args.invalid('time', 'a time of day')
    const day = call('epoch_us', [castTo(castTo(value, types.date), types.timestamp)])
    return call('make_timestamp', [call('+', [day, clockMicros(clock)])])
  }),
  timeMethod('time', ['timestamp'], [], (value) => castTo(value, types.time)),
  // the time of day stays
  timeMethod('month_start', POINTS, [], (value) => {
    const days = call('-', [castTo(call('day', [value]), types.int64), int64(1)])
    return castTo(call('-', [asTimestamp(value), call('duration_days', [days])]), value.type)
  }),
  timeMethod('days_in_month', POINTS, [], (value) =>
    castTo(call('day', [call('last_day', [castTo(value, types.date)])]), types.int8),
  ),
  pointMethod('epoch', POINTS, [timeUnit], (value, _operands, node) =>
    sinceEpoch(value, node.args.string('time_unit', 'us'), node),
  ),
  pointMethod('timestamp', POINTS, [timeUnit], (value, _operands, node) =>
    sinceEpoch(value, node.args.string('time_unit', 'us'), node),
  ),
  timeMethod('truncate', POINTS, [lengthParameter], (value, _operands, node) =>
    truncated(value, every(node, 'every'), node.span),
  ),
  timeMethod('round', POINTS, [lengthParameter], (value, _operands, node) =>
    rounded(value, every(node, 'every'), node),
  ),
  pointMethod('offset_by', POINTS, [required('by', 'string')], (value, _operands, node) => {
    const by = every(node, 'by')
    const zone = zoneOf(value.type)
    const { months, days } = parseLength(by, node.span)
    // hours pass by the instant, days and months by the clock
    if (zone === null || (months === 0 && days === 0)) return offsetBy(value, by, node.span)
    return readIn(offsetBy(clockReading(value), by, node.span), zone)
  }),
  timeMethod('strftime', [...POINTS, 'time'], [required('format', 'string')], (value, _operands, node) =>
    formattedTime(value, node.args.string('format', '')),
  ),
  timeMethod('to_string', [...POINTS, 'time'], [optional('format', 'string')], (value, _operands, node) =>
    formattedTime(value, node.args.string('format', 'iso')),
  ),
  // times stay in microseconds; what is below a millisecond goes
  pointMethod(
    'cast_time_unit',
    ['timestamp', 'duration'],
    [required('time_unit', 'string')],
    (value, _operands, node) => {
      if (node.args.choice('time_unit', ['ns', 'us', 'ms'], 'us') !== 'ms') return value
      const isPoint = value.type.kind === 'timestamp'
      const number = isPoint ? call('epoch_us', [value]) : micros(value)
      const whole = call('*', [call('floordiv', [number, int64(1000)]), int64(1000)])
      return castTo(call(isPoint ? 'make_timestamp' : 'duration_microseconds', [whole]), value.type)
    },
  ),
  total('days'),
  total('hours'),
  total('minutes'),
  total('seconds'),
  total('milliseconds'),
  total('microseconds'),
  timeMethod('total_nanoseconds', ['duration'], [], (value) => call('*', [micros(value), int64(1000)])),
  timeMethod('abs', ['duration'], [], (value) =>
    caseWhen([{ when: call('<', [micros(value), int64(0)]), then: call('negate', [value]) }], value),
  ),
]

const DURATION_UNITS = [
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
] as const

/** pl.duration(minutes=..., ...): a length of time for every row. */
export const durationMethod: ElementMethod = {
  ...element(
    'pl.duration',
    [...DURATION_UNITS.map((unit) => optional(unit, 'operand')), optional('time_unit', 'string')],
    (operands, node) => {
      const given = DURATION_UNITS.filter((unit) => node.args.expressions(unit).length > 0)
      const parts = given.map((unit, i) => unitsAsDuration(operands[i]!.expression, unit, node))
      return parts.reduce(
        (left, right) => call('+', [left, right]),
        castTo(literal(0n, types.duration), types.duration),
      )
    },
  ),
  outputName: 'duration',
}

function unitsAsDuration(
  count: Expression,
  unit: (typeof DURATION_UNITS)[number],
  node: CallNode,
): Expression {
  if (unit === 'nanoseconds') throw unsupported('Nanoseconds in pl.duration', node.span, 'Use microseconds.')
  if (isInteger(count.type)) return call(`duration_${unit}`, [castTo(count, types.int64)])
  const each = unit === 'weeks' ? 7n * MICROS.days : MICROS[unit]
  const length = call('trunc', [
    call('*', [castTo(count, types.float64), literal(Number(each), types.float64)]),
  ])
  return call('duration_microseconds', [castTo(length, types.int64)])
}
