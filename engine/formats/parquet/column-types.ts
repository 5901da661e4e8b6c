import { decimal, listOf, types, type DataType } from '../../arrow/types.ts'
import type { SchemaElement } from './footer.ts'

/**
 * How the decoder's Arrow column becomes ours.
 *
 * - `copy`: same bytes, `width` a value. `widen`: int32 to int64.
 * - `times` and `divided`: int64 (from int32 when `from32`) times or floor-divided by `factor`, to microseconds.
 * - `bitmap`: bool. `bytes`: int32 offsets and data. `fixed_bytes`: `width` bytes a value become offsets and data.
 * - `interval`: months, days and milliseconds in 12 bytes become an INTERVAL.
 * - `int96`: nanoseconds of the day (int64) and Julian day (int32), side by side, become microseconds.
 * - `uuid`: 16 bytes become 36 characters. `half`: float16 to float32.
 * - `decimal128`: to int64 when `narrow`.
 * - `list`: offsets, and the item by its own conversion; a map is a list of structs. `struct`: each field by its own.
 */
export type Conversion =
  | { readonly kind: 'copy'; readonly width: number }
  | { readonly kind: 'widen' }
  | { readonly kind: 'times'; readonly factor: number; readonly from32: boolean }
  | { readonly kind: 'divided'; readonly factor: number }
  | { readonly kind: 'bitmap' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'fixed_bytes'; readonly width: number }
  | { readonly kind: 'int96' }
  | { readonly kind: 'interval' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'half' }
  | { readonly kind: 'decimal128'; readonly narrow: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'list'; readonly item: Conversion }
  | { readonly kind: 'struct'; readonly fields: readonly Conversion[] }

/**
 * What the decoder is told that a leaf is, as a converted type of the Parquet format (null: none). Telling it less than
 * the file does saves work: DECIMAL on INT64 is read as plain int64.
 */
export interface DecoderType {
  readonly converted: number | null
  readonly float16: boolean
  /** Read the values as this many plain bytes each, whatever their physical type. */
  readonly fixedBytes?: number
  readonly precision?: number
  readonly scale?: number
}

/** A leaf of a nested column. */
export interface NestedLeaf {
  readonly leaf: SchemaElement
  readonly decoderType: DecoderType
  readonly path: readonly string[]
}

export type ColumnMapping =
  | {
      readonly kind: 'supported'
      readonly type: DataType
      readonly conversion: Conversion
      /** The leaf that holds the values, and what to call it. */
      readonly leaf: SchemaElement
      readonly decoderType: DecoderType
      readonly path: readonly string[]
      readonly listLevels: readonly SchemaElement[]
      /** Of a column with several leaves or of several levels: all of it. Then `leaf` is the first, `listLevels` empty. */
      readonly nested: { readonly element: SchemaElement; readonly leaves: readonly NestedLeaf[] } | null
    }
  | { readonly kind: 'unsupported'; readonly what: string; readonly path: readonly string[] }

const CONVERTED = {
  utf8: 0,
  decimal: 5,
  uint8: 11,
  uint16: 12,
  uint32: 13,
  uint64: 14,
  int8: 15,
  int16: 16,
} as const

const asStored: DecoderType = { converted: null, float16: false }

/** What a top-level column of a Parquet schema is to us when it is a leaf or a list of leaves; null for any other. */
export function mapFlatColumn(element: SchemaElement): ColumnMapping | null {
  if (element.repetition === 'repeated') return null
  if (element.children.length === 0) return mapLeaf(element, [element.name], [])
  return element.annotation?.kind === 'list' ? mapList(element) : null
}

/**
 * The three-level form `group a (LIST) { repeated group list { optional T element } }`, and the older two-level one,
 * `group a (LIST) { repeated T element }`.
 */
function mapList(element: SchemaElement): ColumnMapping | null {
  const middle = element.children[0]
  const item = middle?.children[0]
  if (element.children.length !== 1 || middle?.repetition !== 'repeated') return null
  if (middle.children.length === 0) return asList(mapLeaf(middle, [element.name, middle.name], [element]))
  if (middle.children.length !== 1 || item === undefined || item.children.length > 0) return null
  if (item.repetition === 'repeated' || middle.name === 'array' || middle.name === `${element.name}_tuple`)
    return null
  return asList(mapLeaf(item, [element.name, middle.name, item.name], [element, middle]))
}

function asList(mapping: ColumnMapping): ColumnMapping {
  if (mapping.kind === 'unsupported') return mapping
  return { ...mapping, type: listOf(mapping.type), conversion: { kind: 'list', item: mapping.conversion } }
}

function mapLeaf(
  leaf: SchemaElement,
  path: readonly string[],
  listLevels: readonly SchemaElement[],
): ColumnMapping {
  const mapped = leafType(leaf)
  if (typeof mapped === 'string') return { kind: 'unsupported', what: mapped, path }
  const [type, conversion, decoderType] = mapped
  return {
    kind: 'supported',
    type,
    conversion,
    leaf,
    decoderType: decoderType ?? asStored,
    path,
    listLevels,
    nested: null,
  }
}

type LeafType = readonly [type: DataType, conversion: Conversion, decoderType?: DecoderType]

function copy(width: number): Conversion {
  return { kind: 'copy', width }
}

/** What a leaf is to us; a text says what cannot be read. */
export function leafType(leaf: SchemaElement): LeafType | string {
  const annotation = leaf.annotation
  if (annotation?.kind === 'null') {
    return leaf.physical === 'INT32'
      ? [types.null, { kind: 'null' }]
      : 'a column of NULLs of this physical type'
  }
  switch (leaf.physical) {
    case 'BOOLEAN':
      return [types.bool, { kind: 'bitmap' }]
    case 'INT32':
      return int32Type(leaf)
    case 'INT64':
      return int64Type(leaf)
    case 'INT96':
      return [types.timestamp, { kind: 'int96' }, { ...asStored, fixedBytes: 12 }]
    case 'FLOAT':
      return [types.float32, copy(4)]
    case 'DOUBLE':
      return [types.float64, copy(8)]
    case 'BYTE_ARRAY':
      return byteArrayType(leaf)
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedType(leaf)
    case null:
      return 'a group without columns'
  }
}

function int32Type(leaf: SchemaElement): LeafType | string {
  const annotation = leaf.annotation
  switch (annotation?.kind) {
    case 'decimal':
      return [decimal(annotation.precision, annotation.scale), { kind: 'widen' }]
    case 'date':
      return [types.date, copy(4)]
    case 'time':
      return [types.time, { kind: 'times', factor: 1000, from32: true }]
    case 'integer':
      return integerType(annotation.bits, annotation.signed)
    default:
      return [types.int32, copy(4)]
  }
}

function integerType(bits: number, signed: boolean): LeafType | string {
  const name = `${signed ? 'int' : 'uint'}${bits}`
  switch (name) {
    case 'int8':
      return [types.int8, copy(1), { ...asStored, converted: CONVERTED.int8 }]
    case 'int16':
      return [types.int16, copy(2), { ...asStored, converted: CONVERTED.int16 }]
    case 'int32':
      return [types.int32, copy(4)]
    case 'int64':
      return [types.int64, copy(8)]
    case 'uint8':
      return [types.uint8, copy(1), { ...asStored, converted: CONVERTED.uint8 }]
    case 'uint16':
      return [types.uint16, copy(2), { ...asStored, converted: CONVERTED.uint16 }]
    case 'uint32':
      return [types.uint32, copy(4), { ...asStored, converted: CONVERTED.uint32 }]
    case 'uint64':
      return [types.uint64, copy(8), { ...asStored, converted: CONVERTED.uint64 }]
    default:
      return `a ${bits}-bit integer`
  }
}

function int64Type(leaf: SchemaElement): LeafType | string {
  const annotation = leaf.annotation
  switch (annotation?.kind) {
    case 'decimal':
      // Beyond 18 digits our DECIMAL is 16 bytes wide; int64 holds at most 18 digits and a bit.
      return annotation.precision <= 18
        ? [decimal(annotation.precision, annotation.scale), copy(8)]
        : 'DECIMAL of more than 18 digits stored as INT64'
    case 'integer':
      return integerType(annotation.bits, annotation.signed)
    case 'time':
      return [types.time, micros(annotation.unit)]
    case 'timestamp':
      // An instant has microseconds, a reading of a clock may have nanoseconds.
      return annotation.unit === 'ns' && !annotation.utc
        ? [types.timestampNs, copy(8)]
        : [{ kind: 'timestamp', zone: annotation.utc ? 'UTC' : null }, micros(annotation.unit)]
    default:
      return [types.int64, copy(8)]
  }
}

function micros(unit: 'ms' | 'us' | 'ns'): Conversion {
  switch (unit) {
    case 'ms':
      return { kind: 'times', factor: 1000, from32: false }
    case 'us':
      return copy(8)
    case 'ns':
      return { kind: 'divided', factor: 1000 }
  }
}

function byteArrayType(leaf: SchemaElement): LeafType | string {
  const annotation = leaf.annotation
  switch (annotation?.kind) {
    case 'string':
    case 'enum':
    case 'json':
      return [types.utf8, { kind: 'bytes' }, { ...asStored, converted: CONVERTED.utf8 }]
    case 'decimal':
      return decimalType(annotation.precision, annotation.scale)
    default:
      return [types.binary, { kind: 'bytes' }]
  }
}

function decimalType(precision: number, scale: number): LeafType | string {
  if (precision > 38) return `DECIMAL of ${precision} digits`
  return [
    decimal(precision, scale),
    { kind: 'decimal128', narrow: precision <= 18 },
    { converted: CONVERTED.decimal, float16: false, precision, scale },
  ]
}

function fixedType(leaf: SchemaElement): LeafType | string {
  const annotation = leaf.annotation
  switch (annotation?.kind) {
    case 'decimal':
      return decimalType(annotation.precision, annotation.scale)
    case 'uuid':
      return leaf.typeLength === 16 ? [{ kind: 'uuid' }, { kind: 'uuid' }] : 'a UUID that has not 16 bytes'
    case 'float16':
      return leaf.typeLength === 2
        ? [types.float32, { kind: 'half' }, { converted: null, float16: true }]
        : 'a FLOAT16 that has not 2 bytes'
    case 'interval':
      return leaf.typeLength === 12
        ? [types.interval, { kind: 'interval' }]
        : 'an INTERVAL that has not 12 bytes'
    default:
      return leaf.typeLength > 0
        ? [types.binary, { kind: 'fixed_bytes', width: leaf.typeLength }]
        : 'a fixed-length column of no length'
  }
}
