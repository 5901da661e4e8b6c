import { unsupported } from '../../errors.ts'
import type { MacroMethod } from '../expression-method.ts'
import { literalNode, renameNode, type PolarsExpression } from '../expression.ts'
import type { ColumnSelector } from '../selector.ts'
import { optional, required, rest, type Parameter } from '../parameters.ts'
import { nameFrom } from '../lambda-name.ts'
import { toExpression, type Value } from '../values.ts'
import { binaryExpression } from './operators.ts'

export type BuildCall = (
  receiver: PolarsExpression,
  name: string,
  args?: readonly (PolarsExpression | bigint | number | boolean | string)[],
) => PolarsExpression

/** Methods that others spell out. `invoke` calls a method by name. */
export function macroMethods(invoke: BuildCall): readonly MacroMethod[] {
  function macro(name: string, params: readonly Parameter[], expand: MacroMethod['expand']): MacroMethod {
    return { kind: 'macro', name, params, expand }
  }

  function over(a: PolarsExpression, op: '+' | '-' | '*' | '/' | '**', b: PolarsExpression | number) {
    return binaryExpression(op, a, typeof b === 'number' ? literalNode(b) : b, a.span)
  }

  function times(a: PolarsExpression, b: PolarsExpression) {
    return over(a, '*', b)
  }

  return [
    macro(
      'is_between',
      [required('lower_bound', 'column'), required('upper_bound', 'column'), optional('closed', 'string')],
      ({ args, span }) => {
        const closed = args.choice('closed', ['both', 'left', 'right', 'none'], 'both')
        const self = args.expression('self')
        const from = binaryExpression(
          closed === 'both' || closed === 'left' ? '>=' : '>',
          self,
          args.expression('lower_bound'),
          span,
        )
        const to = binaryExpression(
          closed === 'both' || closed === 'right' ? '<=' : '<',
          self,
          args.expression('upper_bound'),
          span,
        )
        return binaryExpression('&', from, to, span)
      },
    ),
    macro('diff', [optional('n', 'int'), optional('null_behavior', 'string')], ({ args, span }) => {
      const self = args.expression('self')
      const n = args.int('n', 1)
      const difference = binaryExpression('-', self, invoke(self, 'shift', [BigInt(n)]), span)
      if (args.choice('null_behavior', ['ignore', 'drop'], 'ignore') === 'ignore') return difference
      const count = invoke(difference, 'slice', [BigInt(Math.max(n, 0))])
      return n >= 0 ? count : invoke(difference, 'head', [BigInt(n)])
    }),
    macro('pct_change', [optional('n', 'int')], ({ args, span }) => {
      const self = args.expression('self')
      const before = invoke(self, 'shift', [BigInt(args.int('n', 1))])
      return binaryExpression('-', binaryExpression('/', self, before, span), literalNode(1), span)
    }),
    macro(
      'fill_null',
      [optional('value', 'operand'), optional('strategy', 'string'), optional('limit', 'int')],
      ({ args, span }) => {
        const self = args.expression('self')
        if (args.has('value')) return invoke(self, 'coalesce_with', [args.expression('value')])
        const strategy = args.choice(
          'strategy',
          ['forward', 'backward', 'min', 'max', 'mean', 'zero', 'one'],
          'forward',
        )
        switch (strategy) {
          case 'forward':
          case 'backward':
            return invoke(self, `${strategy}_fill`, args.has('limit') ? [BigInt(args.int('limit', 0))] : [])
          case 'zero':
          case 'one':
            return invoke(self, 'coalesce_with', [literalNode(strategy === 'zero' ? 0n : 1n, span)])
          default:
            return invoke(self, 'coalesce_same', [invoke(self, strategy)])
        }
      },
    ),
    macro(
      'search_sorted',
      [required('element', 'any'), optional('side', 'string'), optional('descending', 'bool')],
      ({ args, span }) => {
        const side = args.choice('side', ['any', 'left', 'right'], 'any')
        const than = args.bool('descending', false) ? '>' : '<'
        const placeOf = (element: Value) =>
          invoke(
            binaryExpression(
              side === 'right' ? `${than}=` : than,
              args.expression('self'),
              toExpression(element, 'literal', span),
              span,
            ),
            'sum',
          )
        const given = args.value('element')!
        if (given.kind !== 'list') return placeOf(given)
        const [first, ...others] = given.items.map(placeOf)
        if (first === undefined) throw args.invalid('element', 'a value, or a list of values')
        return invoke(invoke(first, 'listed', others), 'explode')
      },
    ),
    ...(['and_', 'or_'] as const).map((name) =>
      macro(name, [rest('others', 'operand')], ({ args, span }) =>
        args
          .expressions('others')
          .reduce(
            (left, right) => binaryExpression(name === 'and_' ? '&' : '|', left, right, span),
            args.expression('self'),
          ),
      ),
    ),
    macro(
      'is_close',
      [required('other', 'column'), optional('abs_tol', 'number'), optional('rel_tol', 'number')],
      ({ args, span }) => {
        const [self, other] = [args.expression('self'), args.expression('other')]
        const difference = invoke(binaryExpression('-', self, other, span), 'abs')
        const largest = over(invoke(other, 'abs'), '*', args.number('rel_tol', 1e-9))
        const allowed = over(largest, '+', args.number('abs_tol', 0))
        return binaryExpression('<=', difference, allowed, span)
      },
    ),
    macro('entropy', [optional('base', 'number'), optional('normalize', 'bool')], ({ args }) => {
      const self = args.expression('self')
      const share = args.bool('normalize', true) ? over(self, '/', invoke(self, 'sum')) : self
      const logarithm = invoke(share, 'log', args.has('base') ? [args.number('base', Math.E)] : [])
      return invoke(invoke(times(share, logarithm), 'sum'), 'neg')
    }),
    macro('dot', [required('other', 'column')], ({ args, span }) =>
      invoke(binaryExpression('*', args.expression('self'), args.expression('other'), span), 'sum'),
    ),
    macro('alias', [required('name', 'string')], ({ args }) =>
      renameNode(args.expression('self'), () => args.string('name', '')),
    ),
    macro('name.alias', [required('name', 'string')], ({ args }) =>
      renameNode(args.expression('self'), () => args.string('name', '')),
    ),
    macro('name.suffix', [required('suffix', 'string')], ({ args }) =>
      renameNode(args.expression('self'), (name) => name + args.string('suffix', '')),
    ),
    macro('name.prefix', [required('prefix', 'string')], ({ args }) =>
      renameNode(args.expression('self'), (name) => args.string('prefix', '') + name),
    ),
    macro('name.to_uppercase', [], ({ args }) =>
      renameNode(args.expression('self'), (name) => name.toUpperCase()),
    ),
    macro('name.to_lowercase', [], ({ args }) =>
      renameNode(args.expression('self'), (name) => name.toLowerCase()),
    ),
    macro('name.map', [required('function', 'any')], ({ args, span }) => {
      const lambda = args.value('function')
      if (lambda?.kind !== 'lambda') throw args.invalid('function', 'a lambda')
      return renameNode(args.expression('self'), (name) => nameFrom(lambda, name, span))
    }),
    macro(
      'name.replace',
      [required('pattern', 'string'), required('value', 'string'), optional('literal', 'bool')],
      ({ args }) => {
        const [pattern, value] = [args.string('pattern', ''), args.string('value', '')]
        const found = args.bool('literal', false) ? pattern : new RegExp(pattern, 'gu')
        return renameNode(args.expression('self'), (name) => name.replaceAll(found, () => value))
      },
    ),
    macro('name.keep', [], ({ args }) => withoutRenames(args.expression('self'))),
    macro('suffix', [required('suffix', 'string')], ({ args }) =>
      renameNode(args.expression('self'), (name) => name + args.string('suffix', '')),
    ),
    macro('prefix', [required('prefix', 'string')], ({ args }) =>
      renameNode(args.expression('self'), (name) => args.string('prefix', '') + name),
    ),
    macro('exclude', [rest('columns', 'any')], ({ args, span }) => {
      const self = args.expression('self')
      if (self.kind !== 'columns')
        throw unsupported('`exclude` here', span, 'Write pl.all().exclude("a") or pl.exclude("a").')
      return { ...self, selector: { kind: 'difference', left: self.selector, right: excluded(args) } }
    }),
  ]
}

function withoutRenames(node: PolarsExpression): PolarsExpression {
  return node.kind === 'rename' ? withoutRenames(node.input) : node
}

function excluded(args: { strings(name: string): readonly string[] }) {
  const parts = args
    .strings('columns')
    .map((name) =>
      name.startsWith('^') && name.endsWith('$')
        ? ({ kind: 'pattern', pattern: name } as const)
        : ({ kind: 'names', names: [name], required: false } as const),
    )
  return parts.reduce<ColumnSelector>((left, right) => ({ kind: 'union', left, right }), {
    kind: 'names',
    names: [],
    required: false,
  })
}
