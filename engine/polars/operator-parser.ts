import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { BinaryOperator, ComparisonSyntax, Syntax, UnaryOperator } from './ast.ts'
import type { SourceText } from './source-text.ts'

interface Operand {
  readonly kind: 'operand'
  readonly syntax: Syntax
}

interface OperatorToken {
  readonly kind: 'operator'
  readonly text: string
  readonly span: SourceSpan
}

export type Token = Operand | OperatorToken

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

/** Comparisons that only constants take. */
const CONSTANT_COMPARISONS: readonly string[] = ['in', 'not in', 'is', 'is not']

const COMPARISON_HINTS: Readonly<Record<string, string>> = {
  '<<': 'Multiply by a power of two.',
  '>>': 'Divide by a power of two with //.',
  '@': 'Matrix products are no part of Polars expressions.',
}

/** Puts operands and operators together by their precedence. */
export class OperatorParser {
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
      const constant = CONSTANT_COMPARISONS.find((op) => op === token.text)
      if (constant !== undefined) {
        const op = constant as ComparisonSyntax['op']
        left = { kind: 'comparison', op, left, right, span: this.#between(left, right) }
        continue
      }
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
