import type { Field } from '../arrow/types.ts'
import type { ForeignKey, TableDefinition } from '../catalog/table-definition.ts'
import { LakebookError } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { ColumnDefinition, Identifier, SqlExpression, SqlForeignKey, SqlStatement } from '../sql/ast.ts'
import { withoutSpans } from '../sql/rewrite.ts'
import { columnPlace } from './change-target.ts'
import { castTo, toCondition } from './coerce.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { findTable } from './from.ts'
import { columnType } from './postgres-dialect.ts'
import { sameName, tableScope, type Scope } from './scope.ts'
import { qualifiedName } from '../sql/qualified-name.ts'
import { withoutNullTypes } from './without-null-types.ts'

type CreateTable = SqlStatement & { readonly kind: 'create_table' }

/** A table to be made, with the rows that it starts with. */
export interface BoundCreateTable {
  readonly kind: 'create_table'
  readonly name: string
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly fields: readonly Field[]
  readonly definition: TableDefinition
  /** Rows to start with; null for an empty table. */
  readonly plan: LogicalPlan | null
}

export function bindCreateTable(environment: Environment, statement: CreateTable): BoundCreateTable {
  const { orReplace, ifNotExists, columns, query } = statement
  const name = qualifiedName(statement.name)
  const twice = columns.find((column, index) =>
    columns.slice(0, index).some((other) => sameName(other.name.name, column.name.name)),
  )
  if (twice)
    throw new LakebookError('ambiguous', `The column "${twice.name.name}" is there twice`, {
      span: twice.name.span,
    })
  const plan =
    query &&
    asDefined(environment, withoutNullTypes(environment.bindQuery(environment, query, null)), columns)
  const fields = plan
    ? outputColumns(plan).map(({ name: column, type, nullable }) => ({ name: column, type, nullable }))
    : definedFields(environment, name, columns)
  const definition = definitionOf(environment, statement, name, fields)
  return { kind: 'create_table', name, orReplace, ifNotExists, fields, definition, plan }
}

/** A generated column has the type of its expression where none is given. */
function definedFields(
  environment: Environment,
  table: string,
  columns: readonly ColumnDefinition[],
): readonly Field[] {
  const typed = columns.filter((column) => column.type.kind !== 'null')
  const scope: Scope = {
    columns: tableScope(
      table,
      typed.map(({ name, type }) => newColumn(name.name, columnType(environment, type, name.span), true)),
    ),
    parent: null,
  }
  return columns.map(({ name, type, notNull, generated }) => {
    const isOpen = type.kind === 'null' && generated !== null
    const context = plainContext(environment, scope, 'a generated column')
    return {
      name: name.name,
      type: isOpen ? bindExpression(context, generated).type : columnType(environment, type, name.span),
      nullable: !notNull,
    }
  })
}

/** The columns of CREATE TABLE t (a INTEGER, …) AS: the query's values under these names, in these types. */
function asDefined(
  environment: Environment,
  plan: LogicalPlan,
  columns: readonly ColumnDefinition[],
): LogicalPlan {
  if (columns.length === 0) return plan
  const given = outputColumns(plan)
  if (given.length !== columns.length) {
    const span = columns[0]?.name.span
    throw new LakebookError('type', `The table has ${columns.length} columns, its query ${given.length}`, {
      span,
    })
  }
  const items = columns.map((column, index) => {
    const type = columnType(environment, column.type, column.name.span)
    const expression = castTo(columnReference(given[index]!), type)
    return { output: newColumn(column.name.name, type, expression.nullable), expression }
  })
  return { kind: 'project', input: plan, items }
}

function definitionOf(
  environment: Environment,
  { columns, constraints, temporary }: CreateTable,
  table: string,
  fields: readonly Field[],
): TableDefinition {
  const names = (list: readonly Identifier[]): readonly string[] =>
    list.map((column) => fields[columnPlace(fields, column)]!.name)
  const keys = constraints.keys.map((key) => ({ columns: names(key.columns), primary: key.primary }))
  if (keys.filter((key) => key.primary).length > 1) {
    throw new LakebookError('invalid_argument', `${table} has more than one primary key`, {
      span: constraints.keys.findLast((key) => key.primary)?.columns[0]?.span,
      hint: 'Write PRIMARY KEY (a, b) for a key of several columns.',
    })
  }
  const inKey = new Set(keys.filter((key) => key.primary).flatMap((key) => key.columns))
  checkExpressions(environment, table, fields, columns, constraints.checks)
  return withoutSpans<TableDefinition>({
    columns: fields.map(({ name }) => {
      const column = columns.find((each) => sameName(each.name.name, name))
      return {
        name,
        notNull: (column?.notNull ?? false) || inKey.has(name),
        default: column?.default ?? null,
        generated: column?.generated ?? null,
      }
    }),
    keys,
    indexes: [],
    checks: constraints.checks,
    foreignKeys: constraints.foreignKeys.map((key) =>
      foreignKey(environment, table, names(key.columns), key, keys),
    ),
    temporary,
  })
}

/** Binds what the definition keeps, for its errors. */
function checkExpressions(
  environment: Environment,
  table: string,
  fields: readonly Field[],
  columns: readonly ColumnDefinition[],
  checks: readonly SqlExpression[],
): void {
  const scope: Scope = {
    columns: tableScope(
      table,
      fields.map(({ name, type }) => newColumn(name, type, true)),
    ),
    parent: null,
  }
  for (const check of checks)
    toCondition(bindExpression(plainContext(environment, scope, 'CHECK'), check), 'CHECK')
  for (const { default: fallback, generated } of columns) {
    if (fallback)
      bindExpression(plainContext(environment, { columns: [], parent: null }, 'DEFAULT'), fallback)
    if (generated) bindExpression(plainContext(environment, scope, 'a generated column'), generated)
  }
}

function foreignKey(
  environment: Environment,
  table: string,
  columns: readonly string[],
  given: SqlForeignKey,
  ownKeys: TableDefinition['keys'],
): ForeignKey {
  const name = qualifiedName(given.table)
  const span = given.table[0]?.span
  const isOwn = sameName(name, table)
  const entry = isOwn ? null : findTable(environment, given.table, span)
  const keys = isOwn ? ownKeys : entry?.kind === 'table' ? (entry.definition?.keys ?? []) : []
  const referenced =
    given.referenced.length > 0
      ? given.referenced.map((column) => column.name)
      : (keys.find((key) => key.primary)?.columns ?? [])
  const key = keys.find(
    (each) =>
      each.columns.length === referenced.length &&
      each.columns.every((column) => referenced.some((other) => sameName(other, column))),
  )
  if (!key || referenced.length !== columns.length) {
    throw new LakebookError(
      'invalid_argument',
      `A foreign key refers to a PRIMARY KEY or a UNIQUE column of ${name}`,
      {
        span,
        hint:
          keys.length > 0
            ? `Its keys are ${keys.map((each) => `(${each.columns.join(', ')})`).join(', ')}.`
            : `${name} has none.`,
      },
    )
  }
  return { columns, table: entry?.name ?? name, referenced }
}
