import { isFloat, isInteger, type DataType } from '../arrow/types.ts'
import { valueBounds } from './literal-cast.ts'
import { someExpression } from './expression-tree.ts'
import { inputs } from './output.ts'
import type { Expression, LogicalPlan } from './plan.ts'

const OVERFLOWS: ReadonlySet<string> = new Set(['+', '-', '*', 'abs'])

/** Whether a plan computes columns, of rows or of groups, whose values may not fit their types or be no such values. */
export function computesWhatMayFail(plan: LogicalPlan): boolean {
  const computed =
    plan.kind === 'project'
      ? plan.items.map(({ expression }) => expression)
      : plan.kind === 'aggregate'
        ? plan.aggregates.flatMap(({ args }) => args)
        : []
  return computed.some((each) => someExpression(each, mayFail)) || inputs(plan).some(computesWhatMayFail)
}

function mayFail(node: Expression): boolean {
  if (node.kind === 'call') return OVERFLOWS.has(node.fn) && isInteger(node.type)
  return node.kind === 'cast' && !node.try && narrows(node.type, node.arg.type)
}

/** Whether some value of `from` is none of the type. */
function narrows(type: DataType, from: DataType): boolean {
  if (from.kind === 'utf8') return type.kind !== 'utf8'
  if (!isInteger(type)) return false
  const [own, other] = [valueBounds(type), valueBounds(from)]
  return isFloat(from) || (own !== null && other !== null && (own[0] > other[0] || own[1] < other[1]))
}
