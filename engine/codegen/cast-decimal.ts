import { typeName, type DataType } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import type { Value } from './value.ts'

/** Towards the nearest (half away from zero), minus infinity, plus infinity, or zero. */
export type DecimalRounding = 'nearest' | 'down' | 'up' | 'zero'

const ROUNDING_CODE = { nearest: 0, down: 1, up: 2, zero: 3 } as const satisfies Record<
  DecimalRounding,
  number
>

/**
 * A decimal rounded to `places` decimal places (negative: tens, hundreds, …), as a decimal of `type`, which has the
 * same physical type and a scale of `places` or 0. Rounding up may need one digit more than the type has: `overflow`.
 */
export function emitDecimalRound(
  context: CodeContext,
  value: Value,
  places: number,
  mode: DecimalRounding,
  type: DataType,
  span: SourceSpan | undefined,
): Value {
  const scale = value.type.kind === 'decimal' ? value.type.scale : 0
  const resultScale = type.kind === 'decimal' ? type.scale : 0
  if (places >= scale && resultScale === scale) return { ...value, type }
  // digits dropped, and zeros put back where `places` is negative
  const constants = [scale - places, resultScale - places, ROUNDING_CODE[mode]]
  return emitKernelCall(context, {
    kernel: value.physical === 'i64' ? 'decimal_round_i64' : 'decimal_round_i128',
    args: [value],
    constants,
    type,
    failures: [{ code: 'overflow', message: `The rounded value does not fit into ${typeName(type)}` }],
    span,
  })
}
