import { decimal, isInteger, listOf, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { strftimeFormat } from '../functions/postgres-format.ts'
import type { Expression } from '../plan/plan.ts'
import { booleanCall, castTo, literal } from './coerce.ts'
import { bindDateTrunc } from './date-trunc.ts'
import { structPack } from './nested.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * Functions of PostgreSQL and DataFusion whose meaning a literal or a type decides: to_char, to_timestamp with a format,
 * pg_typeof, arrow_typeof, arrow_cast, regexp_replace from a place on, encode and decode. Null for any other function.
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
      return args.length === 2 ? scalarCall(name, [...args, literal('', types.utf8)], span) : null
    case 'regexp_replace':
      return replacedFrom(args, span)
    case 'date_trunc':
      return bindDateTrunc(args, 'duckdb', span)
    case 'encode':
    case 'decode':
    case 'convert_to':
    case 'convert_from':
      return args.length === 2 ? recoded(name, first!, second!, span) : null
    case 'jsonb_set':
    case 'jsonb_insert':
      return changedJson(name, args, span)
    case 'jsonb_extract_path':
    case 'jsonb_extract_path_text':
      return second?.type.kind === 'utf8'
        ? scalarCall(name, [first!, scalarCall('list_value', args.slice(1), span)], span)
        : null
    case 'cast_to_type':
      return args.length === 2 ? castTo(first!, second!.type) : null
    case 'like_escape':
    case 'ilike_escape':
    case 'not_like_escape':
    case 'not_ilike_escape':
      return args.length === 3 ? scalarCall(name.replace('_escape', ''), args, span) : null
    case 'strftime':
      return first?.type.kind === 'utf8' && second && isTime(second.type)
        ? scalarCall(name, [second, first], span)
        : null
    case 'strptime':
    case 'try_strptime':
      if (args.length !== 2) return null
      return second!.type.kind === 'list'
        ? parsedBySome(name, first!, second!, span)
        : parsedBy(name, first!, second!, span)
    case 'contains':
      if (first?.type.kind === 'list') return scalarCall('list_contains', args, span)
      return first?.type.kind === 'map' ? scalarCall('map_contains', args, span) : null
    case 'date_part':
    case 'datepart':
      return first?.type.kind === 'list' && args.length === 2 ? severalParts(first, second!, span) : null
    case 'regexp_extract':
      return args.length > 2 ? extracted(args, span) : null
    case 'arrow_cast':
      return args.length === 2 ? castTo(first!, arrowType(second!, span)) : null
    default:
      return null
  }
}

/** The constant texts of a list that is written out. Errors: `unsupported`. */
function constantTexts(list: Expression, what: string, span: SourceSpan | undefined): readonly string[] {
  if (list.kind !== 'call' || list.fn !== 'list_value')
    throw unsupported(`${what} that is not a constant`, span)
  return list.args.map((item) => literalText(item, `${what} that is not a constant`, span))
}

/** What a format with an offset or a zone in it reads is an instant. */
function parsedBy(
  name: string,
  value: Expression,
  format: Expression,
  span: SourceSpan | undefined,
): Expression {
  const parsed = scalarCall(name, [value, format], span)
  const isInstant =
    format.kind === 'literal' && typeof format.value === 'string' && /^(?:[^%]|%[^z])*%z/i.test(format.value)
  return isInstant ? castTo(parsed, { kind: 'timestamp', zone: 'UTC' }) : parsed
}

/** By the first of several formats that fits; where none does, the last one says so. */
function parsedBySome(
  name: string,
  value: Expression,
  formats: Expression,
  span: SourceSpan | undefined,
): Expression {
  const all = constantTexts(formats, `${name} with a list of formats`, span)
  const parsed = all.map((format, index) =>
    parsedBy(index === all.length - 1 ? name : 'try_strptime', value, literal(format, types.utf8), span),
  )
  if (parsed.length > 0) return scalarCall('coalesce', parsed, span)
  throw new LakebookError('invalid_argument', `${name} needs at least one format`, {
    span: formats.span ?? span,
  })
}

/** date_part(['year', 'month'], t): a struct of the parts. */
function severalParts(list: Expression, time: Expression, span: SourceSpan | undefined): Expression {
  const names = constantTexts(list, 'A list of date parts', span)
  const parts = names.map((name) => scalarCall('date_part', [literal(name, types.utf8), time], span))
  return structPack(names, parts, span)
}

/**
 * regexp_extract(text, pattern, group, options), and with a list of names in the place of the group a struct of the
 * groups. Null for the plain form.
 */
function extracted(args: readonly Expression[], span: SourceSpan | undefined): Expression | null {
  const [text, pattern, group, options] = args
  const isStruct = group!.type.kind === 'list'
  if (!isStruct && !options) return null
  const letters = options
    ? literalText(options, 'regexp_extract with options that are not a literal', span)
    : ''
  const flagged =
    letters === '' ? pattern! : scalarCall('||', [literal(`(?${letters})`, types.utf8), pattern!], span)
  if (!isStruct) return scalarCall('regexp_extract', [text!, flagged, group!], span)
  const names = constantTexts(group!, 'A list of group names', span)
  const groups = names.map((_, index) =>
    scalarCall('regexp_extract', [text!, flagged, literal(BigInt(index + 1), types.int32)], span),
  )
  const struct = structPack(names, groups, span)
  return {
    kind: 'case',
    branches: [text!, flagged].map((each) => ({
      when: scalarCall('is_null', [each], span),
      then: literal(null, struct.type),
    })),
    otherwise: struct,
    type: struct.type,
    nullable: true,
  }
}

/** regexp_count(text, pattern, start[, flags]) */
function countFrom(args: readonly Expression[], span: SourceSpan | undefined): Expression {
  const [value, pattern, start, flags] = args
  const count = (of: Expression): Expression => {
    const rest = scalarCall('substring', [value!, start!], span)
    const found = scalarCall('regexp_count', [rest, of], span)
    // nothing comes after the end, not even an empty match
    const end = scalarCall('+', [scalarCall('length', [value!], span), literal(1n, types.int64)], span)
    const isBeyond = booleanCall('>', [castTo(start!, types.int64), end], undefined, span)
    const branches = [{ when: isBeyond, then: literal(0n, found.type) }]
    return { kind: 'case', branches, otherwise: found, type: found.type, nullable: true, span }
  }
  if (!flags) return count(pattern!)
  const given = literalText(flags, 'regexp_count with flags that are not a literal', span)
  const prefix = given === '' ? '' : `(?${given})`
  const flagged = scalarCall('||', [literal(prefix, types.utf8), pattern!], span)
  return count(flagged)
}

/** regexp_replace(text, pattern, by, start[, count[, options]]); null for the other forms. */
function replacedFrom(args: readonly Expression[], span: SourceSpan | undefined): Expression | null {
  const [value, pattern, by, start, count, options] = args
  if (args.length < 4 || args.length > 6 || !isInteger(start!.type)) return null
  const rest = [count ?? literal(1n, types.int32), options ?? literal('', types.utf8)]
  return scalarCall('regexp_replace', [value!, pattern!, by!, start!, ...rest], span)
}

const RECODERS: Readonly<Record<string, string>> = {
  'encode base64': 'to_base64',
  'decode base64': 'from_base64',
  'decode hex': 'unhex',
  'encode escape': 'bytes_escape',
  'decode escape': 'bytes_unescape',
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
  if (fn === 'bytes_escape' && value.type.kind === 'utf8')
    return scalarCall(fn, [scalarCall('postgres_bytes', [value], span)], span)
  if (fn === undefined) throw unsupported(`${name} with the encoding '${given}'`, encoding.span ?? span)
  return scalarCall(fn, [value], span)
}

/** Text is a path as PostgreSQL writes a list, `{a,0}`; the last argument may be left out. */
function changedJson(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [json, path, value, flag] = args
  if (args.length < 3 || args.length > 4) return null
  const steps =
    path!.type.kind === 'utf8'
      ? castTo(scalarCall('postgres_list', [path!], span), listOf(types.utf8))
      : path!
  return scalarCall(name, [json!, steps, value!, flag ?? literal(name === 'jsonb_set', types.bool)], span)
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
