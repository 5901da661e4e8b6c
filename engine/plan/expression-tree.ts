import { isNested, sameType, types } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import { columnReference } from './column-ids.ts'
import type { ColumnId, Expression, LiteralExpression, LiteralValue, SortKey } from './plan.ts'

export const trueLiteral: LiteralExpression = {
  kind: 'literal',
  value: true,
  type: types.bool,
  nullable: false,
}
export const falseLiteral: LiteralExpression = {
  kind: 'literal',
  value: false,
  type: types.bool,
  nullable: false,
}

/** The operands of an expression; a subquery's plan is not among them. */
export function operands(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
      return expression.args
    case 'cast':
      return [expression.arg]
    case 'case': {
      const branches = expression.branches.flatMap(({ when, then }) => [when, then])
      return expression.otherwise ? [...branches, expression.otherwise] : branches
    }
    case 'lambda':
      return [expression.body]
    case 'subquery':
      return expression.operand ? [expression.operand] : []
    default:
      return unreachable(expression)
  }
}

const treeSizes = new WeakMap<Expression, number>()

/** How many nodes an expression has when it is written out: an operand that stands in it twice counts twice. */
export function treeSize(expression: Expression): number {
  let size = treeSizes.get(expression)
  if (size === undefined) {
    size = operands(expression).reduce((sum, operand) => sum + treeSize(operand), 1)
    treeSizes.set(expression, size)
  }
  return size
}

/** Replaces the operands; the same object comes back when nothing changed. */
export function mapOperands(expression: Expression, change: (operand: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression
    case 'call': {
      const args = mapList(expression.args, change)
      return args === expression.args ? expression : { ...expression, args }
    }
    case 'cast': {
      const arg = change(expression.arg)
      return arg === expression.arg ? expression : { ...expression, arg }
    }
    case 'case': {
      const branches = mapList(expression.branches, (branch) => {
        const when = change(branch.when)
        const then = change(branch.then)
        return when === branch.when && then === branch.then ? branch : { when, then }
      })
      const otherwise = expression.otherwise && change(expression.otherwise)
      if (branches === expression.branches && otherwise === expression.otherwise) return expression
      return { ...expression, branches, otherwise }
    }
    case 'lambda': {
      const body = change(expression.body)
      return body === expression.body ? expression : { ...expression, body }
    }
    case 'subquery': {
      const operand = expression.operand && change(expression.operand)
      return operand === expression.operand ? expression : { ...expression, operand }
    }
    default:
      return unreachable(expression)
  }
}

/** Like `map`, but gives the same array back when no item changed. */
export function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const result = list.map((item) => change(item))
  return result.every((item, index) => item === list[index]) ? list : result
}

/**
 * Rewrites from the root down: where `replace` gives an expression it stands in for the node and is not looked into;
 * where it gives null the operands are tried.
 */
export function rewriteDown(
  expression: Expression,
  replace: (node: Expression) => Expression | null,
): Expression {
  return replace(expression) ?? mapOperands(expression, (operand) => rewriteDown(operand, replace))
}

/** Rewrites from the leaves up. */
export function rewriteUp(expression: Expression, change: (node: Expression) => Expression): Expression {
  return change(mapOperands(expression, (operand) => rewriteUp(operand, change)))
}

export function someExpression(expression: Expression, test: (node: Expression) => boolean): boolean {
  return test(expression) || operands(expression).some((operand) => someExpression(operand, test))
}

export function hasSubquery(expression: Expression): boolean {
  return someExpression(expression, (node) => node.kind === 'subquery')
}

function sameValue(a: LiteralValue, b: LiteralValue): boolean {
  if (a === b || Object.is(a, b)) return Object.is(a, b)
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return false
    return a.length === b.length && a.every((byte, index) => byte === b[index])
  }
  return a.months === b.months && a.days === b.days && a.micros === b.micros
}

function sameAll(a: readonly Expression[], b: readonly Expression[]): boolean {
  return a.length === b.length && a.every((item, index) => sameExpression(item, b[index]!))
}

/** Functions that may give another value each time they are called. */
const volatileFunctions: ReadonlySet<string> = new Set([
  'random',
  'uuid',
  'uuid_of_instant',
  'gen_random_uuid',
  'nextval',
  'currval',
  'setseed',
])

export function isVolatile(expression: Expression): boolean {
  return someExpression(expression, (node) => node.kind === 'call' && volatileFunctions.has(node.fn))
}

/** Whether both compute the same value from the same columns. Spans do not count; subqueries are never the same. */
export function sameExpression(a: Expression, b: Expression): boolean {
  if (a === b) return true
  if (a.type.kind !== b.type.kind) return false
  if ((a.type.kind === 'decimal' || isNested(a.type)) && !sameType(a.type, b.type)) return false
  switch (a.kind) {
    case 'column':
      return b.kind === 'column' && a.id === b.id
    case 'literal':
      return b.kind === 'literal' && sameValue(a.value, b.value)
    case 'call':
      return b.kind === 'call' && a.fn === b.fn && sameAll(a.args, b.args) && !isVolatile(a)
    case 'cast':
      return b.kind === 'cast' && a.try === b.try && sameExpression(a.arg, b.arg)
    case 'case':
      return b.kind === 'case' && a.branches.length === b.branches.length && sameAll(operands(a), operands(b))
    case 'lambda': {
      if (b.kind !== 'lambda' || a.parameters.length !== b.parameters.length) return false
      const renamed = new Map(b.parameters.map(({ id }, i) => [id, columnReference(a.parameters[i]!)]))
      return sameExpression(a.body, substitute(b.body, renamed))
    }
    case 'subquery':
      return false
    default:
      return unreachable(a)
  }
}

export function sameSortKeys(a: readonly SortKey[], b: readonly SortKey[]): boolean {
  return (
    a.length === b.length &&
    a.every((key, index) => {
      const other = b[index]!
      return (
        key.descending === other.descending &&
        key.nullsFirst === other.nullsFirst &&
        sameExpression(key.expression, other.expression)
      )
    })
  )
}

/** The terms of a conjunction (or of a disjunction), in order. */
export function terms(expression: Expression, fn: 'and' | 'or'): readonly Expression[] {
  const list: Expression[] = []
  const add = (each: Expression): void => {
    if (each.kind === 'call' && each.fn === fn) each.args.forEach(add)
    else list.push(each)
  }
  add(expression)
  return list
}

export function conjuncts(predicate: Expression | null): readonly Expression[] {
  return predicate ? terms(predicate, 'and') : []
}

/** So many terms stand side by side; more are joined half by half, so that no walk over them goes deep. */
const MOST_SIDE_BY_SIDE = 64

function joinTerms(fn: 'and' | 'or', list: readonly Expression[], empty: Expression): Expression {
  if (list.length > MOST_SIDE_BY_SIDE) {
    const middle = list.length >> 1
    const halves = [list.slice(0, middle), list.slice(middle)].map((half) => joinTerms(fn, half, empty))
    return joinTerms(fn, halves, empty)
  }
  const [first, ...rest] = list
  if (!first) return empty
  return rest.reduce<Expression>(
    (left, right) => ({
      kind: 'call',
      fn,
      args: [left, right],
      type: types.bool,
      nullable: left.nullable || right.nullable,
    }),
    first,
  )
}

/** AND over all; true for none. */
export function conjunction(list: readonly Expression[]): Expression {
  return joinTerms('and', list, trueLiteral)
}

/** OR over all; false for none. */
export function disjunction(list: readonly Expression[]): Expression {
  return joinTerms('or', list, falseLiteral)
}

export function isTrue(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value === true
}

/** Replaces columns by id; columns without an entry stay. */
export function substitute(expression: Expression, values: ReadonlyMap<ColumnId, Expression>): Expression {
  return rewriteDown(expression, (node) => (node.kind === 'column' ? (values.get(node.id) ?? null) : null))
}
