import { LakebookError, unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Expression } from '../plan/plan.ts'
import type { Identifier, Select, SelectItem, SqlExpression } from '../sql/ast.ts'
import { nameHint } from './name-hint.ts'
import { outputName } from './output-name.ts'
import { structFields } from './nested.ts'
import { findColumn, sameName, unknownColumn, type Scope, type ScopeColumn } from './scope.ts'

/** One column of the select list: an expression still to be bound, or a column that `*` stood for. */
export type SelectedItem =
  | { readonly name: string; readonly alias: string | null; readonly sql: SqlExpression }
  | { readonly name: string; readonly alias: null; readonly sql: null; readonly expression: Expression }

/** The select list with every star written out. */
export function expandItems(select: Select, scope: Scope): readonly SelectedItem[] {
  return select.items.flatMap((item): readonly SelectedItem[] => {
    if (item.kind === 'star') return expandStar(item, scope)
    const { expression, alias } = item
    return [{ name: alias?.name ?? nameOf(expression, scope), alias: alias?.name ?? null, sql: expression }]
  })
}

/** A column is called as its table calls it, whatever case the query uses. */
function nameOf(expression: SqlExpression, scope: Scope): string {
  const name = outputName(expression)
  if (expression.kind !== 'identifier') return name
  for (let each: Scope | null = scope; each; each = each.parent) {
    const found = each.columns.find((column) => sameName(column.name, name))
    if (found) return found.name
  }
  return name
}

function expandStar(item: SelectItem & { kind: 'star' }, scope: Scope): readonly SelectedItem[] {
  const { table, exclude, replace, rename } = item
  const columns = scope.columns.filter((column) =>
    table ? column.table !== null && sameName(column.table, table.name) : !column.hidden,
  )
  if (columns.length === 0) {
    const struct = table && findColumn(scope, [table])
    if (struct?.type.kind === 'struct') return expandStruct(item, struct)
    if (table) throw unknownColumn(scope, [table, { name: '*', span: item.span }])
    throw new LakebookError('syntax', 'SELECT * needs a FROM', { span: item.span })
  }
  const named = [...exclude, ...replace.map((each) => each.name), ...rename.map((each) => each.from)]
  for (const name of named) requireColumn(columns, name)
  return columns
    .filter((column) => !exclude.some((name) => sameName(name.name, column.name)))
    .map((column): SelectedItem => {
      const replaced = replace.find((each) => sameName(each.name.name, column.name))
      if (replaced) return { name: column.name, alias: null, sql: replaced.expression }
      const renamed = rename.find((each) => sameName(each.from.name, column.name))
      return {
        name: renamed?.to.name ?? column.name,
        alias: null,
        sql: null,
        expression: columnReference(column.column),
      }
    })
}

/** `s.*`: the fields of a struct. */
function expandStruct(item: SelectItem & { kind: 'star' }, struct: Expression): readonly SelectedItem[] {
  const { exclude, replace, rename } = item
  if (replace.length > 0 || rename.length > 0) throw unsupported('REPLACE or RENAME over a struct', item.span)
  return structFields(struct)
    .filter(({ name }) => !exclude.some((each) => sameName(each.name, name)))
    .map(({ name, expression }) => ({ name, alias: null, sql: null, expression }))
}

function requireColumn(columns: readonly ScopeColumn[], name: Identifier): void {
  if (columns.some((column) => sameName(column.name, name.name))) return
  const names = columns.map((column) => column.name)
  throw new LakebookError('unknown_column', `There is no column "${name.name}"`, {
    span: name.span,
    hint: nameHint(name.name, names),
  })
}
