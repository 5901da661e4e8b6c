import { renameNode } from './expression.ts'
import type { GivenArguments } from './parameters.ts'
import { toExpression, type Value } from './values.ts'

/** Keywords become renamed expressions after the positional ones. */
export function withNamedOutputs(given: GivenArguments): GivenArguments {
  const named = given.keywords.map(({ name, value, span }): Value => ({
    kind: 'expression',
    expression: renameNode(toExpression(value, 'literal', span), () => name),
  }))
  return { ...given, args: [...given.args, ...named], keywords: [] }
}
