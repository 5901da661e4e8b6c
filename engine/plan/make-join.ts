import { conjunction } from './expression-tree.ts'
import type { Expression, Join, JoinType, LogicalPlan } from './plan.ts'
import { columnsOf, outputIds } from './plan-tree.ts'

/** Splits a join's condition into equalities between the sides and the rest. */
export function makeJoin(
  type: JoinType,
  left: LogicalPlan,
  right: LogicalPlan,
  condition: readonly Expression[],
): Join {
  const leftIds = outputIds(left)
  const rightIds = outputIds(right)
  const side = (expression: Expression): 'left' | 'right' | 'other' => {
    const ids = [...columnsOf(expression)]
    if (ids.length === 0) return 'other'
    if (ids.every((id) => leftIds.has(id))) return 'left'
    return ids.every((id) => rightIds.has(id)) ? 'right' : 'other'
  }
  const keys: Join['keys'][number][] = []
  const rest: Expression[] = []
  for (const each of condition) {
    const isEquality = each.kind === 'call' && (each.fn === '=' || each.fn === 'is_not_distinct_from')
    const [a, b] = isEquality ? each.args : []
    const sides = a && b ? `${side(a)} ${side(b)}` : ''
    const nullSafe = isEquality && each.fn === 'is_not_distinct_from'
    if (a && b && sides === 'left right') keys.push({ left: a, right: b, nullSafe })
    else if (a && b && sides === 'right left') keys.push({ left: b, right: a, nullSafe })
    else rest.push(each)
  }
  const residual = rest.length > 0 ? conjunction(rest) : null
  return { kind: 'join', type, left, right, keys, residual, mark: null, buildSide: 'right' }
}
