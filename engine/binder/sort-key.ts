import type { Expression, SortKey } from '../plan/plan.ts'
import type { SqlExpression, SqlSortKey } from '../sql/ast.ts'
import { nullsGoFirst } from './environment.ts'
import type { ExpressionContext } from './expression-context.ts'

export type Bind = (context: ExpressionContext, sql: SqlExpression) => Expression

export function bindSortKey(context: ExpressionContext, key: SqlSortKey, bind: Bind): SortKey {
  return {
    expression: bind(context, key.expression),
    descending: key.descending,
    nullsFirst: key.nullsFirst ?? nullsGoFirst(context.environment, key.descending),
  }
}
