import { isNumeric, types } from '../arrow/types.ts'
import { LakebookError, unreachable } from '../errors.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjunction, isVolatile } from '../plan/expression-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import { keepColumns, oneRow } from '../plan/project-columns.ts'
import type { Query, QueryBody, SqlExpression } from '../sql/ast.ts'
import { castColumns } from './cast-columns.ts'
import { booleanCall, castTo, commonOf, literal } from './coerce.ts'
import { collatedKey, compared, distinctUnderCollations } from './collation.ts'
import { withCommonTables } from './common-tables.ts'
import { nullsGoFirst, type CatalogReader, type Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression, constantOf } from './expression.ts'
import { numberRows, wholePartition } from './row-numbers.ts'
import { bindSortKey } from './sort-key.ts'
import { scalarCall } from './scalar-call.ts'
import { sameName, tableScope, type Scope } from './scope.ts'
import { bindSelect, type OrderBy } from './select.ts'
import { bindValues } from './values.ts'

/** What queries are bound in: a catalog, and nothing around. `now` is asked when a query depends on the time. */
export function rootEnvironment(
  catalog: CatalogReader,
  now: () => Date,
  options: Partial<Pick<Environment, 'integerDivision' | 'parameters' | 'nullOrder' | 'dialect'>> = {},
): Environment {
  const nowMicros = (): bigint => BigInt(now().getTime()) * 1000n
  const { integerDivision = false, parameters = null, nullOrder = 'nulls_last', dialect = 'duckdb' } = options
  return {
    catalog,
    commonTables: new Map(),
    views: [],
    nowMicros,
    randomSeed: () => {
      now()
      return Math.floor(Math.random() * 2 ** 31)
    },
    integerDivision,
    parameters,
    nullOrder,
    dialect,
    bindShown: () => null,
    bindQuery,
  }
}

export function bindQuery(outside: Environment, query: Query, outer: Scope | null): LogicalPlan {
  const environment = withCommonTables(outside, query, outer, (inside, body, around) =>
    bindBody(inside, body, [], around),
  )
  const plan = bindBody(environment, query.body, query.orderBy, outer)
  return limited(environment, plan, query)
}

function bindBody(
  environment: Environment,
  body: QueryBody,
  order: OrderBy,
  outer: Scope | null,
): LogicalPlan {
  switch (body.kind) {
    case 'select':
      return bindSelect(environment, body, order, outer)
    case 'query':
      return sorted(environment, bindQuery(environment, body.query, outer), order)
    case 'values':
      return sorted(environment, bindValues(environment, body, outer), order)
    case 'set':
      return sorted(environment, bindSet(environment, body, outer), order)
    default:
      return unreachable(body)
  }
}

/** ORDER BY over finished columns: by name, position or an expression of them. */
function sorted(environment: Environment, input: LogicalPlan, order: OrderBy): LogicalPlan {
  const columns = outputColumns(input)
  if (!('all' in order) && order.length === 0) return input
  const scope: Scope = { columns: tableScope(null, columns), parent: null }
  const context = plainContext(environment, scope, 'ORDER BY')
  const at = (sql: SqlExpression): Expression => {
    if (sql.kind !== 'number' || !/^\d+$/.test(sql.text)) return bindExpression(context, sql)
    const column = columns[Number(sql.text) - 1]
    if (column) return columnReference(column)
    throw new LakebookError(
      'invalid_argument',
      `ORDER BY ${sql.text} is out of range: there are ${columns.length} columns`,
      { span: sql.span },
    )
  }
  const keys =
    'all' in order
      ? columns.map((column) => ({
          expression: columnReference(column),
          descending: order.all.descending,
          nullsFirst: order.all.nullsFirst ?? nullsGoFirst(environment, order.all.descending),
        }))
      : order.map((key) => bindSortKey(context, key, (_, sql) => at(sql)))
  return { kind: 'sort', input, keys: keys.map(collatedKey), limit: null }
}

function limited(environment: Environment, input: LogicalPlan, query: Query): LogicalPlan {
  if (query.isPercent) return limitedToShare(environment, input, query)
  const limit = query.limit && rowCount(environment, query.limit, 'LIMIT')
  const offset = query.offset && rowCount(environment, query.offset, 'OFFSET')
  if (isExpression(limit) || isExpression(offset)) return limitedAtRunTime(input, limit, offset)
  if (limit === null && (offset === null || offset === 0)) return input
  return { kind: 'limit', input, limit, offset: offset ?? 0 }
}

const noScope: Scope = { columns: [], parent: null }
const hundred = literal(100, types.float64)

function isExpression(bound: number | Expression | null): bound is Expression {
  return typeof bound === 'object' && bound !== null
}

/** A number of rows; null for NULL, which means no limit. What only the run time knows is an expression. */
function rowCount(environment: Environment, sql: SqlExpression, clause: string): number | Expression | null {
  const bound = bindExpression(plainContext(environment, noScope, clause), sql)
  const isNumber = isNumeric(bound.type) || bound.type.kind === 'null' || bound.type.kind === 'utf8'
  if (!isNumber) throw new LakebookError('type', `${clause} needs a number of rows`, { span: sql.span })
  const folded = foldExpression(castTo(bound, types.int64))
  // one number for the query, not one for each row
  if (isVolatile(folded)) return onceForAll(folded)
  if (folded.kind !== 'literal') return folded
  if (folded.value === null) return null
  if (typeof folded.value !== 'bigint' || folded.value < 0n) {
    throw new LakebookError('invalid_argument', `${clause} must not be negative`, { span: sql.span })
  }
  return Number(folded.value)
}

function onceForAll(expression: Expression): Expression {
  const { type, nullable, span } = expression
  const output = newColumn('value', type, nullable)
  const plan: LogicalPlan = { kind: 'project', input: oneRow(), items: [{ output, expression }] }
  return { kind: 'subquery', form: 'scalar', plan, operand: null, type, nullable: true, span }
}

/** The rows are numbered in their order, and those between the bounds kept. */
function limitedAtRunTime(
  input: LogicalPlan,
  limit: number | Expression | null,
  offset: number | Expression | null,
): LogicalPlan {
  const shown = outputColumns(input)
  const { plan, column } = numberRows(input)
  const row = columnReference(column)
  const zero = literal(0n, types.int64)
  const asExpression = (bound: number | Expression): Expression =>
    typeof bound === 'number' ? literal(BigInt(bound), types.int64) : bound
  const start = offset === null ? zero : scalarCall('coalesce', [asExpression(offset), zero], undefined)
  const bounds = [booleanCall('>', [row, start])]
  if (limit !== null) {
    const end = scalarCall('+', [start, asExpression(limit)], undefined)
    const inside = booleanCall('<=', [row, end])
    bounds.push(scalarCall('coalesce', [inside, literal(true, types.bool)], undefined))
  }
  return keepColumns({ kind: 'filter', input: plan, predicate: conjunction(bounds) }, shown)
}

/** So many of every hundred rows, rounded down, behind those that OFFSET leaves out. */
function limitedToShare(environment: Environment, input: LogicalPlan, query: Query): LogicalPlan {
  const { limit, offset } = query
  const share = constantOf(
    castTo(bindExpression(plainContext(environment, noScope, 'LIMIT'), limit!), types.float64),
    'A percentage of rows',
  )
  const { value: percent } = share
  if (percent !== null && !(typeof percent === 'number' && percent >= 0 && percent <= 100)) {
    throw new LakebookError('invalid_argument', 'A percentage of rows lies between 0 and 100', {
      span: limit!.span,
    })
  }
  const start = offset && rowCount(environment, offset, 'OFFSET')
  if (percent === null) return limitedAtRunTime(input, null, start)
  const output = newColumn('rows', types.int64, false)
  const call = { fn: 'count_star', args: [], frame: wholePartition, filter: null, ignoreNulls: false, output }
  const counted: LogicalPlan = { kind: 'window', input, partitionBy: [], orderBy: [], calls: [call] }
  const rows = castTo(columnReference(output), types.float64)
  const part = scalarCall('*', [scalarCall('/', [share, hundred], undefined), rows], undefined)
  const end = castTo(scalarCall('floor', [part], undefined), types.int64)
  return keepColumns(limitedAtRunTime(counted, end, start), outputColumns(input))
}

function bindSet(
  environment: Environment,
  body: QueryBody & { kind: 'set' },
  outer: Scope | null,
): LogicalPlan {
  const branches = setBranches(body)
  const plans = branches.map((branch) => bindBody(environment, branch, [], outer))
  const aligned = body.byName ? alignByName(plans) : plans
  const widths = aligned.map((plan) => outputColumns(plan).length)
  const odd = widths.findIndex((width) => width !== widths[0])
  if (odd > 0) {
    throw new LakebookError(
      'type',
      `${body.op.toUpperCase()} needs the same number of columns: ${widths[0]} and ${widths[odd]}`,
      {
        span: spanOf(branches[odd]!),
      },
    )
  }
  const unitedPlans = withCommonTypes(aligned, body)
  switch (body.op) {
    case 'union': {
      const plan = union(unitedPlans)
      return body.all ? plan : distinctUnderCollations(plan)
    }
    case 'intersect':
    case 'except':
      return compareSets(
        unitedPlans[0]!,
        unitedPlans[1]!,
        body.op === 'intersect' ? 'semi' : 'anti',
        body.all,
      )
    default:
      return unreachable(body.op)
  }
}

function spanOf(body: QueryBody) {
  return body.kind === 'select' || body.kind === 'values' ? body.span : undefined
}

/** A chain of the same UNION is one node with many inputs. */
function setBranches(body: QueryBody & { kind: 'set' }): readonly QueryBody[] {
  const branches: QueryBody[] = []
  let node: QueryBody = body
  while (
    node.kind === 'set' &&
    node.op === 'union' &&
    body.op === 'union' &&
    node.all === body.all &&
    !node.byName &&
    !body.byName
  ) {
    branches.unshift(node.right)
    node = node.left
  }
  return branches.length > 0 ? [node, ...branches] : [body.left, body.right]
}

function alignByName(plans: readonly LogicalPlan[]): readonly LogicalPlan[] {
  const names: string[] = []
  for (const plan of plans) {
    for (const { name } of outputColumns(plan))
      if (!names.some((each) => sameName(each, name))) names.push(name)
  }
  return plans.map((plan) => {
    const columns = outputColumns(plan)
    return {
      kind: 'project',
      input: plan,
      items: names.map((name) => {
        const column = columns.find((each) => sameName(each.name, name))
        return column
          ? { output: column, expression: columnReference(column) }
          : { output: newColumn(name, types.null, true), expression: literal(null, types.null) }
      }),
    }
  })
}

function withCommonTypes(
  plans: readonly LogicalPlan[],
  body: QueryBody & { kind: 'set' },
): readonly LogicalPlan[] {
  const all = plans.map((plan) => outputColumns(plan))
  const common = all[0]!.map((_, index) =>
    commonOf(
      all.map((columns) => columns[index]!.type),
      body.op.toUpperCase(),
      spanOf(body.right),
    ),
  )
  return plans.map((plan) => castColumns(plan, common))
}

function union(inputs: readonly LogicalPlan[]): LogicalPlan {
  const all = inputs.map((plan) => outputColumns(plan))
  const columns = all[0]!.map((column, index) =>
    newColumn(
      column.name,
      column.type,
      all.some((each) => each[index]!.nullable),
    ),
  )
  return { kind: 'union', inputs, columns }
}

/** INTERSECT and EXCEPT. With ALL the rows of a value are numbered, so that the nth meets the nth. */
function compareSets(
  left: LogicalPlan,
  right: LogicalPlan,
  type: 'semi' | 'anti',
  all: boolean,
): LogicalPlan {
  const shown = outputColumns(left)
  const a = all ? numbered(left) : distinctUnderCollations(left)
  const b = all ? numbered(right) : right
  const rightColumns = outputColumns(b)
  const condition = outputColumns(a).map((column, index): Expression => ({
    kind: 'call',
    fn: 'is_not_distinct_from',
    args: compared(columnReference(column), columnReference(rightColumns[index]!)),
    type: types.bool,
    nullable: false,
  }))
  const join = makeJoin(type, a, b, condition)
  return all ? keepColumns(join, shown) : join
}

function numbered(input: LogicalPlan): LogicalPlan {
  return numberRows(input, outputColumns(input).map(columnReference)).plan
}
