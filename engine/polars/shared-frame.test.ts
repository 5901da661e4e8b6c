import { expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { openLakebook } from '../node.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const CELL = `
totals = t.group_by("k", maintain_order=True).agg(pl.col("x").sum())
top = totals.sort("x", descending=True).head(1)
pl.concat([totals, top, totals.filter(pl.col("x") < 3)])`

it('computes a frame once that is read several times, and gives its rows in order', async () => {
  const fields = [
    { name: 'k', type: types.utf8 },
    { name: 'x', type: types.int64 },
  ]
  const { result } = bindPolarsCell(CELL, new TestCatalog().add('t', new RowTable(fields, [])))
  const text = JSON.stringify(result, (key, value: unknown) =>
    key === 'provider' ? undefined : typeof value === 'bigint' ? String(value) : value,
  )
  expect(text.match(/"kind":"shared"/g)).toHaveLength(3)

  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars('t = pl.DataFrame({"k": ["b", "a", "b", "c"], "x": [1, 2, 3, 4]})\nt')
  const { table, profile } = await lake.polars(CELL)
  expect(Array.from(table.getChild('x')!.toArray() as BigInt64Array)).toEqual([4n, 2n, 4n, 4n, 2n])
  expect(JSON.stringify(profile.operators).match(/"Aggregate"/g)).toHaveLength(1)
  const join = await lake.polars(
    'd = t.group_by("k").agg(n=pl.len())\nd.join(d, on="k").select(pl.col("n_right").sum())',
  )
  expect(String(join.table.getChildAt(0)?.get(0))).toBe('4')
  await lake.close()
})

it('keeps the table that a frame reads when its name comes to stand for another', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  const sum = async (cell: string) => String((await lake.polars(cell)).table.getChildAt(0)?.get(0))
  await lake.sql('CREATE TABLE n AS SELECT i AS x FROM range(1000) r(i)')
  await lake.polars('m = n.with_columns(pl.col("x") + 1)\nm')
  await lake.polars('n = n.with_columns(pl.col("x") * 2)\nn')
  expect(await sum('n.select(pl.col("x").sum())')).toBe('999000')
  await lake.sql('CREATE OR REPLACE TABLE n AS SELECT 7 AS x')
  expect(await sum('m.select(pl.col("x").sum())')).toBe('500500')
  const tables = () =>
    lake.memory().consumers.filter(({ name, reservedBytes }) => name === 'Table n' && reservedBytes > 0)
  expect(tables()).toHaveLength(2)
  // with its last frame the table goes
  await lake.polars('m = n.select("x")\nm')
  expect(tables()).toHaveLength(1)
  await lake.close()
})
