import type { Expression } from '../plan/plan.ts'
import type { Select, SqlExpression } from '../sql/ast.ts'
import { outputName } from './output-name.ts'
import { sameName, visibleColumns, type Scope } from './scope.ts'
import { expandStar } from './star.ts'

/** One column of the select list: an expression still to be bound, or a column that `*` stood for. */
export type SelectedItem =
  | { readonly name: string; readonly alias: string | null; readonly sql: SqlExpression }
  | { readonly name: string; readonly alias: null; readonly sql: null; readonly expression: Expression }

/** The select list with every star written out. */
export function expandItems(select: Select, scope: Scope): readonly SelectedItem[] {
  return select.items.flatMap((item): readonly SelectedItem[] => {
    if (item.kind === 'star') return expandStar(item, scope).map((each) => ({ ...each, alias: null }))
    const { expression, alias } = item
    return [{ name: alias?.name ?? nameOf(expression, scope), alias: alias?.name ?? null, sql: expression }]
  })
}

/** A column is called as its table calls it, whatever case the query uses. */
function nameOf(expression: SqlExpression, scope: Scope): string {
  if (expression.kind === 'position')
    return visibleColumns(scope)[expression.place - 1]?.name ?? outputName(expression)
  const name = outputName(expression)
  if (expression.kind !== 'identifier') return name
  for (let each: Scope | null = scope; each; each = each.parent) {
    const found = each.columns.find((column) => sameName(column.name, name))
    if (found) return found.name
  }
  return name
}
