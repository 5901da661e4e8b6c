import type { SyntaxNode } from '@lezer/common'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { BinaryOperator, KeywordArgument, Syntax, UnaryOperator } from './ast.ts'
import { outsideSubset } from './outside-subset.ts'
import { parseNumber, parseString } from './parse-literals.ts'
import type { SourceText } from './source-text.ts'

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child)
  }
  return children
}

function spanOf(source: SourceText, node: SyntaxNode): SourceSpan {
  return source.span(node.from, node.to)
}

export function parseExpression(source: SourceText, node: SyntaxNode): Syntax {
  const span = spanOf(source, node)
  const text = source.slice(node.from, node.to)
  switch (node.name) {
    case 'VariableName':
      return { kind: 'name', name: text, span }
    case 'String':
      return { kind: 'string', value: parseString(text, span), span }
    case 'ContinuedString': {
      const parts = childrenOf(node).map((part) => {
        if (part.name !== 'String') throw outsideSubset(part.name, spanOf(source, part))
        return parseString(source.slice(part.from, part.to), spanOf(source, part))
      })
      return { kind: 'string', value: parts.join(''), span }
    }
    case 'Number':
      return parseNumber(text, span)
    case 'Boolean':
      return { kind: 'boolean', value: text === 'True', span }
    case 'None':
      return { kind: 'none', span }
    case 'ParenthesizedExpression': {
      const inner = childrenOf(node).find((child) => child.name !== '(' && child.name !== ')')
      if (inner === undefined) throw outsideSubset(node.name, span)
      return parseExpression(source, inner)
    }
    case 'ArrayExpression':
      return { kind: 'list', items: parseItems(source, node), span }
    case 'TupleExpression':
      return { kind: 'tuple', items: parseItems(source, node), span }
    case 'DictionaryExpression':
      return parseDict(source, node)
    case 'CallExpression':
      return parseCall(source, node)
    case 'MemberExpression':
      return parseMember(source, node)
    case 'UnaryExpression':
    case 'BinaryExpression':
      return new OperatorParser(source, flatten(source, node)).parse()
    default:
      throw outsideSubset(node.name, span)
  }
}

function parseItems(source: SourceText, node: SyntaxNode): Syntax[] {
  const items: Syntax[] = []
  for (const child of childrenOf(node)) {
    if (/^[()[\],]$/.test(child.name)) continue
    if (child.name === '*')
      throw unsupported('Unpacking with *', spanOf(source, child), 'Write the items out.')
    items.push(parseExpression(source, child))
  }
  return items
}

function parseDict(source: SourceText, node: SyntaxNode): Syntax {
  const parts = childrenOf(node).filter((child) => !/^[{},:]$/.test(child.name))
  const star = parts.find((part) => part.name === '**')
  if (star !== undefined)
    throw unsupported('Unpacking with **', spanOf(source, star), 'Write the entries out.')
  const entries = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [key, value] = [parts[i], parts[i + 1]]
    if (key !== undefined && value !== undefined) {
      entries.push({ key: parseExpression(source, key), value: parseExpression(source, value) })
    }
  }
  return { kind: 'dict', entries, span: spanOf(source, node) }
}

function parseCall(source: SourceText, node: SyntaxNode): Syntax {
  const [callee, list] = childrenOf(node)
  if (callee === undefined || list === undefined) throw outsideSubset(node.name, spanOf(source, node))
  const args: Syntax[] = []
  const keywords: KeywordArgument[] = []
  const parts = childrenOf(list)
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (part === undefined || /^[(),]$/.test(part.name)) continue
    if (part.name === '*' || part.name === '**') {
      throw unsupported(`Unpacking with ${part.name}`, spanOf(source, part), 'Write the arguments out.')
    }
    const value = parts[i + 2]
    if (part.name === 'VariableName' && parts[i + 1]?.name === 'AssignOp' && value !== undefined) {
      const name = source.slice(part.from, part.to)
      keywords.push({ name, value: parseExpression(source, value), span: spanOf(source, part) })
      i += 2
    } else if (part.name === 'for' || part.name === 'async') {
      throw outsideSubset('ComprehensionExpression', spanOf(source, list))
    } else {
      if (keywords.length > 0) {
        const span = spanOf(source, part)
        throw new LakebookError('syntax', 'A positional argument follows a keyword argument', {
          span,
          hint: 'Put positional arguments first.',
        })
      }
      args.push(parseExpression(source, part))
    }
  }
  return { kind: 'call', callee: parseExpression(source, callee), args, keywords, span: spanOf(source, node) }
}

function parseMember(source: SourceText, node: SyntaxNode): Syntax {
  const span = spanOf(source, node)
  const children = childrenOf(node)
  const [object, punctuation, member] = children
  if (object === undefined || member === undefined) throw outsideSubset(node.name, span)
  if (punctuation?.name === '.') {
    return {
      kind: 'attribute',
      object: parseExpression(source, object),
      name: source.slice(member.from, member.to),
      nameSpan: spanOf(source, member),
      span,
    }
  }
  const inner = children.slice(2, -1)
  if (inner.some((child) => child.name === ':')) {
    throw unsupported('A slice in square brackets', span, 'Use .slice(offset, length), .head(n) or .tail(n).')
  }
  const items = inner.filter((child) => child.name !== ',').map((child) => parseExpression(source, child))
  const first = items[0]
  if (first === undefined) throw outsideSubset(node.name, span)
  const index: Syntax = items.length === 1 ? first : { kind: 'tuple', items, span }
  return { kind: 'subscript', object: parseExpression(source, object), index, span }
}

interface Operand {
  readonly kind: 'operand'
  readonly syntax: Syntax
}

interface OperatorToken {
  readonly kind: 'operator'
  readonly text: string
  readonly span: SourceSpan
}

type Token = Operand | OperatorToken

/**
 * Operands and operators in the order of the text. The grammar gives `not a or b` as `not (a or b)` and chains of
 * comparisons as nested pairs, so precedence is worked out again below.
 */
function flatten(source: SourceText, node: SyntaxNode): Token[] {
  if (node.name !== 'BinaryExpression' && node.name !== 'UnaryExpression') {
    return [{ kind: 'operand', syntax: parseExpression(source, node) }]
  }
  const tokens: Token[] = []
  const children = childrenOf(node)
  for (let i = 0; i < children.length; i++) {
    const child = children[i]
    if (child === undefined) continue
    const isWord = /^(?:and|or|not|in|is)$/.test(child.name)
    if (!isWord && !/Op$/.test(child.name)) {
      tokens.push(...flatten(source, child))
      continue
    }
    let text = source.slice(child.from, child.to)
    const next = children[i + 1]
    if ((text === 'not' && next?.name === 'in') || (text === 'is' && next?.name === 'not')) {
      text = `${text} ${next.name}`
      i++
    }
    tokens.push({ kind: 'operator', text, span: spanOf(source, child) })
  }
  return tokens
}

/** Python's binary operators, loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['not'],
  ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is', 'is not'],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '@'],
]
const NOT_LEVEL = 2
const COMPARISON_LEVEL = 3

const COMPARISON_HINTS: Readonly<Record<string, string>> = {
  in: 'Use pl.col("x").is_in([...]).',
  'not in': 'Use ~pl.col("x").is_in([...]).',
  is: 'Use pl.col("x").is_null().',
  'is not': 'Use pl.col("x").is_not_null().',
  '<<': 'Multiply by a power of two.',
  '>>': 'Divide by a power of two with //.',
  '@': 'Matrix products are no part of Polars expressions.',
}

class OperatorParser {
  readonly #source: SourceText
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(source: SourceText, tokens: readonly Token[]) {
    this.#source = source
    this.#tokens = tokens
  }

  parse(): Syntax {
    return this.#level(0)
  }

  #operator(): OperatorToken | undefined {
    const token = this.#tokens[this.#at]
    return token?.kind === 'operator' ? token : undefined
  }

  #level(level: number): Syntax {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    if (level === NOT_LEVEL) return this.#not()
    let left = this.#level(level + 1)
    let comparisons = 0
    for (
      let token = this.#operator();
      token !== undefined && operators.includes(token.text);
      token = this.#operator()
    ) {
      const hint = COMPARISON_HINTS[token.text]
      if (hint !== undefined) throw unsupported(`The operator \`${token.text}\``, token.span, hint)
      if (level === COMPARISON_LEVEL && ++comparisons > 1) {
        throw unsupported(
          'A chain of comparisons',
          token.span,
          'Use pl.col("x").is_between(low, high), or & between two comparisons.',
        )
      }
      this.#at++
      const right = this.#level(level + 1)
      left = {
        kind: 'binary',
        op: token.text as BinaryOperator,
        left,
        right,
        span: this.#between(left, right),
      }
    }
    return left
  }

  #not(): Syntax {
    const token = this.#operator()
    if (token?.text !== 'not') return this.#level(NOT_LEVEL + 1)
    this.#at++
    return this.#prefixed(token, this.#level(NOT_LEVEL))
  }

  #unary(): Syntax {
    const token = this.#operator()
    if (token === undefined) return this.#power()
    this.#at++
    return this.#prefixed(token, this.#unary())
  }

  /** `**` binds tighter than a sign on its left, looser than one on its right: -x ** -y is -(x ** (-y)). */
  #power(): Syntax {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'operand') {
      throw new LakebookError('syntax', `An operator stands where a value is expected`, { span: token?.span })
    }
    if (this.#operator()?.text !== '**') return token.syntax
    this.#at++
    const right = this.#unary()
    return { kind: 'binary', op: '**', left: token.syntax, right, span: this.#between(token.syntax, right) }
  }

  #prefixed(token: OperatorToken, operand: Syntax): Syntax {
    const span = this.#source.span(token.span.start, operand.span?.end ?? token.span.end)
    return { kind: 'unary', op: token.text as UnaryOperator, operand, span }
  }

  #between(left: Syntax, right: Syntax): SourceSpan | undefined {
    if (left.span === undefined || right.span === undefined) return undefined
    return this.#source.span(left.span.start, right.span.end)
  }
}
