import { isFloat, isNumeric, types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, int64, literal, typeOf, type Lowered } from '../lowered.ts'
import { optional, rest } from '../parameters.ts'
import { polarsCast } from '../polars-cast.ts'
import { element, unified } from './elements.ts'
import { isNan } from './operators.ts'

/** NaN counts only where there is nothing else. */
function greatest(operands: readonly Lowered[], node: CallNode): Expression {
  const values = unified(operands, node)
  const any = call('greatest', values)
  if (!isFloat(any.type)) return any
  const regular = values.map((value) =>
    caseWhen([{ when: isNan(value), then: literal(null, value.type) }], value),
  )
  return call('coalesce', [call('greatest', regular), any])
}

function horizontal(name: string, fn: string): ElementMethod {
  return {
    ...element(name, [rest('exprs', 'columns')], (operands, node) => call(fn, unified(operands, node))),
    horizontal: true,
  }
}

function folded(name: string, fn: 'and' | 'or'): ElementMethod {
  return {
    ...element(name, [rest('exprs', 'columns')], (operands) =>
      operands
        .map((operand) => castTo(operand.expression, types.bool))
        .reduce((left, right) => call(fn, [left, right])),
    ),
    horizontal: true,
  }
}

/** Sum or mean of the operands that are not null. */
function totalHorizontal(
  operands: readonly Lowered[],
  node: CallNode,
): { readonly total: Expression; readonly count: Expression } {
  const numeric = operands.map((operand) =>
    operand.expression.type.kind === 'bool'
      ? { expression: castTo(operand.expression, types.uint32), loose: false }
      : operand,
  )
  const values = unified(numeric, node)
  if (!node.args.bool('ignore_nulls', true)) {
    const total = values.reduce((left, right) => call('+', [left, right]))
    return { total, count: int64(values.length) }
  }
  const zero = (value: Expression) =>
    isFloat(value.type) ? literal(0, value.type) : castTo(literal(0n, types.int32), value.type)
  const total = values
    .map((value) => call('coalesce', [value, zero(value)]))
    .reduce((left, right) => call('+', [left, right]))
  const count = values
    .map((value) => caseWhen([{ when: call('is_not_null', [value]), then: int64(1) }], int64(0)))
    .reduce((left, right) => call('+', [left, right]))
  return { total, count }
}

/** The items of all operands, one that is no list being an item itself; null where a list is. */
function concatList(operands: readonly Lowered[], node: CallNode): Expression {
  if (operands.length === 0) return call('list_value', [])
  if (operands.every((operand) => typeOf(operand).kind !== 'list'))
    return call('list_value', unified(operands, node))
  const lists = unified(
    operands.map((operand) =>
      typeOf(operand).kind === 'list'
        ? operand
        : { ...operand, expression: call('list_value', [itemOf(operand, operands)]) },
    ),
    node,
  )
  return withNullLists(lists, call('list_concat', lists))
}

/** A constant takes on the type of the lists' items. */
function itemOf({ expression, loose }: Lowered, operands: readonly Lowered[]): Expression {
  const list = operands.map(typeOf).find((type) => type.kind === 'list')
  return loose && list?.kind === 'list' && isNumeric(list.item) && !isFloat(expression.type)
    ? castTo(expression, list.item)
    : expression
}

/** Null where one of the lists is. */
export function withNullLists(lists: readonly Expression[], joined: Expression): Expression {
  const missing = lists.filter((list) => list.nullable).map((list) => call('is_null', [list]))
  const [first, ...others] = missing
  if (first === undefined) return joined
  const isMissing = others.reduce((left, right) => call('or', [left, right]), first)
  return caseWhen([{ when: isMissing, then: literal(null, joined.type) }], joined)
}

/** Functions of `pl` that work across columns. */
export const horizontalMethods: readonly ElementMethod[] = [
  horizontal('pl.coalesce', 'coalesce'),
  { ...element('pl.max_horizontal', [rest('exprs', 'columns')], greatest), horizontal: true },
  horizontal('pl.min_horizontal', 'least'),
  folded('pl.all_horizontal', 'and'),
  folded('pl.any_horizontal', 'or'),
  {
    ...element(
      'pl.sum_horizontal',
      [rest('exprs', 'columns'), optional('ignore_nulls', 'bool')],
      (operands, node) => totalHorizontal(operands, node).total,
    ),
    horizontal: true,
  },
  {
    ...element(
      'pl.mean_horizontal',
      [rest('exprs', 'columns'), optional('ignore_nulls', 'bool')],
      (operands, node) => {
        const { total, count } = totalHorizontal(operands, node)
        const mean = call('div_float', [castTo(total, types.float64), castTo(count, types.float64)])
        return caseWhen([{ when: call('>', [count, int64(0)]), then: mean }], null)
      },
    ),
    horizontal: true,
  },
  {
    ...element(
      'pl.concat_str',
      [rest('exprs', 'columns'), optional('separator', 'string'), optional('ignore_nulls', 'bool')],
      (operands, node) => {
        const separator = literal(node.args.string('separator', ''), types.utf8)
        const texts = operands.map((operand) => polarsCast(operand.expression, types.utf8, false))
        if (node.args.bool('ignore_nulls', false)) return call('concat_ws', [separator, ...texts])
        return texts.reduce((left, right) => call('||', [call('||', [left, separator]), right]))
      },
    ),
    horizontal: true,
  },
  { ...element('pl.concat_list', [rest('exprs', 'columns')], concatList), horizontal: true },
]
