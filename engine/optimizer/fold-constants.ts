import type { DataType } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import { isTrue } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { mapExpressionsDeep, rewritePlanUp } from '../plan/plan-tree.ts'
import { INFINITE_MICROS } from '../arrow/infinite-time.ts'
import type { CallExpression, Expression, LogicalPlan } from '../plan/plan.ts'
import { MICROS_PER_DAY } from '../plan/temporal-text.ts'
import { foldNode } from './fold-expression.ts'

/** Computes what needs no row, and drops filters that always hold or never. */
export function foldConstants(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(
    mapExpressionsDeep(plan, (node) => compareUncast(foldNode(node))),
    dropFilter,
  )
}

function dropFilter(node: LogicalPlan): LogicalPlan {
  if (node.kind !== 'filter' || node.predicate.kind !== 'literal') return node
  if (isTrue(node.predicate)) return node.input
  return { kind: 'values', columns: outputColumns(node), rows: [] }
}

const comparisons = ['=', '<>', '<', '<=', '>', '>='] as const
type Comparison = (typeof comparisons)[number]

function isComparison(fn: string): fn is Comparison {
  return (comparisons as readonly string[]).includes(fn)
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/**
 * `CAST(date AS TIMESTAMP) <= TIMESTAMP '1998-09-02'` compares the date itself, which scans can prune by. A moment
 * that is not midnight lies between two days.
 */
function compareUncast(node: Expression): Expression {
  if (node.kind !== 'call' || !isComparison(node.fn)) return node
  const [left, right] = node.args as [Expression, Expression]
  if (left.kind === 'literal' && right.kind === 'cast') {
    return compareUncast({ ...node, fn: mirrored[node.fn], args: [right, left] })
  }
  if (left.kind !== 'cast' || right.kind !== 'literal' || typeof right.value !== 'bigint') return node
  const from = left.arg.type
  if (from.kind === 'date' && isLocal(left.type)) return dayComparison(node, node.fn, left.arg, right.value)
  return node
}

function isLocal(type: DataType): boolean {
  return type.kind === 'timestamp' && type.zone === null
}

function dayComparison(node: CallExpression, fn: Comparison, date: Expression, micros: bigint): Expression {
  if (micros === INFINITE_MICROS || micros === -INFINITE_MICROS) return node
  const timeOfDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  const day = (micros - timeOfDay) / MICROS_PER_DAY
  const against = (op: Comparison): Expression => ({
    ...node,
    fn: op,
    args: [date, { kind: 'literal', value: day, type: date.type, nullable: false }],
  })
  if (timeOfDay === 0n) return against(fn)
  switch (fn) {
    case '<':
    case '<=':
      return against('<=')
    case '>':
    case '>=':
      return against('>')
    case '=':
    case '<>':
      return node
    default:
      return unreachable(fn)
  }
}
