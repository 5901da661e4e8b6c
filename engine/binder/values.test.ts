import { expect, it } from 'vitest'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

it('casts many rows of VALUES that only the run time can cast together, in the least heap', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
  const uuid = (n: number) => `80000000-0000-0000-0000-${String(n).padStart(12, '0')}`
  const rows = Array.from({ length: 1000 }, (_, n) => `(${n}, ${n % 3 === 0 ? 'NULL' : `'${uuid(n)}'`})`)
  await lake.sql('CREATE TABLE t (id INTEGER, u UUID)')
  await lake.sql(`INSERT INTO t VALUES ${rows.join(', ')}`)
  const { table } = await lake.sql('SELECT count(*), count(u), sum(id), max(u)::VARCHAR FROM t')
  expect(cellsOf(table).map((row) => row.map(String))).toEqual([['1000', '666', '499500', uuid(998)]])
  await expect(lake.sql("INSERT INTO t VALUES (1, 'no uuid'), (2, NULL)")).rejects.toThrow(/no uuid/)
  await lake.close()
})
