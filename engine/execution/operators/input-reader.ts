import { columnReference, newColumn } from '../../plan/column-ids.ts'
import { isVolatile, substitute } from '../../plan/expression-tree.ts'
import { outputColumns } from '../../plan/output.ts'
import { columnsOf, freshPlan, nodeExpressions } from '../../plan/plan-tree.ts'
import type { Column, ColumnId, Expression, LogicalPlan, Shared, SharedRows } from '../../plan/plan.ts'

/**
 * Reads a plan's rows once more, no more columns of them than these expressions need. `here` is an expression over the
 * plan's columns as one over those that are read.
 */
export type InputReader = (expressions: readonly Expression[]) => {
  readonly plan: LogicalPlan
  readonly here: (expression: Expression) => Expression
}

/** A table is read again each time; anything else is computed once. */
export function readerOf(input: LogicalPlan): InputReader {
  const read = isTable(input) ? () => freshPlan(input) : sharedReader(input)
  return (expressions) => {
    const { plan, columns } = read()
    const references = new Map([...columns].map(([id, column]) => [id, columnReference(column)]))
    const here = (expression: Expression): Expression => substitute(expression, references)
    const wanted = expressions.flatMap((expression) => [...columnsOf(here(expression))])
    return { plan: narrowed(plan, new Set(wanted)), here }
  }
}

function sharedReader(input: LogicalPlan): () => ReturnType<typeof freshPlan> {
  const rows: SharedRows = { name: 'input', plan: input, materialized: true, ordinal: 0 }
  const outputs = outputColumns(input)
  return () => {
    const columns = outputs.map(({ name, type, nullable }, source) => ({
      ...newColumn(name, type, nullable),
      source,
    }))
    const plan: Shared = { kind: 'shared', rows, columns }
    return { plan, columns: new Map<ColumnId, Column>(outputs.map(({ id }, index) => [id, columns[index]!])) }
  }
}

/** Conditions and projections over a table, which give the same rows each time. */
function isTable(plan: LogicalPlan): boolean {
  if (nodeExpressions(plan).some(isVolatile)) return false
  if (plan.kind === 'filter' || plan.kind === 'project') return isTable(plan.input)
  return plan.kind === 'scan'
}

function narrowed(plan: LogicalPlan, wanted: ReadonlySet<ColumnId>): LogicalPlan {
  const wantedBy = (expressions: readonly Expression[]): ReadonlySet<ColumnId> =>
    new Set([...wanted, ...expressions.flatMap((each) => [...columnsOf(each)])])
  switch (plan.kind) {
    case 'scan': {
      const needed = wantedBy(plan.filters)
      return { ...plan, columns: plan.columns.filter(({ id }) => needed.has(id)) }
    }
    case 'shared':
      return { ...plan, columns: plan.columns.filter(({ id }) => wanted.has(id)) }
    case 'filter':
      return { ...plan, input: narrowed(plan.input, wantedBy([plan.predicate])) }
    case 'project': {
      const items = plan.items.filter(({ output }) => wanted.has(output.id))
      const needed = new Set(items.flatMap(({ expression }) => [...columnsOf(expression)]))
      return { ...plan, items, input: narrowed(plan.input, needed) }
    }
    default:
      return plan
  }
}
