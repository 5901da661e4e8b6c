import { object, variant, type Raw } from './raw.ts'

/**
 * How tightly operators bind, as in PostgreSQL and DuckDB, which the parser's generic dialect does not follow: there
 * `^` is looser than `+`, `<<` looser than `=`, and IS DISTINCT FROM takes everything on its right, AND included.
 */
const BINDING = {
  lambda: 0,
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  match: 6,
  other: 7,
  sum: 8,
  product: 9,
  power: 10,
} as const

const bindings: Readonly<Record<string, number>> = {
  Or: BINDING.or,
  And: BINDING.and,
  Eq: BINDING.comparison,
  NotEq: BINDING.comparison,
  Lt: BINDING.comparison,
  LtEq: BINDING.comparison,
  Gt: BINDING.comparison,
  GtEq: BINDING.comparison,
  Spaceship: BINDING.comparison,
  Plus: BINDING.sum,
  Minus: BINDING.sum,
  Multiply: BINDING.product,
  Divide: BINDING.product,
  DuckIntegerDivide: BINDING.product,
  MyIntegerDivide: BINDING.product,
  Modulo: BINDING.product,
  BitwiseXor: BINDING.power,
  PGExp: BINDING.power,
}

type Token =
  | { readonly kind: 'operand'; readonly node: unknown }
  | { readonly kind: 'prefix'; readonly binding: number; readonly build: (operand: unknown) => unknown }
  | {
      readonly kind: 'infix'
      readonly binding: number
      readonly build: (left: unknown, right: unknown) => unknown
    }
  | { readonly kind: 'postfix'; readonly binding: number; readonly build: (operand: unknown) => unknown }

/** Nodes that are as they should be. */
const settled = new WeakSet<object>()

/** The same operators and operands, in their order, grouped by how tightly operators bind. */
export function groupByPrecedence(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || settled.has(raw)) return raw
  const tokens: Token[] = []
  flatten(raw, tokens)
  return tokens.length === 1 ? raw : new Grouper(tokens).group(0)
}

/** Writes an expression out again as it was read; parentheses are operands. */
function flatten(raw: unknown, tokens: Token[]): void {
  if (typeof raw === 'object' && raw !== null && settled.has(raw)) {
    tokens.push({ kind: 'operand', node: raw })
    return
  }
  const [name, content] = variant(raw)
  switch (name) {
    case 'BinaryOp': {
      const node = object(content)
      const [op] = variant(node['op'])
      if (op === 'Arrow') {
        arrow(tokens, node)
        return
      }
      const binding = bindings[op] ?? BINDING.other
      infix(tokens, binding, node['left'], node['right'], (left, right) => ({
        BinaryOp: { ...node, left, right },
      }))
      return
    }
    case 'IsDistinctFrom':
    case 'IsNotDistinctFrom': {
      const [first, second] = content as readonly [unknown, unknown]
      infix(tokens, BINDING.is, first, second, (left, right) => ({ [name]: [left, right] }))
      return
    }
    case 'Like':
    case 'ILike':
    case 'SimilarTo':
    case 'RLike': {
      const node = object(content)
      infix(tokens, BINDING.match, node['expr'], node['pattern'], (expr, pattern) => ({
        [name]: { ...node, expr, pattern },
      }))
      return
    }
    case 'Between': {
      const node = object(content)
      infix(tokens, BINDING.match, node['expr'], node['high'], (expr, high) => ({
        Between: { ...node, expr, high },
      }))
      return
    }
    case 'InList':
    case 'InSubquery':
    case 'InUnnest':
      postfix(tokens, BINDING.match, name, object(content), 'expr')
      return
    case 'AnyOp':
    case 'AllOp':
      postfix(tokens, BINDING.comparison, name, object(content), 'left')
      return
    case 'IsNull':
    case 'IsNotNull':
    case 'IsUnknown':
    case 'IsNotUnknown':
    case 'IsTrue':
    case 'IsNotTrue':
    case 'IsFalse':
    case 'IsNotFalse':
      flatten(content, tokens)
      tokens.push({ kind: 'postfix', binding: BINDING.is, build: (operand) => ({ [name]: operand }) })
      return
    case 'UnaryOp': {
      const node = object(content)
      const [op] = variant(node['op'])
      const binding =
        op === 'Not' ? BINDING.not : op === 'PGBitwiseNot' || op === 'BitwiseNot' ? BINDING.other : null
      if (binding === null) break
      tokens.push({ kind: 'prefix', binding, build: (expr) => ({ UnaryOp: { ...node, expr } }) })
      flatten(node['expr'], tokens)
      return
    }
    default:
      break
  }
  tokens.push({ kind: 'operand', node: raw })
}

/**
 * `json -> 'key'` is an operator like others; the arrow of a lambda, `x -> x + 1`, takes everything that is right of it.
 */
function arrow(tokens: Token[], node: Raw): void {
  flatten(node['left'], tokens)
  const at = tokens.length
  flatten(node['right'], tokens)
  const next = tokens[at]
  const isKey = next?.kind === 'operand' && variant(next.node)[0] === 'Value'
  tokens.splice(at, 0, {
    kind: 'infix',
    binding: isKey ? BINDING.other : BINDING.lambda,
    build: (left, right) => ({ BinaryOp: { ...node, left, right } }),
  })
}

function infix(
  tokens: Token[],
  binding: number,
  left: unknown,
  right: unknown,
  build: (left: unknown, right: unknown) => unknown,
): void {
  flatten(left, tokens)
  tokens.push({ kind: 'infix', binding, build })
  flatten(right, tokens)
}

function postfix(tokens: Token[], binding: number, name: string, node: Raw, operand: string): void {
  flatten(node[operand], tokens)
  tokens.push({ kind: 'postfix', binding, build: (value) => ({ [name]: { ...node, [operand]: value } }) })
}

/** Precedence climbing; operators of one binding group from the left. */
class Grouper {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  group(loosest: number): unknown {
    const first = this.#tokens[this.#at++]!
    let left: unknown
    if (first.kind === 'operand') left = first.node
    else if (first.kind === 'prefix') left = settle(first.build(this.group(first.binding)))
    for (;;) {
      const next = this.#tokens[this.#at]
      if (next === undefined || next.kind === 'operand' || next.kind === 'prefix') return left
      if (next.binding < loosest) return left
      this.#at++
      left = settle(next.kind === 'infix' ? next.build(left, this.group(next.binding + 1)) : next.build(left))
    }
  }
}

function settle(node: unknown): unknown {
  settled.add(object(node))
  return node
}
