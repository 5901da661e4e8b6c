import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { plainCells } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars('t = pl.DataFrame({"a": [1, 2, 6], "s": ["x", "y", "x"]})\nmean = t["a"].mean()\nt')
})
afterAll(() => lake.close())

async function run(cell: string): Promise<unknown[][]> {
  return plainCells((await lake.polars(cell)).table)
}

it.each<[string, unknown[][]]>([
  [
    't.select(m=t["a"].mean(), x=pl.col("a") - t["a"].max())',
    [
      [3, -5],
      [3, -4],
      [3, 0],
    ],
  ],
  ['t.filter(pl.col("a") == t["a"].max()).select("s")', [['x']]],
  ['t.select(pl.col("a") - mean)', [[-2], [-1], [3]]],
  ['mean', [[3]]],
  ['t.shape', [[3], [2]]],
  ['t["a"].max() - t["a"].min() + 1', [[6]]],
  ['high = t.select(pl.col("a").max())\nt.select(pl.col("a") / high).tail(1)', [[1]]],
  [
    't.group_by("s").agg(x=(pl.col("a") - t["a"].max()).sum()).sort("s")',
    [
      ['x', -5],
      ['y', -4],
    ],
  ],
  ['t.select(pl.col("a").clip(t["a"].min() + 1, t["a"].max() - 1))', [[2], [2], [5]]],
  ['t.select(pl.when(pl.col("a") < t["a"].max()).then(pl.lit(t["a"].sum())))', [[9], [9], [null]]],
  ['t.with_columns(pl.col("a").shift().fill_null(t["a"].min())).select("a")', [[1], [1], [2]]],
  ['high = t["a"].max()\nt.select(x=pl.col("a") - high, y=pl.col("a") + high).head(1)', [[-5, 7]]],
  ['t.select(pl.col("a").clip(t["a"].min(), t["a"].max()).sum() - t["a"].sum())', [[0]]],
  ['t.filter(pl.col("a") > t.filter(pl.col("s") == "nobody")["a"].max())', []],
  ['t["a"] + 1', [[2], [3], [7]]],
  ['t.select(pl.col("a") + t["a"])', [[2], [4], [12]]],
  ['t["a"].max().item()', [[6]]],
  ['t.select(pl.len()).item()', [[3]]],
  ['t.filter(t["a"] > 1).select("a")', [[2], [6]]],
  ['t.filter([True, False, True]).select("a")', [[1], [6]]],
  [
    'mask = t["s"] == "x"\nt.with_columns(m=mask, r=t["a"].rank(descending=True)).select("m", "r").tail(1)',
    [[true, 1]],
  ],
  [
    't.with_columns(pl.Series("a", [7, 8, 9]), z=pl.Series(["p", "q", None])).select("a", "z").tail(1)',
    [[9, null]],
  ],
  ['t.head(1).hstack([pl.Series("z", [5])]).select("z")', [[5]]],
  ['t["s"].str.to_uppercase().unique().sort()', [['X'], ['Y']]],
  ['t[1:].select("a")', [[2], [6]]],
  ['t[::2]["a"]', [[1], [6]]],
  ['t[-1, "a"]', [[6]]],
  ['t[:2, ["a"]]', [[1], [2]]],
  ['t[[2, 0], 0]', [[6], [1]]],
  ['len(t) + t.height + len(t["a"])', [[9]]],
])('a frame of one value in expressions: %s', async (cell, wanted) => {
  expect(await run(cell)).toEqual(wanted)
})

it('reads a frame once whose value an expression reads several times', async () => {
  const { profile } = await lake.polars('t.select(pl.col("a").clip(t["a"].min(), t["a"].max()))')
  expect(profile.operators.filter(({ name }) => name === 'Aggregate')).toHaveLength(2)
})

it.each([
  ['t.with_columns(x=t.max())', 'type'],
  ['t.with_columns(x=t["a"].head(1))', 'invalid_argument'],
  ['t["a"].item()', 'invalid_argument'],
])('refused: %s', async (cell, code) => {
  await expect(lake.polars(cell)).rejects.toMatchObject({ code })
})
