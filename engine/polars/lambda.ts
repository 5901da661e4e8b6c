import { internalError } from '../errors.ts'
import type { ElementMethod } from './expression-method.ts'
import { renameNode, type CallNode, type PolarsExpression } from './expression.ts'
import { structMethod } from './methods/structs.ts'
import { outputName } from './outputs.ts'
import { BoundArguments, optional, required } from './parameters.ts'
import { toExpression, type Value } from './values.ts'

/** `function(accumulated, next)` over expressions, from the first to the last: what there is after each. */
function steps({ args, span }: CallNode): readonly PolarsExpression[] {
  const fn = args.value('function')
  if (fn?.kind !== 'lambda') throw args.invalid('function', 'a lambda of two expressions')
  const [first, ...others] = [...args.expressions('acc'), ...args.expressions('exprs')]
  if (first === undefined) throw args.invalid('exprs', 'at least one expression')
  const made = [first]
  for (const next of others) {
    const given = [made.at(-1)!, next].map((expression): Value => ({ kind: 'expression', expression }))
    made.push(toExpression(fn.call({ args: given, keywords: [], span }), 'literal', span))
  }
  return made
}

function folded(node: CallNode): PolarsExpression {
  return steps(node).at(-1)!
}

/** A struct of what there is after each expression, whose names the fields have. */
function accumulated(node: CallNode): PolarsExpression {
  const names = node.args.expressions('exprs').map((expression) => outputName(expression, []))
  const made = steps(node).slice(-names.length)
  const fields = made.map((expression, i) => renameNode(expression, () => names[i]!))
  const operands = new Map([['exprs', { kind: 'expressions', expressions: fields } as const]])
  const args = new BoundArguments(structMethod.name, node.span, operands)
  const struct: CallNode = { kind: 'call', method: structMethod, args, span: node.span }
  return renameNode(struct, () => node.method.name.slice('pl.'.length))
}

function foldMethod(
  name: string,
  params: ElementMethod['params'],
  unfold: (node: CallNode) => PolarsExpression,
): ElementMethod {
  return {
    kind: 'element',
    name,
    params,
    horizontal: true,
    unfold,
    apply: () => {
      throw internalError(`${name} was not unfolded`)
    },
  }
}

const flags = [optional('returns_scalar', 'bool'), optional('return_dtype', 'dtype')]

const folding = [
  required('acc', 'operand'),
  required('function', 'any'),
  required('exprs', 'columns'),
  ...flags,
]
const reducing = [required('function', 'any'), required('exprs', 'columns'), ...flags]

/** pl.fold, pl.reduce and their like: their lambda is called once for each column, when the cell is read. */
export const foldMethods: readonly ElementMethod[] = [
  foldMethod('pl.fold', folding, folded),
  foldMethod('pl.reduce', reducing, folded),
  foldMethod('pl.cum_fold', folding, accumulated),
  foldMethod('pl.cum_reduce', reducing, accumulated),
]
