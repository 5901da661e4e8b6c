import { isFloat, types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { eachItem, itemsWhere, type ListExpression } from '../list-lambda.ts'
import { call, caseWhen, castTo, float64, int64, literal } from '../lowered.ts'
import { optional } from '../parameters.ts'
import { listMethod } from './list-items.ts'

function length(list: Expression): Expression {
  return castTo(call('len', [list]), types.int64)
}

/** For each item that is not null, what `of` makes of the items up to it. */
function upToEach(list: ListExpression, of: (items: ListExpression) => Expression): ListExpression {
  return eachItem(list, (item, place) => {
    const items = call('list_slice_by_offset', [list, int64(0), place]) as ListExpression
    return caseWhen([{ when: call('is_not_null', [item]), then: of(items) }], null)
  })
}

function running(name: string, fn: string): ElementMethod {
  return listMethod(name, [], (list) => {
    const { item } = list.type
    const type = fn === 'list_sum' && !isFloat(item) && item.kind !== 'decimal' ? types.int64 : item
    return upToEach(list, (items) => castTo(call(fn, [items]), type))
  })
}

const RANKS = ['average', 'min', 'max', 'dense', 'ordinal'] as const

/**
 * Methods of expressions that give a value for each item, for use inside `list.eval`: what lists have no method of
 * their own for.
 */
export const listRunningMethods: readonly ElementMethod[] = [
  running('cum_sum', 'list_sum'),
  running('cum_min', 'list_min'),
  running('cum_max', 'list_max'),
  listMethod('cum_count', [], (list) =>
    eachItem(list, (_item, place) =>
      castTo(call('list_count', [call('list_slice_by_offset', [list, int64(0), place])]), types.uint32),
    ),
  ),
  listMethod(
    'rank',
    [optional('method', 'string'), optional('descending', 'bool')],
    (list, _operands, node) => {
      const method = node.args.choice('method', RANKS, 'average')
      const before = node.args.bool('descending', false) ? '>' : '<'
      return eachItem(list, (item, place) => {
        const ahead = itemsWhere(list, (one) => call(before, [one, item]))
        const ties = length(itemsWhere(list, (one) => call('=', [one, item])))
        const below = length(ahead)
        const ranks = {
          min: () => castTo(call('+', [below, int64(1)]), types.uint32),
          max: () => castTo(call('+', [below, ties]), types.uint32),
          dense: () =>
            castTo(call('+', [castTo(call('list_unique', [ahead]), types.int64), int64(1)]), types.uint32),
          ordinal: () => {
            const earlier = itemsWhere(list, (one, at) =>
              call('and', [call('=', [one, item]), call('<=', [at, place])]),
            )
            return castTo(call('+', [below, length(earlier)]), types.uint32)
          },
          average: () =>
            call('+', [
              castTo(below, types.float64),
              call('*', [castTo(call('+', [ties, int64(1)]), types.float64), float64(0.5)]),
            ]),
        }
        const rank = ranks[method]()
        return caseWhen([{ when: call('is_not_null', [item]), then: rank }], literal(null, rank.type))
      })
    },
  ),
]
