import { columnNode, renameNode } from './expression.ts'
import { binaryExpression } from './methods/operators.ts'
import type { GivenArguments } from './parameters.ts'
import { toExpression, type Value } from './values.ts'

/** Keywords become renamed expressions after the positional ones. */
export function withNamedOutputs(given: GivenArguments): GivenArguments {
  const named = given.keywords.map(({ name, value, span }): Value => ({
    kind: 'expression',
    expression: renameNode(toExpression(value, 'column', span), () => name),
  }))
  return { ...given, args: [...given.args, ...named], keywords: [] }
}

/** Keywords become conditions: `filter(k="a")` is `filter(pl.col("k") == "a")`. */
export function withConstraints(given: GivenArguments): GivenArguments {
  const conditions = given.keywords.map(({ name, value, span }): Value => ({
    kind: 'expression',
    expression: binaryExpression('==', columnNode(name, span), toExpression(value, 'literal', span), span),
  }))
  return { ...given, args: [...given.args, ...conditions], keywords: [] }
}
