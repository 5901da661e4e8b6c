import { types } from '../arrow/types.ts'
import type { LiteralRows } from '../catalog/file-request.ts'
import { LakebookError, unreachable, unsupported, type SourceSpan } from '../errors.ts'
import { newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, LogicalPlan, Scan } from '../plan/plan.ts'
import { freshPlan } from '../plan/plan-tree.ts'
import { oneRow } from '../plan/project-columns.ts'
import type { Identifier, TableAlias, TableExpression } from '../sql/ast.ts'
import { parseSql } from '../sql/parser.ts'
import { queryFunction } from './query-function.ts'
import { catalogTable, tableInfo } from './catalog-tables.ts'
import { readCommonTable } from './common-tables.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { fileFunctionTable } from './file-function.ts'
import { bindJoin } from './join.ts'
import { expandMacro } from './user-macro.ts'
import { nameHint } from './name-hint.ts'
import { bindPivot } from './pivot.ts'
import { sampled } from './sample.ts'
import { scalarCall } from './scalar-call.ts'
import { seriesOf } from './series.ts'
import { sameName, tableScope, type Scope, type ScopeColumn } from './scope.ts'
import { bindRowFunction, bindUnnest, unnestOver } from './unnest-from.ts'
import { bindUnpivot } from './unpivot.ts'

export interface BoundFrom {
  readonly plan: LogicalPlan
  readonly columns: readonly ScopeColumn[]
}

export type BindFrom = (
  environment: Environment,
  from: TableExpression | null,
  outer: Scope | null,
) => BoundFrom

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
      const columns = aliased(plan, from.alias, null, names, undefined)
      if (from.query.body.kind !== 'values' || from.alias?.columns.length) return { plan, columns }
      // what PostgreSQL calls them
      return {
        plan,
        columns: columns.map((each, index) => ({ ...each, alternative: `column${index + 1}` })),
      }
    }
    case 'unnest':
      return bindUnnest(environment, { plan: oneRow(), columns: [] }, from, outer)
    case 'numbered': {
      const source = bindFrom(environment, from.source, outer)
      const output = newColumn(from.name, types.int64, false)
      return {
        plan: { kind: 'row_number', input: source.plan, output },
        columns: [...tableScope(null, [output]), ...source.columns],
      }
    }
    case 'sample': {
      const source = bindFrom(environment, from.source, outer)
      return { ...source, plan: sampled(environment, source.plan, from.sample) }
    }
    case 'statement': {
      const plan = environment.bindShown(environment, from.statement)
      if (plan === null)
        throw new LakebookError('syntax', 'This statement gives no rows', { span: from.span })
      return { plan, columns: tableScope(null, outputColumns(plan)) }
    }
    case 'pivot':
      return bindPivot(environment, from, outer, bindFrom)
    case 'unpivot':
      return bindUnpivot(environment, from, outer, bindFrom)
    case 'join':
      return bindJoin(environment, from, outer, bindFrom)
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
    const plan = readCommonTable(common)
    const names = uniqueNames(outputColumns(plan)).map((each, index) => common.names[index] ?? each)
    return { plan, columns: aliased(plan, alias, last, names, span) }
  }
  const found = lookUp(environment, name)
  const shown = found ? null : catalogTable(environment, name.map((part) => part.name).join('.'))
  if (shown)
    return { plan: shown, columns: aliased(shown, alias, last, uniqueNames(outputColumns(shown)), span) }
  const entry = found ?? findTable(environment, name, span)
  const plan = planOf(environment, entry, span)
  const names = entry.kind === 'view' && entry.columns.length > 0 ? entry.columns : []
  const columns = uniqueNames(outputColumns(plan)).map((each, index) => names[index] ?? each)
  return { plan, columns: aliased(plan, alias, last, columns, span) }
}

function lookUp({ catalog }: Environment, name: readonly Identifier[]): CatalogEntry | null {
  const full = name.map((part) => part.name).join('.')
  const isDefaultSchema =
    name.length > 1 &&
    name.slice(0, -1).every((part) => ['main', 'memory', 'temp', 'public'].includes(part.name.toLowerCase()))
  return catalog.table(full) ?? (isDefaultSchema ? catalog.table(name.at(-1)!.name) : null)
}

export function findTable(
  environment: Environment,
  name: readonly Identifier[],
  span: SourceSpan | undefined,
): CatalogEntry {
  const entry = lookUp(environment, name)
  if (entry) return entry
  const full = name.map((part) => part.name).join('.')
  const names = [...environment.commonTables.keys(), ...environment.catalog.names()]
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
      const statement = parseSql(entry.text, entry.manner.dialect)[0]?.statement
      if (statement?.kind !== 'query')
        throw new LakebookError('internal', `The view "${entry.name}" holds no query`)
      const inside: Environment = {
        ...environment,
        ...entry.manner,
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
  if (named !== undefined && name !== 'repeat_row')
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
      const { catalog } = environment
      const series = seriesOf(list)
      if (series === null || catalog.series === undefined || from.ordinality)
        return unnestOver({ plan: oneRow(), columns: [] }, [list], from, name)
      const plan = scanOf(name, catalog.series(series))
      const called = from.alias?.columns[0]?.name ?? from.alias?.name.name ?? name
      const columns = aliased(plan, from.alias, name, [called], from.span)
      return { plan, columns: columns.map((each) => ({ ...each, alternative: name })) }
    }
    case 'unnest':
      return bindUnnest(
        environment,
        { plan: oneRow(), columns: [] },
        { lists: from.args, ordinality: from.ordinality, alias: from.alias, span: from.span },
        outer,
      )
    case 'pragma_table_info': {
      const [table] = from.args
      if (table?.kind !== 'string') throw unsupported('pragma_table_info of anything but a name', from.span)
      const plan = tableInfo(environment, table.value, table.span)
      return { plan, columns: aliased(plan, from.alias, name, uniqueNames(outputColumns(plan)), from.span) }
    }
    default: {
      const rows = bindRowFunction(environment, { plan: oneRow(), columns: [] }, from, outer)
      if (rows !== null) return rows
      const shown =
        catalogTable(environment, name) ??
        queryFunction(environment, from) ??
        macroTable(environment, from, outer)
      if (shown)
        return {
          plan: shown,
          columns: aliased(shown, from.alias, name, uniqueNames(outputColumns(shown)), from.span),
        }
    }
  }
  throw unsupported(`The table function ${from.name}`, from.span)
}

/** The query that a table macro's call stands for. */
function macroTable(
  environment: Environment,
  from: TableExpression & { kind: 'table_function' },
  outer: Scope | null,
): LogicalPlan | null {
  const macro = environment.catalog.macro?.(from.name)
  if (!macro || !('body' in macro.body)) return null
  return environment.bindQuery(environment, expandMacro(macro, macro.body, from.args, from.span), outer)
}
