import { types } from '../arrow/types.ts'
import type { LiteralRows } from '../catalog/file-request.ts'
import { LakebookError, unreachable, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjunction, conjuncts, hasSubquery } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, Expression, JoinType, LogicalPlan, Scan } from '../plan/plan.ts'
import { freshPlan } from '../plan/plan-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import type { Identifier, TableAlias, TableExpression } from '../sql/ast.ts'
import { parseSql } from '../sql/parser.ts'
import { castTo, compared, toCondition } from './coerce.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { fileFunctionTable } from './file-function.ts'
import { nameHint } from './name-hint.ts'
import { scalarCall } from './scalar-call.ts'
import {
  findLocally,
  refreshScope,
  sameName,
  tableScope,
  unknownColumn,
  type Scope,
  type ScopeColumn,
} from './scope.ts'

export interface BoundFrom {
  readonly plan: LogicalPlan
  readonly columns: readonly ScopeColumn[]
}

/** One row without columns: what SELECT without FROM reads. */
export function oneRow(): LogicalPlan {
  return { kind: 'values', columns: [], rows: [[]] }
}

export function bindFrom(
  environment: Environment,
  from: TableExpression | null,
  outer: Scope | null,
): BoundFrom {
  if (!from) return { plan: oneRow(), columns: [] }
  switch (from.kind) {
    case 'table':
      return bindTable(environment, from.name, from.alias, from.span)
    case 'table_function':
      return bindTableFunction(environment, from, outer)
    case 'derived': {
      const plan = environment.bindQuery(environment, from.query, outer)
      const names = uniqueNames(outputColumns(plan))
      return { plan, columns: aliased(plan, from.alias, null, names, undefined) }
    }
    case 'unnest':
      return bindUnnest(environment, { plan: oneRow(), columns: [] }, from, outer)
    case 'join':
      return bindJoin(environment, from, outer)
    default:
      return unreachable(from)
  }
}

/** Columns of one name get a suffix, so that each can be named. */
function uniqueNames(columns: readonly Column[]): readonly string[] {
  const seen = new Map<string, number>()
  return columns.map(({ name }) => {
    const count = seen.get(name.toLowerCase()) ?? 0
    seen.set(name.toLowerCase(), count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}

function aliased(
  plan: LogicalPlan,
  alias: TableAlias | null,
  ownName: string | null,
  names: readonly string[],
  span: SourceSpan | undefined,
): ScopeColumn[] {
  const columns = outputColumns(plan)
  const given = alias?.columns ?? []
  if (given.length > columns.length) {
    throw new LakebookError(
      'type',
      `"${alias!.name.name}" names ${given.length} columns but there are ${columns.length}`,
      {
        span: alias!.name.span ?? span,
      },
    )
  }
  return tableScope(
    alias?.name.name ?? ownName,
    columns,
    names.map((name, index) => given[index]?.name ?? name),
  )
}

/** The catalog's or a WITH clause's table. Errors: `unknown_table` with the nearest name. */
function bindTable(
  environment: Environment,
  name: readonly Identifier[],
  alias: TableAlias | null,
  span: SourceSpan | undefined,
): BoundFrom {
  const last = name.at(-1)!.name
  const common = name.length === 1 ? environment.commonTables.get(last.toLowerCase()) : undefined
  if (common) {
    const plan = environment.bindQuery(common.environment, common.table.query, common.outer)
    const given = common.table.columns.map((column) => column.name)
    const names = uniqueNames(outputColumns(plan)).map((each, index) => given[index] ?? each)
    return { plan, columns: aliased(plan, alias, last, names, span) }
  }
  const entry = findTable(environment, name, span)
  const plan = planOf(environment, entry, span)
  const names = entry.kind === 'view' && entry.columns.length > 0 ? entry.columns : []
  const columns = uniqueNames(outputColumns(plan)).map((each, index) => names[index] ?? each)
  return { plan, columns: aliased(plan, alias, last, columns, span) }
}

export function findTable(
  environment: Environment,
  name: readonly Identifier[],
  span: SourceSpan | undefined,
): CatalogEntry {
  const { catalog } = environment
  const full = name.map((part) => part.name).join('.')
  const isDefaultSchema =
    name.length > 1 &&
    name.slice(0, -1).every((part) => ['main', 'memory', 'temp', 'public'].includes(part.name.toLowerCase()))
  const entry = catalog.table(full) ?? (isDefaultSchema ? catalog.table(name.at(-1)!.name) : null)
  if (entry) return entry
  const names = [...environment.commonTables.keys(), ...catalog.names()]
  throw new LakebookError('unknown_table', `There is no table "${full}"`, {
    span,
    hint: nameHint(full, names),
  })
}

/** Reads a catalog entry with columns of its own. */
export function planOf(
  environment: Environment,
  entry: CatalogEntry,
  span: SourceSpan | undefined,
): LogicalPlan {
  switch (entry.kind) {
    case 'table':
      return scanOf(entry.name, entry.provider)
    case 'frame':
      return freshPlan(entry.plan).plan
    case 'view': {
      if (environment.views.some((view) => sameName(view, entry.name))) {
        throw new LakebookError('invalid_argument', `The view "${entry.name}" reads itself`, { span })
      }
      const statement = parseSql(entry.text)[0]?.statement
      if (statement?.kind !== 'query')
        throw new LakebookError('internal', `The view "${entry.name}" holds no query`)
      const inside: Environment = {
        ...environment,
        commonTables: new Map(),
        views: [...environment.views, entry.name],
      }
      return environment.bindQuery(inside, statement.query, null)
    }
    default:
      return unreachable(entry)
  }
}

/** A column that could hold NULLs by its type, but has none, is taken for what it is: all that reads it is simpler. */
function scanOf(table: string, provider: Scan['provider']): Scan {
  const { schema, statistics } = provider
  const columns = schema.fields.map((field, source) => {
    const hasNulls = field.nullable && statistics.columns[source]?.nullCount !== 0
    return { ...newColumn(field.name, field.type, hasNulls), source }
  })
  return { kind: 'scan', table, provider, columns, filters: [], predicates: [] }
}

function literalTable({ fields, rows }: LiteralRows): LogicalPlan {
  const columns = fields.map(({ name, type, nullable }) => newColumn(name, type, nullable))
  return { kind: 'values', columns, rows }
}

function bindTableFunction(
  environment: Environment,
  from: TableExpression & { kind: 'table_function' },
  outer: Scope | null,
): BoundFrom {
  const file = fileFunctionTable(environment, from)
  if (file !== null) {
    const plan = file.kind === 'table' ? scanOf(file.name, file.provider) : literalTable(file)
    return {
      plan,
      columns: aliased(plan, from.alias, file.name, uniqueNames(outputColumns(plan)), from.span),
    }
  }
  const name = from.name.toLowerCase()
  const [named] = from.named
  if (named !== undefined)
    throw unsupported(`${from.name} with ${named.name.name} =`, named.name.span ?? from.span)
  const context = plainContext(environment, { columns: [], parent: outer }, name)
  switch (name) {
    case 'range':
    case 'generate_series': {
      const list = scalarCall(
        name,
        from.args.map((arg) => bindExpression(context, arg)),
        from.span,
      )
      return unnestOver({ plan: oneRow(), columns: [] }, [list], from.alias, name)
    }
    case 'unnest':
      return bindUnnest(
        environment,
        { plan: oneRow(), columns: [] },
        { lists: from.args, alias: from.alias, span: from.span },
        outer,
      )
    default:
      throw unsupported(`The table function ${from.name}`, from.span)
  }
}

interface UnnestSource {
  readonly lists: (TableExpression & { kind: 'unnest' })['lists']
  readonly alias: TableAlias | null
  readonly span: SourceSpan | undefined
}

/** UNNEST in FROM reads the tables before it. */
function bindUnnest(
  environment: Environment,
  left: BoundFrom,
  from: UnnestSource,
  outer: Scope | null,
): BoundFrom {
  const context = plainContext(environment, { columns: left.columns, parent: outer }, 'UNNEST')
  const lists = from.lists.map((list) => bindExpression(context, list))
  for (const list of lists) {
    if (list.type.kind !== 'list')
      throw new LakebookError('type', 'UNNEST takes lists', { span: list.span ?? from.span })
  }
  return unnestOver(left, lists, from.alias, 'unnest')
}

function unnestOver(
  left: BoundFrom,
  lists: readonly Expression[],
  alias: TableAlias | null,
  name: string,
): BoundFrom {
  const items = lists.map((expression) => {
    const type = expression.type.kind === 'list' ? expression.type.item : types.null
    return { output: newColumn(name, type, true), expression }
  })
  const plan: LogicalPlan = { kind: 'unnest', input: left.plan, items, keepEmpty: false }
  const names = items.map(
    (_, index) => alias?.columns[index]?.name ?? (items.length === 1 && alias ? alias.name.name : name),
  )
  const added = tableScope(
    alias?.name.name ?? name,
    items.map((item) => item.output),
    names,
  )
  return { plan, columns: [...left.columns, ...added] }
}

function bindJoin(
  environment: Environment,
  from: TableExpression & { kind: 'join' },
  outer: Scope | null,
): BoundFrom {
  const left = bindFrom(environment, from.left, outer)
  if (
    from.right.kind === 'unnest' &&
    (from.type === 'cross' || (from.type === 'inner' && isTrueCondition(from)))
  ) {
    return bindUnnest(environment, left, from.right, outer)
  }
  const isLateral = from.right.kind === 'derived' && from.right.lateral
  const right = bindFrom(
    environment,
    from.right,
    isLateral ? { columns: left.columns, parent: outer } : outer,
  )
  refuseSameAlias(left, right, from)
  const { condition } = from
  switch (condition.kind) {
    case 'none':
      return joined(left, right, from.type === 'cross' ? 'inner' : from.type, [])
    case 'on': {
      const scope: Scope = { columns: [...left.columns, ...right.columns], parent: outer }
      const bound = bindExpression(plainContext(environment, scope, 'ON'), condition.expression)
      const predicate = toCondition(bound, 'ON')
      return joined(left, right, from.type === 'cross' ? 'inner' : from.type, conjuncts(predicate))
    }
    case 'using':
      return joinedUsing(left, right, from.type, condition.columns)
    case 'natural': {
      const shared = left.columns.filter(
        (column) =>
          !column.hidden && right.columns.some((other) => !other.hidden && sameName(other.name, column.name)),
      )
      return joinedUsing(
        left,
        right,
        from.type,
        shared.map((column) => ({ name: column.name, span: undefined })),
      )
    }
    default:
      return unreachable(condition)
  }
}

function isTrueCondition(from: TableExpression & { kind: 'join' }): boolean {
  return (
    from.condition.kind === 'on' &&
    from.condition.expression.kind === 'boolean' &&
    from.condition.expression.value
  )
}

function refuseSameAlias(left: BoundFrom, right: BoundFrom, from: TableExpression & { kind: 'join' }): void {
  const tables = new Set(
    left.columns.flatMap((column) => (column.table === null ? [] : [column.table.toLowerCase()])),
  )
  const twice = right.columns.find(
    (column) => column.table !== null && tables.has(column.table.toLowerCase()),
  )
  if (!twice) return
  const alias = 'alias' in from.right ? from.right.alias?.name : null
  const span = alias?.span ?? ('span' in from.right ? from.right.span : undefined)
  throw new LakebookError('ambiguous', `Two tables of this FROM are called "${twice.table}"`, {
    span,
    hint: 'Give one of them an alias.',
  })
}

function planType(type: (TableExpression & { kind: 'join' })['type']): JoinType {
  return type === 'cross' ? 'inner' : type
}

function joined(
  left: BoundFrom,
  right: BoundFrom,
  sqlType: (TableExpression & { kind: 'join' })['type'],
  condition: readonly Expression[],
): BoundFrom {
  const type = planType(sqlType)
  // subqueries in an inner join's condition are easier to turn into joins as a filter above it
  const above = type === 'inner' ? condition.filter(hasSubquery) : []
  const join = makeJoin(
    type,
    left.plan,
    right.plan,
    condition.filter((each) => !above.includes(each)),
  )
  const plan: LogicalPlan =
    above.length > 0 ? { kind: 'filter', input: join, predicate: conjunction(above) } : join
  const columns = type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns]
  return { plan, columns: refreshScope(columns, outputColumns(plan)) }
}

/** USING shows each column once: the left one, for RIGHT the right one, for FULL whichever is not NULL. */
function joinedUsing(
  left: BoundFrom,
  right: BoundFrom,
  sqlType: (TableExpression & { kind: 'join' })['type'],
  names: readonly Identifier[],
): BoundFrom {
  const pairs = names.map((name) => ({
    name,
    left: usingColumn(left, name),
    right: usingColumn(right, name),
  }))
  const condition = pairs.map((pair) => {
    const [a, b] = compared(pair.left, pair.right, pair.name.span)
    return {
      kind: 'call',
      fn: '=',
      args: [a, b],
      type: types.bool,
      nullable: a.nullable || b.nullable,
    } satisfies Expression
  })
  const join = joined(left, right, sqlType, condition)
  const type = planType(sqlType)
  if (type === 'semi' || type === 'anti') return join
  const merged = (side: 'left' | 'right') => new Set(pairs.map((pair) => (pair[side] as { id: number }).id))
  const leftIds = merged('left')
  const rightIds = merged('right')
  const hide = type === 'right' ? leftIds : rightIds
  const hidden = join.columns.map((column) =>
    hide.has(column.column.id) ? { ...column, hidden: true } : column,
  )
  if (type !== 'full') {
    // the shown columns come first, in the order of USING
    const shown = type === 'right' ? rightIds : leftIds
    const first = hidden.filter((column) => shown.has(column.column.id))
    return {
      plan: join.plan,
      columns: [...first, ...hidden.filter((column) => !shown.has(column.column.id))],
    }
  }
  const output = outputColumns(join.plan)
  const byId = new Map(output.map((column) => [column.id, column]))
  const items = pairs.map((pair) => {
    const sides = [pair.left, pair.right].map((each) =>
      columnReference(byId.get((each as { id: number }).id)!),
    )
    const [a, b] = compared(sides[0]!, sides[1]!)
    const expression = scalarCall('coalesce', [castTo(a, b.type), b], pair.name.span)
    return { output: newColumn(pair.name.name, expression.type, true), expression }
  })
  const plan: LogicalPlan = {
    kind: 'project',
    input: join.plan,
    items: [...items, ...output.map((column) => ({ output: column, expression: columnReference(column) }))],
  }
  const all = hidden.map((column) => (leftIds.has(column.column.id) ? { ...column, hidden: true } : column))
  return {
    plan,
    columns: [
      ...tableScope(
        null,
        items.map((item) => item.output),
      ),
      ...all,
    ],
  }
}

function usingColumn(side: BoundFrom, name: Identifier): Expression {
  const scope: Scope = { columns: side.columns, parent: null }
  const found = findLocally(scope, [name])
  if (!found) throw unknownColumn(scope, [name])
  return found
}
