import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, freshColumnId, newColumn } from '../plan/column-ids.ts'
import { conjunction } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { freshPlan } from '../plan/plan-tree.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import { oneRow } from '../plan/project-columns.ts'
import type { Query, SqlExpression } from '../sql/ast.ts'
import { booleanCall, literal, not } from './coerce.ts'
import { compared } from './collation.ts'
import type { ExpressionContext } from './expression-context.ts'
import { compareRows, isComparison, negated, type Comparison } from './row-comparison.ts'

type Bind = (context: ExpressionContext, sql: SqlExpression) => Expression

export function bindSubquery(context: ExpressionContext, query: Query): LogicalPlan {
  return context.environment.bindQuery(context.environment, query, context.scope)
}

function oneColumn(plan: LogicalPlan, span: SourceSpan | undefined): Expression {
  const columns = outputColumns(plan)
  if (columns.length === 1) return columnReference(columns[0]!)
  const message = `A subquery used as a value has one column; this one has ${columns.length}`
  throw new LakebookError('type', message, { span })
}

export function bindScalarQuery(
  context: ExpressionContext,
  query: Query,
  span: SourceSpan | undefined,
): Expression {
  const plan = bindSubquery(context, query)
  const { type } = oneColumn(plan, span)
  return { kind: 'subquery', form: 'scalar', plan, operand: null, type, nullable: true, span }
}

/** `x IN (SELECT …)`, also of a row of values. */
export function bindInQuery(
  context: ExpressionContext,
  operand: SqlExpression,
  query: Query,
  isNegated: boolean,
  span: SourceSpan | undefined,
  bind: Bind,
): Expression {
  const plan = bindSubquery(context, query)
  const found =
    operand.kind === 'tuple'
      ? rowIn(
          operand.items.map((item) => bind(context, item)),
          plan,
          span,
        )
      : isAmong(bind(context, operand), plan, span)
  return isNegated ? not(found) : found
}

/** As the SQL standard has it: a row whose other values differ is not equal, whatever is NULL. */
function rowIn(row: readonly Expression[], plan: LogicalPlan, span: SourceSpan | undefined): Expression {
  return someRow(plan, (other) => equalFields(row, other, span), span)
}

function exists(plan: LogicalPlan, predicate: Expression | null, span: SourceSpan | undefined): Expression {
  return {
    kind: 'subquery',
    form: 'exists',
    plan: predicate ? { kind: 'filter', input: plan, predicate } : plan,
    operand: null,
    type: types.bool,
    nullable: false,
    span,
  }
}

/** True where the first is, else NULL where the second is, else false. */
function unlessUnknown(isTrue: Expression, isUnknown: Expression, span: SourceSpan | undefined): Expression {
  return {
    kind: 'case',
    branches: [
      { when: isTrue, then: literal(true, types.bool) },
      { when: isUnknown, then: literal(null, types.bool) },
    ],
    otherwise: literal(false, types.bool),
    type: types.bool,
    nullable: true,
    span,
  }
}

function isAmong(operand: Expression, plan: LogicalPlan, span: SourceSpan | undefined): Expression {
  const column = oneColumn(plan, span)
  const [tested, value] = compared(operand, column, span)
  const cast = value === column ? plan : withOutput(plan, value)
  const nullable = tested.nullable || outputColumns(cast)[0]!.nullable
  return { kind: 'subquery', form: 'in', plan: cast, operand: tested, type: types.bool, nullable, span }
}

/** The plan with an expression over its only column in the place of that. */
function withOutput(plan: LogicalPlan, expression: Expression): LogicalPlan {
  const { type, nullable } = expression
  const output = { ...outputColumns(plan)[0]!, id: freshColumnId(), type, nullable }
  return { kind: 'project', input: plan, items: [{ output, expression }] }
}

function equalFields(
  left: readonly Expression[],
  right: readonly Expression[],
  span: SourceSpan | undefined,
): Expression {
  if (left.length !== right.length) {
    const message = `A row of ${left.length} values is compared with a subquery of ${right.length} columns`
    throw new LakebookError('type', message, { span })
  }
  return conjunction(
    left.map((each, index) => booleanCall('=', compared(each, right[index]!, span), undefined, span)),
  )
}

/** Whether the condition holds for some row: NULL when it holds for none and is NULL for one. */
function someRow(
  plan: LogicalPlan,
  condition: (row: readonly Expression[]) => Expression,
  span: SourceSpan | undefined,
): Expression {
  const holds = condition(outputColumns(plan).map(columnReference))
  const isTrue = exists(plan, holds, span)
  if (!holds.nullable) return isTrue
  const copy = freshPlan(plan).plan
  const isNull = booleanCall('is_null', [condition(outputColumns(copy).map(columnReference))], false)
  return unlessUnknown(isTrue, exists(copy, isNull, span), span)
}

/** `x op ANY (…)` and `x op ALL (…)` of a subquery or a list. */
export function bindQuantified(
  context: ExpressionContext,
  sql: Extract<SqlExpression, { kind: 'quantified' }>,
  bind: Bind,
): Expression {
  const { op, quantifier, operand, source, span } = sql
  if (!isComparison(op)) throw unsupported(`${op} ${quantifier.toUpperCase()}`, span)
  const plan =
    source.kind === 'scalar_query' ? bindSubquery(context, source.query) : itemsOf(bind(context, source))
  // x op ALL is NOT (x negated-op ANY)
  const any = quantifier === 'any' ? op : negated(op)
  const found = isSome(context, any, operand, plan, span, bind)
  return quantifier === 'any' ? found : not(found)
}

function isSome(
  context: ExpressionContext,
  op: Comparison,
  operand: SqlExpression,
  plan: LogicalPlan,
  span: SourceSpan | undefined,
  bind: Bind,
): Expression {
  if (operand.kind === 'tuple') {
    const row = operand.items.map((item) => bind(context, item))
    if (op === '=') return rowIn(row, plan, span)
    return someRow(
      plan,
      (other) => {
        return op === '<>' ? not(equalFields(row, other, span)) : compareRows(op, row, other, span)
      },
      span,
    )
  }
  const tested = bind(context, operand)
  if (op === '=') return isAmong(tested, plan, span)
  oneColumn(plan, span)
  return someRow(plan, ([value]) => booleanCall(op, compared(tested, value!, span), undefined, span), span)
}

/** A list's items as rows. */
function itemsOf(list: Expression): LogicalPlan {
  if (list.type.kind !== 'list') {
    throw new LakebookError('type', 'ANY and ALL take a subquery or a list', { span: list.span })
  }
  const output = newColumn('item', list.type.item, true)
  return { kind: 'unnest', input: oneRow(), items: [{ output, expression: list }], keepEmpty: false }
}
