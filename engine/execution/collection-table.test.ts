import { expect, it } from 'vitest'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

it('takes NULLs into columns that had none, and gives columns that share a name', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 2 ** 24, threads: 1 })
  try {
    await lake.sql("CREATE TABLE s AS SELECT 1 AS a, 'x' AS b; INSERT INTO s VALUES (NULL, NULL)")
    const { table } = await lake.sql('SELECT a, b, count(b) OVER () AS n FROM s ORDER BY a')
    expect(cellsOf(table)).toEqual([
      [1, 'x', 1n],
      [null, null, 1n],
    ])
    const joined = await lake.sql('SELECT l.a, r.a, r.b AS a FROM s l LEFT JOIN s r ON l.a = r.a ORDER BY 1')
    expect(cellsOf(joined.table)).toEqual([
      [1, 1, 'x'],
      [null, null, null],
    ])
    expect(joined.table.schema.names).toEqual(['a', 'a', 'a'])
  } finally {
    await lake.close()
  }
})
