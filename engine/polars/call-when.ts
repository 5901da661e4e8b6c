import { LakebookError, type SourceSpan } from '../errors.ts'
import { whenExpression, type CaseBranch } from './conditional.ts'
import type { PolarsExpression } from './expression.ts'
import { withConstraints } from './named-outputs.ts'
import { binaryExpression } from './methods/operators.ts'
import { bindArguments, optional, rest, type GivenArguments } from './parameters.ts'
import type { Value } from './values.ts'

/** `pl.when(...)`, waiting for `.then(...)`. Several conditions must all be true. */
export function startWhen(branches: readonly CaseBranch[], given: GivenArguments): Value {
  const args = bindArguments('when', [rest('predicates', 'columns')], withConstraints(given), null)
  const [first, ...others] = args.expressions('predicates')
  if (first === undefined)
    throw new LakebookError('invalid_argument', '`when` needs a condition', { span: given.span })
  const condition = others.reduce((left, right) => binaryExpression('&', left, right, given.span), first)
  return { kind: 'when', branches, condition }
}

/** `.then(...)`: null where no condition is true, unless more follows. */
export function callThen(
  { branches, condition }: Extract<Value, { kind: 'when' }>,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Value {
  if (name !== 'then') {
    throw new LakebookError('syntax', `pl.when(...) is followed by .then(...), not .${name}(...)`, {
      span: nameSpan,
    })
  }
  const all = [...branches, { when: condition, then: statementOf(name, given) }]
  return { kind: 'expression', expression: whenExpression(all, null, given.span), branches: all }
}

/** `.otherwise(...)` behind the branches. */
export function callOtherwise(branches: readonly CaseBranch[], given: GivenArguments): Value {
  const value = statementOf('otherwise', given)
  return { kind: 'expression', expression: whenExpression(branches, value, given.span) }
}

function statementOf(name: string, given: GivenArguments): PolarsExpression {
  return bindArguments(name, [optional('statement', 'column')], given, null).expression('statement')
}
