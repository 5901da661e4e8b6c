import { LakebookError } from '../errors.ts'
import type { Identifier } from './ast.ts'
import type { SourceMap } from './source-map.ts'
import type { Token } from './tokens.ts'

/** Goes through tokens one by one. Errors: `syntax` with the place. */
export class TokenCursor {
  readonly #source: SourceMap
  readonly #tokens: readonly Token[]
  index: number
  readonly end: number

  constructor(source: SourceMap, tokens: readonly Token[], from = 0, end = tokens.length) {
    this.#source = source
    this.#tokens = tokens
    this.index = from
    this.end = end
  }

  get isDone(): boolean {
    return this.index >= this.end
  }

  peek(ahead = 0): Token | undefined {
    const at = this.index + ahead
    return at < this.end ? this.#tokens[at] : undefined
  }

  next(): Token | undefined {
    const token = this.peek()
    this.index += 1
    return token
  }

  /** Whether these words or symbols stand here; if so it goes behind them. */
  take(...texts: readonly string[]): boolean {
    if (!texts.every((text, ahead) => isText(this.peek(ahead), text))) return false
    this.index += texts.length
    return true
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.error(`expected ${text.toUpperCase()}`)
  }

  name(what: string): Identifier {
    const token = this.next()
    if (token?.kind !== 'word' && token?.kind !== 'quoted') {
      this.index -= 1
      throw this.error(`expected ${what}`)
    }
    const { start, end } = token
    const name = token.kind === 'word' ? this.#source.text.slice(start, end) : token.text
    return { name, span: this.#source.span(start, end) }
  }

  number(what: string): number {
    const token = this.next()
    if (token?.kind !== 'number') {
      this.index -= 1
      throw this.error(`expected ${what}`)
    }
    return Number(token.text.replaceAll('_', ''))
  }

  /** The index of the first of these words outside parentheses, from here on; `end` when there is none. */
  find(...words: readonly string[]): number {
    for (let at = this.index; at < this.end; at += 1) {
      const token = this.#tokens[at]!
      if (token.kind === 'word' && words.includes(token.text)) return at
      if (isOpening(token)) at = closing(this.#tokens, at)
    }
    return this.end
  }

  /** The index of the parenthesis that closes the one here. */
  closing(): number {
    return closing(this.#tokens, this.index)
  }

  /** Offsets of the tokens from here up to an index. */
  range(until: number): { readonly from: number; readonly to: number } {
    const first = this.#tokens[this.index]
    const last = this.#tokens[until - 1]
    if (!first || !last || until <= this.index) throw this.error('something is missing')
    return { from: first.start, to: last.end }
  }

  error(message: string): LakebookError {
    const token = this.peek() ?? this.#tokens[this.end - 1]
    const start = token ? token.start : this.#source.text.length
    const span = this.#source.span(start, token ? token.end : start)
    const found = this.isDone ? 'the end' : `"${this.#source.text.slice(span.start, span.end)}"`
    return new LakebookError(
      'syntax',
      `Line ${span.line}, column ${span.column}: ${message} but found ${found}`,
      { span },
    )
  }
}

function isText(token: Token | undefined, text: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'symbol') && token.text === text
}

export function isOpening({ kind, text }: Token): boolean {
  return kind === 'symbol' && (text === '(' || text === '[' || text === '{')
}

function isClosing({ kind, text }: Token): boolean {
  return kind === 'symbol' && (text === ')' || text === ']' || text === '}')
}

/** The index of what closes the bracket at an index; the last one when nothing does. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at += 1) {
    if (isOpening(tokens[at]!)) depth += 1
    if (isClosing(tokens[at]!)) depth -= 1
    if (depth === 0) return at
  }
  return tokens.length - 1
}
