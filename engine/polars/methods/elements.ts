import { isFloat, isInteger, typeName, types } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, float64, literal, typeOf, type Lowered } from '../lowered.ts'
import { optional, required, rest, type Parameter } from '../parameters.ts'
import { unify } from '../supertype.ts'
import { polarsCast } from '../polars-cast.ts'
import { comparable, isNan, notNan } from './operators.ts'
import { isTimeLike, numberAsTime, timeNumber } from './time-numbers.ts'

type Apply = (operands: readonly Lowered[], call: CallNode) => Expression

export function element(name: string, params: readonly Parameter[], apply: Apply): ElementMethod {
  return {
    kind: 'element',
    name,
    params,
    apply: (operands, node) => ({ expression: apply(operands, node), loose: false }),
  }
}

export function self(operands: readonly Lowered[]): Expression {
  return operands[0]!.expression
}

/** All operands as one type. Throws `type` when there is none. */
export function unified(operands: readonly Lowered[], node: CallNode): readonly Expression[] {
  const found = unify(operands)
  if (found === null) {
    const kinds = [...new Set(operands.map((operand) => typeName(typeOf(operand))))].join(' and ')
    throw new LakebookError('type', `\`${node.method.name}\` finds no type in common for ${kinds}`, {
      span: node.span,
      hint: 'Cast them to one type with .cast(...).',
    })
  }
  return found.operands.map((operand) => operand.expression)
}

/** A function over float64. Where SQL would refuse a value, the result is NaN, or `atZero` for 0. */
function math(
  name: string,
  fn = name,
  domain: { readonly atZero?: number; readonly most?: number } | null = null,
): ElementMethod {
  return element(name, [], ([operand]) =>
    throughFloat64(operand!.expression, (value) => domainChecked(fn, value, domain)),
  )
}

/** The function's result is as wide as what it was asked of. */
function throughFloat64(value: Expression, compute: (value: Expression) => Expression): Expression {
  const result = compute(castTo(value, types.float64))
  return value.type.kind === 'float32' ? castTo(result, types.float32) : result
}

function domainChecked(
  fn: string,
  value: Expression,
  domain: { readonly atZero?: number; readonly most?: number } | null,
): Expression {
  const result = call(fn, [value])
  if (domain === null) return result
  const { atZero, most } = domain
  const outside =
    most === undefined ? call('<', [value, float64(0)]) : call('>', [call('abs', [value]), float64(most)])
  const branches = [{ when: outside, then: float64(NaN) }]
  if (atZero !== undefined) branches.push({ when: call('=', [value, float64(0)]), then: float64(atZero) })
  return caseWhen(branches, result)
}

const LOGARITHM = { atZero: -Infinity }
/** NaN of what is infinite. */
const ANGLE = { most: Number.MAX_VALUE }

function rounding(name: string): ElementMethod {
  return element(name, [], (operands) => {
    const value = self(operands)
    return isInteger(value.type) ? value : castTo(call(name, [value]), value.type)
  })
}

function sign(operands: readonly Lowered[]): Expression {
  const value = self(operands)
  const [one, zero] = isFloat(value.type)
    ? [literal(1, value.type), literal(0, value.type)]
    : [literal(1n, value.type), literal(0n, value.type)]
  const minusOne = isFloat(value.type) ? literal(-1, value.type) : literal(-1n, value.type)
  const branches = [
    ...(isFloat(value.type) ? [{ when: isNan(value), then: value }] : []),
    { when: call('>', [value, zero]), then: one },
    { when: call('<', [value, zero]), then: minusOne },
  ]
  return caseWhen(branches, value)
}

function clip(operands: readonly Lowered[], node: CallNode): Expression {
  const bounds = new Map<string, Lowered>()
  const names = ['lower_bound', 'upper_bound'].filter((name) => node.args.expressions(name).length > 0)
  names.forEach((name, i) => bounds.set(name, operands[i + 1]!))
  let value = self(operands)
  for (const [name, bound] of bounds) {
    const limit = polarsCast(bound.expression, value.type, false)
    if (limit.kind === 'literal' && limit.value === null) continue
    // NaN stays, though it comes after every number
    const isPast = call(name === 'lower_bound' ? '<' : '>', [value, limit])
    const beyond = isFloat(value.type) ? call('and', [isPast, notNan(value)]) : isPast
    value = caseWhen([{ when: beyond, then: limit }], value)
  }
  return value
}

function roundedToEven(value: Expression): Expression {
  const isTie = call('=', [call('-', [value, call('floor', [value])]), float64(0.5)])
  const even = call('*', [call('round', [call('*', [value, float64(0.5)])]), float64(2)])
  return caseWhen([{ when: isTie, then: even }], call('round', [value]))
}

/** Ties go to the even digit, as Polars rounds. */
function round(operands: readonly Lowered[], node: CallNode): Expression {
  const value = self(operands)
  if (isInteger(value.type)) return value
  const decimals = node.args.int('decimals', 0)
  const mode = node.args.choice('mode', ['half_to_even', 'half_away_from_zero'], 'half_to_even')
  if (value.type.kind === 'decimal') return call('round', [value, literal(BigInt(decimals), types.int32)])
  const scale = float64(10 ** decimals)
  const scaled =
    decimals === 0 ? castTo(value, types.float64) : call('*', [castTo(value, types.float64), scale])
  const whole = mode === 'half_to_even' ? roundedToEven(scaled) : call('round', [scaled])
  return castTo(decimals === 0 ? whole : call('div_float', [whole, scale]), value.type)
}

export const elementMethods: readonly ElementMethod[] = [
  element('cast', [required('dtype', 'dtype'), optional('strict', 'bool')], (operands, node) =>
    polarsCast(self(operands), node.args.dtype('dtype'), !node.args.bool('strict', true)),
  ),
  element('is_null', [], (operands) => call('is_null', [self(operands)])),
  element('is_not_null', [], (operands) => call('is_not_null', [self(operands)])),
  element('is_nan', [], (operands) => isNan(self(operands))),
  element('is_not_nan', [], (operands) => notNan(self(operands))),
  element('is_finite', [], (operands) => call('isfinite', [castTo(self(operands), types.float64)])),
  element('is_infinite', [], (operands) => call('isinf', [castTo(self(operands), types.float64)])),
  element('not_', [], (operands) => call('not', [self(operands)])),
  element('neg', [], (operands) => call('negate', [self(operands)])),
  element('abs', [], (operands) =>
    self(operands).type.kind.startsWith('uint')
      ? self(operands)
      : castTo(call('abs', [self(operands)]), self(operands).type),
  ),
  element('sign', [], sign),
  element('clip', [optional('lower_bound', 'operand'), optional('upper_bound', 'operand')], clip),
  element('round', [optional('decimals', 'int'), optional('mode', 'string')], round),
  rounding('floor'),
  rounding('ceil'),
  math('sqrt', 'sqrt', {}),
  math('cbrt'),
  math('exp'),
  math('sin', 'sin', ANGLE),
  math('cos', 'cos', ANGLE),
  math('tan', 'tan', ANGLE),
  math('arcsin', 'asin', { most: 1 }),
  math('arccos', 'acos', { most: 1 }),
  math('arctan', 'atan'),
  math('degrees'),
  math('radians'),
  math('log10', 'log10', LOGARITHM),
  math('log2', 'log2', LOGARITHM),
  math('sinh'),
  math('cosh'),
  math('tanh'),
  math('expm1'),
  math('log1p'),
  element('cot', [], ([operand]) =>
    throughFloat64(operand!.expression, (value) =>
      call('div_float', [float64(1), domainChecked('tan', value, ANGLE)]),
    ),
  ),
  math('arcsinh', 'asinh'),
  element('log', [optional('base', 'number')], (operands, node) => {
    const natural = domainChecked('ln', castTo(self(operands), types.float64), LOGARITHM)
    return node.args.has('base')
      ? call('div_float', [natural, float64(Math.log(node.args.number('base', Math.E)))])
      : natural
  }),
  element('eq_missing', [required('other', 'operand')], (operands, node) =>
    call('is_not_distinct_from', comparable('eq_missing', operands[0]!, operands[1]!, node)),
  ),
  element('ne_missing', [required('other', 'operand')], (operands, node) =>
    call('is_distinct_from', comparable('ne_missing', operands[0]!, operands[1]!, node)),
  ),
  element('fill_nan', [required('value', 'operand')], (operands, node) => {
    const [value, fill] = unified(operands, node)
    return isFloat(value!.type) ? caseWhen([{ when: isNan(value!), then: fill! }], value!) : value!
  }),
  element('set_sorted', [optional('descending', 'bool')], (operands) => self(operands)),
  element('rechunk', [], (operands) => self(operands)),
  element('to_physical', [], (operands) => {
    const value = self(operands)
    switch (value.type.kind) {
      case 'date':
        return polarsCast(value, types.int32, false)
      case 'enum':
        return castTo(value, types.uint32)
      case 'timestamp':
      case 'duration':
      case 'time':
        return polarsCast(value, types.int64, false)
      default:
        return value
    }
  }),
]

/** What other methods are spelt with; not for cells. */
export const innerMethods: readonly ElementMethod[] = [
  element('coalesce_with', [required('value', 'operand')], (operands, node) =>
    call('coalesce', unified(operands, node)),
  ),
  element('coalesce_same', [required('value', 'operand')], ([own, value]) =>
    call('coalesce', [own!.expression, polarsCast(value!.expression, own!.expression.type, false)]),
  ),
  element('where_more', [required('count', 'operand'), required('than', 'operand')], (operands) => {
    const [value, count, than] = operands.map((operand) =>
      castTo(operand.expression, operand.expression.type),
    )
    return caseWhen([{ when: call('>', [count!, than!]), then: value! }], null)
  }),
  // times as their microseconds
  element('cast_float', [], (operands) => {
    const value = self(operands)
    return castTo(isTimeLike(value.type) ? timeNumber(value) : value, types.float64)
  }),
  element('as_time_of', [required('like', 'operand')], (operands) => {
    const [number, like] = operands.map((operand) => operand.expression)
    return isTimeLike(like!.type) ? numberAsTime(number!, like!.type) : number!
  }),
  element('cast_index', [], (operands) => castTo(self(operands), types.uint32)),
  element('cast_whole', [], (operands) => castTo(self(operands), types.int64)),
  {
    ...element('pick_label', [rest('parts', 'columns')], (operands) => {
      const [value, ...parts] = operands.map((operand) => operand.expression)
      const count = (parts.length - 1) / 2
      const branches = parts.slice(0, count).map((when, i) => ({ when, then: parts[count + i]! }))
      const label = caseWhen(branches, parts.at(-1)!)
      return value!.nullable ? caseWhen([{ when: call('is_not_null', [value!]), then: label }], null) : label
    }),
  },
]
