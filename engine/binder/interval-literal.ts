import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { intervalUnit, multiplyInterval, parseInterval } from '../plan/temporal-text.ts'
import type { SqlExpression } from '../sql/ast.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/** `INTERVAL '3 days'`, `INTERVAL 3 DAY` and `INTERVAL (a + 1) DAY`. Errors: `syntax`, `cast`. */
export function bindInterval(value: Expression, unit: string | null, sql: SqlExpression): Expression {
  const { span } = sql
  const one = unit === null ? null : intervalUnit(unit)
  if (unit !== null && !one) throw new LakebookError('syntax', `"${unit}" is not a unit of time`, { span })
  if (value.kind === 'literal' && value.value !== null) {
    const seconds = typeof value.value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value.value)
    if (unit === null && seconds)
      return literal(multiplyInterval(intervalUnit('second')!, Number(value.value)), types.interval, span)
    if (one) {
      const count = castTo(value, types.float64)
      const amount = count.kind === 'literal' ? Number(count.value) : NaN
      return literal(multiplyInterval(one, amount), types.interval, span)
    }
    const parsed = typeof value.value === 'string' ? parseInterval(value.value) : null
    if (parsed) return literal(parsed, types.interval, span)
    if (typeof value.value === 'string') return castTo(value, types.interval)
    throw new LakebookError('cast', 'This is not an interval', {
      span,
      hint: "Write INTERVAL '3 days' or INTERVAL 3 DAY.",
    })
  }
  if (!one) return castTo(value, types.interval)
  return scalarCall('*', [literal(one, types.interval), castTo(value, types.int64)], span)
}
