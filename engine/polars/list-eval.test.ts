import pl from 'nodejs-polars'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf, listText } from '../testing/arrow-cells.ts'

const LISTS = [[3, 1, null, 2], [5], [], null, [4, 4, -1]]

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  const written = LISTS.map((list) => list && `[${list.map((item) => item ?? 'None').join(', ')}]`)
  await lake.polars(`t = pl.DataFrame({"l": [${written.map((list) => list ?? 'None').join(', ')}]})\nt`)
})
afterAll(() => lake.close())

async function column(cell: string): Promise<unknown[]> {
  return cellsOf((await lake.polars(cell)).table).map(([value]) => value)
}

const item = pl.col('')
it.each<[string, pl.Expr]>([
  ['pl.element() - pl.element().mean()', item.minus(item.mean())],
  ['pl.element() - pl.element().shift()', item.minus(item.shift(1))],
  [
    'pl.element() * 2 - pl.element().max() + pl.element().min()',
    item.mul(2).minus(item.max()).plus(item.min()),
  ],
  ['pl.element().max() - pl.element().min()', item.max().minus(item.min())],
  ['pl.element().filter(pl.element() > 1)', item.filter(item.gt(1))],
  [
    'pl.element().filter(pl.element() >= pl.element().mean()).sum()',
    item.filter(item.gtEq(item.mean())).sum(),
  ],
  ['pl.element().slice(1, 1)', item.slice(1, 1)],
  ['pl.element().slice(-2, length=1)', item.slice(-2, 1)],
  ['pl.element().head(2)', item.head(2)],
])('list.eval(%s) as the judge has it', async (cell, judge) => {
  const frame = pl.DataFrame({ l: pl.Series('l', LISTS as never, pl.List(pl.Int64)) })
  const wanted = frame
    .select(pl.col('l').lst.eval(judge))
    .rows()
    .map(([list]) => listText(list))
  expect(await column(`t.select(pl.col("l").list.eval(${cell}))`)).toEqual(wanted)
})

it.each<[string, unknown[]]>([
  ['list.filter(pl.element() == pl.element().max())', ['[3]', '[5]', '[]', null, '[4, 4]']],
  ['list.eval(pl.element().diff())', ['[NULL, -2, NULL, NULL]', '[NULL]', '[]', null, '[NULL, 0, -5]']],
  ['list.eval(pl.element().get(0))', ['[3]', '[5]', '[NULL]', null, '[4]']],
  ['list.agg(pl.element().max() - pl.element().min())', [2n, 0n, null, null, 5n]],
  [
    'list.eval(pl.when(pl.element() > pl.element().min()).then(1).otherwise(0))',
    ['[1, 0, 0, 1]', '[0]', '[]', null, '[1, 1, 0]'],
  ],
])('%s', async (cell, wanted) => {
  expect(await column(`t.select(pl.col("l").${cell})`)).toEqual(wanted)
})

it.each([
  'list.eval(pl.element().rle_id())',
  'list.eval(pl.element().shift(1, fill_value=0))',
  'list.eval((pl.element() > 1).any(ignore_nulls=False))',
  'list.eval(pl.element().count())',
  'list.eval(pl.element().quantile(0.5))',
  'list.eval(pl.element().median() - 1)',
  'list.eval((pl.element() * 2).sum())',
  'list.agg(pl.element().quantile(0.5))',
])('refuses what lists have no method for: %s', async (cell) => {
  await expect(lake.polars(`t.select(pl.col("l").${cell})`)).rejects.toMatchObject({ code: 'unsupported' })
})

it.each(['list.any()', 'list.all()', 'list.eval(pl.element().any())'])(
  'refuses %s of whole numbers',
  async (cell) => {
    await expect(lake.polars(`t.select(pl.col("l").${cell})`)).rejects.toMatchObject({ code: 'type' })
  },
)

it.each<[string, unknown[][]]>([
  ['g.having(pl.len() > 1).agg(pl.col("v").sum()).sort("k")', [['a', 8n]]],
  ['g.having(pl.col("v").max() > 1, pl.col("v").min() < 2).len()', [['a', 3]]],
  ['g.having(pl.len() > 1).having(pl.col("v").sum() > 100).max()', []],
  [
    'g.quantile(0.5).sort("k")',
    [
      ['a', 3],
      ['b', 2],
    ],
  ],
])('groups: %s', async (cell, wanted) => {
  const setup = 'f = pl.DataFrame({"k": ["a", "b", "a", "a"], "v": [1, 2, 3, 4]})\ng = f.group_by("k")\n'
  expect(cellsOf((await lake.polars(setup + cell)).table)).toEqual(wanted)
})

it.each([
  ['f.group_by("k").having(pl.len() > 1).head(1)', 'unsupported'],
  ['f.group_by("k").having(pl.col("v").sum()).len()', 'type'],
])('groups refused: %s', async (cell, code) => {
  const setup = 'f = pl.DataFrame({"k": ["a"], "v": [1]})\n'
  await expect(lake.polars(setup + cell)).rejects.toMatchObject({ code })
})
