import { decimal, isFloat, isInteger, isNumeric, types, type DataType } from '../arrow/types.ts'

/** What the arguments are cast to, and the result's type; null when the types do not fit. */
export type Resolution = { readonly argTypes: readonly DataType[]; readonly type: DataType } | null

/** SUM and AVG read int64, decimal or float64. */
function summable(type: DataType): DataType | null {
  if (type.kind === 'uint64') return decimal(20, 0)
  if (type.kind === 'bool' || type.kind === 'null' || isInteger(type)) return types.int64
  if (isFloat(type)) return types.float64
  return type.kind === 'decimal' || type.kind === 'duration' ? type : null
}

export function sum([argument]: readonly DataType[]): Resolution {
  const type = argument && summable(argument)
  if (!type) return null
  if (type.kind === 'decimal') return { argTypes: [type], type: decimal(38, type.scale) }
  return { argTypes: [type], type: type.kind === 'int64' ? types.hugeint : type }
}

export function average([argument]: readonly DataType[]): Resolution {
  const type = argument && summable(argument)
  if (!type) return null
  return { argTypes: [type], type: type.kind === 'duration' ? type : types.float64 }
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
  return type && isInteger(type) ? { argTypes: [type], type } : null
}

/** Interpolates between neighbours: DECIMAL stays what it is, other numbers are DOUBLE, dates are TIMESTAMP. */
export function continuousQuantile([type, fraction]: readonly DataType[]): Resolution {
  if (!type || (fraction && !isNumeric(fraction))) return null
  const rest = fraction ? [types.float64] : []
  if (type.kind === 'decimal' || type.kind === 'timestamp') return { argTypes: [type, ...rest], type }
  if (type.kind === 'date') return { argTypes: [types.timestamp, ...rest], type: types.timestamp }
  if (!isNumeric(type) && type.kind !== 'null') return null
  return { argTypes: [types.float64, ...rest], type: types.float64 }
}

export function discreteQuantile([type, fraction]: readonly DataType[]): Resolution {
  return type && fraction && isNumeric(fraction) ? { argTypes: [type, types.float64], type } : null
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
