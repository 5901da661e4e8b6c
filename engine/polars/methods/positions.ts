import type { Value } from '../values.ts'
import type { MacroMethod } from '../expression-method.ts'
import { literalNode, type PolarsExpression } from '../expression.ts'
import { BoundArguments, optional, required } from '../parameters.ts'
import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { BuildCall } from './macros.ts'
import { binaryExpression } from './operators.ts'
import { rowIndexOfMethod } from './windows.ts'

/** 0, 1, 2, … along the rows, named like the expression. */
function rowIndexOf(self: PolarsExpression): PolarsExpression {
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
    macro('get', [required('index', 'int')], (self, args) =>
      invoke(invoke(self, 'slice', [BigInt(args.int('index', 0)), 1n]), 'first'),
    ),
    macro('rle_id', [], (self) => {
      const changes = invoke(invoke(self, 'ne_missing', [invoke(self, 'shift')]), 'cast_whole')
      const runs = invoke(changes, 'cum_sum')
      return asIndex(binaryExpression('-', runs, invoke(changes, 'first')))
    }),
    macro(
      'top_k_by',
      [required('by', 'column'), optional('k', 'int'), optional('reverse', 'bool')],
      (self, args) => sortedRows(self, args.expression('by'), !flag(args, 'reverse'), args.int('k', 5)),
    ),
    macro(
      'bottom_k_by',
      [required('by', 'column'), optional('k', 'int'), optional('reverse', 'bool')],
      (self, args) => sortedRows(self, args.expression('by'), flag(args, 'reverse'), args.int('k', 5)),
    ),
    macro('min_by', [required('by', 'column')], (self, args) =>
      invoke(invoke(self, 'filter', [isExtreme(invoke, args.expression('by'), 'min')]), 'first'),
    ),
    macro('max_by', [required('by', 'column')], (self, args) =>
      invoke(invoke(self, 'filter', [isExtreme(invoke, args.expression('by'), 'max')]), 'first'),
    ),
    macro('is_empty', [], (self) => binaryExpression('==', invoke(self, 'len'), literalNode(0n))),
    macro(
      'cut',
      [
        required('breaks', 'any'),
        optional('labels', 'any'),
        optional('left_closed', 'bool'),
        optional('include_breaks', 'bool'),
      ],
      (self, args) => {
        if (flag(args, 'include_breaks'))
          throw unsupported('The argument `include_breaks` of `cut`', args.span, 'Leave it out.')
        const breaks = numbersOf(args)
        const isLeft = flag(args, 'left_closed')
        const labels = args.has('labels') ? args.strings('labels') : intervalLabels(breaks, isLeft)
        if (labels.length !== breaks.length + 1)
          throw args.invalid('labels', `${breaks.length + 1} labels, one more than there are breaks`)
        const text = (label: string) => literalNode(label, args.span, types.utf8)
        // from the last break down: the first condition that holds gives the label
        const conditions = breaks.map((at) =>
          binaryExpression(isLeft ? '<' : '<=', self, literalNode(at, args.span, types.float64)),
        )
        return invoke(self, 'pick_label', [...conditions, ...labels.map(text)])
      },
    ),
  ]
}

function isExtreme(invoke: BuildCall, by: PolarsExpression, end: 'min' | 'max'): PolarsExpression {
  return binaryExpression('==', by, invoke(by, end))
}

function numbersOf(args: BoundArguments): readonly number[] {
  const given: Value | undefined = args.value('breaks')
  const items = given?.kind === 'list' ? given.items : []
  const numbers = items.map((item) =>
    item.kind === 'scalar' && (typeof item.value === 'bigint' || typeof item.value === 'number')
      ? Number(item.value)
      : NaN,
  )
  const isGrowing = numbers.every((value, i) => !Number.isNaN(value) && (i === 0 || value > numbers[i - 1]!))
  if (numbers.length === 0 || !isGrowing) throw args.invalid('breaks', 'numbers that grow')
  return numbers
}

/** `(-inf, 1]`, `(1, 2]`, `(2, inf]`, as Polars calls them. */
function intervalLabels(breaks: readonly number[], isLeft: boolean): readonly string[] {
  const edges = ['-inf', ...breaks.map(String), 'inf']
  const [open, close] = isLeft ? ['[', ')'] : ['(', ']']
  return edges.slice(1).map((edge, i) => `${open}${edges[i]!}, ${edge}${close}`)
}
