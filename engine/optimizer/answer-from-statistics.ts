import type { DecidedRows, WantedFact } from '../catalog/table-provider.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type {
  Aggregate,
  AggregateCall,
  Column,
  ColumnId,
  Expression,
  LiteralValue,
  LogicalPlan,
  Scan,
  Values,
} from '../plan/plan.ts'
import { exactPredicates } from './extract-predicates.ts'
import { mergePartial } from './merge-aggregates.ts'

/**
 * Counts, minima and maxima over a whole table come from its statistics as far as these are exact: parts of the table
 * of which they decide every condition are not read, and the rest is counted as ever.
 */
export function answerFromStatistics(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) => (node.kind === 'aggregate' ? answer(node) : node))
}

/** One aggregate, and the column of the table that it is over; null for `count(*)`. */
interface Asked {
  readonly call: AggregateCall
  readonly column: number | null
}

function answer(plan: Aggregate): LogicalPlan {
  const scan = scanBelow(plan.input)
  if (scan === null || plan.groups.length > 0 || plan.aggregates.length === 0) return plan
  const { provider } = scan
  const predicates = exactPredicates(scan)
  const asked = plan.aggregates.flatMap((call) => askedOf(call, plan.input, scan))
  if (provider.decide === undefined || predicates === null || asked.length < plan.aggregates.length)
    return plan
  const decided = provider.decide(
    predicates,
    asked.flatMap(({ call, column }): WantedFact[] =>
      column === null ? [] : [{ column, fact: call.fn === 'count' ? 'nulls' : 'bounds' }],
    ),
  )
  if (decided === null) return plan
  const known = valuesOf(asked, decided)
  if (decided.rest === null) {
    const items = asked.map(({ call }, index) => ({
      output: call.output,
      expression: columnReference(known.columns[index]!),
    }))
    return { kind: 'project', input: known, items }
  }
  const rest: Scan = { ...scan, provider: decided.rest }
  return together(plan, known, { ...plan, input: withScan(plan.input, rest) })
}

function scanBelow(plan: LogicalPlan): Scan | null {
  if (plan.kind === 'project') return scanBelow(plan.input)
  return plan.kind === 'scan' ? plan : null
}

function withScan(plan: LogicalPlan, scan: Scan): LogicalPlan {
  return plan.kind === 'project' ? { ...plan, input: withScan(plan.input, scan) } : scan
}

/** Empty where statistics cannot know the answer. */
function askedOf(call: AggregateCall, input: LogicalPlan, scan: Scan): readonly Asked[] {
  if (call.distinct || call.filter !== null) return []
  if (call.fn === 'count_star') return [{ call, column: null }]
  const [argument] = call.args
  if (!['count', 'min', 'max'].includes(call.fn) || call.args.length !== 1 || argument === undefined)
    return []
  const id = tableColumn(argument, input)
  const column = scan.columns.find((candidate) => candidate.id === id)
  return column === undefined ? [] : [{ call, column: column.source }]
}

/** The scan's column that an expression passes on, by id. */
function tableColumn(expression: Expression, plan: LogicalPlan): ColumnId | null {
  if (expression.kind !== 'column') return null
  if (plan.kind !== 'project') return expression.id
  const item = plan.items.find(({ output }) => output.id === expression.id)
  return item === undefined ? null : tableColumn(item.expression, plan.input)
}

/** What is known, as one row. */
function valuesOf(asked: readonly Asked[], decided: DecidedRows): Values {
  const columns = asked.map(({ call: { output } }) => newColumn(output.name, output.type, output.nullable))
  const row = asked.map(({ call, column }): LiteralValue => {
    if (column === null) return BigInt(decided.rows)
    const { min, max, nullCount } = decided.facts(column)
    if (call.fn === 'count') return BigInt(decided.rows - nullCount)
    return call.fn === 'min' ? min : max
  })
  return { kind: 'values', columns, rows: [row] }
}

/** The aggregates over what is known and what was computed. */
function together(plan: Aggregate, known: Values, rest: Aggregate): LogicalPlan {
  const outputs = (): Column[] =>
    plan.aggregates.map(({ output }) => newColumn(output.name, output.type, output.nullable))
  const computed = outputs()
  const columns = outputs()
  const merged = plan.aggregates.map((call, index) => mergePartial(call, columns[index]!))
  return {
    kind: 'project',
    items: merged.map(({ output, value }) => ({ output, expression: value })),
    input: {
      kind: 'aggregate',
      groups: [],
      aggregates: merged.map(({ call }) => call),
      input: {
        kind: 'union',
        columns,
        inputs: [
          known,
          {
            ...rest,
            aggregates: rest.aggregates.map((call, index) => ({ ...call, output: computed[index]! })),
          },
        ],
      },
    },
  }
}
