import { internalError } from '../errors.ts'
import type { Query, SqlExpression, TableExpression } from './ast.ts'
import { parseSql } from './parser.ts'

/** What stands in the place of names that begin with `$`. */
export interface TemplateParts {
  readonly expressions?: Readonly<Record<string, SqlExpression>>
  readonly lists?: Readonly<Record<string, readonly SqlExpression[]>>
  readonly tables?: Readonly<Record<string, TableExpression>>
}

const parsed = new Map<string, Query>()

/**
 * A query of the engine's own, written as SQL: quoted names such as `"$value"` stand for what is given, `"$list"` in a
 * list for several. Nothing of the text itself has a place in the cell.
 */
export function queryTemplate(text: string, parts: TemplateParts): Query {
  let query = parsed.get(text)
  if (!query) {
    const statement = parseSql(text)[0]?.statement
    if (statement?.kind !== 'query') throw internalError(`the template "${text}" is no query`)
    query = statement.query
    parsed.set(text, query)
  }
  return filled(query, parts) as Query
}

function filled(node: unknown, parts: TemplateParts): unknown {
  if (Array.isArray(node)) {
    return node.flatMap((item): readonly unknown[] => {
      const name = nameOf(item)
      const list = name === null ? undefined : parts.lists?.[name]
      if (!list) return [filled(item, parts)]
      const isSelected = (item as { kind?: unknown; expression?: unknown }).kind === 'expression'
      return isSelected ? list.map((expression) => ({ kind: 'expression', expression, alias: null })) : list
    })
  }
  if (typeof node !== 'object' || node === null) return node
  const name = nameOf(node)
  if (name !== null) {
    const kind = 'kind' in node ? node.kind : null
    const table = kind === 'table' ? parts.tables?.[name] : undefined
    if (table) return withAlias(table, node as TableExpression & { kind: 'table' })
    const expression = kind === 'identifier' ? parts.expressions?.[name] : undefined
    if (expression) return expression
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      /^span$|Span$/.test(key) ? undefined : filled(value, parts),
    ]),
  )
}

/** The name of a placeholder, without its sign. */
function nameOf(node: unknown): string | null {
  if (typeof node !== 'object' || node === null || !('kind' in node)) return null
  if (node.kind === 'expression' && 'expression' in node) return nameOf(node.expression)
  const parts =
    node.kind === 'identifier' && 'parts' in node
      ? node.parts
      : node.kind === 'table' && 'name' in node
        ? node.name
        : null
  if (!Array.isArray(parts) || parts.length !== 1) return null
  const { name } = parts[0] as { readonly name: string }
  return name.startsWith('$') ? name.slice(1) : null
}

function withAlias(table: TableExpression, place: TableExpression & { kind: 'table' }): TableExpression {
  return place.alias && 'alias' in table ? { ...table, alias: place.alias } : table
}

/** A name as an expression. */
export function nameExpression(...names: readonly string[]): SqlExpression {
  return { kind: 'identifier', parts: names.map((name) => ({ name, span: undefined })) }
}

export function textExpression(value: string): SqlExpression {
  return { kind: 'string', value }
}
