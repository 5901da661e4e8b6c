import { LakebookError, unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Expression } from '../plan/plan.ts'
import type { ExcludedName, SqlExpression, StarItem, StarPattern } from '../sql/ast.ts'
import { nameHint } from './name-hint.ts'
import { structFields } from './nested.ts'
import { findColumn, sameName, unknownColumn, type Scope, type ScopeColumn } from './scope.ts'

/** An item that a star stands for: an expression as it is written, or one that is bound already. */
export type StarColumn = { readonly name: string } & (
  | { readonly sql: SqlExpression; readonly expression?: undefined }
  | { readonly sql: null; readonly expression: Expression; readonly column: ScopeColumn | null }
)

/** The columns that `*` or `t.*` stands for, after EXCLUDE, REPLACE, RENAME and LIKE. */
export function expandStar(item: StarItem, scope: Scope): readonly StarColumn[] {
  const { table, exclude, replace, rename } = item
  const columns = scope.columns.filter((column) =>
    table ? column.table !== null && sameName(column.table, table.name) : !column.hidden,
  )
  if (columns.length === 0) {
    const struct = table && findColumn(scope, [table])
    if (struct?.type.kind === 'struct' && struct.type.isUnion !== true) return expandStruct(item, struct)
    if (table) throw unknownColumn(scope, [table, { name: '*', span: item.span }])
    throw new LakebookError('syntax', 'SELECT * needs a FROM', { span: item.span })
  }
  const named = [...exclude, ...replace.map((each) => each.name), ...rename.map((each) => each.from)]
  for (const name of named) requireColumn(columns, name)
  const kept = columns.filter(
    (column) =>
      !exclude.some((name) => isMeant(name, column)) &&
      (item.names === null || fitsPattern(column.name, item.names)),
  )
  if (kept.length === 0) {
    throw new LakebookError('unknown_column', 'No column is left of the star', {
      span: item.span,
      hint: `The columns are ${columns.map((column) => column.name).join(', ')}.`,
    })
  }
  return kept.map((column): StarColumn => {
    const replaced = replace.find((each) => sameName(each.name.name, column.name))
    if (replaced) return { name: column.name, sql: replaced.expression }
    const renamed = rename.find((each) => sameName(each.from.name, column.name))
    return {
      name: renamed?.to.name ?? column.name,
      sql: null,
      expression: columnReference(column.column),
      column,
    }
  })
}

/** `s.*`: the fields of a struct. */
function expandStruct(item: StarItem, struct: Expression): readonly StarColumn[] {
  const { exclude, replace, rename } = item
  if (replace.length > 0 || rename.length > 0) throw unsupported('REPLACE or RENAME over a struct', item.span)
  return structFields(struct)
    .filter(({ name }) => !exclude.some((each) => sameName(each.name, name)))
    .map(({ name, expression }) => ({ name, sql: null, expression, column: null }))
}

function isMeant({ name, table }: ExcludedName, column: ScopeColumn): boolean {
  if (!sameName(name, column.name)) return false
  return table === undefined || (column.table !== null && sameName(table, column.table))
}

function requireColumn(columns: readonly ScopeColumn[], name: ExcludedName): void {
  if (columns.some((column) => isMeant(name, column))) return
  const names = columns.map((column) => column.name)
  throw new LakebookError('unknown_column', `There is no column "${name.name}"`, {
    span: name.span,
    hint: nameHint(name.name, names),
  })
}

/** Whether a name fits the pattern of `* LIKE 'a%'`. */
function fitsPattern(name: string, { op, negated, pattern }: StarPattern): boolean {
  const escaped = (text: string): string => text.replaceAll(/[.+^${}()|[\]\\*?]/g, String.raw`\$&`)
  const regexp =
    op === 'similar'
      ? pattern
      : op === 'glob'
        ? `^${pattern
            .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
            .replaceAll('*', '.*')
            .replaceAll('?', '.')
            .replaceAll('[!', '[^')}$`
        : `^${escaped(pattern).replaceAll('%', '.*').replaceAll('_', '.')}$`
  return new RegExp(regexp, op === 'ilike' ? 'isu' : 'su').test(name) !== negated
}
