import { expect, test } from 'vitest'
import { types } from '../../engine/arrow/types.ts'
import type { TableInfo } from '../../engine/lakebook.ts'
import { codeCell, markdownCell } from './cell.ts'
import { compareNeed, dataNeeds, keptNeeds } from './data-needs.ts'

const orders: TableInfo = {
  name: 'orders',
  kind: 'file',
  format: 'parquet',
  schema: { fields: [{ name: 'o_key', type: types.int64, nullable: false }] },
  rowCount: 10,
  bytes: 100,
  files: [{ name: 'orders.parquet', bytes: 100, rows: 10, hash: 'aa' }],
}

const notebook = {
  title: '',
  cells: [codeCell('sql', 'SELECT * FROM Orders'), markdownCell('about lineitem')],
}

test('the files that code names are needed, others are not', () => {
  const needs = dataNeeds(notebook, [orders, { ...orders, name: 'order' }, { ...orders, name: 'lineitem' }])
  expect(needs.map((need) => need.name)).toEqual(['orders'])
  expect(needs[0]?.fields).toEqual([{ name: 'o_key', type: 'int64' }])
})

test('data is the same, missing, or differs in words', () => {
  const [need] = dataNeeds(notebook, [orders])
  if (!need) throw new Error('no need found')
  expect(compareNeed(need, orders)).toEqual({ kind: 'match' })
  expect(compareNeed(need, undefined)).toEqual({ kind: 'missing' })
  const files = [{ ...orders.files[0]!, rows: 12, hash: 'bb' }]
  expect(compareNeed(need, { ...orders, files })).toEqual({ kind: 'differs', reasons: ['12 rows, not 10'] })
  const fields = [
    { name: 'o_key', type: types.int32, nullable: false },
    { name: 'o_new', type: types.utf8, nullable: true },
  ]
  expect(compareNeed(need, { ...orders, schema: { fields } })).toEqual({
    kind: 'differs',
    reasons: ['column o_key is int32, not int64', 'column o_new is new'],
  })
})

test('what was needed before is needed as long as code names it and nobody has given it', () => {
  const before = dataNeeds(notebook, [orders])
  expect(keptNeeds(before, notebook, [])).toEqual(before)
  const other = { ...orders, files: [{ ...orders.files[0]!, hash: 'bb' }] }
  expect(keptNeeds(before, notebook, [other])).toEqual(dataNeeds(notebook, [other]))
  const rewritten = { title: '', cells: [codeCell('sql', 'SELECT 1')] }
  expect(keptNeeds(before, rewritten, [])).toEqual([])
})
