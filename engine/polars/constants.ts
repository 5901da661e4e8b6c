import { LakebookError, type SourceSpan } from '../errors.ts'
import type { BinaryOperator, UnaryOperator } from './ast.ts'
import { MOST_BITS, tooManyBits } from './constant-size.ts'
import { describeValue, type ScalarValue } from './values.ts'

function refuse(op: string, values: readonly ScalarValue[], span: SourceSpan | undefined): LakebookError {
  const shown = values.map((value) => describeValue({ kind: 'scalar', value })).join(' and ')
  return new LakebookError('type', `\`${op}\` does not take ${shown}`, { span })
}

/** An operator before a Python constant. */
export function foldUnary(op: UnaryOperator, value: ScalarValue, span: SourceSpan | undefined): ScalarValue {
  if (op === 'not') return !isTrue(value)
  const number = typeof value === 'boolean' ? BigInt(value) : value
  if (typeof number === 'bigint') return op === '-' ? -number : op === '~' ? -number - 1n : number
  if (typeof number === 'number' && op !== '~') return op === '-' ? -number : number
  throw refuse(op, [value], span)
}

function isTrue(value: ScalarValue): boolean {
  return Boolean(value)
}

/** An operator between two Python constants. */
export function foldBinary(
  op: BinaryOperator,
  left: ScalarValue,
  right: ScalarValue,
  span: SourceSpan | undefined,
): ScalarValue {
  if (op === 'and') return isTrue(left) ? right : left
  if (op === 'or') return isTrue(left) ? left : right
  if (op === '==') return equal(left, right)
  if (op === '!=') return !equal(left, right)
  if (typeof left === 'string' && typeof right === 'string') {
    if (op === '+') return left + right
    const order = left < right ? -1 : left > right ? 1 : 0
    const compared = compare(op, order)
    if (compared !== null) return compared
    throw refuse(op, [left, right], span)
  }
  const [a, b] = [left, right].map((value) => (typeof value === 'boolean' ? BigInt(value) : value))
  if (typeof a === 'bigint' && typeof b === 'bigint') return wholeNumbers(op, a, b, span)
  if (isNumber(a) && isNumber(b)) return floats(op, Number(a), Number(b), span)
  throw refuse(op, [left, right], span)
}

function isNumber(value: ScalarValue | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function equal(left: ScalarValue, right: ScalarValue): boolean {
  return isNumber(left) && isNumber(right) ? Number(left) === Number(right) : left === right
}

function compare(op: BinaryOperator, order: number): boolean | null {
  switch (op) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return null
  }
}

function wholeNumbers(op: BinaryOperator, a: bigint, b: bigint, span: SourceSpan | undefined): ScalarValue {
  const compared = compare(op, a < b ? -1 : a > b ? 1 : 0)
  if (compared !== null) return compared
  if (b === 0n && (op === '/' || op === '//' || op === '%')) {
    throw new LakebookError('invalid_argument', 'Division by zero', { span })
  }
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return Number(a) / Number(b)
    case '//':
      return floorDivide(a, b)
    case '%':
      return a - floorDivide(a, b) * b
    case '**':
      if (b < 0n) return Number(a) ** Number(b)
      if (b > MOST_BITS && a * a > 1n) throw tooManyBits(span)
      return a ** b
    case '&':
      return a & b
    case '|':
      return a | b
    case '^':
      return a ^ b
    default:
      throw refuse(op, [a, b], span)
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

function floats(op: BinaryOperator, a: number, b: number, span: SourceSpan | undefined): ScalarValue {
  const compared = compare(op, a < b ? -1 : a > b ? 1 : 0)
  if (compared !== null) return compared
  if (b === 0 && (op === '/' || op === '//' || op === '%')) {
    throw new LakebookError('invalid_argument', 'Division by zero', { span })
  }
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    case '%':
      return a - Math.floor(a / b) * b
    case '**':
      return a ** b
    default:
      throw refuse(op, [a, b], span)
  }
}
