import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { LambdaFunction } from '../functions/scalar/lambda.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Expression, LambdaExpression } from '../plan/plan.ts'
import type { Identifier, SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { castTo, commonOf, plainList } from './coerce.ts'
import type { ExpressionContext } from './expression-context.ts'
import type { Scope } from './scope.ts'

type Bind = (context: ExpressionContext, sql: SqlExpression) => Expression

/** `[x + 1 for x in l if x > 1]` filters and then transforms. */
export function bindComprehension(
  context: ExpressionContext,
  sql: Extract<SqlExpression, { kind: 'comprehension' }>,
  bind: Bind,
): Expression {
  const { variables, result, condition, span } = sql
  const named = (name: string): Identifier => ({ name, span })
  const parameters = (names: readonly Identifier[]): SqlExpression => ({
    kind: 'tuple',
    items: names.map((each) => ({ kind: 'identifier', parts: [each] })),
  })
  const call = (
    name: string,
    list: SqlExpression,
    names: readonly Identifier[],
    body: SqlExpression,
  ): SqlFunctionCall => ({
    kind: 'function',
    name,
    args: [list, { kind: 'binary', op: '->', left: parameters(names), right: body, span }],
    star: false,
    distinct: false,
    filter: null,
    orderBy: [],
    ignoreNulls: false,
    over: null,
    span,
  })
  if (condition === null) return bind(context, call('list_transform', sql.list, variables, result))
  // both are computed of the list as it is, so that places stay what they are
  const both: SqlExpression = {
    kind: 'struct',
    fields: [
      { name: 'kept', value: condition },
      { name: 'result', value: result },
    ],
  }
  const pair = named('pair')
  const part = (name: string): SqlExpression => ({ kind: 'identifier', parts: [pair, named(name)] })
  const pairs = call('list_transform', sql.list, variables, both)
  return bind(
    context,
    call('list_transform', call('list_filter', pairs, [pair], part('kept')), [pair], part('result')),
  )
}

/** A call of a function that takes a lambda. Errors: `type` where there is none. */
export function bindLambdaCall(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  fn: LambdaFunction,
  bind: Bind,
): Expression {
  const [listSql, lambdaSql, initialSql, ...rest] = sql.args
  const { span } = sql
  if (listSql === undefined || lambdaSql === undefined || rest.length > 0) {
    throw new LakebookError('type', `${fn.name} takes a list and a lambda`, { span })
  }
  const bound = plainList(bind(context, listSql))
  const list = bound.type.kind === 'null' ? castTo(bound, { kind: 'list', item: types.null }) : bound
  if (list.type.kind !== 'list') {
    throw new LakebookError('type', `${fn.name} takes a list, not ${typeName(list.type)}`, { span })
  }
  const given = initialSql === undefined ? null : bind(context, initialSql)
  const initial = given === null ? null : castTo(given, commonOf([given.type, list.type.item], fn.name, span))
  const parameters = lambdaParameters(lambdaSql)
  const body = lambdaSql.kind === 'binary' ? lambdaSql.right : null
  const parameterTypes = fn.parameters(list.type, initial?.type ?? null)
  if (
    parameters === null ||
    body === null ||
    parameters.length === 0 ||
    parameters.length > parameterTypes.length
  ) {
    throw new LakebookError('type', `The second argument of ${fn.name} is a lambda`, {
      span: lambdaSql.span ?? span,
      hint: `Write ${fn.example}.`,
    })
  }
  const lambda = bindLambda(
    context,
    parameters,
    parameterTypes,
    body,
    fn.body(list.type, initial?.type ?? null),
    bind,
  )
  const args = initial === null ? [list, lambda] : [list, lambda, initial]
  const type = fn.result(list.type, lambda.type)
  const nullable = list.nullable || fn.name === 'list_reduce'
  return { kind: 'call', fn: fn.name, args, type, nullable, span }
}

function bindLambda(
  context: ExpressionContext,
  names: readonly Identifier[],
  parameterTypes: readonly DataType[],
  sql: SqlExpression,
  wanted: DataType | null,
  bind: Bind,
): LambdaExpression {
  const parameters = names.map(({ name }, index) => newColumn(name, parameterTypes[index]!, true))
  const scope: Scope = {
    columns: parameters.map((column) => ({ table: null, name: column.name, column, hidden: false })),
    parent: context.scope,
  }
  const inner: ExpressionContext = { ...context, scope, aggregates: null, windows: null, unnests: null }
  const bound = bind(inner, sql)
  const body = wanted === null ? bound : castTo(bound, wanted)
  return { kind: 'lambda', parameters, body, type: body.type, nullable: body.nullable, span: sql.span }
}

/** `x` or `(x, y)` left of the arrow; null when there is anything else. */
function lambdaParameters(sql: SqlExpression): readonly Identifier[] | null {
  if (sql.kind !== 'binary' || sql.op !== '->') return null
  const { left } = sql
  const list = left.kind === 'tuple' ? left.items : [left]
  const names = list.map((each) =>
    each.kind === 'identifier' && each.parts.length === 1 ? each.parts[0]! : null,
  )
  return names.every((each) => each !== null) ? names : null
}
