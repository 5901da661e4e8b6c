import type { SourceSpan } from '../errors.ts'

/** A cell's text, with offsets turned into lines and columns. */
export class SourceText {
  readonly text: string
  readonly #lineStarts: number[] = [0]

  constructor(text: string) {
    this.text = text
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1)
  }

  span(start: number, end: number): SourceSpan {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#lineStarts[middle] ?? 0) <= start) low = middle
      else high = middle - 1
    }
    return { start, end, line: low + 1, column: start - (this.#lineStarts[low] ?? 0) + 1 }
  }

  slice(start: number, end: number): string {
    return this.text.slice(start, end)
  }
}
