import { LakebookError, type SourceSpan } from '../../errors.ts'
import type { SqlExpression, SqlFunctionCall } from '../ast.ts'
import { COMPREHENSION_MARK } from '../respelling.ts'
import { joinSpans } from '../source-map.ts'
import { tokenize } from '../tokens.ts'
import { convertType, textLength, typeWrittenBefore } from './data-type.ts'
import { isOpenBound } from './open-bound.ts'
import { convertColumns } from './columns.ts'
import { convertFunction } from './function.ts'
import { convertOperator } from './operator.ts'
import { groupByPrecedence } from './precedence.ts'
import {
  array,
  collationName,
  identifier,
  object,
  objectName,
  optional,
  rawSpan,
  spanUnder,
  text,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

/** Converts a raw expression. Long chains of AND or + are walked, not recursed into, so that they cannot overflow. */
export function convertExpression(context: ConvertContext, raw: unknown): SqlExpression {
  const chain: { readonly op: unknown; readonly right: unknown; readonly node: unknown }[] = []
  let node = groupByPrecedence(raw)
  for (;;) {
    const [name, content] = variant(node)
    if (name !== 'BinaryOp') break
    const binary = object(content)
    chain.push({ op: binary['op'], right: binary['right'], node })
    node = binary['left']
  }
  let left = convertNode(context, node)
  for (const link of chain.toReversed()) {
    const right = convertExpression(context, link.right)
    if (isFactorial(link.op)) {
      if (right.kind !== 'number')
        throw unsupportedNode(context, 'An operator that binds closer than the ! before it', link.node)
      left = call('factorial', [left], left.span)
      continue
    }
    left = {
      kind: 'binary',
      op: convertOperator(context, link.op, link.node),
      left,
      right,
      span: joinSpans(left.span, right.span),
    }
  }
  return left
}

function convertNode(context: ConvertContext, raw: unknown): SqlExpression {
  const [name, content] = variant(raw)
  const fields = () => object(content)
  if (name === 'Value') return convertValue(context, fields(), raw)
  const span = spanUnder(context, raw)
  const at = (value: unknown) => convertExpression(context, value)
  switch (name) {
    case 'Identifier': {
      const { value, quote_style } = fields()
      const place = typeof quote_style === 'string' ? null : /^#(\d+)$/.exec(text(value))
      if (place) return { kind: 'position', place: Number(place[1]), span }
      return { kind: 'identifier', parts: [identifier(context, content)], span }
    }
    case 'CompoundIdentifier':
      return { kind: 'identifier', parts: array(content).map((part) => identifier(context, part)), span }
    case 'Nested':
      return at(content)
    case 'UnaryOp':
      return convertUnary(context, fields(), raw)
    case 'IsNull':
    case 'IsNotNull':
    case 'IsUnknown':
    case 'IsNotUnknown':
      return { kind: 'is', test: 'null', negated: name.startsWith('IsNot'), operand: at(content), span }
    case 'IsTrue':
    case 'IsNotTrue':
      return { kind: 'is', test: 'true', negated: name === 'IsNotTrue', operand: at(content), span }
    case 'IsFalse':
    case 'IsNotFalse':
      return { kind: 'is', test: 'false', negated: name === 'IsNotFalse', operand: at(content), span }
    case 'IsDistinctFrom':
    case 'IsNotDistinctFrom': {
      const [left, right] = array(content).map(at)
      const op = name === 'IsDistinctFrom' ? 'is_distinct_from' : 'is_not_distinct_from'
      return { kind: 'binary', op, left: left!, right: right!, span }
    }
    case 'Between': {
      const { expr, negated, low, high } = fields()
      return {
        kind: 'between',
        negated: negated === true,
        operand: at(expr),
        low: at(low),
        high: at(high),
        span,
      }
    }
    case 'InList': {
      const { expr, negated, list } = fields()
      return {
        kind: 'in_list',
        negated: negated === true,
        operand: at(expr),
        list: array(list).map(at),
        span,
      }
    }
    case 'InSubquery': {
      const { expr, negated, subquery } = fields()
      return {
        kind: 'in_query',
        negated: negated === true,
        operand: at(expr),
        query: context.query(subquery),
        span,
      }
    }
    case 'InUnnest': {
      const { expr, negated, array_expr } = fields()
      const contains: SqlExpression = {
        kind: 'quantified',
        op: '=',
        quantifier: 'any',
        operand: at(expr),
        source: at(array_expr),
        span,
      }
      return negated === true ? { kind: 'unary', op: 'not', operand: contains, span } : contains
    }
    case 'Exists': {
      const { subquery, negated } = fields()
      return { kind: 'exists', negated: negated === true, query: context.query(subquery), span }
    }
    case 'Subquery':
      return { kind: 'scalar_query', query: context.query(content), span }
    case 'AnyOp':
    case 'AllOp': {
      const { left, compare_op, right } = fields()
      const quantifier = name === 'AnyOp' ? 'any' : 'all'
      return {
        kind: 'quantified',
        op: convertOperator(context, compare_op, raw),
        quantifier,
        operand: at(left),
        source: at(right),
        span,
      }
    }
    case 'Like':
    case 'ILike':
    case 'SimilarTo': {
      const { expr, negated, pattern, escape_char, any } = fields()
      if (any === true) throw unsupportedNode(context, 'LIKE ANY', raw)
      const escape = optional(escape_char, (value) => convertEscape(context, object(value), value))
      const op = name === 'Like' ? 'like' : name === 'ILike' ? 'ilike' : 'similar'
      return {
        kind: 'like',
        op,
        negated: negated === true,
        operand: at(expr),
        pattern: at(pattern),
        escape,
        span,
      }
    }
    case 'RLike': {
      const { expr, negated, pattern } = fields()
      return { kind: 'binary', op: negated === true ? '!~' : '~', left: at(expr), right: at(pattern), span }
    }
    case 'Case': {
      const { operand, conditions, else_result } = fields()
      const branches = array(conditions).map((each) => {
        const { condition, result } = object(each)
        return { when: at(condition), then: at(result) }
      })
      return {
        kind: 'case',
        operand: optional(operand, at),
        branches,
        otherwise: optional(else_result, at),
        span,
      }
    }
    case 'Cast': {
      const { kind, expr, data_type, format } = fields()
      if (format !== undefined && format !== null) throw unsupportedNode(context, 'CAST with FORMAT', raw)
      const safe = kind === 'TryCast' || kind === 'SafeCast'
      const type = convertType(context, data_type, raw)
      const cast: SqlExpression = { kind: 'cast', operand: at(expr), type, try: safe, span }
      const length = context.dialect.name === 'postgres' ? textLength(data_type) : null
      return length === null ? cast : call('left', [cast, { kind: 'number', text: length, span }], span)
    }
    case 'TypedString': {
      const { data_type, value } = fields()
      const operand = convertValue(context, object(value), value)
      const type = typeWrittenBefore(context, operand.span) ?? convertType(context, data_type, raw)
      return { kind: 'cast', operand, type, try: false, span }
    }
    case 'Interval': {
      const { value, leading_field, last_field } = fields()
      if (last_field !== undefined && last_field !== null)
        throw unsupportedNode(context, 'INTERVAL … TO …', raw)
      return { kind: 'interval', value: at(value), unit: optional(leading_field, dateField), span }
    }
    case 'Extract': {
      const { field, expr } = fields()
      return call('date_part', [{ kind: 'string', value: dateField(field), span }, at(expr)], span)
    }
    case 'Substring': {
      const { expr, substring_from, substring_for } = fields()
      const from = optional(substring_from, at) ?? { kind: 'number', text: '1', span }
      const length = optional(substring_for, at)
      return call('substring', length ? [at(expr), from, length] : [at(expr), from], span)
    }
    case 'Trim': {
      const { expr, trim_where, trim_what, trim_characters } = fields()
      const fn = trim_where === 'Leading' ? 'ltrim' : trim_where === 'Trailing' ? 'rtrim' : 'trim'
      const what =
        optional(trim_what, at) ?? (array(trim_characters).length > 0 ? at(array(trim_characters)[0]) : null)
      return call(fn, what ? [at(expr), what] : [at(expr)], span)
    }
    case 'Position': {
      const { expr, in: whole } = fields()
      return call('position', [at(whole), at(expr)], span)
    }
    case 'Ceil':
    case 'Floor': {
      const { expr, field } = fields()
      const [, unit] = variant(field)
      if (unit !== 'NoDateTime' && unit !== undefined) throw unsupportedNode(context, `${name} … TO`, raw)
      return call(name.toLowerCase(), [at(expr)], span)
    }
    case 'AtTimeZone': {
      const { timestamp, time_zone } = fields()
      return call('timezone', [at(time_zone), at(timestamp)], span)
    }
    case 'Array':
      return convertList(context, array(fields()['elem']), span)
    case 'Dictionary':
      return {
        kind: 'struct',
        fields: array(content).map((each) => {
          const { key, value } = object(each)
          return { name: text(object(key)['value']), value: at(value) }
        }),
        span,
      }
    case 'Map':
      return {
        kind: 'map',
        entries: array(fields()['entries']).map((each) => {
          const { key, value } = object(each)
          return { key: at(key), value: at(value) }
        }),
        span,
      }
    case 'Tuple':
      return { kind: 'tuple', items: array(content).map(at), span }
    case 'Function':
      // user, current_date: a column may be called so
      if (fields()['args'] === 'None')
        return { kind: 'identifier', parts: objectName(context, fields()['name']), span }
      return convertColumns(context, fields(), raw) ?? asTuple(convertFunction(context, fields(), raw))
    case 'CompoundFieldAccess':
      return convertAccess(context, fields(), raw)
    case 'Overlay': {
      const { expr, overlay_what, overlay_from, overlay_for } = fields()
      const length = optional(overlay_for, at)
      const args = [at(expr), at(overlay_what), at(overlay_from)]
      return call('overlay', length ? [...args, length] : args, span)
    }
    case 'Collate': {
      const { expr, collation } = fields()
      return { kind: 'collate', operand: at(expr), collation: collationName(context, collation), span }
    }
    default:
      throw unsupportedNode(context, `The expression ${words(name)}`, raw)
  }
}

/** `5!`: see `sql/operator-respelling.ts`. */
function isFactorial(op: unknown): boolean {
  const [name, content] = variant(op)
  return name === 'PGCustomBinaryOperator' && array(content).at(-1) === 'factorial'
}

/** A text, or in its place a name: see `sql/operator-respelling.ts`. */
function convertEscape(context: ConvertContext, node: Raw, raw: unknown): SqlExpression {
  const value = convertValue(context, node, raw)
  const { span } = value
  const written = span ? context.source.text.slice(span.start, span.end) : ''
  if (value.kind !== 'string' || !/^[\p{L}_"]/u.test(written) || /^e'/i.test(written)) return value
  const names = written.match(/"(?:[^"]|"")*"|[^."\s]+/g) ?? []
  const parts = names.map((name) => ({ name: name.replace(/^"|"$/g, '').replaceAll('""', '"'), span }))
  return { kind: 'identifier', parts, span }
}

/** `row(a, b)` is `(a, b)`. */
function asTuple(call: SqlFunctionCall): SqlExpression {
  const isRow = call.name.toLowerCase() === 'row' && !call.star && !call.distinct && call.over === null
  return isRow ? { kind: 'tuple', items: call.args, span: call.span } : call
}

function call(name: string, args: readonly SqlExpression[], span: SqlExpression['span']): SqlExpression {
  return {
    kind: 'function',
    name,
    nameSpan: span,
    args,
    star: false,
    distinct: false,
    filter: null,
    orderBy: [],
    ignoreNulls: false,
    over: null,
    span,
  }
}

/** `Year`, `Years`, `{ Custom: ident }` → `year`. */
function dateField(raw: unknown): string {
  const [name, content] = variant(raw)
  if (name === 'Custom') return text(object(content)['value']).toLowerCase()
  return name.toLowerCase()
}

function convertUnary(context: ConvertContext, fields: Raw, raw: unknown): SqlExpression {
  const operand = convertExpression(context, fields['expr'])
  const span = spanUnder(context, raw)
  const [op] = variant(fields['op'])
  switch (op) {
    case 'Plus':
      return { kind: 'unary', op: '+', operand, span }
    case 'Minus':
      return { kind: 'unary', op: '-', operand, span }
    case 'Not':
    case 'BangNot':
      return { kind: 'unary', op: 'not', operand, span }
    case 'PGBitwiseNot':
    case 'BitwiseNot':
      return { kind: 'unary', op: '~', operand, span }
    case 'PGAbs':
      return call('abs', [operand], span)
    default:
      throw unsupportedNode(context, `The operator ${words(op)}`, raw)
  }
}

/** `$name` → `name`; a `?` is called by its place among those of the cell. */
function parameterName(context: ConvertContext, written: string, span: SourceSpan | undefined): string {
  if (written !== '?') return written.slice(1)
  const marks = tokenize(context.source).filter(({ kind, text: mark }) => kind === 'symbol' && mark === '?')
  return String(marks.findIndex(({ start }) => start === span?.start) + 1)
}

export function convertValue(context: ConvertContext, node: Raw, raw: unknown): SqlExpression {
  const span = rawSpan(context, node['span'])
  const [name, content] = variant(node['value'])
  switch (name) {
    case 'Number':
      return { kind: 'number', text: text(array(content)[0]), span }
    case 'SingleQuotedString':
    case 'EscapedStringLiteral':
    case 'UnicodeStringLiteral':
    case 'NationalStringLiteral':
    case 'TripleSingleQuotedString':
      return { kind: 'string', value: text(content), span }
    case 'DollarQuotedString':
      return { kind: 'string', value: text(object(content)['value']), span }
    case 'HexStringLiteral': {
      const written = span ? context.source.text.slice(span.start, span.start + 2).toLowerCase() : ''
      if (written === '0x') return { kind: 'number', text: `0x${text(content)}`, span }
      return { kind: 'blob', hex: text(content), span }
    }
    case 'Boolean':
      return { kind: 'boolean', value: content === true, span }
    case 'Null':
      return { kind: 'null', span }
    case 'Placeholder':
      return { kind: 'parameter', name: parameterName(context, text(content), span), span }
    case 'DoubleQuotedString':
      throw new LakebookError('syntax', 'Double quotes are for names, single quotes for text', { span })
    default:
      throw unsupportedNode(context, `The literal ${words(name)}`, raw)
  }
}

/** `[x + 1 for x in l if x > 1]` reaches the parser as a list with a mark in it: see `sql/respelling.ts`. */
function convertList(
  context: ConvertContext,
  items: readonly unknown[],
  span: SqlExpression['span'],
): SqlExpression {
  const converted = items.map((item) => convertExpression(context, item))
  const [result, mark, ...rest] = converted
  if (mark?.kind !== 'parameter' || `$${mark.name}` !== COMPREHENSION_MARK)
    return { kind: 'list', items: converted, span }
  // the names, of which the last is what equals the list
  const last = rest.findIndex((each) => each.kind === 'binary' && each.op === '=')
  const source = rest[last]
  if (source?.kind !== 'binary') throw unsupportedNode(context, 'This list comprehension', items)
  const variables = [...rest.slice(0, last), source.left].map((each) => {
    if (each.kind === 'identifier' && each.parts.length === 1) return each.parts[0]!
    throw unsupportedNode(context, 'This list comprehension', items)
  })
  const condition = rest[last + 1] ?? null
  return { kind: 'comprehension', result: result!, variables, list: source.right, condition, span }
}

/** `.field`, or `.f(…)`, which calls f with what is before the dot as its first argument. */
function convertDot(
  context: ConvertContext,
  operand: SqlExpression,
  raw: unknown,
  span: SqlExpression['span'],
): SqlExpression {
  const inner = convertExpression(context, raw)
  if (inner.kind === 'identifier') {
    if (operand.kind === 'identifier') return { ...operand, parts: [...operand.parts, ...inner.parts], span }
    return inner.parts.reduce<SqlExpression>(
      (base, field) => ({ kind: 'field', operand: base, field, span }),
      operand,
    )
  }
  if (inner.kind === 'function') return { ...inner, args: [operand, ...inner.args], span }
  throw unsupportedNode(context, 'This after a dot', raw)
}

function convertAccess(context: ConvertContext, fields: Raw, raw: unknown): SqlExpression {
  let result = convertExpression(context, fields['root'])
  const span = spanUnder(context, raw)
  for (const link of array(fields['access_chain'])) {
    const [access, inner] = variant(link)
    if (access === 'Dot') {
      result = convertDot(context, result, inner, span)
      continue
    }
    const [form, bounds] = variant(inner)
    if (form === 'Index') {
      result = {
        kind: 'subscript',
        operand: result,
        index: convertExpression(context, object(bounds)['index']),
        span,
      }
      continue
    }
    const { lower_bound, upper_bound, stride } = object(bounds)
    const bound = (value: unknown) =>
      isOpenBound(context, value) ? null : optional(value, (each) => convertExpression(context, each))
    result = {
      kind: 'slice',
      operand: result,
      from: bound(lower_bound),
      to: bound(upper_bound),
      step: bound(stride),
      span,
    }
  }
  return result
}
