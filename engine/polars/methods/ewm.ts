import { types } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { WindowMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { ascending } from '../frame.ts'
import { call, caseWhen, castTo, float64, int64, literal } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { RUNNING } from '../stage.ts'
import { fixedMicros, parseLength } from '../time-length.ts'
import { timeKey } from '../time-frame.ts'
import { self, windowMethod } from './windows.ts'

const DECAYS = ['com', 'span', 'half_life', 'alpha'] as const

/** The smoothing factor, from the one way in which it was given. */
function alphaOf({ args, method, span }: CallNode): number {
  const given = DECAYS.filter((name) => args.has(name) && !isNone(args.value(name)))
  const [way] = given
  if (way === undefined || given.length > 1) {
    throw new LakebookError(
      'invalid_argument',
      `\`${method.name}\` needs one of com, span, half_life and alpha`,
      {
        span,
      },
    )
  }
  const value = args.number(way, 0)
  const least = { com: value >= 0, span: value >= 1, half_life: value > 0, alpha: value > 0 && value <= 1 }
  if (!least[way]) {
    const wanted = {
      com: 'at least 0',
      span: 'at least 1',
      half_life: 'above 0',
      alpha: 'above 0 and at most 1',
    }
    throw args.invalid(way, `a number ${wanted[way]}`)
  }
  switch (way) {
    case 'com':
      return 1 / (1 + value)
    case 'span':
      return 2 / (value + 1)
    case 'half_life':
      return 1 - Math.exp(-Math.LN2 / value)
    case 'alpha':
      return value
  }
}

function isNone(value: ReturnType<CallNode['args']['value']>): boolean {
  return value?.kind === 'scalar' && value.value === null
}

/** The arguments of the window function behind. */
function weighing(
  value: Expression,
  alpha: Expression,
  flags: { readonly adjust: boolean; readonly ignoreNulls: boolean; readonly bias: boolean },
  least: number,
): Expression[] {
  const bool = (flag: boolean) => literal(flag, types.bool)
  return [
    castTo(value, types.float64),
    alpha,
    bool(flags.adjust),
    bool(flags.ignoreNulls),
    int64(least),
    bool(flags.bias),
  ]
}

function ewm(name: 'ewm_mean' | 'ewm_var' | 'ewm_std'): WindowMethod {
  const params = [
    ...DECAYS.map((way) => optional(way, 'number')),
    optional('adjust', 'bool'),
    ...(name === 'ewm_mean' ? [] : [optional('bias', 'bool')]),
    optional('min_samples', 'int'),
    optional('min_periods', 'int'),
    optional('ignore_nulls', 'bool'),
  ]
  return windowMethod(name, params, (lowering, node, scope) => {
    const { args } = node
    const value = self(lowering, node, scope)
    const flags = {
      adjust: args.bool('adjust', true),
      ignoreNulls: args.bool('ignore_nulls', false),
      bias: args.bool('bias', false),
    }
    const least = Math.max(1, args.int('min_samples', args.int('min_periods', 1)))
    const given = weighing(value, float64(alphaOf(node)), flags, least)
    const weighted = lowering.ordered(name, given, scope, RUNNING, { span: node.span })
    // one value alone has no spread that is known
    const seen = () => lowering.ordered('count', [value], scope, RUNNING)
    const mean =
      name === 'ewm_mean' || flags.bias
        ? weighted
        : caseWhen([{ when: call('>', [seen(), int64(1)]), then: weighted }], null)
    return value.type.kind === 'float32' ? castTo(mean, types.float32) : mean
  })
}

/** The weight of what came before falls by half with each `half_life` that passes between two values. */
const ewmMeanBy: WindowMethod = windowMethod(
  'ewm_mean_by',
  [required('by', 'column'), required('half_life', 'string')],
  (lowering, node, scope) => {
    const micros = fixedMicros(parseLength(node.args.string('half_life', ''), node.span))
    if (micros === null || micros <= 0n) throw node.args.invalid('half_life', 'a fixed length such as "2h"')
    const value = self(lowering, node, scope)
    const key = timeKey(lowering.row(node.args.expression('by'), scope))
    const isValue = call('is_not_null', [value])
    const spec = { partitionBy: scope.partition, orderBy: [ascending(key.expression)] }
    const at = caseWhen([{ when: isValue, then: key.expression }], null)
    const before = lowering.stage.window('lag', [at, int64(1)], spec, RUNNING, { ignoreNulls: true })
    const passed = castTo(call('-', [key.expression, before]), types.float64)
    const halves = call('div_float', [passed, float64(Number(micros))])
    const alpha = call('-', [float64(1), call('pow', [float64(0.5), halves])])
    const known = call('coalesce', [alpha, float64(1)])
    const flags = { adjust: false, ignoreNulls: true, bias: false }
    return lowering.stage.window('ewm_mean', weighing(value, known, flags, 1), spec, RUNNING)
  },
)

export const ewmMethods: readonly WindowMethod[] = [
  ewm('ewm_mean'),
  ewm('ewm_std'),
  ewm('ewm_var'),
  ewmMeanBy,
]
