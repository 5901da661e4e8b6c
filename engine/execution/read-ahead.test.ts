import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 256 * 2 ** 20, threads: 1 })
  await lake.sql('SET optimizer.choose_build_sides = false')
  // Every key is there 500 times; half of the probing rows are filtered out, a third of the others meets nothing.
  await lake.sql('CREATE TABLE stored AS SELECT i % 300 AS k, i AS v FROM range(150000) t(i)')
  await lake.sql(
    'CREATE TABLE asking AS SELECT i AS id, i % 450 AS k, i % 2 = 0 AS chosen FROM range(9000) t(i)',
  )
})
afterAll(() => lake.close())

it.each([
  ['', 3000 * 500, 3000n],
  ['LEFT', 3000 * 500 + 1500, 4500n],
  ['SEMI', 3000, 3000n],
  ['ANTI', 1500, 1500n],
])(
  'rows of a %s JOIN come once, and are counted once, however often they are left in their middle',
  async (kind, rows, ids) => {
    const { table, profile } = await lake.sql(`SELECT count(*), count(DISTINCT id) FROM (
    SELECT a.id FROM (SELECT * FROM asking WHERE chosen) a ${kind} JOIN stored s ON a.k = s.k) t`)
    expect(cellsOf(table)).toEqual([[BigInt(rows), ids]])
    const rowsOf = (name: string) => profile.operators.find((each) => each.name === name)?.rowsOut
    expect(rowsOf('Filter')).toBe(4500)
    expect(profile.operators.find((each) => each.name === 'HashJoin')?.detail).toContain('build right')
    expect(rowsOf('HashJoin')).toBe(rows)
  },
)
