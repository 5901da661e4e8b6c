import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { CallNode } from '../expression.ts'
import { float64, literal, type Lowered } from '../lowered.ts'
import type { Value } from '../values.ts'

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
