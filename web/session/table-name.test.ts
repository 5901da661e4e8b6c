import { expect, test } from 'vitest'
import { groupFiles, nameBeside, tableNameOf } from './table-name.ts'

test('a table is named after its file, without what would need quotes', () => {
  expect(tableNameOf('lineitem.parquet')).toBe('lineitem')
  expect(tableNameOf('TPC-H Line Item.parquet')).toBe('tpc_h_line_item')
  expect(tableNameOf('https://example.org/a/2024.parquet?x=1')).toBe('t_2024')
  expect(tableNameOf('Zürich.parquet')).toBe('zu_rich')
  expect(tableNameOf('.parquet')).toBe('data')
})

test('numbered files dropped together are one table, in numeric order', () => {
  const groups = groupFiles(['part-10.parquet', 'part-2.parquet', 'orders.parquet'].map((name) => ({ name })))
  expect(groups.map(({ name, files }) => [name, files.map((file) => file.name)])).toEqual([
    ['part', ['part-2.parquet', 'part-10.parquet']],
    ['orders', ['orders.parquet']],
  ])
  expect(groupFiles([{ name: 'sf1.parquet' }])[0]?.name).toBe('sf1')
})

test('files of several formats are not parts of one table, and a packed one is called like what is in it', () => {
  const groups = groupFiles(['a_1.csv', 'a_1.parquet', 'a_2.csv.gz'].map((name) => ({ name })))
  expect(groups.map(({ name, files }) => [name, files.map((file) => file.name)])).toEqual([
    ['a', ['a_1.csv', 'a_2.csv.gz']],
    ['a_1', ['a_1.parquet']],
  ])
})

test('a name that stands for something else gets the ending, then a number', () => {
  const taken = (...names: (readonly [string, string | null])[]) => new Map(names)
  expect(nameBeside('a', 'csv', taken(['b', null]))).toBe('a')
  expect(nameBeside('a', 'csv', taken(['a', 'csv']))).toBe('a')
  expect(nameBeside('a', 'csv', taken(['a', 'parquet']))).toBe('a_csv')
  expect(nameBeside('a', 'csv', taken(['a', null], ['a_csv', null]))).toBe('a_2')
  expect(nameBeside('a', '', taken(['a', null]))).toBe('a_2')
})
