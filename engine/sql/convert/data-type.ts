import {
  arrayOf,
  decimal,
  listOf,
  structOf,
  types,
  unionOf,
  type DataType,
  type StructType,
} from '../../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../../errors.ts'
import { TYPE_OF_EXPRESSION } from '../generated-respelling.ts'
import { WRITTEN_BEFORE_TEXT } from '../respelling.ts'
import {
  array,
  object,
  objectName,
  spanUnder,
  text,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
} from './raw.ts'
import { unscaledDecimal } from '../ast.ts'

const byName: Readonly<Record<string, DataType>> = {
  bool: types.bool,
  boolean: types.bool,
  logical: types.bool,
  tinyint: types.int8,
  int1: types.int8,
  smallint: types.int16,
  int2: types.int16,
  short: types.int16,
  mediumint: types.int32,
  int: types.int32,
  integer: types.int32,
  int4: types.int32,
  int32: types.int32,
  signed: types.int32,
  bigint: types.int64,
  int8: types.int64,
  int64: types.int64,
  long: types.int64,
  int16: types.int16,
  hugeint: types.hugeint,
  int128: types.hugeint,
  utinyint: types.uint8,
  uint8: types.uint8,
  tinyintunsigned: types.uint8,
  usmallint: types.uint16,
  uint16: types.uint16,
  smallintunsigned: types.uint16,
  uinteger: types.uint32,
  uint32: types.uint32,
  intunsigned: types.uint32,
  integerunsigned: types.uint32,
  ubigint: types.uint64,
  uint64: types.uint64,
  bigintunsigned: types.uint64,
  real: types.float32,
  float: types.float32,
  float4: types.float32,
  float32: types.float32,
  double: types.float64,
  doubleprecision: types.float64,
  float8: types.float64,
  float64: types.float64,
  text: types.utf8,
  string: types.utf8,
  varchar: types.utf8,
  char: types.utf8,
  character: types.utf8,
  charactervarying: types.utf8,
  charvarying: types.utf8,
  bpchar: types.utf8,
  nvarchar: types.utf8,
  blob: types.binary,
  bytea: types.binary,
  binary: types.binary,
  varbinary: types.binary,
  bytes: types.binary,
  json: types.json,
  jsonb: types.jsonb,
  date: types.date,
  date32: types.date,
  interval: types.interval,
  datetime: types.timestamp,
  timestampntz: types.timestamp,
  timestamp_us: types.timestamp,
  timestamptz: { kind: 'timestamp', zone: 'UTC' },
  timestamp_s: types.timestampS,
  timestamp_ms: types.timestampMs,
  timestamp_ns: types.timestampNs,
  timetz: types.timetz,
  uuid: types.uuid,
  bit: types.bit,
  bitstring: types.bit,
}

const MOST_ARRAY_ITEMS = 100_000

/** A parsed type. Lengths of strings mean nothing, as in DuckDB. Errors: `type` for a precision out of range. */
export function convertType(context: ConvertContext, value: unknown, place: unknown): DataType {
  const [name, content] = variant(value)
  switch (name) {
    case 'Decimal':
    case 'Numeric':
    case 'Dec':
    case 'BigDecimal':
    case 'BigNumeric':
      return decimalType(context, content)
    case 'Float':
      return floatType(context, content)
    case 'Timestamp':
    case 'Datetime':
      return timestampType(content)
    case 'TimestampNtz':
      return types.timestamp
    case 'Time': {
      const zone = array(content)[1]
      if (zone === 'WithTimeZone' || zone === 'Tz') return types.timetz
      return types.time
    }
    case 'Array': {
      const [form, inner] = variant(content)
      if (form === 'None') break
      const [item, size] = Array.isArray(inner) ? (inner as readonly unknown[]) : [inner]
      const type = convertType(context, item, place)
      // PostgreSQL takes a size and means nothing by it
      if (typeof size !== 'number' || context.dialect.name === 'postgres') return listOf(type)
      return checkedArray(type, size, spanUnder(context, place))
    }
    case 'Map': {
      const [key, inner] = array(content)
      return { kind: 'map', key: convertType(context, key, place), value: convertType(context, inner, place) }
    }
    case 'Union': {
      // STRUCT(…) reaches the parser in these letters: see `sql/respelling.ts`
      const fields = array(content).map((each) => {
        const { field_name, field_type } = object(each)
        return { name: text(object(field_name)['value']), type: convertType(context, field_type, place) }
      })
      if (wasStruct(context, content)) return structOf(fields)
      checkMembers(fields, spanUnder(context, place))
      return unionOf(fields)
    }
    case 'Enum': {
      const values = array(array(content)[0]).map((member) => text(variant(member)[1]))
      return { kind: 'enum', values }
    }
    case 'Custom': {
      const parts = objectName(context, array(content)[0])
      if (parts.at(-1)?.name === TYPE_OF_EXPRESSION) return types.null
      const custom = byName[parts.at(-1)?.name.toLowerCase() ?? '']
      const isKnown = parts.length === 1 || parts[0]!.name.toLowerCase() === 'pg_catalog'
      if (custom && isKnown) return custom
      if (parts.length === 1 && array(array(content)[1]).length === 0)
        return { kind: 'enum', values: [], name: parts[0]!.name }
      throw unsupportedNode(context, `The type ${parts.map((part) => part.name).join('.')}`, place)
    }
    default: {
      const type = byName[name.toLowerCase()]
      if (type) return type
    }
  }
  throw unsupportedNode(context, `The type ${words(name).toUpperCase()}`, place)
}

/** Errors: `type` for a member that is there twice. */
function checkMembers(members: StructType['fields'], span: SourceSpan | undefined): void {
  const names = members.map(({ name }) => name.toLowerCase())
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new LakebookError('type', `The UNION has two members "${twice}"`, { span })
}

function checkedArray(item: DataType, size: number, span: SourceSpan | undefined): DataType {
  if (size >= 1 && size <= MOST_ARRAY_ITEMS) return arrayOf(item, size)
  throw new LakebookError('type', `An array has 1 to ${MOST_ARRAY_ITEMS} items, not ${size}`, {
    span,
    hint: 'Leave the number out for a list of any length.',
  })
}

/** The type before a text, where the parser was given another one: see `sql/respelling.ts`. */
export function typeWrittenBefore(context: ConvertContext, span: SourceSpan | undefined): DataType | null {
  const word = /(\w+)\s*$/.exec(context.source.text.slice(0, span?.start ?? 0))?.[1]?.toLowerCase()
  return word !== undefined && WRITTEN_BEFORE_TEXT.has(word) ? (byName[word] ?? null) : null
}

/** The characters that a cast to VARCHAR(n) or CHAR(n) keeps in PostgreSQL; null for any number. */
export function textLength(value: unknown): string | null {
  const [name, content] = variant(value)
  if (!/^(Varchar|CharacterVarying|CharVarying|Char|Character)$/.test(name)) return null
  if (content === undefined || content === null)
    return name.startsWith('Char') && !/Varying/.test(name) ? '1' : null
  const length = (object(content)['IntegerLength'] as { length?: unknown } | undefined)?.length
  return typeof length === 'number' ? String(length) : null
}

function wasStruct(context: ConvertContext, fields: unknown): boolean {
  const span = spanUnder(context, fields)
  return span !== undefined && /(struct|row)\s*\(\s*"?$/i.test(context.source.text.slice(0, span.start))
}

function decimalType({ dialect }: ConvertContext, content: unknown): DataType {
  const [form, figures] = content === undefined ? ['None', undefined] : variant(content)
  if (form === 'None') return dialect.name === 'postgres' ? unscaledDecimal : decimal(18, 3)
  const list = Array.isArray(figures) ? (figures as readonly unknown[]) : [figures]
  const precision = Number(list[0])
  const scale = Number(list[1] ?? 0)
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    throw new LakebookError('type', `DECIMAL(${precision}, ${scale}) is out of range`, {
      hint: 'The precision is 1 to 38 digits, of which at most all are behind the point.',
    })
  }
  return decimal(precision, scale)
}

/** FLOAT(n) has n bits: up to 24 is single precision. Without figures it is so in DuckDB, and double in PostgreSQL. */
function floatType({ dialect }: ConvertContext, content: unknown): DataType {
  const plain = dialect.name === 'postgres' ? types.float64 : types.float32
  if (content === undefined) return plain
  const [form, figures] = variant(content)
  if (form === 'None') return plain
  const bits = Number(Array.isArray(figures) ? figures[0] : (figures ?? 24))
  return bits > 24 ? types.float64 : types.float32
}

function timestampType(content: unknown): DataType {
  const zone = Array.isArray(content) ? (content as readonly unknown[])[1] : undefined
  const zoned = zone === 'WithTimeZone' || zone === 'Tz'
  return zoned ? { kind: 'timestamp', zone: 'UTC' } : types.timestamp
}

/** Whether a raw type is present at all: column definitions may go without. */
export function hasType(value: unknown): boolean {
  return typeof value === 'string' ? value !== 'Unspecified' : Object.keys(object(value)).length > 0
}
