import {
  DateDay,
  Decimal,
  Float32,
  Int64,
  TimestampMicrosecond,
  Utf8,
  Field,
  List,
  Map_,
  Struct,
  vectorFromArray,
  makeVector,
  makeData,
  Dictionary,
  Int32,
} from 'apache-arrow'
import { expect, test } from 'vitest'
import { decimal, listOf, structOf, types } from '../../engine/arrow/types.ts'
import { valueNumber, valueText } from './read-value.ts'

test('text, numbers and NULL', () => {
  const words = vectorFromArray(['a', null], new Dictionary(new Utf8(), new Int32()))
  expect([valueText(words, 0, types.utf8), valueText(words, 1, types.utf8)]).toEqual(['a', null])
  const large = vectorFromArray([9_007_199_254_740_993n], new Int64())
  expect(valueText(large, 0, types.int64)).toBe('9007199254740993')
  const single = vectorFromArray([0.1, 3], new Float32())
  expect([valueText(single, 0, types.float32), valueText(single, 1, types.float32)]).toEqual(['0.1', '3'])
})

test('decimals keep their scale, as 128 bits and as 64', () => {
  const words = new Uint32Array(12)
  words.set([12345, 0, 0, 0])
  words.set([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 4)
  words.set([0, 0, 1, 0], 8)
  const type = new Decimal(2, 38, 128)
  const wide = makeVector(makeData({ type, length: 3, data: words }))
  expect([0, 1, 2].map((row) => valueText(wide, row, decimal(38, 2)))).toEqual([
    '123.45',
    '-0.01',
    '184467440737095516.16',
  ])
  const narrow = vectorFromArray([-5n, 1500n], new Int64())
  expect([0, 1].map((row) => valueText(narrow, row, decimal(15, 2)))).toEqual(['-0.05', '15.00'])
  expect(valueNumber(narrow, 1, decimal(15, 2))).toBe(15)
})

test('dates and timestamps, before 1970 too, to the microsecond', () => {
  const days = makeVector(makeData({ type: new DateDay(), length: 2, data: new Int32Array([0, -1]) }))
  expect([0, 1].map((row) => valueText(days, row, types.date))).toEqual(['1970-01-01', '1969-12-31'])
  expect(valueNumber(days, 1, types.date)).toBe(-86_400_000)
  const data = new BigInt64Array([1_772_366_400_000_001n, -1n, -86_400_000_000n])
  const instants = makeVector(makeData({ type: new TimestampMicrosecond(), length: 3, data }))
  expect([0, 1, 2].map((row) => valueText(instants, row, types.timestamp))).toEqual([
    '2026-03-01 12:00:00.000001',
    '1969-12-31 23:59:59.999999',
    '1969-12-31 00:00:00',
  ])
  expect(valueText(instants, 0, { kind: 'timestamp', zone: 'UTC' })).toBe('2026-03-01 12:00:00.000001Z')
})

test('lists are shown item by item, long ones cut', () => {
  const lists = vectorFromArray([[1n, null], Array.from({ length: 30 }, () => 7n)])
  expect(valueText(lists, 0, listOf(types.int64))).toBe('[1, NULL]')
  expect(valueText(lists, 1, listOf(types.int64))).toMatch(/7, … 10 more\]$/)
})

test('structs, maps and lists as DuckDB prints them', () => {
  const struct = new Struct<{ a: Int32; b: Utf8 }>([new Field('a', new Int32()), new Field('b', new Utf8())])
  const structs = vectorFromArray([{ a: 1, b: 'x, y' }, null, { a: null, b: 'z' }], struct)
  const type = structOf([
    { name: 'a', type: types.int32 },
    { name: 'b', type: types.utf8 },
  ])
  expect([0, 1, 2].map((row) => valueText(structs, row, type))).toEqual([
    "{'a': 1, 'b': 'x, y'}",
    null,
    "{'a': NULL, 'b': z}",
  ])
  const unnamed = structOf(type.fields.map((field) => ({ ...field, name: '' })))
  expect(valueText(structs, 2, unnamed)).toBe('(NULL, z)')
  const lists = vectorFromArray([[{ a: 1, b: 'x' }], []], new List(new Field('item', struct)))
  expect([0, 1].map((row) => valueText(lists, row, listOf(type)))).toEqual(["[{'a': 1, 'b': x}]", '[]'])
  const maps = vectorFromArray(
    [new Map([['k', 1]]), new Map()],
    new Map_(
      new Field(
        'entries',
        new Struct<{ key: Utf8; value: Int32 }>([
          new Field('key', new Utf8()),
          new Field('value', new Int32()),
        ]),
        false,
      ),
    ),
  )
  const map = { kind: 'map', key: types.utf8, value: types.int32 } as const
  expect([0, 1].map((row) => valueText(maps, row, map))).toEqual(['{k=1}', '{}'])
})
