import { physicalType, physicalWidth } from '../arrow/types.ts'
import { explainExpression } from '../plan/explain-expression.ts'
import { inputs, outputColumns } from '../plan/output.ts'
import type { LogicalPlan, SharedRows, SortKey } from '../plan/plan.ts'
import { CardinalityEstimator } from './cardinality.ts'

/** What an operator that has to see all of its rows first is expected to hold. */
export interface HoldingEstimate {
  readonly name: string
  /** E.g. the keys. Empty where there is nothing to say. */
  readonly detail: string
  readonly rows: number
  readonly bytes: number
}

/** What is guessed for the bytes of a text, a list and the like, beside its place in the row. */
const CONTENT_BYTES = 20
/** Bytes of a row beside its values: in a hash table, and among the entries of a sort with the room to sort them. */
const HASH_BYTES = 24
const SORT_BYTES = 40

/**
 * The operators of an optimised plan that hold rows, from the sources to the result, with estimated rows times the
 * width of their columns: right to an order of magnitude, as far as the tables' statistics are.
 */
export function estimateHoldings(plan: LogicalPlan): readonly HoldingEstimate[] {
  const cardinality = new CardinalityEstimator()
  const holdings: HoldingEstimate[] = []
  const hold = (name: string, detail: string, rows: number, rowBytes: number): void => {
    holdings.push({ name, detail, rows: Math.ceil(rows), bytes: Math.ceil(rows * rowBytes) })
  }
  const shared = new Set<SharedRows>()
  const visit = (node: LogicalPlan): void => {
    if (node.kind === 'shared' && !shared.has(node.rows)) {
      shared.add(node.rows)
      visit(node.rows.plan)
    }
    for (const input of inputs(node)) visit(input)
    switch (node.kind) {
      case 'sort':
        hold(
          'Sort',
          node.keys.map((key) => keyText(key, node.input)).join(', '),
          cardinality.rows(node),
          SORT_BYTES + rowWidth(node.input),
        )
        break
      case 'window':
        hold('Window', '', cardinality.rows(node), SORT_BYTES + rowWidth(node.input))
        break
      case 'aggregate': {
        if (node.groups.length === 0) break
        const keys = node.groups.map(({ output }) => output.name).join(', ')
        hold(
          node.aggregates.length === 0 ? 'Distinct' : 'Aggregate',
          keys,
          cardinality.rows(node),
          HASH_BYTES + rowWidth(node),
        )
        break
      }
      case 'join': {
        const build = node.buildSide === 'left' ? node.left : node.right
        hold(
          'Join',
          node.keys.map(({ left }) => explainExpression(left)).join(', '),
          cardinality.rows(build),
          HASH_BYTES + rowWidth(build),
        )
        break
      }
      default:
        break
    }
  }
  visit(plan)
  hold('Result', '', cardinality.rows(plan), rowWidth(plan))
  return holdings
}

/** Bytes of one row of what a node yields. */
function rowWidth(plan: LogicalPlan): number {
  return outputColumns(plan).reduce((sum, { type }) => {
    const physical = physicalType(type)
    const content = physical === 'bytes' || physical === 'list' ? CONTENT_BYTES : 0
    return sum + physicalWidth(physical) + content
  }, 0)
}

/** A key that no one selected is a column that a projection makes for the sort alone: then what it is made of. */
function keyText({ expression, descending }: SortKey, input: LogicalPlan): string {
  const made =
    expression.kind === 'column' && input.kind === 'project'
      ? input.items.find(({ output }) => output.id === expression.id)?.expression
      : undefined
  return `${explainExpression(made ?? expression)}${descending ? ' DESC' : ''}`
}
