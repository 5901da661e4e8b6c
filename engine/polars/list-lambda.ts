import { listOf, types, type DataType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Column, Expression, LambdaExpression } from '../plan/plan.ts'

export type ListExpression = Expression & { readonly type: DataType & { readonly kind: 'list' } }

/** What is made of one item, and of its place in the list, from 1 on. */
type OfItem = (item: Expression, place: Expression) => Expression

/** The list of what `body` makes of each item. */
export function eachItem(list: Expression, body: OfItem): ListExpression {
  return throughItems('list_transform', list, body)
}

/** The items for which the condition is true. */
export function itemsWhere(list: Expression, condition: OfItem): ListExpression {
  return throughItems('list_filter', list, condition)
}

/** One value of all items: `body` takes what came of those before, and the next item. */
export function foldItems(
  list: Expression,
  initial: Expression,
  body: (total: Expression, item: Expression) => Expression,
): Expression {
  const total = newColumn('total', initial.type, true)
  const item = newColumn('item', asList(list).type.item, true)
  const lambda = lambdaOf([total, item], body(columnReference(total), columnReference(item)))
  return {
    kind: 'call',
    fn: 'list_reduce',
    args: [list, lambda, initial],
    type: initial.type,
    nullable: true,
  }
}

/** As `eachItem` and `itemsWhere`, with a body that names its parameters. */
export function listCall(
  fn: 'list_transform' | 'list_filter',
  list: Expression,
  parameters: readonly Column[],
  body: Expression,
): ListExpression {
  const type = fn === 'list_transform' ? listOf(body.type) : asList(list).type
  return { kind: 'call', fn, args: [list, lambdaOf(parameters, body)], type, nullable: list.nullable }
}

function throughItems(fn: 'list_transform' | 'list_filter', list: Expression, body: OfItem): ListExpression {
  const item = newColumn('item', asList(list).type.item, true)
  const place = newColumn('place', types.int64, false)
  return listCall(fn, list, [item, place], body(columnReference(item), columnReference(place)))
}

function lambdaOf(parameters: readonly Column[], body: Expression): LambdaExpression {
  return { kind: 'lambda', parameters, body, type: body.type, nullable: body.nullable }
}

function asList(value: Expression): ListExpression {
  if (value.type.kind !== 'list') throw internalError(`a lambda goes through ${value.type.kind}`)
  return value as ListExpression
}
