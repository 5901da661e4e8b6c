import {
  DataType as ArrowType,
  type Field as ArrowField,
  Precision,
  type Schema as ArrowSchema,
  TimeUnit,
  Type,
} from 'apache-arrow'
import { unsupported } from '../errors.ts'
import { EXTENSION_METADATA, JSON_EXTENSION, TYPE_METADATA } from './arrow-schema.ts'
import { arrayOf, type DataType, decimal, listOf, type Schema, structOf, types } from './types.ts'

/** @throws `unsupported` naming the column and its type */
export function schemaFromArrow(schema: ArrowSchema): Schema {
  return {
    fields: schema.fields.map((field) => ({
      name: field.name,
      type: typeFromArrow(field, field.name),
      nullable: field.nullable,
    })),
  }
}

/** Readings of a clock in nanoseconds, which stay so; instants come in microseconds. */
export function isNanoseconds(type: ArrowType): boolean {
  return ArrowType.isTimestamp(type) && type.unit === TimeUnit.NANOSECOND && !type.timezone
}

/** The type that a column of an Arrow table has in the heap; of a dictionary, that of its values. */
function typeFromArrow(field: ArrowField, column: string): DataType {
  const type = field.type as ArrowType
  const standIn = field.metadata.get(TYPE_METADATA)
  if (standIn === 'NULL' || ArrowType.isNull(type)) return types.null
  if (standIn === 'INTERVAL' || ArrowType.isInterval(type)) return types.interval
  const scaled = /^DECIMAL\((\d+),(\d+)\)$/.exec(standIn ?? '')
  if (scaled !== null) return decimal(Number(scaled[1]), Number(scaled[2]))
  if (ArrowType.isDictionary(type)) return dictionaryType(type.dictionary as ArrowType, column)
  if (ArrowType.isInt(type)) return integerType(type.isSigned, type.bitWidth)
  if (ArrowType.isFloat(type)) return type.precision === Precision.DOUBLE ? types.float64 : types.float32
  if (ArrowType.isBool(type)) return types.bool
  if (ArrowType.isDecimal(type) && type.precision <= 38 && type.scale >= 0)
    return decimal(type.precision, type.scale)
  if (ArrowType.isDecimal(type))
    throw unsupported(`DECIMAL(${type.precision}, ${type.scale}) of column ${column}`)
  if (ArrowType.isDate(type)) return types.date
  if (ArrowType.isTime(type)) return types.time
  if (isNanoseconds(type)) return types.timestampNs
  if (ArrowType.isTimestamp(type)) return { kind: 'timestamp', zone: type.timezone ?? null }
  if (ArrowType.isDuration(type)) return types.duration
  if (field.metadata.get(EXTENSION_METADATA) === JSON_EXTENSION && ArrowType.isUtf8(type)) return types.json
  if (isText(type)) return types.utf8
  if (
    ArrowType.isBinary(type) ||
    ArrowType.isLargeBinary(type) ||
    ArrowType.isBinaryView(type) ||
    ArrowType.isFixedSizeBinary(type)
  )
    return types.binary
  if (ArrowType.isList(type) || ArrowType.isLargeList(type))
    return listOf(typeFromArrow(type.children[0] as ArrowField, column))
  if (ArrowType.isFixedSizeList(type))
    return arrayOf(typeFromArrow(type.children[0] as ArrowField, column), type.listSize)
  if (ArrowType.isStruct(type) && type.children.length > 0) {
    return structOf(type.children.map((child) => ({ name: child.name, type: typeFromArrow(child, column) })))
  }
  if (ArrowType.isMap(type)) {
    const [key, value] = (type.children[0]?.type as ArrowType).children
    return { kind: 'map', key: typeFromArrow(key!, column), value: typeFromArrow(value!, column) }
  }
  throw unsupported(`The Arrow type ${arrowTypeName(type)} of column ${column}`)
}

function dictionaryType(values: ArrowType, column: string): DataType {
  if (isText(values)) return types.utf8
  throw unsupported(`A dictionary of ${arrowTypeName(values)} in column ${column}`)
}

function isText(type: ArrowType): boolean {
  return ArrowType.isUtf8(type) || ArrowType.isLargeUtf8(type) || ArrowType.isUtf8View(type)
}

function integerType(isSigned: boolean, bitWidth: 8 | 16 | 32 | 64): DataType {
  switch (bitWidth) {
    case 8:
      return isSigned ? types.int8 : types.uint8
    case 16:
      return isSigned ? types.int16 : types.uint16
    case 32:
      return isSigned ? types.int32 : types.uint32
    case 64:
      return isSigned ? types.int64 : types.uint64
  }
}

/** As error messages say it: `Utf8View`, `Struct`, … */
export function arrowTypeName(type: ArrowType): string {
  return Type[type.typeId]
}
