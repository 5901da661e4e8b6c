import type { Statement, Syntax } from './ast.ts'

/** What stands right inside a statement. */
export function statementParts(statement: Statement): readonly (Statement | Syntax)[] {
  switch (statement.kind) {
    case 'value':
    case 'unpack':
      return [statement.value]
    case 'item':
      return [statement.index, statement.value]
    case 'loop':
      return [statement.value, ...statement.body]
    case 'branch':
      return statement.branches.flatMap(({ condition, body }): readonly (Statement | Syntax)[] =>
        condition === null ? body : [condition, ...body],
      )
    case 'function':
      return [...statement.parameters.flatMap(({ otherwise }) => otherwise ?? []), ...statement.body]
    case 'return':
      return statement.value === null ? [] : [statement.value]
  }
}

const STATEMENTS: ReadonlySet<string> = new Set<Statement['kind']>([
  'value',
  'unpack',
  'item',
  'loop',
  'branch',
  'function',
  'return',
])

export function isStatement(part: Statement | Syntax): part is Statement {
  return STATEMENTS.has(part.kind)
}

/** The names that statements give to values, those inside functions left out. */
export function assignedNames(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement): readonly string[] => {
    switch (statement.kind) {
      case 'value':
        return statement.target === null ? [] : [statement.target.name]
      case 'unpack':
        return statement.targets
      case 'item':
      case 'function':
        return [statement.name]
      case 'loop':
        return [...statement.targets, ...assignedNames(statement.body)]
      case 'branch':
        return statement.branches.flatMap(({ body }) => assignedNames(body))
      case 'return':
        return []
    }
  })
}

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
    case 'formatted':
    case 'named':
      return [syntax.value]
    case 'lambda':
      return [syntax.body]
    default:
      return []
  }
}
