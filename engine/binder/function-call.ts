import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { isAggregate } from '../functions/aggregate-signatures.ts'
import { isWindowOnly } from '../functions/window-signatures.ts'
import { newColumn, columnReference } from '../plan/column-ids.ts'
import { sameExpression } from '../plan/expression-tree.ts'
import { columnsOf } from '../plan/plan-tree.ts'
import type { Expression } from '../plan/plan.ts'
import { MICROS_PER_DAY } from '../plan/temporal-text.ts'
import type { SqlFunctionCall } from '../sql/ast.ts'
import { queryTemplate } from '../sql/template.ts'
import { castTo, literal, toCondition } from './coerce.ts'
import type { AggregateCollector, ExpressionContext } from './expression-context.ts'
import { expandJsonGroup } from './json-group.ts'
import { expandListAggregate } from './list-aggregate.ts'
import { bindMacro, bindOwnMacro } from './macro.ts'
import { bindListCall, bindNestedCall } from './nested.ts'
import { bindArrayCall, isArrayCall } from './array-call.ts'
import { bindDialectCall } from './dialect-call.ts'
import { bindEnumCall } from './enum-call.ts'
import { bindJsonCall } from './json-call.ts'
import { bindFormat } from './format-call.ts'
import { outputName } from './output-name.ts'
import { bindPostgresCall, postgresName } from './postgres-dialect.ts'
import { bindRows, givesRows } from './row-functions.ts'
import { collatedArguments, collatedKey } from './collation.ts'
import { bindNullIf } from './null-if.ts'
import { scalarCall } from './scalar-call.ts'
import type { Scope } from './scope.ts'
import { bindSessionCall } from './session-values.ts'
import { allOf, makeAggregate } from './make-aggregate.ts'
import { bindSortKey, type Bind } from './sort-key.ts'
import { bindTypeCall } from './type-call.ts'
import { bindWindowCall } from './window-call.ts'

/** A call of an aggregate, a window function or a scalar function. */
export function bindFunction(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const name = sql.name.toLowerCase()
  if (sql.over) return bindWindowCall(context, sql, bind)
  const expanded = expandJsonGroup(sql) ?? expandListAggregate(sql)
  if (expanded) return bind(context, expanded)
  if (isAggregate(name)) return bindAggregate(context, sql, bind)
  if (isWindowOnly(name)) {
    throw new LakebookError('syntax', `${name} is a window function`, {
      span: sql.span,
      hint: `Write ${name}(…) OVER (…).`,
    })
  }
  if (sql.distinct || sql.filter || sql.orderBy.length > 0 || sql.star) {
    throw new LakebookError(
      'type',
      `${name} is not an aggregate, so DISTINCT, ORDER BY, FILTER and * have no place in it`,
      { span: sql.span },
    )
  }
  if (name === 'try' && sql.args.length === 1) return bindTry(context, sql, bind)
  if (name === 'unnest') return bindUnnest(context, sql, bind)
  if (name === 'array') return bindArray(context, sql, bind)
  if (givesRows(name, context.environment.dialect)) return bindRowsOf(context, sql, bind)
  if (name === 'grouping' || name === 'grouping_id') return bindGrouping(context, sql, bind)
  const own = bindOwnMacro(context, sql, bind)
  if (own) return own
  const nested = bindNestedCall(context, sql, bind)
  if (nested) return nested
  const ofType = bindTypeCall(context, sql, bind)
  if (ofType) return ofType
  const ofSession = bindSessionCall(context, sql, bind)
  if (ofSession) return ofSession
  const constant = currentTime(context, name, sql)
  if (constant) return constant
  const isPostgres = context.environment.dialect === 'postgres'
  const dimensions =
    isPostgres && isArrayCall(name)
      ? bindArrayCall(
          name,
          sql.args.map((arg) => bind(context, arg)),
          sql.span,
        )
      : null
  if (dimensions) return dimensions
  const macro = bindMacro(context, isPostgres ? { ...sql, name: postgresName(sql.name) } : sql, bind)
  if (macro) return macro
  const args = sql.args.map((arg) => bind(context, arg))
  const dialectCall = isPostgres ? bindPostgresCall(name, args, sql.span) : null
  if (dialectCall) return dialectCall
  return (
    (name === 'nullif' ? bindNullIf(args, sql.span) : null) ??
    bindFormat(name, args, sql.span) ??
    bindDialectCall(name, args, sql.span) ??
    bindEnumCall(name, args, sql.span) ??
    bindJsonCall(name, args, sql.span) ??
    bindArrayCall(name, args, sql.span) ??
    bindListCall(name, args, sql.span) ??
    scalarCall(rename(name, args), collatedArguments(name, args, sql.span), sql.span)
  )
}

/** Functions without parentheses. */
const BARE: ReadonlySet<string> = new Set([
  'current_catalog',
  'current_date',
  'current_role',
  'current_schema',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtime',
  'localtimestamp',
  'session_user',
  'user',
])

/** `user` or `current_date`, where no column is called so; null for any other word. */
export function bindBareFunction(
  context: ExpressionContext,
  word: string,
  span: SourceSpan | undefined,
  bind: Bind,
): Expression | null {
  const name = word.toLowerCase()
  if (!BARE.has(name)) return null
  const none = { args: [], star: false, distinct: false, filter: null, orderBy: [], ignoreNulls: false }
  return bindFunction(context, { kind: 'function', name, ...none, over: null, span }, bind)
}

/** GROUPING(a, b): a bit for each argument, 1 where the row's grouping set leaves it out. */
function bindGrouping(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const { aggregates } = context
  if (!aggregates)
    throw new LakebookError('type', `${sql.name} has no place in ${context.clause}`, { span: sql.span })
  const inner: ExpressionContext = { ...context, aggregates: null, windows: null, unnests: null }
  return aggregates.addGrouping(
    sql.args.map((arg) => bind(inner, arg)),
    newColumn(outputName(sql), types.int64, false),
    sql.span,
  )
}

function rename(name: string, args: readonly Expression[]): string {
  if (name === 'position') return 'strpos'
  // date - date in other spellings
  if (name === 'xor' && args.every((arg) => arg.type.kind === 'bool')) return 'bool_xor'
  return name
}

function currentTime(context: ExpressionContext, name: string, sql: SqlFunctionCall): Expression | null {
  if (sql.args.length > 0) return null
  const now = context.environment.nowMicros
  const timeOfDay = (): bigint => ((now() % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  switch (name) {
    case 'current_date':
    case 'today':
      return literal((now() - timeOfDay()) / MICROS_PER_DAY, types.date, sql.span)
    case 'now':
    case 'current_timestamp':
    case 'transaction_timestamp':
    case 'statement_timestamp':
    case 'clock_timestamp':
    case 'get_current_timestamp':
      return literal(now(), { kind: 'timestamp', zone: 'UTC' }, sql.span)
    case 'txid_current':
      return literal(now(), types.uint64, sql.span)
    case 'localtimestamp':
    case 'current_localtimestamp':
      return literal(now(), types.timestamp, sql.span)
    case 'localtime':
    case 'current_localtime':
      return literal(timeOfDay(), types.time, sql.span)
    case 'current_time':
    case 'get_current_time':
      return castTo(literal(timeOfDay(), types.time, sql.span), types.timetz)
    default:
      return null
  }
}

/** A literal that does not convert fails when it is bound, and is NULL. */
function bindTry(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  try {
    return scalarCall('try', [bind(context, sql.args[0]!)], sql.span)
  } catch (error) {
    if (error instanceof LakebookError && (error.code === 'cast' || error.code === 'overflow'))
      return literal(null, types.null, sql.span)
    throw error
  }
}

function bindUnnest(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  if (!context.unnests)
    throw unsupported(`UNNEST in ${context.clause}`, sql.span, 'Put it into the select list or into FROM.')
  const [list, ...rest] = sql.args.map((arg) => bind({ ...context, unnests: null }, arg))
  if (!list || rest.length > 0 || list.type.kind !== 'list') {
    throw new LakebookError('type', 'UNNEST takes one list', { span: sql.span })
  }
  return spreadList(context, list, sql)
}

/** A function that gives rows: those with several columns give structs. */
function bindRowsOf(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  if (!context.unnests)
    throw unsupported(
      `${sql.name} in ${context.clause}`,
      sql.span,
      'Put it into the select list or into FROM.',
    )
  const args = sql.args.map((arg) => bind({ ...context, unnests: null }, arg))
  const { lists } = bindRows(sql.name.toLowerCase(), args, sql.span)
  return spreadList(context, lists.length === 1 ? lists[0]! : scalarCall('list_zip', lists, sql.span), sql)
}

function spreadList(context: ExpressionContext, list: Expression, sql: SqlFunctionCall): Expression {
  const item = list.type.kind === 'list' ? list.type.item : types.null
  const output = newColumn(outputName(sql), item, true)
  context.unnests?.items.push({ output, expression: list })
  return { ...columnReference(output), span: sql.span }
}

/** `ARRAY(SELECT …)`: the values of a query in its order. */
function bindArray(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const [only] = sql.args
  if (sql.args.length !== 1 || only?.kind !== 'scalar_query') {
    throw new LakebookError('type', 'ARRAY takes a query', {
      span: sql.span,
      hint: 'Write ARRAY(SELECT …), or [1, 2, 3] for a list of values.',
    })
  }
  const query = queryTemplate('SELECT coalesce(list(value), []) FROM "$rows" AS rows(value)', {
    tables: { rows: { kind: 'derived', query: only.query, lateral: false, alias: null } },
  })
  return bind(context, { kind: 'scalar_query', query, span: sql.span })
}

function bindAggregate(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const { columns, parent } = context.scope
  const inner: ExpressionContext = {
    ...context,
    scope: { columns, parent },
    aggregates: null,
    windows: null,
    unnests: null,
    clause: `the argument of ${sql.name}`,
  }
  const isStar = sql.name.toLowerCase() === 'count' && sql.args.length === 0
  const args = sql.args.map((arg) => bind(inner, arg))
  const filter = sql.filter && toCondition(bind(inner, sql.filter), 'FILTER')
  const orderBy = sql.orderBy
    .map((key) => bindSortKey(inner, key, bind))
    .filter((key) => key.expression.kind !== 'literal')
  const aggregates = collectorFor(context, sql, args)
  // as DuckDB has it, which sorts the list
  const comparesBytes = sql.distinct || ['list', 'array_agg'].includes(sql.name.toLowerCase())
  const notAnArgument = orderBy.find((key) => !args.some((arg) => sameExpression(arg, key.expression)))
  if (sql.distinct && notAnArgument) {
    throw new LakebookError(
      'type',
      'With DISTINCT, ORDER BY inside an aggregate can only use its arguments',
      {
        span: notAnArgument.expression.span ?? sql.span,
      },
    )
  }
  return makeAggregate(
    isStar ? 'count_star' : sql.name,
    args,
    (resolved, more = {}) => {
      const distinct =
        sql.distinct && !['min', 'max', 'bool_and', 'bool_or', 'any_value'].includes(resolved.fn)
      return aggregates.add({
        fn: resolved.fn,
        args: resolved.args,
        distinct,
        filter: allOf([filter, more.where ?? null]),
        orderBy: more.orderBy ?? (comparesBytes ? orderBy : orderBy.map(collatedKey)),
        output: newColumn(outputName({ ...sql }), resolved.type, resolved.nullable),
        span: sql.span,
      })
    },
    sql.span,
  )
}

/** An aggregate that reads columns of the query around it only is an aggregate of that query. */
function collectorFor(
  { scope, aggregates, clause }: ExpressionContext,
  sql: SqlFunctionCall,
  args: readonly Expression[],
): AggregateCollector {
  const ids = new Set(args.flatMap((arg) => [...columnsOf(arg)]))
  const owns = (each: Scope) => each.columns.some(({ column }) => ids.has(column.id))
  let found: AggregateCollector | null | undefined = aggregates
  if (ids.size > 0 && !owns(scope)) {
    let outer = scope.parent
    while (outer && !owns(outer)) outer = outer.parent
    if (outer) found = outer.aggregates
  }
  if (found) return found
  throw new LakebookError('type', `The aggregate ${sql.name} has no place in ${clause}`, {
    span: sql.span,
    hint: clause === 'WHERE' ? 'Filter groups with HAVING.' : undefined,
  })
}
