import type { ColumnPredicate, Comparison, StatisticValue } from '../catalog/table-provider.ts'
import { explainExpression } from '../plan/explain-expression.ts'
import { terms } from '../plan/expression-tree.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type { ColumnId, Expression, LiteralValue, LogicalPlan, Scan } from '../plan/plan.ts'
import { compareValues } from './fold-expression.ts'

/** Tells scans which of their filters statistics can decide. The filters stay: statistics only rule files and groups out. */
export function extractPredicates(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) => {
    if (node.kind !== 'scan' || node.filters.length === 0) return node
    const sources = new Map(node.columns.map((column) => [column.id, column.source]))
    const predicates = node.filters
      .flatMap((filter) => terms(filter, 'and'))
      .flatMap((each) => predicatesOf(each, sources))
    return { ...node, predicates } satisfies Scan
  })
}

/** The scan's filters as predicates that say exactly the same; null where there are none for one of them. */
export function exactPredicates(scan: Scan): readonly ColumnPredicate[] | null {
  const sources = new Map(scan.columns.map((column) => [column.id, column.source]))
  const conditions = scan.filters.flatMap((filter) => terms(filter, 'and'))
  const exact = conditions.flatMap((each) => {
    const found = predicatesOf(each, sources)
    return found.length === 1 && each.kind === 'call' && each.fn !== 'like' ? found : []
  })
  return exact.length === conditions.length ? exact : null
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

function isComparison(fn: string): fn is Comparison {
  return Object.hasOwn(mirrored, fn)
}

/** Statistics hold no intervals and no lists; NULL decides nothing. */
function isStatistic(value: LiteralValue): value is StatisticValue {
  return value !== null && (typeof value !== 'object' || value instanceof Uint8Array)
}

function predicatesOf(
  expression: Expression,
  sources: ReadonlyMap<ColumnId, number>,
): readonly ColumnPredicate[] {
  if (expression.kind !== 'call') return []
  const text = explainExpression(expression)
  const [first, second] = expression.args
  const column = first?.kind === 'column' ? sources.get(first.id) : undefined
  const { fn } = expression
  if (isComparison(fn)) {
    if (column !== undefined && second?.kind === 'literal' && isStatistic(second.value)) {
      return [{ kind: 'compare', column, op: fn, value: second.value, text }]
    }
    const other = second?.kind === 'column' ? sources.get(second.id) : undefined
    if (other !== undefined && first?.kind === 'literal' && isStatistic(first.value)) {
      return [{ kind: 'compare', column: other, op: mirrored[fn], value: first.value, text }]
    }
    return []
  }
  if (column === undefined) return []
  switch (fn) {
    case 'is_null':
    case 'is_not_null':
      return [{ kind: fn, column, text }]
    case 'in': {
      const values = expression.args.slice(1).map((arg) => (arg.kind === 'literal' ? arg.value : null))
      if (!values.every(isStatistic)) return []
      return values.length > MOST_VALUES
        ? boundsOf(column, values, text)
        : [{ kind: 'in', column, values, text }]
    }
    case 'like':
      return second?.kind === 'literal' && typeof second.value === 'string' && expression.args.length === 2
        ? prefixPredicates(column, second.value, text)
        : []
    default:
      return []
  }
}

/** Statistics of every row group and page would be asked about each of more values than these. */
const MOST_VALUES = 1000

/** One of many values lies between the least and the greatest of them. */
function boundsOf(
  column: number,
  values: readonly StatisticValue[],
  text: string,
): readonly ColumnPredicate[] {
  let [least, greatest] = [values[0]!, values[0]!]
  for (const value of values) {
    const [fromLeast, fromGreatest] = [compareValues(value, least), compareValues(value, greatest)]
    if (fromLeast === undefined || fromGreatest === undefined || Number.isNaN(value)) return []
    if (fromLeast < 0) least = value
    if (fromGreatest > 0) greatest = value
  }
  return [
    { kind: 'compare', column, op: '>=', value: least, text },
    { kind: 'compare', column, op: '<=', value: greatest, text },
  ]
}

/** `LIKE 'abc%'` lies from 'abc' to before 'abd'. */
function prefixPredicates(column: number, pattern: string, text: string): readonly ColumnPredicate[] {
  const prefix = /^[^%_]*/.exec(pattern)![0]
  if (prefix === '') return []
  const from: ColumnPredicate = { kind: 'compare', column, op: '>=', value: prefix, text }
  const last = prefix.codePointAt(prefix.length - 1)!
  if (last >= 0x7f) return [from]
  const end = prefix.slice(0, -1) + String.fromCodePoint(last + 1)
  return [from, { kind: 'compare', column, op: '<', value: end, text }]
}
