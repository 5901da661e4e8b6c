import {
  arrayOf,
  decimal,
  isFloat,
  isInteger,
  isNested,
  isNumeric,
  isUnion,
  listOf,
  sameType,
  structOf,
  types,
  unionMembers,
  type DataType,
  type StructType,
} from '../arrow/types.ts'

/** Decimal digits that hold every value of an integer type, as DuckDB counts them. */
const INTEGER_DIGITS = {
  int8: 3,
  uint8: 3,
  int16: 5,
  uint16: 5,
  int32: 10,
  uint32: 10,
  int64: 19,
  uint64: 20,
} as const

type IntegerKind = keyof typeof INTEGER_DIGITS

export const MAX_DECIMAL_DIGITS = 38
/** Decimals up to this precision are one int64. */
export const MAX_INT64_DIGITS = 18

export function isHugeint(type: DataType): boolean {
  return type.kind === 'decimal' && type.precision === MAX_DECIMAL_DIGITS && type.scale === 0
}

/** An integer of whatever size, by its name. */
export function isWhole(type: DataType): boolean {
  return isInteger(type) || (type.kind === 'decimal' && type.isHuge === true)
}

export function isSignedInteger(type: DataType): boolean {
  return /^int(8|16|32|64)$/.test(type.kind)
}

export function isTemporal(type: DataType): boolean {
  return type.kind === 'date' || type.kind === 'timestamp'
}

/** Timestamps without a zone, from the coarsest to the finest. */
const TIME_UNITS: readonly DataType['kind'][] = ['timestamp_s', 'timestamp_ms', 'timestamp', 'timestamp_ns']

/** The place of a timestamp without a zone among the units; -1 for any other type. */
function timeUnit(type: DataType): number {
  return type.kind === 'timestamp' && type.zone !== null ? -1 : TIME_UNITS.indexOf(type.kind)
}

/** Where dates, timestamps and their units meet: in the finer unit; null when one is no timestamp. */
function commonTimeUnit(a: DataType, b: DataType): DataType | null {
  const [left, right] = [timeUnit(a), timeUnit(b)]
  if (left >= 0 && right >= 0) return left > right ? a : b
  if (a.kind === 'date' && right >= 0) return b
  if (b.kind === 'date' && left >= 0) return a
  if (left >= 0 && b.kind === 'timestamp') return b
  return right >= 0 && a.kind === 'timestamp' ? a : null
}

export function integerBits(type: DataType): number {
  return Number(/\d+$/.exec(type.kind)?.[0] ?? 0)
}

/** Precision and scale of a numeric type that is exact; null for floats and everything else. */
export function decimalSize(type: DataType): { readonly precision: number; readonly scale: number } | null {
  if (type.kind === 'decimal') return { precision: type.precision, scale: type.scale }
  if (isInteger(type)) return { precision: INTEGER_DIGITS[type.kind as IntegerKind], scale: 0 }
  return null
}

/** The smallest numeric type that both convert to, as DuckDB decides it; null when one is not numeric. */
export function commonNumeric(a: DataType, b: DataType): DataType | null {
  if (!isNumeric(a) || !isNumeric(b)) return null
  if (sameType(a, b)) return a
  if (isFloat(a) || isFloat(b)) {
    return a.kind === 'float64' || b.kind === 'float64' ? types.float64 : types.float32
  }
  if (isInteger(a) && isInteger(b)) return commonInteger(a, b)
  if (isWhole(a) && isWhole(b)) return types.hugeint
  if (isInteger(a) || isHugeint(a)) return widenDecimal(a, b)
  if (isInteger(b) || isHugeint(b)) return widenDecimal(b, a)
  const left = decimalSize(a)!
  const right = decimalSize(b)!
  const whole = Math.max(left.precision - left.scale, right.precision - right.scale)
  const scale = Math.max(left.scale, right.scale)
  if (whole + scale <= MAX_DECIMAL_DIGITS) return decimal(whole + scale, scale)
  return decimal(MAX_DECIMAL_DIGITS, MAX_DECIMAL_DIGITS - whole)
}

function widenDecimal(whole: DataType, type: DataType): DataType {
  const size = decimalSize(type)!
  const digits = decimalSize(whole)!.precision
  if (digits <= size.precision - size.scale) return type
  return decimal(Math.min(digits + size.scale, MAX_DECIMAL_DIGITS), size.scale)
}

function commonInteger(a: DataType, b: DataType): DataType {
  const aBits = integerBits(a)
  const bBits = integerBits(b)
  if (isSignedInteger(a) === isSignedInteger(b)) return aBits >= bBits ? a : b
  const [signedBits, unsignedBits] = isSignedInteger(a) ? [aBits, bBits] : [bBits, aBits]
  const bits = Math.max(signedBits, unsignedBits * 2)
  switch (bits) {
    case 16:
      return types.int16
    case 32:
      return types.int32
    case 64:
      return types.int64
    default:
      return types.hugeint
  }
}

/**
 * The type in which two values meet in CASE, COALESCE, UNION, lists and GREATEST; null when there is none. Text meets
 * everything as text; a NULL literal takes the other's type.
 */
export function commonType(a: DataType, b: DataType): DataType | null {
  if (sameType(a, b)) return a.kind === 'utf8' && a.collation === undefined ? b : a
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  const numeric = commonNumeric(a, b)
  if (numeric !== null) return numeric
  if (isUnion(a) || isUnion(b)) return commonUnion(a, b)
  if (a.kind === 'utf8' && !isNested(b)) return a
  if (b.kind === 'utf8' && !isNested(a)) return b
  if (a.kind === 'enum' && b.kind === 'enum') return types.utf8
  if (a.kind === 'bool' && isNumeric(b)) return b
  if (b.kind === 'bool' && isNumeric(a)) return a
  if (isTemporal(a) && isTemporal(b)) return commonTimestamp(a, b)
  const unit = commonTimeUnit(a, b)
  if (unit !== null) return unit
  if (a.kind === 'timetz' && b.kind === 'time') return a
  if (b.kind === 'timetz' && a.kind === 'time') return b
  if (a.kind === 'list' && b.kind === 'list') {
    const item = commonType(a.item, b.item)
    if (item === null) return null
    // of two sizes one does not fit, which the cast says
    return a.size === undefined && b.size === undefined
      ? listOf(item)
      : arrayOf(item, Math.max(a.size ?? 0, b.size ?? 0))
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonType(a.key, b.key)
    const value = commonType(a.value, b.value)
    return key === null || value === null ? null : { kind: 'map', key, value }
  }
  if (a.kind === 'struct' && b.kind === 'struct') return commonStruct(a, b)
  return null
}

/** The fields of both, by name; by place where either has no names. */
function commonStruct(a: StructType, b: StructType): StructType | null {
  const isNamed = [...a.fields, ...b.fields].every(({ name }) => name !== '')
  if (!isNamed && a.fields.length !== b.fields.length) return null
  const other = (name: string, place: number) =>
    isNamed ? b.fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) : b.fields[place]
  const fields: { name: string; type: DataType }[] = []
  for (const [place, { name, type }] of a.fields.entries()) {
    const common = commonType(type, other(name, place)?.type ?? type)
    if (common === null) return null
    fields.push({ name: name === '' ? (b.fields[place]?.name ?? '') : name, type: common })
  }
  const known = new Set(a.fields.map(({ name }) => name.toLowerCase()))
  return structOf(
    isNamed ? [...fields, ...b.fields.filter(({ name }) => !known.has(name.toLowerCase()))] : fields,
  )
}

function commonTimestamp(a: DataType, b: DataType): DataType {
  const zone = (a.kind === 'timestamp' ? a.zone : null) ?? (b.kind === 'timestamp' ? b.zone : null)
  return { kind: 'timestamp', zone }
}

/** Enums compare as their texts with anything but their own type. */
function readAsText(type: DataType): DataType {
  return type.kind === 'enum' ? types.utf8 : type
}

/** As `commonType`, but text that meets another type is read as that type, as in comparisons. */
export function commonComparedType(a: DataType, b: DataType): DataType | null {
  const [first, second] = [readAsText(a), readAsText(b)]
  if (first.kind === 'utf8' && second.kind !== 'null') return sameType(a, b) ? a : second
  if (second.kind === 'utf8' && first.kind !== 'null') return first
  return commonType(a, b)
}

/** `commonType` over any number of types; null when two of them do not meet, or there are none. */
export function commonTypeOf(all: readonly DataType[]): DataType | null {
  let result: DataType | null = all[0] ?? null
  for (const type of all.slice(1)) {
    if (result === null) return null
    result = commonType(result, type)
  }
  return result
}

/** How far an implicit cast goes, 0 for none; null where DuckDB asks for an explicit one. */
export function implicitCastCost(from: DataType, to: DataType): number | null {
  if (sameType(from, to)) return 0
  if (from.kind === 'null') return 1
  if (isNumeric(from) && isNumeric(to)) {
    if (to.kind === 'float64') return from.kind === 'float32' ? 1 : 20
    if (to.kind === 'float32') return isFloat(from) ? null : 21
    if (isFloat(from)) return null
    if (isHugeint(to)) return isInteger(from) ? 10 : null
    if (to.kind === 'decimal') return isInteger(from) ? 11 : isHugeint(from) ? null : 2
    if (from.kind === 'decimal') return null
    const common = commonInteger(from, to)
    return sameType(common, to) ? 1 + integerBits(to) / 64 : null
  }
  if (from.kind === 'date' && to.kind === 'timestamp') return to.zone === null ? 1 : 2
  if (from.kind === 'timestamp' && to.kind === 'timestamp') return 1
  if (timeUnit(from) >= 0 && timeUnit(to) > timeUnit(from)) return 2
  if (timeUnit(from) >= 0 && to.kind === 'timestamp') return to.zone === null ? 1 : 3
  if (from.kind === 'date' && timeUnit(to) >= 0) return 4
  if (from.kind === 'list' && to.kind === 'list') {
    return to.size === undefined || to.size === from.size ? implicitCastCost(from.item, to.item) : null
  }
  if ((from.kind === 'json' || from.kind === 'enum') && to.kind === 'utf8') return 1
  if (from.kind === 'utf8' && to.kind === 'json') return 30
  return null
}

/** The place, from 0 on, of the member that values of a type become in a UNION: the nearest one; null for none. */
export function memberFor(from: DataType, union: StructType): number | null {
  const costs = unionMembers(union).map(({ type }) => implicitCastCost(from, type) ?? Infinity)
  const least = Math.min(...costs)
  return least === Infinity ? null : costs.indexOf(least)
}

function hasMembersOf(union: StructType, other: StructType): boolean {
  return unionMembers(other).every(({ name, type }) =>
    unionMembers(union).some((own) => own.name === name && sameType(own.type, type)),
  )
}

/** Where a UNION meets another type, or another UNION: in itself, if that has a place in it. */
function commonUnion(a: DataType, b: DataType): DataType | null {
  if (isUnion(a) && isUnion(b)) return hasMembersOf(a, b) ? a : hasMembersOf(b, a) ? b : null
  if (isUnion(a)) return memberFor(b, a) === null ? null : a
  return isUnion(b) && memberFor(a, b) !== null ? b : null
}
