import { decimal, listOf, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { strftimeFormat } from '../functions/postgres-format.ts'
import type { Expression } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * Functions of PostgreSQL and DataFusion whose meaning a literal or a type decides: to_char, to_timestamp with a format,
 * pg_typeof, arrow_typeof, arrow_cast, regexp_match, encode and decode. Null for any other function.
 */
export function bindDialectCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [first, second] = args
  switch (name) {
    case 'to_char':
      if (args.length !== 2 || !isTime(first!.type)) return null
      return scalarCall('strftime', [first!, formatOf(second!, span)], span)
    case 'to_timestamp':
      if (first?.type.kind !== 'utf8') return null
      if (args.length === 1) return castTo(first, types.timestamp)
      return args.length === 2 ? scalarCall('strptime', [first, formatOf(second!, span)], span) : null
    case 'pg_typeof':
      return args.length === 1 ? literal(postgresName(first!.type), types.utf8, span) : null
    case 'arrow_typeof':
      return args.length === 1 ? literal(arrowName(first!.type), types.utf8, span) : null
    case 'regexp_count':
      return args.length > 2 ? countFrom(args, span) : null
    case 'regexp_match':
      return args.length === 2 ? firstMatch(first!, second!, span) : null
    case 'date_trunc':
      return args.length === 3 ? truncatedInZone(args, span) : null
    case 'encode':
    case 'decode':
    case 'convert_to':
    case 'convert_from':
      return args.length === 2 ? recoded(name, first!, second!, span) : null
    case 'arrow_cast':
      return args.length === 2 ? castTo(first!, arrowType(second!, span)) : null
    default:
      return null
  }
}

/** regexp_count(text, pattern, start[, flags]) */
function countFrom(args: readonly Expression[], span: SourceSpan | undefined): Expression {
  const [value, pattern, start, flags] = args
  const rest = scalarCall('substring', [value!, start!], span)
  if (!flags) return scalarCall('regexp_count', [rest, pattern!], span)
  const given = literalText(flags, 'regexp_count with flags that are not a literal', span)
  const prefix = given === '' ? '' : `(?${given})`
  const flagged = scalarCall('||', [literal(prefix, types.utf8), pattern!], span)
  return scalarCall('regexp_count', [rest, flagged], span)
}

/** The groups of the first match, or all of it when the pattern has none; NULL without a match. */
function firstMatch(value: Expression, pattern: Expression, span: SourceSpan | undefined): Expression {
  const source = literalText(pattern, 'regexp_match with a pattern that is not a literal', span)
  const plain = source.replaceAll(/\\.|\[[^\]]*\]/gs, '')
  const groups = plain.match(/\((?!\?)|\(\?P?<[A-Za-z_]/g)?.length ?? 0
  if (groups > 0 && /\||\)[?*{]/.test(plain)) {
    throw unsupported(
      'regexp_match with groups that need not match',
      span,
      'Use regexp_extract for each group.',
    )
  }
  const indexes = groups === 0 ? [0] : Array.from({ length: groups }, (_, index) => index + 1)
  const items = indexes.map((index) =>
    scalarCall('regexp_extract', [value, pattern, literal(BigInt(index), types.int32)], span),
  )
  const list = scalarCall('list_value', items, span)
  return {
    kind: 'case',
    branches: [{ when: scalarCall('regexp_matches', [value, pattern], span), then: list }],
    otherwise: null,
    type: list.type,
    nullable: true,
  }
}

/** date_trunc(part, instant, zone): by the clock of that zone. */
function truncatedInZone(args: readonly Expression[], span: SourceSpan | undefined): Expression {
  const [part, instant, zone] = args
  const shown = scalarCall('timezone', [zone!, instant!], span)
  return scalarCall('timezone', [zone!, scalarCall('date_trunc', [part!, shown], span)], span)
}

const RECODERS: Readonly<Record<string, string>> = {
  'encode base64': 'to_base64',
  'decode base64': 'from_base64',
  'decode hex': 'unhex',
  'convert_to utf8': 'encode',
  'convert_from utf8': 'decode',
}

/** Between bytes and texts of the encoding that the literal names. */
function recoded(
  name: string,
  value: Expression,
  encoding: Expression,
  span: SourceSpan | undefined,
): Expression {
  const given = literalText(encoding, `${name} to an encoding that is not a literal`, span)
  const form = given.toLowerCase().replace('-', '')
  if (name === 'encode' && form === 'hex')
    return scalarCall('lower', [scalarCall('hex', [value], span)], span)
  const fn = RECODERS[`${name} ${form}`]
  if (fn === undefined) throw unsupported(`${name} with the encoding '${given}'`, encoding.span ?? span)
  return scalarCall(fn, [value], span)
}

function literalText(expression: Expression, what: string, span: SourceSpan | undefined): string {
  if (expression.kind === 'literal' && typeof expression.value === 'string') return expression.value
  throw unsupported(what, expression.span ?? span)
}

function isTime({ kind }: DataType): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'time'
}

/** A format of % directives is taken as it is, any other one as PostgreSQL's. */
function formatOf(format: Expression, span: SourceSpan | undefined): Expression {
  if (format.kind !== 'literal' || typeof format.value !== 'string') {
    throw unsupported('A date format that is not a literal', format.span ?? span)
  }
  if (format.value.includes('%')) return format
  const translated = strftimeFormat(format.value)
  if (translated === null) throw unsupported(`The date format '${format.value}'`, format.span ?? span)
  return literal(translated, types.utf8, format.span)
}

const POSTGRES_NAMES: Partial<Record<DataType['kind'], string>> = {
  bool: 'boolean',
  int16: 'smallint',
  int32: 'integer',
  int64: 'bigint',
  float32: 'real',
  float64: 'double precision',
  decimal: 'numeric',
  utf8: 'character varying',
  binary: 'bytea',
  date: 'date',
  time: 'time without time zone',
  interval: 'interval',
  json: 'jsonb',
}

function postgresName(type: DataType): string {
  if (type.kind === 'list') return `${postgresName(type.item)}[]`
  if (type.kind === 'null') return 'unknown'
  if (type.kind === 'timestamp') {
    return type.zone === null ? 'timestamp without time zone' : 'timestamp with time zone'
  }
  return POSTGRES_NAMES[type.kind] ?? typeName(type).toLowerCase()
}

const ARROW_NAMES: Partial<Record<DataType['kind'], string>> = {
  null: 'Null',
  bool: 'Boolean',
  int8: 'Int8',
  int16: 'Int16',
  int32: 'Int32',
  int64: 'Int64',
  uint8: 'UInt8',
  uint16: 'UInt16',
  uint32: 'UInt32',
  uint64: 'UInt64',
  float32: 'Float32',
  float64: 'Float64',
  utf8: 'Utf8',
  binary: 'Binary',
  date: 'Date32',
  time: 'Time64(Microsecond)',
  interval: 'Interval(MonthDayNano)',
  duration: 'Duration(Microsecond)',
}

function arrowName(type: DataType): string {
  if (type.kind === 'decimal') return `Decimal128(${type.precision}, ${type.scale})`
  if (type.kind === 'timestamp')
    return `Timestamp(Microsecond, ${type.zone === null ? 'None' : `Some("${type.zone}")`})`
  if (type.kind === 'list') return `List(${arrowName(type.item)})`
  return ARROW_NAMES[type.kind] ?? typeName(type)
}

function arrowType(name: Expression, span: SourceSpan | undefined): DataType {
  if (name.kind !== 'literal' || typeof name.value !== 'string') {
    throw unsupported('arrow_cast to a type that is not a literal', name.span ?? span)
  }
  const found = parseArrowName(name.value.trim())
  if (found) return found
  throw new LakebookError('invalid_argument', `There is no type '${name.value}' of Arrow's`, {
    span: name.span ?? span,
    hint: 'Names are Int64, Float64, Utf8, Date32, Timestamp(Microsecond, None), Decimal128(10, 2) and their like.',
  })
}

function parseArrowName(name: string): DataType | null {
  const simple = Object.entries(ARROW_NAMES).find(([, arrow]) => arrow.toLowerCase() === name.toLowerCase())
  if (simple)
    return (Object.values(types) as readonly DataType[]).find(({ kind }) => kind === simple[0]) ?? null
  if (/^(LargeUtf8|Utf8View)$/i.test(name)) return types.utf8
  if (/^(LargeBinary|BinaryView|FixedSizeBinary\(\d+\))$/i.test(name)) return types.binary
  if (/^Date64$/i.test(name)) return types.date
  if (/^Time(32|64)\(/i.test(name)) return types.time
  const precise = /^Decimal(?:32|64|128|256)\(\s*(\d+)\s*,\s*(-?\d+)\s*\)$/i.exec(name)
  if (precise) return decimal(Math.min(Number(precise[1]), 38), Number(precise[2]))
  const time = /^Timestamp\(\s*\w+\s*,\s*(None|Some\("([^"]+)"\))\s*\)$/i.exec(name)
  if (time) return time[2] === undefined ? types.timestamp : { kind: 'timestamp', zone: 'UTC' }
  const list = /^(?:Large)?List\((.*)\)$/i.exec(name)
  const item = list ? parseArrowName(list[1]!.trim()) : null
  if (item) return listOf(item)
  const dictionary = /^Dictionary\([^,]+,\s*(.*)\)$/i.exec(name)
  return dictionary ? parseArrowName(dictionary[1]!.trim()) : null
}
