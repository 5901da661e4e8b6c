import { afterAll, describe, expect, it } from 'vitest'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'

const ROWS = `CREATE TABLE t AS
  SELECT CASE WHEN i % 2 = 0 THEN i::UNION(n BIGINT, s VARCHAR) ELSE ('text ' || i)::UNION(n BIGINT, s VARCHAR) END AS u, i
  FROM range(120000) AS r(i)`

/** Operators that hold unions: groups, a sort, a window, and a join. */
const QUERIES = [
  'SELECT count(*), sum(c), min(u), max(u) FROM (SELECT u, count(*) AS c FROM t GROUP BY u)',
  'SELECT u FROM t ORDER BY u DESC LIMIT 3 OFFSET 70000',
  'SELECT sum(i * k) FROM (SELECT i, row_number() OVER (ORDER BY u) AS k FROM t)',
  'SELECT count(*), count(a.u.n) FROM t AS a JOIN t AS b USING (u)',
]

describe('unions', () => {
  const opened: { close(): Promise<void> }[] = []
  afterAll(() => Promise.all(opened.map((lake) => lake.close())))

  it('spill like any value, with the same answers', async () => {
    const answers = []
    let spills = 0
    for (const heapBudgetBytes of [16 * 2 ** 20, 256 * 2 ** 20]) {
      const lake = await openLakebook({ heapBudgetBytes, threads: 1 })
      opened.push(lake)
      await lake.sql(ROWS)
      const cells = []
      for (const query of QUERIES) {
        const { table, profile } = await lake.sql(query)
        cells.push(cellsOf(table))
        spills += profile.spillCount
      }
      answers.push(cells)
    }
    expect(answers[0]).toEqual(answers[1])
    expect(spills).toBeGreaterThan(0)
  })
})
