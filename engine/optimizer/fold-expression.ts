import { isFloat, isInteger, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import {
  conjunction,
  disjunction,
  falseLiteral,
  isTrue,
  rewriteUp,
  terms,
  trueLiteral,
} from '../plan/expression-tree.ts'
import { INFINITE_MICROS } from '../arrow/infinite-time.ts'
import { DistinctExpressions } from '../plan/distinct-expressions.ts'
import { castLiteral, valueBounds } from '../plan/literal-cast.ts'
import type {
  CallExpression,
  Expression,
  IntervalValue,
  LiteralExpression,
  LiteralValue,
} from '../plan/plan.ts'
import { addInterval, addIntervals, multiplyInterval } from '../plan/temporal-text.ts'

/**
 * Computes what needs no row. Only what is safe and certain to agree with the compiled code is folded: exact
 * arithmetic that does not overflow, comparisons, logic, casts, dates with intervals. The type never changes, and an
 * expression that fails at run time is left to fail there.
 */
export function foldExpression(expression: Expression): Expression {
  return rewriteUp(expression, foldNode)
}

function isLiteral(expression: Expression): expression is LiteralExpression {
  return expression.kind === 'literal'
}

/** One step of `foldExpression`: the operands are folded already. */
export function foldNode(node: Expression): Expression {
  switch (node.kind) {
    case 'cast':
      return isLiteral(node.arg) ? foldCast(node.arg, node) : node
    case 'case':
      return foldCase(node)
    case 'call':
      return foldCall(node)
    default:
      return node
  }
}

function literalLike(value: LiteralValue, node: Expression): LiteralExpression {
  return { kind: 'literal', value, type: node.type, nullable: value === null, span: node.span }
}

function foldCast(arg: LiteralExpression, node: Expression & { kind: 'cast' }): Expression {
  try {
    const value = castLiteral(arg.value, arg.type, node.type)
    return value === undefined ? node : literalLike(value, node)
  } catch (error) {
    if (error instanceof LakebookError) return node.try ? literalLike(null, node) : node
    throw error
  }
}

function foldCase(node: Expression & { kind: 'case' }): Expression {
  const branches = node.branches.filter(({ when }) => !isLiteral(when) || when.value === true)
  const certain = branches.findIndex(({ when }) => isTrue(when))
  if (certain === 0) return branches[0]!.then
  if (branches.length === 0) return node.otherwise ?? literalLike(null, node)
  const kept = certain > 0 ? branches.slice(0, certain) : branches
  const otherwise = certain > 0 ? branches[certain]!.then : node.otherwise
  return kept.length === node.branches.length && otherwise === node.otherwise
    ? node
    : { ...node, branches: kept, otherwise }
}

function foldCall(node: CallExpression): Expression {
  switch (node.fn) {
    case 'and':
    case 'or':
      return foldConnective(node, node.fn)
    case 'not':
      return foldNot(node)
    case 'is_null':
    case 'is_not_null': {
      const arg = node.args[0]!
      const wantsNull = node.fn === 'is_null'
      if (isLiteral(arg)) return (arg.value === null) === wantsNull ? trueLiteral : falseLiteral
      if (!arg.nullable && arg.kind === 'column') return wantsNull ? falseLiteral : trueLiteral
      return node
    }
    case 'coalesce': {
      const args = node.args.filter((arg) => !isLiteral(arg) || arg.value !== null)
      const first = args[0]
      if (!first) return literalLike(null, node)
      if (args.length === 1 || isLiteral(first)) return first
      return args.length === node.args.length ? node : { ...node, args }
    }
    default: {
      if (!node.args.every(isLiteral)) return node
      const value = evaluate(node, node.args)
      return value === undefined ? node : literalLike(value, node)
    }
  }
}

/** Drops what does not matter: TRUE in AND, FALSE in OR, repetitions. FALSE decides AND only where nothing may fail. */
function foldConnective(node: CallExpression, fn: 'and' | 'or'): Expression {
  const neutral = fn === 'and'
  const all = terms(node, fn)
  const distinct = new DistinctExpressions()
  for (const term of all) {
    if (isLiteral(term)) {
      if (term.value === neutral) continue
      if (term.value === !neutral) return neutral ? falseLiteral : trueLiteral
    }
    distinct.add(term)
  }
  const kept = distinct.all
  if (kept.length === all.length) return node
  return neutral ? conjunction(kept) : disjunction(kept)
}

const opposites: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  is_null: 'is_not_null',
  is_not_null: 'is_null',
  is_distinct_from: 'is_not_distinct_from',
  is_not_distinct_from: 'is_distinct_from',
}

function foldNot(node: CallExpression): Expression {
  const arg = node.args[0]!
  if (isLiteral(arg))
    return arg.value === null ? literalLike(null, node) : arg.value === true ? falseLiteral : trueLiteral
  if (arg.kind !== 'call') return node
  if (arg.fn === 'not') return arg.args[0]!
  const opposite = opposites[arg.fn]
  return opposite ? { ...arg, fn: opposite } : node
}

/** Three-way comparison of two values of one type; undefined where it is not simple. NaN is greatest and equals itself. */
export function compareValues(a: LiteralValue, b: LiteralValue): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return undefined
}

/** By code point, which is the order of UTF-8 bytes; JavaScript's own order differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  let index = 0
  while (index < a.length && index < b.length && a[index] === b[index]) index += 1
  if (index === a.length || index === b.length) return a.length - b.length
  const before = index > 0 && /[\uD800-\uDBFF]/.test(a[index - 1]!) ? index - 1 : index
  return a.codePointAt(before)! - b.codePointAt(before)!
}

function evaluate(node: CallExpression, args: readonly LiteralExpression[]): LiteralValue | undefined {
  const [a, b] = args
  switch (node.fn) {
    case 'negate':
      return a && negate(a, node.type)
    case '+':
    case '-':
    case '*':
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      break
    default:
      return undefined
  }
  if (!a || !b || args.length !== 2) return undefined
  if (a.value === null || b.value === null) return null
  if (node.type.kind === 'bool') {
    const order = compareValues(a.value, b.value)
    return order === undefined ? undefined : holds(node.fn, order)
  }
  if (a.type.kind === 'interval' || b.type.kind === 'interval') return withInterval(node.fn, a, b)
  return arithmetic(node.fn, a, b, node.type)
}

export function holds(fn: string, order: number): boolean {
  switch (fn) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order >= 0
  }
}

function negate(a: LiteralExpression, type: DataType): LiteralValue | undefined {
  if (a.value === null) return null
  if (typeof a.value === 'number') return -a.value
  return typeof a.value === 'bigint' ? withinBounds(-a.value, type) : undefined
}

function withinBounds(value: bigint, type: DataType): bigint | undefined {
  const bounds = valueBounds(type)
  return !bounds || (value >= bounds[0] && value <= bounds[1]) ? value : undefined
}

function arithmetic(
  fn: string,
  a: LiteralExpression,
  b: LiteralExpression,
  type: DataType,
): LiteralValue | undefined {
  if (
    typeof a.value === 'number' &&
    typeof b.value === 'number' &&
    type.kind === 'float64' &&
    isFloat(a.type)
  ) {
    return fn === '+' ? a.value + b.value : fn === '-' ? a.value - b.value : a.value * b.value
  }
  if (typeof a.value !== 'bigint' || typeof b.value !== 'bigint') return undefined
  const value = fn === '+' ? a.value + b.value : fn === '-' ? a.value - b.value : a.value * b.value
  if (isInteger(type) && isInteger(a.type) && isInteger(b.type)) return withinBounds(value, type)
  if (type.kind !== 'decimal' || a.type.kind !== 'decimal' || b.type.kind !== 'decimal') return undefined
  const scale = fn === '*' ? a.type.scale + b.type.scale : a.type.scale
  return scale === type.scale && (fn === '*' || b.type.scale === scale)
    ? withinBounds(value, type)
    : undefined
}

function isInterval(value: LiteralValue): value is IntervalValue {
  return typeof value === 'object' && value !== null && 'months' in value
}

/** Timestamps and intervals; a date was cast to a timestamp before. */
function withInterval(fn: string, a: LiteralExpression, b: LiteralExpression): LiteralValue | undefined {
  if (isInterval(a.value) && isInterval(b.value)) {
    if (fn === '+') return addIntervals(a.value, b.value)
    return fn === '-' ? addIntervals(a.value, multiplyInterval(b.value, -1)) : undefined
  }
  if (a.value === INFINITE_MICROS || a.value === -INFINITE_MICROS) return a.value
  if (b.value === INFINITE_MICROS || b.value === -INFINITE_MICROS) return b.value
  const isLocal = (type: DataType) => type.kind === 'timestamp' && type.zone === null
  if (isLocal(a.type) && isInterval(b.value) && (fn === '+' || fn === '-')) {
    return addInterval(a.value as bigint, b.value, fn === '+' ? 1 : -1)
  }
  if (isInterval(a.value) && isLocal(b.type) && fn === '+') return addInterval(b.value as bigint, a.value)
  return undefined
}
