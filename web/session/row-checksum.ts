import { DataType, type Data, type Table, type Vector } from 'apache-arrow'
import type { Schema } from '../../engine/arrow/types.ts'
import { valueText } from '../grid/read-value.ts'

const NULL_HASH = 0x9e3779b9
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * The sum of a 32-bit hash of every row, so that the order of rows does not matter. Column by column over Arrow's
 * buffers: a million rows take a fraction of a second. The sum of up to 2^21 rows is exact.
 *
 * Floating-point values count to 24 bits, because sums may differ in their last digits with the order of addition.
 */
export function tableChecksum(table: Table, { fields }: Schema): number {
  const rows = new Uint32Array(table.numRows).fill(FNV_OFFSET)
  fields.forEach((field, column) => {
    const vector = table.getChildAt(column)
    if (!vector) return
    const hashes = columnHashes(vector, field)
    for (let row = 0; row < rows.length; row++) rows[row] = mix(rows[row]!, hashes[row]!)
  })
  return rows.reduce((sum, hash) => sum + finish(hash), 0)
}

function columnHashes(vector: Vector, field: Schema['fields'][number]): Uint32Array {
  const hashes = new Uint32Array(vector.length)
  let start = 0
  for (const data of vector.data as readonly Data[]) {
    const part = hashes.subarray(start, start + data.length)
    if (!hashChunk(data, part)) hashTexts(vector, start, field, part)
    if (data.nullCount > 0) {
      for (let row = 0; row < part.length; row++) if (!data.getValid(row)) part[row] = NULL_HASH
    }
    start += data.length
  }
  return hashes
}

/** False when the values are not plain words or texts. */
function hashChunk(data: Data, hashes: Uint32Array): boolean {
  const { type } = data
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const offsets = data.valueOffsets as Int32Array
    const bytes = data.values as Uint8Array
    for (let row = 0; row < hashes.length; row++) {
      let hash = FNV_OFFSET
      for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
        hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME)
      hashes[row] = hash
    }
    return true
  }
  if (DataType.isFloat(type)) {
    const singles = Float32Array.from(data.values as Float64Array)
    hashWords(new Uint32Array(singles.buffer), 1, hashes)
    return true
  }
  if (
    DataType.isInt(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDate(type) ||
    DataType.isDecimal(type)
  ) {
    const values = data.values as Int32Array | BigInt64Array
    const width = DataType.isDecimal(type) ? type.bitWidth / 8 : values.BYTES_PER_ELEMENT
    if (width < 4) hashes.set((values as Int32Array).subarray(0, hashes.length))
    else
      hashWords(
        new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4),
        Math.floor(width / 4),
        hashes,
      )
    return true
  }
  return false
}

function hashWords(words: Uint32Array, stride: number, hashes: Uint32Array): void {
  for (let row = 0; row < hashes.length; row++) {
    let hash = FNV_OFFSET
    for (let word = 0; word < stride; word++) hash = mix(hash, words[row * stride + word]!)
    hashes[row] = hash
  }
}

function hashTexts(
  vector: Vector,
  start: number,
  { type }: Schema['fields'][number],
  hashes: Uint32Array,
): void {
  const encoder = new TextEncoder()
  for (let row = 0; row < hashes.length; row++) {
    let hash = FNV_OFFSET
    for (const byte of encoder.encode(valueText(vector, start + row, type) ?? '')) {
      hash = Math.imul(hash ^ byte, FNV_PRIME)
    }
    hashes[row] = hash
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 0
}

function finish(hash: number): number {
  return (hash ^ (hash >>> 16)) >>> 0
}
