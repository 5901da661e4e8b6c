import { types, typeName, type DataType, type Field } from '../arrow/types.ts'
import { LakebookError, unreachable, type SourceSpan } from '../errors.ts'
import type { QueryParameters } from '../lakebook.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { LiteralValue, LogicalPlan } from '../plan/plan.ts'
import type { ColumnDefinition, Identifier, ObjectName, Query, SqlStatement } from '../sql/ast.ts'
import { castColumns } from './cast-columns.ts'
import { castTo, literal } from './coerce.ts'
import type { CatalogReader, Environment, NullOrder } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression, constantOf } from './expression.ts'
import { findTable, planOf } from './from.ts'
import { nameHint } from './name-hint.ts'
import { bindQuery, bindValues, rootEnvironment } from './query.ts'
import { sameName } from './scope.ts'
import { summarize } from './summarize.ts'

export type SettingValue = string | number | boolean

/**
 * A statement that the session can carry out. DESCRIBE, SHOW TABLES and SUMMARIZE are queries by now. The plan of a
 * query may be optimised; its columns are the result's.
 */
export type Statement =
  | { readonly kind: 'query'; readonly plan: LogicalPlan }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly statement: Statement }
  | {
      readonly kind: 'create_table'
      readonly name: string
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly fields: readonly Field[]
      /** Rows to start with; null for an empty table. */
      readonly plan: LogicalPlan | null
    }
  | {
      readonly kind: 'create_view'
      readonly name: string
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly string[]
      readonly text: string
    }
  /** The plan's columns are those of the table, in its order and types. */
  | { readonly kind: 'insert'; readonly table: string; readonly plan: LogicalPlan }
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

export interface BindOptions {
  /** Hears of a plan that depends on the time. */
  readonly onNow?: () => void
  readonly integerDivision?: boolean
  readonly parameters?: QueryParameters | null
  readonly nullOrder?: NullOrder
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
      return { kind: 'query', plan: withoutNullTypes(bindQuery(environment, statement.query, null)) }
    case 'explain':
      return {
        kind: 'explain',
        analyze: statement.analyze,
        statement: bind(environment, statement.statement),
      }
    case 'show_tables':
      return {
        kind: 'query',
        plan: table(
          ['name'],
          environment.catalog
            .names()
            .toSorted()
            .map((name) => [name]),
        ),
      }
    case 'show_setting':
    case 'reset':
      return statement
    case 'describe':
      return { kind: 'query', plan: describe(bindQuery(environment, statement.query, null)) }
    case 'summarize':
      return { kind: 'query', plan: summarize(() => bindQuery(environment, statement.query, null)) }
    case 'create_table':
      return createTable(environment, statement)
    case 'create_view':
      // bound for its errors; the catalog keeps the text
      bindQuery(environment, statement.query, null)
      return {
        kind: 'create_view',
        name: objectName(statement.name),
        orReplace: statement.orReplace,
        ifNotExists: statement.ifNotExists,
        columns: statement.columns.map((column) => column.name),
        text: statement.text,
      }
    case 'insert':
      return insert(environment, statement)
    case 'drop':
      return { ...statement, names: statement.names.map(objectName) }
    case 'set': {
      const { name, value, span } = statement
      // SET memory_pool = fair reads like a name and means a text
      const word = value.kind === 'identifier' ? value.parts.map((part) => part.name).join('.') : null
      return { kind: 'set', name, value: word ?? settingValue(environment, value, `SET ${name}`), span }
    }
    case 'copy':
      return {
        kind: 'copy',
        plan: withoutNullTypes(bindQuery(environment, statement.query, null)),
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

function objectName(parts: ObjectName): string {
  const isDefaultSchema =
    parts.length > 1 &&
    parts.slice(0, -1).every((part) => ['main', 'memory', 'temp', 'public'].includes(part.name.toLowerCase()))
  return isDefaultSchema ? parts.at(-1)!.name : parts.map((part) => part.name).join('.')
}

/** A column of nothing but NULL is an INTEGER in the end. */
function withoutNullTypes(plan: LogicalPlan): LogicalPlan {
  const replace = (type: DataType): DataType => {
    if (type.kind === 'null') return types.int32
    return type.kind === 'list' ? { kind: 'list', item: replace(type.item) } : type
  }
  return castColumns(
    plan,
    outputColumns(plan).map(({ type }) => replace(type)),
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

function describe(plan: LogicalPlan): LogicalPlan {
  const rows = outputColumns(withoutNullTypes(plan)).map(({ name, type, nullable }) => [
    name,
    typeName(type),
    nullable ? 'YES' : 'NO',
  ])
  return table(['column_name', 'column_type', 'null'], rows)
}

function createTable(
  environment: Environment,
  statement: SqlStatement & { kind: 'create_table' },
): Statement {
  const { orReplace, ifNotExists } = statement
  const name = objectName(statement.name)
  const twice = statement.columns.find((column, index) =>
    statement.columns.slice(0, index).some((other) => sameName(other.name.name, column.name.name)),
  )
  if (twice)
    throw new LakebookError('ambiguous', `The column "${twice.name.name}" is there twice`, {
      span: twice.name.span,
    })
  if (!statement.query) {
    const fields = statement.columns.map(({ name: { name: column }, type, notNull }) => ({
      name: column,
      type,
      nullable: !notNull,
    }))
    return { kind: 'create_table', name, orReplace, ifNotExists, fields, plan: null }
  }
  const plan = asDefined(withoutNullTypes(bindQuery(environment, statement.query, null)), statement.columns)
  const fields = outputColumns(plan).map(({ name: column, type, nullable }) => ({
    name: column,
    type,
    nullable,
  }))
  return { kind: 'create_table', name, orReplace, ifNotExists, fields, plan }
}

/** The columns of CREATE TABLE t (a INTEGER, …) AS: the query's values under these names, in these types. */
function asDefined(plan: LogicalPlan, columns: readonly ColumnDefinition[]): LogicalPlan {
  if (columns.length === 0) return plan
  const given = outputColumns(plan)
  if (given.length !== columns.length) {
    const span = columns[0]?.name.span
    throw new LakebookError('type', `The table has ${columns.length} columns, its query ${given.length}`, {
      span,
    })
  }
  const items = columns.map((column, index) => {
    const expression = castTo(columnReference(given[index]!), column.type)
    return { output: newColumn(column.name.name, column.type, expression.nullable), expression }
  })
  return { kind: 'project', input: plan, items }
}

function insert(environment: Environment, statement: SqlStatement & { kind: 'insert' }): Statement {
  const span = statement.name[0]?.span
  const entry = findTable(environment, statement.name, span)
  if (entry.kind !== 'table') {
    throw new LakebookError('invalid_argument', `"${entry.name}" is not a table that rows can be put into`, {
      span,
    })
  }
  const fields = outputColumns(planOf(environment, entry, span))
  const targets =
    statement.columns.length > 0
      ? statement.columns.map((column) => fieldIndex(fields, column))
      : fields.map((_, index) => index)
  const wanted = targets.map((index) => fields[index]!.type)
  const source = bindInsertSource(environment, statement.query, wanted)
  const given = outputColumns(source)
  if (given.length !== targets.length) {
    throw new LakebookError(
      'type',
      `"${entry.name}" takes ${targets.length} values here, not ${given.length}`,
      { span },
    )
  }
  const items = fields.map((field, index) => {
    const position = targets.indexOf(index)
    const value = position < 0 ? literal(null, types.null) : columnReference(given[position]!)
    const expression = castTo(value, field.type)
    return { output: newColumn(field.name, field.type, expression.nullable), expression }
  })
  return { kind: 'insert', table: entry.name, plan: { kind: 'project', input: source, items } }
}

/** VALUES take the types of the columns that they go into, value by value. */
function bindInsertSource(environment: Environment, query: Query, wanted: readonly DataType[]): LogicalPlan {
  const { body } = query
  if (
    body.kind !== 'values' ||
    query.with.length > 0 ||
    body.rows.some((row) => row.length !== wanted.length)
  ) {
    return bindQuery(environment, query, null)
  }
  return bindValues(environment, body, null, wanted)
}

function fieldIndex(fields: readonly { readonly name: string }[], column: Identifier): number {
  const index = fields.findIndex((field) => sameName(field.name, column.name))
  if (index >= 0) return index
  const names = fields.map((field) => field.name)
  throw new LakebookError('unknown_column', `There is no column "${column.name}"`, {
    span: column.span,
    hint: nameHint(column.name, names),
  })
}
