import type { DataType } from '../../engine/arrow/types.ts'

const NAMES: Record<
  Exclude<DataType['kind'], 'decimal' | 'timestamp' | 'list' | 'struct' | 'map'>,
  string
> = {
  null: 'null',
  bool: 'bool',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  float32: 'float32',
  float64: 'float64',
  date: 'date',
  time: 'time',
  timestamp_s: 'timestamp_s',
  timestamp_ms: 'timestamp_ms',
  timestamp_ns: 'timestamp_ns',
  timetz: 'time tz',
  uuid: 'uuid',
  bit: 'bit',
  duration: 'duration',
  interval: 'interval',
  utf8: 'text',
  binary: 'binary',
  enum: 'enum',
  json: 'json',
}

/** A column's type as the page shows it: short, and the same for both cell languages. */
export function dataTypeName(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'timestamp':
      return type.zone === null ? 'timestamp' : `timestamp ${type.zone}`
    case 'list':
      return `list(${dataTypeName(type.item)})`
    case 'struct':
      return `struct(${type.fields.map((field) => `${field.name} ${dataTypeName(field.type)}`).join(', ')})`
    case 'map':
      return `map(${dataTypeName(type.key)}, ${dataTypeName(type.value)})`
    default:
      return NAMES[type.kind]
  }
}

export function isNumberType(type: DataType): boolean {
  return /^(u?int|float|decimal)/.test(type.kind)
}

export function isTimeType(type: DataType): boolean {
  return type.kind === 'date' || type.kind.startsWith('timestamp')
}
