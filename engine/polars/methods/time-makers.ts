import { types } from '../../arrow/types.ts'
import type { ElementMethod } from '../expression-method.ts'
import { call, castTo, int64, literal } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { polarsCast } from '../polars-cast.ts'
import { element } from './elements.ts'

/** pl.time(hour, minute, ...). */
export const timeMethod: ElementMethod = {
  ...element(
    'pl.time',
    ['hour', 'minute', 'second', 'microsecond'].map((name) => optional(name, 'column')),
    (operands, node) => {
      const names = ['hour', 'minute', 'second', 'microsecond'].filter(
        (name) => node.args.expressions(name).length > 0,
      )
      const given = new Map(names.map((name, i) => [name, castTo(operands[i]!.expression, types.int64)]))
      const of = (name: string) => given.get(name) ?? int64(0)
      const seconds = call('+', [
        castTo(of('second'), types.float64),
        call('div_float', [castTo(of('microsecond'), types.float64), literal(1e6, types.float64)]),
      ])
      return call('make_time', [of('hour'), of('minute'), seconds])
    },
  ),
  outputName: 'time',
}

/** pl.from_epoch(column, time_unit). */
export const fromEpochMethod: ElementMethod = element(
  'pl.from_epoch',
  [required('column', 'column'), optional('time_unit', 'string')],
  (operands, node) => {
    const count = castTo(operands[0]!.expression, types.int64)
    const unit = node.args.choice('time_unit', ['s', 'ms', 'us', 'd'], 's')
    if (unit === 'd') return polarsCast(count, types.date, false)
    const micros = { s: 1_000_000, ms: 1000, us: 1 }[unit]
    return call('make_timestamp', [call('*', [count, int64(micros)])])
  },
)

/** pl.date(year, month, day). */
export const dateMethod: ElementMethod = {
  ...element(
    'pl.date',
    [required('year', 'column'), required('month', 'column'), required('day', 'column')],
    (operands) =>
      call(
        'make_date',
        operands.map((operand) => castTo(operand.expression, types.int64)),
      ),
  ),
  outputName: 'date',
}

const datetimeParams = [
  required('year', 'column'),
  required('month', 'column'),
  required('day', 'column'),
  ...['hour', 'minute', 'second', 'microsecond'].map((name) => optional(name, 'column')),
]

/** pl.datetime(year, month, day, hour, ...). */
export const datetimeMethod: ElementMethod = {
  ...element('pl.datetime', datetimeParams, (operands, node) => {
    const names = datetimeParams
      .map((param) => param.name)
      .filter((name) => node.args.expressions(name).length > 0)
    const given = new Map(names.map((name, i) => [name, castTo(operands[i]!.expression, types.int64)]))
    const of = (name: string) => given.get(name) ?? int64(0)
    const seconds = castTo(of('second'), types.float64)
    const stamp = call('make_timestamp', [
      of('year'),
      of('month'),
      of('day'),
      of('hour'),
      of('minute'),
      seconds,
    ])
    const micros = given.get('microsecond')
    return micros === undefined ? stamp : call('+', [stamp, call('duration_microseconds', [micros])])
  }),
  outputName: 'datetime',
}
