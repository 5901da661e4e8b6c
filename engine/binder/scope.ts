import { LakebookError } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column, Expression } from '../plan/plan.ts'
import type { Identifier } from '../sql/ast.ts'
import { joinSpans } from '../sql/source-map.ts'
import type { AggregateCollector } from './expression-context.ts'
import { nameHint } from './name-hint.ts'

export interface ScopeColumn {
  /** Alias or name of the table; null for columns that belong to no table, such as a merged USING column. */
  readonly table: string | null
  readonly name: string
  readonly column: Column
  /** Merged away by USING: found only with the table's name, and not part of `*`. */
  readonly hidden: boolean
  /** Found by this name too, where no column has it. */
  readonly alternative?: string
}

/** The columns that names can mean, and those of the query around. */
export interface Scope {
  readonly columns: readonly ScopeColumn[]
  readonly parent: Scope | null
  /** Where aggregates of these columns go, also those that a subquery has. Absent where they have no place. */
  readonly aggregates?: AggregateCollector
}

export function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase()
}

/** Every column of a plan's output under one table name. */
export function tableScope(
  table: string | null,
  columns: readonly Column[],
  names?: readonly string[],
): ScopeColumn[] {
  return columns.map((column, index) => ({
    table,
    name: names?.[index] ?? column.name,
    column,
    hidden: false,
  }))
}

/** Takes over what a join says about nullability. */
export function refreshScope(
  columns: readonly ScopeColumn[],
  output: readonly Column[],
): readonly ScopeColumn[] {
  const byId = new Map(output.map((column) => [column.id, column]))
  return columns.map((each) => ({ ...each, column: byId.get(each.column.id) ?? each.column }))
}

/** The column of one scope, without the scopes around it; null when there is none. Errors: `ambiguous`. */
export function findLocally(scope: Scope, parts: readonly Identifier[]): Expression | null {
  const name = parts.at(-1)!.name
  const table = parts.at(-2)?.name
  const fits = (each: ScopeColumn, own: string | undefined) =>
    own !== undefined &&
    sameName(own, name) &&
    (table === undefined ? !each.hidden : each.table !== null && sameName(each.table, table))
  const named = scope.columns.filter((each) => fits(each, each.name))
  const found = named.length > 0 ? named : scope.columns.filter((each) => fits(each, each.alternative))
  if (found.length > 1) {
    const tables = found.map((each) => each.table).filter((each) => each !== null)
    throw new LakebookError('ambiguous', `"${name}" is in more than one table: ${tables.join(', ')}`, {
      span: identifierSpan(parts),
      hint: tables.length > 0 ? `Write ${tables[0]}.${name}.` : 'Give the columns different names.',
    })
  }
  return found[0] ? { ...columnReference(found[0].column), span: identifierSpan(parts) } : null
}

/** The columns of FROM in their order, as `*` has them. */
export function visibleColumns({ columns }: Scope): readonly ScopeColumn[] {
  return columns.filter((column) => !column.hidden)
}

/** The column that a name means, looked for from the inside out. */
export function findColumn(scope: Scope, parts: readonly Identifier[]): Expression | null {
  for (let each: Scope | null = scope; each; each = each.parent) {
    const found = findLocally(each, parts)
    if (found) return found
  }
  return null
}

export function unknownColumn(
  scope: Scope,
  parts: readonly Identifier[],
  extraNames: readonly string[] = [],
): LakebookError {
  const name = parts.at(-1)!.name
  const table = parts.at(-2)?.name
  const all: ScopeColumn[] = []
  for (let each: Scope | null = scope; each; each = each.parent) all.push(...each.columns)
  const span = identifierSpan(parts)
  const tables = [...new Set(all.flatMap((each) => (each.table === null ? [] : [each.table])))]
  if (table !== undefined && !tables.some((each) => sameName(each, table))) {
    return new LakebookError('unknown_table', `There is no table "${table}" in this FROM`, {
      span,
      hint: nameHint(table, tables),
    })
  }
  const candidates = all.filter(
    (each) => table === undefined || (each.table !== null && sameName(each.table, table)),
  )
  const names = [...new Set([...candidates.map((each) => each.name), ...extraNames])]
  const where = table === undefined ? '' : ` in "${table}"`
  return new LakebookError('unknown_column', `There is no column "${name}"${where}`, {
    span,
    hint: nameHint(name, names),
  })
}

export function identifierSpan(parts: readonly Identifier[]): Identifier['span'] {
  return joinSpans(...parts.map((part) => part.span))
}
