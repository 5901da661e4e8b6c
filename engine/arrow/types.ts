import { quotedName } from './quoted-name.ts'

/**
 * The logical types of columns and expressions, and how a value of each lies in the heap.
 *
 * `decimal` covers DECIMAL(p, s), and HUGEINT, which is decimal(38, 0) under another name.
 * `timestamp` is microseconds since 1970-01-01 UTC; with a zone it is an instant, without one a wall-clock reading.
 * `timestamp_s` and `timestamp_ms` are readings rounded to seconds and milliseconds, in microseconds all the same;
 * `timestamp_ns` are nanoseconds. Functions take all of them as timestamps.
 * `timetz` is a time of day with its offset: microseconds of the day in UTC, which may lie outside of it, times 2^18 (with
 * its sign), and then 65536 less the seconds east of UTC, so that integers compare as the times do.
 * `uuid` is its text in small letters, of 36 bytes.
 * `bit` is a byte that says how many bits of the next one are no part of it, and then its bits (`kernels/assembly/bit-text.ts`).
 * `duration` is microseconds (Polars); `interval` is months, days and microseconds (SQL).
 */
export type DataType =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int8' }
  | { readonly kind: 'int16' }
  | { readonly kind: 'int32' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'uint8' }
  | { readonly kind: 'uint16' }
  | { readonly kind: 'uint32' }
  | { readonly kind: 'uint64' }
  | { readonly kind: 'float32' }
  | { readonly kind: 'float64' }
  | DecimalType
  | { readonly kind: 'date' }
  | { readonly kind: 'time' }
  | { readonly kind: 'timestamp'; readonly zone: string | null }
  | { readonly kind: 'timestamp_s' }
  | { readonly kind: 'timestamp_ms' }
  | { readonly kind: 'timestamp_ns' }
  | { readonly kind: 'timetz' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'interval' }
  | TextType
  | { readonly kind: 'uuid' }
  | { readonly kind: 'bit' }
  | { readonly kind: 'binary' }
  | EnumType
  | JsonType
  | ListType
  | StructType
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType }

/** A `collation` says how SQL compares the texts (`binder/collation.ts`); it is the same type as without. */
export interface TextType {
  readonly kind: 'utf8'
  readonly collation?: string
}

/**
 * One of some texts, kept as its place among them, from 0 on, by which it is compared. Before binding, a type of which
 * only the `name` is known has no values.
 */
export interface EnumType {
  readonly kind: 'enum'
  readonly values: readonly string[]
  readonly name?: string
}

/** With `binary`, JSONB: in PostgreSQL's normal form, so that equal documents are equal texts. */
export interface JsonType {
  readonly kind: 'json'
  readonly binary?: true
}

/**
 * `isHuge`, of 38 digits, goes by the name of HUGEINT; what is cast to one that `isOpen` must not lose digits behind the
 * point. Both are the same type as without.
 */
export interface DecimalType {
  readonly kind: 'decimal'
  readonly precision: number
  readonly scale: number
  readonly isHuge?: true
  readonly isOpen?: true
}

/** With `size`, an ARRAY: every value that is not NULL has so many items. It lies in the heap as any list does. */
export interface ListType {
  readonly kind: 'list'
  readonly item: DataType
  readonly size?: number
}

/**
 * Fields in order; names are told apart without regard to case. A field of `row(…)` has the name ''. With `isUnion`, a
 * UNION: the first field is the tag, an enum of the members' names, and the others are the members, of which all are NULL
 * but the one that the tag names.
 */
export interface StructType {
  readonly kind: 'struct'
  readonly isUnion?: true
  readonly fields: readonly { readonly name: string; readonly type: DataType }[]
}

export type TypeKind = DataType['kind']

/**
 * How one value is held in Wasm locals, and in a row or a staging vector. (Arrow vectors differ in two: bool is a
 * bitmap there, and bytes and list are offsets and data.)
 *
 * | physical | Wasm locals              | bytes in a row or staging| layout                                             |
 * |----------|--------------------------|--------------------------|----------------------------------------------------|
 * | bool     | i32 (0 or 1)             | 1                        | u8                                                 |
 * | i8, i16  | i32, sign-extended       | 1, 2                     |                                                    |
 * | u8, u16  | i32, zero-extended       | 1, 2                     |                                                    |
 * | i32, u32 | i32                      | 4                        |                                                    |
 * | i64, u64 | i64                      | 8                        |                                                    |
 * | f32      | f32                      | 4                        |                                                    |
 * | f64      | f64                      | 8                        |                                                    |
 * | i128     | i64 low, i64 high        | 16                       | little endian, two's complement                    |
 * | bytes    | i32 pointer, i32 length  | 8                        | u32 pointer, u32 byte length                       |
 * | interval | i32 months, i32 days, i64| 16                       | i32 months, i32 days, i64 microseconds             |
 * | list     | i32 pointer, i32 count   | 8                        | u32 pointer, u32 item count; see below             |
 *
 * A list's pointer addresses `count` items of the item's vector width, 8-byte aligned, followed by `count` validity
 * bytes (1 = valid). What is nested deeper lies in bytes that hold no addresses, so that they can be copied, kept and
 * spilled like a text:
 *
 * - A struct is `bytes`: its fields' values in order, each as wide as an item of a list is; a validity byte for each
 *   field; and then what those point to. Their pointers count from the struct's first byte.
 * - A list inside a list or a struct is `bytes` (see `itemPhysical`): u32 item count, the items, the validity bytes, and
 *   then what the items point to. Their pointers count from the u32.
 * - A map is a list of structs of a key and a value. JSON is its text.
 */
export type PhysicalType =
  | 'bool'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'i128'
  | 'bytes'
  | 'interval'
  | 'list'

export interface Field {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

export interface Schema {
  readonly fields: readonly Field[]
}

export const types = {
  null: { kind: 'null' },
  bool: { kind: 'bool' },
  int8: { kind: 'int8' },
  int16: { kind: 'int16' },
  int32: { kind: 'int32' },
  int64: { kind: 'int64' },
  uint8: { kind: 'uint8' },
  uint16: { kind: 'uint16' },
  uint32: { kind: 'uint32' },
  uint64: { kind: 'uint64' },
  float32: { kind: 'float32' },
  float64: { kind: 'float64' },
  date: { kind: 'date' },
  time: { kind: 'time' },
  timestamp: { kind: 'timestamp', zone: null },
  timestampS: { kind: 'timestamp_s' },
  timestampMs: { kind: 'timestamp_ms' },
  timestampNs: { kind: 'timestamp_ns' },
  timetz: { kind: 'timetz' },
  uuid: { kind: 'uuid' },
  bit: { kind: 'bit' },
  duration: { kind: 'duration' },
  interval: { kind: 'interval' },
  utf8: { kind: 'utf8' },
  binary: { kind: 'binary' },
  json: { kind: 'json' },
  jsonb: { kind: 'json', binary: true },
  /** What other engines call HUGEINT. */
  hugeint: { kind: 'decimal', precision: 38, scale: 0, isHuge: true },
} as const satisfies Record<string, DataType>

export function decimal(precision: number, scale: number): DataType {
  return { kind: 'decimal', precision, scale }
}

export function listOf(item: DataType): ListType {
  return { kind: 'list', item }
}

export function arrayOf(item: DataType, size: number): ListType {
  return { kind: 'list', item, size }
}

export function structOf(fields: StructType['fields']): StructType {
  return { kind: 'struct', fields }
}

/** What an entry of a map is. */
export function entryType(map: DataType & { readonly kind: 'map' }): StructType {
  return structOf([
    { name: 'key', type: map.key },
    { name: 'value', type: map.value },
  ])
}

/** The type of the items of a list, or of the entries of a map; null for any other type. */
export function itemTypeOf(type: DataType): DataType | null {
  if (type.kind === 'list') return type.item
  return type.kind === 'map' ? entryType(type) : null
}

const PHYSICAL = {
  null: 'bool',
  bool: 'bool',
  int8: 'i8',
  int16: 'i16',
  int32: 'i32',
  int64: 'i64',
  uint8: 'u8',
  uint16: 'u16',
  uint32: 'u32',
  uint64: 'u64',
  float32: 'f32',
  float64: 'f64',
  date: 'i32',
  time: 'i64',
  timestamp: 'i64',
  timestamp_s: 'i64',
  timestamp_ms: 'i64',
  timestamp_ns: 'i64',
  timetz: 'i64',
  uuid: 'bytes',
  bit: 'bytes',
  duration: 'i64',
  interval: 'interval',
  utf8: 'bytes',
  binary: 'bytes',
  enum: 'u32',
  json: 'bytes',
  list: 'list',
  struct: 'bytes',
  map: 'list',
} as const satisfies Record<Exclude<TypeKind, 'decimal'>, PhysicalType>

/** DECIMAL up to 18 digits is one int64, beyond that an int128. */
export function physicalType(type: DataType): PhysicalType {
  if (type.kind === 'decimal') return type.precision <= 18 ? 'i64' : 'i128'
  return PHYSICAL[type.kind]
}

/** How a value lies inside a list or a struct: as anywhere else, but for lists, which are packed into bytes there. */
export function itemPhysical(type: DataType): PhysicalType {
  const physical = physicalType(type)
  return physical === 'list' ? 'bytes' : physical
}

/** The type under which a vector of items is stored: packed lists are plain bytes. */
export function storedItemType(type: DataType): DataType {
  return physicalType(type) === 'list' ? types.binary : type
}

const WIDTH = {
  bool: 1,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  f32: 4,
  f64: 8,
  i128: 16,
  bytes: 8,
  interval: 16,
  list: 8,
} as const satisfies Record<PhysicalType, number>

/** Bytes that one value takes in a row or a staging vector. */
export function physicalWidth(type: PhysicalType): number {
  return WIDTH[type]
}

export function unionOf(members: StructType['fields']): StructType {
  const tag: EnumType = { kind: 'enum', values: members.map(({ name }) => name) }
  return { kind: 'struct', isUnion: true, fields: [{ name: '', type: tag }, ...members] }
}

export function isUnion(type: DataType): type is StructType & { readonly isUnion: true } {
  return type.kind === 'struct' && type.isUnion === true
}

export function unionMembers({ fields }: StructType): StructType['fields'] {
  return fields.slice(1)
}

/** Whether values of the type have parts. */
export function isNested(type: DataType): boolean {
  return type.kind === 'struct' || type.kind === 'list' || type.kind === 'map'
}

/** Whether values hold bytes with parts of their own, which Arrow has in columns: structs, maps, and lists in lists. */
export function isPacked(type: DataType): boolean {
  if (type.kind === 'struct' || type.kind === 'map') return true
  return type.kind === 'list' && isNested(type.item)
}

export function isInteger(type: DataType): boolean {
  return /^u?int(8|16|32|64)$/.test(type.kind)
}

export function isFloat(type: DataType): boolean {
  return type.kind === 'float32' || type.kind === 'float64'
}

export function isNumeric(type: DataType): boolean {
  return isInteger(type) || isFloat(type) || type.kind === 'decimal'
}

export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return a.zone === b.zone
  if (a.kind === 'enum' && b.kind === 'enum') return sameValues(a, b)
  if (a.kind === 'json' && b.kind === 'json') return a.binary === b.binary
  if (a.kind === 'list' && b.kind === 'list') return a.size === b.size && sameType(a.item, b.item)
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.key, b.key) && sameType(a.value, b.value)
  if (a.kind === 'struct' && b.kind === 'struct') {
    return (
      a.isUnion === b.isUnion &&
      a.fields.length === b.fields.length &&
      a.fields.every(({ name, type }, i) => name === b.fields[i]!.name && sameType(type, b.fields[i]!.type))
    )
  }
  return a.kind === b.kind
}

function sameValues(a: EnumType, b: EnumType): boolean {
  return (
    a === b || (a.values.length === b.values.length && a.values.every((value, i) => value === b.values[i]))
  )
}

const SQL_NAMES = {
  null: 'NULL',
  bool: 'BOOLEAN',
  int8: 'TINYINT',
  int16: 'SMALLINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  uint8: 'UTINYINT',
  uint16: 'USMALLINT',
  uint32: 'UINTEGER',
  uint64: 'UBIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp_s: 'TIMESTAMP_S',
  timestamp_ms: 'TIMESTAMP_MS',
  timestamp_ns: 'TIMESTAMP_NS',
  timetz: 'TIME WITH TIME ZONE',
  uuid: 'UUID',
  bit: 'BIT',
  duration: 'DURATION',
  interval: 'INTERVAL',
  utf8: 'VARCHAR',
  binary: 'BLOB',
} as const

/** The SQL spelling, as DESCRIBE and error messages show it. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return type.isHuge === true ? 'HUGEINT' : `DECIMAL(${type.precision},${type.scale})`
    case 'timestamp':
      return type.zone === null ? 'TIMESTAMP' : 'TIMESTAMP WITH TIME ZONE'
    case 'json':
      return type.binary === true ? 'JSONB' : 'JSON'
    case 'enum':
      return `ENUM(${type.values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`
    case 'list':
      return `${typeName(type.item)}[${type.size ?? ''}]`
    case 'struct':
      if (type.isUnion === true)
        return `UNION(${unionMembers(type)
          .map(({ name, type: member }) => `${quotedName(name)} ${typeName(member)}`)
          .join(', ')})`
      return `STRUCT(${type.fields.map(({ name, type: field }) => (name === '' ? '' : `${quotedName(name)} `) + typeName(field)).join(', ')})`
    case 'map':
      return `MAP(${typeName(type.key)}, ${typeName(type.value)})`
    default:
      return SQL_NAMES[type.kind]
  }
}
