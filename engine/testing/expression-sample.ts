import { decimal, types } from '../arrow/types.ts'
import type { TestColumn } from './expression-syntax.ts'

const interval = (months: number, days: number, micros: bigint) => ({ months, days, micros })

/** Rows of every type with NULLs, extremes, NaN, -0, empty texts and letters of several bytes. */
export const sampleColumns: readonly TestColumn[] = [
  { name: 'a', type: types.int32, values: [1n, -5n, null, 2147483647n, -2147483648n, 0n] },
  { name: 'b', type: types.int32, values: [3n, 2n, 7n, 1n, -1n, 0n] },
  { name: 'c', type: types.int64, values: [3n, 9223372036854775807n, null, 1n, -9223372036854775808n, 0n] },
  { name: 't', type: types.int8, values: [3n, 127n, null, 1n, -128n, 0n] },
  { name: 'u', type: types.uint8, values: [3n, 255n, null, 1n, 128n, 0n] },
  { name: 'ul', type: types.uint64, values: [3n, 18446744073709551615n, null, 1n, 128n, 0n] },
  { name: 'x', type: types.float64, values: [1.5, NaN, Infinity, -0, null, 1e300] },
  { name: 'y', type: types.float64, values: [-2.5, 0.1, 3.5, 1e-7, 123456789.987654, -1e15] },
  {
    name: 'f',
    type: types.float32,
    values: [Math.fround(-2.5), Math.fround(0.1), null, Infinity, NaN, Math.fround(16777217)],
  },
  {
    name: 'd',
    type: decimal(15, 2),
    values: [150n, -5n, null, 999999999999999n, -999999999999999n, 0n],
  },
  {
    name: 'e',
    type: decimal(30, 5),
    values: [150n, -5n, null, 999999999999999999999999999999n, -150000n, 0n],
  },
  { name: 's', type: types.utf8, values: ['a', '', null, 'Zürich', '日本語', ' abc  '] },
  { name: 'p', type: types.utf8, values: ['a%', '%', 'x', 'Z_rich', '%本%', '%c%'] },
  { name: 'n', type: types.utf8, values: ['12', ' -7 ', null, '1.5', 'abc', '1e3'] },
  { name: 'dt', type: types.date, values: [0n, 19782n, null, -1n, -719528n, 2932896n] },
  {
    name: 'ts',
    type: types.timestamp,
    values: [0n, 1709210096123456n, null, -1n, -62135596800000000n, 1735689599999999n],
  },
  { name: 'tm', type: types.time, values: [0n, 45296123456n, null, 86399999999n, 3600000000n, 1n] },
  {
    name: 'i',
    type: types.interval,
    values: [
      interval(1, 2, 3n),
      interval(14, -3, 3600000000n),
      null,
      interval(0, 0, -1n),
      interval(-1, 30, 86400000000n),
      interval(0, 0, 0n),
    ],
  },
  { name: 'k', type: types.bool, values: [true, false, null, true, false, null] },
  {
    name: 'bl',
    type: types.binary,
    values: [[1, 65, 255], [], null, [92, 39], [0], [200]].map((bytes) => bytes && new Uint8Array(bytes)),
  },
]
