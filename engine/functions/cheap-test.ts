import type { Expression } from '../plan/plan.ts'

const CHEAP_CALLS = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'not',
  'is_null',
  'is_not_null',
  'between',
])

/** Evaluating it cannot fail and takes a few instructions. */
export function isCheapTest(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
      return expression.type.kind !== 'utf8'
    case 'literal':
      return true
    case 'call':
      return CHEAP_CALLS.has(expression.fn) && expression.args.every(isCheapTest)
    default:
      return false
  }
}
