import { decimal, type DataType, type DecimalType } from '../arrow/types.ts'
import type { CastOptions, EmitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { emitNullSafeEquals } from './compare.ts'
import type { Value } from './value.ts'

/** Digits behind the point to which a text is read to find out whether any are lost. */
const FINE_SCALE = 18

/** A cast to a NUMERIC whose digits nobody gave: one that would round is an error. Floats are not exact, and rounded. */
export function castToOpenDecimal(
  context: CodeContext,
  value: Value,
  to: DecimalType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const { f } = context
  const result = emitCast(context, value, decimal(to.precision, to.scale), options)
  const fine = fineType(value.type, to)
  if (fine !== null) {
    const lenient = { ...options, try: true }
    emitNullSafeEquals(
      context,
      emitCast(context, value, fine, lenient),
      emitCast(context, result, fine, lenient),
    )
    f.op('i32.eqz')
    f.if(() =>
      context.raise(
        'cast',
        `A number has more than ${to.scale} digits behind the point, which NUMERIC without figures cannot keep`,
        options.span,
        'Write NUMERIC(38, 18), with the digits that are wanted.',
      ),
    )
  }
  return { ...result, type: to }
}

/** A type that shows what rounding takes away; null where it takes nothing, or the value is not exact. */
function fineType(from: DataType, to: DecimalType): DataType | null {
  if (from.kind === 'decimal') return from.scale > to.scale ? from : null
  return from.kind === 'utf8' ? decimal(to.precision, FINE_SCALE) : null
}
