import { LakebookError, type SourceSpan } from '../errors.ts'
import { whenExpression, type CaseBranch } from './conditional.ts'
import { callExpressionMethod } from './method-registry.ts'
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

/** A method of an unfinished `pl.when(...)`. */
export function callWhen(
  object: Extract<Value, { kind: 'when' }>,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Value {
  if (object.condition !== null) {
    if (name !== 'then')
      throw new LakebookError('syntax', `pl.when(...) is followed by .then(...), not .${name}(...)`, {
        span: nameSpan,
      })
    const value = bindArguments('then', [optional('statement', 'column')], given, null).expression(
      'statement',
    )
    return {
      kind: 'when',
      branches: [...object.branches, { when: object.condition, then: value }],
      condition: null,
    }
  }
  if (name === 'when') return startWhen(object.branches, given)
  if (name === 'otherwise') {
    const value = bindArguments('otherwise', [optional('statement', 'column')], given, null).expression(
      'statement',
    )
    return { kind: 'expression', expression: whenExpression(object.branches, value, given.span) }
  }
  const finished = whenExpression(object.branches, null, given.span)
  return { kind: 'expression', expression: callExpressionMethod(finished, name, given, nameSpan) }
}
