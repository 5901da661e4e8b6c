import type { Statement, Syntax } from './ast.ts'
import { partsOf } from './syntax-parts.ts'

/** How often the name that statement `index` assigns is read before it is assigned again. Loops count as many. */
export function readsOf(statements: readonly Statement[], index: number): number {
  const name = statements[index]?.target?.name
  if (name === undefined) return 0
  let reads = 0
  for (const { value, target } of statements.slice(index + 1)) {
    reads += readsIn(value, name)
    if (target?.name === name) break
  }
  return reads
}

function readsIn(syntax: Syntax, name: string): number {
  if (syntax.kind === 'name') return syntax.name === name ? 1 : 0
  const inside = partsOf(syntax).reduce((sum, part) => sum + readsIn(part, name), 0)
  return syntax.kind === 'comprehension' || syntax.kind === 'lambda' ? 2 * inside : inside
}
