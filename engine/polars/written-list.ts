import type { SourceSpan } from '../errors.ts'
import type { PolarsExpression } from './expression.ts'
import { horizontalMethods } from './methods/horizontal.ts'
import { bindArguments, type GivenArguments, type Parameter } from './parameters.ts'
import { toExpression, type Value } from './values.ts'

/** A list that is written out in the cell, as one value. */
export function writtenList(items: readonly Value[], span: SourceSpan | undefined): PolarsExpression {
  const method = horizontalMethods.find(({ name }) => name === 'pl.concat_list')!
  const args = items.map((item): Value => ({
    kind: 'expression',
    expression: toExpression(item, 'literal', span),
  }))
  return {
    kind: 'call',
    method,
    args: bindArguments(method.name, method.params, { args, keywords: [], span }, null),
    span,
  }
}

/** The same arguments, whose lists are values where a value is wanted. */
export function withWrittenLists(params: readonly Parameter[], given: GivenArguments): GivenArguments {
  const read = (param: Parameter | undefined, value: Value): Value =>
    (param?.kind === 'operand' || param?.kind === 'column') && !param.rest && value.kind === 'list'
      ? { kind: 'expression', expression: writtenList(value.items, given.span) }
      : value
  return {
    ...given,
    args: given.args.map((value, i) => read(params[i], value)),
    keywords: given.keywords.map((keyword) => ({
      ...keyword,
      value: read(
        params.find(({ name }) => name === keyword.name),
        keyword.value,
      ),
    })),
  }
}
