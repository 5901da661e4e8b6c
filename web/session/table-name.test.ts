import { expect, test } from 'vitest'
import { freeName, groupFiles, tableNameOf } from './table-name.ts'

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

test('a taken name gets a number', () => {
  expect(freeName('a', new Set(['b']))).toBe('a')
  expect(freeName('a', new Set(['a', 'a_2']))).toBe('a_3')
})
