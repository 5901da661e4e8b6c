import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  DurationMicrosecond,
  Field as ArrowField,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  List,
  Map_,
  Null,
  Schema as ArrowSchema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type DataType as ArrowType,
} from 'apache-arrow'
import { unreachable } from '../errors.ts'
import {
  type DataType,
  entryType,
  type Field,
  physicalType,
  storedItemType,
  type StructType,
  typeName,
} from './types.ts'

/**
 * Two ways to say our types in Arrow's.
 *
 * - `interchange`: what others expect. Every decimal is a Decimal128, an interval a MonthDayNano.
 * - `heap`: bit for bit what lies in the heap, for spills. Where Arrow has no such type, the nearest one of the same
 *   layout stands in and the field's metadata `lakebook:type` says what it is.
 */
export type ArrowForm = 'interchange' | 'heap'

/** The metadata key of stand-ins; the value is the type's SQL spelling. */
export const TYPE_METADATA = 'lakebook:type'
/** Arrow's own key for types that it does not have, and its name for JSON. */
export const EXTENSION_METADATA = 'ARROW:extension:name'
export const JSON_EXTENSION = 'arrow.json'

/** Bytes of a dictionary's codes, or 0 for a column that is not dictionary-encoded. */
export type CodeBytes = 0 | 1 | 2 | 4

/** `codeBytes[i]` is column i's; a column's position is its dictionary id in the stream. */
export function arrowSchema(
  fields: readonly Field[],
  form: ArrowForm,
  codeBytes: readonly CodeBytes[],
): ArrowSchema {
  return new ArrowSchema(fields.map((field, index) => arrowField(field, form, codeBytes[index] ?? 0, index)))
}

export function arrowField(
  field: Field,
  form: ArrowForm,
  codeBytes: CodeBytes = 0,
  dictionaryId = 0,
): ArrowField {
  const type = arrowType(field.type, form)
  const encoded = codeBytes === 0 ? type : new Dictionary(type, codeType(codeBytes), dictionaryId)
  return new ArrowField(field.name, encoded, field.nullable, standInMetadata(field.type, form))
}

export function arrowType(type: DataType, form: ArrowForm): ArrowType {
  switch (type.kind) {
    case 'null':
      return form === 'heap' ? new Bool() : new Null()
    case 'bool':
      return new Bool()
    case 'int8':
      return new Int8()
    case 'int16':
      return new Int16()
    case 'int32':
      return new Int32()
    case 'int64':
      return new Int64()
    case 'uint8':
      return new Uint8()
    case 'uint16':
      return new Uint16()
    case 'uint32':
      return new Uint32()
    case 'uint64':
      return new Uint64()
    case 'float32':
      return new Float32()
    case 'float64':
      return new Float64()
    case 'decimal':
      if (form === 'heap' && physicalType(type) === 'i64') return new Int64()
      return new Decimal(type.scale, type.precision, 128)
    case 'date':
      return new DateDay()
    case 'time':
      return new TimeMicrosecond()
    case 'timestamp':
      return new TimestampMicrosecond(type.zone)
    case 'timestamp_s':
    case 'timestamp_ms':
      return new TimestampMicrosecond()
    case 'timestamp_ns':
      return form === 'heap' ? new Int64() : new TimestampNanosecond()
    case 'timetz':
      return form === 'heap' ? new Int64() : new Utf8()
    case 'uuid':
      return new Utf8()
    case 'duration':
      return new DurationMicrosecond()
    case 'interval':
      return form === 'heap' ? new FixedSizeBinary(16) : new IntervalMonthDayNano()
    case 'enum':
      return new Uint32()
    case 'utf8':
      return new Utf8()
    case 'binary':
    case 'bit':
      return new Binary()
    case 'json':
      return new Utf8()
    case 'list':
      return new List(arrowField({ name: 'item', type: heapItem(type.item, form), nullable: true }, form))
    case 'struct':
      if (form === 'heap') return new Binary()
      return new Struct(structFields(type, form))
    case 'map':
      if (form === 'heap')
        return new List(arrowField({ name: 'item', type: entryType(type), nullable: true }, form))
      return mapType(type, form)
    default:
      return unreachable(type)
  }
}

/** Inside a list of a batch, lists are bytes. */
function heapItem(item: DataType, form: ArrowForm): DataType {
  return form === 'heap' ? storedItemType(item) : item
}

function structFields(type: StructType, form: ArrowForm): ArrowField[] {
  return type.fields.map(({ name, type: field }) => arrowField({ name, type: field, nullable: true }, form))
}

function mapType(type: DataType & { readonly kind: 'map' }, form: ArrowForm): ArrowType {
  const [key, value] = structFields(entryType(type), form)
  const parts: ArrowField<ArrowType>[] = [
    new ArrowField('key', key!.type as ArrowType, false, key!.metadata),
    new ArrowField('value', value!.type as ArrowType, true, value!.metadata),
  ]
  const entries = new Struct<{ key: ArrowType; value: ArrowType }>(parts)
  return new Map_<ArrowType, ArrowType>(new ArrowField('entries', entries, false))
}

function codeType(codeBytes: 1 | 2 | 4): Uint8 | Uint16 | Uint32 {
  switch (codeBytes) {
    case 1:
      return new Uint8()
    case 2:
      return new Uint16()
    case 4:
      return new Uint32()
  }
}

function standInMetadata(type: DataType, form: ArrowForm): Map<string, string> {
  const standsIn =
    form === 'heap' &&
    (type.kind === 'null' ||
      type.kind === 'struct' ||
      type.kind === 'interval' ||
      (type.kind === 'decimal' && physicalType(type) === 'i64'))
  if (type.kind === 'json') return new Map<string, string>([[EXTENSION_METADATA, JSON_EXTENSION]])
  return new Map<string, string>(standsIn ? [[TYPE_METADATA, typeName(type)]] : [])
}
