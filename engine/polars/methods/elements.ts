import { isFloat, isInteger, typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { columnReference } from '../../plan/column-ids.ts'
import { freshPlan } from '../../plan/plan-tree.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode, PolarsExpression } from '../expression.ts'
import { projectFrame, withoutOrder, type Frame } from '../frame.ts'
import { call, caseWhen, castTo, float64, int64, literal, lowered, typeOf, type Lowered } from '../lowered.ts'
import { BoundArguments, optional, required, rest, type Parameter } from '../parameters.ts'
import { unify } from '../supertype.ts'
import type { Value } from '../values.ts'
import { polarsCast } from '../polars-cast.ts'
import { comparable, isNan, notNan } from './operators.ts'

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
    const limit = castTo(bound.expression, value.type)
    if (limit.kind === 'literal' && limit.value === null) continue
    const beyond = call(name === 'lower_bound' ? '<' : '>', [value, limit])
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

function isIn(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  const given = node.args.value('other')
  if (given?.kind === 'frame') return isInFrame(value.expression, given.frame, node)
  if (given?.kind !== 'list') {
    throw unsupported(
      'is_in of anything but a list or a column of a frame',
      node.span,
      'Write the values out as a list.',
    )
  }
  const constants = given.items.map((item) => constant(item, node))
  const known = constants.filter(
    (item) => !(item.expression.kind === 'literal' && item.expression.value === null),
  )
  const fallback = castTo(literal(null, types.null), types.bool)
  if (known.length === 0) {
    const empty = literal(false, types.bool)
    return value.expression.nullable
      ? caseWhen([{ when: call('is_null', [value.expression]), then: fallback }], empty)
      : empty
  }
  return call('in', unified([value, ...known], node))
}

function operandOf(expression: PolarsExpression): string {
  const isName = expression.kind === 'columns' && expression.selector.kind === 'names'
  return isName ? `pl.col("${expression.selector.names[0] ?? ''}")` : 'an expression'
}

/** Whether the value is in the row's own list, whose nulls count as nothing. */
const isInList: ElementMethod = element('is_in', [required('list', 'column')], (operands, node) => {
  const [value, list] = operands.map((operand) => operand.expression)
  if (list!.type.kind === 'list') return call('list_contains', [list!, castTo(value!, list!.type.item)])
  const name = operandOf(node.args.expression('list'))
  throw unsupported(
    `is_in of ${name}, which is no column of lists,`,
    node.span,
    'Write the values out as a list, or give a frame of one column, such as frame.select("x").',
  )
})

/** `is_in` of an expression, which is looked at row by row. */
function inExpression(node: CallNode): PolarsExpression {
  const given = node.args.value('other')
  if (given?.kind !== 'expression') return node
  const operands = new Map([
    ['self', { kind: 'expressions', expressions: node.args.expressions('self') } as const],
    ['list', { kind: 'expressions', expressions: [given.expression] } as const],
  ])
  return { ...node, method: isInList, args: new BoundArguments('is_in', node.span, operands) }
}

/** Whether the value is in the frame's only column, whose nulls count as nothing. */
function isInFrame(value: Expression, frame: Frame, node: CallNode): Expression {
  const [column, ...others] = frame.columns
  if (column === undefined || others.length > 0)
    throw node.args.invalid('other', 'a list, or a frame of one column')
  const common = unify([lowered(value), lowered(columnReference(column))])
  if (common === null) {
    throw new LakebookError(
      'type',
      `is_in looks for ${typeName(value.type)} among ${typeName(column.type)}`,
      {
        span: node.span,
        hint: 'Cast one of them with .cast(...).',
      },
    )
  }
  const [operand, item] = common.operands.map((one) => one.expression)
  const known: Frame = {
    ...frame,
    plan: { kind: 'filter', input: frame.plan, predicate: call('is_not_null', [columnReference(column)]) },
  }
  const { plan } = freshPlan(
    withoutOrder(projectFrame({ ...known, order: null }, [{ name: column.name, expression: item! }]).plan),
  )
  return { kind: 'subquery', form: 'in', plan, operand: operand!, type: types.bool, nullable: value.nullable }
}

/** A constant of the cell as an operand. */
export function constant(value: Value, node: CallNode): Lowered {
  if (value.kind === 'scalar') {
    const { value: item } = value
    if (typeof item === 'string') return { expression: literal(item, types.utf8), loose: false }
    if (typeof item === 'boolean') return { expression: literal(item, types.bool), loose: false }
    if (typeof item === 'bigint') return { expression: literal(item, types.int64), loose: true }
    if (typeof item === 'number') return { expression: float64(item), loose: true }
    return { expression: literal(null, types.null), loose: true }
  }
  if (value.kind === 'expression' && value.expression.kind === 'literal') {
    const { value: item, type } = value.expression
    if (type !== null) return { expression: literal(item, type), loose: false }
    return constant({ kind: 'scalar', value: item as null | bigint | number }, node)
  }
  throw unsupported('Anything but constants in this list', node.span)
}

/** Old and new values, as a dict or as two lists. */
function replacements(node: CallNode): { readonly from: Lowered; readonly to: Lowered }[] {
  const [old, fresh] = [node.args.value('old'), node.args.value('new')]
  if (old?.kind === 'dict')
    return old.entries.map(([from, to]) => ({ from: constant(from, node), to: constant(to, node) }))
  const from = old === undefined ? [] : old.kind === 'list' ? old.items : [old]
  const to = fresh === undefined ? [] : fresh.kind === 'list' ? fresh.items : from.map(() => fresh)
  if (from.length !== to.length)
    throw node.args.invalid('new', `${from.length} values, as many as \`old\` has`)
  return from.map((item, i) => ({ from: constant(item, node), to: constant(to[i]!, node) }))
}

function replace(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  return caseWhen(
    replacementBranches(value, node, { expression: value.expression, loose: false }),
    value.expression,
  )
}

function replaceStrict(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  const pairs = replacements(node)
  const otherwise = operands[1]
  const results = unified(
    [...pairs.map((pair) => pair.to), ...(otherwise === undefined ? [] : [otherwise])],
    node,
  )
  const branches = pairs.map((pair, i) => ({ when: sameAs(value, pair.from, node), then: results[i]! }))
  const last =
    otherwise === undefined
      ? castTo(literal(null, types.null), results[0]?.type ?? types.null)
      : results.at(-1)!
  const result = caseWhen(branches, last)
  return node.args.has('return_dtype') ? polarsCast(result, node.args.dtype('return_dtype'), true) : result
}

function sameAs(value: Lowered, from: Lowered, node: CallNode): Expression {
  const { expression } = from
  if (expression.kind === 'literal' && expression.value === null) return call('is_null', [value.expression])
  return call('=', comparable('replace', value, from, node))
}

function replacementBranches(value: Lowered, node: CallNode, kept: Lowered) {
  return replacements(node).map(({ from, to }) => {
    const type = kept.expression.type
    return { when: sameAs(value, from, node), then: castTo(to.expression, type) }
  })
}

function horizontal(name: string, fn: string): ElementMethod {
  return {
    ...element(name, [rest('exprs', 'columns')], (operands, node) => call(fn, unified(operands, node))),
    horizontal: true,
  }
}

function folded(name: string, fn: 'and' | 'or'): ElementMethod {
  return {
    ...element(name, [rest('exprs', 'columns')], (operands) =>
      operands
        .map((operand) => castTo(operand.expression, types.bool))
        .reduce((left, right) => call(fn, [left, right])),
    ),
    horizontal: true,
  }
}

/** Sum or mean of the operands that are not null. */
function totalHorizontal(
  operands: readonly Lowered[],
  node: CallNode,
): { readonly total: Expression; readonly count: Expression } {
  const numeric = operands.map((operand) =>
    operand.expression.type.kind === 'bool'
      ? { expression: castTo(operand.expression, types.uint32), loose: false }
      : operand,
  )
  const values = unified(numeric, node)
  const zero = (value: Expression) =>
    isFloat(value.type) ? literal(0, value.type) : castTo(literal(0n, types.int32), value.type)
  const total = values
    .map((value) => call('coalesce', [value, zero(value)]))
    .reduce((left, right) => call('+', [left, right]))
  const count = values
    .map((value) => caseWhen([{ when: call('is_not_null', [value]), then: int64(1) }], int64(0)))
    .reduce((left, right) => call('+', [left, right]))
  return { total, count }
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
  {
    ...element('is_in', [required('other', 'any'), optional('nulls_equal', 'bool')], isIn),
    unfold: inExpression,
  },
  element('fill_nan', [required('value', 'operand')], (operands, node) => {
    const [value, fill] = unified(operands, node)
    return isFloat(value!.type) ? caseWhen([{ when: isNan(value!), then: fill! }], value!) : value!
  }),
  element('replace', [required('old', 'any'), optional('new', 'any')], replace),
  element(
    'replace_strict',
    [
      required('old', 'any'),
      optional('new', 'any'),
      optional('default', 'operand'),
      optional('return_dtype', 'dtype'),
    ],
    replaceStrict,
  ),
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
  element('cast_float', [], (operands) => castTo(self(operands), types.float64)),
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

/** Functions of `pl` that work across columns. */
export const horizontalMethods: readonly ElementMethod[] = [
  horizontal('pl.coalesce', 'coalesce'),
  horizontal('pl.max_horizontal', 'greatest'),
  horizontal('pl.min_horizontal', 'least'),
  folded('pl.all_horizontal', 'and'),
  folded('pl.any_horizontal', 'or'),
  {
    ...element(
      'pl.sum_horizontal',
      [rest('exprs', 'columns')],
      (operands, node) => totalHorizontal(operands, node).total,
    ),
    horizontal: true,
  },
  {
    ...element('pl.mean_horizontal', [rest('exprs', 'columns')], (operands, node) => {
      const { total, count } = totalHorizontal(operands, node)
      const mean = call('div_float', [castTo(total, types.float64), castTo(count, types.float64)])
      return caseWhen([{ when: call('>', [count, int64(0)]), then: mean }], null)
    }),
    horizontal: true,
  },
  {
    ...element(
      'pl.concat_str',
      [rest('exprs', 'columns'), optional('separator', 'string'), optional('ignore_nulls', 'bool')],
      (operands, node) => {
        const separator = literal(node.args.string('separator', ''), types.utf8)
        const texts = operands.map((operand) => polarsCast(operand.expression, types.utf8, false))
        if (node.args.bool('ignore_nulls', false)) return call('concat_ws', [separator, ...texts])
        return texts.reduce((left, right) => call('||', [call('||', [left, separator]), right]))
      },
    ),
    horizontal: true,
  },
  {
    ...element('pl.concat_list', [rest('exprs', 'columns')], (operands, node) => {
      const lists = operands.some((operand) => typeOf(operand).kind === 'list')
      if (lists) return call('list_concat', unified(operands, node))
      return call('list_value', unified(operands, node))
    }),
    horizontal: true,
  },
]
