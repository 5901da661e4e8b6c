import { decimal, typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { eachItem, foldItems } from '../list-lambda.ts'
import { call, caseWhen, castTo, literal, type Lowered } from '../lowered.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { polarsCast } from '../polars-cast.ts'
import { element, self } from './elements.ts'
import { readIn } from '../zone-reading.ts'

export function textMethod(
  name: string,
  params: readonly Parameter[],
  apply: (text: Expression, operands: readonly Lowered[], node: CallNode) => Expression,
): ElementMethod {
  return element(`str.${name}`, params, (operands, node) => {
    const value = self(operands)
    if (value.type.kind !== 'utf8' && value.type.kind !== 'null') {
      throw new LakebookError('type', `\`str.${name}\` takes text, not ${typeName(value.type)}`, {
        span: node.span,
        hint: 'Cast it with .cast(pl.String).',
      })
    }
    return apply(castTo(value, types.utf8), operands, node)
  })
}

export function text(value: string): Expression {
  return literal(value, types.utf8)
}

function uint32(expression: Expression): Expression {
  return castTo(expression, types.uint32)
}

/** `$1` and `${1}` as this engine's regular expressions write references to groups. */
function replacementText(value: Expression): Expression {
  if (value.kind !== 'literal' || typeof value.value !== 'string') return value
  return { ...value, value: value.value.replaceAll('\\', '\\\\').replaceAll(/\$\{?(\d)\}?/g, '\\$1') }
}

/** Whether brackets in the pattern have no end or no beginning. */
function isWrongPattern(pattern: string): boolean {
  try {
    new RegExp(pattern.replace(/^\(\?[imsux]+\)/, ''), 'u').test('')
    return false
  } catch {
    return true
  }
}

function contains(value: Expression, operands: readonly Lowered[], node: CallNode): Expression {
  const pattern = castTo(operands[1]!.expression, types.utf8)
  const isWrong =
    pattern.kind === 'literal' && typeof pattern.value === 'string' && isWrongPattern(pattern.value)
  if (!node.args.bool('strict', true) && !node.args.bool('literal', false) && isWrong)
    return literal(null, types.bool)
  return node.args.bool('literal', false)
    ? call('contains', [value, pattern])
    : call('regexp_matches', [value, pattern])
}

function replace(everywhere: boolean) {
  return (value: Expression, operands: readonly Lowered[], node: CallNode): Expression => {
    const pattern = castTo(operands[1]!.expression, types.utf8)
    const replacement = castTo(operands[2]!.expression, types.utf8)
    const isLiteral = node.args.bool('literal', false)
    const most = node.args.int('n', 1)
    if (!everywhere && most < 0) return replace(true)(value, operands, node)
    if (!everywhere && most !== 1) return replaceFirst(value, pattern, replacement, most, node)
    if (isLiteral && everywhere) return call('replace', [value, pattern, replacement])
    if (isLiteral) return call('replace_first', [value, pattern, replacement])
    const args = [value, pattern, replacementText(replacement)]
    return call('regexp_replace', everywhere ? [...args, text('g')] : args)
  }
}

/** The first so many matches: what lies between the matches, each piece with what stands for the match after it. */
function replaceFirst(
  value: Expression,
  pattern: Expression,
  replacement: Expression,
  most: number,
  node: CallNode,
): Expression {
  if (
    replacement.kind !== 'literal' ||
    typeof replacement.value !== 'string' ||
    replacement.value.includes('$')
  ) {
    throw unsupported(
      'A replacement of several matches that names groups, or is no constant,',
      node.span,
      'Use str.replace_all, or write the new text out.',
    )
  }
  const found = node.args.bool('literal', false) ? call('regexp_escape', [pattern]) : pattern
  const matches = call('regexp_extract_all', [value, found])
  const joined = eachItem(call('regexp_split_to_array', [value, found]), (piece, place) => {
    const match = call('list_get', [matches, call('-', [place, literal(1n, types.int64)])])
    const isReplaced = call('and', [
      call('<=', [place, literal(BigInt(most), types.int64)]),
      call('is_not_null', [match]),
    ])
    const after = caseWhen([{ when: isReplaced, then: replacement }], call('coalesce', [match, text('')]))
    return call('||', [piece, after])
  })
  return call('array_to_string', [joined, text('')])
}

/** Every letter after something that is no letter in upper case, the others in lower case. */
function titleCase(value: Expression): Expression {
  const characters = call('string_split', [call('lower', [value]), text('')])
  const titled = eachItem(characters, (one, place) => {
    const before = call('list_get', [characters, call('-', [place, literal(2n, types.int64)])])
    const isLetter = call('<>', [before, call('upper', [before])])
    const isInside = call('and', [call('>', [place, literal(1n, types.int64)]), isLetter])
    return caseWhen([{ when: isInside, then: one }], call('upper', [one]))
  })
  return call('array_to_string', [titled, text('')])
}

/** Without characters, any whitespace goes. */
function strip(side: 'trim' | 'ltrim' | 'rtrim') {
  return (value: Expression, operands: readonly Lowered[]): Expression => {
    const characters = operands[1]?.expression
    if (characters !== undefined && characters.type.kind !== 'null')
      return call(side, [value, castTo(characters, types.utf8)])
    return side === 'trim' ? call('strip_whitespace', [value]) : call(side, [value, text(' \t\n\r\v\f')])
  }
}

/** Characters from `offset` (from the end below zero), `length` of them. */
function slice(value: Expression, operands: readonly Lowered[]): Expression {
  const offset = castTo(operands[1]!.expression, types.int64)
  const length = operands[2]
  if (length === undefined || length.expression.type.kind === 'null')
    return call('str_slice_from', [value, offset])
  return call('str_slice', [value, offset, castTo(length.expression, types.int64)])
}

function pad(fn: 'lpad' | 'rpad') {
  return (value: Expression, operands: readonly Lowered[], node: CallNode): Expression => {
    const fill = text(node.args.string('fill_char', ' '))
    const length = castTo(operands[1]!.expression, types.int64)
    const isLong = call('>=', [castTo(call('length', [value]), types.int64), length])
    return caseWhen([{ when: isLong, then: value }], call(fn, [value, castTo(length, types.int32), fill]))
  }
}

function toDate(value: Expression, _operands: readonly Lowered[], node: CallNode): Expression {
  return castTo(parsed(value, node, types.date), types.date, !node.args.bool('strict', true))
}

/** The short forms of Polars's directives, written out. */
const SHORT: Readonly<Record<string, string>> = {
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%D': '%m/%d/%y',
  '%.f': '.%f',
  '%.3f': '.%f',
  '%.6f': '.%f',
}

export function directives(format: string): string {
  return format.replaceAll(/%(?:\.\d?f|.)/g, (one) => SHORT[one] ?? one)
}

function parsed(
  value: Expression,
  node: CallNode,
  fallback: typeof types.date | typeof types.timestamp,
): Expression {
  const strict = node.args.bool('strict', true)
  if (!node.args.has('format')) return castTo(value, fallback, !strict)
  return call(strict ? 'strptime' : 'try_strptime', [value, text(directives(node.args.string('format', '')))])
}

/** Each part with the separator behind it; an empty part at the end goes. */
function withSeparators(parts: Expression, by: Expression): Expression {
  const count = castTo(call('len', [parts]), types.int64)
  const joined = eachItem(parts, (part, place) =>
    caseWhen([{ when: call('=', [place, count]), then: part }], call('||', [part, by])),
  )
  const isEmpty = call('=', [call('list_get', [joined, literal(-1n, types.int64)]), text('')])
  const kept = call('list_slice_by_offset', [
    joined,
    literal(0n, types.int64),
    call('-', [count, literal(1n, types.int64)]),
  ])
  return caseWhen([{ when: isEmpty, then: kept }], joined)
}

/** Digits and letters as a number to the base; what has others fails, or is null. */
function integerOfBase(value: Expression, base: number, isTry: boolean, node: CallNode): Expression {
  if (base < 2 || base > 36) throw node.args.invalid('base', 'a number from 2 to 36')
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base)
  const isNumber = call('regexp_full_match', [value, text(`(?i)[+-]?[${digits}]+`)])
  const plain = call('regexp_replace', [call('lower', [value]), text('^[+-]'), text('')])
  const size = foldItems(call('string_split', [plain, text('')]), literal(0n, types.int64), (total, digit) =>
    call('+', [
      call('*', [total, literal(BigInt(base), types.int64)]),
      call('-', [castTo(call('strpos', [text(digits), digit]), types.int64), literal(1n, types.int64)]),
    ]),
  )
  const isNegative = call('starts_with', [value, text('-')])
  const signed = caseWhen([{ when: isNegative, then: call('negate', [size]) }], size)
  const otherwise = isTry ? null : castTo(call('||', [value, text(' (not a number)')]), types.int64)
  return caseWhen([{ when: isNumber, then: signed }], otherwise)
}

/** Bytes before the first match. */
function placeOfPattern(value: Expression, given: Expression, node: CallNode): Expression {
  if (given.kind !== 'literal' || typeof given.value !== 'string' || /\\[1-9]/.test(given.value))
    throw unsupported('`str.find` with such a pattern', node.span, 'Write the pattern out, without \\1.')
  const before = call('str_extract', [value, text(`(?s)^(.*?)(?:${given.value})`), literal(1n, types.int32)])
  return uint32(call('strlen', [before]))
}

const pattern = required('pattern', 'operand')
const isLiteral = optional('literal', 'bool')
const strict = optional('strict', 'bool')
const format = optional('format', 'string')
const exact = optional('exact', 'bool')
const cache = optional('cache', 'bool')
const ambiguous = optional('ambiguous', 'string')
const characters = optional('characters', 'operand')

export const textMethods: readonly ElementMethod[] = [
  textMethod('to_uppercase', [], (value) => call('upper', [value])),
  textMethod('to_lowercase', [], (value) => call('lower', [value])),
  textMethod('len_chars', [], (value) => uint32(call('length', [value]))),
  textMethod('len_bytes', [], (value) => uint32(call('strlen', [value]))),
  textMethod('strip_chars', [characters], strip('trim')),
  textMethod('strip_chars_start', [characters], strip('ltrim')),
  textMethod('strip_chars_end', [characters], strip('rtrim')),
  textMethod('strip_prefix', [required('prefix', 'operand')], (value, operands) =>
    call('strip_prefix', [value, operands[1]!.expression]),
  ),
  textMethod('strip_suffix', [required('suffix', 'operand')], (value, operands) =>
    call('strip_suffix', [value, operands[1]!.expression]),
  ),
  textMethod('slice', [required('offset', 'operand'), optional('length', 'operand')], slice),
  textMethod('head', [required('n', 'operand')], (value, operands) =>
    call('left', [value, castTo(operands[1]!.expression, types.int64)]),
  ),
  textMethod('tail', [required('n', 'operand')], (value, operands) =>
    call('right', [value, castTo(operands[1]!.expression, types.int64)]),
  ),
  textMethod('contains', [pattern, isLiteral, strict], contains),
  textMethod('starts_with', [required('prefix', 'operand')], (value, operands) =>
    call('starts_with', [value, operands[1]!.expression]),
  ),
  textMethod('ends_with', [required('suffix', 'operand')], (value, operands) =>
    call('ends_with', [value, operands[1]!.expression]),
  ),
  textMethod(
    'replace',
    [pattern, required('value', 'operand'), isLiteral, optional('n', 'int')],
    replace(false),
  ),
  textMethod('replace_all', [pattern, required('value', 'operand'), isLiteral], replace(true)),
  textMethod('extract', [pattern, optional('group_index', 'int')], (value, operands, node) =>
    call('str_extract', [
      value,
      operands[1]!.expression,
      literal(BigInt(node.args.int('group_index', 1)), types.int32),
    ]),
  ),
  textMethod('count_matches', [pattern, isLiteral], (value, operands, node) => {
    const fn = node.args.bool('literal', false) ? 'count_matches' : 'regexp_count'
    return uint32(call(fn, [value, operands[1]!.expression]))
  }),
  textMethod(
    'split',
    [required('by', 'operand'), optional('inclusive', 'bool'), optional('literal', 'bool'), strict],
    (value, operands, node) => {
      const by = operands[1]!.expression
      const isInclusive = node.args.bool('inclusive', false)
      if (!node.args.bool('literal', true)) {
        if (isInclusive) throw node.args.invalid('inclusive', 'False where `literal` is False')
        return call('regexp_split_to_array', [value, by])
      }
      const parts = call('string_split', [value, by])
      return isInclusive ? withSeparators(parts, by) : parts
    },
  ),
  textMethod('pad_start', [required('length', 'operand'), optional('fill_char', 'string')], pad('lpad')),
  textMethod('pad_end', [required('length', 'operand'), optional('fill_char', 'string')], pad('rpad')),
  textMethod('zfill', [required('length', 'operand')], (value, operands) =>
    // the length is one in bytes
    call('str_zfill', [
      value,
      call('-', [
        castTo(operands[1]!.expression, types.int64),
        call(
          '-',
          ['strlen', 'length'].map((fn) => castTo(call(fn, [value]), types.int64)),
        ),
      ]),
    ]),
  ),
  textMethod('reverse', [], (value) => call('reverse', [value])),
  textMethod(
    'to_integer',
    [optional('base', 'int'), optional('dtype', 'dtype'), strict],
    (value, _operands, node) => {
      const base = node.args.int('base', 10)
      const isTry = !node.args.bool('strict', true)
      const type = node.args.has('dtype') ? node.args.dtype('dtype') : types.int64
      if (base === 10) return polarsCast(value, type, isTry)
      return castTo(integerOfBase(value, base, isTry, node), type, isTry)
    },
  ),
  textMethod('to_date', [format, strict, exact, cache], toDate),
  textMethod(
    'to_datetime',
    [
      format,
      optional('time_unit', 'string'),
      optional('time_zone', 'string'),
      strict,
      exact,
      cache,
      ambiguous,
    ],
    (value, _operands, node) => {
      const point = parsed(value, node, types.timestamp)
      return node.args.has('time_zone') ? readIn(point, node.args.string('time_zone', 'UTC')) : point
    },
  ),
  textMethod(
    'strptime',
    [required('dtype', 'dtype'), format, strict, exact, cache, ambiguous],
    (value, operands, node) =>
      node.args.dtype('dtype').kind === 'date'
        ? toDate(value, operands, node)
        : node.args.dtype('dtype').kind === 'time'
          ? castTo(parsed(value, node, types.timestamp), types.time)
          : parsed(value, node, types.timestamp),
  ),
  textMethod('encode', [required('encoding', 'string')], (value, _operands, node) =>
    call(node.args.choice('encoding', ['hex', 'base64'], 'hex') === 'hex' ? 'lower' : 'base64', [
      node.args.string('encoding', 'hex') === 'hex' ? call('hex', [value]) : call('encode', [value]),
    ]),
  ),
  textMethod('find', [pattern, isLiteral, strict], (value, operands, node) => {
    const given = operands[1]!.expression
    const isPlain =
      given.kind === 'literal' && typeof given.value === 'string' && !/[\\^$.|?*+()[\]{}]/.test(given.value)
    if (!node.args.bool('literal', false) && !isPlain) return placeOfPattern(value, given, node)
    const prefix = call('split_part', [value, given, literal(1n, types.int32)])
    return caseWhen(
      [{ when: call('contains', [value, given]), then: uint32(call('strlen', [prefix])) }],
      null,
    )
  }),
  textMethod('extract_all', [pattern], (value, operands) =>
    call('regexp_extract_all', [value, castTo(operands[1]!.expression, types.utf8)]),
  ),
  textMethod(
    'contains_any',
    [required('patterns', 'any'), optional('ascii_case_insensitive', 'bool')],
    (value, _operands, node) => {
      const isFolded = node.args.bool('ascii_case_insensitive', false)
      const fold = (one: Expression) => (isFolded ? call('lower', [one]) : one)
      const found = node.args
        .strings('patterns')
        .map((one) => call('contains', [fold(value), fold(text(one))]))
      if (found.length === 0) throw node.args.invalid('patterns', 'a list of texts')
      return found.reduce((left, right) => call('or', [left, right]))
    },
  ),
  textMethod('escape_regex', [], (value) =>
    call('regexp_replace', [
      value,
      text(String.raw`([\\.+*?()|\[\]{}^$#&~\-])`),
      text(String.raw`\\\1`),
      text('g'),
    ]),
  ),
  textMethod('to_time', [format, strict, cache], (value, _operands, node) => {
    const isTry = !node.args.bool('strict', true)
    if (!node.args.has('format')) return castTo(value, types.time, isTry)
    const format = directives(node.args.string('format', ''))
    const stamp = call(isTry ? 'try_strptime' : 'strptime', [value, text(format)])
    return castTo(stamp, types.time)
  }),
  textMethod('to_decimal', [required('scale', 'int')], (value, _operands, node) =>
    polarsCast(value, decimal(38, node.args.int('scale', 0)), true),
  ),
  textMethod('to_titlecase', [], titleCase),
]
