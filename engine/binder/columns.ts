import { LakebookError, unsupported } from '../errors.ts'
import type { GroupBy, Query, Select, SelectItem, SqlColumns, SqlExpression, SqlSortKey } from '../sql/ast.ts'
import { expressionsOf, replaceExpressions } from '../sql/rewrite.ts'
import { nameExpression, queryTemplate, textExpression } from '../sql/template.ts'
import type { Environment } from './environment.ts'
import type { Scope, ScopeColumn } from './scope.ts'
import { expandStar } from './star.ts'
import type { OrderBy } from './select.ts'

/** A column that COLUMNS stands for. */
interface Named {
  readonly name: string
  readonly sql: SqlExpression
}

/** The SELECT and its ORDER BY with every COLUMNS(…) written out. */
export function withoutColumns(
  environment: Environment,
  select: Select,
  order: OrderBy,
  scope: Scope,
): { readonly select: Select; readonly order: OrderBy } {
  const hasColumns = (tree: unknown): boolean => expressionsOf(tree, 'columns').length > 0
  if (!hasColumns(select) && !hasColumns(order)) return { select, order }
  const expand = (sql: SqlExpression): readonly Named[] => expandExpression(environment, sql, scope)
  const all = (sql: SqlExpression): readonly SqlExpression[] => expand(sql).map((each) => each.sql)
  const condition = (sql: SqlExpression | null): SqlExpression | null =>
    sql && all(sql).reduce((left, right) => ({ kind: 'binary', op: 'and', left, right, span: sql.span }))
  const keys = (list: readonly SqlSortKey[]): readonly SqlSortKey[] =>
    list.flatMap((key) => all(key.expression).map((expression) => ({ ...key, expression })))
  return {
    select: {
      ...select,
      items: select.items.flatMap((item) => expandItem(item, expand)),
      where: condition(select.where),
      having: condition(select.having),
      qualify: condition(select.qualify),
      groupBy: expandGroups(select.groupBy, all),
      distinct: typeof select.distinct === 'string' ? select.distinct : select.distinct.flatMap(all),
    },
    order: 'all' in order ? order : keys(order),
  }
}

/** An item of a list with its COLUMNS(…) written out. */
export function expandSelectItem(
  environment: Environment,
  item: ExpressionItem,
  scope: Scope,
): readonly ExpressionItem[] {
  return expandItem(item, (sql) => expandExpression(environment, sql, scope)).flatMap((each) =>
    each.kind === 'expression' ? [each] : [],
  )
}

type ExpressionItem = SelectItem & { readonly kind: 'expression' }

function expandGroups(groupBy: GroupBy, all: (sql: SqlExpression) => readonly SqlExpression[]): GroupBy {
  if (groupBy.kind === 'expressions') return { ...groupBy, expressions: groupBy.expressions.flatMap(all) }
  if (groupBy.kind === 'sets') return { ...groupBy, sets: groupBy.sets.map((set) => set.flatMap(all)) }
  return groupBy
}

function expandItem(
  item: SelectItem,
  expand: (sql: SqlExpression) => readonly Named[],
): readonly SelectItem[] {
  if (item.kind === 'star') {
    const replace = item.replace.map((each) => ({ ...each, expression: expand(each.expression)[0]!.sql }))
    return [{ ...item, replace }]
  }
  if (expressionsOf(item.expression, 'columns').every((each) => each.isSpread)) {
    return expand(item.expression).map(({ sql }) => ({ ...item, expression: sql }))
  }
  const [only] = expressionsOf(item.expression, 'columns')
  const pattern =
    only?.selector.kind === 'names' && only.selector.test.kind === 'string' ? only.selector.test.value : null
  return expand(item.expression).map(({ name, sql }) => {
    const { alias } = item
    const called = alias === null ? name : pattern === null ? alias.name : captured(name, pattern, alias.name)
    return { kind: 'expression', expression: sql, alias: { name: called, span: alias?.span } }
  })
}

/** `COLUMNS('(\w)_x') AS '\1'`: a name with the groups of the pattern. */
function captured(name: string, pattern: string, alias: string): string {
  const groups = new RegExp(pattern, 'u').exec(name) ?? []
  return alias.replaceAll(/\\(\d)/g, (_, group: string) => groups[Number(group)] ?? '')
}

/** The expression once for each column; once and by no name where it has no COLUMNS but those that are spread. */
function expandExpression(environment: Environment, sql: SqlExpression, scope: Scope): readonly Named[] {
  const found = expressionsOf(sql, 'columns')
  if (found.length === 0) return [{ name: '', sql }]
  const spread = found.some((each) => each.isSpread) ? spreadColumns(environment, sql, scope) : sql
  const [first, ...others] = expressionsOf(spread, 'columns')
  if (!first) return [{ name: '', sql: spread }]
  const columns = columnsOf(environment, first, scope)
  const key = (list: readonly Named[]): string => list.map(({ name }) => name).join('\0')
  for (const other of others) {
    if (key(columnsOf(environment, other, scope)) !== key(columns)) {
      throw unsupported(
        'COLUMNS of several kinds in one expression',
        other.span,
        'They must all stand for the same columns.',
      )
    }
  }
  return columns.map((column) => ({
    name: column.name,
    sql: replaceExpressions(spread, (node) =>
      node.kind === 'columns' ? { ...column.sql, span: node.span } : null,
    ),
  }))
}

/** `f(*COLUMNS(…))` with the columns side by side; `struct_pack` takes their names too. */
function spreadColumns(environment: Environment, sql: SqlExpression, scope: Scope): SqlExpression {
  return replaceExpressions(sql, (node) => {
    if (node.kind === 'columns') {
      return node.isSpread ? columnsOf(environment, node, scope).map((each) => each.sql) : null
    }
    if (node.kind !== 'function' || node.name.toLowerCase() !== 'struct_pack') return null
    const [only] = node.args
    if (node.args.length !== 1 || only?.kind !== 'columns' || !only.isSpread) return null
    const fields = columnsOf(environment, only, scope).map(({ name, sql: value }) => ({ name, value }))
    return { kind: 'struct', fields, span: node.span }
  })
}

function columnsOf(environment: Environment, columns: SqlColumns, scope: Scope): readonly Named[] {
  const { selector, span } = columns
  if (selector.kind === 'star') {
    return expandStar(selector, scope).map((each) => {
      if (each.sql) return { name: each.name, sql: each.sql }
      if (!each.column) throw unsupported('COLUMNS over the fields of a struct', span)
      return { name: each.name, sql: reference(each.column) }
    })
  }
  const visible = scope.columns.filter((column) => !column.hidden)
  const names = visible.map((column) => column.name)
  const chosen = chooseNames(environment, selector.test, names)
  const found = visible.filter((column) => chosen.has(column.name))
  if (found.length > 0) return found.map((column) => ({ name: column.name, sql: reference(column) }))
  throw new LakebookError('unknown_column', 'No column fits COLUMNS here', {
    span,
    hint: `The columns are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`,
  })
}

function reference({ table, name }: ScopeColumn): SqlExpression {
  return table === null ? nameExpression(name) : nameExpression(table, name)
}

/** Those of the names that a pattern, a list or a lambda means. */
function chooseNames(
  environment: Environment,
  test: SqlExpression,
  names: readonly string[],
): ReadonlySet<string> {
  if (test.kind === 'string') {
    const pattern = new RegExp(test.value, 'u')
    return new Set(names.filter((name) => pattern.test(name)))
  }
  if (test.kind === 'list') {
    return new Set(
      test.items.flatMap((item) => {
        const wanted = item.kind === 'string' ? item.value : null
        const found = names.filter((name) => name.toLowerCase() === wanted?.toLowerCase())
        if (found.length > 0) return found
        throw new LakebookError(
          'unknown_column',
          `There is no column ${wanted === null ? 'of this name' : `"${wanted}"`}`,
          {
            span: item.span,
            hint: `The columns are ${names.join(', ')}.`,
          },
        )
      }),
    )
  }
  if (test.kind === 'binary' && test.op === '->' && test.left.kind === 'identifier') {
    return new Set(askNames(environment, test.left.parts.at(-1)!.name, test.right, names))
  }
  throw new LakebookError('type', 'COLUMNS takes *, a pattern, a list of names or a lambda', {
    span: test.span,
    hint: "Write COLUMNS('x.*') or COLUMNS(c -> c LIKE 'x%').",
  })
}

/** A lambda is a question to the engine itself: a query over the names. */
function askNames(
  environment: Environment,
  parameter: string,
  body: SqlExpression,
  names: readonly string[],
): readonly string[] {
  const { catalog } = environment
  if (!catalog.ask) throw unsupported('COLUMNS of a lambda', body.span)
  const condition = replaceExpressions(body, (node) =>
    node.kind === 'identifier' &&
    node.parts.length === 1 &&
    node.parts[0]!.name.toLowerCase() === parameter.toLowerCase()
      ? nameExpression('name')
      : null,
  )
  const list: SqlExpression = { kind: 'list', items: names.map(textExpression) }
  const query: Query = queryTemplate(
    `SELECT string_agg(name, chr(31)) FROM (SELECT unnest("$names") AS name) WHERE "$condition"`,
    { expressions: { names: list, condition } },
  )
  return (catalog.ask(environment.bindQuery(environment, query, null)) ?? '').split('\u001F')
}
