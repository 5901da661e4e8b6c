import type { Statement, Syntax } from './ast.ts'

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

function partsOf(syntax: Syntax): readonly Syntax[] {
  switch (syntax.kind) {
    case 'attribute':
      return [syntax.object]
    case 'call':
      return [syntax.callee, ...syntax.args, ...syntax.keywords.map((keyword) => keyword.value)]
    case 'subscript':
      return [syntax.object, syntax.index]
    case 'list':
    case 'tuple':
      return syntax.items
    case 'dict':
      return syntax.entries.flatMap(({ key, value }) => (key === null ? [value] : [key, value]))
    case 'unary':
      return [syntax.operand]
    case 'binary':
    case 'comparison':
      return [syntax.left, syntax.right]
    case 'conditional':
      return [syntax.condition, syntax.value, syntax.otherwise]
    case 'format':
      return syntax.parts.filter((part) => typeof part !== 'string')
    case 'comprehension': {
      const clauses = syntax.clauses.flatMap(({ iterable, conditions }) => [iterable, ...conditions])
      return [...(syntax.key === null ? [] : [syntax.key]), syntax.item, ...clauses]
    }
    case 'slice':
      return [syntax.start, syntax.stop].filter((bound) => bound !== null)
    case 'unpacked':
      return [syntax.value]
    case 'lambda':
      return [syntax.body]
    default:
      return []
  }
}
