import {
  decimal,
  isFloat,
  isInteger,
  isNumeric,
  listOf,
  sameType,
  types,
  type DataType,
} from '../arrow/types.ts'
import { castTo, fitsInteger, typeOf, type Lowered } from './lowered.ts'

function bitsOf(type: DataType): number {
  return Number(/\d+$/.exec(type.kind)?.[0] ?? 0)
}

function isUnsigned(type: DataType): boolean {
  return type.kind.startsWith('uint')
}

const SIGNED: Readonly<Record<number, DataType>> = {
  8: types.int8,
  16: types.int16,
  32: types.int32,
  64: types.int64,
}

const UNSIGNED: Readonly<Record<number, DataType>> = {
  8: types.uint8,
  16: types.uint16,
  32: types.uint32,
  64: types.uint64,
}

/** The type that holds values of both, as Polars chooses it; null when there is none. */
export function supertype(a: DataType, b: DataType): DataType | null {
  if (sameType(a, b)) return a
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (a.kind === 'utf8' && b.kind === 'enum') return a
  if (a.kind === 'enum' && b.kind === 'utf8') return b
  if (a.kind === 'bool' && isNumeric(b)) return b
  if (b.kind === 'bool' && isNumeric(a)) return a
  if (isInteger(a) && isInteger(b)) return integerSupertype(a, b)
  if (isFloat(a) || isFloat(b)) {
    const [float, other] = isFloat(a) ? [a, b] : [b, a]
    if (!isNumeric(other)) return null
    const isSmall = isInteger(other) ? bitsOf(other) <= 16 : other.kind === 'float32'
    return float.kind === 'float32' && isSmall ? types.float32 : types.float64
  }
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale)
    const whole = Math.max(a.precision - a.scale, b.precision - b.scale)
    return decimal(Math.min(38, whole + scale), scale)
  }
  if (a.kind === 'decimal' && isInteger(b)) return decimal(38, a.scale)
  if (b.kind === 'decimal' && isInteger(a)) return decimal(38, b.scale)
  if (a.kind === 'date' && b.kind === 'timestamp') return b
  if (a.kind === 'timestamp' && b.kind === 'date') return a
  if (a.kind === 'list' && b.kind === 'list') {
    const item = supertype(a.item, b.item)
    return item && listOf(item)
  }
  return null
}

function integerSupertype(a: DataType, b: DataType): DataType {
  if (isUnsigned(a) === isUnsigned(b)) return bitsOf(a) >= bitsOf(b) ? a : b
  const [unsigned, signed] = isUnsigned(a) ? [a, b] : [b, a]
  if (bitsOf(signed) > bitsOf(unsigned)) return signed
  return SIGNED[bitsOf(unsigned) * 2] ?? types.float64
}

/**
 * The type two operands meet in: a Python number adapts to a column where it fits, a text that is written out to the
 * categories of an enum.
 */
export function meetingType(left: Lowered, right: Lowered): DataType | null {
  const [a, b] = [typeOf(left), typeOf(right)]
  if (a.kind === 'enum' && isWrittenText(right)) return a
  if (b.kind === 'enum' && isWrittenText(left)) return b
  if (left.loose !== right.loose) {
    const [loose, fixed] = left.loose ? [left, b] : [right, a]
    const adapted = adaptedType(loose, fixed)
    if (adapted !== null) return adapted
  }
  return supertype(a, b)
}

function isWrittenText({ expression }: Lowered): boolean {
  return expression.kind === 'literal' && expression.type.kind === 'utf8'
}

/** The smallest type that holds the number, unsigned as the other side is where it can be. */
function narrowest(value: bigint, beside: DataType): DataType {
  const kinds = isUnsigned(beside) && value >= 0n ? UNSIGNED : SIGNED
  return Object.values(kinds).find((type) => fitsInteger(value, type)) ?? types.int64
}

function adaptedType(loose: Lowered, fixed: DataType): DataType | null {
  const { expression } = loose
  if (expression.kind !== 'literal') return null
  const { value } = expression
  if (value === null) return fixed
  if (typeof value === 'bigint') {
    if (isInteger(fixed)) return fitsInteger(value, fixed) ? fixed : supertype(fixed, narrowest(value, fixed))
    if (isFloat(fixed)) return fixed
  }
  if (typeof value === 'number') {
    if (isFloat(fixed)) return fixed
    if (isInteger(fixed) || fixed.kind === 'bool' || fixed.kind === 'decimal') return types.float64
  }
  return null
}

/** All operands as one type; null when there is none. The result is loose when every operand is. */
export function unify(
  operands: readonly Lowered[],
): { readonly operands: readonly Lowered[]; readonly type: DataType } | null {
  const [first, ...others] = operands
  if (first === undefined) return null
  let met: Lowered = first
  for (const operand of others) {
    const type = meetingType(met, operand)
    if (type === null) return null
    const stays = met.loose && operand.loose
    const base = met.loose ? operand : met
    met = { expression: castTo(base.expression, type), loose: stays }
  }
  const type = typeOf(met)
  return {
    type,
    operands: operands.map((operand) => ({
      expression: castTo(operand.expression, type),
      loose: operand.loose,
    })),
  }
}
