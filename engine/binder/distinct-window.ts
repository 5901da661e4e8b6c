import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { findAggregate } from '../functions/aggregate-signatures.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlFunctionCall } from '../sql/ast.ts'
import { castTo, literal } from './coerce.ts'
import type { ExpressionContext } from './expression-context.ts'
import { scalarCall } from './scalar-call.ts'
import type { Bind } from './sort-key.ts'

/** Aggregates that repetitions make no difference to. */
const OF_EACH: ReadonlySet<string> = new Set(['min', 'max', 'bool_and', 'bool_or', 'bit_and', 'bit_or'])

/** What gives an aggregate of the items of a list. */
const OF_ITEMS: Readonly<Record<string, string>> = { sum: 'list_sum', avg: 'list_avg' }

/**
 * A DISTINCT aggregate over frames that do not begin with the partition: what is made of the list of its frame's values,
 * each of them once. A frame must then fit the heap.
 */
export function bindDistinctWindow(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const { span, args } = sql
  const name = findAggregate(sql.name)?.name ?? sql.name
  const over = (fn: string): Expression => bind(context, { ...sql, name: fn, distinct: false })
  if (OF_EACH.has(name)) return over(name)
  const fn = OF_ITEMS[name]
  if (args.length !== 1 || (name !== 'count' && fn === undefined))
    throw unsupported(
      `${sql.name} of DISTINCT values over a frame that does not begin with the partition`,
      span,
    )
  const list = over('array_agg')
  if (name === 'count') {
    const count = castTo(scalarCall('list_unique', [list], span), types.int64)
    return scalarCall('coalesce', [count, literal(0n, types.int64)], span)
  }
  return scalarCall(fn!, [scalarCall('list_distinct', [list], span)], span)
}
