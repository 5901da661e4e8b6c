import { Dictionary, Int32, Table, tableFromArrays, Utf8, vectorFromArray } from 'apache-arrow'
import { expect, test } from 'vitest'
import { types } from '../../engine/arrow/types.ts'
import { tableChecksum } from './row-checksum.ts'

const schema = {
  fields: [
    { name: 'a', type: types.int32, nullable: false },
    { name: 'b', type: types.float64, nullable: true },
  ],
}

function table(a: number[], b: (number | null)[]) {
  return tableFromArrays({ a: Int32Array.from(a), b })
}

test('the order of rows does not matter, their contents do', () => {
  const sum = tableChecksum(table([1, 2], [0.5, null]), schema)
  expect(tableChecksum(table([2, 1], [null, 0.5]), schema)).toBe(sum)
  expect(tableChecksum(table([2, 1], [0.5, null]), schema)).not.toBe(sum)
})

test('the last digits of a floating-point sum do not count', () => {
  const sum = tableChecksum(table([1, 2], [0.1 + 0.2, 0]), schema)
  expect(tableChecksum(table([1, 2], [0.3, 0]), schema)).toBe(sum)
})

test('texts are the same whether they travel as codes or as they are', () => {
  const texts = ['a', null, 'long enough', 'a']
  const fields = [{ name: 'text', type: types.utf8, nullable: true }]
  const plain = new Table({ text: vectorFromArray(texts, new Utf8()) })
  const coded = new Table({ text: vectorFromArray(texts, new Dictionary(new Utf8(), new Int32())) })
  expect(tableChecksum(coded, { fields })).toBe(tableChecksum(plain, { fields }))
})
