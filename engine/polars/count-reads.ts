import type { Statement, Syntax } from './ast.ts'
import { isStatement, partsOf, statementParts } from './syntax-parts.ts'

/** How often the name that statement `index` assigns is read before it is assigned again. Loops count as many. */
export function readsOf(statements: readonly Statement[], index: number): number {
  const statement = statements[index]
  if (statement?.kind !== 'value' || statement.target === null) return 0
  const { name } = statement.target
  let reads = 0
  for (const next of statements.slice(index + 1)) {
    reads += readsIn(next, name)
    if (next.kind === 'value' && next.target?.name === name) break
  }
  return reads
}

function readsIn(part: Statement | Syntax, name: string): number {
  if (part.kind === 'name') return part.name === name ? 1 : 0
  const parts = isStatement(part) ? statementParts(part) : partsOf(part)
  const inside = parts.reduce((sum, one) => sum + readsIn(one, name), 0)
  const isRepeated = ['comprehension', 'lambda', 'loop', 'function'].includes(part.kind)
  return isRepeated ? 2 * inside : inside
}
