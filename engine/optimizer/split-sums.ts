import { isInteger, sameType, types } from '../arrow/types.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { sameExpression } from '../plan/expression-tree.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type { Aggregate, AggregateCall, Column, Expression, LogicalPlan } from '../plan/plan.ts'
import { passThrough } from '../plan/project-columns.ts'

/**
 * `sum(x + c)` of whole numbers and a constant is `sum(x) + c * count(x)`, so that many such sums of one column are two
 * aggregates. What `x + c` would overflow by is no error any more.
 */
export function splitSums(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) => (node.kind === 'aggregate' ? split(node) : node))
}

function split(plan: Aggregate): LogicalPlan {
  const aggregates: AggregateCall[] = []
  const values = new Map<Column, Expression>()
  for (const call of plan.aggregates) {
    const shifted =
      call.fn === 'sum' && !call.distinct && call.orderBy.length === 0 ? shiftedBy(call.args[0]!) : null
    if (shifted === null) aggregates.push(call)
    else values.set(call.output, sumOf(call, shifted, aggregates))
  }
  if (values.size === 0) return plan
  const outputs = [...plan.groups, ...plan.aggregates].map(({ output }) => output)
  return {
    kind: 'project',
    input: { ...plan, aggregates },
    items: outputs.map((output) => {
      const expression = values.get(output)
      return expression === undefined ? passThrough(output) : { output, expression }
    }),
  }
}

interface Shifted {
  readonly value: Expression
  readonly by: bigint
}

/** The parts of `x + c`, `c + x` and `x - c`, also where it is widened to a BIGINT; null for everything else. */
function shiftedBy(expression: Expression): Shifted | null {
  if (
    expression.kind === 'cast' &&
    isInteger(expression.arg.type) &&
    sameType(expression.type, types.int64)
  ) {
    const shifted = shiftedBy(expression.arg)
    return shifted && { ...shifted, value: { ...expression, arg: shifted.value } }
  }
  if (expression.kind !== 'call' || !isInteger(expression.type)) return null
  const [left, right] = expression.args
  if (expression.fn === '+' && constantOf(left) !== null) return shifted(right!, constantOf(left)!)
  const constant = constantOf(right)
  if (constant === null) return null
  if (expression.fn === '+') return shifted(left!, constant)
  return expression.fn === '-' ? shifted(left!, -constant) : null
}

function shifted(value: Expression, by: bigint): Shifted {
  const below = shiftedBy(value)
  return below === null ? { value, by } : { value: below.value, by: below.by + by }
}

function constantOf(expression: Expression | undefined): bigint | null {
  return expression?.kind === 'literal' && typeof expression.value === 'bigint' ? expression.value : null
}

/** The sum from two aggregates, which are added unless they are there. */
function sumOf(call: AggregateCall, { value, by }: Shifted, aggregates: AggregateCall[]): Expression {
  const { type, nullable } = call.output
  const sum = shared({ ...call, args: [value] }, newColumn('sum', type, nullable), aggregates)
  const counted = { ...call, fn: 'count', args: [value] }
  const count = shared(counted, newColumn('count', types.int64, false), aggregates)
  const rows: Expression = { kind: 'cast', arg: count, try: false, type, nullable: false }
  const constant: Expression = { kind: 'literal', value: by, type, nullable: false }
  const total: Expression = { kind: 'call', fn: '*', args: [rows, constant], type, nullable: false }
  return { kind: 'call', fn: '+', args: [sum, total], type, nullable, span: call.span }
}

function shared(call: AggregateCall, output: Column, aggregates: AggregateCall[]): Expression {
  const known = aggregates.find(
    ({ fn, args, filter }) =>
      fn === call.fn &&
      args.length === 1 &&
      sameExpression(args[0]!, call.args[0]!) &&
      (filter === null || call.filter === null
        ? filter === call.filter
        : sameExpression(filter, call.filter)),
  )
  if (known === undefined) aggregates.push({ ...call, output })
  return columnReference(known?.output ?? output)
}
