import { listOf, types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Expression, LambdaExpression } from '../plan/plan.ts'

/** The list of what is made of each item of a list. */
export function overItems(
  list: Expression,
  body: (item: Expression) => Expression,
  span: SourceSpan | undefined,
): Expression {
  const item = newColumn('item', list.type.kind === 'list' ? list.type.item : types.null, true)
  const made = body(columnReference(item))
  const { type, nullable } = made
  const lambda: LambdaExpression = { kind: 'lambda', parameters: [item], body: made, type, nullable, span }
  return {
    kind: 'call',
    fn: 'list_transform',
    args: [list, lambda],
    type: listOf(type),
    nullable: list.nullable,
    span,
  }
}
