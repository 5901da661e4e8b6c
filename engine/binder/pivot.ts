import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { isAggregate } from '../functions/aggregate-signatures.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import { outputColumns } from '../plan/output.ts'
import type { PivotColumn, Query, SelectItem, SqlExpression, SqlPivot } from '../sql/ast.ts'
import { expressionsOf, replaceExpressions } from '../sql/rewrite.ts'
import { nameExpression, queryTemplate, textExpression } from '../sql/template.ts'
import { castTo } from './coerce.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import type { BindFrom, BoundFrom } from './from.ts'
import { knownType } from './named-types.ts'
import { outputName } from './output-name.ts'
import { sameName, tableScope, type Scope } from './scope.ts'

/** More columns than anybody looks at. */
const MOST_COLUMNS = 1000

/** A value of ON: what its column is called, and which rows belong to it. */
interface PivotValue {
  readonly name: string
  readonly condition: SqlExpression
}

/** PIVOT: a column for each value of ON and each aggregate, a row for each group. */
export function bindPivot(
  environment: Environment,
  from: SqlPivot,
  outer: Scope | null,
  bindFrom: BindFrom,
): BoundFrom {
  const source = bindFrom(environment, from.source, outer)
  const scope: Scope = { columns: source.columns, parent: outer }
  const using = from.using.length > 0 ? from.using.map(aggregateItem) : [{ aggregate: COUNT, alias: null }]
  const values = from.on.reduce<readonly PivotValue[]>((before, column) => {
    const own = valuesOf(environment, from, column, scope)
    if (before.length * own.length * using.length > MOST_COLUMNS) throw tooMany(from.span)
    return before.length === 0 ? own : before.flatMap((left) => own.map((right) => both(left, right)))
  }, [])
  const cells = values.flatMap(({ name, condition }) =>
    using.map(({ aggregate, alias }): SelectItem => {
      const suffix = alias ?? (using.length > 1 ? outputName(aggregate) : null)
      const called = suffix === null ? name : `${name}_${suffix}`
      return {
        kind: 'expression',
        expression: where(aggregate, condition),
        alias: { name: called, span: undefined },
      }
    }),
  )
  const groups = from.groupBy ?? otherColumns(from, scope)
  const plain =
    from.on.length === 0 ? using.map(({ aggregate, alias }) => plainItem(aggregate, alias)) : cells
  const query: Query = {
    ...queryTemplate('SELECT 1', {}),
    body: {
      kind: 'select',
      distinct: 'none',
      items: [...groups.map((expression) => plainItem(expression, null)), ...plain],
      from: from.source,
      where: null,
      groupBy: { kind: 'expressions', expressions: groups },
      having: null,
      windows: [],
      qualify: null,
      span: from.span,
    },
  }
  const plan = environment.bindQuery(environment, query, outer)
  const { alias } = from
  const columns = outputColumns(plan)
  const names = columns.map(({ name }, index) => alias?.columns[index]?.name ?? name)
  return { plan, columns: tableScope(alias?.name.name ?? null, columns, names) }
}

const COUNT: SqlExpression = {
  kind: 'function',
  name: 'count',
  args: [],
  star: true,
  distinct: false,
  filter: null,
  orderBy: [],
  ignoreNulls: false,
  over: null,
}

function plainItem(expression: SqlExpression, alias: string | null): SelectItem {
  return { kind: 'expression', expression, alias: alias === null ? null : { name: alias, span: undefined } }
}

function aggregateItem(item: SelectItem): {
  readonly aggregate: SqlExpression
  readonly alias: string | null
} {
  const aggregate = item.kind === 'expression' ? item.expression : null
  if (!aggregate || !expressionsOf(aggregate, 'function').some(hasAggregate)) {
    throw new LakebookError('type', 'USING of PIVOT takes aggregates', {
      span: aggregate?.span ?? (item.kind === 'star' ? item.span : undefined),
      hint: 'Write USING sum(amount), say.',
    })
  }
  return { aggregate, alias: item.kind === 'expression' ? (item.alias?.name ?? null) : null }
}

function hasAggregate(call: SqlExpression): boolean {
  if (call.kind !== 'function') return false
  return isAggregate(call.name.toLowerCase()) || expressionsOf(call.args, 'function').some(hasAggregate)
}

function both(left: PivotValue, right: PivotValue): PivotValue {
  return { name: `${left.name}_${right.name}`, condition: and(left.condition, right.condition) }
}

function and(left: SqlExpression, right: SqlExpression): SqlExpression {
  return { kind: 'binary', op: 'and', left, right }
}

/** The expression with its aggregates over only those rows. */
function where(expression: SqlExpression, condition: SqlExpression): SqlExpression {
  return replaceExpressions(expression, (node) => {
    if (node.kind !== 'function' || node.over !== null || !isAggregate(node.name.toLowerCase())) return null
    return { ...node, filter: node.filter ? and(node.filter, condition) : condition }
  })
}

function same(left: SqlExpression, right: SqlExpression): SqlExpression {
  return { kind: 'binary', op: 'is_not_distinct_from', left, right, span: right.span }
}

/** The values of one column of ON, as the text lists them or as the data has them, in order and without NULL. */
function valuesOf(
  environment: Environment,
  from: SqlPivot,
  column: PivotColumn,
  scope: Scope,
): readonly PivotValue[] {
  const { values } = column
  if (isList(values)) return values.map((item) => listedValue(environment, column, item, scope))
  const [on, ...more] = column.expressions
  if (!on || more.length > 0)
    throw unsupported('PIVOT on a row without IN', from.span, 'Write IN ((1, 2), …) after it.')
  const text: SqlExpression = { kind: 'cast', operand: on, type: types.utf8, try: false }
  if (values) {
    const listed = knownType(environment, { kind: 'enum', values: [], name: values.name }, values.span)
    return listed.kind === 'enum' ? listed.values.map((value) => valueOfText(text, value)) : []
  }
  const { type } = bindExpression(plainContext(environment, scope, 'PIVOT … ON'), on)
  // values of an ENUM come in the order of their texts, as in DuckDB
  return askValues(environment, from, type.kind === 'enum' ? text : on, text).map((value) =>
    valueOfText(text, value),
  )
}

function isList(values: PivotColumn['values']): values is readonly SelectItem[] {
  return Array.isArray(values)
}

function valueOfText(text: SqlExpression, value: string): PivotValue {
  return { name: value, condition: { kind: 'binary', op: '=', left: text, right: textExpression(value) } }
}

function listedValue(
  environment: Environment,
  column: PivotColumn,
  item: SelectItem,
  scope: Scope,
): PivotValue {
  if (item.kind === 'star') throw unsupported('A star in PIVOT … IN', item.span)
  const { expression } = item
  const row = expression.kind === 'tuple' ? expression.items : [expression]
  if (row.length !== column.expressions.length) {
    throw new LakebookError(
      'type',
      `PIVOT is on ${column.expressions.length} columns, but here are ${row.length} values`,
      {
        span: expression.span,
      },
    )
  }
  const context = plainContext(environment, { columns: [], parent: scope.parent }, 'PIVOT … IN')
  const names = row.map((value) => {
    // a bare word is a text, as in DuckDB
    if (value.kind === 'identifier' && value.parts.length === 1) return value.parts[0]!.name
    const bound = foldExpression(castTo(bindExpression(context, value), types.utf8))
    if (bound.kind !== 'literal')
      throw unsupported('A value of PIVOT … IN that is not a constant', value.span)
    return typeof bound.value === 'string' ? bound.value : 'NULL'
  })
  const conditions = row.map((value, index) =>
    same(column.expressions[index]!, value.kind === 'identifier' ? textExpression(names[index]!) : value),
  )
  return { name: item.alias?.name ?? names.join('_'), condition: conditions.reduce(and) }
}

/** Never part of a name: separates names in an answer. */
const SEPARATOR = '\u001F'

function askValues(
  environment: Environment,
  from: SqlPivot,
  order: SqlExpression,
  text: SqlExpression,
): readonly string[] {
  const { catalog } = environment
  if (!catalog.ask) throw unsupported('PIVOT without IN', from.span, 'List the values: ON x IN (1, 2).')
  const distinct = queryTemplate(
    'SELECT DISTINCT "$text" AS text, "$order" AS value FROM "$source" WHERE "$text" IS NOT NULL',
    { expressions: { order, text }, tables: { source: from.source } },
  )
  const joined = queryTemplate(
    `SELECT string_agg(text, chr(31) ORDER BY value, text)
     FROM (SELECT * FROM "$rows" AS r LIMIT ${MOST_COLUMNS + 1}) AS l`,
    { tables: { rows: { kind: 'derived', query: distinct, lateral: false, alias: null } } },
  )
  const answer = catalog.ask(environment.bindQuery(environment, joined, null))
  const values = answer === null ? [] : answer.split(SEPARATOR)
  if (values.length > MOST_COLUMNS) throw tooMany(from.span)
  return [...new Set(values)]
}

function tooMany(span: SourceSpan | undefined): LakebookError {
  return unsupported(
    `A PIVOT of more than ${MOST_COLUMNS} columns`,
    span,
    'List the values wanted: ON x IN (1, 2).',
  )
}

/** The columns that neither ON nor USING mentions. */
function otherColumns(from: SqlPivot, { columns }: Scope): readonly SqlExpression[] {
  const used = expressionsOf([from.on.map((column) => column.expressions), from.using], 'identifier')
  return columns
    .filter(({ name, hidden }) => !hidden && !used.some(({ parts }) => sameName(parts.at(-1)!.name, name)))
    .map(({ name }) => nameExpression(name))
}
