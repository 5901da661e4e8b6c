import { types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { call, castTo } from '../lowered.ts'
import { required } from '../parameters.ts'
import { clockReading, instantIn, readIn, zoneOf } from '../zone-reading.ts'
import { pointMethod, timeMethod } from './time.ts'

/** Points in time and the zones that they are shown in. */
export const zoneMethods: readonly ElementMethod[] = [
  pointMethod(
    'replace_time_zone',
    ['timestamp'],
    [required('time_zone', 'any')],
    (value, _operands, node) => {
      const given = node.args.value('time_zone')
      const isNone = given?.kind === 'scalar' && given.value === null
      return readIn(value, isNone ? null : node.args.string('time_zone', ''))
    },
  ),
  timeMethod(
    'convert_time_zone',
    ['timestamp'],
    [required('time_zone', 'string')],
    (value, _operands, node) => {
      const instant = zoneOf(value.type) === null ? readIn(value, 'UTC') : value
      return instantIn(instant, node.args.string('time_zone', ''))
    },
  ),
  pointMethod('datetime', ['timestamp'], [], clockReading),
  timeMethod('month_end', ['date', 'timestamp'], [], (value) => monthEnd(value)),
]

/** The last day of the month, at the same time of day. */
function monthEnd(value: Expression): Expression {
  const day = castTo(value, types.date)
  const last = call('last_day', [day])
  if (value.type.kind === 'date') return last
  const micros = (point: Expression) => call('epoch_us', [castTo(point, types.timestamp)])
  return call('make_timestamp', [call('+', [micros(last), call('-', [micros(value), micros(day)])])])
}
