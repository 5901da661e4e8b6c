import type { SourceSpan } from '../errors.ts'

/** Turns offsets into lines and columns, and the parser's places (which count code points) into offsets. */
export class SourceMap {
  readonly text: string
  readonly #lineStarts: readonly number[]

  constructor(text: string) {
    this.text = text
    const starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#lineStarts = starts
  }

  /** A span that is never longer than the text. */
  span(start: number, end: number): SourceSpan {
    const from = Math.min(start, this.text.length)
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= from) low = middle
      else high = middle - 1
    }
    const column = from - this.#lineStarts[low]! + 1
    return { start: from, end: Math.max(from, Math.min(end, this.text.length)), line: low + 1, column }
  }

  /**
   * The offset of a place that is given relative to `base`, the offset where a statement starts: line and column
   * from 1, columns in code points.
   */
  offset(base: number, line: number, column: number): number {
    let start = base
    for (let i = 1; i < line; i += 1) {
      const next = this.text.indexOf('\n', start)
      if (next < 0) return this.text.length
      start = next + 1
    }
    for (let i = 1; i < column && start < this.text.length; i += 1) {
      start += this.text.codePointAt(start)! > 0xffff ? 2 : 1
    }
    return start
  }
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
