import type { Table } from 'apache-arrow'
import type { Schema } from '../../engine/arrow/types.ts'
import { valueText } from '../grid/read-value.ts'
import { crc32 } from '../notebook/crc32.ts'

/** The sum of the CRC-32 of every row; less than 2^51 for the rows allowed, so no digit is lost. */
export function tableChecksum(table: Table, { fields }: Schema): number {
  const encoder = new TextEncoder()
  const columns = fields.map((_, column) => table.getChildAt(column))
  let sum = 0
  for (let row = 0; row < table.numRows; row++) {
    const texts = fields.map(({ type }, column) => {
      const vector = columns[column]
      const text = vector ? valueText(vector, row, type) : null
      if (text === null) return '\u0000'
      // floating-point sums may differ in their last digits with the order of addition
      return type.kind === 'float64' || type.kind === 'float32' ? Number(text).toPrecision(10) : text
    })
    sum += crc32(encoder.encode(texts.join('\u001f')))
  }
  return sum
}
