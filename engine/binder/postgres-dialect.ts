import { decimal, isFloat, isInteger, listOf, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { booleanCall, castTo, castWhereComputed, literal } from './coerce.ts'
import { bindDateTrunc } from './date-trunc.ts'
import { bindDialectCall } from './dialect-call.ts'
import type { Environment } from './environment.ts'
import { knownType } from './named-types.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * What `SET sql_dialect = 'postgres'` means, beside whole-number division and the order of NULLs, which it sets:
 *
 * - Types: FLOAT is double precision; NUMERIC without figures keeps the digits of what is cast; VARCHAR(n) cuts.
 * - Text of values: casts of lists, rows, bytes, floats and intervals, and what concat joins, are written as PostgreSQL
 *   writes them ({1,NULL}, (1,), \x0a, 1, 1 mon), and '{1,2}' and '\x0a' are read as lists and bytes.
 * - Functions: those of `bindPostgresCall`; LIKE takes a backslash as its escape; a list joined with NULL stays.
 * - Arithmetic between REAL and other numbers is double precision; << and >> lose bits (`shifted`).
 * - generate_series, regexp_matches and unnest in a select list give rows.
 *
 * Where PostgreSQL says nothing that contradicts DuckDB, its spelling works in either dialect.
 */

/** Digits behind the point of a NUMERIC that comes from a text or a float, or is a column without figures; more are refused. */
const OPEN_SCALE = 9

/** A cast that stands in the text: a constant that cannot be converted is an error where it is computed, if it is. */
export function castAsWritten(
  environment: Environment,
  operand: Expression,
  type: DataType,
  isTry: boolean,
): Expression {
  try {
    return castIn(environment, operand, type, isTry)
  } catch (error) {
    const isOfValue = error instanceof LakebookError && (error.code === 'cast' || error.code === 'overflow')
    if (isOfValue && environment.dialect === 'duckdb') return castWhereComputed(operand, type, isTry)
    throw error
  }
}

/** A cast that the text asks for, or that where the value goes to asks for. Errors: `cast`, `overflow`. */
export function castIn(
  { dialect }: Environment,
  operand: Expression,
  type: DataType,
  isTry = false,
): Expression {
  if (dialect === 'duckdb') return castTo(operand, type, isTry)
  const target = withScale(type, operand.type, operand)
  const { span } = operand
  if (operand.type.kind === 'utf8') {
    if (target.kind === 'binary') return scalarCall('postgres_bytes', [operand], span)
    if (target.kind === 'list') return castTo(scalarCall('postgres_list', [operand], span), target, isTry)
  }
  if (target.kind === 'utf8' && operand.type.kind !== 'bool') return postgresText(operand)
  return castTo(operand, target, isTry)
}

/** The type of a column that is defined so. */
export function columnType(environment: Environment, type: DataType, span?: SourceSpan): DataType {
  return withScale(knownType(environment, type, span), types.null, null)
}

/** NUMERIC without figures as a type that holds what is cast. */
function withScale(type: DataType, from: DataType, operand: Expression | null): DataType {
  if (type.kind === 'list') {
    const item = withScale(type.item, from.kind === 'list' ? from.item : from, null)
    return item === type.item ? type : listOf(item)
  }
  if (type.kind !== 'decimal' || type.precision > 0) return type
  if (from.kind === 'decimal') return from
  if (isInteger(from)) return decimal(from.kind.endsWith('64') ? 20 : 10, 0)
  const value = operand?.kind === 'literal' ? operand.value : null
  const text = typeof value === 'number' ? String(Number(value.toPrecision(15))) : value
  const digits = typeof text === 'string' ? /^\s*[+-]?(\d*)(?:\.(\d*))?\s*$/.exec(text) : null
  if (digits === null) return { kind: 'decimal', precision: 38, scale: OPEN_SCALE, isOpen: true }
  const scale = Math.min(digits[2]?.length ?? 0, 37)
  return decimal(Math.min(Math.max(digits[1]!.length + scale, 1), 38), scale)
}

/** A value as what PostgreSQL prints for it, where DuckDB prints something else. */
export function postgresText(value: Expression): Expression {
  const { type, span } = value
  const differs = isFloat(type) || ['bool', 'list', 'struct', 'binary', 'interval'].includes(type.kind)
  return differs ? scalarCall('postgres_text', [value], span) : castTo(value, types.utf8)
}

/** Between REAL and any other number, both are double precision. */
export function widened(left: Expression, right: Expression): readonly [Expression, Expression] {
  const isReal = ({ type }: Expression): boolean => type.kind === 'float32'
  const isNumber = ({ type }: Expression): boolean =>
    isInteger(type) || isFloat(type) || type.kind === 'decimal'
  if (isReal(left) === isReal(right) || !isNumber(left) || !isNumber(right)) return [left, right]
  return [castTo(left, types.float64), castTo(right, types.float64)]
}

/** `a << b` and `a >> b`: PostgreSQL loses bits that are shifted out, fills up with the sign, and takes `b` modulo the width. */
export function shifted(
  { dialect }: Environment,
  op: '<<' | '>>',
  left: Expression,
  right: Expression,
  span: SourceSpan | undefined,
): Expression {
  if (dialect === 'duckdb' || !isInteger(left.type) || !isInteger(right.type))
    return scalarCall(op, [left, right], span)
  const type = left.type.kind === 'int64' ? types.int64 : types.int32
  const name = op === '<<' ? 'postgres_shift_left' : 'postgres_shift_right'
  return scalarCall(name, [castTo(left, type), castTo(right, types.int32)], span)
}

/** Functions that mean something else in PostgreSQL; null for any other. */
export function bindPostgresCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [first, second, third] = args
  switch (name) {
    case 'substring':
    case 'substr':
      if (args.length < 2 || first!.type.kind !== 'utf8' || second!.type.kind === 'utf8') return null
      return substring(first!, second!, third ?? null, span)
    case 'array_to_string':
      return args.length === 2 ? scalarCall(name, args, span) : null
    case 'date_trunc':
      return bindDateTrunc(args, 'postgres', span)
    case 'concat':
      return scalarCall('concat', args.map(postgresText), span)
    case 'concat_ws':
      return scalarCall('concat_ws', args.map(postgresText), span)
    case 'encode':
    case 'convert_from':
      if (args.length !== 2 || first!.type.kind !== 'utf8') return null
      return bindDialectCall(name, [scalarCall('postgres_bytes', [first!], span), second!], span)
    case 'trim':
    case 'btrim':
    case 'ltrim':
    case 'rtrim':
      if (first?.type.kind !== 'binary' || second?.type.kind !== 'utf8') return null
      return scalarCall(name, [first, scalarCall('postgres_bytes', [second], span)], span)
    case 'regexp_split_to_array':
      return args.length === 2 ? scalarCall('postgres_regexp_split', args, span) : null
    case 'split_part':
      return args.length === 3 ? partOf(first!, second!, third!, span) : null
    case 'pg_typeof':
      if (args.length !== 1) return null
      if (first!.type.kind === 'struct') return literal('record', types.utf8, span)
      return first!.kind === 'literal' && first!.type.kind === 'utf8' && first!.isTyped !== true
        ? literal('unknown', types.utf8, span)
        : null
    default:
      return null
  }
}

/** A separator that is empty separates nothing: the whole is the first and the last part. */
function partOf(
  text: Expression,
  separator: Expression,
  place: Expression,
  span: SourceSpan | undefined,
): Expression {
  const empty = literal('', types.utf8)
  const whole = literal(1n, types.int64)
  const isWhole = scalarCall('=', [scalarCall('abs', [castTo(place, types.int64)], span), whole], span)
  const isEmpty = booleanCall('=', [castTo(separator, types.utf8), empty], undefined, span)
  const part = scalarCall('split_part', [text, separator, place], span)
  const branches = [
    { when: booleanCall('and', [isEmpty, isWhole], undefined, span), then: castTo(text, types.utf8) },
    { when: isEmpty, then: empty },
  ]
  return { kind: 'case', branches, otherwise: part, type: types.utf8, nullable: true, span }
}

/** Places before the first character count, and have nothing. */
function substring(
  text: Expression,
  from: Expression,
  length: Expression | null,
  span: SourceSpan | undefined,
): Expression {
  const one = literal(1n, types.int64)
  const start = castTo(from, types.int64)
  const begin: Expression = {
    kind: 'case',
    branches: [{ when: booleanCall('<', [start, one], undefined, span), then: one }],
    otherwise: start,
    type: types.int64,
    nullable: start.nullable,
  }
  if (length === null) return scalarCall('substring', [text, begin], span)
  const before = scalarCall('-', [scalarCall('least', [start, one], span), one], span)
  const left = scalarCall('+', [castTo(length, types.int64), before], span)
  return scalarCall(
    'substring',
    [text, begin, scalarCall('greatest', [left, literal(0n, types.int64)], span)],
    span,
  )
}

/** The function that a name means in PostgreSQL, where a function of its own has that meaning. */
export function postgresName(name: string): string {
  return POSTGRES_NAMES.get(name.toLowerCase()) ?? name
}

const POSTGRES_NAMES = new Map([
  ['string_to_array', 'split_text'],
  ['array_remove', 'array_remove_all'],
  ['array_replace', 'array_replace_all'],
])
