import { types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import type { WindowMethod } from '../expression-method.ts'
import { ascending } from '../frame.ts'
import { call, caseWhen, castTo } from '../lowered.ts'
import type { Lowering, RowScope } from '../lowering.ts'
import { optional, required } from '../parameters.ts'
import { RUNNING } from '../stage.ts'
import { isTimeLike, timeNumber } from './time-numbers.ts'
import { fillAlong, self, windowMethod } from './windows.ts'

/** What is known before and after each row that has no value: places and values. */
function neighbours(lowering: Lowering, value: Expression, position: Expression, scope: RowScope) {
  const known = call('is_not_null', [value])
  const at = caseWhen([{ when: known, then: position }], null)
  const [y0, x0, y1, x1] = (['forward', 'backward'] as const).flatMap((way) =>
    [value, at].map((column) => fillAlong(lowering, column, null, scope, way)),
  ) as [Expression, Expression, Expression, Expression]
  return { known, y0, x0, y1, x1 }
}

function asFloat(value: Expression): Expression {
  return castTo(value, types.float64)
}

/** On the straight line between the neighbours that are known. */
function onLine(lowering: Lowering, value: Expression, position: Expression, scope: RowScope): Expression {
  const y = asFloat(value)
  const { known, y0, x0, y1, x1 } = neighbours(lowering, y, asFloat(position), scope)
  const share = call('div_float', [call('-', [asFloat(position), x0]), call('-', [x1, x0])])
  const between = call('+', [y0, call('*', [call('-', [y1, y0]), share])])
  return caseWhen([{ when: known, then: y }], between)
}

/** The nearer neighbour's value; the later one's where both are as near. */
function nearest(lowering: Lowering, value: Expression, position: Expression, scope: RowScope): Expression {
  const { known, y0, x0, y1, x1 } = neighbours(lowering, value, position, scope)
  const isFirst = call('<', [call('-', [position, x0]), call('-', [x1, position])])
  const isInside = call('is_not_null', [call('-', [x1, x0])])
  return caseWhen(
    [
      { when: known, then: value },
      { when: call('and', [isInside, isFirst]), then: y0 },
      { when: isInside, then: y1 },
    ],
    null,
  )
}

/** Values where there are none, from those around them. */
export const interpolationMethods: readonly WindowMethod[] = [
  windowMethod('interpolate', [optional('method', 'string')], (lowering, node, scope) => {
    const value = self(lowering, node, scope)
    const position = lowering.ordered('row_number', [], scope, RUNNING)
    const isLinear = node.args.choice('method', ['linear', 'nearest'], 'linear') === 'linear'
    return (isLinear ? onLine : nearest)(lowering, value, position, scope)
  }),
  windowMethod('interpolate_by', [required('by', 'column')], (lowering, node, scope) => {
    const by = lowering.row(node.args.expression('by'), scope)
    const along: RowScope = { ...scope, order: [ascending(by)] }
    return onLine(lowering, self(lowering, node, scope), isTimeLike(by.type) ? timeNumber(by) : by, along)
  }),
]
