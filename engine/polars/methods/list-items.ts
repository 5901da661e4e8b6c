import { structOf, typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { columnNode, type CallNode, type PolarsExpression } from '../expression.ts'
import type { Frame } from '../frame.ts'
import { call, caseWhen, castTo, int64, literal, lowered, type Lowered } from '../lowered.ts'
import { eachItem, itemsWhere, listCall, type ListExpression } from '../list-lambda.ts'
import { Lowering, WHOLE_FRAME } from '../lowering.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { shapeOf } from '../shape.ts'
import { element, self } from './elements.ts'
import { listMethods } from './lists.ts'

/** No column of a person's has this name: what pl.element() stands for. */
const ELEMENT = '\0element'

/** pl.element(): the item, inside list.eval and list.filter. */
export function elementNode(span: PolarsExpression['span']): PolarsExpression {
  return columnNode(ELEMENT, span)
}

function listMethod(
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

/** Where pl.element() is aggregated, sorted and so on, the list's own method of that name does it. */
function ofWholeList(node: PolarsExpression, list: ListExpression): Lowered | null {
  if (node.kind === 'rename') return ofWholeList(node.input, list)
  if (isElement(node)) return lowered(list)
  if (node.kind !== 'call') return null
  const [receiver, ...others] = node.args.operands()
  if (receiver === undefined || others.some((other) => shapeOf(other) !== 'literal')) return null
  const below = ofWholeList(receiver, list)
  if (below === null) return null
  const { type } = below.expression
  if (type.kind === 'list' && node.method.kind !== 'element') {
    const own = [...listMethods, ...listItemMethods].find(({ name }) => name === `list.${node.method.name}`)
    const operands = others.map((other) => new Lowering(NO_COLUMNS).lower(other, WHOLE_FRAME))
    return own?.apply([below, ...operands], node) ?? null
  }
  return null
}

const NO_COLUMNS: Frame = { plan: { kind: 'values', columns: [], rows: [] }, columns: [], order: null }

export function isElement(node: PolarsExpression): boolean {
  return node.kind === 'columns' && node.selector.kind === 'names' && node.selector.names[0] === ELEMENT
}

/** An expression over pl.element(): the body of a lambda over the items, or the list's own methods. */
function overElements(
  fn: 'list_transform' | 'list_filter',
  list: ListExpression,
  node: CallNode,
  param: string,
): Expression {
  const given = node.args.value(param)
  if (given?.kind !== 'expression') throw node.args.invalid(param, 'an expression of pl.element()')
  const whole = fn === 'list_transform' ? ofWholeList(given.expression, list) : null
  if (whole !== null) {
    // one value is a list of one item
    const { expression } = whole
    return expression.type.kind === 'list' ? expression : whereKnown(list, call('list_value', [expression]))
  }
  const item = newColumn(ELEMENT, list.type.item, true)
  const frame: Frame = { plan: { kind: 'values', columns: [item], rows: [] }, columns: [item], order: null }
  const lowering = new Lowering(frame, false)
  const body = lowering.row(given.expression)
  if (lowering.stage.finish().plan !== frame.plan) {
    throw unsupported(
      `An expression in \`${node.method.name}\` that looks at several items`,
      given.expression.span ?? node.span,
      'Use list.sum(), list.sort() and their like, or explode the list and group again.',
    )
  }
  return listCall(fn, list, [item], fn === 'list_filter' ? castTo(body, types.bool) : body)
}

function whereKnown(list: Expression, made: Expression): Expression {
  if (!list.nullable) return made
  return caseWhen([{ when: call('is_not_null', [list]), then: made }], literal(null, made.type))
}

/** list.agg: one value for each list, or a list where the expression keeps several. */
function aggregated(list: ListExpression, node: CallNode): Expression {
  const given = node.args.value('expr')
  if (given?.kind !== 'expression') throw node.args.invalid('expr', 'an expression of pl.element()')
  const whole = ofWholeList(given.expression, list)
  if (whole !== null) return whole.expression
  throw unsupported(
    'This expression in `list.agg`',
    given.expression.span ?? node.span,
    'Use a method that lists have too, such as pl.element().sum(), or explode and group again.',
  )
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

/** Each item once, null being one. */
export function distinct(list: ListExpression): Expression {
  const known = call('list_distinct', [list])
  const nothing = castTo(call('list_value', [literal(null, list.type.item)]), known.type)
  return caseWhen([{ when: hasNull(list), then: call('list_concat', [known, nothing]) }], known)
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
    return combine(list, castTo(other, list.type) as ListExpression)
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
  return listMethod(name, [], (list) => {
    const wanted = itemsWhere(list, (item) =>
      name === 'any' ? item : call('coalesce', [call('not', [item]), literal(false, types.bool)]),
    )
    return call(name === 'any' ? '>' : '=', [length(wanted), int64(0)])
  })
}

export const listItemMethods: readonly ElementMethod[] = [
  listMethod('eval', [required('expr', 'any'), optional('parallel', 'bool')], (list, _operands, node) =>
    overElements('list_transform', list, node, 'expr'),
  ),
  listMethod('agg', [required('expr', 'any')], (list, _operands, node) => aggregated(list, node)),
  listMethod('filter', [required('predicate', 'any')], (list, _operands, node) =>
    overElements('list_filter', list, node, 'predicate'),
  ),
  listMethod('drop_nulls', [], (list) => itemsWhere(list, (item) => call('is_not_null', [item]))),
  listMethod('count_matches', [required('element', 'operand')], (list, operands) => {
    const wanted = castTo(operands[1]!.expression, list.type.item)
    return castTo(length(itemsWhere(list, (item) => call('=', [item, wanted]))), types.uint32)
  }),
  truth('any'),
  truth('all'),
  listMethod('median', [], median),
  listMethod('unique', [], distinct),
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
