import { outputName } from './outputs.ts'
import { renameNode, type PolarsExpression } from './expression.ts'
import { foldMethods } from './lambda.ts'
import { call, caseWhen } from './lowered.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { types } from '../arrow/types.ts'
import { aggregateMethods } from './methods/aggregates.ts'
import { businessDayCount } from './methods/business-days.ts'
import { element } from './methods/elements.ts'
import { horizontalMethods } from './methods/horizontal.ts'
import { binaryExpression } from './methods/operators.ts'
import { rowIndexOf } from './methods/positions.ts'
import { rollingPairs } from './methods/rolling.ts'
import { fieldMethod, structMethod } from './methods/structs.ts'
import { rowIndexMethod } from './methods/windows.ts'
import { BoundArguments, optional, required, rest } from './parameters.ts'
import { expressionValue, fromMethod, type PlFunction } from './pl-function.ts'
import { scalar, type Value } from './values.ts'

function invoke(
  receiver: PolarsExpression,
  name: string,
  args: BoundArguments,
  given: { readonly args?: readonly Value[]; readonly keywords?: readonly (readonly [string, Value])[] } = {},
): PolarsExpression {
  const keywords = (given.keywords ?? []).map(([key, value]) => ({ name: key, value, span: args.span }))
  return callExpressionMethod(
    receiver,
    name,
    { args: given.args ?? [], keywords, span: args.span },
    args.span,
  )
}

/** pl.arg_sort_by("a", "b"): the places of the rows in the order of several keys. */
const argSortBy: PlFunction = {
  params: [
    required('exprs', 'columns'),
    rest('more_exprs', 'columns'),
    ...['descending', 'nulls_last'].map((name) => optional(name, 'any')),
    optional('maintain_order', 'bool'),
    optional('multithreaded', 'bool'),
  ],
  run(args) {
    const keys = [...args.expressions('exprs'), ...args.expressions('more_exprs')]
    if (keys.length === 0) throw args.invalid('exprs', 'at least one key')
    const keywords = ['descending', 'nulls_last'].flatMap((name): [string, Value][] => {
      const value = args.value(name)
      return value === undefined ? [] : [[name, value]]
    })
    const sorted = invoke(rowIndexOf(keys[0]!), 'sort_by', args, {
      args: keys.map(expressionValue),
      keywords,
    })
    return expressionValue(invoke(sorted, 'cast', args, { args: [{ kind: 'dtype', type: types.uint32 }] }))
  },
}

/** pl.cum_sum_horizontal("a", "b"): a struct of the sums up to each column. */
const cumSumHorizontal: PlFunction = {
  params: [rest('exprs', 'columns')],
  run(args) {
    const exprs = args.expressions('exprs')
    const total = (left: PolarsExpression, right: PolarsExpression) =>
      binaryExpression('+', left, right, args.span)
    const fields = exprs.map((expression, i) =>
      renameNode(exprs.slice(0, i + 1).reduce(total), () => outputName(expression, [])),
    )
    const operands = new Map([['exprs', { kind: 'expressions', expressions: fields } as const]])
    const bound = new BoundArguments(structMethod.name, args.span, operands)
    const struct: PolarsExpression = { kind: 'call', method: structMethod, args: bound, span: args.span }
    return expressionValue(renameNode(struct, () => 'cum_sum'))
  },
}

const whereKnown = element('where_known', [required('other', 'operand')], (operands) => {
  const [value, other] = operands.map((operand) => operand.expression)
  return caseWhen([{ when: call('is_not_null', [other!]), then: value! }], null)
})

/** The value where the other is not null. */
function onlyWith(value: PolarsExpression, other: PolarsExpression): PolarsExpression {
  return callMethod(whereKnown, value, { args: [expressionValue(other)], keywords: [], span: value.span })
}

const correlation = aggregateMethods.find(({ name }) => name === 'pl.corr')!

/** pl.corr("a", "b"): of the values, or of their ranks among the rows where both are known. */
const corr: PlFunction = {
  params: [
    ...correlation.params,
    optional('method', 'string'),
    optional('ddof', 'int'),
    optional('propagate_nans', 'bool'),
    optional('eager', 'bool'),
  ],
  run(args) {
    const sides = ['a', 'b'].map((name) => args.expression(name))
    const method = args.choice('method', ['pearson', 'spearman'], 'pearson')
    const ranked = (side: PolarsExpression, other: PolarsExpression) =>
      invoke(onlyWith(side, other), 'rank', args)
    const [a, b] = sides as [PolarsExpression, PolarsExpression]
    const [x, y] = method === 'pearson' ? [a, b] : [ranked(a, b), ranked(b, a)]
    const operands = new Map([
      ['a', { kind: 'expressions', expressions: [x] } as const],
      ['b', { kind: 'expressions', expressions: [y] } as const],
    ])
    const bound = new BoundArguments(correlation.name, args.span, operands)
    return expressionValue({ kind: 'call', method: correlation, args: bound, span: args.span })
  },
}

/** Functions of `pl` over columns. */
export const columnFunctions: Readonly<Record<string, PlFunction>> = {
  arg_sort_by: argSortBy,
  corr,
  arg_where: {
    params: [required('condition', 'column'), optional('eager', 'bool')],
    run: (args) => expressionValue(invoke(args.expression('condition'), 'arg_true', args)),
  },
  business_day_count: fromMethod(businessDayCount),
  cum_sum_horizontal: cumSumHorizontal,
  field: fromMethod(fieldMethod),
  row_index: {
    params: [optional('name', 'string')],
    run(args) {
      const bound = new BoundArguments(rowIndexMethod.name, args.span, new Map())
      const index: PolarsExpression = { kind: 'call', method: rowIndexMethod, args: bound, span: args.span }
      const name = args.string('name', 'index')
      const dtype: Value = { kind: 'dtype', type: types.uint32 }
      return expressionValue(renameNode(invoke(index, 'cast', args, { args: [dtype] }), () => name))
    },
  },
  escape_regex: {
    params: [required('s', 'string')],
    run: (args) => scalar(args.string('s', '').replaceAll(/[\\.+*?()|[\]{}^$#&\-~]/g, String.raw`\$&`)),
  },
  ...Object.fromEntries(
    [...foldMethods, ...horizontalMethods, ...rollingPairs].map((method) => [
      method.name.slice(3),
      fromMethod(method),
    ]),
  ),
}
