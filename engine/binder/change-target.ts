import type { Field } from '../arrow/types.ts'
import { plainDefinition, type ColumnRule, type TableDefinition } from '../catalog/table-definition.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type {
  Assignment,
  Identifier,
  ObjectName,
  Query,
  SelectItem,
  SqlExpression,
  TableExpression,
} from '../sql/ast.ts'
import { nameExpression, queryTemplate } from '../sql/template.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { findTable, planOf } from './from.ts'
import { nameHint } from './name-hint.ts'
import { sameName } from './scope.ts'

/** What became of a row of a change, in the column `ACTION` of its rows. */
export const KEPT = 0
export const INSERTED = 1
export const UPDATED = 2
export const DELETED = 3

/** Names that no text can say. */
export const ACTION = '\0action'
export const ROW = '\0row'
export const PLACE = '\0place'

/** A session table that a statement changes. */
export interface ChangeTarget {
  readonly entry: CatalogEntry & { readonly kind: 'table' }
  /** What expressions call it. */
  readonly alias: string
  readonly fields: readonly Field[]
  readonly definition: TableDefinition
  readonly span: SourceSpan | undefined
}

export function findTarget(
  environment: Environment,
  name: ObjectName,
  alias: Identifier | null,
): ChangeTarget {
  const span = name[0]?.span
  const entry = findTable(environment, name, span)
  if (entry.kind !== 'table' || !entry.isChangeable) {
    throw new LakebookError('invalid_argument', `"${entry.name}" is not a table whose rows can be changed`, {
      span,
      hint: 'CREATE TABLE … AS SELECT * FROM it makes one.',
    })
  }
  const fields = outputColumns(planOf(environment, entry, span)).map((column): Field => column)
  const definition = entry.definition ?? plainDefinition(fields.map((field) => field.name))
  return { entry, alias: alias?.name ?? name.at(-1)!.name, fields, definition, span }
}

export function ruleOf(target: ChangeTarget, index: number): ColumnRule {
  return target.definition.columns[index]!
}

/** The place of a column in the table. Errors: `unknown_column` with the nearest name. */
export function columnPlace(fields: readonly { readonly name: string }[], column: Identifier): number {
  const index = fields.findIndex((field) => sameName(field.name, column.name))
  if (index >= 0) return index
  throw new LakebookError('unknown_column', `There is no column "${column.name}"`, {
    span: column.span,
    hint: nameHint(
      column.name,
      fields.map((field) => field.name),
    ),
  })
}

/** The values that a row gets, by the column's place. Errors: `invalid_argument` for a generated or a repeated column. */
export function assigned(
  target: ChangeTarget,
  assignments: readonly Assignment[],
): ReadonlyMap<number, SqlExpression> {
  const values = new Map<number, SqlExpression>()
  for (const { column, value } of assignments) {
    const place = columnPlace(target.fields, column)
    if (ruleOf(target, place).generated) throw generatedColumn(column)
    if (values.has(place)) {
      throw new LakebookError('ambiguous', `The column "${column.name}" is set twice`, { span: column.span })
    }
    values.set(place, castOf(value ?? defaultOf(target, place), target.fields[place]!))
  }
  return values
}

export function generatedColumn(column: Identifier): LakebookError {
  return new LakebookError(
    'invalid_argument',
    `"${column.name}" is a generated column: its values are computed`,
    {
      span: column.span,
      hint: 'Leave it out.',
    },
  )
}

export function defaultOf(target: ChangeTarget, place: number): SqlExpression {
  return ruleOf(target, place).default ?? { kind: 'null' }
}

export function castOf(operand: SqlExpression, { type }: Pick<Field, 'type'>): SqlExpression {
  return { kind: 'cast', operand, type, try: false, span: operand.span }
}

export function caseOf(
  branches: readonly { readonly when: SqlExpression; readonly then: SqlExpression }[],
  otherwise: SqlExpression,
): SqlExpression {
  return branches.length === 0 ? otherwise : { kind: 'case', operand: null, branches, otherwise }
}

export function wholeNumber(value: number): SqlExpression {
  return { kind: 'number', text: String(value) }
}

/** The table by the name that expressions use. */
export function targetTable(target: ChangeTarget): TableExpression {
  return namedTable(target.entry.name, target.alias)
}

export function namedTable(name: string, alias: string | null): TableExpression {
  return {
    kind: 'table',
    name: [{ name, span: undefined }],
    alias: alias === null ? null : { name: { name: alias, span: undefined }, columns: [] },
    span: undefined,
  }
}

export function derivedTable(query: Query, alias: string): TableExpression {
  return {
    kind: 'derived',
    query,
    lateral: false,
    alias: { name: { name: alias, span: undefined }, columns: [] },
  }
}

/** The rows of a table with their numbers. */
export function numberedRows(source: TableExpression, name: string): Query {
  return queryTemplate('SELECT * FROM "$numbered"', {
    tables: { numbered: { kind: 'numbered', source, name } },
  })
}

export function item(expression: SqlExpression, name: string): SelectItem {
  return { kind: 'expression', expression, alias: { name, span: undefined } }
}

/** A plain SELECT of these. */
export function selectFrom(
  from: TableExpression | null,
  items: readonly SelectItem[],
  where: SqlExpression | null = null,
): Query {
  const query = queryTemplate('SELECT 1', {})
  if (query.body.kind !== 'select') return query
  return { ...query, body: { ...query.body, items, from, where } }
}

/** The column of a table by the name that expressions use. */
export function columnOf(target: ChangeTarget, place: number): SqlExpression {
  return nameExpression(target.alias, target.fields[place]!.name)
}

/** The catalog with some more names in front of its own. */
export function withEntries(
  environment: Environment,
  entries: Readonly<Record<string, CatalogEntry>>,
): Environment {
  const { catalog } = environment
  return {
    ...environment,
    catalog: {
      ...catalog,
      table: (name) => (Object.hasOwn(entries, name) ? entries[name]! : catalog.table(name)),
    },
  }
}

/** The environment with the rows of a plan as a table. */
export function withRows(environment: Environment, name: string, plan: LogicalPlan): Environment {
  return withEntries(environment, { [name]: { kind: 'frame', name, plan } })
}

/** The rows of a change with the generated columns computed from the others. */
export function withGenerated(target: ChangeTarget, rows: Query, leading: readonly string[]): Query {
  if (target.definition.columns.every((rule) => rule.generated === null)) return rows
  return selectFrom(derivedTable(rows, target.alias), [
    ...leading.map((name) => item(nameExpression(name), name)),
    ...target.fields.map((field, place) => {
      const { generated } = ruleOf(target, place)
      return item(generated ? castOf(generated, field) : columnOf(target, place), field.name)
    }),
  ])
}

/** Rows of a change: how they are put into the table, and what follows from them. */
export interface TableChange {
  readonly kind: 'change'
  readonly table: string
  /** In the message: `Updated`. */
  readonly verb: string
  /** `append`: all are new, in the table's columns. `replace`: ACTION and the table's columns; they are the table. */
  readonly mode: 'append' | 'replace'
  readonly plan: LogicalPlan
  /** The rows of `replace` that stay in the table. */
  readonly kept: (rows: CatalogEntry) => LogicalPlan
  /** What must give no row, over the rows of the change and the table as it will be. */
  readonly checks: (rows: CatalogEntry, next: CatalogEntry) => readonly ConstraintCheck[]
  /** How many rows of `replace` changed: one number. */
  readonly count: (rows: CatalogEntry) => LogicalPlan
  /** Null without RETURNING. */
  readonly returning: ((rows: CatalogEntry) => LogicalPlan) | null
}

/** A query that gives one text where a constraint is broken. */
export interface ConstraintCheck {
  readonly plan: LogicalPlan
  readonly error: (found: string) => LakebookError
}
