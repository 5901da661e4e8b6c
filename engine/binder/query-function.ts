import type { LiteralValue, LogicalPlan } from '../plan/plan.ts'
import { LakebookError } from '../errors.ts'
import type { Query, SqlExpression, TableExpression } from '../sql/ast.ts'
import { selectAll } from '../sql/convert/query.ts'
import { parseSql } from '../sql/parser.ts'
import { withoutSpans } from '../sql/rewrite.ts'
import { queryTemplate } from '../sql/template.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression, constantOf } from './expression.ts'

type TableFunction = TableExpression & { readonly kind: 'table_function' }

/**
 * Table functions that stand for a query: `query('SELECT …')`, `query_table('t')`, `repeat(value, 3)` and
 * `repeat_row(value, …, num_rows = 3)`; null for any other. Errors: `invalid_argument` for a text that is no query.
 */
export function queryFunction(environment: Environment, call: TableFunction): LogicalPlan | null {
  const query = queryOf(environment, call)
  return query && environment.bindQuery(environment, query, null)
}

function queryOf(environment: Environment, call: TableFunction): Query | null {
  const { args } = call
  switch (call.name.toLowerCase()) {
    case 'query': {
      const [parsed, ...more] = parseSql(textOf(environment, call, args[0]), environment.dialect)
      if (parsed?.statement.kind === 'query' && more.length === 0) return withoutSpans(parsed.statement.query)
      throw new LakebookError('invalid_argument', 'query takes the text of one query', { span: call.span })
    }
    case 'query_table': {
      const name = [{ name: textOf(environment, call, args[0]), span: call.span }]
      return selectAll({ kind: 'table', name, alias: null, span: call.span })
    }
    case 'repeat': {
      const [value, count] = args
      if (!value || !count || args.length > 2) return null
      const expressions = { value, count }
      return queryTemplate('SELECT "$value" AS "value" FROM range("$count") AS r(i)', { expressions })
    }
    case 'repeat_row': {
      const [count] = call.named
      if (count?.name.name.toLowerCase() !== 'num_rows' || call.named.length > 1 || args.length === 0)
        throw new LakebookError('type', 'repeat_row takes values, and num_rows', {
          span: call.span,
          hint: "Write repeat_row(1, 'a', num_rows = 3).",
        })
      return queryTemplate('SELECT "$values" FROM range("$count") AS r(i)', {
        expressions: { count: count.value },
        lists: { values: args },
      })
    }
    default:
      return null
  }
}

function textOf(
  environment: Environment,
  { name, span }: TableFunction,
  sql: SqlExpression | undefined,
): string {
  const context = plainContext(environment, { columns: [], parent: null }, name)
  const value: LiteralValue = sql
    ? constantOf(bindExpression(context, sql), `What ${name} takes`).value
    : null
  if (typeof value === 'string') return value
  throw new LakebookError('invalid_argument', `${name} takes a text`, { span: sql?.span ?? span })
}
