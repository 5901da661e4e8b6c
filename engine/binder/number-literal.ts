import { decimal, types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { LiteralExpression } from '../plan/plan.ts'
import { literal } from './coerce.ts'

/**
 * A number as typed: the smallest of INTEGER, BIGINT and HUGEINT that holds it, DECIMAL with a point and at most 38
 * digits, else DOUBLE.
 */
export function numberLiteral(
  text: string,
  negative: boolean,
  span: SourceSpan | undefined,
): LiteralExpression {
  const sign = negative ? -1n : 1n
  if (/^(0x[\da-f]+|\d+)$/i.test(text)) {
    const value = sign * BigInt(text)
    if (value >= -(2n ** 31n) && value < 2n ** 31n) return literal(value, types.int32, span)
    if (value >= -(2n ** 63n) && value < 2n ** 63n) return literal(value, types.int64, span)
    if (String(value).replace('-', '').length <= 38) return literal(value, types.hugeint, span)
    // HUGEINT and UHUGEINT have 128 bits
    if (value >= -(2n ** 127n) && value < 2n ** 128n) {
      throw unsupported('A whole number of 39 digits', span, 'Write it with a point, 1.0, for a DOUBLE.')
    }
    return literal(Number(value), types.float64, span)
  }
  const match = /^(\d*)\.(\d*)$/.exec(text)
  if (match) {
    const whole = match[1]!.replace(/^0+(?=\d)/, '')
    const fraction = match[2]!
    if (whole.length + fraction.length <= 38 && whole.length + fraction.length > 0) {
      const value = sign * BigInt(whole + fraction)
      return literal(value, decimal(whole.length + fraction.length, fraction.length), span)
    }
  }
  const value = Number(text)
  if (Number.isNaN(value)) throw new LakebookError('syntax', `"${text}" is not a number`, { span })
  return literal(negative ? -value : value, types.float64, span)
}
