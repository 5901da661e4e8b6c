import { types } from '../arrow/types.ts'
import { LakebookError, unreachable, type SourceSpan } from '../errors.ts'
import type { QueryParameters } from '../lakebook.ts'
import { newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { Expression, LiteralValue, LogicalPlan } from '../plan/plan.ts'
import type { ExecuteArgument } from '../sql/statement-ast.ts'
import type { Identifier, Query, SqlExpression, SqlManner, SqlStatement } from '../sql/ast.ts'
import { selectAll } from '../sql/convert/query.ts'
import { replaceExpressions } from '../sql/rewrite.ts'
import { bindAlterTable, type BoundAlterTable } from './alter-table.ts'
import type { TableChange } from './change-target.ts'
import { castTo, literal } from './coerce.ts'
import { bindCreateTable, type BoundCreateTable } from './create-table.ts'
import { sameName } from './scope.ts'
import { queryTemplate } from '../sql/template.ts'
import { schemaAndName } from './catalog-entries.ts'
import { describeColumns } from './catalog-tables.ts'
import type { CatalogEntry, CatalogReader, Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression, constantOf } from './expression.ts'
import { bindInsert } from './insert.ts'
import { bindMerge } from './merge.ts'
import { nameHint } from './name-hint.ts'
import { bindCreateType, type BoundCreateType } from './create-type.ts'
import { asShown } from './named-types.ts'
import { qualifiedName } from '../sql/qualified-name.ts'
import { bindQuery, rootEnvironment } from './query.ts'
import { bindVariable } from './session-values.ts'
import { INNER_SETTING_MESSAGE, isInnerSetting } from '../sql/inner-settings.ts'
import { summarize } from './summarize.ts'
import { bindCreateIndex, bindDropIndex } from './table-index.ts'
import { bindDelete, bindTruncate, bindUpdate } from './update.ts'
import { withoutNullTypes } from './without-null-types.ts'

export type SettingValue = string | number | boolean

/** About the names that the session keeps: macros, types, prepared statements, schemas, sequences and variables. */
export type NameStatement =
  | (SqlStatement & {
      readonly kind:
        | 'prepare'
        | 'deallocate'
        | 'create_macro'
        | 'drop_macro'
        | 'create_schema'
        | 'drop_schema'
        | 'create_sequence'
        | 'drop_sequence'
        | 'reset_variable'
        | 'drop_type'
    })
  | BoundCreateType
  | { readonly kind: 'set_variable'; readonly name: Identifier; readonly value: Expression }

/**
 * A statement that the session can carry out. DESCRIBE, SHOW TABLES and SUMMARIZE are queries by now. The plan of a
 * query may be optimised; its columns are the result's.
 */
export type Statement =
  | { readonly kind: 'query'; readonly plan: LogicalPlan }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly statement: Statement }
  | BoundCreateTable
  | BoundAlterTable
  | TableChange
  /** What a statement with IF EXISTS does where nothing exists. */
  | { readonly kind: 'nothing'; readonly message: string }
  | NameStatement
  | { readonly kind: 'transaction'; readonly action: 'begin' | 'commit' | 'rollback' }
  | {
      readonly kind: 'create_view'
      readonly name: string
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly string[]
      readonly text: string
      readonly manner: SqlManner
    }
  | {
      readonly kind: 'drop'
      readonly object: 'table' | 'view'
      readonly names: readonly string[]
      readonly ifExists: boolean
    }
  | {
      readonly kind: 'set'
      readonly name: string
      readonly value: SettingValue
      readonly span: SourceSpan | undefined
    }
  | { readonly kind: 'reset'; readonly name: string | null; readonly span: SourceSpan | undefined }
  | { readonly kind: 'show_setting'; readonly name: string; readonly span: SourceSpan | undefined }
  | {
      readonly kind: 'copy'
      readonly plan: LogicalPlan
      readonly target: string
      readonly options: readonly { readonly name: string; readonly value: SettingValue | null }[]
    }

export interface BindOptions extends Partial<SqlManner> {
  /** Hears of a plan that depends on the time. */
  readonly onNow?: () => void
  readonly parameters?: QueryParameters | null
}

/**
 * Binds a parsed statement against a catalog. Errors carry spans: `unknown_table`, `unknown_column` and
 * `unknown_function` with the nearest name, `ambiguous`, `type`, `cast`, `unsupported`; `invalid_argument` for a
 * parameter without a value.
 */
export function bindStatement(
  statement: SqlStatement,
  catalog: CatalogReader,
  { onNow, ...options }: BindOptions = {},
): Statement {
  const started = new Date()
  const now = (): Date => {
    onNow?.()
    return started
  }
  return bind({ ...rootEnvironment(catalog, now, options), bindShown }, statement)
}

function bindShown(environment: Environment, statement: SqlStatement): LogicalPlan | null {
  const bound = bind(environment, statement)
  return bound.kind === 'query' ? bound.plan : null
}

function bind(environment: Environment, statement: SqlStatement): Statement {
  switch (statement.kind) {
    case 'query':
      return {
        kind: 'query',
        plan: asShown(withoutNullTypes(bindQuery(environment, statement.query, null))),
      }
    case 'explain':
      return {
        kind: 'explain',
        analyze: statement.analyze,
        statement: bind(environment, statement.statement),
      }
    case 'show_tables':
      return { kind: 'query', plan: showTables(environment, statement.schema) }
    case 'show_all_tables':
      return { kind: 'query', plan: bindQuery(environment, allTables(), null) }
    case 'show_setting':
      return statement
    case 'reset':
      return statement.name !== null && isInnerSetting(statement.name)
        ? { kind: 'nothing', message: INNER_SETTING_MESSAGE }
        : statement
    case 'describe':
      return { kind: 'query', plan: describe(environment, statement.query) }
    case 'show_name':
      return showName(environment, statement.name)
    case 'prepare':
    case 'deallocate':
    case 'create_macro':
    case 'drop_macro':
    case 'create_schema':
    case 'drop_schema':
    case 'create_sequence':
    case 'drop_sequence':
    case 'reset_variable':
    case 'drop_type':
    case 'nothing':
      return statement
    case 'set_variable': {
      const { name, value } = statement
      return { kind: 'set_variable', name, value: bindVariable(environment, name, value, bindExpression) }
    }
    case 'execute':
      return bind(environment, preparedStatement(environment, statement.name, statement.args))
    case 'summarize':
      return { kind: 'query', plan: summarize(() => bindQuery(environment, statement.query, null)) }
    case 'create_table':
      return bindCreateTable(environment, statement)
    case 'create_view':
      // bound for its errors; the catalog keeps the text
      checkViewColumns(statement, outputColumns(bindQuery(environment, statement.query, null)).length)
      return {
        kind: 'create_view',
        name: qualifiedName(statement.name),
        orReplace: statement.orReplace,
        ifNotExists: statement.ifNotExists,
        columns: statement.columns.map((column) => column.name),
        text: statement.text,
        manner: mannerOf(environment),
      }
    case 'alter_table':
      return bindAlterTable(environment, statement) ?? { kind: 'nothing', message: 'Nothing to alter' }
    case 'create_type':
      return bindCreateType(environment, statement)
    case 'create_index':
      return (
        bindCreateIndex(environment, statement) ?? { kind: 'nothing', message: 'The index exists already' }
      )
    case 'drop_index':
      return bindDropIndex(environment, statement) ?? { kind: 'nothing', message: 'Nothing to drop' }
    case 'insert':
      return bindInsert(environment, statement)
    case 'update':
      return bindUpdate(environment, statement)
    case 'delete':
      return bindDelete(environment, statement)
    case 'merge':
      return bindMerge(environment, statement)
    case 'truncate':
      return bindTruncate(environment, statement.name)
    case 'transaction':
      return statement
    case 'drop':
      return { ...statement, names: statement.names.map(qualifiedName) }
    case 'set': {
      const { name, value, span } = statement
      if (isInnerSetting(name)) return { kind: 'nothing', message: INNER_SETTING_MESSAGE }
      // SET memory_pool = fair reads like a name and means a text
      const word = value.kind === 'identifier' ? value.parts.map((part) => part.name).join('.') : null
      return { kind: 'set', name, value: word ?? settingValue(environment, value, `SET ${name}`), span }
    }
    case 'copy':
      return {
        kind: 'copy',
        plan: asShown(withoutNullTypes(bindQuery(environment, statement.query, null))),
        target: statement.target,
        options: statement.options.map(({ name, value }) => ({
          name,
          value: value && settingValue(environment, value, `COPY ${name}`),
        })),
      }
    default:
      return unreachable(statement)
  }
}

function mannerOf({ dialect, integerDivision, nullOrder }: Environment): SqlManner {
  return { dialect, integerDivision, nullOrder }
}

function checkViewColumns({ name, columns }: SqlStatement & { kind: 'create_view' }, width: number): void {
  if (columns.length <= width) return
  throw new LakebookError(
    'type',
    `The view "${qualifiedName(name)}" names ${columns.length} columns of ${width}`,
    {
      span: columns[width]!.span,
    },
  )
}

function settingValue(
  environment: Environment,
  sql: Parameters<typeof bindExpression>[1],
  what: string,
): SettingValue {
  const bound = bindExpression(plainContext(environment, { columns: [], parent: null }, what), sql)
  const { value, type } = constantOf(bound, what)
  if (typeof value === 'bigint') {
    const float =
      type.kind === 'decimal' && type.scale > 0
        ? constantOf(castTo(literal(value, type), types.float64), what).value
        : null
    return float === null ? Number(value) : Number(float)
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new LakebookError('type', `${what} needs a text, a number or a truth value`, { span: sql.span })
}

/** A table of texts that is known already. */
function table(names: readonly string[], rows: readonly (readonly LiteralValue[])[]): LogicalPlan {
  const columns = names.map((name, index) =>
    newColumn(
      name,
      types.utf8,
      rows.some((row) => row[index] === null),
    ),
  )
  return { kind: 'values', columns, rows }
}

/** The names of all tables, or of those of a schema. Errors: `invalid_argument`. */
function showTables({ catalog }: Environment, schema: Identifier | null): LogicalPlan {
  const names = catalog.names().toSorted()
  if (schema === null) return listOfNames(names)
  const schemas = catalog.schemas?.() ?? []
  const all = ['main', ...schemas]
  if (!all.some((each) => sameName(each, schema.name))) {
    throw new LakebookError('invalid_argument', `There is no schema "${schema.name}"`, {
      span: schema.span,
      hint: nameHint(schema.name, all),
    })
  }
  const inside = names
    .map((name) => schemaAndName(name, schemas))
    .filter(([own]) => sameName(own, schema.name))
  return listOfNames(inside.map(([, name]) => name))
}

function listOfNames(names: readonly string[]): LogicalPlan {
  return table(
    ['name'],
    names.map((name) => [name]),
  )
}

/** A row for each table and view, with its columns as lists. */
function allTables(): Query {
  return queryTemplate(
    `
    SELECT c.database_name AS database, c.schema_name AS schema, c.table_name AS name,
      list(c.column_name ORDER BY c.column_index) AS column_names,
      list(c.data_type ORDER BY c.column_index) AS column_types,
      coalesce(any_value(t.temporary), false) AS temporary
    FROM duckdb_columns() AS c LEFT JOIN duckdb_tables() AS t USING (schema_name, table_name)
    GROUP BY c.database_name, c.schema_name, c.table_name ORDER BY 1, 2, 3`,
    {},
  )
}

function describe(environment: Environment, query: Query): LogicalPlan {
  const plan = withoutNullTypes(bindQuery(environment, query, null))
  return describeColumns(outputColumns(plan), describedEntry(environment, query))
}

/** The table that `SELECT * FROM t` or `SELECT a, b FROM t` is of; null for any other query. */
function describedEntry({ catalog, commonTables }: Environment, { body }: Query): CatalogEntry | null {
  if (body.kind !== 'select' || body.from?.kind !== 'table' || body.groupBy.kind !== 'none') return null
  if (body.items.some((item) => item.kind === 'expression' && item.alias !== null)) return null
  const name = qualifiedName(body.from.name)
  return commonTables.has(name.toLowerCase()) ? null : catalog.table(name)
}

function showName(environment: Environment, name: Identifier): Statement {
  const { catalog } = environment
  if (catalog.table(name.name) === null) return { kind: 'show_setting', name: name.name, span: name.span }
  const query = selectAll({ kind: 'table', name: [name], alias: null, span: name.span })
  return { kind: 'query', plan: describe(environment, query) }
}

/** A prepared statement with values in the place of its parameters. */
function preparedStatement(
  environment: Environment,
  name: Identifier,
  args: readonly ExecuteArgument[],
): SqlStatement {
  const { catalog } = environment
  const statement = catalog.prepared?.(name.name)
  if (!statement) {
    throw new LakebookError('invalid_argument', `There is no prepared statement "${name.name}"`, {
      span: name.span,
      hint: nameHint(name.name, catalog.preparedNames?.() ?? []),
    })
  }
  const names = new Set<string>()
  replaceExpressions(
    statement,
    (node) => {
      if (node.kind === 'parameter') names.add(node.name)
      return null
    },
    true,
  )
  // `?` are called by their place in the cell
  const sorted = [...names].toSorted((a, b) => Number(a) - Number(b))
  const isShort = args.length < sorted.length && args.every((each) => each.name === null)
  if (isShort || args.length > sorted.length) {
    throw new LakebookError(
      'invalid_argument',
      `"${name.name}" takes ${sorted.length} values, not ${args.length}`,
      {
        span: name.span,
      },
    )
  }
  const values = new Map(sorted.map((each, place) => [each, argumentFor(name, sorted, args, each, place)]))
  return replaceExpressions(
    statement,
    (node) => (node.kind === 'parameter' ? (values.get(node.name) ?? null) : null),
    true,
  )
}

/** The value of a parameter: names are all given, or none is. */
function argumentFor(
  statement: Identifier,
  parameters: readonly string[],
  args: readonly ExecuteArgument[],
  parameter: string,
  place: number,
): SqlExpression {
  const named = args.find((each) => each.name !== null)
  const found = named ? args.find((each) => each.name && sameName(each.name.name, parameter)) : args[place]
  if (found && (named === undefined || args.every((each) => each.name !== null))) return found.value
  throw new LakebookError('invalid_argument', `"${statement.name}" has no value for ${parameter}`, {
    span: named?.name?.span ?? statement.span,
    hint: `Write EXECUTE ${statement.name}(${parameters.map((each) => `${each} := …`).join(', ')}).`,
  })
}
