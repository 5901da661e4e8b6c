import type { Syntax } from './ast.ts'

/** What stands right inside, in the order of the text. */
export function partsOf(syntax: Syntax): readonly Syntax[] {
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
      return [syntax.start, syntax.stop, syntax.step].filter((bound) => bound !== null)
    case 'unpacked':
      return [syntax.value]
    case 'lambda':
      return [syntax.body]
    default:
      return []
  }
}
