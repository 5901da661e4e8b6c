import { internalError, LakebookError, type SourceSpan } from '../errors.ts'
import type { ElementMethod } from './expression-method.ts'
import type { CallNode, PolarsExpression } from './expression.ts'
import { optional, required } from './parameters.ts'
import { describeValue, scalar, toExpression, type LambdaValue, type Value } from './values.ts'

/** What a lambda makes of a column's name, which is known when the cell is read. */
export function nameFrom(lambda: LambdaValue, name: string, span: SourceSpan | undefined): string {
  const made = lambda.call({ args: [scalar(name)], keywords: [], span })
  if (made.kind === 'scalar' && typeof made.value === 'string') return made.value
  throw new LakebookError('type', `The lambda makes ${describeValue(made)} of a name, not a text`, { span })
}

/** `function(accumulated, next)` over expressions, from the first to the last. */
function folded({ args, span }: CallNode): PolarsExpression {
  const fn = args.value('function')
  if (fn?.kind !== 'lambda') throw args.invalid('function', 'a lambda of two expressions')
  const expressions = [...args.expressions('acc'), ...args.expressions('exprs')]
  const [first, ...others] = expressions
  if (first === undefined) throw args.invalid('exprs', 'at least one expression')
  return others.reduce((accumulated, next) => {
    const given = [accumulated, next].map((expression): Value => ({ kind: 'expression', expression }))
    return toExpression(fn.call({ args: given, keywords: [], span }), 'literal', span)
  }, first)
}

function foldMethod(name: string, params: ElementMethod['params']): ElementMethod {
  return {
    kind: 'element',
    name,
    params,
    horizontal: true,
    unfold: folded,
    apply: () => {
      throw internalError(`${name} was not unfolded`)
    },
  }
}

const flags = [optional('returns_scalar', 'bool'), optional('return_dtype', 'dtype')]

/** pl.fold and pl.reduce: their lambda is called once for each column, when the cell is read. */
export const foldMethods: readonly ElementMethod[] = [
  foldMethod('pl.fold', [
    required('acc', 'operand'),
    required('function', 'any'),
    required('exprs', 'columns'),
    ...flags,
  ]),
  foldMethod('pl.reduce', [required('function', 'any'), required('exprs', 'columns'), ...flags]),
]
