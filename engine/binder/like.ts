import { types } from '../arrow/types.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlExpression, SqlLike } from '../sql/ast.ts'
import { literal, not } from './coerce.ts'
import { collatedArguments } from './collation.ts'
import type { ExpressionContext } from './expression-context.ts'
import { scalarCall } from './scalar-call.ts'
import type { Bind } from './sort-key.ts'

/** LIKE, ILIKE and SIMILAR TO. */
export function bindLike(context: ExpressionContext, sql: SqlLike, bindExpression: Bind): Expression {
  const { span } = sql
  const bind = (each: SqlExpression) => bindExpression(context, each)
  const args = [...collatedArguments(sql.op, [bind(sql.operand), bind(sql.pattern)], span)]
  if (sql.op === 'similar') {
    const match = scalarCall('regexp_full_match', args, span)
    return sql.negated ? not(match) : match
  }
  if (sql.escape !== null) {
    const escape = bind(sql.escape)
    if (escape.kind === 'literal' && escape.value === null) return literal(null, types.bool, span)
    args.push(escape)
  }
  if (sql.escape === null && context.environment.dialect === 'postgres') args.push(literal('\\', types.utf8))
  const match = scalarCall(sql.op, args, span)
  return sql.negated ? not(match) : match
}
