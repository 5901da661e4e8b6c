import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, int64, literal } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { element } from './elements.ts'
import { timeMethod } from './time.ts'

const POINTS = ['date', 'timestamp'] as const
const calendar = [optional('week_mask', 'any'), optional('holidays', 'any')]

function refuseCalendar(node: CallNode): void {
  for (const name of ['week_mask', 'holidays']) {
    const given = node.args.value(name)
    const isEmpty = given === undefined || (given.kind === 'list' && given.items.length === 0)
    if (!isEmpty)
      throw unsupported(`The argument \`${name}\``, node.span, 'Business days are Monday to Friday.')
  }
}

/** Days since Monday, 29 December 1969. */
function daysSinceMonday(value: Expression): Expression {
  const day = castTo(value, types.date)
  const since = call('-', [day, literal(0n, types.date)])
  return call('+', [castTo(since, types.int64), int64(3)])
}

/** 0 on Monday to 6 on Sunday. */
function weekday(days: Expression): Expression {
  return call('pl_mod', [days, int64(7)])
}

function isBusinessDay(value: Expression): Expression {
  return call('<', [weekday(daysSinceMonday(value)), int64(5)])
}

/** Business days before the day: five for each whole week, and those of the last one. */
function countBefore(days: Expression): Expression {
  const weeks = call('floordiv', [days, int64(7)])
  return call('+', [call('*', [weeks, int64(5)]), call('least', [weekday(days), int64(5)])])
}

/** The day on which so many business days lie before. */
function dayOfCount(count: Expression): Expression {
  const weeks = call('floordiv', [count, int64(5)])
  return call('+', [call('*', [weeks, int64(7)]), call('pl_mod', [count, int64(5)])])
}

const ROLLS = ['raise', 'forward', 'backward'] as const

/** So many business days later; a day that is none goes to the next or last one first, or fails the query. */
function added(value: Expression, n: Expression, node: CallNode): Expression {
  const roll = node.args.choice('roll', ROLLS, 'raise')
  const days = daysSinceMonday(value)
  const onBusinessDay = call('<', [weekday(days), int64(5)])
  const counted = countBefore(days)
  const start =
    roll === 'backward'
      ? caseWhen([{ when: onBusinessDay, then: counted }], call('-', [counted, int64(1)]))
      : counted
  const moved = dayOfCount(call('+', [start, castTo(n, types.int64)]))
  const shift = call('-', [moved, days])
  if (roll !== 'raise') return later(value, shift)
  const message = literal(
    '`dt.add_business_days` starts at a day that is none: give roll="forward" or "backward"',
    types.utf8,
  )
  const known = onBusinessDay.nullable
    ? call('coalesce', [onBusinessDay, literal(true, types.bool)])
    : onBusinessDay
  return later(value, call('ensure', [shift, known, message], node.span))
}

function later(value: Expression, days: Expression): Expression {
  if (value.type.kind === 'date') return call('+', [value, castTo(days, types.int32)])
  return call('+', [value, call('duration_days', [days])])
}

/** Methods that count from Monday to Friday. */
export const businessDayMethods: readonly ElementMethod[] = [
  timeMethod('is_business_day', POINTS, calendar, (value, _operands, node) => {
    refuseCalendar(node)
    return isBusinessDay(value)
  }),
  timeMethod(
    'add_business_days',
    POINTS,
    [required('n', 'column'), ...calendar, optional('roll', 'string')],
    (value, operands, node) => {
      refuseCalendar(node)
      return added(value, operands[1]!.expression, node)
    },
  ),
]

/** pl.business_day_count(start, end): the first counts, the last does not; below zero when they are the other way. */
export const businessDayCount: ElementMethod = {
  ...element(
    'pl.business_day_count',
    [required('start', 'column'), required('end', 'column'), ...calendar],
    (operands, node) => {
      refuseCalendar(node)
      const [start, end] = operands.map((operand) => daysSinceMonday(operand.expression))
      return castTo(call('-', [countBefore(end!), countBefore(start!)]), types.int32)
    },
  ),
}
