import { decimal, isFloat, isInteger, isNumeric, listOf, types, type DataType } from '../arrow/types.ts'
import { isWhole } from './scalar-types.ts'

/** What the arguments are cast to, and the result's type; null when the types do not fit. */
export type Resolution = { readonly argTypes: readonly DataType[]; readonly type: DataType } | null

/** SUM and AVG read int64, decimal, float64 or spans of time. */
function summable(type: DataType): DataType | null {
  if (type.kind === 'uint64') return decimal(20, 0)
  if (type.kind === 'bool' || type.kind === 'null' || isInteger(type)) return types.int64
  if (isFloat(type)) return types.float64
  return ['decimal', 'duration', 'interval'].includes(type.kind) ? type : null
}

export function sum([argument]: readonly DataType[]): Resolution {
  const type = argument && summable(argument)
  if (!type) return null
  if (isWhole(argument)) return { argTypes: [type], type: types.hugeint }
  if (type.kind === 'decimal') return { argTypes: [type], type: decimal(38, type.scale) }
  return { argTypes: [type], type: type.kind === 'int64' ? types.hugeint : type }
}

/** What is averaged as microseconds: `binder/derived-aggregate.ts`. */
export function isPointInTime({ kind }: DataType): boolean {
  return kind === 'date' || kind === 'time' || kind.startsWith('timestamp')
}

export function average([argument]: readonly DataType[]): Resolution {
  if (argument && isPointInTime(argument)) {
    const point =
      argument.kind === 'date' || argument.kind.startsWith('timestamp_') ? types.timestamp : argument
    return { argTypes: [point], type: point }
  }
  const type = argument && summable(argument)
  if (!type) return null
  const isSpan = type.kind === 'duration' || type.kind === 'interval'
  return { argTypes: [type], type: isSpan ? type : types.float64 }
}

export function sameAsFirst(args: readonly DataType[]): Resolution {
  return args[0] ? { argTypes: args, type: args[0] } : null
}

export function floats(args: readonly DataType[]): Resolution {
  if (!args.every((type) => isNumeric(type) || type.kind === 'null' || type.kind === 'bool')) return null
  return { argTypes: args.map(() => types.float64), type: types.float64 }
}

export function booleans(args: readonly DataType[]): Resolution {
  return args.every(({ kind }) => kind === 'bool' || kind === 'null')
    ? { argTypes: [types.bool], type: types.bool }
    : null
}

export function bits([type]: readonly DataType[]): Resolution {
  return type && (isWhole(type) || type.kind === 'bit') ? { argTypes: [type], type } : null
}

/** A bit for each whole number between two others. */
export function bitstring(args: readonly DataType[]): Resolution {
  const isFit = args.length === 3 && args.every((type) => isInteger(type) || type.kind === 'null')
  return isFit ? { argTypes: args.map(() => types.int64), type: types.bit } : null
}

/** Numbers, dates and times have values in between; of anything else the quantile is one of the values. */
function hasBetween(type: DataType): boolean {
  return isNumeric(type) || ['null', 'date', 'time', 'timestamp'].includes(type.kind)
}

/** Interpolates between neighbours: DECIMAL stays what it is, other numbers are DOUBLE, dates are TIMESTAMP. */
export function continuousQuantile([type, fraction]: readonly DataType[]): Resolution {
  if (!type || (fraction && !isNumeric(fraction))) return null
  const rest = fraction ? [types.float64] : []
  const isHuge = type.kind === 'decimal' && type.precision === 38 && type.scale === 0
  if ((type.kind === 'decimal' && !isHuge) || type.kind === 'timestamp' || type.kind === 'time') {
    return { argTypes: [type, ...rest], type }
  }
  if (type.kind === 'date') return { argTypes: [types.timestamp, ...rest], type: types.timestamp }
  if (!hasBetween(type)) return null
  return { argTypes: [types.float64, ...rest], type: types.float64 }
}

export function median(args: readonly DataType[]): Resolution {
  const [type] = args
  return type && !hasBetween(type) ? { argTypes: [type], type } : continuousQuantile(args)
}

export function discreteQuantile([type, fraction]: readonly DataType[]): Resolution {
  return type && fraction && isNumeric(fraction) ? { argTypes: [type, types.float64], type } : null
}

/** Quantiles that may be inexact have the type of the values. */
export function approximateQuantile([type, fraction, ...rest]: readonly DataType[]): Resolution {
  if (!type || !fraction || !isNumeric(fraction) || !hasBetween(type)) return null
  return { argTypes: [type, types.float64, ...rest], type }
}

/** DOUBLE, or DECIMAL where it was one. */
export function deviation([type]: readonly DataType[]): Resolution {
  if (!type) return null
  if (type.kind === 'decimal' && type.precision <= 18) return { argTypes: [type], type }
  return isNumeric(type) || type.kind === 'null' ? { argTypes: [types.float64], type: types.float64 } : null
}

/** A map from the values, or from bins of them, to counts. DECIMAL is put into bins as DOUBLE. */
export function histogram([given, bins]: readonly DataType[]): Resolution {
  if (!given) return null
  const type = given.kind === 'null' ? types.int32 : given
  if (!bins) return { argTypes: [type], type: { kind: 'map', key: type, value: types.uint64 } }
  if (bins.kind !== 'list') return null
  const key = type.kind === 'decimal' ? types.float64 : type
  return { argTypes: [key, listOf(key)], type: { kind: 'map', key, value: types.uint64 } }
}

export function anyToFloat([type]: readonly DataType[]): Resolution {
  return type ? { argTypes: [type], type: types.float64 } : null
}

/** Any values that can be hashed. */
export function hashed([type]: readonly DataType[]): Resolution {
  return type && type.kind !== 'binary' ? { argTypes: [type], type: types.int64 } : null
}

/** Pairs of numbers, of which rows are counted. */
export function pairs(args: readonly DataType[]): Resolution {
  const resolution = floats(args)
  return resolution && { ...resolution, type: types.int64 }
}

/** (value, how many) or (value, key, how many): a list. */
export function several(args: readonly DataType[]): Resolution {
  const count = args.at(-1)
  if (!args[0] || !count || !isInteger(count)) return null
  return { argTypes: [...args.slice(0, -1), types.int64], type: listOf(args[0]) }
}

/** One value, or with a number a list of so many. */
export function oneOrSeveral(args: readonly DataType[]): Resolution {
  return args.length === 1 ? sameAsFirst(args) : several(args)
}

/** As `oneOrSeveral`, by a second argument. */
export function oneOrSeveralBy(args: readonly DataType[]): Resolution {
  return args.length === 2 ? sameAsFirst(args) : several(args)
}

export function count(args: readonly DataType[]): Resolution {
  return { argTypes: args, type: types.int64 }
}

export function countIf(args: readonly DataType[]): Resolution {
  return booleans(args) && { argTypes: [types.bool], type: types.hugeint }
}

export function joinStrings(args: readonly DataType[]): Resolution {
  const separator = args[1]
  if (separator && separator.kind !== 'utf8' && separator.kind !== 'null') return null
  return { argTypes: [types.utf8, types.utf8], type: types.utf8 }
}
