import { isInteger, typeName, types } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { eachItem } from '../list-lambda.ts'
import { call, caseWhen, castTo, float64, int64, type Lowered } from '../lowered.ts'
import { required } from '../parameters.ts'
import { element, self } from './elements.ts'

/** NaN below 1 for the inverse hyperbolic cosine, beyond -1 to 1 for the tangent, infinite at its ends. */
function outsideNan(operand: Expression, fn: 'acosh' | 'atanh', beyond: '<' | '>'): Expression {
  const value = castTo(operand, types.float64)
  const measured = fn === 'atanh' ? call('abs', [value]) : value
  const isOutside = { when: call(beyond, [measured, float64(1)]), then: float64(NaN) }
  if (fn === 'acosh') return caseWhen([isOutside], call(fn, [value]))
  const infinite = call('*', [value, float64(Infinity)])
  const isEnd = { when: call('=', [measured, float64(1)]), then: infinite }
  return caseWhen([isOutside, isEnd], call(fn, [value]))
}

function bitCount(value: Expression, node: CallNode): Expression {
  if (value.type.kind === 'bool') return castTo(castTo(value, types.int32), types.uint32)
  if (!isInteger(value.type))
    throw new LakebookError('type', `\`${node.method.name}\` does not take ${typeName(value.type)}`, {
      span: node.span,
    })
  return castTo(call('bit_count', [value]), types.uint32)
}

/** So many digits that count, whatever the number's size. */
function roundedToFigures(operands: readonly Lowered[], node: CallNode): Expression {
  const given = self(operands)
  const digits = node.args.int('digits', 1)
  if (digits < 1) throw node.args.invalid('digits', 'a number above 0')
  const value = castTo(given, types.float64)
  const size = call('floor', [call('log10', [call('abs', [value])])])
  const scale = call('pow', [float64(10), call('-', [float64(digits - 1), size])])
  const rounded = call('div_float', [call('round', [call('*', [value, scale])]), scale])
  return castTo(caseWhen([{ when: call('=', [value, float64(0)]), then: value }], rounded), given.type)
}

/** Functions of numbers and their bits. */
export const numberMethods: readonly ElementMethod[] = [
  element('arccosh', [], (operands) => outsideNan(self(operands), 'acosh', '<')),
  element('arctanh', [], (operands) => outsideNan(self(operands), 'atanh', '>')),
  element('round_sig_figs', [required('digits', 'int')], roundedToFigures),
  element('bitwise_count_ones', [], (operands, node) => bitCount(self(operands), node)),
  element('bitwise_count_zeros', [], (operands, node) => {
    const value = self(operands)
    const bits = value.type.kind === 'bool' ? 1 : Number(/\d+$/.exec(value.type.kind)?.[0] ?? 0)
    return castTo(call('-', [int64(bits), castTo(bitCount(value, node), types.int64)]), types.uint32)
  }),
  element('repeat_by', [required('by', 'column')], (operands) => {
    const [value, count] = operands.map((operand) => operand.expression)
    const places = call('int_ranges', [int64(0), castTo(count!, types.int64), int64(1)])
    return eachItem(places, () => value!)
  }),
]
