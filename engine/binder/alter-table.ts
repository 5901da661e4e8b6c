import type { Field } from '../arrow/types.ts'
import type { TableDefinition } from '../catalog/table-definition.ts'
import { LakebookError, unreachable } from '../errors.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { AlterTable, Identifier, SelectItem, SqlStatement } from '../sql/ast.ts'
import { expressionsOf, withoutSpans } from '../sql/rewrite.ts'
import { nameExpression } from '../sql/template.ts'
import {
  castOf,
  columnPlace,
  findTarget,
  item,
  namedTable,
  selectFrom,
  type ConstraintCheck,
} from './change-target.ts'
import { constraintChecks } from './constraints.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { qualifiedName } from '../sql/qualified-name.ts'
import { columnType } from './postgres-dialect.ts'
import { sameName } from './scope.ts'

/** What becomes of a table. */
export interface BoundAlterTable {
  readonly kind: 'alter_table'
  readonly table: string
  readonly name: string
  readonly definition: TableDefinition
  /** Its rows in other columns; null where they stay as they are. */
  readonly plan: LogicalPlan | null
  readonly checks: (rows: CatalogEntry) => readonly ConstraintCheck[]
}

/** Null for a table that is not there and need not be. */
export function bindAlterTable(
  environment: Environment,
  statement: SqlStatement & { readonly kind: 'alter_table' },
): BoundAlterTable | null {
  if (statement.ifExists && environment.catalog.table(qualifiedName(statement.name)) === null) return null
  const target = findTarget(environment, statement.name, null)
  const table = target.entry.name
  let name = table
  let definition = target.definition
  let fields: readonly Field[] = target.fields
  let items: readonly SelectItem[] = fields.map((field) => item(nameExpression(field.name), field.name))
  let isRewritten = false
  const replace = (place: number, added: readonly SelectItem[]): void => {
    items = items.toSpliced(place, 1, ...added)
    isRewritten = true
  }
  for (const change of statement.changes) {
    switch (change.kind) {
      case 'rename':
        name = qualifiedName(change.to)
        refuseReferred(environment, table, change.to[0])
        break
      case 'add_column': {
        const { column } = change
        if (fields.some((field) => sameName(field.name, column.name.name))) {
          if (change.ifNotExists) break
          throw new LakebookError('ambiguous', `There is a column "${column.name.name}" already`, {
            span: column.name.span,
          })
        }
        const field = {
          name: column.name.name,
          type: columnType(environment, column.type, column.name.span),
          nullable: true,
        }
        const value = column.generated ?? column.default ?? ({ kind: 'null' } as const)
        items = [...items, item(castOf(value, field), field.name)]
        fields = [...fields, field]
        const { notNull, default: fallback, generated } = column
        definition = {
          ...definition,
          columns: [...definition.columns, { name: field.name, notNull, default: fallback, generated }],
        }
        isRewritten = true
        break
      }
      case 'drop_column': {
        if (change.ifExists && !fields.some((field) => sameName(field.name, change.column.name))) break
        const place = columnPlace(fields, change.column)
        refuseUsed(definition, fields[place]!.name, change.column)
        if (fields.length === 1) {
          throw new LakebookError(
            'invalid_argument',
            `"${change.column.name}" is the only column of ${table}`,
            {
              span: change.column.span,
            },
          )
        }
        replace(place, [])
        fields = fields.toSpliced(place, 1)
        definition = { ...definition, columns: definition.columns.toSpliced(place, 1) }
        break
      }
      case 'rename_column': {
        const place = columnPlace(fields, change.column)
        const old = fields[place]!
        if (fields.some((field) => field !== old && sameName(field.name, change.to.name))) {
          throw new LakebookError('ambiguous', `There is a column "${change.to.name}" already`, {
            span: change.to.span,
          })
        }
        refuseUsed(definition, old.name, change.column)
        const [own] = items.slice(place, place + 1)
        replace(place, [own!.kind === 'expression' ? item(own!.expression, change.to.name) : own!])
        fields = fields.with(place, { ...old, name: change.to.name })
        definition = {
          ...definition,
          columns: definition.columns.with(place, { ...definition.columns[place]!, name: change.to.name }),
        }
        break
      }
      case 'set_type': {
        const place = columnPlace(fields, change.column)
        const field = { ...fields[place]!, type: columnType(environment, change.type, change.column.span) }
        replace(place, [item(castOf(change.using ?? nameExpression(field.name), field), field.name)])
        fields = fields.with(place, field)
        break
      }
      case 'set_default':
      case 'set_not_null': {
        const place = columnPlace(fields, change.column)
        const rule = definition.columns[place]!
        const changed =
          change.kind === 'set_default'
            ? { ...rule, default: change.value }
            : { ...rule, notNull: change.notNull }
        definition = { ...definition, columns: definition.columns.with(place, changed) }
        break
      }
      case 'add_key': {
        const columns = change.columns.map((column) => fields[columnPlace(fields, column)]!.name)
        definition = withKey(definition, columns, change, table)
        break
      }
      default:
        unreachable(change)
    }
  }
  const plan = isRewritten
    ? environment.bindQuery(environment, selectFrom(namedTable(table, null), items), null)
    : null
  const checked = { ...definition, foreignKeys: [] }
  return {
    kind: 'alter_table',
    table,
    name,
    definition: withoutSpans(definition),
    plan,
    checks: (rows) =>
      constraintChecks(
        environment,
        { name: table, definition: checked, mode: 'whole', span: target.span },
        rows,
        rows,
      ),
  }
}

function withKey(
  definition: TableDefinition,
  columns: readonly string[],
  { primary, columns: given }: AlterTable & { readonly kind: 'add_key' },
  table: string,
): TableDefinition {
  if (primary && definition.keys.some((key) => key.primary)) {
    throw new LakebookError('invalid_argument', `${table} has a primary key already`, {
      span: given[0]?.span,
    })
  }
  return {
    ...definition,
    keys: [...definition.keys, { columns, primary }],
    columns: definition.columns.map((column) =>
      primary && columns.includes(column.name) ? { ...column, notNull: true } : column,
    ),
  }
}

/** A column that something else of the definition reads stays. */
function refuseUsed(definition: TableDefinition, name: string, column: Identifier): void {
  const reads = (tree: unknown): boolean =>
    expressionsOf(tree, 'identifier').some(({ parts }) => sameName(parts.at(-1)!.name, name))
  const user = [...definition.keys, ...definition.indexes].some((key) => key.columns.includes(name))
    ? 'a key or an index'
    : reads(definition.checks)
      ? 'a CHECK'
      : definition.foreignKeys.some((key) => key.columns.includes(name))
        ? 'a foreign key'
        : reads(definition.columns.map((each) => each.generated))
          ? 'a generated column'
          : null
  if (user === null) return
  throw new LakebookError('invalid_argument', `"${name}" is part of ${user}`, {
    span: column.span,
    hint: 'Make the table anew with CREATE OR REPLACE TABLE … AS SELECT.',
  })
}

function refuseReferred(environment: Environment, table: string, place: Identifier | undefined): void {
  const { catalog } = environment
  for (const name of catalog.names()) {
    const entry = catalog.table(name)
    if (entry?.kind !== 'table' || !entry.definition?.foreignKeys.some((key) => sameName(key.table, table)))
      continue
    throw new LakebookError('invalid_argument', `${name} has a foreign key to ${table}`, {
      span: place?.span,
      hint: `Drop ${name} first.`,
    })
  }
}
