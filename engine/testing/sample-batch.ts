import { decimal, listOf, types, type Schema } from '../arrow/types.ts'
import type { HeapCell } from './heap-cells.ts'

/** A column of every type, half of them nullable. */
export const everyType: Schema = {
  fields: [
    { name: 'null', type: types.null, nullable: true },
    { name: 'bool', type: types.bool, nullable: true },
    { name: 'int8', type: types.int8, nullable: false },
    { name: 'int16', type: types.int16, nullable: true },
    { name: 'int32', type: types.int32, nullable: false },
    { name: 'int64', type: types.int64, nullable: true },
    { name: 'uint8', type: types.uint8, nullable: false },
    { name: 'uint16', type: types.uint16, nullable: true },
    { name: 'uint32', type: types.uint32, nullable: false },
    { name: 'uint64', type: types.uint64, nullable: true },
    { name: 'float32', type: types.float32, nullable: true },
    { name: 'float64', type: types.float64, nullable: false },
    { name: 'decimal(15,2)', type: decimal(15, 2), nullable: true },
    { name: 'decimal(38,4)', type: decimal(38, 4), nullable: true },
    { name: 'date', type: types.date, nullable: true },
    { name: 'time', type: types.time, nullable: false },
    { name: 'timestamp', type: types.timestamp, nullable: true },
    { name: 'timestamptz', type: { kind: 'timestamp', zone: 'Asia/Taipei' }, nullable: false },
    { name: 'duration', type: types.duration, nullable: true },
    { name: 'interval', type: types.interval, nullable: true },
    { name: 'utf8', type: types.utf8, nullable: true },
    { name: 'binary', type: types.binary, nullable: false },
    { name: 'list', type: listOf(types.int32), nullable: true },
    { name: 'list of utf8', type: listOf(types.utf8), nullable: false },
  ],
}

/** Cells for `everyType`, the same for the same `seed`. */
export function sampleCells(rows: number, seed = 0): HeapCell[][] {
  return everyType.fields.map(({ name, nullable }, column) =>
    Array.from({ length: rows }, (_, row) => {
      const n = (row * 7919 + column * 104729 + seed * 31) % 100_003
      return name === 'null' || (nullable && n % 5 === 0) ? null : sampleCell(name, n)
    }),
  )
}

function sampleCell(name: string, n: number): HeapCell {
  const sign = n % 2 === 0 ? 1 : -1
  switch (name) {
    case 'bool':
      return n % 3 === 0
    case 'int8':
      return sign * (n % 128)
    case 'int16':
      return sign * (n % 32768)
    case 'int32':
    case 'date':
      return sign * n
    case 'uint8':
      return n % 256
    case 'uint16':
      return n % 65536
    case 'uint32':
      return 4_294_967_295 - n
    case 'uint64':
      return 18_446_744_073_709_551_615n - BigInt(n)
    case 'float32':
      return Math.fround(n / 3)
    case 'float64':
      return sign * (n / 7)
    case 'decimal(38,4)':
      return BigInt(sign) * (10n ** 30n + BigInt(n))
    case 'time':
      return BigInt(n) * 860_000n
    case 'interval':
      return [sign * (n % 40), n % 31, BigInt(sign * n) * 1_000_003n]
    case 'utf8':
      return n % 4 === 0 ? '' : `värde ${n}`
    case 'binary':
      return n.toString(16).padStart(8, '0')
    case 'list':
      return Array.from({ length: n % 4 }, (_, i) => (i === 2 ? null : n + i))
    case 'list of utf8':
      return Array.from({ length: n % 3 }, (_, i) => `${n}:${i}`)
    default:
      return BigInt(sign * n) * 1_000_000_007n
  }
}
