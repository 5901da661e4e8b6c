import { structOf, typeName, types } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, int64, literal, type Lowered } from '../lowered.ts'
import { eachItem, itemsWhere, type ListExpression } from '../list-lambda.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { element, self } from './elements.ts'
import { withNullLists } from './horizontal.ts'

/** A method of lists. */
export function listMethod(
  name: string,
  params: readonly Parameter[],
  apply: (list: ListExpression, operands: readonly Lowered[], node: CallNode) => Expression,
): ElementMethod {
  return element(`list.${name}`, params, (operands, node) =>
    apply(asList(self(operands), node), operands, node),
  )
}

function asList(value: Expression, node: CallNode): ListExpression {
  if (value.type.kind === 'list') return value as ListExpression
  throw new LakebookError('type', `\`${node.method.name}\` takes a list, not ${typeName(value.type)}`, {
    span: node.span,
  })
}

function isNull(value: Expression): Expression {
  return call('is_null', [value])
}

function hasNull(list: Expression): Expression {
  return call('<', [castTo(call('list_count', [list]), types.int64), length(list)])
}

function length(list: Expression): Expression {
  return castTo(call('len', [list]), types.int64)
}

/** Each item once, where it is first, null being one. */
export function distinct(list: ListExpression): Expression {
  const isFirst = (item: Expression, place: Expression) => {
    const earlier = itemsWhere(list, (one, at) =>
      call('and', [call('<', [at, place]), call('is_not_distinct_from', [one, item])]),
    )
    return call('=', [length(earlier), int64(0)])
  }
  const known = call('list_distinct', [list])
  return caseWhen([{ when: hasNull(list), then: itemsWhere(list, isFirst) }], known)
}

/** Whether the item is in the list, where null equals null. */
function isIn(item: Expression, list: Expression): Expression {
  const found = call('coalesce', [call('list_contains', [list, item]), literal(false, types.bool)])
  return caseWhen([{ when: isNull(item), then: hasNull(list) }], found)
}

function setOperation(
  name: string,
  combine: (a: ListExpression, b: ListExpression) => Expression,
): ElementMethod {
  return listMethod(name, [required('other', 'operand')], (list, operands, node) => {
    const other = asList(operands[1]!.expression, node)
    const same = castTo(other, list.type) as ListExpression
    return withNullLists([list, same], combine(list, same))
  })
}

function difference(a: ListExpression, b: ListExpression): ListExpression {
  return distinct(itemsWhere(a, (item) => call('not', [isIn(item, b)]))) as ListExpression
}

/** The item so many places before; null where there is none. */
function shifted(
  list: ListExpression,
  item: (place: Expression) => Expression,
): (place: Expression) => Expression {
  return (place) => {
    const at = item(place)
    const isInside = call('and', [call('>=', [at, int64(0)]), call('<', [at, length(list)])])
    return caseWhen([{ when: isInside, then: call('list_get', [list, at]) }], null)
  }
}

function before(list: ListExpression, n: number): (place: Expression) => Expression {
  return shifted(list, (place) => call('-', [place, int64(1 + n)]))
}

function median(list: ListExpression): Expression {
  const known = call('list_sort', [itemsWhere(list, (item) => call('is_not_null', [item]))])
  const count = length(known)
  const at = (index: Expression) =>
    castTo(call('list_get', [known, call('floordiv', [index, int64(2)])]), types.float64)
  const sum = call('+', [at(call('-', [count, int64(1)])), at(count)])
  const middle = call('div_float', [sum, literal(2, types.float64)])
  return caseWhen([{ when: call('>', [count, int64(0)]), then: middle }], null)
}

/** Whether any (every) item is true; null items count as nothing. */
function truth(name: 'any' | 'all'): ElementMethod {
  return listMethod(name, [optional('ignore_nulls', 'bool')], (list, _operands, node) => {
    if (!node.args.bool('ignore_nulls', true)) throw node.args.invalid('ignore_nulls', 'True')
    if (list.type.item.kind !== 'bool') throw notOfTruths(list, node)
    const wanted = itemsWhere(list, (item) =>
      name === 'any' ? item : call('coalesce', [call('not', [item]), literal(false, types.bool)]),
    )
    return call(name === 'any' ? '>' : '=', [length(wanted), int64(0)])
  })
}

function notOfTruths({ type }: ListExpression, node: CallNode): LakebookError {
  return new LakebookError(
    'type',
    `\`${node.method.name}\` takes a list of True and False, not of ${typeName(type.item)}`,
    { span: node.span },
  )
}

export const listItemMethods: readonly ElementMethod[] = [
  listMethod('drop_nulls', [], (list) => itemsWhere(list, (item) => call('is_not_null', [item]))),
  listMethod('count_matches', [required('element', 'operand')], (list, operands) => {
    const wanted = castTo(operands[1]!.expression, list.type.item)
    return castTo(length(itemsWhere(list, (item) => call('=', [item, wanted]))), types.uint32)
  }),
  truth('any'),
  truth('all'),
  listMethod('median', [], median),
  listMethod('unique', [optional('maintain_order', 'bool')], distinct),
  listMethod('shift', [optional('n', 'int')], (list, _operands, node) => {
    const earlier = before(list, node.args.int('n', 1))
    return eachItem(list, (_item, place) => earlier(place))
  }),
  listMethod('diff', [optional('n', 'int')], (list, _operands, node) => {
    const earlier = before(list, node.args.int('n', 1))
    return eachItem(list, (item, place) => call('-', [item, earlier(place)]))
  }),
  listMethod('gather_every', [required('n', 'int'), optional('offset', 'int')], (list, _operands, node) =>
    call('list_slice_by_step', [
      list,
      int64(1 + node.args.int('offset', 0)),
      length(list),
      int64(node.args.int('n', 1)),
    ]),
  ),
  listMethod('to_struct', [required('fields', 'any')], (list, _operands, node) => {
    const names = node.args.strings('fields')
    if (names.length === 0) throw node.args.invalid('fields', 'a list of names')
    const type = structOf(names.map((name) => ({ name, type: list.type.item })))
    const args = names.map((_, i) => call('list_get', [list, int64(i)]))
    return { kind: 'call', fn: 'struct_pack', args, type, nullable: false, span: node.span }
  }),
  setOperation('set_union', (a, b) => distinct(call('list_concat', [a, b]) as ListExpression)),
  setOperation('set_intersection', (a, b) => distinct(itemsWhere(a, (item) => isIn(item, b)))),
  setOperation('set_difference', difference),
  setOperation('set_symmetric_difference', (a, b) =>
    call('list_concat', [difference(a, b), difference(b, a)]),
  ),
]
