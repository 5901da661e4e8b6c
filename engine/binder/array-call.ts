import { types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { booleanCall, castTo, literal } from './coerce.ts'
import { compared } from './collation.ts'
import { scalarCall } from './scalar-call.ts'

const names = ['array_ndims', 'array_dims', 'cardinality', 'array_length', 'array_upper', 'array_lower']

export function isArrayCall(name: string): boolean {
  return names.includes(name)
}

/**
 * PostgreSQL's functions of the dimensions of a list of lists: array_ndims, array_dims, array_length, array_lower and
 * array_upper of a dimension, cardinality. Null for any other call. A list that is empty has no dimensions, and those
 * of lists in it are taken from the first one.
 */
export function bindArrayCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [list, dimension, ...rest] = args
  if (list?.type.kind !== 'list' || rest.length > 0) return null
  const lengths = dimensionLengths(list, span)
  if (dimension === undefined) {
    switch (name) {
      case 'array_ndims':
        return chosen([[isEmpty(list, span), literal(null, types.int64)]], count(lengths.length), span)
      case 'array_dims':
        return chosen([[isEmpty(list, span), literal(null, types.utf8)]], dimensionsText(lengths, span), span)
      case 'cardinality':
        return lengthOf(flattened(list, span), span)
      default:
        return null
    }
  }
  switch (name) {
    case 'array_length':
    case 'array_upper':
      return lengthAt(lengths, dimension, span)
    case 'array_lower': {
      const upper = lengthAt(lengths, dimension, span)
      const isNone = booleanCall('is_null', [upper], false)
      return chosen([[isNone, literal(null, types.int64)]], count(1), span)
    }
    default:
      return null
  }
}

/** Of a dimension that there is not, NULL. */
export function dimensionLength(
  list: Expression,
  dimension: Expression,
  span: SourceSpan | undefined,
): Expression {
  return lengthAt(dimensionLengths(list, span), dimension, span)
}

function lengthAt(
  lengths: readonly Expression[],
  dimension: Expression,
  span: SourceSpan | undefined,
): Expression {
  const wanted = castTo(dimension, types.int64)
  const branches = lengths.map((length, index): readonly [Expression, Expression] => [
    booleanCall('=', compared(wanted, count(index + 1))),
    scalarCall('nullif', [length, count(0)], span),
  ])
  return chosen(branches, literal(null, types.int64), span)
}

/** The length of the list, of its first item, of that one's first item, and so on. */
function dimensionLengths(list: Expression, span: SourceSpan | undefined): readonly Expression[] {
  const lengths: Expression[] = []
  for (let part = list; part.type.kind === 'list'; part = scalarCall('list_extract', [part, count(1)], span))
    lengths.push(lengthOf(part, span))
  return lengths
}

function dimensionsText(lengths: readonly Expression[], span: SourceSpan | undefined): Expression {
  const pieces = lengths.flatMap((length) => [text('[1:'), castTo(length, types.utf8), text(']')])
  return scalarCall('concat', pieces, span)
}

function flattened(list: Expression, span: SourceSpan | undefined): Expression {
  const isDeep = ({ type }: Expression): boolean => type.kind === 'list' && type.item.kind === 'list'
  let flat = list
  while (isDeep(flat)) flat = scalarCall('flatten', [flat], span)
  return flat
}

function isEmpty(list: Expression, span: SourceSpan | undefined): Expression {
  return booleanCall('=', compared(lengthOf(list, span), count(0)))
}

function lengthOf(list: Expression, span: SourceSpan | undefined): Expression {
  return castTo(scalarCall('len', [list], span), types.int64)
}

function count(value: number): Expression {
  return literal(BigInt(value), types.int64)
}

function text(value: string): Expression {
  return literal(value, types.utf8)
}

function chosen(
  branches: readonly (readonly [when: Expression, then: Expression])[],
  otherwise: Expression,
  span: SourceSpan | undefined,
): Expression {
  const { type } = otherwise
  return {
    kind: 'case',
    branches: branches.map(([when, then]) => ({ when, then: castTo(then, type) })),
    otherwise,
    type,
    nullable: true,
    span,
  }
}
