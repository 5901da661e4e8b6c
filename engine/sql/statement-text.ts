import { countBelow, SourceMap } from './source-map.ts'

/** Other text in the place of what stands between two offsets of a cell. Edits do not overlap. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Piece {
  /** Offset in the edited text. */
  readonly at: number
  readonly length: number
  /** Offset in the cell. */
  readonly original: number
  readonly isEdit: boolean
}

/** A statement as the general parser gets it, which knows where each of its characters comes from. */
export class StatementText {
  readonly text: string
  readonly #map: SourceMap
  readonly #pieces: readonly Piece[]

  constructor(source: SourceMap, start: number, end: number, edits: readonly TextEdit[]) {
    const pieces: Piece[] = []
    let text = ''
    const add = (original: number, addition: string, isEdit: boolean): void => {
      if (addition === '') return
      pieces.push({ at: text.length, length: addition.length, original, isEdit })
      text += addition
    }
    let from = start
    for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
      add(from, source.text.slice(from, edit.start), false)
      // of the same length, places inside stay what they are
      add(edit.start, edit.text, edit.text.length !== edit.end - edit.start)
      from = edit.end
    }
    add(from, source.text.slice(from, end), false)
    this.text = text
    this.#map = new SourceMap(text)
    this.#pieces = pieces
  }

  /** The offset in the cell of a place that the parser names: line and column from 1, columns in code points. */
  offset(line: number, column: number): number {
    const at = this.#map.offset(line, column)
    const found = this.#pieces[countBelow(this.#pieces.length, (index) => this.#pieces[index]!.at <= at) - 1]
    if (found === undefined) return 0
    return found.isEdit ? found.original : found.original + Math.min(at - found.at, found.length)
  }
}
