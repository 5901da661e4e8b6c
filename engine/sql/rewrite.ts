import type { SqlExpression } from './ast.ts'

type Node = Readonly<Record<string, unknown>>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

/**
 * The tree with other expressions in the place of some: `replace` gives one, or several where the node stands in a list,
 * or null to look into the node. Queries inside are not looked into unless `intoQueries`.
 */
export function replaceExpressions<Tree>(
  tree: Tree,
  replace: (node: SqlExpression) => SqlExpression | readonly SqlExpression[] | null,
  intoQueries = false,
): Tree {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return visitList(value)
    if (!isNode(value)) return value
    if (typeof value['kind'] === 'string') {
      const found = replace(value as unknown as SqlExpression)
      if (Array.isArray(found)) return (found as readonly SqlExpression[])[0]
      if (found) return found
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        (key === 'query' && !intoQueries) || key === 'span' || key === 'type' ? child : visit(child),
      ]),
    )
  }
  const visitList = (list: readonly unknown[]): readonly unknown[] =>
    list.flatMap((item) => {
      const found =
        isNode(item) && typeof item['kind'] === 'string' ? replace(item as unknown as SqlExpression) : null
      return Array.isArray(found) ? (found as readonly unknown[]) : [found ?? visit(item)]
    })
  return visit(tree) as Tree
}

/** Every expression of a kind in a tree, outermost ones only; queries inside are not looked into. */
export function expressionsOf<Kind extends SqlExpression['kind']>(
  tree: unknown,
  kind: Kind,
): readonly Extract<SqlExpression, { kind: Kind }>[] {
  const found: Extract<SqlExpression, { kind: Kind }>[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      if (value['kind'] === kind) found.push(value as unknown as (typeof found)[number])
      else
        for (const [key, child] of Object.entries(value)) if (key !== 'query' && key !== 'span') visit(child)
    }
  }
  visit(tree)
  return found
}

/** The tree for a text of its own: nothing in it has a place in a cell. */
export function withoutSpans<Tree>(tree: Tree): Tree {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (!isNode(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, /^span$|Span$/.test(key) ? undefined : visit(child)]),
    )
  }
  return visit(tree) as Tree
}
