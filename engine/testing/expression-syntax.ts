import { decimal, sameType, types, type DataType } from '../arrow/types.ts'
import type { CaseExpression, Expression, LiteralValue } from '../plan/plan.ts'
import { resolveScalar } from '../functions/scalar-registry.ts'
import { commonTypeOf } from '../functions/scalar-types.ts'

export interface TestColumn {
  readonly name: string
  readonly type: DataType
  readonly values: readonly LiteralValue[]
}

const BINARY: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '<>', '!=', '<', '<=', '>', '>=', 'like', 'ilike', 'not like', 'not ilike'],
  ['||', '&', '|', '<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%'],
]

/**
 * A small reader of SQL expressions for tests, so that one text can be given to the engine and to its judge. Column i
 * of the row has id i.
 */
export function readExpression(text: string, columns: readonly TestColumn[]): Expression {
  const tokens = [
    ...text.matchAll(/\s*('(?:[^']|'')*'|\d+\.?\d*(?:e[+-]?\d+)?|\w+|::|<=|>=|<>|!=|\|\||\/\/|<<|>>|.)/gi),
  ].map((match) => match[1]!)
  let at = 0

  const peek = (offset = 0): string => (tokens[at + offset] ?? '').toLowerCase()
  const take = (expected?: string): string => {
    const token = tokens[at++] ?? ''
    if (expected !== undefined && token.toLowerCase() !== expected) {
      throw new Error(`expected ${expected} but found '${token}' in ${text}`)
    }
    return token
  }
  const accept = (...words: string[]): boolean => {
    if (!words.every((word, i) => peek(i) === word)) return false
    at += words.length
    return true
  }

  function binaryOperator(level: number): string | null {
    const two = `${peek()} ${peek(1)}`
    if (BINARY[level]!.includes(two)) {
      at += 2
      return two.replace(' ', '_')
    }
    if (!BINARY[level]!.includes(peek())) return null
    return take().toLowerCase()
  }

  function expression(level = 0): Expression {
    if (level === 2 && accept('not')) return call('not', [expression(2)])
    if (level === BINARY.length) return postfix()
    let left = expression(level + 1)
    for (;;) {
      if (level === 2) {
        const tested = test(left)
        if (tested !== null) {
          left = tested
          continue
        }
      }
      const operator = binaryOperator(level)
      if (operator === null) return left
      const args = [left, expression(level + 1)]
      if (operator.endsWith('like') && accept('escape')) args.push(expression(3))
      left = call(operator, args)
    }
  }

  function test(value: Expression): Expression | null {
    if (accept('is', 'not', 'distinct', 'from')) return call('is_not_distinct_from', [value, expression(3)])
    if (accept('is', 'distinct', 'from')) return call('is_distinct_from', [value, expression(3)])
    if (accept('is', 'not', 'null')) return call('is_not_null', [value])
    if (accept('is', 'null')) return call('is_null', [value])
    for (const truth of ['true', 'false']) {
      if (accept('is', truth)) return call(`is_${truth}`, [value])
      if (accept('is', 'not', truth)) return call(`is_not_${truth}`, [value])
    }
    if (accept('between')) {
      const low = expression(3)
      take('and')
      return call('between', [value, low, expression(3)])
    }
    const negated = peek() === 'not' && peek(1) === 'in'
    if (negated) take()
    if (accept('in')) {
      take('(')
      const found = call('in', [value, ...list(')')])
      return negated ? call('not', [found]) : found
    }
    return null
  }

  function postfix(): Expression {
    if (accept('-')) return call('negate', [postfix()])
    if (accept('~')) return call('~', [postfix()])
    let value = primary()
    while (accept('::')) value = castTo(value, readType(), false)
    return value
  }

  function list(end: string): Expression[] {
    const items: Expression[] = []
    while (!accept(end)) {
      items.push(expression())
      accept(',')
    }
    return items
  }

  function primary(): Expression {
    if (accept('(')) {
      const inner = expression()
      take(')')
      return inner
    }
    if (accept('[')) return call('list_value', list(']'))
    if (peek() === 'case') return caseExpression()
    if (peek(1) === '(' && (peek() === 'cast' || peek() === 'try_cast')) {
      const lenient = take().toLowerCase() === 'try_cast'
      take('(')
      const value = expression()
      take('as')
      const type = readType()
      take(')')
      return castTo(value, type, lenient)
    }
    if (['date', 'time', 'timestamp', 'interval'].includes(peek()) && peek(1).startsWith("'")) {
      const type = readType()
      return castTo(primary(), type, false)
    }
    const token = take()
    if (token.startsWith("'")) return literal(token.slice(1, -1).replaceAll("''", "'"), types.utf8)
    if (/^\d/.test(token)) return numberLiteral(token)
    const word = token.toLowerCase()
    if (word === 'null') return literal(null, types.null)
    if (word === 'true' || word === 'false') return literal(word === 'true', types.bool)
    if (accept('(')) return call(word, list(')'))
    const id = columns.findIndex((column) => column.name === token)
    if (id < 0) throw new Error(`unknown column ${token}`)
    const { name, type, values } = columns[id]!
    return { kind: 'column', id, name, type, nullable: values.includes(null) }
  }

  function caseExpression(): Expression {
    take('case')
    const branches: { when: Expression; then: Expression }[] = []
    while (accept('when')) {
      const when = expression()
      take('then')
      branches.push({ when, then: expression() })
    }
    const otherwise = accept('else') ? expression() : null
    take('end')
    const results = [...branches.map((branch) => branch.then), ...(otherwise === null ? [] : [otherwise])]
    const type = commonTypeOf(results.map((result) => result.type))
    if (type === null) throw new Error(`no common type in ${text}`)
    return {
      kind: 'case',
      branches: branches.map(({ when, then }) => ({ when, then: castTo(then, type, false) })),
      otherwise: otherwise === null ? null : castTo(otherwise, type, false),
      type,
      nullable: otherwise === null || results.some((result) => result.nullable),
    } satisfies CaseExpression
  }

  function readType(): DataType {
    const word = take().toLowerCase()
    const sizes: number[] = []
    if ((word === 'decimal' || word === 'numeric') && accept('(')) {
      do sizes.push(Number(take()))
      while (accept(','))
      take(')')
    }
    const type =
      word === 'decimal'
        ? decimal(sizes[0] ?? 18, sizes[1] ?? (sizes.length === 0 ? 3 : 0))
        : NAMED_TYPES[word]
    if (type === undefined) throw new Error(`unknown type ${word}`)
    if (!accept('[')) return type
    take(']')
    return { kind: 'list', item: type }
  }

  const result = expression()
  if (at < tokens.length) throw new Error(`what is '${tokens[at]}' in ${text}?`)
  return result
}

const NAMED_TYPES: Readonly<Record<string, DataType>> = {
  bool: types.bool,
  boolean: types.bool,
  tinyint: types.int8,
  smallint: types.int16,
  int: types.int32,
  integer: types.int32,
  bigint: types.int64,
  hugeint: types.hugeint,
  utinyint: types.uint8,
  usmallint: types.uint16,
  uinteger: types.uint32,
  ubigint: types.uint64,
  float: types.float32,
  double: types.float64,
  varchar: types.utf8,
  blob: types.binary,
  date: types.date,
  time: types.time,
  timestamp: types.timestamp,
  timestamptz: { kind: 'timestamp', zone: 'UTC' },
  uuid: types.uuid,
  bit: types.bit,
  interval: types.interval,
}

export function literal(value: LiteralValue, type: DataType): Expression {
  return { kind: 'literal', value, type, nullable: value === null }
}

function numberLiteral(token: string): Expression {
  if (/e/i.test(token)) return literal(Number(token), types.float64)
  const [whole, fraction] = token.split('.') as [string, string | undefined]
  const digits = BigInt(whole + (fraction ?? ''))
  if (fraction !== undefined) {
    const precision = Math.max(whole.replace(/^0+/, '').length + fraction.length, 1)
    return literal(digits, decimal(precision, fraction.length))
  }
  return literal(digits, digits < 2n ** 31n ? types.int32 : digits < 2n ** 63n ? types.int64 : types.hugeint)
}

export function castTo(expression: Expression, type: DataType, lenient: boolean): Expression {
  if (sameType(expression.type, type)) return expression
  return {
    kind: 'cast',
    arg: expression,
    try: lenient,
    type,
    nullable: expression.nullable || lenient || expression.type.kind === 'null',
  }
}

/** A call with its arguments cast to what the function takes. */
export function call(name: string, args: readonly Expression[]): Expression {
  const literals = args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined))
  const argTypes = args.map((arg) => arg.type)
  const resolved = resolveScalar(name, argTypes, literals)
  if (resolved === undefined) {
    throw new Error(`no function ${name}(${argTypes.map((type) => type.kind).join(', ')})`)
  }
  const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i]!, false))
  return {
    kind: 'call',
    fn: resolved.name,
    args: cast,
    type: resolved.type,
    nullable: resolved.nullability(cast.map((arg) => arg.nullable)),
  }
}
