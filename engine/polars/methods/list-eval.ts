import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import { substitute } from '../../plan/expression-tree.ts'
import type { Column, ColumnId, Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { checkSize, columnNode, type CallNode, type PolarsExpression } from '../expression.ts'
import { frameOfColumns } from '../frame.ts'
import { listCall, type ListExpression } from '../list-lambda.ts'
import { call, caseWhen, castTo, int64, literal, lowered, type Lowered } from '../lowered.ts'
import { Lowering, WHOLE_FRAME } from '../lowering.ts'
import { optional, required } from '../parameters.ts'
import { shapeOf } from '../shape.ts'
import { toExpression } from '../values.ts'
import { listItemMethods, listMethod } from './list-items.ts'
import { listRunningMethods } from './list-running.ts'
import { listMethods } from './lists.ts'

/** No column of a person's has this name: what pl.element() stands for. */
const ELEMENT = '\0element'

/** pl.element(): the item, inside list.eval and list.filter. */
export function elementNode(span: PolarsExpression['span']): PolarsExpression {
  return columnNode(ELEMENT, span)
}

export function isElement(node: PolarsExpression): boolean {
  return node.kind === 'columns' && node.selector.kind === 'names' && node.selector.names[0] === ELEMENT
}

/** Where pl.element() is aggregated, sorted and so on, the list's own method of that name does it. */
function ofWholeList(node: PolarsExpression, list: ListExpression): Lowered | null {
  if (node.kind === 'rename') return ofWholeList(node.input, list)
  if (isElement(node)) return lowered(list)
  if (node.kind !== 'call' || node.method.kind === 'element') return null
  const [receiver, ...others] = node.args.operands()
  if (receiver === undefined) return null
  const [condition, ...conditions] = others
  if (node.method.name === 'filter' && isElement(receiver) && condition !== undefined) {
    return conditions.length > 0 ? null : lowered(throughItems('list_filter', list, condition, node))
  }
  if (others.some((other) => shapeOf(other) !== 'literal')) return null
  const below = ofWholeList(receiver, list)
  if (below?.expression.type.kind !== 'list') return null
  const own = [...listMethods, ...listItemMethods, ...listRunningMethods].find(
    ({ name }) => name === `list.${node.method.name}`,
  )
  if (own === undefined || !takesArguments(own, node)) return null
  const given = own.params.flatMap(({ name, kind }) => {
    if (kind !== 'operand') return []
    const value = node.args.value(name)
    return value === undefined ? node.args.expressions(name) : [toExpression(value, 'literal', node.span)]
  })
  const operands = given.map((other) => new Lowering(frameOfColumns([])).lower(other, WHOLE_FRAME))
  return own.apply([below, ...operands], node)
}

/** Whether the list's method knows every argument that is given to the expression's. */
function takesArguments(own: ElementMethod, { method, args }: CallNode): boolean {
  return method.params.every(
    ({ name }) => name === 'self' || !args.has(name) || own.params.some((param) => param.name === name),
  )
}

/** An expression over pl.element(), for every item; or the list's own methods. */
function evaluated(list: ListExpression, node: CallNode): Expression {
  const given = givenExpression(node, 'expr')
  const whole = ofWholeList(given, list)?.expression ?? null
  if (whole?.type.kind === 'list') return whole
  if (whole === null && shapeOf(given) !== 'scalar') return throughItems('list_transform', list, given, node)
  // one value is a list of one item
  return whereKnown(list, call('list_value', [whole ?? ofValues(given, list, node)]))
}

/** An expression of values that are each one for the whole list. */
function ofValues(given: PolarsExpression, list: ListExpression, node: CallNode): Expression {
  const wholes: Whole[] = []
  const made = lowerBody(
    withoutWholes(given, list, wholes),
    [newColumn(ELEMENT, list.type.item, true), ...wholes.map(({ column }) => column)],
    node,
  )
  return substitute(made, new Map(wholes.map(({ column, expression }) => [column.id, expression])))
}

/** What an expression takes from the whole list: one value for all items, or one for each. */
interface Whole {
  /** It stands for the value in the expression. */
  readonly column: Column
  readonly expression: Expression
  readonly isOfItems: boolean
}

/** The expression as the body of a lambda. What it takes from the whole list is computed once for each list. */
function throughItems(
  fn: 'list_transform' | 'list_filter',
  list: ListExpression,
  given: PolarsExpression,
  node: CallNode,
): ListExpression {
  const wholes: Whole[] = []
  const body = withoutWholes(given, list, wholes)
  const [item, place] = [newColumn(ELEMENT, list.type.item, true), newColumn('place', types.int64, false)]
  const made = lowerBody(body, [item, ...wholes.map(({ column }) => column)], node)
  const held = wholes.map((whole) => ({ ...whole, kept: newColumn('kept', whole.expression.type, true) }))
  const values = new Map<ColumnId, Expression>(
    held.map(({ column, kept, isOfItems }) => {
      const value = columnReference(kept)
      const at = call('-', [columnReference(place), int64(1)])
      return [column.id, isOfItems ? call('list_get', [value, at]) : value]
    }),
  )
  const inside = substitute(fn === 'list_filter' ? castTo(made, types.bool) : made, values)
  return held.reduce<ListExpression>(
    (result, { expression, kept }) => withKept(result, expression, kept),
    listCall(fn, list, [item, place], inside),
  )
}

/** Row by row; refused where more is asked of the items than lists have. */
function lowerBody(body: PolarsExpression, columns: readonly Column[], node: CallNode): Expression {
  const frame = frameOfColumns(columns)
  const lowering = new Lowering(frame, false)
  const made = lowering.row(body)
  if (lowering.stage.finish().plan === frame.plan) return made
  throw unsupported(
    `An expression in \`${node.method.name}\` that looks at several items`,
    body.span ?? node.span,
    'Use list.sum(), list.sort() and their like, or explode the list and group again.',
  )
}

/** The list, with the column standing for the value: a lambda over the value alone. */
function withKept(list: ListExpression, value: Expression, kept: Column): ListExpression {
  const lists = listCall('list_transform', call('list_value', [value]), [kept], list)
  return { ...call('list_get', [lists, int64(0)]), nullable: list.nullable, type: list.type }
}

/** The expression with columns in the place of what looks at the whole list. */
function withoutWholes(node: PolarsExpression, list: ListExpression, wholes: Whole[]): PolarsExpression {
  if (node.kind === 'rename') return { ...node, input: withoutWholes(node.input, list, wholes) }
  if (node.kind !== 'call') return node
  if (node.method.kind === 'element')
    return { ...node, args: node.args.map((operand) => withoutWholes(operand, list, wholes)) }
  const shape = shapeOf(node)
  const whole = shape === 'scalar' || shape === 'rows' ? ofWholeList(node, list) : null
  if (whole === null) return node
  const { expression } = whole
  const { type } = expression
  const isOfItems = shape === 'rows' && type.kind === 'list'
  const column = newColumn(`\0whole${wholes.length}`, isOfItems ? type.item : type, true)
  wholes.push({ column, expression, isOfItems })
  return columnNode(column.name, node.span)
}

function whereKnown(list: Expression, made: Expression): Expression {
  if (!list.nullable) return made
  return caseWhen([{ when: call('is_not_null', [list]), then: made }], literal(null, made.type))
}

/** list.agg: one value for each list, or a list where the expression keeps several. */
function aggregated(list: ListExpression, node: CallNode): Expression {
  const given = givenExpression(node, 'expr')
  const whole = ofWholeList(given, list)
  if (whole !== null) return whole.expression
  if (shapeOf(given) === 'scalar') return whereKnown(list, ofValues(given, list, node))
  throw unsupported(
    'This expression in `list.agg`',
    given.span ?? node.span,
    'Use a method that lists have too, such as pl.element().sum(), or explode and group again.',
  )
}

function givenExpression({ args }: CallNode, param: string): PolarsExpression {
  const given = args.value(param)
  if (given?.kind !== 'expression') throw args.invalid(param, 'an expression of pl.element()')
  checkSize(given.expression)
  return given.expression
}

/** Methods of lists that take an expression of pl.element(). */
export const listEvalMethods: readonly ElementMethod[] = [
  listMethod('eval', [required('expr', 'any'), optional('parallel', 'bool')], (list, _operands, node) =>
    evaluated(list, node),
  ),
  listMethod('agg', [required('expr', 'any')], (list, _operands, node) => aggregated(list, node)),
  listMethod('filter', [required('predicate', 'any')], (list, _operands, node) =>
    throughItems('list_filter', list, givenExpression(node, 'predicate'), node),
  ),
]
