import { decimal, isInteger, isNumeric, sameType, types, type DataType } from '../../arrow/types.ts'
import type { Signature } from '../scalar-function.ts'
import { commonNumeric, decimalSize, isWhole, MAX_DECIMAL_DIGITS, MAX_INT64_DIGITS } from '../scalar-types.ts'

/** A NULL literal takes the other operand's type; two of them are integers. */
export function withoutNullLiterals(args: readonly DataType[]): readonly DataType[] {
  const known = args.find((type) => type.kind !== 'null') ?? types.int32
  return args.map((type) => (type.kind === 'null' ? known : type))
}

export function sameForAll(type: DataType, count: number): Signature {
  return { argTypes: Array.from({ length: count }, () => type), type }
}

/** As `commonNumeric`, but a signed and an unsigned integer that need a third type meet in BIGINT, if that does. */
function commonArithmetic(a: DataType, b: DataType): DataType | null {
  const common = commonNumeric(a, b)
  const isThird = common !== null && isInteger(common) && !sameType(common, a) && !sameType(common, b)
  return isThird ? types.int64 : common
}

/** Numeric `+` and `-`: the wider type, and for decimals one digit more than that (DuckDB's BindDecimalAddSubtract). */
export function resolveSum(a: DataType, b: DataType): Signature | null {
  const common = commonArithmetic(a, b)
  if (common === null) return null
  if (common.kind !== 'decimal' || (isWhole(a) && isWhole(b))) return sameForAll(common, 2)
  const left = decimalSize(a)!
  const right = decimalSize(b)!
  const scale = Math.max(left.scale, right.scale)
  const widest = Math.max(left.precision, right.precision)
  const whole = Math.max(left.precision - left.scale, right.precision - right.scale)
  return sameForAll(decimal(capPrecision(Math.max(scale + whole, widest) + 1, widest), scale), 2)
}

/** Numeric `*`: the wider type; decimals add digits and scales. Null when the scale would pass 38. */
export function resolveProduct(a: DataType, b: DataType): Signature | null {
  const common = commonArithmetic(a, b)
  if (common === null) return null
  if (common.kind !== 'decimal' || (isWhole(a) && isWhole(b))) return sameForAll(common, 2)
  const left = decimalSize(a)!
  const right = decimalSize(b)!
  const scale = left.scale + right.scale
  if (scale > MAX_DECIMAL_DIGITS) return null
  const digits = left.precision + right.precision
  const widest = Math.max(left.precision, right.precision)
  const precision =
    scale < MAX_INT64_DIGITS ? capPrecision(digits, widest) : Math.min(digits, MAX_DECIMAL_DIGITS)
  const isWide = (digitCount: number) => digitCount > MAX_INT64_DIGITS
  const argTypes = [left, right].map((size) =>
    isWide(size.precision) === isWide(precision)
      ? decimal(size.precision, size.scale)
      : decimal(precision, size.scale),
  )
  return { argTypes, type: decimal(precision, scale) }
}

/** Stays within an int64 when both operands do: the overflow is checked instead. */
function capPrecision(digits: number, widest: number): number {
  if (digits > MAX_INT64_DIGITS && widest <= MAX_INT64_DIGITS) return MAX_INT64_DIGITS
  return Math.min(digits, MAX_DECIMAL_DIGITS)
}

/** `/` divides floats; everything else becomes DOUBLE. */
export function resolveQuotient(a: DataType, b: DataType): Signature | null {
  const common = commonNumeric(a, b)
  if (common === null) return null
  return sameForAll(common.kind === 'float32' ? common : types.float64, 2)
}

/** `%` keeps the common type; where that would lose digits it is a DOUBLE. */
export function resolveRemainder(a: DataType, b: DataType): Signature | null {
  const common = commonNumeric(a, b)
  if (common === null) return null
  return sameForAll(losesDigits(a, b, common) ? types.float64 : common, 2)
}

/** Whether the common type of two decimals has less room before or behind the point than one of them. */
function losesDigits(a: DataType, b: DataType, common: DataType): boolean {
  if (common.kind !== 'decimal') return false
  return [a, b].some((type) => {
    const size = decimalSize(type)
    if (size === null) return false
    return size.scale > common.scale || size.precision - size.scale > common.precision - common.scale
  })
}

/** `//` divides whole numbers; with any other operand it is `/`. */
export function resolveWholeQuotient(a: DataType, b: DataType): Signature | null {
  const common = commonNumeric(a, b)
  if (common === null) return null
  if (isInteger(common) || (common.kind === 'decimal' && common.scale === 0)) return sameForAll(common, 2)
  return resolveQuotient(a, b)
}

export function isNumericOrNull(type: DataType): boolean {
  return type.kind === 'null' || isNumeric(type)
}
