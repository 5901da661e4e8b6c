import { unsupported } from '../../errors.ts'
import type { MacroMethod } from '../expression-method.ts'
import { literalNode, type PolarsExpression } from '../expression.ts'
import { BoundArguments, optional, required } from '../parameters.ts'
import type { BuildCall } from './macros.ts'
import { binaryExpression } from './operators.ts'
import { gatherMethod } from './picking.ts'
import { rowIndexOfMethod } from './windows.ts'

/** 0, 1, 2, … along the rows, named like the expression. */
export function rowIndexOf(self: PolarsExpression): PolarsExpression {
  const operands = new Map([['self', { kind: 'expressions', expressions: [self] } as const]])
  const args = new BoundArguments(rowIndexOfMethod.name, self.span, operands)
  return { kind: 'call', method: rowIndexOfMethod, args, span: self.span }
}

/** Methods that give or take places of rows. `invoke` calls a method by name. */
export function positionMethods(invoke: BuildCall): readonly MacroMethod[] {
  function macro(
    name: string,
    params: MacroMethod['params'],
    expand: (self: PolarsExpression, args: BoundArguments) => PolarsExpression,
  ): MacroMethod {
    return {
      kind: 'macro',
      name,
      params,
      expand: ({ args, span }) => ({ ...expand(args.expression('self'), args), span }),
    }
  }

  /** The index of the first row for which the condition holds, named like the column. */
  const indexWhere = (self: PolarsExpression, condition: PolarsExpression) =>
    asIndex(invoke(invoke(rowIndexOf(self), 'filter', [condition]), 'first'))

  const asIndex = (expression: PolarsExpression) => invoke(expression, 'cast_index')

  const sortedRows = (self: PolarsExpression, by: PolarsExpression, descending: boolean, k: number) =>
    invoke(
      invoke(invoke(self, 'filter', [invoke(by, 'is_not_null')]), 'sort_by_key', [by, descending]),
      'head',
      [BigInt(k)],
    )

  /** Beyond its neighbours; at an end, the one neighbour that there is counts and the other is 0. */
  const peak = (self: PolarsExpression, than: '>' | '<') => {
    const beside = (n: bigint) => binaryExpression(than, self, invoke(self, 'shift', [n, 0n]), self.span)
    return binaryExpression('&', beside(1n), beside(-1n), self.span)
  }

  const flag = (args: BoundArguments, name: string): boolean => args.bool(name, false)

  return [
    macro('arg_max', [], (self) => indexWhere(self, binaryExpression('==', self, invoke(self, 'max')))),
    macro('arg_min', [], (self) => indexWhere(self, binaryExpression('==', self, invoke(self, 'min')))),
    macro('arg_true', [], (self) => asIndex(invoke(rowIndexOf(self), 'filter', [self]))),
    macro('arg_unique', [], (self) =>
      asIndex(invoke(rowIndexOf(self), 'filter', [invoke(self, 'is_first_distinct')])),
    ),
    macro('arg_sort', [optional('descending', 'bool'), optional('nulls_last', 'bool')], (self, args) =>
      asIndex(
        invoke(rowIndexOf(self), 'sort_by_key', [self, flag(args, 'descending'), !flag(args, 'nulls_last')]),
      ),
    ),
    macro('get', [required('index', 'any'), optional('null_on_oob', 'bool')], (self, args) => {
      const given = args.value('index')
      if (given?.kind !== 'expression')
        return invoke(invoke(self, 'slice', [BigInt(args.int('index', 0)), 1n]), 'first')
      // counted from the end below zero
      const { span } = args
      const place = rowIndexOf(self)
      const fromEnd = binaryExpression('-', place, invoke(self, 'len'), span)
      const isAt = [place, fromEnd].map((one) => binaryExpression('==', one, given.expression, span))
      return invoke(invoke(self, 'filter', [binaryExpression('|', isAt[0]!, isAt[1]!, span)]), 'first')
    }),
    macro('rle_id', [], (self) => {
      const changes = invoke(invoke(self, 'ne_missing', [invoke(self, 'shift')]), 'cast_whole')
      const runs = invoke(changes, 'cum_sum')
      return asIndex(binaryExpression('-', runs, invoke(changes, 'first')))
    }),
    macro(
      'top_k_by',
      [required('by', 'columns'), optional('k', 'int'), optional('reverse', 'bool')],
      (self, args) => sortedRows(self, onlyKey(args), !flag(args, 'reverse'), args.int('k', 5)),
    ),
    macro(
      'bottom_k_by',
      [required('by', 'columns'), optional('k', 'int'), optional('reverse', 'bool')],
      (self, args) => sortedRows(self, onlyKey(args), flag(args, 'reverse'), args.int('k', 5)),
    ),
    macro('min_by', [required('by', 'column')], (self, args) =>
      invoke(invoke(self, 'filter', [isExtreme(invoke, args.expression('by'), 'min')]), 'first'),
    ),
    macro('max_by', [required('by', 'column')], (self, args) =>
      invoke(invoke(self, 'filter', [isExtreme(invoke, args.expression('by'), 'max')]), 'first'),
    ),
    macro('is_empty', [], (self) => binaryExpression('==', invoke(self, 'len'), literalNode(0n))),
    gatherMethod(invoke),
    macro('index_of', [required('element', 'operand')], (self, args) =>
      indexWhere(self, invoke(self, 'eq_missing', [args.expression('element')])),
    ),
    macro('peak_max', [], (self) => peak(self, '>')),
    macro('peak_min', [], (self) => peak(self, '<')),
    macro('flatten', [], (self) => invoke(self, 'explode')),
    macro('list.explode', [], (self) => invoke(self, 'explode')),
    macro('str.concat', [optional('delimiter', 'string'), optional('ignore_nulls', 'bool')], (self, args) =>
      invoke(self, 'str.join', [args.string('delimiter', '-'), args.bool('ignore_nulls', true)]),
    ),
    macro('where', [required('predicate', 'column')], (self, args) =>
      invoke(self, 'filter', [args.expression('predicate')]),
    ),
  ]
}

function onlyKey(args: BoundArguments): PolarsExpression {
  if (args.expressions('by').length === 1) return args.expression('by')
  throw unsupported(
    `Several keys in \`${args.method}\``,
    args.span,
    'Use .sort_by("a", "b", descending=True).head(k).',
  )
}

function isExtreme(invoke: BuildCall, by: PolarsExpression, end: 'min' | 'max'): PolarsExpression {
  return binaryExpression('==', by, invoke(by, end))
}
