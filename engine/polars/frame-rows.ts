import { unsupported } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Column, LogicalPlan } from '../plan/plan.ts'
import { columnNode, type PolarsExpression } from './expression.ts'
import { inOrder, withOrdinal, type Frame } from './frame.ts'
import { call, int64 } from './lowered.ts'
import { Lowering } from './lowering.ts'
import { callExpressionMethod } from './method-registry.ts'
import type { BoundArguments } from './parameters.ts'
import { filterFrame } from './select.ts'
import { selectColumns } from './selector.ts'
import { reversed, RUNNING, WHOLE_PARTITION } from './stage.ts'

/** Every named column, in the frame's order or the order given. */
export function columnsNamed(
  frame: Frame,
  expressions: readonly PolarsExpression[],
  what: string,
): readonly Column[] {
  return expressions.flatMap((expression) => {
    if (expression.kind !== 'columns')
      throw unsupported(`An expression in ${what}`, expression.span, 'Name columns.')
    return selectColumns(expression.selector, frame.columns, expression.span)
  })
}

export function limited(frame: Frame, limit: number | null, offset: number): Frame {
  const sorted = inOrder(frame)
  const plan: LogicalPlan = { kind: 'limit', input: sorted.plan, limit, offset }
  return { ...sorted, plan }
}

export function head(frame: Frame, args: BoundArguments): Frame {
  const n = args.int('n', 5)
  return n < 0 ? tail(frame, null, -n) : limited(frame, n, 0)
}

/** The last n rows (below zero: all but the first), without `skip` of them: rows of the opposite order, in order again. */
export function tail(frame: Frame, n: number | null, skip = 0): Frame {
  if (n !== null && n < 0) return limited(frame, null, -n)
  const { frame: numbered, ordinal } = withOrdinal(frame)
  const backwards = { expression: columnReference(ordinal), descending: true, nullsFirst: false }
  const sorted: LogicalPlan = { kind: 'sort', input: numbered.plan, keys: [backwards], limit: null }
  return { ...numbered, plan: { kind: 'limit', input: sorted, limit: n, offset: skip } }
}

export function slice(frame: Frame, args: BoundArguments): Frame {
  const offset = args.int('offset', 0)
  const length = args.has('length') ? args.int('length', 0) : null
  if (offset >= 0) return limited(frame, length, offset)
  const count = Math.min(length ?? -offset, -offset)
  return tail(frame, count, -offset - count)
}

export function unique(frame: Frame, args: BoundArguments): Frame {
  const subset = args.has('subset')
    ? columnsNamed(frame, args.expressions('subset'), 'unique')
    : frame.columns
  const keep = args.choice('keep', ['any', 'first', 'last', 'none'], 'any')
  const keys = subset.map(columnReference)
  const maintainOrder = args.bool('maintain_order', false)
  if (!maintainOrder && keep !== 'none' && subset.length === frame.columns.length) {
    const groups = frame.columns.map((column) => ({
      output: newColumn(column.name, column.type, column.nullable),
      expression: columnReference(column),
    }))
    const plan: LogicalPlan = { kind: 'aggregate', input: frame.plan, groups, aggregates: [] }
    return { plan, columns: groups.map((group) => group.output), order: null }
  }
  const lowering = new Lowering(frame)
  const order = lowering.stage.order()
  const spec = {
    partitionBy: keys,
    orderBy: keep === 'last' ? reversed(order) : order,
  }
  const position =
    keep === 'none'
      ? lowering.stage.window('count_star', [], { partitionBy: keys, orderBy: [] }, WHOLE_PARTITION)
      : lowering.stage.window('row_number', [], spec, RUNNING)
  const staged = lowering.stage.finish()
  return {
    ...staged,
    plan: { kind: 'filter', input: staged.plan, predicate: call('=', [position, int64(1)]) },
  }
}

export function dropNulls(frame: Frame, args: BoundArguments): Frame {
  const subset = args.has('subset')
    ? columnsNamed(frame, args.expressions('subset'), 'drop_nulls')
    : frame.columns
  const predicates = subset
    .filter((column) => column.nullable)
    .map((column) =>
      callExpressionMethod(
        columnNode(column.name),
        'is_not_null',
        { args: [], keywords: [], span: args.span },
        args.span,
      ),
    )
  return predicates.length === 0 ? frame : filterFrame(frame, predicates)
}

export function reverse(frame: Frame): Frame {
  const { frame: numbered, ordinal } = withOrdinal(frame)
  const keys = [{ expression: columnReference(ordinal), descending: true, nullsFirst: false }]
  return { ...numbered, order: { keys, total: true } }
}
