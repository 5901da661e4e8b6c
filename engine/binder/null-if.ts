import { sameType } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { isVolatile } from '../plan/expression-tree.ts'
import type { Expression } from '../plan/plan.ts'
import { booleanCall, literal } from './coerce.ts'
import { compared } from './collation.ts'
import { commonCollation } from './text-collation.ts'

/**
 * NULLIF of two values that are not compared as they are: the first one stays what it was. Null where the function of
 * that name does the same, and for what differs each time that it is computed.
 */
export function bindNullIf(args: readonly Expression[], span: SourceSpan | undefined): Expression | null {
  const [value, other] = args
  if (!value || !other || args.length > 2 || isVolatile(value)) return null
  const isPlain = sameType(value.type, other.type) && commonCollation(args, span) === null
  if (isPlain || value.type.kind === 'null' || other.type.kind === 'null') return null
  const isEqual = booleanCall('=', compared(value, other, span), undefined, span)
  const branches = [{ when: isEqual, then: literal(null, value.type) }]
  return { kind: 'case', branches, otherwise: value, type: value.type, nullable: true, span }
}
