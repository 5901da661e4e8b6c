import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { findAggregate } from '../functions/aggregate-signatures.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { literal } from './coerce.ts'
import { nullsGoFirst } from './environment.ts'
import type { ExpressionContext } from './expression-context.ts'
import { overItems } from './over-items.ts'
import { scalarCall } from './scalar-call.ts'
import type { Bind } from './sort-key.ts'

/** Aggregates that take the first of rows that are as good. */
const OF_TIES: ReadonlySet<string> = new Set(['arg_min', 'arg_max', 'mode', 'arg_min_null', 'arg_max_null'])

/**
 * An aggregate with an ORDER BY of its own over a window: what is made of the list of its frame's values, sorted. Where
 * the order makes no difference, the aggregate without it.
 */
export function bindOrderedWindow(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const { span, orderBy } = sql
  const name = findAggregate(sql.name)?.name
  if (name === undefined || OF_TIES.has(name) || sql.distinct)
    throw unsupported(`ORDER BY inside ${sql.distinct ? 'DISTINCT ' : ''}${sql.name} over a window`, span)
  const over = (fn: string, args: readonly SqlExpression[]): Expression =>
    bind(context, { ...sql, name: fn, args, orderBy: [] })
  const call = (fn: string, ...args: readonly Expression[]): Expression => scalarCall(fn, args, span)
  const number = (value: bigint): Expression => literal(value, types.int64)
  const text = (value: string): Expression => literal(value, types.utf8)
  /** The items at places, which are a list. */
  const at = (list: Expression, places: Expression): Expression =>
    overItems(places, (place) => call('list_extract', list, place), span)
  const sorted = (value: SqlExpression): Expression => {
    let list = over('array_agg', [value])
    let keys = orderBy.map((key) => over('array_agg', [key.expression]))
    // equal items stay in their order, so the last key goes first
    for (const { descending, nullsFirst } of orderBy.toReversed()) {
      const first = nullsFirst ?? nullsGoFirst(context.environment, descending)
      const options = [text(descending ? 'DESC' : 'ASC'), text(first ? 'NULLS FIRST' : 'NULLS LAST')]
      const places = call('list_grade_up', keys.at(-1)!, ...options)
      list = at(list, places)
      keys = keys.slice(0, -1).map((key) => at(key, places))
    }
    return list
  }
  const [value] = sql.args
  if (value === undefined) return over(sql.name, sql.args)
  switch (name) {
    case 'array_agg':
      return sorted(value)
    case 'first':
      return call('list_extract', sorted(value), number(1n))
    case 'last':
      return call('list_extract', sorted(value), number(-1n))
    case 'string_agg': {
      const separator = sql.args[1] ? bind(context, sql.args[1]) : text(',')
      const then = call('array_to_string', sorted(value), separator)
      const when = call('>', over('count', [value]), number(0n))
      return {
        kind: 'case',
        branches: [{ when, then }],
        otherwise: null,
        type: then.type,
        nullable: true,
        span,
      }
    }
    case 'any_value':
      throw unsupported('ORDER BY inside any_value over a window', span, 'Write first with a FILTER.')
    default:
      return over(sql.name, sql.args)
  }
}
