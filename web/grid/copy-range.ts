import type { ResultHandle } from '../../workers/protocol.ts'
import { fetchPage } from '../session/result-pages.ts'
import type { GridRange } from './grid-range.ts'
import { valueText } from './read-value.ts'

/** More than that is for an export: a clipboard holds it in memory, several times. */
const MOST_CELLS = 200_000
const ROWS_AT_ONCE = 2048

export interface CopiedRange {
  /** Cells between tabs, rows between line breaks, as spreadsheets take them. NULL is nothing. */
  readonly text: string
  readonly rows: number
  /** False when there were more rows than a clipboard should hold. */
  readonly isWhole: boolean
}

/** The cells of a range as text, with the columns' names where the range begins in the head. */
export async function copyRange(
  { id, schema }: Pick<ResultHandle, 'id' | 'schema'>,
  { rows: [firstRow, lastRow], columns: [firstColumn, lastColumn] }: GridRange,
): Promise<CopiedRange> {
  const fields = schema.fields.slice(firstColumn, lastColumn + 1)
  const lines = firstRow < 0 ? [lineOf(fields.map(({ name }) => name))] : []
  const from = Math.max(0, firstRow)
  const most = Math.max(1, Math.floor(MOST_CELLS / fields.length))
  const end = Math.min(lastRow + 1, from + most)
  for (let offset = from; offset < end; offset += ROWS_AT_ONCE) {
    const page = await fetchPage(id, offset, Math.min(ROWS_AT_ONCE, end - offset))
    const vectors = fields.map((_, index) => page.getChildAt(firstColumn + index))
    for (let row = 0; row < page.numRows; row++) {
      const texts = fields.map(({ type }, index) => {
        const vector = vectors[index]
        return vector ? (valueText(vector, row, type) ?? '') : ''
      })
      lines.push(lineOf(texts))
    }
  }
  return { text: lines.join('\n'), rows: Math.max(0, end - from), isWhole: end === lastRow + 1 }
}

/** Texts that would break the lines and columns apart are in quotes. */
function lineOf(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!
  return texts.map((text) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join('\t')
}
