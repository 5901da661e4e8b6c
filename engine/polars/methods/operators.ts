import { isFloat, isInteger, isNumeric, typeName, types, type DataType } from '../../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { BinaryOperator } from '../ast.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode, PolarsExpression } from '../expression.ts'
import { eachItem } from '../list-lambda.ts'
import { call, caseWhen, castTo, int64, literal, lowered, typeOf, type Lowered } from '../lowered.ts'
import { BoundArguments, required } from '../parameters.ts'
import { micros } from './time-micros.ts'
import { meetingType, unify } from '../supertype.ts'

type Apply = (left: Lowered, right: Lowered, node: CallNode) => Expression

function binaryMethod(name: string, apply: Apply): ElementMethod {
  return {
    kind: 'element',
    name,
    params: [required('other', 'operand')],
    apply([left, right], node) {
      return { expression: apply(left!, right!, node), loose: left!.loose && right!.loose }
    },
  }
}

function refuse(name: string, left: Lowered, right: Lowered, node: CallNode, hint?: string): LakebookError {
  return new LakebookError(
    'type',
    `\`${name}\` does not take ${typeName(typeOf(left))} and ${typeName(typeOf(right))}`,
    {
      span: node.span,
      hint: hint ?? 'Cast one of them with .cast(...).',
    },
  )
}

function isTemporal(type: DataType): boolean {
  return type.kind === 'date' || type.kind === 'timestamp'
}

/** Both operands as numbers of one type. */
function numbers(
  name: string,
  left: Lowered,
  right: Lowered,
  node: CallNode,
): readonly [Expression, Expression, DataType] {
  let type = meetingType(left, right)
  if (type?.kind === 'bool' || type?.kind === 'null') type = types.int64
  if (type === null || !isNumeric(type)) throw refuse(name, left, right, node)
  return [castTo(left.expression, type), castTo(right.expression, type), type]
}

/** Microseconds between two points in time. */
function timeBetween(left: Expression, right: Expression): Expression {
  const instants = [left, right].map((side) =>
    side.type.kind === 'date' ? castTo(side, types.timestamp) : side,
  )
  return call('duration_between', instants)
}

function add(left: Lowered, right: Lowered, node: CallNode): Expression {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (a.kind === 'utf8' || b.kind === 'utf8') {
    const unified = unify([left, right])
    if (unified?.type.kind !== 'utf8')
      throw refuse('+', left, right, node, 'Cast the other side with .cast(pl.String).')
    return call(
      '||',
      unified.operands.map((operand) => operand.expression),
    )
  }
  if (b.kind === 'duration' && (isTemporal(a) || a.kind === 'duration'))
    return call('+', [left.expression, right.expression])
  if (a.kind === 'duration' && isTemporal(b)) return call('+', [right.expression, left.expression])
  if (a.kind === 'bool' && b.kind === 'bool')
    return call(
      '+',
      [left, right].map((side) => castTo(side.expression, types.uint32)),
    )
  const [x, y] = numbers('+', left, right, node)
  return call('+', [x, y])
}

function refuseBools(name: string, left: Lowered, right: Lowered, node: CallNode): void {
  if (typeOf(left).kind === 'bool' && typeOf(right).kind === 'bool')
    throw refuse(name, left, right, node, 'Use &, | and ^, or cast with .cast(pl.Int64).')
}

function subtract(left: Lowered, right: Lowered, node: CallNode): Expression {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (isTemporal(a) && isTemporal(b)) return timeBetween(left.expression, right.expression)
  if (b.kind === 'duration' && (isTemporal(a) || a.kind === 'duration'))
    return call('-', [left.expression, right.expression])
  refuseBools('-', left, right, node)
  const [x, y] = numbers('-', left, right, node)
  return call('-', [x, y])
}

function multiply(left: Lowered, right: Lowered, node: CallNode): Expression {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (a.kind === 'duration' && isInteger(b))
    return call('*', [left.expression, castTo(right.expression, types.int64)])
  if (b.kind === 'duration' && isInteger(a))
    return call('*', [right.expression, castTo(left.expression, types.int64)])
  refuseBools('*', left, right, node)
  const [x, y] = numbers('*', left, right, node)
  return call('*', [x, y])
}

function divide(left: Lowered, right: Lowered, node: CallNode): Expression {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (a.kind === 'duration' && b.kind === 'duration') {
    return call(
      'div_float',
      [micros(left.expression), micros(right.expression)].map((side) => castTo(side, types.float64)),
    )
  }
  if (a.kind === 'duration' && isInteger(b)) {
    const length = call('floordiv', [micros(left.expression), castTo(right.expression, types.int64)])
    return call('*', [literal(1n, types.duration), length])
  }
  const [x, y, type] = numbers('/', left, right, node)
  const float = type.kind === 'float32' ? types.float32 : types.float64
  return call('div_float', [castTo(x, float), castTo(y, float)])
}

function power(left: Lowered, right: Lowered, node: CallNode): Expression {
  const [base, exponent, type] = numbers('**', left, right, node)
  const { expression } = right
  if (
    isInteger(typeOf(left)) &&
    expression.kind === 'literal' &&
    typeof expression.value === 'bigint' &&
    expression.value >= 0n
  ) {
    return integerPower(castTo(left.expression, typeOf(left)), Number(expression.value), node)
  }
  const isWhole = isInteger(typeOf(left)) && isInteger(typeOf(right))
  const checked = isWhole ? notNegative(exponent, node) : exponent
  const result = call('pow', [castTo(base, types.float64), castTo(checked, types.float64)])
  return castTo(result, isInteger(type) ? typeOf(left) : type)
}

/** A whole number to a power below 0 is none, which fails the query as in Polars. */
function notNegative(exponent: Expression, node: CallNode): Expression {
  const message = literal('a whole number to a power below 0: cast it with .cast(pl.Float64)', types.utf8)
  const isRight = call('coalesce', [call('>=', [exponent, int64(0)]), literal(true, types.bool)])
  return call('ensure', [exponent, isRight, message], node.span)
}

/** Exact, by repeated multiplication. */
function integerPower(base: Expression, exponent: number, node: CallNode): Expression {
  if (exponent > 63)
    throw new LakebookError('invalid_argument', 'A whole power above 63 does not fit', { span: node.span })
  if (exponent === 0) return literal(1n, base.type)
  if (exponent === 1) return base
  const half = integerPower(base, exponent >> 1, node)
  const square = castTo(call('*', [half, half]), base.type)
  return exponent % 2 === 0 ? square : castTo(call('*', [square, base]), base.type)
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '==': '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/** A text that is compared with an enum is one of its categories. */
function amongCategories(side: Lowered, other: DataType): Lowered {
  const isCategory = other.kind === 'enum' && typeOf(side).kind === 'utf8'
  return isCategory ? lowered(castTo(side.expression, other)) : side
}

/** Both sides as one type. Throws `type` when they cannot be compared. */
export function comparable(
  name: string,
  left: Lowered,
  right: Lowered,
  node: CallNode,
): readonly [Expression, Expression] {
  const unified = unify([amongCategories(left, typeOf(right)), amongCategories(right, typeOf(left))])
  if (unified === null) {
    const kinds = [typeOf(left).kind, typeOf(right).kind]
    const hint =
      kinds.includes('utf8') && kinds.some((kind) => kind === 'date' || kind === 'timestamp')
        ? 'Write a date as pl.date(2024, 1, 31), a time as pl.datetime(2024, 1, 31, 12), or turn text into one with .str.to_date().'
        : undefined
    throw refuse(name, left, right, node, hint)
  }
  return [unified.operands[0]!.expression, unified.operands[1]!.expression]
}

function logical(name: string, fn: 'and' | 'or', bits: string): ElementMethod {
  return binaryMethod(name, (left, right, node) => {
    const [a, b] = [typeOf(left), typeOf(right)]
    if (isInteger(a) && isInteger(b)) {
      const [x, y] = numbers(name, left, right, node)
      return call(bits, [x, y])
    }
    if (![a, b].every((type) => type.kind === 'bool' || type.kind === 'null')) {
      throw refuse(
        name,
        left,
        right,
        node,
        `Put comparisons in brackets: (pl.col("x") > 1) ${name} (pl.col("y") < 2).`,
      )
    }
    return call(fn, [castTo(left.expression, types.bool), castTo(right.expression, types.bool)])
  })
}

const exclusiveOr = binaryMethod('^', (left, right, node) => {
  if (isInteger(typeOf(left)) && isInteger(typeOf(right))) {
    const [x, y] = numbers('^', left, right, node)
    return call('xor', [x, y])
  }
  const [x, y] = comparable('^', left, right, node)
  return call('<>', [x, y])
})

/** Between lists item by item, between a list and a number with each item. */
function throughLists(apply: Apply): Apply {
  return (left, right, node) => {
    const [a, b] = [typeOf(left), typeOf(right)]
    if (a.kind !== 'list' && b.kind !== 'list') return apply(left, right, node)
    if (a.kind !== 'list') return eachItem(right.expression, (item) => apply(left, lowered(item), node))
    if (b.kind !== 'list') return eachItem(left.expression, (item) => apply(lowered(item), right, node))
    const lengths = [left, right].map((side) => call('len', [side.expression]))
    const isSame = call('coalesce', [call('=', lengths), literal(true, types.bool)])
    const message = literal(`\`${node.method.name}\` meets lists of different lengths`, types.utf8)
    const checked = call('ensure', [left.expression, isSame, message], node.span)
    const made = eachItem(checked, (item, place) => {
      const other = call('list_get', [right.expression, call('-', [place, int64(1)])])
      return apply(lowered(item), lowered(other), node)
    })
    const isMissing = call('is_null', [right.expression])
    return caseWhen([{ when: isMissing, then: literal(null, made.type) }], made)
  }
}

const binaryMethods: Readonly<Record<string, ElementMethod>> = {
  '+': binaryMethod('+', throughLists(add)),
  '-': binaryMethod('-', throughLists(subtract)),
  '*': binaryMethod('*', throughLists(multiply)),
  '/': binaryMethod('/', throughLists(divide)),
  '//': binaryMethod(
    '//',
    throughLists((left, right, node) => {
      const [x, y] = numbers('//', left, right, node)
      return call('floordiv', [x, y])
    }),
  ),
  '%': binaryMethod(
    '%',
    throughLists((left, right, node) => {
      const [x, y] = numbers('%', left, right, node)
      return call('pl_mod', [x, y])
    }),
  ),
  '**': binaryMethod('**', power),
  '&': logical('&', 'and', '&'),
  '|': logical('|', 'or', '|'),
  '^': exclusiveOr,
  ...Object.fromEntries(
    Object.entries(COMPARISONS).map(([name, fn]) => [
      name,
      binaryMethod(name, (left, right, node) => call(fn, comparable(name, left, right, node))),
    ]),
  ),
}

/** The same operators spelt as methods. */
const SPELT: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  truediv: '/',
  floordiv: '//',
  mod: '%',
  pow: '**',
  xor: '^',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

export const operatorMethods: readonly ElementMethod[] = Object.entries(SPELT).map(([name, operator]) => ({
  ...binaryMethods[operator]!,
  name,
}))

function nodeOf(
  method: ElementMethod,
  operands: readonly PolarsExpression[],
  span: SourceSpan | undefined,
): CallNode {
  const args = new BoundArguments(
    method.name,
    span,
    new Map([['operands', { kind: 'expressions', expressions: operands }]]),
  )
  return { kind: 'call', method, args, span }
}

export function binaryExpression(
  op: Exclude<BinaryOperator, 'and' | 'or'>,
  left: PolarsExpression,
  right: PolarsExpression,
  span?: SourceSpan,
): CallNode {
  return nodeOf(binaryMethods[op]!, [left, right], span)
}

const negate: ElementMethod = {
  kind: 'element',
  name: '-',
  params: [],
  apply([operand]) {
    const { expression, loose } = operand!
    if (expression.kind === 'literal') {
      if (typeof expression.value === 'bigint')
        return { expression: { ...expression, value: -expression.value }, loose }
      if (typeof expression.value === 'number')
        return { expression: { ...expression, value: -expression.value }, loose }
    }
    return { expression: call('negate', [expression]), loose: false }
  },
}

const invert: ElementMethod = {
  kind: 'element',
  name: '~',
  params: [],
  apply([operand], node) {
    const { expression } = operand!
    if (isInteger(expression.type))
      return { expression: call('-', [call('negate', [expression]), int64(1)]), loose: false }
    if (expression.type.kind !== 'bool' && expression.type.kind !== 'null') {
      throw new LakebookError('type', `\`~\` does not take ${typeName(expression.type)}`, {
        span: node.span,
        hint: 'Put the comparison in brackets: ~(pl.col("x") > 1).',
      })
    }
    return { expression: call('not', [castTo(expression, types.bool)]), loose: false }
  },
}

export function negateExpression(operand: PolarsExpression, span?: SourceSpan): CallNode {
  return nodeOf(negate, [operand], span)
}

export function invertExpression(operand: PolarsExpression, span?: SourceSpan): CallNode {
  return nodeOf(invert, [operand], span)
}

export function isNan(value: Expression): Expression {
  return isFloat(value.type)
    ? call('isnan', [value])
    : caseWhen([{ when: call('is_not_null', [value]), then: literal(false, types.bool) }], null)
}

export function notNan(value: Expression): Expression {
  return isFloat(value.type) ? call('not', [call('isnan', [value])]) : literal(true, types.bool)
}
