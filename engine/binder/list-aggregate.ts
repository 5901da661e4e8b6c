import { findScalar } from '../functions/scalar-registry.ts'
import { isAggregate } from '../functions/aggregate-signatures.ts'
import { aggregateOfItems } from '../functions/macros/list.ts'
import { form } from '../functions/macros/define.ts'
import { findMacro } from '../functions/macro.ts'
import { unsupported } from '../errors.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { expandForm } from './macro.ts'

/**
 * `list_aggregate(l, 'sum', …)` as the function of the list that it names, or as the aggregate over the items; null for
 * any other call. Errors: `unsupported` when the name is not a constant.
 */
export function expandListAggregate(sql: SqlFunctionCall): SqlExpression | null {
  if (!/^((list|array)_(aggregate|aggr)|aggregate)$/i.test(sql.name)) return null
  const [list, name, ...more] = sql.args
  if (!list || !name) return null
  if (name.kind !== 'string') throw unsupported(`${sql.name} whose aggregate is not a constant`, sql.span)
  const aggregate = name.value.toLowerCase()
  const own = `list_${aggregate}`
  if (findScalar(own) || findMacro(own)) return { ...sql, name: own, args: [list, ...more] }
  if (!isAggregate(aggregate)) return { ...sql, name: aggregate, args: [list, ...more] }
  const names = more.map((_, index) => `more${index}`)
  const asForm = form(`${['l', ...names].join(', ')} → ${aggregateOfItems(aggregate, names)}`)
  return expandForm(asForm, [list, ...more], sql.span)
}
