import type { SourceSpan } from '../errors.ts'

/** Turns offsets into lines and columns, and the parser's places (which count code points) into offsets. */
export class SourceMap {
  readonly text: string
  readonly #lineStarts: readonly number[]
  /** Where characters begin that JavaScript counts as two. */
  readonly #pairs: readonly number[]

  constructor(text: string) {
    this.text = text
    const starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#lineStarts = starts
    this.#pairs = Array.from(text.matchAll(/[\u{10000}-\u{10ffff}]/gu), ({ index }) => index)
  }

  /** A span that is never longer than the text. */
  span(start: number, end: number): SourceSpan {
    const from = Math.min(start, this.text.length)
    const line = countBelow(this.#lineStarts.length, (index) => this.#lineStarts[index]! <= from)
    const column = from - this.#lineStarts[line - 1]! + 1
    return { start: from, end: Math.max(from, Math.min(end, this.text.length)), line, column }
  }

  /** The offset of a place: line and column from 1, columns in code points. */
  offset(line: number, column: number): number {
    const start = this.#lineStarts[line - 1]
    if (start === undefined) return this.text.length
    const wanted = column - 1
    const first = countBelow(this.#pairs.length, (index) => this.#pairs[index]! < start)
    // the pair at `index` comes after `pair - start - (index - first)` code points of its line
    const pairs =
      countBelow(
        this.#pairs.length,
        (index) => index < first || this.#pairs[index]! - start - (index - first) < wanted,
      ) - first
    return Math.min(start + wanted + pairs, this.text.length)
  }
}

/** How many of the numbers from 0 below `length` pass a test that all below a bound pass and none above. */
export function countBelow(length: number, test: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** From the first span's start to the last one's end, in whatever order they come. */
export function joinSpans(...spans: readonly (SourceSpan | undefined)[]): SourceSpan | undefined {
  let first: SourceSpan | undefined
  let end = 0
  for (const span of spans) {
    if (!span) continue
    if (!first || span.start < first.start) first = span
    if (span.end > end) end = span.end
  }
  return first && { ...first, end }
}
