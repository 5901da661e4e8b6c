import { types } from '../../arrow/types.ts'
import type { ElementMethod, MacroMethod } from '../expression-method.ts'
import { literalNode, renameNode, type PolarsExpression } from '../expression.ts'
import { outputName } from '../outputs.ts'
import { optional, required, rest, type BoundArguments } from '../parameters.ts'
import type { Value } from '../values.ts'
import type { BuildCall } from './macros.ts'
import { element, self } from './elements.ts'
import { call, caseWhen, castTo } from '../lowered.ts'
import { polarsCast } from '../polars-cast.ts'
import { binaryExpression } from './operators.ts'
import { structOfFields } from './structs.ts'

const labelled = [
  optional('labels', 'any'),
  optional('left_closed', 'bool'),
  optional('allow_duplicates', 'bool'),
  optional('include_breaks', 'bool'),
]

/** What these are spelt with. */
export const binningParts: readonly ElementMethod[] = [
  // a text as one of the categories, which are compared by their places
  element('one_of', [rest('labels', 'columns')], (operands) => {
    const [value, ...labels] = operands.map((operand) => operand.expression)
    const values = labels.flatMap((label) =>
      label.kind === 'literal' && typeof label.value === 'string' ? [label.value] : [],
    )
    return castTo(value!, { kind: 'enum', values })
  }),
  // a float as Polars writes a break: `1` and `1.5`
  element('break_text', [], (operands) => {
    const value = castTo(self(operands), types.float64)
    const whole = castTo(castTo(value, types.int64, true), types.utf8)
    const isWhole = call('=', [value, call('trunc', [value])])
    return caseWhen([{ when: isWhole, then: whole }], castTo(value, types.utf8))
  }),
  element('edge_text', [], (operands) =>
    polarsCast(castTo(self(operands), types.float64), types.utf8, false),
  ),
  element(
    'break_and_category',
    [required('point', 'operand'), required('category', 'operand')],
    (operands) => {
      const [, point, category] = operands.map((operand) => operand.expression)
      return structOfFields([
        ['breakpoint', point!],
        ['category', category!],
      ])
    },
  ),
  element('histogram_row', [rest('parts', 'columns')], (operands, node) => {
    const [count, ...parts] = operands.map((operand) => operand.expression)
    const names = node.args.expressions('parts').map((part) => outputName(part, []))
    return structOfFields([...parts.map((part, i) => [names[i]!, part] as const), ['count', count!]])
  }),
  element('listed', [rest('others', 'columns')], (operands) =>
    call(
      'list_value',
      operands.map((operand) => operand.expression),
    ),
  ),
]

/** Methods that sort numbers into intervals. `invoke` calls a method by name. */
export function binningMethods(invoke: BuildCall): readonly MacroMethod[] {
  const text = (value: string) => literalNode(value, undefined, types.utf8)
  const float = (value: number) => literalNode(value, undefined, types.float64)

  /** The interval of each value; breaks are expressions, growing. */
  function intervals(
    self: PolarsExpression,
    args: BoundArguments,
    breaks: readonly PolarsExpression[],
    labels: readonly PolarsExpression[],
    isEnum = false,
  ): PolarsExpression {
    const isLeft = args.bool('left_closed', false)
    const isBelow = breaks.map((at) => binaryExpression(isLeft ? '<' : '<=', self, at, args.span))
    const picked = invoke(self, 'pick_label', [...isBelow, ...labels])
    const category = isEnum ? invoke(picked, 'one_of', labels) : picked
    if (!args.bool('include_breaks', false)) return category
    const points = invoke(self, 'pick_label', [...isBelow, ...breaks, float(Infinity)])
    return invoke(self, 'break_and_category', [points, category])
  }

  function givenLabels(args: BoundArguments, count: number): readonly PolarsExpression[] | null {
    if (!args.has('labels') || isNone(args.value('labels'))) return null
    const labels = args.strings('labels')
    if (labels.length !== count)
      throw args.invalid('labels', `${count} labels, one more than there are breaks`)
    return labels.map(text)
  }

  function computedLabels(breaks: readonly PolarsExpression[], isLeft: boolean): PolarsExpression[] {
    const [open, close] = isLeft ? ['[', ')'] : ['(', ']']
    const edges = [text('-inf'), ...breaks.map((at) => invoke(at, 'break_text')), text('inf')]
    const join = (a: PolarsExpression, b: PolarsExpression) => binaryExpression('+', a, b, a.span)
    return edges
      .slice(1)
      .map((edge, i) => join(join(join(join(text(open), edges[i]!), text(', ')), edge), text(close)))
  }

  return [
    {
      kind: 'macro',
      name: 'cut',
      params: [required('breaks', 'any'), ...labelled.filter(({ name }) => name !== 'allow_duplicates')],
      expand({ args, span }) {
        const breaks = numbersOf(args, 'breaks')
        const labels =
          givenLabels(args, breaks.length + 1) ??
          intervalLabels(breaks, args.bool('left_closed', false)).map(text)
        const expression = intervals(args.expression('self'), args, breaks.map(float), labels, true)
        return { ...expression, span }
      },
    },
    {
      kind: 'macro',
      name: 'qcut',
      params: [required('quantiles', 'any'), ...labelled],
      expand({ args, span }) {
        const self = args.expression('self')
        const breaks = sharesOf(args).map((share) =>
          invoke(invoke(self, 'cast_float'), 'quantile', [share, 'linear']),
        )
        const labels =
          givenLabels(args, breaks.length + 1) ?? computedLabels(breaks, args.bool('left_closed', false))
        return { ...intervals(self, args, breaks, labels), span }
      },
    },
    {
      kind: 'macro',
      name: 'hist',
      params: [
        optional('bins', 'any'),
        optional('bin_count', 'int'),
        optional('include_category', 'bool'),
        optional('include_breakpoint', 'bool'),
      ],
      expand({ args, span }) {
        const self = args.expression('self')
        const edges = args.has('bins') ? numbersOf(args, 'bins').map(float) : evenEdges(self, args)
        const counts = edges.slice(1).map((to, i) => {
          const isAbove = binaryExpression(i === 0 ? '>=' : '>', self, edges[i]!, span)
          return invoke(binaryExpression('&', isAbove, binaryExpression('<=', self, to, span), span), 'sum')
        })
        const [withPoint, withCategory] = [
          args.bool('include_breakpoint', false),
          args.bool('include_category', false),
        ]
        const rows = counts.map((count, i) => {
          if (!withPoint && !withCategory) return count
          const [open, close] = i === 0 ? ['[', ']'] : ['(', ']']
          const parts = [
            text(open),
            invoke(edges[i]!, 'edge_text'),
            text(', '),
            invoke(edges[i + 1]!, 'edge_text'),
            text(close),
          ]
          const category = parts.reduce((a, b) => binaryExpression('+', a, b, span))
          return invoke(count, 'histogram_row', [
            ...(withPoint ? [renameNode(edges[i + 1]!, () => 'breakpoint')] : []),
            ...(withCategory ? [renameNode(category, () => 'category')] : []),
          ])
        })
        return { ...invoke(invoke(rows[0]!, 'listed', rows.slice(1)), 'explode'), span }
      },
    },
  ]

  /** Edges of bins of one width between the least and the greatest value. */
  function evenEdges(self: PolarsExpression, args: BoundArguments): readonly PolarsExpression[] {
    const count = args.int('bin_count', 10)
    if (count < 1) throw args.invalid('bin_count', 'a number above 0')
    const values = invoke(self, 'cast_float')
    const [least, most] = [invoke(values, 'min'), invoke(values, 'max')]
    const width = binaryExpression('-', most, least, args.span)
    return Array.from({ length: count + 1 }, (_, i) => {
      if (i === 0) return least
      if (i === count) return most
      return binaryExpression(
        '+',
        least,
        binaryExpression('*', width, float(i / count), args.span),
        args.span,
      )
    })
  }
}

function isNone(value: Value | undefined): boolean {
  return value?.kind === 'scalar' && value.value === null
}

/** `[0.25, 0.5]`, or a number of shares of one size. */
function sharesOf(args: BoundArguments): readonly number[] {
  const given = args.value('quantiles')
  if (given?.kind === 'scalar' && typeof given.value === 'bigint') {
    const count = Number(given.value)
    if (count < 1) throw args.invalid('quantiles', 'a number above 0')
    return Array.from({ length: count - 1 }, (_, i) => (i + 1) / count)
  }
  const shares = numbersOf(args, 'quantiles')
  if (shares.some((share) => share < 0 || share > 1)) throw args.invalid('quantiles', 'numbers from 0 to 1')
  return shares
}

function numbersOf(args: BoundArguments, name: string): readonly number[] {
  const given: Value | undefined = args.value(name)
  const items = given?.kind === 'list' ? given.items : []
  const numbers = items.map((item) =>
    item.kind === 'scalar' && (typeof item.value === 'bigint' || typeof item.value === 'number')
      ? Number(item.value)
      : NaN,
  )
  const isGrowing = numbers.every((value, i) => !Number.isNaN(value) && (i === 0 || value > numbers[i - 1]!))
  if (numbers.length === 0 || !isGrowing) throw args.invalid(name, 'numbers that grow')
  return numbers
}

/** `(-inf, 1]`, `(1, 2]`, `(2, inf]`, as Polars calls them. */
function intervalLabels(breaks: readonly number[], isLeft: boolean): readonly string[] {
  const edges = ['-inf', ...breaks.map(String), 'inf']
  const [open, close] = isLeft ? ['[', ')'] : ['(', ']']
  return edges.slice(1).map((edge, i) => `${open}${edges[i]!}, ${edge}${close}`)
}
