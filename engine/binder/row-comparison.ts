import { LakebookError, unreachable, type SourceSpan } from '../errors.ts'
import { conjunction, disjunction } from '../plan/expression-tree.ts'
import type { Expression } from '../plan/plan.ts'
import type { BinaryOperator } from '../sql/ast.ts'
import { booleanCall, not } from './coerce.ts'
import { compared } from './collation.ts'
import { scalarCall } from './scalar-call.ts'

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='

const comparisons: readonly string[] = ['=', '<>', '<', '<=', '>', '>=']

export function isComparison(op: BinaryOperator): op is Comparison {
  return comparisons.includes(op)
}

export function negated(op: Comparison): Comparison {
  switch (op) {
    case '=':
      return '<>'
    case '<>':
      return '='
    case '<':
      return '>='
    case '<=':
      return '>'
    case '>':
      return '<='
    case '>=':
      return '<'
    default:
      return unreachable(op)
  }
}

/**
 * Compares two row values field by field, the first difference deciding. As in DuckDB a NULL inside a row equals NULL
 * and is greater than any value, so the result is never NULL. Errors: `type`.
 */
export function compareRows(
  op: BinaryOperator,
  left: readonly Expression[],
  right: readonly Expression[],
  span: SourceSpan | undefined,
): Expression {
  if (left.length !== right.length) {
    throw new LakebookError('type', `Cannot compare rows of ${left.length} and ${right.length} values`, {
      span,
    })
  }
  const pairs = left.map((each, index) => compared(each, right[index]!, span))
  const equal = (pair: Pair) => booleanCall('is_not_distinct_from', pair, false, span)
  const allEqual = () => conjunction(pairs.map(equal))
  switch (op) {
    case '=':
      return allEqual()
    case '<>':
      return not(allEqual())
    case '<':
    case '>':
      return firstDifference(pairs, op, span)
    case '<=':
      return not(firstDifference(pairs, '>', span))
    case '>=':
      return not(firstDifference(pairs, '<', span))
    default:
      throw new LakebookError('type', `Rows cannot be compared with ${op}`, { span })
  }
}

type Pair = readonly [Expression, Expression]

function firstDifference(pairs: readonly Pair[], op: '<' | '>', span: SourceSpan | undefined): Expression {
  const terms = pairs.map((pair, index) => {
    const before = pairs.slice(0, index).map((each) => booleanCall('is_not_distinct_from', each, false, span))
    return conjunction([...before, isBefore(op === '<' ? pair : [pair[1], pair[0]], span)])
  })
  return disjunction(terms)
}

/** `a < b`, NULL being the greatest. */
function isBefore([a, b]: Pair, span: SourceSpan | undefined): Expression {
  const less = booleanCall('<', [a, b], undefined, span)
  if (!less.nullable) return less
  const byNull = booleanCall('and', [
    booleanCall('is_not_null', [a], false),
    booleanCall('is_null', [b], false),
  ])
  return scalarCall('coalesce', [less, byNull], span)
}
