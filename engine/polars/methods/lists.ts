import { arrayOf, isFloat, listOf, typeName, types, type DataType } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { eachItem } from '../list-lambda.ts'
import { call, caseWhen, castTo, int64, literal, lowered, type Lowered } from '../lowered.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { element, self, unified } from './elements.ts'
import { withNullLists } from './horizontal.ts'

type Apply = (list: Expression, operands: readonly Lowered[], node: CallNode, item: DataType) => Expression

function listMethod(name: string, params: readonly Parameter[], apply: Apply): ElementMethod {
  return element(`list.${name}`, params, (operands, node) => {
    const value = self(operands)
    if (value.type.kind !== 'list') {
      throw new LakebookError('type', `\`list.${name}\` takes a list, not ${typeName(value.type)}`, {
        span: node.span,
      })
    }
    return apply(value, operands, node, value.type.item)
  })
}

function reduced(name: string, fn: string): ElementMethod {
  return listMethod(name, [], (list) => call(fn, [list]))
}

/** What Polars adds up whole numbers in. */
function wholeSum(item: DataType): DataType {
  return item.kind === 'bool' ? types.uint32 : types.int64
}

/** A list without items has the sum 0. */
function sum(list: Expression): Expression {
  const item = list.type.kind === 'list' ? list.type.item : types.null
  const sumOfItems = call('list_sum', [list])
  const total = item.kind === 'decimal' || isFloat(item) ? sumOfItems : castTo(sumOfItems, wholeSum(item))
  const zero = castTo(isFloat(total.type) ? literal(0, total.type) : literal(0n, types.int64), total.type)
  const some = call('coalesce', [total, zero])
  return list.nullable ? caseWhen([{ when: call('is_not_null', [list]), then: some }], null) : some
}

function length(list: Expression): Expression {
  return castTo(call('len', [list]), types.int64)
}

function slice(list: Expression, offset: Expression, count: Expression | null): Expression {
  return call('list_slice_by_offset', count === null ? [list, offset] : [list, offset, count])
}

/** A condition that holds where it is not known: nulls are nobody's mistake. */
function known(condition: Expression): Expression {
  return condition.nullable ? call('coalesce', [condition, literal(true, types.bool)]) : condition
}

/** The mean square distance of the items to their mean. */
function spread(list: Expression, ddof: number): Expression {
  const floats = eachItem(list, (one) => castTo(one, types.float64))
  const count = castTo(call('list_count', [list]), types.int64)
  const mean = castTo(call('list_avg', [floats]), types.float64)
  const squares = eachItem(floats, (one) => {
    const distance = call('-', [one, mean])
    return call('*', [distance, distance])
  })
  const isEnough = call('>', [count, int64(ddof)])
  const total = castTo(call('list_sum', [squares]), types.float64)
  const divisor = castTo(call('-', [count, int64(ddof)]), types.float64)
  return caseWhen([{ when: isEnough, then: call('div_float', [total, divisor]) }], null)
}

export const listMethods: readonly ElementMethod[] = [
  listMethod('len', [], (list) => castTo(call('len', [list]), types.uint32)),
  listMethod('sum', [], sum),
  reduced('mean', 'list_avg'),
  reduced('min', 'list_min'),
  reduced('max', 'list_max'),
  reduced('reverse', 'list_reverse'),
  listMethod(
    'sort',
    [optional('descending', 'bool'), optional('nulls_last', 'bool')],
    (list, _operands, node) =>
      call('list_sort', [
        list,
        literal(node.args.bool('descending', false) ? 'DESC' : 'ASC', types.utf8),
        literal(node.args.bool('nulls_last', false) ? 'NULLS LAST' : 'NULLS FIRST', types.utf8),
      ]),
  ),
  listMethod('first', [], (list) => call('list_get', [list, int64(0)])),
  listMethod('last', [], (list) => call('list_get', [list, int64(-1)])),
  listMethod(
    'get',
    [required('index', 'operand'), optional('null_on_oob', 'bool')],
    (list, operands, node) => {
      const index = castTo(operands[1]!.expression, types.int64)
      const found = call('list_get', [list, index])
      if (node.args.bool('null_on_oob', false)) return found
      const isInside = call('and', [
        call('<', [index, length(list)]),
        call('>=', [index, call('negate', [length(list)])]),
      ])
      const message = literal(
        '`list.get` names a place that a list does not have: null_on_oob=True makes null of it',
        types.utf8,
      )
      return { ...call('ensure', [found, known(isInside), message], node.span), nullable: true }
    },
  ),
  listMethod(
    'contains',
    [required('item', 'operand'), optional('nulls_equal', 'bool')],
    (list, operands, node, item) => {
      const wanted = castTo(operands[1]!.expression, item)
      const found = call('coalesce', [call('list_contains', [list, wanted]), literal(false, types.bool)])
      const hasNull = call('<', [castTo(call('list_count', [list]), types.int64), length(list)])
      const ofNull = node.args.bool('nulls_equal', true) ? hasNull : literal(null, types.bool)
      const any = wanted.nullable
        ? caseWhen([{ when: call('is_null', [wanted]), then: ofNull }], found)
        : found
      return withNullLists([list], any)
    },
  ),
  listMethod('head', [optional('n', 'int')], (list, _operands, node) =>
    slice(list, int64(0), int64(node.args.int('n', 5))),
  ),
  listMethod('tail', [optional('n', 'int')], (list, _operands, node) => {
    const n = int64(node.args.int('n', 5))
    const start = call('-', [length(list), n])
    return slice(list, caseWhen([{ when: call('>', [start, int64(0)]), then: start }], int64(0)), null)
  }),
  listMethod('slice', [required('offset', 'operand'), optional('length', 'operand')], (list, operands) =>
    slice(
      list,
      castTo(operands[1]!.expression, types.int64),
      operands[2] === undefined ? null : castTo(operands[2].expression, types.int64),
    ),
  ),
  listMethod(
    'join',
    [required('separator', 'operand'), optional('ignore_nulls', 'bool')],
    (list, operands, node) => {
      const joined = call('array_to_string', [list, operands[1]!.expression])
      if (node.args.bool('ignore_nulls', true)) return joined
      const isWhole = call('=', [castTo(call('list_count', [list]), types.int64), length(list)])
      return caseWhen([{ when: isWhole, then: joined }], null)
    },
  ),
  listMethod('n_unique', [], (list) => {
    const known = castTo(call('list_unique', [list]), types.int64)
    const hasNull = call('<', [castTo(call('list_count', [list]), types.int64), length(list)])
    return castTo(call('+', [known, caseWhen([{ when: hasNull, then: int64(1) }], int64(0))]), types.uint32)
  }),
  listMethod('arg_max', [], (list) => castTo(call('list_arg_max', [list]), types.uint32)),
  listMethod('arg_min', [], (list) => castTo(call('list_arg_min', [list]), types.uint32)),
  listMethod('var', [optional('ddof', 'int')], (list, _operands, node) =>
    spread(list, node.args.int('ddof', 1)),
  ),
  listMethod('std', [optional('ddof', 'int')], (list, _operands, node) =>
    call('sqrt', [spread(list, node.args.int('ddof', 1))]),
  ),
  listMethod('item', [optional('allow_empty', 'bool')], (list, _operands, node) => {
    const isOne = call('=', [length(list), int64(1)])
    const isRight = node.args.bool('allow_empty', false) ? call('<=', [length(list), int64(1)]) : isOne
    const message = literal('`list.item` finds a list of more or less than one item', types.utf8)
    return call('ensure', [call('list_get', [list, int64(0)]), known(isRight), message], node.span)
  }),
  listMethod(
    'gather',
    [required('indices', 'operand'), optional('null_on_oob', 'bool')],
    (list, operands, node) => {
      const given = castTo(operands[1]!.expression, listOf(types.int64))
      const isInside = (place: Expression) =>
        call('and', [call('<', [place, length(list)]), call('>=', [place, call('negate', [length(list)])])])
      const message = literal('`list.gather` names a place that a list does not have', types.utf8)
      const made = eachItem(given, (place) => {
        const found = call('list_get', [list, place])
        if (node.args.bool('null_on_oob', false))
          return caseWhen([{ when: isInside(place), then: found }], null)
        return call('ensure', [found, known(isInside(place)), message], node.span)
      })
      return withNullLists([list], made)
    },
  ),
  listMethod('to_array', [required('width', 'int')], (list, _operands, node, item) =>
    castTo(list, arrayOf(item, node.args.int('width', 0))),
  ),
  listMethod('to_list', [], (list, _operands, _node, item) => castTo(list, listOf(item))),
  listMethod('concat', [required('other', 'column')], (list, operands, node) => {
    const lists = unified([lowered(list), operands[1]!], node)
    return withNullLists(lists, call('list_concat', lists))
  }),
]

/** pl.int_ranges(start, end): a list of whole numbers for every row. */
export const intRangesMethod: ElementMethod = {
  kind: 'element',
  name: 'pl.int_ranges',
  params: [
    required('start', 'column'),
    optional('end', 'column'),
    optional('step', 'column'),
    optional('dtype', 'dtype'),
    optional('eager', 'bool'),
  ],
  apply(operands, node) {
    const [first, second, step] = operands.map((operand) => castTo(operand.expression, types.int64))
    const [start, end] = second === undefined ? [int64(0), first!] : [first!, second]
    const made = call('int_ranges', [start, end, step ?? int64(1)])
    const type = node.args.has('dtype') ? listOf(node.args.dtype('dtype')) : made.type
    return { expression: castTo(made, type), loose: false }
  },
}
