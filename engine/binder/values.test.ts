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

it('computes rows of VALUES of one shape by one expression, in the least heap', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
  const list = (n: number) =>
    `[${Array.from({ length: n % 55 }, (_, i) => (i % 9 === 8 ? 'NULL' : i)).join(', ')}]`
  const rows = Array.from({ length: 600 }, (_, n) => `(${n} + 1, ${list(n)}, {'n': ${n}}, 'x' || ${n})`)
  await lake.sql('CREATE TABLE t (id INTEGER, l INTEGER[], s STRUCT(n INTEGER), c VARCHAR)')
  await lake.sql(`INSERT INTO t VALUES ${rows.join(', ')}`)
  const { table } = await lake.sql(`SELECT count(*), sum(id), sum(len(l)), sum(list_sum(l)), sum(s.n), max(c)
    FROM t WHERE s.n = id - 1 AND c = 'x' || s.n AND len(l) = s.n % 55`)
  const lengths = rows.map((_, n) => n % 55)
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const items = lengths.map((n) => sum(Array.from({ length: n }, (_, i) => (i % 9 === 8 ? 0 : i))))
  const wanted = [
    600,
    sum(rows.map((_, n) => n + 1)),
    sum(lengths),
    sum(items),
    sum(rows.map((_, n) => n)),
    'x99',
  ]
  expect(cellsOf(table).map((row) => row.map(String))).toEqual([wanted.map(String)])
  await lake.close()
})
