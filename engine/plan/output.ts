import { unreachable } from '../errors.ts'
import type { Column, LogicalPlan } from './plan.ts'

function asNullable(columns: readonly Column[]): readonly Column[] {
  return columns.map((column) => (column.nullable ? column : { ...column, nullable: true }))
}

/** The columns that a node yields, in order. */
export function outputColumns(plan: LogicalPlan): readonly Column[] {
  switch (plan.kind) {
    case 'scan':
      return plan.rowNumber === undefined ? plan.columns : [...plan.columns, plan.rowNumber]
    case 'values':
    case 'union':
    case 'shared':
    case 'recursion':
    case 'working_table':
      return plan.columns
    case 'filter':
    case 'sort':
    case 'limit':
      return outputColumns(plan.input)
    case 'project':
      return plan.items.map((item) => item.output)
    case 'aggregate':
      return [...plan.groups.map((group) => group.output), ...plan.aggregates.map((call) => call.output)]
    case 'window':
      return [...outputColumns(plan.input), ...plan.calls.map((call) => call.output)]
    case 'unnest':
      return [...outputColumns(plan.input), ...plan.items.map((item) => item.output)]
    case 'row_number':
      return [...outputColumns(plan.input), plan.output]
    case 'join': {
      const left = outputColumns(plan.left)
      const right = outputColumns(plan.right)
      switch (plan.type) {
        case 'inner':
          return [...left, ...right]
        case 'left':
        case 'single':
          return [...left, ...asNullable(right)]
        case 'right':
          return [...asNullable(left), ...right]
        case 'full':
          return [...asNullable(left), ...asNullable(right)]
        case 'semi':
        case 'anti':
          return left
        case 'mark':
          return plan.mark === null ? left : [...left, plan.mark]
        default:
          return unreachable(plan.type)
      }
    }
    default:
      return unreachable(plan)
  }
}

/** The plans that a node reads, in order. */
export function inputs(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'shared':
    case 'working_table':
      return []
    case 'recursion':
      return [plan.anchor, plan.step]
    case 'union':
      return plan.inputs
    case 'join':
      return [plan.left, plan.right]
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'row_number':
      return [plan.input]
    default:
      return unreachable(plan)
  }
}
