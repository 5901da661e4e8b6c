import { describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { evaluatePlan } from '../testing/reference.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const fields = [
  { name: 'u', type: types.int64, nullable: false },
  { name: 't', type: types.timestamp, nullable: true },
]
const HOUR = 3_600_000_000n
const catalog = new TestCatalog()
  .add(
    't',
    new RowTable(fields, [
      [1n, 0n],
      [1n, 2n * HOUR],
      [2n, HOUR],
    ]),
  )
  .add(
    'nulls',
    new RowTable(fields, [
      [1n, 0n],
      [1n, null],
    ]),
  )

function run(cell: string): unknown[][] {
  return evaluatePlan(bindPolarsCell(cell, catalog).result!).rows.map((row) => [...row])
}

describe('methods that take sorted columns only', () => {
  it.each([
    't.group_by_dynamic("t", every="1h").agg(pl.len())',
    't.rolling("t", period="1h").agg(pl.len())',
    't.upsample("t", every="1h")',
    'nulls.group_by_dynamic("t", every="1h").agg(pl.len())',
  ])('refuse %s', (cell) => {
    expect(() => run(cell)).toThrow(/sorted/)
  })

  it('look at each group by itself', () => {
    expect(run('t.group_by_dynamic("t", every="1h", group_by="u").agg(pl.len())')).toEqual([
      [1n, 0n, 1n],
      [1n, 2n * HOUR, 1n],
      [2n, HOUR, 1n],
    ])
    expect(run('t.sort("t").upsample("t", every="1h").select("t")')).toEqual([[0n], [HOUR], [2n * HOUR]])
  })
})
